"""`/health`: liveness, with the version of the snapshot that is served."""

from flask import Blueprint, Response, jsonify

from levier import __version__
from levier.web.service import service

blueprint = Blueprint("health", __name__)


@blueprint.route("/health")
def health() -> Response:
    """Say that the service lives, and what it serves; 503 where it has no snapshot."""
    snapshot = service().in_use().snapshot
    response = jsonify(
        status="ok", snapshot=snapshot.version, built=snapshot.built.isoformat(), software=f"levier {__version__}"
    )
    response.headers["Cache-Control"] = "no-store"
    return response
