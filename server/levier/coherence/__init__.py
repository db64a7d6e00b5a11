"""The coherence room: the rule catalogue, the engines that apply it, and how their findings are said.

`check_snapshot()` and `check_files()` give a `Checked`; `text()` and `as_json()` say it; `about_rules()` lists and
explains the rules.
"""

from levier.coherence.catalogue import Catalogue, load_catalogue
from levier.coherence.check import Checked, check_files, check_snapshot
from levier.coherence.engines import ENGINES, Engine, engine
from levier.coherence.explanation import about_rules
from levier.coherence.finding import Finding
from levier.coherence.report import as_json, text
from levier.coherence.rule import LANGUAGES, Rule, Severity

__all__ = [
    "ENGINES",
    "LANGUAGES",
    "Catalogue",
    "Checked",
    "Engine",
    "Finding",
    "Rule",
    "Severity",
    "about_rules",
    "as_json",
    "check_files",
    "check_snapshot",
    "engine",
    "load_catalogue",
    "text",
]
