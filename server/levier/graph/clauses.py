"""Whether a query chooses its own dataset: FROM and FROM NAMED (SPARQL 1.1, §13.2)."""

import re

_TERMINAL = re.compile(
    r"""
      \#[^\r\n]*
    | <[^\x00-\x20<>"{}|^`\\]*>
    | \"{3}(?:\"{0,2}(?:[^"\\]|\\.))*\"{3} | '{3}(?:'{0,2}(?:[^'\\]|\\.))*'{3}
    | "(?:[^"\\\r\n]|\\.)*" | '(?:[^'\\\r\n]|\\.)*'
    | [?$]\w+
    | [\w.\-]*:[\w.\-:%\\]*
    | (?P<word>[A-Za-z]+)
    | .
    """,
    re.VERBOSE | re.DOTALL,
)


def chooses_dataset(query: str) -> bool:
    """Tell whether the query has a FROM clause: the keyword stands nowhere else in the language."""
    if "from" not in query.lower():
        return False
    return any((match["word"] or "").upper() == "FROM" for match in _TERMINAL.finditer(query))
