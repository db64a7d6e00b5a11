"""Who is meant by a reference, however it is written."""

import pyoxigraph as ox
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from levier.iati.identity import Reference, checked, organisation
from levier.resources import folder
from levier.terms import DCTERMS, LEVIER


@pytest.mark.parametrize(
    ("written", "identifier", "repair"),
    [
        ("41140", "XM-DAC-41140", "alias"),
        ("BE-10", "XM-DAC-2-10", "alias"),
        ("GB-1", "XM-DAC-12-1", "alias"),
        ("41307", "XM-DAC-928", "alias"),
        ("XM-DAC-41307", "XM-DAC-928", "alias"),
        ("XM-DAC-44000", "44000", "alias"),
        ("XM-DAC-47045", "47045", "alias"),
        ("BE-BCE_KBO-0453475391", "BE-BCE_KBO-0453975341", "alias"),
        ("41108", "XM-DAC-41108", "channel-code"),
        ("46004", "XM-DAC-46004", "channel-code"),
        ("47034", "XM-DAC-47034", "channel-code"),
        ("BE-BCEKB0-0410057701", "BE-BCE_KBO-0410057701", "prefix-misspelt"),
        ("BE-BCE-KBO-0410057701", "BE-BCE_KBO-0410057701", "prefix-misspelt"),
        ("BE-BCE_KB0-0410057701", "BE-BCE_KBO-0410057701", "prefix-misspelt"),
        ("be-bce_kbo-0410.057.701", "BE-BCE_KBO-0410057701", "prefix-misspelt"),
        ("BE 0410.057.701", "BE-BCE_KBO-0410057701", "prefix-misspelt"),
        ("BE-BCE_KBO-0410.057.701", "BE-BCE_KBO-0410057701", "dotted-number"),
        ("0308.357.159", "BE-BCE_KBO-0308357159", "dotted-number"),
        ("BE-BCE_KBO-410057701", "BE-BCE_KBO-0410057701", "leading-zeros"),
        ("XI-DUNS-4035127", "XI-DUNS-004035127", "leading-zeros"),
        ("XT-IATI-EC_ECHO", "XI-IATI-EC_ECHO", "prefix-misspelt"),
        ("JP-DAC-701-8", "XM-DAC-701-8", "prefix-misspelt"),
        ("XT-IATI-EC_DEVCO", "XI-IATI-EC_INTPA", "prefix-misspelt+alias"),
        ("xm-dac-41108", "XM-DAC-41108", "letter-case"),
        ("xm-dac-41143", "XM-DAC-928", "letter-case+alias"),
        ("NL-KVK- 41158230", "NL-KVK-41158230", "number-format"),
        ("US-EIN-530235320", "US-EIN-53-0235320", "number-format"),
        ("GB-COH-3122495", "GB-COH-03122495", "number-format"),
        ("NL-KVK- 99999999", "NL-KVK-99999999", "noise"),
        (" XM-DAC-41114\u00a0", "XM-DAC-41114", "noise"),
        ("XM\u2011DAC\u201341114.", "XM-DAC-41114", "noise"),
        ("XM-DAC-41\u200b114", "XM-DAC-41114", "noise"),
        (" Our own fund ", "Our own fund", "noise"),
    ],
)
def test_a_reference_is_mended(written: str, identifier: str, repair: str) -> None:
    found = organisation(written)

    assert found == Reference(identifier, repair)


@pytest.mark.parametrize(
    "written",
    [
        "XM-DAC-41140",
        "44000",  # the World Bank, Gavi and the Global Fund report by the bare code
        "47122",
        "47045",
        "21000",  # international NGOs, a kind
        "22502",  # Save the Children, of whichever donor country
        "46012",  # two banks and a fund in one list, one bank in the other
        "12035",  # a number of a publisher's own
        "BE-BCE_KBO-0410057702",  # the check digit fails
        "BE-BCEKB0-0410057702",
        "0410.057.702",
        "0190428486",
        "BE-BCE_KBO-0410057701-PROG",
        "AU-DAC-801-5",  # the publisher list has no XM-DAC-801-5
        "FR-DAC-2-10",  # a country that is not the donor's
        "XM-DAC-210",
        "XI-IATI-EC_Bêkou",
        "XI-DUNS-12",
        "U.K.",
        "N/A",
        "2020 - 11635",
        "XM-DAC-41114 / XM-DAC-41121",
        "Ministry of Foreign Affairs",
        "",
    ],
)
def test_what_matches_nothing_stays_as_it_is(written: str) -> None:
    found = organisation(written)

    assert found == Reference(written, "")


@pytest.mark.parametrize(
    ("identifier", "holds"),
    [
        ("BE-BCE_KBO-0308357159", True),
        ("BE-BCE_KBO-0453975341", True),
        ("BE-BCE_KBO-0453475391", False),
        ("BE-BCEKB0-0410.057.701", True),
        ("0410.057.702", False),
        ("XM-DAC-2-10", None),
        ("BE-BCE_KBO-12", None),
    ],
)
def test_the_check_digit_of_an_enterprise_number_is_told(identifier: str, holds: bool | None) -> None:
    found = checked(identifier)

    assert found is holds


def test_the_address_of_the_finance_ministry_is_not_given_to_the_dgd() -> None:
    found = organisation("BE-BCE_KBO-0308357159")

    assert found == Reference("BE-BCE_KBO-0308357159", "")


def test_every_alias_of_the_data_leads_to_its_organisation() -> None:
    """No other rule takes a reference away from the organisation that the data give it to."""
    pairs = _pairs(LEVIER + "alias")
    strangers = {
        alias: organisation(alias).identifier for alias, owner in pairs if organisation(alias).identifier != owner
    }

    assert len(pairs) > 60
    assert strangers == {}


def test_every_identifier_of_the_data_stays_what_it_is() -> None:
    pairs = _pairs(DCTERMS + "identifier")
    changed = {name: organisation(name).identifier for name, _ in pairs if organisation(name).identifier != name}

    assert len(pairs) > 80
    assert changed == {}


def test_no_two_active_publishers_become_one() -> None:
    """What changes of the publisher list is misspelt in it, or an actor of ours that has an address of its own."""
    lines = (folder("data") / "organisations" / "reporters.tsv").read_text(encoding="utf-8").splitlines()
    active = [line.removesuffix("\tactive") for line in lines if line.endswith("\tactive")]
    found = [organisation(name) for name in active]
    kinds = {one.repair for one in found if one.repair and not one.identifier.startswith("local-")}

    assert len({one.identifier for one in found}) == len(active)
    assert kinds == {"prefix-misspelt", "dotted-number", "letter-case"}


_PIECES = st.sampled_from(
    [
        *("BE", "BCE", "KBO", "KB0", "XM", "DAC", "xm-dac-", "XI", "IATI", "XT", "DUNS", "EC_INTPA", "GB", "COH", "NL"),
        *("KvK", "41140", "47045", "44000", "2", "10", "0410057701", "0410.057.701", "410057701", "3122495"),
        *(" ", "-", "_", ".", "/", "\u2011", "\u200b", "\u00a0"),
    ]
)


@given(st.one_of(st.text(max_size=30), st.lists(_PIECES, max_size=7).map("".join), st.lists(_PIECES).map("-".join)))
@example("xM-DAC- 0")
def test_what_is_mended_needs_no_mending(written: str) -> None:
    once = organisation(written).identifier
    twice = organisation(once)

    assert twice == Reference(once, "")


@given(st.integers(0, 99_999_999).map("{:08d}".format))
def test_an_enterprise_number_holds_with_one_check_only(first: str) -> None:
    """Of the hundred numbers that share their first eight digits one holds, where these begin with 0 or 1."""
    holding = [last for last in range(100) if checked(f"BE-BCE_KBO-{first}{last:02d}")]

    assert len(holding) == (1 if first[0] in "01" else 0)


def _pairs(predicate: str) -> list[tuple[str, str]]:
    """Give what the data say of organisations with addresses: the value, and the last part of the address."""
    data = folder("data")
    found = []
    for path in (data / "actors.ttl", data / "organisations" / "aliases.ttl"):
        for triple in ox.parse(path=str(path), format=ox.RdfFormat.TURTLE):
            subject, value = triple.subject, triple.object
            if (
                triple.predicate.value == predicate
                and isinstance(subject, ox.NamedNode)
                and "/organisation/" in subject.value
            ):
                assert isinstance(value, ox.Literal)
                found.append((value.value, subject.value.rpartition("/")[2]))
    return found
