"""One tap at a time: nothing that was asked of one card is told of another."""

import threading
from collections.abc import Callable
from uuid import UUID, uuid5

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from ichimai.cards import Kind
from ichimai.cards.emulated import Card
from ichimai.cards.errors import LastCardPinTry, WrongCardPin
from ichimai.kernel.errors import DomainError
from ichimai.kernel.ids import NIL
from ichimai.reader import errors, operations
from ichimai.reader.operations import SignatureRequest
from tests.at_once import at_once
from tests.unit.reader.table_of_readers import (
    LEFT,
    PIN,
    RIGHT,
    Desk,
    Mute,
    felica_card,
    my_number_card,
)

NONCE = bytes(range(32))


class Library:
    """A card that is nobody's: it knows no command."""

    atr = b"\x3b\x00"

    def reset(self) -> None:
        """Nothing to forget."""

    def answer(self, _: bytes) -> bytes:
        """Every command is unknown."""
        return b"\x6a\x82"


def request(number: int, pin: str = PIN) -> SignatureRequest:
    return SignatureRequest(uuid5(NIL, str(number)), NONCE, pin)


def sign(desk: Desk, tap: UUID, asked: SignatureRequest) -> operations.Signed:
    return desk.bridge.ask_once(tap, asked.id, operations.signer(asked))


@pytest.mark.parametrize(
    "make,kind",
    [
        (my_number_card, Kind.MY_NUMBER_CARD),
        (lambda: my_number_card(is_phone=True), Kind.PHONE_CERTIFICATE),
        (felica_card, Kind.FELICA),
        (Library, None),
    ],
)
def test_what_lies_there_is_recognised(make: Callable[[], Card], kind: Kind | None) -> None:
    desk = Desk()
    desk.lay(make())
    assert desk.bridge.snapshot().kind == kind


def test_a_signature_is_over_the_challenge_and_by_the_certificates_key() -> None:
    desk = Desk()
    tap = desk.lay(my_number_card())
    signed = sign(desk, tap.id, request(1))
    key = x509.load_der_x509_certificate(signed.certificate).public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    key.verify(signed.signature, NONCE, padding.PKCS1v15(), hashes.SHA256())


def test_an_idm_is_read_of_felica_alone() -> None:
    desk = Desk()
    tap = desk.lay(felica_card())
    assert desk.bridge.ask(tap.id, operations.idm(tap)).hex() == "012e4cb1a2b3c4d5"
    desk.table.lift()
    desk.look()
    tap = desk.lay(my_number_card())
    with pytest.raises(errors.NotOnThisCard):
        operations.idm(tap)


def test_a_request_that_arrives_twice_tries_the_pin_once() -> None:
    """A browser sends again what it has no answer to, by itself (E69)."""
    desk, card = Desk(), my_number_card()
    tap = desk.lay(card)
    found = at_once(*[lambda: sign(desk, tap.id, request(1, "0000"))] * 8)
    assert sorted(type(one).__name__ for one in found) == ["AlreadyAsked"] * 7 + ["WrongCardPin"]
    assert card.tries_left == 2


def test_with_one_try_left_it_stops() -> None:
    desk, card = Desk(), my_number_card()
    tap = desk.lay(card)
    with pytest.raises(WrongCardPin) as wrong:
        sign(desk, tap.id, request(1, "0000"))
    assert wrong.value.tries_left == 2
    with pytest.raises(WrongCardPin):
        sign(desk, tap.id, request(2, "0000"))
    for number, pin in [(3, "0000"), (4, PIN)]:
        with pytest.raises(LastCardPinTry):
            sign(desk, tap.id, request(number, pin))
    assert card.tries_left == 1


def test_a_card_swapped_at_any_moment_gets_no_answer_of_the_other() -> None:
    """I1: at every command of every operation, another card takes the place of the first."""
    works = [operations.certificate, operations.tries_left, operations.signer(request(1))]
    for work in works:
        moment = 0
        while True:
            desk, first, second = Desk(), my_number_card(), my_number_card()
            tap = desk.lay(first)
            left = moment

            def swap(_: bytes, desk: Desk = desk, second: Card = second) -> None:
                nonlocal left
                left -= 1
                if left == -1:
                    desk.table.lift()
                    desk.table.lay(second)

            desk.table.before_answer = swap
            if left_over := _outcome(lambda: desk.bridge.ask(tap.id, work)):  # noqa: B023  called at once
                assert isinstance(left_over, errors.CardLifted)
            else:
                assert left >= 0, "told, although the card was swapped"
                break
            assert second.tries_left == 3
            moment += 1
        assert moment > 3


def _outcome(ask: Callable[[], object]) -> DomainError | None:
    try:
        ask()
    except DomainError as error:
        return error
    return None


def test_an_answer_is_not_told_when_the_watcher_saw_the_card_go() -> None:
    """Also a refusal is of the card that was lifted: its tries are nobody else's business."""
    desk = Desk()
    tap = desk.lay(my_number_card())

    def refuse_late(_: object) -> None:
        desk.table.lift()
        desk.bridge.look()
        raise WrongCardPin(2)

    with pytest.raises(errors.CardLifted):
        desk.bridge.ask(tap.id, refuse_late)


def test_the_tap_before_is_not_asked_again() -> None:
    desk = Desk()
    first = desk.lay(my_number_card())
    desk.table.lift()
    assert desk.look() == ["card_lifted"]
    second = desk.lay(my_number_card())
    assert second.id != first.id
    desk.table.sent.clear()
    with pytest.raises(errors.CardLifted):
        desk.bridge.ask(first.id, operations.certificate)
    with pytest.raises(errors.CardLifted):
        sign(desk, first.id, request(1))
    assert desk.table.sent == []


def test_a_second_card_ends_the_first_ones_tap() -> None:
    """E74: 1枚ずつ."""
    desk = Desk(LEFT, RIGHT)
    tap = desk.lay(my_number_card(), LEFT)
    desk.table.lay(felica_card(), RIGHT)
    assert desk.look() == ["card_lifted", "one_card_only"]
    with pytest.raises(errors.CardLifted):
        desk.bridge.ask(tap.id, operations.certificate)
    desk.table.lift(RIGHT)
    assert desk.look() == []
    assert desk.bridge.snapshot().tap is None
    desk.table.lift(LEFT)
    desk.look()
    desk.lay(my_number_card(), LEFT)


def test_readers_and_the_service_may_go_and_come() -> None:
    desk = Desk()
    tap = desk.lay(my_number_card())
    desk.table.unplug(LEFT)
    assert desk.look() == ["reader_gone", "card_lifted"]
    with pytest.raises(errors.CardLifted):
        desk.bridge.ask(tap.id, operations.certificate)
    desk.table.plug(LEFT)
    assert desk.look() == ["reader_added"]
    desk.lay(my_number_card())
    desk.table.has_service = False
    assert desk.look() == ["reader_gone", "card_lifted"]
    assert not desk.bridge.snapshot().has_service
    desk.table.has_service = True
    assert desk.look() == ["reader_added", "card_present"]


def test_a_card_that_does_not_answer_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ichimai.reader.bridge._RECOGNISE_PAUSE_SECONDS", 0)
    desk = Desk()
    desk.table.lay(Mute())
    assert [desk.look(), desk.look()] == [["card_unreadable"], []]
    desk.table.lift()
    desk.look()

    def stammer(_: bytes) -> None:
        raise errors.CardUnreadable

    desk.table.before_answer = stammer
    desk.table.lay(my_number_card())
    assert [desk.look(), desk.look()] == [["card_unreadable"], []]
    assert desk.bridge.snapshot().tap is None


def test_one_card_is_asked_by_one_at_a_time() -> None:
    desk = Desk()
    tap = desk.lay(my_number_card())
    inside, most = 0, 0
    lock = threading.Lock()

    def work(_: object) -> None:
        nonlocal inside, most
        with lock:
            inside += 1
            most = max(most, inside)
        threading.Event().wait(0.002)
        with lock:
            inside -= 1

    at_once(*[lambda: desk.bridge.ask(tap.id, work)] * 8)
    assert most == 1


def test_a_card_that_another_program_keeps_is_taken_when_it_lets_go() -> None:
    """It is told once, and the readers are watched meanwhile."""
    desk = Desk(LEFT, RIGHT)
    desk.table.is_held = True
    desk.table.lay(my_number_card())
    assert [desk.look(), desk.look()] == [["card_busy"], []]
    now = desk.bridge.snapshot()
    assert (now.tap, now.is_busy) == (None, True)
    desk.table.unplug(RIGHT)
    assert desk.look() == ["reader_gone"]
    desk.table.is_held = False
    assert desk.look() == ["card_present"]
    assert not desk.bridge.snapshot().is_busy


def test_a_card_that_is_kept_after_it_was_recognised_is_the_same_tap_again() -> None:
    desk = Desk()
    tap = desk.lay(my_number_card())
    desk.table.is_held = True
    with pytest.raises(errors.CardBusy):
        desk.bridge.ask(tap.id, operations.certificate)
    assert desk.bridge.snapshot().is_busy
    assert desk.look() == ["card_busy"]
    desk.table.is_held = False
    assert desk.look() == []
    assert (desk.bridge.snapshot().tap, desk.bridge.snapshot().is_busy) == (tap.id, False)
    assert desk.bridge.ask(tap.id, operations.certificate)
    desk.table.is_held = True
    desk.table.lift()
    assert desk.look() == ["card_lifted"]
    assert not desk.bridge.snapshot().is_busy


def test_a_page_that_keeps_a_card_does_not_keep_the_others_waiting() -> None:
    desk = Desk()
    tap = desk.lay(my_number_card())
    desk.bridge.held_seconds = 0.05
    inside, is_over = threading.Event(), threading.Event()

    def linger(_: object) -> None:
        inside.set()
        is_over.wait(10)

    lingering = threading.Thread(target=desk.bridge.ask, args=(tap.id, linger))
    lingering.start()
    assert inside.wait(10)
    with pytest.raises(errors.CardBusy):
        desk.bridge.ask(tap.id, operations.tries_left)
    is_over.set()
    lingering.join()
    assert desk.bridge.ask(tap.id, operations.tries_left) == 3
