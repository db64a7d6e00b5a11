"""What a request brings in its body."""

from typing import Final

from flask import Request

from levier.web.problems import Problem

FORM: Final = "application/x-www-form-urlencoded"


def decoded(request: Request) -> str:
    """Give the posted query or update, which is UTF-8 (SPARQL 1.1 Protocol §2.1.3); raises Problem where it is not."""
    charset = request.mimetype_params.get("charset", "utf-8").lower()
    if charset not in {"utf-8", "utf8"}:
        raise Problem("unsupported-media-type", f"The body is to be in UTF-8, not in {charset}.")
    try:
        return request.get_data().decode("utf-8")
    except UnicodeDecodeError:
        raise Problem("not-utf-8", "The body is not UTF-8.") from None
