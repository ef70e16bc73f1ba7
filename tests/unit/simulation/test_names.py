"""What made-up towns are made of."""

import random

import pytest

from ichimai.kernel import text
from ichimai.simulation import names, tables
from ichimai.simulation.model import Sex


def test_an_urn_draws_by_weight_and_never_what_has_none() -> None:
    urn = tables.Urn({"often": 9.0, "seldom": 1.0, "never": 0.0}.items(), lambda one: one[1])
    rng = random.Random(1)
    drawn = [urn.draw(rng)[0] for _ in range(1_000)]
    assert 850 < drawn.count("often") < 950
    assert "never" not in drawn


def test_an_empty_urn_has_nothing_to_draw() -> None:
    urn: tables.Urn[str] = tables.Urn([], lambda _: 1.0)
    with pytest.raises(IndexError):
        urn.draw(random.Random(1))


@pytest.mark.parametrize("year", range(1915, 2030, 5))
@pytest.mark.parametrize("sex", list(Sex))
def test_there_are_names_for_every_year(sex: Sex, year: int) -> None:
    rng = random.Random(1)
    name = names.person_name(rng, names.family_name(rng), sex, year)
    assert name.written.count("　") == name.kana.count("　") == 1


def test_plain_names_are_in_cp932() -> None:
    for surname in tables.table("surnames.csv", tables.Surname):
        text.to_cp932(surname.kanji)
    for given in tables.table("given_names.csv", tables.GivenName):
        text.to_cp932(given.kanji)


def test_every_trade_has_a_name_and_hours() -> None:
    """A class of shops without either could not open."""
    hours = {row.hours for row in tables.table("hours.csv", tables.HalfHour)}
    named = {row.category for row in tables.table("shop_names.csv", tables.ShopName)}
    trades = tables.table("trades.csv", tables.Trade)
    assert {trade.hours for trade in trades} == hours
    assert {trade.category for trade in trades} == named
