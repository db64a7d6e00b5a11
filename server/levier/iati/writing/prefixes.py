"""Readable prefixes for the namespaces of extensions: the last part of the address that says something."""

import re
from collections.abc import Iterable
from typing import Final

_KNOWN: Final = {
    "http://www.w3.org/2001/XMLSchema-instance": "xsi",
    "http://www.w3.org/2001/XMLSchema": "xsd",
    "http://www.w3.org/1999/xlink": "xlink",
}
_XML: Final = "http://www.w3.org/XML/1998/namespace"
"""Its prefix is `xml` and never declared."""
_SAYS_NOTHING: Final = re.compile(r"(?:ns|xml.*|schema|namespace|v?[\d._-]+)", re.IGNORECASE)
# lxml keeps ns and a number for itself.
_PREFIX: Final = re.compile(r"(?!ns\d+$)[A-Za-z][\w-]*", re.ASCII)
_LONGEST: Final = 32
_HOST_LABELS: Final = 2


def prefixes(namespaces: Iterable[str]) -> dict[str | None, str]:
    """Give a prefix for each namespace, the empty one and that of `xml:` left out; the same set gives the same ones."""
    chosen: dict[str | None, str] = {}
    for namespace in sorted(set(namespaces) - {"", _XML}):
        stem = prefix = _KNOWN.get(namespace) or _stem(namespace)
        number = 1
        while prefix in chosen:
            number += 1
            prefix = f"{stem}{number}"
        chosen[prefix] = namespace
    return chosen


def _stem(namespace: str) -> str:
    address = namespace.partition("://")[2] or namespace
    host, _, path = address.partition("/")
    labels = host.split(".")
    organisation = labels[-_HOST_LABELS:-1] if len(labels) >= _HOST_LABELS else labels
    for part in (*reversed(re.split(r"[/#:?=&]+", path)), *organisation):
        word = part.partition(".")[0].lower()
        if _PREFIX.fullmatch(word) and not _SAYS_NOTHING.fullmatch(word) and len(word) <= _LONGEST:
            return word
    return "ext"
