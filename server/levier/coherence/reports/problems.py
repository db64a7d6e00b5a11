"""What could not be read, taken apart: the sentences name file, line and column in front."""

import re
from dataclasses import dataclass
from typing import Final, Self

from levier.coherence.place import Place

_PLACE: Final = re.compile(
    r"(?P<file>.+?)(?::(?P<line>\d+)(?::(?P<column>\d+))?)?: "
    r"(?:line (?P<named>\d+)(?:, column (?P<place>\d+))?: )?(?P<message>.+)",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Problem:
    """A file, or the rest of one, that could not be read."""

    message: str
    place: Place | None

    @classmethod
    def of(cls, sentence: str) -> Self:
        """Take a sentence such as `plan.ttl:3:9: not Turtle: …` or `a.xml: line 3, column 9: …` apart."""
        match = _PLACE.fullmatch(sentence)
        if match is None:
            return cls(sentence, None)
        line, column = match["line"] or match["named"], match["column"] or match["place"]
        return cls(match["message"], Place(match["file"], int(line) if line else None, int(column) if column else None))
