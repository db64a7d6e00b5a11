"""A place in a file."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """Where a finding stands, as an editor counts: lines and columns from 1, a column a character."""

    file: str
    """As it was given; `archive.zip!folder/file.xml` for a member of an archive."""
    line: int | None = None
    """None where the finding is about the whole file."""
    column: int | None = None
    snippet: str = ""
    """The line as it is written, without the white space around it."""
    indent: int = 0
    """How many characters of white space stand before the snippet."""

    def __str__(self) -> str:
        """Give `file:line:column`, as far as it is known."""
        return ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)
