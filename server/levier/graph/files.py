"""Write a file whole or not at all."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from levier.errors import BadInput


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary path beside `path`, which takes its place when the block ends without an error.

    A link is followed; what is no regular file (a pipe, /dev/null) is written to directly. Raises BadInput where the
    folder cannot be written to.
    """
    target = path.resolve()
    if target.exists() and not target.is_file():
        yield target
        return
    draft = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        draft.touch()
    except OSError as error:
        raise BadInput(f"{path}: cannot be written ({error.strerror or error}).") from error
    try:
        yield draft
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
