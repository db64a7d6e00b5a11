"""The standard's own ruleset is covered: every rule of it, in every place of the XML where it holds.

The table below breaks each in the smallest way; what is broken goes the whole way, from XML through the conversion.
"""

# ruff: noqa: E501  # the table of broken records reads as a table

import json
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from levier.coherence import Checked, Severity, check_files, engine, load_catalogue
from levier.terms import SHAPES

SOUND = {
    "attributes": 'xml:lang="en" default-currency="EUR"',
    "id": "<iati-identifier>XM-DAC-2-10-{n}</iati-identifier>",
    "reporter": '<reporting-org ref="XM-DAC-2-10" type="10"><narrative>DGD</narrative></reporting-org>',
    "title": "<title><narrative>Wells</narrative></title>",
    "description": "<description><narrative>Wells for a town.</narrative></description>",
    "participating": '<participating-org ref="XM-DAC-2-10" role="1"/>',
    "other": "",
    "status": '<activity-status code="2"/>',
    "dates": '<activity-date type="1" iso-date="2020-01-01"/>',
    "place": '<recipient-country code="BJ"/>',
    "sector": '<sector code="14030"/>',
    "more": "",
}
"""An activity in parts, in the order of the standard. `{n}` is the number of the activity."""

SOUND_ORGANISATION = {
    "attributes": 'xml:lang="en" default-currency="EUR"',
    "id": "<organisation-identifier>XM-DAC-2-{n}</organisation-identifier>",
    "name": "<name><narrative>An office</narrative></name>",
    "reporter": '<reporting-org ref="XM-DAC-2-10" type="10"><narrative>DGD</narrative></reporting-org>',
    "more": "",
}
A = "/iati-activities/iati-activity"
O = "/iati-organisations/iati-organisation"  # noqa: E741  # beside A
PARTY = {side: f"{A}/transaction/{side} | {A}/planned-disbursement/{side}" for side in ("provider-org", "receiver-org")}
COUNTED = "[@measure='1' or @measure='2' or @measure='3' or @measure='4']"
WORDED = "[@measure='5']"


def transaction(
    inside: str = "", date: str = "2020-02-01", value: str = '<value value-date="2020-02-01">1</value>'
) -> str:
    return (
        f'<transaction><transaction-type code="3"/><transaction-date iso-date="{date}"/>{value}{inside}</transaction>'
    )


def budget(name: str, start: str, end: str, inside: str = "") -> str:
    dates = f'<period-start iso-date="{start}"/><period-end iso-date="{end}"/>'
    return f'<{name}>{dates}<value value-date="{start}">1</value>{inside}</{name}>'


def indicator(measure: str, inside: str) -> str:
    title = "<title><narrative>Wells</narrative></title>"
    return f'<result type="1">{title}<indicator measure="{measure}">{title}{inside}</indicator></result>'


def period(inside: str, start: str = "2020-01-01", end: str = "2020-12-31") -> str:
    return f'<period><period-start iso-date="{start}"/><period-end iso-date="{end}"/>{inside}</period>'


def measured(rule: str, path: str, element: str) -> dict[tuple[str, str], dict[str, str]]:
    """Give the three rules on the value of a baseline, target or actual."""

    def inside(value: str) -> str:
        made = f"<{element}{value}/>" if element != "baseline" else f'<baseline year="2019"{value}/>'
        return made if element == "baseline" else period(made)

    return {
        (f"{A}/result/indicator{COUNTED}/{path}", f"{rule}.1"): {"more": indicator("1", inside(""))},
        (f"{A}/result/indicator{COUNTED}/{path}", f"{rule}.2"): {"more": indicator("2", inside(' value="some"'))},
        (f"{A}/result/indicator{WORDED}/{path}", f"{rule}.3"): {"more": indicator("5", inside(' value="3"'))},
    }


def party(side: str, kind: str, numbers: tuple[str, str, str, str]) -> dict[tuple[str, str], dict[str, str]]:
    """Give the four rules on the provider or the receiver of money."""
    broken = (
        "<{0}/>",
        '<{0} ref="XM-DAC-2-1/0"/>',
        '<{0} ref=" XM-DAC-2-10"/>',
        '<{0} ref="XM-DAC-2-10" {1}-activity-id=" a"/>',
    )
    return {
        (PARTY[side], number): {"more": transaction(form.format(side, kind))}
        for number, form in zip(numbers, broken, strict=True)
    }


SIXTY = '<recipient-country code="BJ" percentage="60"/>'
BROKEN: dict[tuple[str, str], dict[str, str]] = {
    ("//title", "4.3.1"): {"title": "<title><narrative></narrative></title>"},
    ("//description", "4.4.1"): {"description": "<description><narrative></narrative></description>"},
    (A, "1.1.3"): {"id": "<iati-identifier>XM-DAC-2-10</iati-identifier>"},
    (A, "1.1.21"): {"id": "<iati-identifier>OLD-{n}</iati-identifier>"},
    (A, "1.3.1"): {"id": "<iati-identifier> XM-DAC-2-10-{n}</iati-identifier>"},
    (A, "1.3.13"): {"id": "<iati-identifier>{n}/7</iati-identifier>"},
    (A, "1.6.1"): {"other": '<other-identifier ref="X-1 " type="A3"/>'},
    (A, "1.7.1"): {"more": '<related-activity ref=" XM-DAC-2-10-1" type="1"/>'},
    (A, "1.14.1"): {"reporter": '<reporting-org ref="XM-DAC-2-10 " type="10"/>'},
    (A, "1.14.8"): {"reporter": '<reporting-org ref="OUR-10" type="10"/>'},
    (A, "1.14.13"): {"reporter": '<reporting-org ref="XM-DAC-2|10" type="10"/>'},
    (A, "1.16.1"): {"other": '<other-identifier ref=" BE-10" type="B1"/>'},
    (A, "2.1.1"): {"sector": '<sector code="14030" percentage="100"/><sector code="14031"/>'},
    (A, "2.1.2"): {"sector": '<sector code="14030" percentage="60"/><sector code="14031" percentage="60"/>'},
    (A, "2.1.4"): {"sector": '<sector code="14030" percentage="60"/>'},
    (A, "2.2.1"): {"sector": '<sector code="14030"/><sector vocabulary="99" code="w"/>'},
    (A, "102.1.1"): {"sector": '<sector vocabulary="2" code="140"/>'},
    (A, "3.1.1"): {"place": '<recipient-country code="BJ" percentage="100"/><recipient-country code="ML"/>'},
    (A, "3.1.2"): {"place": f'{SIXTY}<recipient-country code="ML" percentage="60"/>'},
    (A, "3.1.4"): {"place": SIXTY},
    (A, "3.4.1"): {"place": '<recipient-region code="298" percentage="100"/><recipient-region code="89"/>'},
    (A, "3.4.2"): {"place": f'{SIXTY}<recipient-region vocabulary="99" code="s" percentage="60"/>'},
    (A, "3.4.4"): {"place": '<recipient-region code="298" percentage="60"/>'},
    (A, "3.6.2"): {"more": transaction('<recipient-country code="BJ"/>')},
    (A, "3.7.1"): {"place": ""},
    (A, "3.7.2"): {"place": "", "more": transaction('<recipient-country code="BJ"/>') + transaction()},
    (A, "4.1.1"): {"attributes": 'default-currency="EUR"'},
    (A, "6.2.2"): {"sector": ""},
    (A, "6.6.2"): {"more": transaction('<sector code="14030"/>')},
    (A, "6.7.2"): {"sector": "", "more": transaction('<sector code="14030"/>') + transaction()},
    (A, "6.11.1"): {"dates": '<activity-date type="3" iso-date="2020-01-01"/>'},
    (A, "7.8.1"): {"attributes": 'xml:lang="en"', "more": transaction()},
    (A, "7.9.1"): {"more": '<country-budget-items vocabulary="2"><budget-item code="1" percentage="100"/><budget-item code="2"/></country-budget-items>'},
    (A, "7.9.2"): {"more": '<country-budget-items vocabulary="2"><budget-item code="1" percentage="60"/><budget-item code="2" percentage="60"/></country-budget-items>'},
    (A, "7.9.4"): {"more": '<country-budget-items vocabulary="2"><budget-item code="1" percentage="60"/></country-budget-items>'},
    (A, "11.1.1"): {"attributes": SOUND["attributes"] + ' last-updated-datetime="2999-01-01T00:00:00Z"'},
    (A, "11.1.2"): {"dates": '<activity-date type="1" iso-date="2021-01-01"/><activity-date type="3" iso-date="2020-01-01"/>'},
    (A, "11.1.3"): {"dates": '<activity-date type="2" iso-date="2021-01-01"/><activity-date type="4" iso-date="2020-01-01"/>'},
    (A, "11.1.4"): {"dates": '<activity-date type="2" iso-date="2999-01-01"/>'},
    (A, "11.1.5"): {"dates": '<activity-date type="2" iso-date="2020-01-01"/><activity-date type="4" iso-date="2999-01-01"/>'},
    (A, "11.2.1"): {"more": transaction(date="2999-01-01")},
    (A, "11.2.2"): {"more": transaction(value='<value value-date="2999-01-01">1</value>')},
    (A, "12.1.1"): {"place": '<recipient-country code="BJ" percentage="-5"/><recipient-country code="ML" percentage="105"/>'},
    (A, "12.2.1"): {"more": '<capital-spend percentage="130"/>'},
    (A, "12.3.1"): {"sector": '<sector code="14030" percentage="-5"/><sector code="14031" percentage="105"/>'},
    (A, "107.1.1"): {"more": '<default-aid-type vocabulary="2" code="3"/>'},
    (A, "107.1.2"): {"more": '<default-aid-type code="C01"/><default-aid-type code="B01"/>'},
    (A, "107.2.1"): {"more": transaction('<aid-type vocabulary="2" code="3"/>')},
    (f"{A}/transaction", "107.2.2"): {"more": transaction('<aid-type code="C01"/><aid-type code="B01"/>')},
    (f"{A}/budget", "7.5.3"): {"more": budget("budget", "2020-01-01", "2021-12-31")},
    (f"{A}/budget", "8.6.3"): {"more": budget("budget", "2020-12-31", "2020-01-01")},
    (f"{A}/planned-disbursement", "8.6.3"): {"more": budget("planned-disbursement", "2020-12-31", "2020-01-01")},
    (f"{A}/other-identifier/owner-org", "6.8.1"): {"other": '<other-identifier ref="X" type="A9"><owner-org/></other-identifier>'},
    (f"{A}/other-identifier/owner-org", "1.11.1"): {"other": '<other-identifier ref="X" type="A9"><owner-org ref=" XM-DAC-2-10"/></other-identifier>'},
    (f"{A}/other-identifier/owner-org", "1.11.13"): {"other": '<other-identifier ref="X" type="A9"><owner-org ref="XM-DAC-2?10"/></other-identifier>'},
    (f"{A}/participating-org", "6.10.1"): {"participating": '<participating-org role="1"/>'},
    (f"{A}/participating-org", "1.8.1"): {"participating": '<participating-org ref=" XM-DAC-2-10" role="1"/>'},
    (f"{A}/participating-org", "1.8.13"): {"participating": '<participating-org ref="XM-DAC-2&amp;10" role="1"/>'},
    (f"{A}/participating-org", "1.9.1"): {"participating": '<participating-org ref="XM-DAC-2-10" role="1" activity-id="X-1 "/>'},
    (f"{A}/policy-marker", "6.13.1"): {"more": '<policy-marker vocabulary="99" code="w"/>'},
    (f"{A}/policy-marker", "6.14.1"): {"more": '<policy-marker code="1"/>'},
    (f"{A}/result/indicator", "8.11.1"): {"more": indicator("1", '<reference vocabulary="99" code="i"/>').replace("<indicator", '<reference vocabulary="99" code="r"/><indicator')},
    (f"{A}/result/indicator/period", "8.6.1"): {"more": indicator("1", period("", "2020-12-31", "2020-01-01"))},
    **measured("8.8", "baseline", "baseline"),
    **measured("8.9", "period/target", "target"),
    **measured("8.10", "period/actual", "actual"),
    **party("provider-org", "provider", ("6.9.1", "1.10.13", "1.10.1", "1.4.1")),
    **party("receiver-org", "receiver", ("6.9.2", "1.15.13", "1.15.1", "1.5.1")),
    (O, "1.12.1"): {"id": "<organisation-identifier> XM-DAC-2-{n}</organisation-identifier>"},
    (O, "1.12.13"): {"id": "<organisation-identifier>XM-DAC-2/{n}</organisation-identifier>"},
    (O, "1.17.1"): {"more": budget("recipient-org-budget", "2020-01-01", "2020-12-31").replace("<period-start", '<recipient-org ref=" XM-DAC-2-10"/><period-start')},
    (O, "1.18.1"): {"reporter": '<reporting-org ref=" XM-DAC-2-10" type="10"/>'},
    (O, "1.18.8"): {"reporter": '<reporting-org ref="OUR-10" type="10"/>'},
    (O, "1.18.13"): {"reporter": '<reporting-org ref="XM-DAC-2|10" type="10"/>'},
    (O, "4.5.1"): {"attributes": 'default-currency="EUR"'},
    (O, "7.8.2"): {"attributes": 'xml:lang="en"', "more": budget("total-budget", "2020-01-01", "2020-12-31")},
    (O, "11.4.1"): {"attributes": SOUND["attributes"] + ' last-updated-datetime="2999-01-01T00:00:00Z"'},
    (f"{O}/recipient-country-budget", "11.3.1"): {"more": budget("recipient-country-budget", "2020-01-01", "2020-12-31", '<budget-line ref="1"><value value-date="2022-01-01">1</value></budget-line>')},
    **{(f"{O}/{name}", "7.5.3"): {"more": budget(name, "2020-01-01", "2021-12-31")} for name in ("recipient-country-budget", "recipient-org-budget", "recipient-region-budget", "total-budget", "total-expenditure")},
    **{(f"{O}/{name}", "8.6.3"): {"more": budget(name, "2020-12-31", "2020-01-01")} for name in ("recipient-country-budget", "recipient-org-budget", "recipient-region-budget", "total-budget", "total-expenditure")},
}  # fmt: skip
"""For each rule, and each place where it holds, what to write instead of a part of the sound record."""


def record(n: int, context: str, parts: dict[str, str]) -> str:
    sound, name = (SOUND_ORGANISATION, "organisation") if context.startswith(O) else (SOUND, "activity")
    written = {**sound, **parts}
    inside = "".join(text for part, text in written.items() if part != "attributes").replace("{n}", str(1000 + n))
    return f"<iati-{name} {written['attributes']}>{inside}</iati-{name}>"


def file(path: Path, records: list[str]) -> Path:
    root = "iati-organisations" if records[0].startswith("<iati-organisation") else "iati-activities"
    path.write_text(f'<{root} version="2.03">{"".join(records)}</{root}>', encoding="utf-8")
    return path


@cache
def covering() -> dict[str, set[str]]:
    """Give the rules of ours that cover a rule of the ruleset, by its number."""
    catalogue, found = load_catalogue(), defaultdict[str, set[str]](set)
    by_shape = catalogue.by_shape()
    for quad in catalogue.shapes:
        if quad.predicate.value == SHAPES + "rulesetRule":
            found[quad.object.value].add(by_shape[quad.subject.value].id)
    return found


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> Checked:
    """One file for each broken record, checked together: a finding names the file of its node."""
    folder = tmp_path_factory.mktemp("broken")
    for n, ((context, _), parts) in enumerate(BROKEN.items()):
        file(folder / f"{n}.xml", [record(n, context, parts)])
    return check_files([folder], engine("fast"))


@pytest.mark.parametrize(
    ("n", "broken"), list(enumerate(BROKEN)), ids=lambda value: value if isinstance(value, int) else value[1]
)
def test_a_broken_record_is_found_by_a_rule_that_says_it_covers_it(
    n: int, broken: tuple[str, str], checked: Checked
) -> None:
    found = {f.rule.id for f in checked.findings if f.source and Path(f.source).name.startswith(f"{n}.")}

    assert found & covering()[broken[1]]


def test_the_sound_records_break_no_rule_of_the_ruleset(tmp_path: Path) -> None:
    files = [file(tmp_path / f"{n}.xml", [record(n, context, {})]) for n, context in enumerate((A, O))]
    rules = set().union(*covering().values())

    assert set() == {f.rule.id for f in check_files(files, engine("fast")).findings} & rules


def cases(context: str, node: object) -> Iterator[tuple[str, str, str]]:
    """Give place, number and severity of every rule in the ruleset, however deep it stands."""
    if isinstance(node, dict):
        if "ruleInfo" in node:
            yield context, node["ruleInfo"]["id"], node["ruleInfo"]["severity"]
        for key, value in node.items():
            yield from cases(context, value if key != "ruleInfo" else None)
    elif isinstance(node, list):
        for value in node:
            yield from cases(context, value)


@pytest.fixture(scope="module")
def ruleset(shared: Path) -> set[tuple[str, str, str]]:
    path = shared / "standard" / "rulesets" / "standard.json"
    if not path.is_file():
        pytest.skip(f"{path} is absent: the ruleset of the standard")
    document = json.loads(path.read_text(encoding="utf-8"))
    return {case for context, rules in document.items() for case in cases(context, rules)}


def test_every_rule_of_the_ruleset_is_broken_above_in_every_place_of_it(ruleset: set[tuple[str, str, str]]) -> None:
    assert {(context, number) for context, number, _ in ruleset} == set(BROKEN)


def test_every_rule_of_the_ruleset_has_one_of_ours_as_grave(ruleset: set[tuple[str, str, str]]) -> None:
    rules, grave = load_catalogue().rules, {"error": Severity.VIOLATION, "warning": Severity.WARNING}
    lighter = {
        number for _, number, word in ruleset if max(rules[rule].severity for rule in covering()[number]) < grave[word]
    }

    assert {number for _, number, _ in ruleset} == set(covering())
    assert set() == lighter


def column(root: Path, name: str) -> list[str]:
    lines = (root / "data" / "organisations" / f"{name}.tsv").read_text(encoding="utf-8").splitlines()
    return [line.split("\t")[0].strip() for line in lines if line.strip() and not line.startswith("#")][1:]


def test_the_registers_and_listed_reporters_of_the_shapes_are_those_of_the_data(root: Path) -> None:
    """ACTOR-012 and ACTOR-013 hold them, so that no check needs the lists in its graph."""
    registers = [name for name in column(root, "registers") if name]
    shape = (root / "shapes" / "aid-identity.ttl").read_text(encoding="utf-8")
    odd = {name for name in column(root, "reporters") if not name.startswith(tuple(f"{r}-" for r in registers))}
    odd |= {name for name in column(root, "reporters") if set(name) & set("/&|?")}
    listed = shape.partition("levsh:ListedReporter\n")[2].partition("sh:in (")[2].partition(")")[0].split("\n")

    assert f'?({"|".join(registers)})-"' in shape
    assert sorted(odd) == sorted(line.strip().strip('"') for line in listed if line.strip().startswith('"'))
