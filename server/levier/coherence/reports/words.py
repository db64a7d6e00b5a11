"""The words of reports in fr, nl and en."""

from collections.abc import Mapping, Sequence
from typing import Final

from levier.coherence.outcome import Outcome
from levier.coherence.rule import Severity

WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "fr": {
        "fix": "Remède", "value": "valeur", "more": "… et {n} de plus (--format json les donne tous)",
        "total": "{rules} {of_rules} sur {triples} triplets : {counts}.",
        "baseline": "{n} dans la référence", "waiver": "{n} par dérogation",
        "settled": "Accepté : {counts}.", "title": "Contrôle de cohérence", "none": "Aucun constat.",
        "rule": "Règle", "where": "Où", "what": "Constat", "node": "Nœud", "reason": "Motif", "unread": "Non lu",
        "stale": "Périmé", "accepted": "Accepté", "cut": "Le rapport est coupé ici ; --format json donne tout.",
        "source": "Source",
        "lost": "{files} : introuvable sous la forme dont cet instantané fut construit, parti ou changé depuis ; ce "
        "qui s’y trouve est signalé à la ligne de l’activité, sinon sans ligne. Indiquez où sont ces fichiers par "
        "--sources DOSSIER, ou reconstruisez.",
        "others": "{files} et {n} de plus",
    },
    "nl": {
        "fix": "Remedie", "value": "waarde", "more": "… en nog {n} (--format json geeft ze alle)",
        "total": "{rules} {of_rules} op {triples} triples: {counts}.",
        "baseline": "{n} in de referentie", "waiver": "{n} door een ontheffing",
        "settled": "Aanvaard: {counts}.", "title": "Coherentiecontrole", "none": "Geen bevindingen.",
        "rule": "Regel", "where": "Waar", "what": "Bevinding", "node": "Knoop", "reason": "Reden",
        "unread": "Niet gelezen",
        "stale": "Verouderd", "accepted": "Aanvaard", "cut": "Het verslag stopt hier; --format json geeft alles.",
        "source": "Bron",
        "lost": "{files}: niet terug te vinden zoals deze momentopname eruit is gebouwd, weg of intussen veranderd; "
        "wat daar staat wordt gemeld op de regel van de activiteit, of anders zonder regel. Zeg met --sources MAP waar "
        "zulke bestanden zijn, of bouw opnieuw.",
        "others": "{files} en nog {n}",
    },
    "en": {
        "fix": "Fix", "value": "value", "more": "… and {n} more (--format json gives them all)",
        "total": "{rules} {of_rules} over {triples} triples: {counts}.",
        "baseline": "{n} in the baseline", "waiver": "{n} by a waiver",
        "settled": "Accepted: {counts}.", "title": "Coherence check", "none": "No findings.",
        "rule": "Rule", "where": "Where", "what": "Finding", "node": "Node", "reason": "Reason", "unread": "Not read",
        "stale": "Stale", "accepted": "Accepted", "cut": "The report is cut here; --format json gives all.",
        "source": "Source",
        "lost": "{files}: not found as this snapshot was built from, gone or changed since; what is found there is "
        "told at the line of the activity, if that. Name where such files are with --sources FOLDER, or build again.",
        "others": "{files} and {n} more",
    },
}  # fmt: skip
_NAMED: Final = 3
"""Files that a sentence names; of more it gives the number."""
_RULES: Final = {"fr": ("règle", "règles"), "nl": ("regel", "regels"), "en": ("rule", "rules")}
_SEVERITIES: Final[Mapping[str, Mapping[str, tuple[str, str]]]] = {
    "fr": {"violation": ("violation", "violations"), "warning": ("avertissement", "avertissements"),
           "info": ("information", "informations")},
    "nl": {"violation": ("overtreding", "overtredingen"), "warning": ("waarschuwing", "waarschuwingen"),
           "info": ("melding", "meldingen")},
    "en": {"violation": ("violation", "violations"), "warning": ("warning", "warnings"), "info": ("note", "notes")},
}  # fmt: skip


def counted(number: int, severity: Severity | str, language: str) -> str:
    """Give `3 warnings`."""
    word = severity if isinstance(severity, str) else severity.word
    one, many = _SEVERITIES[language][word]
    return f"{number} {one if number == 1 else many}"


def lost_sentence(lost: Sequence[str], language: str) -> str:
    """Give one sentence on the files behind a snapshot that are not to be found again; empty where there are none."""
    if not lost:
        return ""
    words, files, more = WORDS[language], ", ".join(lost[:_NAMED]), len(lost) - _NAMED
    return words["lost"].format(files=files if more <= 0 else words["others"].format(files=files, n=more))


def severity_word(severity: Severity, language: str) -> str:
    """Give the name of a severity."""
    return _SEVERITIES[language][severity.word][0]


def total(outcome: Outcome, language: str) -> str:
    """Give the sentence that sums a check up."""
    counts = ", ".join(counted(number, word, language) for word, number in outcome.counts().items())
    number = len(outcome.rules)
    of_rules = _RULES[language][number != 1]
    return WORDS[language]["total"].format(rules=number, of_rules=of_rules, triples=outcome.triples, counts=counts)


def settled(outcome: Outcome, language: str) -> str:
    """Give the sentence that says how much is accepted; empty where nothing is."""
    numbers = {by: sum(one.by == by for one in outcome.settled) for by in ("baseline", "waiver")}
    counts = ", ".join(WORDS[language][by].format(n=number) for by, number in numbers.items() if number)
    return WORDS[language]["settled"].format(counts=counts) if counts else ""
