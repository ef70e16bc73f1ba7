"""What was on the cards of an old system becomes money in a prepaid program."""

from uuid import UUID

import pytest

from ichimai.cards import Kind
from ichimai.cards.barcodes import CardScheme, Symbology
from ichimai.kernel import Asset
from ichimai.ledger.errors import DifferentAmount
from ichimai.programs import upkeep
from ichimai.programs.errors import NotPrepaid
from ichimai.programs.upkeep import OldBalance
from ichimai.registry import old_cards
from ichimai.registry.old_cards import CardListRefused
from tests.integration.programs.fair import Fair
from tests.town import Town

SPORTS = CardScheme("old-sports", Kind.OLD_CARD, Symbology.MAGNETIC)


@pytest.fixture
def fair(town: Town) -> Fair:
    return Fair(town).open()


def balance(fair: Fair, number: str, who: str, units: int) -> OldBalance:
    return OldBalance("old-sports", number.encode(), fair.town.subjects[who], units)


def take_over(fair: Fair, *balances: OldBalance, key: str = "sports") -> int:
    officer: UUID = fair.town.staff["officer"].id
    return upkeep.take_over(fair.town.desk, Asset(key), balances, by=officer)


def test_what_was_on_a_card_is_taken_over_once_however_often_the_list_comes(fair: Fair) -> None:
    some = (balance(fair, "500000001", "taro", 1_200), balance(fair, "500000002", "kazu", 0))
    assert take_over(fair, *some) == 1_200
    more = balance(fair, "500000003", "kazu", 80)
    assert take_over(fair, *some, more) == 80
    assert (fair.left("taro", "sports"), fair.left("kazu", "sports")) == (1_200, 80)
    fair.verify()


def test_a_card_with_another_balance_than_before_is_refused_and_nothing_is_done(fair: Fair) -> None:
    take_over(fair, balance(fair, "500000001", "taro", 1_200))
    others = (balance(fair, "500000009", "kazu", 5), balance(fair, "500000001", "taro", 1_201))
    with pytest.raises(DifferentAmount):
        take_over(fair, *others)
    assert (fair.left("taro", "sports"), fair.left("kazu", "sports")) == (1_200, 0)


def test_only_prepaid_money_takes_over_a_balance(fair: Fair) -> None:
    with pytest.raises(NotPrepaid):
        take_over(fair, balance(fair, "500000001", "taro", 1), key="street-points")


@pytest.mark.parametrize(
    "cell,code",
    [
        ("1,200", None),
        ("0", None),
        ("", "missing_value"),
        ("-1", "invalid_balance"),
        ("1.5", "invalid_balance"),
        ("１２３", "invalid_balance"),
        ("12345678901234", "invalid_balance"),
    ],
)
def test_each_balance_is_a_whole_sum_of_yen(cell: str, code: str | None) -> None:
    data = f'カード番号,残高\r\n500000001,"{cell}"\r\n'.encode()
    if code is None:
        (row,) = old_cards.read(data, SPORTS)
        assert row.balance_units == int(cell.replace(",", ""))
        return
    with pytest.raises(CardListRefused) as refused:
        old_cards.read(data, SPORTS)
    (error,) = refused.value.errors
    assert (error.code, error.row, error.column) == (code, 2, "balance")
