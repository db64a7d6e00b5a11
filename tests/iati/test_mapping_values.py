"""What each kind of row of the table makes of an element or attribute."""

import pytest
from tests.iati.conftest import Convert

CASES = [
    # what, content, attributes of the activity, node, property, expected
    ("title", "<title><narrative>Eau</narrative></title>", "", "", "iati:title", ['"Eau"']),
    ("code", '<activity-status code=" 2 "/>', "", "", "iati:activityStatus", ["code/ActivityStatus/2"]),
    ("code with odd characters", '<document-link format="text/x y"/>', "", "document-link/1", "iati:format",
     ["code/FileFormat/text%2Fx%20y"]),
    ("empty attribute", '<activity-status code=" "/>', "", "", "iati:activityStatus", []),
    ("boolean one", "", 'humanitarian="1"', "", "iati:humanitarian", ['"true"^^xsd:boolean']),
    ("boolean word", '<conditions attached="false"/>', "", "", "iati:conditionsAttached", ['"false"^^xsd:boolean']),
    ("integer", "", 'hierarchy="2"', "", "iati:hierarchy", ['"2"^^xsd:integer']),
    ("datetime", "", 'last-updated-datetime="2024-01-02T03:04:05Z"', "", "iati:lastUpdatedDatetime",
     ['"2024-01-02T03:04:05Z"^^xsd:dateTime']),
    ("default currency", "", 'default-currency="EUR"', "", "iati:defaultCurrency", ["code/Currency/EUR"]),
    ("percentage", '<capital-spend percentage="88.8"/>', "", "", "iati:capitalSpend", ['"88.8"^^xsd:decimal']),
    ("general description", '<description type="1"><narrative>G</narrative></description>', "", "",
     "iati:generalDescription", ['"G"']),
    ("objectives", '<description type="2"><narrative>O</narrative></description>', "", "",
     "iati:objectivesDescription", ['"O"']),
    ("target groups", '<description type="3"><narrative>T</narrative></description>', "", "",
     "iati:targetGroupsDescription", ['"T"']),
    ("other description", '<description type="4"><narrative>X</narrative></description>', "", "",
     "iati:otherDescription", ['"X"']),
    ("description without type", "<description><narrative>D</narrative></description>", "", "",
     "iati:description", ['"D"']),
    ("planned start", '<activity-date type="1" iso-date="2024-01-01"/>', "", "", "iati:plannedStart",
     ['"2024-01-01"^^xsd:date']),
    ("actual end with a time", '<activity-date type="4" iso-date="2024-01-31T00:00:00"/>', "", "", "iati:actualEnd",
     ['"2024-01-31"^^xsd:date']),
    ("date with a zone", '<activity-date type="2" iso-date=" 2024-01-31Z "/>', "", "", "iati:actualStart",
     ['"2024-01-31"^^xsd:date']),
    ("sector of the default vocabulary", '<sector code="12220"/>', "", "sector/1", "iati:code", ["code/Sector/12220"]),
    ("sector category", '<sector vocabulary="2" code="122"/>', "", "sector/1", "iati:code",
     ["code/SectorCategory/122"]),
    ("goal as sector", '<sector vocabulary="7" code="3"/>', "", "sector/1", "iati:code", ["code/UNSDG-Goals/3"]),
    ("target as sector", '<sector vocabulary="8" code="3.8"/>', "", "sector/1", "iati:code",
     ["code/UNSDG-Targets/3.8"]),
    ("sector of an own vocabulary", '<sector vocabulary="99" code="A1"/>', "", "sector/1", "iati:codeText", ['"A1"']),
    ("vocabulary stated", '<sector vocabulary="99" code="A1"/>', "", "sector/1", "iati:vocabulary",
     ["code/SectorVocabulary/99"]),
    ("vocabulary absent stays absent", '<sector code="12220"/>', "", "sector/1", "iati:vocabulary", []),
    ("goal as tag", '<tag vocabulary="2" code="10"/>', "", "tag/1", "iati:code", ["code/UNSDG-Goals/10"]),
    ("GLIDE", '<humanitarian-scope vocabulary="1-2" code="EP-2020-000012-001"/>', "", "humanitarian-scope/1",
     "iati:code", ["code/GLIDENumber/EP-2020-000012-001"]),
    ("appeal", '<humanitarian-scope vocabulary="2-1" code="HCOVD20"/>', "", "humanitarian-scope/1", "iati:code",
     ["code/HumanitarianPlan/HCOVD20"]),
    ("policy marker", '<policy-marker code="1" significance="2"/>', "", "policy-marker/1", "iati:significance",
     ["code/PolicySignificance/2"]),
    ("aid type", '<default-aid-type code="C01"/>', "", "", "iati:defaultAidType", ["code/AidType/C01"]),
    ("earmarking", '<default-aid-type vocabulary="2" code="1"/>', "", "", "iati:defaultAidType",
     ["code/EarmarkingCategory/1"]),
    ("budget identifier told by the element around",
     '<country-budget-items vocabulary="1"><budget-item code="1.1.1"/></country-budget-items>', "",
     "country-budget-items/1/budget-item/1", "iati:code", ["code/BudgetIdentifier/1.1.1"]),
    ("budget identifier of a country",
     '<country-budget-items vocabulary="4"><budget-item code="1844"/></country-budget-items>', "",
     "country-budget-items/1/budget-item/1", "iati:codeText", ['"1844"']),
    ("position", "<location><point><pos> 31.6 -65.7 </pos></point></location>", "", "location/1", "geo:long",
     ['"-65.7"^^xsd:decimal']),
    ("gazetteer", '<location><location-id vocabulary="G1" code="7"/></location>', "", "location/1/location-id/1",
     "iati:codeText", ['"7"']),
    ("country as administrative area", '<location><administrative vocabulary="A4" code="BJ"/></location>', "",
     "location/1/administrative/1", "iati:code", ["code/Country/BJ"]),
    ("website", "<contact-info><website>https://example.org/a b</website></contact-info>", "", "contact-info/1",
     "iati:website", ['"https://example.org/a b"^^xsd:anyURI']),
    ("contact's organisation", "<contact-info><organisation><narrative>X</narrative></organisation></contact-info>",
     "", "contact-info/1", "iati:contactOrganisation", ['"X"']),
    ("second of its kind", '<tag vocabulary="1" code="a"/><tag vocabulary="1" code="b"/>', "", "tag/2",
     "iati:codeText", ['"b"']),
    ("condition", '<conditions attached="1"><condition type="1"/></conditions>', "", "condition/1", "iati:type",
     ["code/ConditionType/1"]),
    ("deeply nested value",
     '<result><indicator><period><target value="7"><location ref="L1"/></target></period></indicator></result>', "",
     "result/1/indicator/1/period/1/target/1", "iati:locationRef", ['"L1"']),
    ("measured number", '<result><indicator><baseline value="10"/></indicator></result>', "",
     "result/1/indicator/1/baseline/1", "iati:value", ['"10"^^xsd:decimal']),
    ("measured text", '<result><indicator><baseline value="none"/></indicator></result>', "",
     "result/1/indicator/1/baseline/1", "iati:value", ['"none"']),
    ("vocabulary of a result's reference", '<result><reference vocabulary="99" code="B"/></result>', "",
     "result/1/reference/1", "iati:vocabulary", ["code/ResultVocabulary/99"]),
    ("vocabulary of an indicator's reference",
     '<result><indicator><reference vocabulary="7" code="B"/></indicator></result>', "",
     "result/1/indicator/1/reference/1", "iati:vocabulary", ["code/IndicatorVocabulary/7"]),
    ("flag", '<crs-add><other-flags code="1" significance="0"/></crs-add>', "", "crs-add/1/other-flags/1",
     "iati:flagSignificance", ['"false"^^xsd:boolean']),
    ("loan status takes the default currency", '<crs-add><loan-status year="2014"/></crs-add>',
     'default-currency="GBP"', "crs-add/1/loan-status/1", "iati:currency", ["code/Currency/GBP"]),
    ("text escaped", '<title><narrative>a "b" \\ c\nd</narrative></title>', "", "", "iati:title",
     ['"a \\"b\\" \\\\ c\\nd"']),
    ("markup inside a narrative", "<title><narrative>a <b>b</b> c</narrative></title>", "", "", "iati:title",
     ['"a b c"']),
    ("text around a comment", "<title><narrative>a<!-- x -->b</narrative></title>", "", "", "iati:title", ['"ab"']),
]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "attributes", "node", "term", "expected"),
    [case[1:] for case in CASES],
    ids=[case[0] for case in CASES],
)
def test_value(activity: Convert, content: str, attributes: str, node: str, term: str, expected: list[str]) -> None:
    assert expected == activity(content, attributes).values(term, node)


@pytest.mark.parametrize(
    ("content", "node", "term", "text", "kind"),
    [
        ('<capital-spend percentage="33,3"/>', "", "iati:capitalSpend", '"33,3"', "not-a-decimal"),
        ('<capital-spend percentage="1e3"/>', "", "iati:capitalSpend", '"1e3"', "not-a-decimal"),
        ('<transaction humanitarian="yes"/>', "transaction/1", "iati:humanitarian", '"yes"', "not-a-boolean"),
        ('<fss phaseout-year="soon"/>', "fss/1", "iati:phaseoutYear", '"soon"', "not-an-integer"),
        ('<fss extraction-date="2024-02-30"/>', "fss/1", "iati:extractionDate", '"2024-02-30"', "not-a-date"),
        ("<location><point><pos>6.8, -58.1</pos></point></location>", "location/1", "iati:pos", '"6.8, -58.1"',
         "not-a-position"),
    ],
)  # fmt: skip
def test_what_does_not_parse_is_kept_as_text_and_reported(
    activity: Convert, content: str, node: str, term: str, text: str, kind: str
) -> None:
    result = activity(content)

    assert ([text], {kind: 1}) == (result.values(term, node), result.report.problem_counts)


def test_a_report_of_a_problem_names_line_activity_place_and_value(convert: Convert) -> None:
    result = convert(
        '<iati-activities version="2.03">\n<iati-activity>\n<iati-identifier>A</iati-identifier>\n'
        '<reporting-org ref="R"/>\n<capital-spend percentage="33,3"/>\n</iati-activity></iati-activities>'
    )
    problem = result.report.problems[0]

    assert (problem.line, problem.activity) == (5, "A")
    assert problem.message == "iati-activity/capital-spend/@percentage '33,3' is not a decimal number; kept as text."


def test_a_date_is_a_node_too_where_it_has_a_narrative(activity: Convert) -> None:
    result = activity('<activity-date type="1" iso-date="2024-01-01"><narrative>Début</narrative></activity-date>')

    assert result.values("iati:plannedStart") == ['"2024-01-01"^^xsd:date']
    assert result.values("iati:narrative", "activity-date/1") == ['"Début"']


def test_a_plain_date_is_no_node(activity: Convert) -> None:
    result = activity('<activity-date type="1" iso-date="2024-01-01"/>')

    assert result.values("iati:activityDate") == []


@pytest.mark.parametrize("attributes", ['type="9" iso-date="2024-01-01"', 'type="1" iso-date="soon"', 'type="1"'])
def test_an_irregular_date_is_a_node(activity: Convert, attributes: str) -> None:
    result = activity(f"<activity-date {attributes}/>")

    assert result.values("iati:activityDate") == ["activity/BE-1/BE-1-A/activity-date/1"]
    assert result.values("iati:plannedStart") == []


MONEY = '<transaction><value {currency} value-date="2024-05-01">{amount}</value></transaction>'


@pytest.mark.parametrize(
    ("declared", "default", "amount", "currency", "eur"),
    [
        ("EUR", "USD", " 1000.50 ", ["code/Currency/EUR"], ['"1000.5"^^xsd:decimal']),
        ("USD", "EUR", "10", ["code/Currency/USD"], ['"9.33"^^xsd:decimal']),
        ("", "EUR", "-10", ["code/Currency/EUR"], ['"-10"^^xsd:decimal']),
        ("", "USD", "10", ["code/Currency/USD"], ['"9.33"^^xsd:decimal']),
        ("KES", "USD", "10", ["code/Currency/KES"], []),
        ("EUR", "", "1,000", ["code/Currency/EUR"], []),
        ("", "", "10", [], []),
        ("eur ", "USD", "10", ["code/Currency/EUR"], ['"10"^^xsd:decimal']),
        ("", " Eur", "10", ["code/Currency/EUR"], ['"10"^^xsd:decimal']),
        ("usd", "EUR", "10", ["code/Currency/USD"], ['"9.33"^^xsd:decimal']),
        ("euro", "", "10", ["code/Currency/euro"], []),
    ],
)
def test_money_has_its_own_or_the_default_currency_and_eur_where_there_is_a_rate(
    activity: Convert, declared: str, default: str, amount: str, currency: list[str], eur: list[str]
) -> None:
    content = MONEY.format(currency=f'currency="{declared}"' if declared else "", amount=amount)
    result = activity(content, f'default-currency="{default}"' if default else "")

    assert currency == result.values("iati:currency", "transaction/1")
    assert eur == result.values("levier:amountEur", "transaction/1")


@pytest.mark.parametrize(
    ("content", "attributes", "node", "term", "expected"),
    [
        ("", 'default-currency="eur"', "", "iati:defaultCurrency", "Currency/EUR"),
        ('<recipient-country code="bj"/>', "", "recipient-country/1", "iati:code", "Country/BJ"),
        ('<location><administrative vocabulary="A4" code="Bj"/></location>', "", "location/1/administrative/1",
         "iati:code", "Country/BJ"),
        ('<document-link><language code="FR"/></document-link>', "", "document-link/1", "iati:language", "Language/fr"),
        ('<document-link format="APPLICATION/PDF"/>', "", "document-link/1", "iati:format",
         "FileFormat/application%2Fpdf"),
        ('<document-link format="APPLICATION/VND.MS-EXCEL.SHEET.MACROENABLED.12"/>', "", "document-link/1",
         "iati:format", "FileFormat/application%2Fvnd.ms-excel.sheet.macroEnabled.12"),
        ('<document-link format="Text/X-Unlisted"/>', "", "document-link/1", "iati:format",
         "FileFormat/text%2Fx-unlisted"),
    ],
)  # fmt: skip
def test_a_code_in_another_letter_case_than_its_list_is_repaired_and_reported(
    activity: Convert, content: str, attributes: str, node: str, term: str, expected: str
) -> None:
    result = activity(content, attributes)

    assert (result.values(term, node), result.report.problem_counts) == ([f"code/{expected}"], {"repaired-code": 1})


def test_a_repaired_code_is_reported_with_its_place_and_both_spellings(activity: Convert) -> None:
    """The default currency is reported once, not at each amount that takes it."""
    money = MONEY.format(currency="", amount="10")
    problems = activity(money + money, 'default-currency="eur"').report.problems

    assert [problem.message for problem in problems] == ["iati-activity/@default-currency 'eur' is read as 'EUR'."]


@pytest.mark.parametrize(
    ("content", "node", "term", "expected"),
    [
        ('<tag vocabulary="3" code="3.D"/>', "tag/1", "iati:code", "UNSDG-Targets/3.D"),
        ('<default-aid-type code="c01"/>', "", "iati:defaultAidType", "AidType/c01"),
        ('<document-link format=".HTML"/>', "document-link/1", "iati:format", "FileFormat/.HTML"),
        ('<document-link format="application/EDIFACT"/>', "document-link/1", "iati:format",
         "FileFormat/application%2FEDIFACT"),
        ('<recipient-country code="Benin"/>', "recipient-country/1", "iati:code", "Country/Benin"),
    ],
)  # fmt: skip
def test_a_code_whose_case_is_right_or_may_matter_is_left_as_it_is(
    activity: Convert, content: str, node: str, term: str, expected: str
) -> None:
    result = activity(content)

    assert (result.values(term, node), result.report.problem_counts) == ([f"code/{expected}"], {})


def test_money_without_any_currency_is_reported(activity: Convert) -> None:
    result = activity(MONEY.format(currency="", amount="10"))

    assert result.report.problem_counts == {"no-currency": 1}


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ('<default-aid-type vocabulary="99" code="x"/>', "unknown-vocabulary"),
        ('<description type="7"><narrative>x</narrative></description>', "unknown-type"),
    ],
)
def test_a_case_the_table_does_not_know_is_reported_and_kept_as_written(
    activity: Convert, content: str, kind: str
) -> None:
    result = activity(content)

    assert (result.report.problem_counts[kind], result.count("levier:asWritten")) == (1, 1)


def test_decimals_longer_than_the_store_can_add_are_rounded(activity: Convert) -> None:
    result = activity(f'<capital-spend percentage="33.{"3" * 25}"/>')

    assert [f'"33.{"3" * 18}"^^xsd:decimal'] == result.values("iati:capitalSpend")
