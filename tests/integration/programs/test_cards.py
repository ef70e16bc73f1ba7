"""Cards for the people on a list: printed once, and stopped at one place in the order."""

from datetime import timedelta

import pytest

from ichimai import ledger, registry
from ichimai.kernel.errors import DomainError
from ichimai.ledger import OperationId, Posted
from ichimai.ledger.errors import CredentialStopped, DifferentAmount
from ichimai.programs import cards
from ichimai.programs.model import PaymentRequest, RefundRequest
from ichimai.storage import REGISTRY
from tests.integration.programs.office import Office, kiju, kinkon
from tests.town import GIFT, INTRUDERS_CARD, SECTOR


def pay(
    office: Office, code: str, units: int, id_: OperationId | None = None
) -> Posted | DomainError:
    """Ask for a payment at the greengrocer's."""
    request = PaymentRequest(
        id=id_ or office.town.operation(),
        token=office.town.token("greengrocer"),
        credential=code,
        units=units,
        is_repeat_confirmed=True,
    )
    (answer,) = office.desk.serve([request])
    return answer


def test_everybody_on_a_list_gets_one_card_that_pays(office: Office) -> None:
    """In the order of the list; who is there for two reasons is one person."""
    id_ = office.granted(kiju("3"), kiju("1"), kinkon("2", "C1"), kinkon("1", "C2"))
    printed = cards.print_cards(office.desk, id_)
    assert [card.recipient for card in printed] == ["3", "1", "2"]
    assert len({card.code for card in printed}) == 3
    for card in printed:
        assert isinstance(pay(office, card.code, 1_000), Posted)
    assert office.gifts() == {"1": [9_000, 10_000], "2": [9_000], "3": [9_000]}


def test_cards_are_printed_once(office: Office) -> None:
    id_ = office.granted(kiju("1"), kiju("2"))
    assert len(cards.print_cards(office.desk, id_)) == 2
    assert cards.print_cards(office.desk, id_) == []


def test_who_has_a_card_gets_none_by_the_next_list(office: Office) -> None:
    cards.print_cards(office.desk, office.granted(kiju("1")))
    second = office.granted(kinkon("1", "C1"), kiju("2"))
    assert [card.recipient for card in cards.print_cards(office.desk, second)] == ["2"]


def test_a_stopped_card_is_printed_anew_and_the_new_one_has_what_is_left(office: Office) -> None:
    id_ = office.granted(kiju("1"), kiju("2"))
    first = cards.print_cards(office.desk, id_)[0]
    assert isinstance(pay(office, first.code, 4_000), Posted)
    cards.stop_card(office.desk, first.code)
    (again,) = cards.print_cards(office.desk, id_)
    assert again.recipient == "1"
    assert again.code != first.code
    assert isinstance(pay(office, first.code, 1), CredentialStopped)
    assert isinstance(pay(office, again.code, 6_000), Posted)
    assert office.gifts()["1"] == []
    office.verify()


def test_a_list_that_was_not_posted_has_nobody_to_print_for(office: Office) -> None:
    assert cards.print_cards(office.desk, office.approved(kiju("1"))) == []


def test_codes_are_nowhere_in_the_database(office: Office) -> None:
    printed = cards.print_cards(office.desk, office.granted(kiju("1"), kiju("2")))
    pay(office, printed[0].code, 1_000)
    cards.stop_card(office.desk, printed[1].code)
    dump = office.dump()
    for card in printed:
        for text in (card.code, card.code.replace("-", ""), card.code[:9], card.code[-6:-2]):
            assert text not in dump
            assert text.encode().hex() not in dump


def test_after_the_stop_payments_are_refused_and_earlier_ones_still_answered(
    office: Office,
) -> None:
    """A till that lost its answer asks again with the same id: it was paid, and is told so."""
    (card,) = cards.print_cards(office.desk, office.granted(kiju("1")))
    paid = office.town.operation()
    first = pay(office, card.code, 4_000, paid)
    assert isinstance(first, Posted)
    cards.stop_card(office.desk, card.code)
    refused = office.town.operation()
    assert isinstance(pay(office, card.code, 1, refused), CredentialStopped)
    again = pay(office, card.code, 4_000, paid)
    assert isinstance(again, Posted)
    assert (again.is_replay, again.transfers) == (True, first.transfers)
    assert isinstance(pay(office, card.code, 4_001, paid), DifferentAmount)
    assert isinstance(pay(office, card.code, 1, refused), CredentialStopped)
    assert office.gifts()["1"] == [6_000]
    office.verify()


def test_what_a_stopped_card_paid_can_be_refunded(office: Office) -> None:
    (card,) = cards.print_cards(office.desk, office.granted(kiju("1")))
    paid = office.town.operation()
    pay(office, card.code, 4_000, paid)
    cards.stop_card(office.desk, card.code)
    refund = RefundRequest(
        id=office.town.operation(),
        token=office.town.token("greengrocer"),
        payment=paid,
        units=1_500,
    )
    (answer,) = office.desk.serve([refund])
    assert isinstance(answer, Posted)
    assert office.gifts()["1"] == [7_500]
    office.verify()


def test_a_card_stopped_twice_is_stopped(office: Office) -> None:
    (card,) = cards.print_cards(office.desk, office.granted(kiju("1")))
    cards.stop_card(office.desk, card.code)
    office.town.clock.advance(timedelta(minutes=1))
    cards.stop_card(office.desk, card.code.lower())
    assert isinstance(pay(office, card.code, 1), CredentialStopped)
    office.verify()


def test_a_stop_that_reached_the_registry_alone_is_finished_by_another(office: Office) -> None:
    """The process died between the two commits: the card is refused already, and can be told."""
    (card,) = cards.print_cards(office.desk, office.granted(kiju("1")))
    with office.town.database.write(REGISTRY) as tx:
        registry.cards.stop_credential(tx, office.desk.key, office.town.clock, card.code)
    assert isinstance(pay(office, card.code, 1), CredentialStopped)
    assert stops(office) == 1  # the town's own stopped card
    cards.stop_card(office.desk, card.code)
    assert stops(office) == 2
    office.verify()


def test_a_payment_resolved_before_the_stop_and_posted_after_it_is_refused(
    office: Office,
) -> None:
    """The ledger's order decides, not who looked at the registry first."""
    (card,) = cards.print_cards(office.desk, office.granted(kiju("1")))
    with office.town.database.read(REGISTRY) as tx:
        (resolved,) = registry.resolve(tx, office.desk.key, SECTOR, [card.code])
    assert resolved is not None
    assert resolved.subject is not None
    assert not resolved.is_stopped
    cards.stop_card(office.desk, card.code)
    late = ledger.model.Pay(
        operation=office.town.operation(),
        wallet=resolved.subject,
        payee=office.town.shops["greengrocer"].id,
        units=1,
        purses=(ledger.model.Purse(asset=GIFT.key),),
        terminal=office.town.tills["greengrocer"].terminal,
        actor=resolved.reference,
    )
    with office.town.database.write(office.town.operator) as tx:
        (answer,) = ledger.post(tx, office.town.clock, [late])
    assert isinstance(answer, CredentialStopped)
    office.verify()


def test_a_card_without_any_relation_to_the_operator_is_stopped_in_the_registry(
    office: Office,
) -> None:
    with office.town.database.write(REGISTRY) as tx:
        (card,) = registry.cards.new_cards(tx, office.desk.key, office.town.clock, 1)
    head = office.town.head()
    cards.stop_card(office.desk, card.code)
    assert office.town.head() == head
    assert isinstance(pay(office, card.code, 1), CredentialStopped)


@pytest.mark.parametrize("code", [INTRUDERS_CARD, "", "not a card", "0000-0000-0000-0000-1"])
def test_a_card_that_was_never_issued_cannot_be_stopped(office: Office, code: str) -> None:
    head = office.town.head()
    with pytest.raises(registry.errors.UnknownCredential):
        cards.stop_card(office.desk, code)
    assert office.town.head() == head


def stops(office: Office) -> int:
    with office.town.database.read(office.town.operator) as tx:
        row = tx.row("SELECT count(*) FROM credential_stop")
    assert row is not None
    return int(row[0])
