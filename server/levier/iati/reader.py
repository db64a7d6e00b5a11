"""Stream the activities of an IATI activity file, in constant memory, and say in one sentence why one cannot be read.

XML of strangers: nothing is fetched, no DTD is loaded, no entity is expanded (a file that declares some is refused),
and libxml2's limits on depth, text size and amplification stay on.
"""

import gzip
import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, Final, Protocol, cast

from lxml import etree

from levier.errors import BadInput

ACTIVITIES: Final = "iati-activities"
ACTIVITY: Final = "iati-activity"

_CHUNK: Final = 1 << 16
_LONGEST_PROLOG: Final = 1 << 20
_GZIP_MAGIC: Final = b"\x1f\x8b"
_ZIP_MAGIC: Final = b"PK\x03\x04"
# No comment before it is skipped here: a repeated group of them is what such a pattern chokes on.
_HTML: Final = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?<(?:!doctype\s+html|html[\s>]|head[\s>]|body[\s>])", re.IGNORECASE
)
_HTML_SENTENCE: Final = "an HTML page, not IATI XML (perhaps an error page that was saved)."
_TAKEN_ATTRIBUTES: Final = {"version", "generated-datetime", "linked-data-default"}
_BAD_GZIP: Final = (gzip.BadGzipFile, EOFError, zlib.error)


@dataclass(slots=True)
class Head:
    """What the root element of an activity file states."""

    version: str
    generated: str
    linked_data_default: str
    unmapped: Counter[str] = field(default_factory=Counter)
    """Its other attributes, and elements beside the activities, counted by place."""


class Activities:
    """The activities of one open file: `head`, then each `iati-activity` element while it is being iterated.

    An element is emptied when the next one is asked for. The iteration raises BadInput where the file breaks off or
    is malformed, after it has given every complete activity before that place.
    """

    def __init__(
        self, stream: "_Readable", name: str, limit: int, progress: Callable[[int], None] | None = None
    ) -> None:
        self._name = name
        self._stream = _Counted(stream, limit, progress)
        self.head = self._read_head()
        self.given = 0

    @property
    def bytes_read(self) -> int:
        """Bytes of XML read so far."""
        return self._stream.count

    def __iter__(self) -> Iterator[etree._Element]:
        parser = etree.iterparse(
            self._stream,
            tag=ACTIVITY,
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
            collect_ids=False,
        )
        try:
            for _, element in parser:
                if _is_child_of_root(element):
                    self.given += 1
                    self._drop_before(element)
                    yield element
                    element.clear(keep_tail=True)
        except etree.XMLSyntaxError as error:
            raise BadInput(self._broken(error)) from None
        except _BAD_GZIP as error:
            raise BadInput(f"{self._name}: the gzip data break off or are damaged ({error}); {self._kept()}.") from None
        except _TooLongError as error:
            raise BadInput(f"{self._name}: {error}; {self._kept()}.") from None
        except OSError as error:
            raise BadInput(f"{self._name}: cannot be read further ({error}); {self._kept()}.") from None
        if parser.root is not None:
            self._count_strangers(parser.root)

    def _drop_before(self, element: etree._Element) -> None:
        """Forget what stands before the element, so that memory stays the same however long the file."""
        root = element.getparent()
        previous = element.getprevious()
        while root is not None and previous is not None:
            self._count_stranger(previous)
            root.remove(previous)
            previous = element.getprevious()

    def _count_strangers(self, root: etree._Element) -> None:
        if root.text and not root.text.isspace():
            self.head.unmapped[f"{ACTIVITIES}/text()"] += 1
        for child in root:
            self._count_stranger(child)

    def _count_stranger(self, element: etree._Element) -> None:
        name = element.tag if isinstance(element.tag, str) else element.text
        if name != ACTIVITY:
            self.head.unmapped[f"{ACTIVITIES}/{name}"] += 1
        if element.tail and not element.tail.isspace():
            self.head.unmapped[f"{ACTIVITIES}/text()"] += 1

    def _broken(self, error: etree.XMLSyntaxError) -> str:
        line = error.lineno or 0
        return f"{self._name}: line {line}: the XML breaks off or is malformed ({_reason(error)}); {self._kept()}."

    def _kept(self) -> str:
        if not self.given:
            return "no activity before that is complete"
        return f"the {self.given:,} complete {'activity' if self.given == 1 else 'activities'} before that were kept"

    def _read_head(self) -> Head:
        """Read as far as the root element and tell what it states; what was read is given again to the parser."""
        parser = etree.XMLPullParser(events=("start",), resolve_entities=False, no_network=True, load_dtd=False)
        prolog = b""
        while len(prolog) < _LONGEST_PROLOG:
            chunk = self._read_chunk()
            prolog += chunk
            self._refuse_other_formats(prolog, ended=not chunk)
            root = self._feed(parser, chunk)
            if root is not None:
                self._stream.give_again(prolog)
                return self._head(root)
        raise BadInput(f"{self._name}: no root element in the first {_LONGEST_PROLOG:,} bytes; not an IATI file.")

    def _read_chunk(self) -> bytes:
        try:
            return self._stream.read(_CHUNK)
        except _BAD_GZIP as error:
            raise BadInput(f"{self._name}: is named or looks like gzip, but cannot be unpacked ({error}).") from None
        except _TooLongError as error:
            raise BadInput(f"{self._name}: {error}.") from None
        except OSError as error:
            raise BadInput(f"{self._name}: cannot be read ({error}).") from None

    def _refuse_other_formats(self, prolog: bytes, *, ended: bool) -> None:
        if not prolog.strip():
            if ended:
                raise BadInput(f"{self._name}: the file is empty.")
            return
        if prolog.startswith(_ZIP_MAGIC):
            raise BadInput(f"{self._name}: a .zip archive by its content; give it a name that ends in .zip.")
        if _HTML.match(prolog):
            raise BadInput(f"{self._name}: line 1: {_HTML_SENTENCE}")

    def _feed(self, parser: "etree.XMLPullParser[etree._Element]", chunk: bytes) -> etree._Element | None:
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
            raise BadInput(f"{self._name}: line {error.lineno or 1}: not XML ({_reason(error)}).")
        return None

    def _head(self, root: etree._Element) -> Head:
        dtd = root.getroottree().docinfo.internalDTD
        if dtd is not None and any(True for _ in dtd.iterentities()):
            raise BadInput(f"{self._name}: declares XML entities (<!ENTITY …>), which are not expanded; not read.")
        version = (root.get("version") or "").strip()
        self._refuse_other_documents(root, version)
        head = Head(
            version, (root.get("generated-datetime") or "").strip(), (root.get("linked-data-default") or "").strip()
        )
        head.unmapped.update(f"{ACTIVITIES}/@{name}" for name in root.attrib if name not in _TAKEN_ATTRIBUTES)
        return head

    def _refuse_other_documents(self, root: etree._Element, version: str) -> None:
        where = f"{self._name}: line {root.sourceline or 1}:"
        if root.tag == "iati-organisations":
            raise BadInput(f"{where} an IATI organisation file, not an activity file; not read yet.")
        if etree.QName(root).localname.lower() == "html":
            raise BadInput(f"{where} {_HTML_SENTENCE}")
        if root.tag != ACTIVITIES:
            raise BadInput(f"{where} the root element is {root.tag!r}, not {ACTIVITIES!r}; not an IATI activity file.")
        if version.partition(".")[0] == "1":
            raise BadInput(f"{where} IATI version {version} is not read yet; only versions 2.01 to 2.03 are.")


class Stream(Protocol):
    """What a file is read from: its bytes as they are stored."""

    def read(self, size: int = -1, /) -> bytes:
        """Give the next bytes, at most `size` of them; none at the end."""

    def seek(self, place: int, /) -> int:
        """Go to a place, counted from the start."""


def open_activities(stream: Stream, name: str, limit: int, progress: Callable[[int], None] | None = None) -> Activities:
    """Give the activities of an activity file, plain or gzip by its content.

    `name` is what messages call it; `limit` the bytes of XML it may have; `progress` is called with the number of
    bytes of XML of each read. Raises BadInput, one sentence, for what is not an IATI activity file of a version that
    is read.
    """
    start = stream.read(len(_GZIP_MAGIC))
    stream.seek(0)
    if start == _GZIP_MAGIC:
        # GzipFile asks of its file no more than to be read and, to go back, to be set to a place.
        return Activities(_Unpacked(cast("BinaryIO", stream)), name, limit, progress)
    if start and name.lower().endswith(".gz"):
        raise BadInput(f"{name}: is named .gz, but is not gzip data.")
    return Activities(stream, name, limit, progress)


def too_long(limit: int) -> str:
    """Say that a file is longer than the setting `max_file_bytes` lets it be."""
    return f"more than {limit:,} bytes unpacked, which is the limit (LEVIER_MAX_FILE_BYTES)"


class _Readable(Protocol):
    def read(self, size: int = -1, /) -> bytes: ...


class _Unpacked:
    """Gzip data, unpacked piece by piece: of a file that breaks off, all that comes before the break."""

    def __init__(self, stream: BinaryIO) -> None:
        self._file = gzip.GzipFile(fileobj=stream, mode="rb")

    def read(self, size: int = -1, /) -> bytes:
        """Give what is there, at most `size` bytes; `GzipFile.read` would drop it where it then finds the break."""
        return self._file.read1(size)


class _TooLongError(Exception):
    """More bytes than a file may have."""


class _Counted:
    """A stream that counts what is read, up to a limit, and can give again what was read first."""

    def __init__(self, stream: _Readable, limit: int, progress: Callable[[int], None] | None) -> None:
        self._stream = stream
        self._limit = limit
        self._progress = progress
        self._again = b""
        self.count = 0

    def give_again(self, data: bytes) -> None:
        self._again = data

    def read(self, size: int = -1) -> bytes:
        if self._again:
            data, self._again = self._again, b""
            return data
        data = self._stream.read(size)
        self.count += len(data)
        if self.count > self._limit:
            raise _TooLongError(too_long(self._limit))
        if self._progress is not None and data:
            self._progress(len(data))
        return data


def _is_child_of_root(element: etree._Element) -> bool:
    parent = element.getparent()
    return parent is not None and parent.getparent() is None


def _reason(error: etree.XMLSyntaxError) -> str:
    """Give libxml2's words without the place, which is said already."""
    return re.sub(r",? line \d+, column \d+.*", "", str(error.msg or error)).strip()
