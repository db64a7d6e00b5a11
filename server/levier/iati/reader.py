"""Stream the activities or organisations of an IATI file, in constant memory, and say why one cannot be read on.

XML of strangers: nothing is fetched, no DTD is loaded, no entity is expanded (a file that declares some is refused),
XInclude is not followed, and the limits of libxml2 stay on: 256 elements deep, 10,000,000 bytes for one text, comment
or tag, 50,000 for a name. One activity may have 32 MiB: it is held in memory whole (about nine times its bytes), and
nothing else is, but for each different name of an element or attribute once.

A file is parsed strictly. Where that fails it is read again through `repair`, and goes on after what was given already.
A mistake that cannot be repaired ends the file, in whichever activity it stands: to go on behind it would be a guess
about where that activity ends, so neither it nor what follows is given.
"""

import gzip
import re
import zlib
from collections.abc import Callable, Iterator
from typing import Final, TypeAlias

from lxml import etree

from levier.errors import BadInput
from levier.iati.repair import Log, NotRepairableError, Repaired
from levier.iati.root import KINDS, PLURALS, Head
from levier.iati.sink import Problem
from levier.iati.streams import GZIP_MAGIC, Again, Counted, Limits, Readable, Stream, TooLongError, Unpacked
from levier.iati.undeclared import declare, declare_attributes

_CHUNK: Final = 1 << 16
_LONGEST_PROLOG: Final = 1 << 20
_ZIP_MAGIC: Final = b"PK\x03\x04"
# No comment before it is skipped here: a repeated group of them is what such a pattern chokes on.
_HTML: Final = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?<(?:!doctype\s+html|html[\s>]|head[\s>]|body[\s>])", re.IGNORECASE
)
_HTML_SENTENCE: Final = "an HTML page, not IATI XML (perhaps an error page that was saved)."
_BAD_GZIP: Final = (gzip.BadGzipFile, EOFError, zlib.error)
_NAMESPACE_MISTAKES: Final = {99, 100, 200, 201, 202, 204, 205}
"""libxml2's numbers for mistakes with prefixes and namespaces after which it has read on and lost nothing."""
_LIMITS: Final = (
    ("Excessive depth", "elements stand more than 256 deep in each other"),
    ("Text node too long", "a text of more than 10,000,000 bytes"),
    ("CData section too big", "a CDATA section of more than 10,000,000 bytes"),
    ("Comment too big", "a comment of more than 10,000,000 bytes"),
    ("AttValue length", "an attribute of more than 10,000,000 bytes"),
    ("Buffer size limit", "a tag or an attribute of more than 10,000,000 bytes"),
    ("Name too long", "a name of more than 50,000 bytes"),
    ("Huge input lookup", "a tag or an attribute of more than 10,000,000 bytes"),
)
"""What libxml2's words for its limits have in them, and ours."""

_EXPECTED: Final = (
    (
        re.compile(r"Opening and ending tag mismatch: (\S+) line (\d+) and (\S+)"),
        r"</\1> is expected, which was opened in line \2, not </\3>",
    ),
    (
        re.compile(r"Premature end of data in tag (\S+) line (\d+)"),
        r"it ends where </\1> is expected, which was opened in line \2",
    ),
)
"""What libxml2 says of tags that do not match, and what was expected."""

_Parser: TypeAlias = "etree.iterparse[tuple[str, etree._Element]]"  # noqa: SLF001  lxml's public name for it


class Records:
    """The records of one open file: `head`, then each activity or organisation while it is being iterated, once.

    An element is emptied when the next one is asked for. The iteration raises BadInput where the file breaks off or
    cannot be repaired, after it has given every complete record before that place. `head` and `problems` are whole
    after the iteration: `head` may be another object then than before.
    """

    def __init__(
        self, open_again: Callable[[], Readable], name: str, limits: Limits, progress: Callable[[int], None] | None
    ) -> None:
        self._name = name
        self._open_again = open_again
        self._input = Counted(open_again(), limits, progress)
        self._source = Again(self._input)
        self._repaired: Repaired | None = None
        self._prefixes = Log()
        self.given = 0
        self.head = self._open()

    @property
    def bytes_read(self) -> int:
        """Bytes of XML read so far; those that were read twice count once."""
        return self._input.furthest

    @property
    def problems(self) -> list[Problem]:
        """What was repaired so far to make XML of it: characters, entities, markup, prefixes."""
        return [*(self._repaired.problems if self._repaired else []), *self._prefixes.problems()]

    def read_again(self) -> tuple[Readable, str | None]:
        """Give the XML from its start, as it was parsed, and its encoding where the XML does not tell (repaired)."""
        stream = self._input.again(self._open_again())
        return (Repaired(stream), "utf-8") if self._repaired else (stream, None)

    def __iter__(self) -> Iterator[etree._Element]:
        try:
            yield from self._elements()
        except _BrokenError as error:
            what = f"the XML breaks off or is malformed ({error.reason})"
            raise BadInput(f"{self._name}: {error.place}: {what}; {self._kept()}.") from None
        except _BAD_GZIP as error:
            raise BadInput(f"{self._name}: the gzip data break off or are damaged ({error}); {self._kept()}.") from None
        except TooLongError as error:
            raise BadInput(f"{self._name}: {error}; {self._kept()}.") from None
        except OSError as error:
            raise BadInput(f"{self._name}: cannot be read further ({error}); {self._kept()}.") from None

    def _elements(self) -> Iterator[etree._Element]:
        if self._repaired is None:
            try:
                yield from self._pass()
            except _BrokenError:
                if not self._begin_again():
                    raise
            else:
                return
        yield from self._pass()

    def _pass(self) -> Iterator[etree._Element]:
        """Go through the file and give the records that were not given yet."""
        parser = self._parser()
        met, ended = 0, False
        try:
            for _, element in parser:
                parent = element.getparent()
                if parent is None:
                    ended = True
                    self._take_rest(element, parser)
                elif parent.getparent() is None:
                    met += 1
                    self._input.mark()
                    self._take_before(element, parent, parser)
                    if met > self.given:
                        self.given = met
                        self._declare(element, parser)
                        yield element
                    element.clear(keep_tail=True)
        except etree.XMLSyntaxError as error:
            if not ended or any(entry.type not in _NAMESPACE_MISTAKES for entry in parser.error_log):
                raise _BrokenError(parser, error) from None

    def _parser(self) -> _Parser:
        root = next(root for root, kind in KINDS.items() if kind == self.head.kind)
        return etree.iterparse(
            self._source,
            tag=(f"iati-{self.head.kind}", root),
            encoding="utf-8" if self._repaired else None,
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
            collect_ids=False,
        )

    def _take_before(self, element: etree._Element, root: etree._Element, parser: _Parser) -> None:
        """Forget what stands before the element, so that memory stays the same however long the file."""
        previous = element.getprevious()
        while previous is not None:
            self._take(previous, parser)
            root.remove(previous)
            previous = element.getprevious()

    def _take_rest(self, root: etree._Element, parser: _Parser) -> None:
        self.head.take_text(root.text, self.head.line)
        for child in root:
            self._take(child, parser)

    def _take(self, element: etree._Element, parser: _Parser) -> None:
        """Take note of what stands beside the records: the element, unless it is one, and the text behind it."""
        line = element.sourceline or 0
        if element.tag != f"iati-{self.head.kind}":
            self._declare(element, parser)
            self.head.take_element(element)
        self.head.take_text(element.tail, line)

    def _declare(self, element: etree._Element, parser: _Parser) -> None:
        if parser.error_log:
            declare(element, self._prefixes)

    def _kept(self) -> str:
        kind = self.head.kind
        if not self.given:
            return f"no {kind} before that is complete"
        if self.given == 1:
            return f"the 1 complete {kind} before that was kept"
        return f"the {self.given:,} complete {PLURALS[kind]} before that were kept"

    def _begin_again(self) -> bool:
        """Start again with repair, past the head; tell whether that can be had."""
        try:
            if not self._begin(repaired=True):
                return False
            self.head = self._read_head()[0]
        except etree.XMLSyntaxError:
            return False
        return True

    def _begin(self, *, repaired: bool) -> bool:
        """Start again at the first byte, with or without repair; tell whether repair can be had."""
        self._input = self._input.again(self._open_again())
        try:
            self._repaired = Repaired(self._input) if repaired else None
        except NotRepairableError:
            return False
        self._source = Again(self._repaired or self._input)
        return True

    def _open(self) -> Head:
        try:
            return self._first_head()
        except etree.XMLSyntaxError as error:
            place = _place(error.lineno or 1, error.position[1])
            raise BadInput(f"{self._name}: {place}: not XML ({_reason(str(error.msg or error))}).") from None
        except _BAD_GZIP as error:
            raise BadInput(f"{self._name}: is named or looks like gzip, but cannot be unpacked ({error}).") from None
        except TooLongError as error:
            raise BadInput(f"{self._name}: {error}.") from None
        except OSError as error:
            raise BadInput(f"{self._name}: cannot be read ({error}).") from None

    def _first_head(self) -> Head:
        """Read the head, repaired from the start where it is not XML, or where a DTD may have declared entities.

        Of entities that a DTD elsewhere may declare, the parser would drop those in attributes without a word.
        """
        try:
            head, doctype = self._read_head()
        except etree.XMLSyntaxError:
            if not self._begin(repaired=True):
                raise
        else:
            if not doctype:
                return head
            if not self._begin(repaired=True):
                self._begin(repaired=False)
        return self._read_head()[0]

    def _read_head(self) -> tuple[Head, bool]:
        """Read as far as the root element and tell what it states; what was read is given again to the parser.

        And tell whether there is a DOCTYPE.
        """
        parser = etree.XMLPullParser(
            events=("start",),
            encoding="utf-8" if self._repaired else None,
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
        )
        prolog = b""
        while len(prolog) < _LONGEST_PROLOG:
            chunk = self._source.read(_CHUNK)
            prolog += chunk
            self._refuse_other_formats(prolog, ended=not chunk)
            root = _fed(parser, chunk)
            if root is not None:
                self._source.give_again(prolog)
                return self._head(root), root.getroottree().docinfo.internalDTD is not None
        raise BadInput(f"{self._name}: no root element in the first {_LONGEST_PROLOG:,} bytes; not an IATI file.")

    def _refuse_other_formats(self, prolog: bytes, *, ended: bool) -> None:
        if not prolog.strip():
            if ended:
                raise BadInput(f"{self._name}: the file is empty.")
            return
        if prolog.startswith(_ZIP_MAGIC):
            raise BadInput(f"{self._name}: a .zip archive by its content; give it a name that ends in .zip.")
        if _HTML.match(prolog):
            raise BadInput(f"{self._name}: line 1: {_HTML_SENTENCE}")

    def _head(self, root: etree._Element) -> Head:
        dtd = root.getroottree().docinfo.internalDTD
        if dtd is not None and any(True for _ in dtd.iterentities()):
            raise BadInput(f"{self._name}: declares XML entities (<!ENTITY …>), which are not expanded; not read.")
        where = f"{self._name}: line {root.sourceline or 1}:"
        if etree.QName(root).localname.lower() == "html":
            raise BadInput(f"{where} {_HTML_SENTENCE}")
        if root.tag not in KINDS:
            names = " or ".join(repr(name) for name in KINDS)
            raise BadInput(f"{where} the root element is {root.tag!r}, not {names}; not an IATI file.")
        self._prefixes = Log()
        declare_attributes(root, self._prefixes)
        return Head.of(root)


def open_records(stream: Stream, name: str, limits: Limits, progress: Callable[[int], None] | None = None) -> Records:
    """Give the records of an activity or organisation file of any version, plain or gzip by its content.

    `name` is what messages call it; `limits` how long it may be; `progress` is called with the number of
    bytes of XML of each read. Raises BadInput, one sentence, for what is not an IATI file.
    """
    start = stream.read(len(GZIP_MAGIC))
    if start and start != GZIP_MAGIC and name.lower().endswith(".gz"):
        raise BadInput(f"{name}: is named .gz, but is not gzip data.")

    def open_again() -> Readable:
        stream.seek(0)
        return Unpacked(stream) if start == GZIP_MAGIC else stream

    return Records(open_again, name, limits, progress)


class _BrokenError(Exception):
    """The parser cannot go on."""

    def __init__(self, parser: _Parser, error: etree.XMLSyntaxError) -> None:
        # Of the mistakes that it met, lxml raises the first, and that may be one after which it could read on.
        fatal = next((entry for entry in parser.error_log if entry.level_name == "FATAL"), None)
        line, column = (fatal.line, fatal.column) if fatal else error.position
        self.place = _place(line, column)
        self.reason = _reason(fatal.message if fatal else str(error.msg or error))


def _fed(parser: "etree.XMLPullParser[etree._Element]", chunk: bytes) -> etree._Element | None:
    """Give the root element when its start has been read. An error after it is left to the iteration."""
    error = None
    try:
        if chunk:
            parser.feed(chunk)
        else:
            parser.close()
    except etree.XMLSyntaxError as syntax_error:
        error = syntax_error
    for _, element in parser.read_events():
        return element
    if error is not None:
        raise error
    return None


def _place(line: int, column: int) -> str:
    return f"line {line}, column {column}" if column > 0 else f"line {line}"


def _reason(words: str) -> str:
    """Give libxml2's words without the place, which is said already; ours for its limits."""
    limit = next((ours for theirs, ours in _LIMITS if theirs in words), "")
    said = limit or re.sub(r",? line \d+, column \d+.*", "", words).strip()
    for theirs, ours in _EXPECTED:
        said = theirs.sub(ours, said)
    return said
