"""Read a file of an invented few records to its end, and tell what came of it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from io import BytesIO

from lxml import etree

from levier.errors import BadInput
from levier.iati.reader import Records, open_records
from levier.iati.streams import Limits


@dataclass
class Outcome:
    """What reading a file gave."""

    given: list[str] = field(default_factory=list)
    """Each record as XML."""
    lines: list[int] = field(default_factory=list)
    error: str | None = None
    found: Records | None = None

    @property
    def records(self) -> Records:
        """What was read, where the file was taken for IATI at all."""
        assert self.found is not None, self.error
        return self.found


def read(content: str | bytes, name: str = "a.xml", progress: Callable[[int], None] | None = None) -> Outcome:
    """Read a file to its end."""
    outcome = Outcome()
    stream = BytesIO(content.encode() if isinstance(content, str) else content)
    try:
        outcome.found = open_records(stream, name, Limits(1 << 30, 1 << 25), progress)
        for element in outcome.found:
            outcome.given.append(etree.tostring(element, encoding="unicode", with_tail=False))
            outcome.lines.append(element.sourceline or 0)
    except BadInput as error:
        outcome.error = error.message
    return outcome


def opened(content: str | bytes) -> Records:
    """Read a file to its end, where there must be nothing to say against it."""
    outcome = read(content)
    assert outcome.error is None
    return outcome.records


def numbered(*contents: str, attributes: str = 'version="2.03"') -> str:
    """Give a file of activities, each on a line of its own."""
    activities = "\n".join(f"<iati-activity>{content}</iati-activity>" for content in contents)
    return f"<iati-activities {attributes}>\n{activities}\n</iati-activities>"
