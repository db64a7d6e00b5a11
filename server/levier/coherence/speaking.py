"""The language of messages where nobody has said one: that of the locale, as far as rules speak it."""

from collections.abc import Mapping

from levier.coherence.rule import LANGUAGES

_VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")
"""In the order in which POSIX has them win."""


def language_of(env: Mapping[str, str]) -> str | None:
    """Give `fr` for `fr_BE.UTF-8`; None where the locale is none of our languages, or is not set."""
    locale = next((env[name] for name in _VARIABLES if env.get(name)), "")
    language = locale.partition("_")[0].partition(".")[0].lower()
    return language if language in LANGUAGES else None
