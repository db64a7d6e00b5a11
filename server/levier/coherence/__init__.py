"""The coherence room: the rule catalogue, the engines that apply it, and how their findings are lived with and said.

`check_snapshot()` and `check_files()` give a `Checked`; `settle()` sets aside what is accepted and gives an `Outcome`;
`placed()` finds file, line and column; the functions of `FORMATS` say it; `about_rules()` lists and explains the
rules.
"""

from levier.coherence import baseline, changes, configuration
from levier.coherence.catalogue import Catalogue, load_catalogue
from levier.coherence.check import Checked, check_files, check_snapshot
from levier.coherence.consistency import Consistency, consistency_of_files, consistency_of_snapshot
from levier.coherence.engines import ENGINES, Engine, engine
from levier.coherence.explanation import about_rules
from levier.coherence.finding import Finding
from levier.coherence.naming import nearest
from levier.coherence.outcome import Outcome, Settled
from levier.coherence.place import Place
from levier.coherence.places import placed
from levier.coherence.reports import FORMATS, WHOLE, Saying
from levier.coherence.rule import LANGUAGES, Rule, Severity
from levier.coherence.settle import Terms, settle
from levier.coherence.speaking import language_of

__all__ = [
    "ENGINES",
    "FORMATS",
    "LANGUAGES",
    "WHOLE",
    "Catalogue",
    "Checked",
    "Consistency",
    "Engine",
    "Finding",
    "Outcome",
    "Place",
    "Rule",
    "Saying",
    "Settled",
    "Severity",
    "Terms",
    "about_rules",
    "baseline",
    "changes",
    "check_files",
    "check_snapshot",
    "configuration",
    "consistency_of_files",
    "consistency_of_snapshot",
    "engine",
    "language_of",
    "load_catalogue",
    "nearest",
    "placed",
    "settle",
]
