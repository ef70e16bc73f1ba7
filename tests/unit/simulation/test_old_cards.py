"""Old cards of some residents, as the system that issued them would export them."""

from datetime import date

import pytest

from ichimai import simulation, towns
from ichimai.cards.barcodes import CardScheme
from ichimai.registry import old_cards

TODAY = date(2028, 2, 29)
TOWN = towns.load("toshima")
SCHEMES = [service.scheme for service in TOWN.numbered if service.scheme.check.is_of_digits]


@pytest.mark.parametrize("scheme", SCHEMES, ids=lambda scheme: scheme.name)
def test_the_list_is_one_that_can_be_imported(scheme: CardScheme) -> None:
    """A fifth of the residents, each with a number of their own that ends in the years to come."""
    residents = simulation.population(TOWN, TOWN.programs[0], seed=1, count=1_000, on=TODAY)

    def made(seed: int) -> bytes:
        return simulation.old_card_list_csv(residents, scheme, seed=seed, share=0.2, on=TODAY)

    rows = old_cards.read(made(1), scheme)
    assert len(rows) == len({row.shown.number for row in rows}) == 200
    ends = [row.valid_until for row in rows]
    assert all(end and end.date() > TODAY for end in ends)
    assert made(1) == made(1) != made(2)
