"""Mend the bytes of an XML file that is not well-formed for small reasons, as they stream by; report each mend.

Mended is what can be read in one way only: bytes that are not in the encoding, characters that XML forbids, entities
that nobody declared, and `&`, `<` or `]]>` that are no markup. Tags that do not match, attributes that stand twice and
files that break off are not: where an element would have ended is a guess. Comments, processing instructions, CDATA
sections and the DOCTYPE keep their text; lines keep their numbers.
"""

import codecs
import re
from collections import Counter
from collections.abc import Callable, Iterator
from html.entities import html5
from typing import Final

from levier.iati.sink import Problem
from levier.iati.streams import Readable

_CHUNK: Final = 1 << 16
_START: Final = 1 << 12
"""Bytes read before the encoding is settled: the XML declaration stands in them."""
_TOLD_PER_KIND: Final = 20
"""Different characters or names that are reported each by itself; the others are counted together."""

_DECLARED: Final = re.compile(rb"""\s*<\?xml\s[^>]*?encoding\s*=\s*["']([A-Za-z0-9._:-]+)["']""")
_LATE: Final = re.compile(r"\s+(<\?xml\s[^>]*\?>)")
_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)
"""How a file begins that is in these encodings whatever it says."""
_ONE_BYTE: Final = re.compile(r"iso8859-\d+|cp125\d")
_FORBIDDEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""What is no character of XML 1.0 (section 2.2, Char); among the surrogates, bytes that could not be decoded."""
_ALL_ALLOWED: Final = re.compile("[\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]*")
"""Asked before: several times quicker than the search for what is not."""
_SURROGATES: Final = range(0xD800, 0xE000)
_ESCAPED: Final = range(0xDC80, 0xDD00)
"""What Python's `surrogateescape` makes of the bytes 0x80 to 0xFF."""
_REPLACEMENT: Final = "\ufffd"

_NAME_START: Final = "A-Za-z_:\u0080-\U0010ffff"
_SECTIONS: Final = {"<!--": "-->", "<?": "?>", "<![CDATA[": "]]>"}
_IN_PROLOG: Final = re.compile(rf"<!--|<\?|<(?=[{_NAME_START}])")
_IN_CONTENT: Final = re.compile(r"<!--|<\?|<!\[CDATA\[")
_SOUND: Final = (
    r"(?!(?:amp|lt|gt|quot|apos|#(?:9|10|13|3[2-9]|[4-9]\d|[1-9]\d{2,3}|x(?:9|[ADad]|[2-9A-Fa-f][\dA-Fa-f])));)"
)
"""Behind an ampersand: most of the references that need no mending. Of the others, `_mended` knows."""
_LOOSE: Final = re.compile(
    rf"&{_SOUND}"
    rf"(?:#(?P<decimal>[0-9]{{1,60}});|#x(?P<hexadecimal>[0-9A-Fa-f]{{1,60}});|(?P<name>[{_NAME_START}][\w.:-]{{0,59}});)?"
    rf"|(?P<less><(?![{_NAME_START}/!?]))"
    r"|(?P<end>\]\]>)"
)
_LOOSE_AMPERSAND: Final = re.compile(f"&{_SOUND}")
_LOOSE_LESS: Final = re.compile(rf"<(?![{_NAME_START}/!?])")
_LONGEST_REFERENCE: Final = 64
_CUT_OFF: Final = re.compile(r"(?:&[\w#.:-]*|<(?:!(?:-|\[[CDAT]*)?)?|\]\]?)\Z")


class Repaired:
    """A stream of XML in whatever encoding, given in UTF-8 and mended; `problems` says what was.

    The parser is to be told that it is UTF-8: the declaration stays as it is. Memory does not grow with the file.
    Raises NotRepairableError, when it is made, for an encoding that is not repaired.
    """

    def __init__(self, stream: Readable) -> None:
        self._stream = stream
        self._log = Log()
        self._mend = _Mend(self._log)
        self._ended = False
        self._start = self._read_start()
        self._decode = _Decoder(self._start[:_START], self._log)

    @property
    def problems(self) -> list[Problem]:
        """What was mended so far: one for each kind and character or name, with the line of the first and how many."""
        return self._log.problems()

    def read(self, size: int = -1) -> bytes:  # noqa: ARG002  what one chunk becomes is given at once
        """Give the next bytes, none at the end. The number asked for is not kept to."""
        while not self._ended:
            mended = "".join(self._mend.pieces(self._text(), final=self._ended)).encode()
            if mended:
                return mended
        return b""

    def _read_start(self) -> bytes:
        data = b""
        while len(data) < _START and (more := self._stream.read(_CHUNK)):
            data += more
        return data

    def _text(self) -> str:
        if self._start:
            data, self._start = self._start, b""
            return self._begin(self._decode(data))
        data = self._stream.read(_CHUNK)
        self._ended = not data
        return self._decode(data)

    def _begin(self, text: str) -> str:
        """Drop the byte order mark, and blank an XML declaration that is not at the very start."""
        text = text.removeprefix("\ufeff")
        late = _LATE.match(text)
        if late is None:
            return text
        message = "the XML declaration is not at the start of the file; passed over."
        self._log.add("late-declaration", message, lambda: 1)
        return text[: late.start(1)] + re.sub(r"[^\n]", " ", late[1]) + text[late.end() :]


class NotRepairableError(Exception):
    """The file is in an encoding, not one that IATI files are in, whose broken places are not repaired."""


class Log:
    """What was mended, with the line of the first and how often."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], tuple[int, int]] = {}
        self._sorts: dict[str, int] = {}

    def add(self, kind: str, message: str, line: Callable[[], int], count: int = 1) -> None:
        """Count mends of one sort. The line is asked for the first alone: to count lines takes longer than to mend."""
        if (kind, message) not in self._found and self._sorts.get(kind, 0) >= _TOLD_PER_KIND:
            message = "more of this kind, of other characters or names; mended likewise."
        known = self._found.get((kind, message))
        if known is None:
            self._sorts[kind] = self._sorts.get(kind, 0) + 1
            known = (line(), 0)
        self._found[kind, message] = (known[0], known[1] + count)

    def problems(self) -> list[Problem]:
        """Give them as problems of the file."""
        return [
            Problem(kind, "warning", line, "", message, "repaired", count)
            for (kind, message), (line, count) in self._found.items()
        ]


class _Decoder:
    """Turns bytes into text that XML allows: wrong bytes are read as Windows-1252, forbidden characters as U+FFFD."""

    def __init__(self, start: bytes, log: Log) -> None:
        self._log = log
        self._line = 1
        declared = _DECLARED.match(start)
        self._stated = declared[1].decode() if declared else "UTF-8"
        if start.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
            raise NotRepairableError("UTF-32")
        codec = next((codec for mark, codec in _BOMS if start.startswith(mark)), "") or _codec(self._stated)
        self._name = self._stated if codec else "UTF-8"
        if not codec:
            self._not_as_stated()
        self._ascii = codec == "ascii"
        self._wide = codec.startswith("utf-16")
        errors = "surrogatepass" if self._wide else "surrogateescape"
        self._decoder = codecs.getincrementaldecoder("utf-8" if codec in {"", "ascii"} else codec)(errors)

    def __call__(self, data: bytes) -> str:
        text = self._decoder.decode(data)
        if not data and self._decoder.getstate()[0]:
            return _REPLACEMENT  # half a character, where the file breaks off
        if self._ascii and not text.isascii():
            self._ascii = False
            self._not_as_stated()
        mended = text if _ALL_ALLOWED.fullmatch(text) else self._allowed(text)
        self._line += text.count("\n")
        return mended

    def _not_as_stated(self) -> None:
        message = f"the file says that it is in {self._stated}, which it is not; read as UTF-8."
        self._log.add("wrong-encoding", message, lambda: self._line)

    def _allowed(self, text: str) -> str:
        """Replace what XML forbids, each different character at one go: a file in Latin-1 has one in every line."""
        found = Counter(_FORBIDDEN.findall(text))
        return text.translate({ord(one): self._instead(one, count, text) for one, count in found.items()})

    def _instead(self, one: str, count: int, text: str) -> str:
        code = ord(one)

        def line() -> int:
            return self._line + text.count("\n", 0, text.index(one))

        if code in _ESCAPED and not self._wide:
            return self._wrong(bytes([code - 0xDC00]).decode("cp1252", "replace"), count, line)
        if code in _SURROGATES:
            return self._wrong(_REPLACEMENT, count, line)
        return _forbidden(self._log, code, line, count)

    def _wrong(self, character: str, count: int, line: Callable[[], int]) -> str:
        instead = "U+FFFD stands for them" if character == _REPLACEMENT else "read as Windows-1252"
        message = f"bytes that are not {self._name}, the encoding of the file; {instead}."
        self._log.add("wrong-encoding", message, line, count)
        return character


class _Mend:
    """Turns text into XML whose entities and markup can be read; it keeps where it stands between two chunks."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._line = 1
        self._held = ""
        self._section_end = ""
        self._opening = _IN_PROLOG

    def pieces(self, text: str, *, final: bool) -> Iterator[str]:
        """Give what the text becomes. An end that is not certain is held back; that of the file is left as it is."""
        text, place = self._held + text, 0
        while True:
            place, piece = self._section(text, place) if self._section_end else self._content(text, place)
            if not piece:
                break
            yield piece
        self._held = "" if final else text[place:]
        if final:
            yield text[place:]

    def _section(self, text: str, place: int) -> tuple[int, str]:
        """Give the section as far as it goes, as it is."""
        found = text.find(self._section_end, place)
        if found >= 0:
            cut = found + len(self._section_end)
            self._section_end = ""
        else:
            cut = max(place, len(text) - len(self._section_end) + 1)
        self._line += text.count("\n", place, cut)
        return cut, text[place:cut]

    def _content(self, text: str, place: int) -> tuple[int, str]:
        """Give what stands before the next section, mended, and how that section begins."""
        cut = max(place, _certain(text))
        opening = self._opening.search(text, place, cut)
        before = text[place : opening.start() if opening else cut]
        mended = _LOOSE.sub(self._mended, before) if self._opening is _IN_CONTENT and _has_loose(before) else before
        self._line += before.count("\n")
        if opening is None:
            return cut, mended
        self._section_end = _SECTIONS.get(opening[0], "")
        if not self._section_end:  # the root element
            self._opening = _IN_CONTENT
        return opening.end(), mended + opening[0]

    def _mended(self, match: re.Match[str]) -> str:
        line = _line_of(match, self._line)
        if match["less"] or match["end"]:
            self._log.add("bare-bracket", f"{match[0]} that is no markup; read as text.", line)
            return match[0].replace("<", "&lt;").replace(">", "&gt;")
        if match["name"]:
            return self._entity(match["name"], line)
        if match[0] == "&":
            self._log.add("bare-ampersand", "& that begins no entity; read as text.", line)
            return "&amp;"
        code = int(match["decimal"] or match["hexadecimal"], 10 if match["decimal"] else 16)
        if code <= 0x10FFFF and (code in (9, 10, 13) or (code >= 32 and not _FORBIDDEN.match(chr(code)))):  # noqa: PLR2004
            return match[0]
        return _forbidden(self._log, code, line)

    def _entity(self, name: str, line: Callable[[], int]) -> str:
        characters = html5.get(f"{name};")
        if characters is None:
            self._log.add("undeclared-entity", f"the entity &{name}; is not declared; kept as text.", line)
            return f"&amp;{name};"
        self._log.add("undeclared-entity", f"the entity &{name}; is not declared; read as in HTML.", line)
        return "".join(f"&#{ord(character)};" for character in characters)


def _codec(stated: str) -> str:
    """Give Python's name of the encoding that a file of eight-bit characters states; empty where it cannot be that."""
    try:
        codec = codecs.lookup(stated).name
    except LookupError:
        return ""
    if codec.startswith(("utf-16", "utf-32")):
        return ""
    if codec not in {"utf-8", "ascii"} and not _ONE_BYTE.fullmatch(codec):
        raise NotRepairableError(stated)
    return codec


def _line_of(match: re.Match[str], first: int) -> Callable[[], int]:
    """Give what counts the line of a match in a text that starts on line `first`."""
    return lambda: first + match.string.count("\n", 0, match.start())


def _forbidden(log: Log, code: int, line: Callable[[], int], count: int = 1) -> str:
    log.add(
        "control-character", f"the character U+{code:04X} is not allowed in XML; U+FFFD stands for it.", line, count
    )
    return _REPLACEMENT


def _has_loose(text: str) -> bool:
    """Tell whether something may be mended: three searches, each for its first character, are quicker than one."""
    return _LOOSE_AMPERSAND.search(text) is not None or _LOOSE_LESS.search(text) is not None or "]]>" in text


def _certain(text: str) -> int:
    """Give how far the text can be judged without what follows: before a reference or a tag that is cut off."""
    start = max(0, len(text) - _LONGEST_REFERENCE)
    cut_off = _CUT_OFF.search(text, start)
    return cut_off.start() if cut_off else len(text)
