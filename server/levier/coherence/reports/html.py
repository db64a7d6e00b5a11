"""Findings as one HTML file that needs no other: no script, no font, no request."""

from importlib.resources import files
from typing import Final

from levier.coherence.outcome import Outcome
from levier.coherence.reports.saying import Saying, by_rule, in_order_of_files, where
from levier.coherence.reports.words import WORDS, counted, settled, total
from levier.terms import shorten

SHOWN: Final = 200
"""Findings of one rule that are shown: a page of all of a large snapshot would be too long for a browser."""


def html(outcome: Outcome, saying: Saying) -> str:
    """Give the page; whatever the data says is escaped."""
    import jinja2  # noqa: PLC0415  # the other reports need none, and a check is to start at once

    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True)
    template = environment.from_string(files("levier.coherence.reports").joinpath("report.html").read_text("utf-8"))
    language = saying.language
    return template.render(
        outcome=outcome,
        language=language,
        words=WORDS[language],
        total=total(outcome, language),
        settled=settled(outcome, language),
        counts=[(w, n, counted(n, w, language).partition(" ")[2]) for w, n in outcome.counts().items()],
        groups=[in_order_of_files(group) for group in by_rule(outcome, saying)],
        fail_on=saying.fail_on,
        counted=counted,
        where=where,
        shorten=shorten,
        shown=SHOWN,
    )
