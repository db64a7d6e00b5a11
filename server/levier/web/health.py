"""`/health`: liveness, with the version of the snapshot that is served."""

from flask import Blueprint, Response, jsonify

from levier import __version__
from levier.web.service import service

blueprint = Blueprint("health", __name__)


@blueprint.route("/health")
def health() -> Response:
    """Say that the service lives, and what it serves; 503 where it has no snapshot."""
    here = service()
    snapshot = here.in_use().snapshot
    served = (
        {"snapshot": snapshot.version, "built": snapshot.built.isoformat()}
        if snapshot
        else {"endpoint": here.settings.endpoint}
    )
    response = jsonify(status="ok", **served, software=f"levier {__version__}")
    response.headers["Cache-Control"] = "no-store"
    return response
