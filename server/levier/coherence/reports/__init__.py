"""How an outcome is said: a module per format, each a function from the outcome to text."""

from collections.abc import Callable, Mapping
from typing import Final

from levier.coherence.outcome import Outcome
from levier.coherence.reports.as_json import as_json
from levier.coherence.reports.github import github
from levier.coherence.reports.html import html
from levier.coherence.reports.junit import junit
from levier.coherence.reports.markdown import markdown
from levier.coherence.reports.sarif import sarif
from levier.coherence.reports.saying import Saying
from levier.coherence.reports.text import text
from levier.coherence.reports.turtle import turtle

__all__ = ["FORMATS", "WHOLE", "Saying"]

FORMATS: Final[Mapping[str, Callable[[Outcome, Saying], str]]] = {
    "text": text,
    "json": as_json,
    "sarif": sarif,
    "junit": junit,
    "github": github,
    "markdown": markdown,
    "html": html,
    "turtle": turtle,
}
"""By the name that `levier check --format` takes."""

WHOLE: Final = frozenset({"json", "sarif", "junit", "turtle"})
"""The formats for programs: they have every finding, whatever `--show` says."""
