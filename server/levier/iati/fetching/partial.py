"""A file on its way: half-written beside its place, with what says of which version the half is."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from levier.iati.fetching.transport import Answer, Unanswered

_RANGE: Final = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")
_WEAK: Final = "W/"


@dataclass(frozen=True, slots=True)
class Partial:
    """The half-written file of a target: `name.xml.part`, and `name.xml.part.json` beside it."""

    target: Path

    @property
    def path(self) -> Path:
        """Where the bytes are."""
        return self.target.with_name(self.target.name + ".part")

    @property
    def _facts(self) -> Path:
        return self.target.with_name(self.target.name + ".part.json")

    @property
    def size(self) -> int:
        """The bytes that are there."""
        return self.path.stat().st_size if self.path.exists() else 0

    def headers(self, address: str) -> dict[str, str]:
        """Give the headers that ask for the rest, if it is still of the same version; none where that cannot be.

        RFC 9110, 13.1.5 and 14.2: a server that has another version by now gives it whole.
        """
        validator = self._validator(address)
        return {"Range": f"bytes={self.size}-", "If-Range": validator} if validator and self.size else {}

    def begin(self, answer: Answer, address: str) -> None:
        """Start anew with the version that an answer gives. What was there is gone before the version is noted."""
        self.path.write_bytes(b"")
        facts = {"url": address, "validator": _validator(answer)}
        self._facts.write_text(json.dumps(facts) + "\n", encoding="utf-8")

    def go_on(self, answer: Answer, address: str) -> int | None:
        """See that an answer 206 is the rest of what is there, and give the bytes of the whole, where it tells.

        Raises Unanswered where it is something else; then nothing of what is there is kept.
        """
        place = _RANGE.fullmatch(answer.header("Content-Range"))
        given = _validator(answer)
        if place is None or int(place[1]) != self.size or (given and given != self._validator(address)):
            self.discard()
            raise Unanswered("the server gives a part that was not asked for", status=answer.status)
        return int(place[2]) if place[2].isdecimal() else None

    def discard(self) -> None:
        """Remove what is there."""
        self.path.unlink(missing_ok=True)
        self._facts.unlink(missing_ok=True)

    def finish(self) -> None:
        """Put the whole file in its place."""
        self.path.replace(self.target)
        self._facts.unlink(missing_ok=True)

    def _validator(self, address: str) -> str:
        try:
            facts = json.loads(self._facts.read_text(encoding="utf-8"))
            return str(facts["validator"]) if facts["url"] == address else ""
        except (OSError, ValueError, KeyError, TypeError):
            return ""


def _validator(answer: Answer) -> str:
    """Give what names a version exactly: a strong ETag, else the time of change."""
    etag = answer.header("ETag")
    return etag if etag and not etag.startswith(_WEAK) else answer.header("Last-Modified")
