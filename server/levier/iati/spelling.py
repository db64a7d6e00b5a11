"""Codes whose letter case cannot matter, as their lists write them.

Only the lists whose standard settles the case: countries (ISO 3166-1) and currencies (ISO 4217) in capitals,
languages (ISO 639-1) in small letters, MIME types (RFC 2045: the case is not significant). In every other list two
codes may differ by case alone.
"""

import re
from collections.abc import Callable
from functools import cache, lru_cache
from typing import Final

from levier.iati import bundled

_FORMATS: Final = "FileFormat"
_RULES: Final[dict[str, tuple[re.Pattern[str], Callable[[str], str]]]] = {
    "Country": (re.compile(r"[A-Za-z]{2}"), str.upper),
    "Currency": (re.compile(r"[A-Za-z]{3}"), str.upper),
    "Language": (re.compile(r"[A-Za-z]{2}"), str.lower),
    _FORMATS: (re.compile(r"[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+"), str.lower),
}
"""Per list the shape of a code and its case; what has not that shape is no such code, and is left as it is."""

SPELLED: Final = frozenset(_RULES)
"""The lists whose codes may be written in any case."""


@lru_cache(maxsize=8192)
def spelled(code_list: str, code: str) -> str:
    """Give the code in the letter case of its list; as it is where the case matters or it has not the code's shape."""
    shape, cased = _RULES.get(code_list, (None, str))
    if shape is None or not shape.fullmatch(code):
        return code
    small = cased(code)
    return _listed_formats().get(small, small) if code_list == _FORMATS else small


@cache
def _listed_formats() -> dict[str, str]:
    """Give the MIME types of the bundled list by their small letters: a few are listed with capitals."""
    return {code.lower(): code for code in bundled.codes(_FORMATS)}
