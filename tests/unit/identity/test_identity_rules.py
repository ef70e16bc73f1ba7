"""How long a tap is good and for what, and what may become of a link."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from ichimai.cards import Assurance, Kind
from ichimai.identity import rules
from ichimai.identity.errors import (
    AlreadyLinked,
    CardCannotPay,
    LinkOver,
    PinNeeded,
    SecondTapNeeded,
)
from ichimai.identity.model import Link, LinkId, LinkState, Place, ServiceCode, Step, Tap, TapId
from ichimai.registry import SubjectId
from tests.tables import Row, each

NOW = datetime(2026, 10, 1, 3, tzinfo=UTC)
COUNTER = Place(UUID(int=1), is_counter=True)
TERMINAL = Place(UUID(int=2), is_counter=False)
HANAKO = SubjectId(UUID(int=0x10))
TARO = SubjectId(UUID(int=0x20))


def tap(place: Place = COUNTER, **changes: object) -> Tap:
    made = Tap(
        id=TapId(UUID(int=0x100)),
        place=place,
        visit=UUID(int=0x100),
        reference=UUID(int=0x11),
        subject=HANAKO,
        kind=Kind.PRINTED_QR,
        assurance=Assurance.TAP,
        made_at=NOW,
        seen_at=NOW,
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # the fields of a tap


def link(id_: int = 1, /, **changes: object) -> Link:
    made = Link(
        id=LinkId(UUID(int=0x200 + id_)),
        service=ServiceCode("library"),
        subject=HANAKO,
        reference=UUID(int=0x11),
        visit=UUID(int=0x100),
        tap=UUID(int=0x99),
        number_hash=b"n" * 32,
        number_sealed=b"",
        asked_at=NOW,
        state=LinkState.PENDING,
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # the fields of a link


@each(
    """
    place     seen after   ended after   asked after   outcome
    terminal  0            -             0             live
    terminal  0            -             59.999        live
    terminal  0            -             60            over
    terminal  0            10            10            over
    counter   0            -             29.999        live
    counter   0            -             30            over
    counter   20           -             49.999        live
    counter   20           -             50            over
    counter   70           -             99.999        live
    counter   590          -             599.999       live
    counter   590          -             600           over
    counter   0            1             1             over
    """
)
def test_a_tap_ends_by_itself_by_silence_or_when_the_card_is_lifted(row: Row) -> None:
    def at(column: str) -> datetime:
        return NOW + timedelta(seconds=float(row[column]))

    place = COUNTER if row["place"] == "counter" else TERMINAL
    ended_at = at("ended after") if "ended after" in row else None
    found = tap(place, seen_at=at("seen after"), ended_at=ended_at)
    assert rules.is_live(found, at("asked after")) is (row["outcome"] == "live")


@each(
    """
    kind               assurance  outcome
    printed_qr         tap        pays
    printed_qr         code_pin   pays
    phone              tap        pays
    my_number_card     tap_pin    pays
    my_number_card     tap        pin_needed
    my_number_card     photo      pin_needed
    phone_certificate  tap_pin    pays
    phone_certificate  tap        pin_needed
    felica             tap        card_cannot_pay
    felica             tap_pin    card_cannot_pay
    felica             code_pin   card_cannot_pay
    old_card           tap        card_cannot_pay
    old_card           code_pin   card_cannot_pay
    mykey_id           tap        card_cannot_pay
    mykey_id           passkey    card_cannot_pay
    """
)
def test_an_idm_or_an_old_number_alone_never_pays(row: Row) -> None:
    """Whatever came with it (faults.md E72)."""
    refused = rules.refusal_to_pay(Kind(row["kind"]), Assurance(row["assurance"]))
    assert (refused.code if refused else "pays") == row["outcome"]


def test_every_kind_of_card_is_judged_on_purpose() -> None:
    kinds = {kind for kind in Kind if rules.refusal_to_pay(kind, Assurance.TAP) is None}
    assert kinds == {Kind.PRINTED_QR, Kind.PHONE}
    with_pin = {kind for kind in Kind if rules.refusal_to_pay(kind, Assurance.TAP_PIN) is None}
    assert with_pin == kinds | {Kind.MY_NUMBER_CARD, Kind.PHONE_CERTIFICATE}


@pytest.mark.parametrize(
    "text",
    ["012E4C8A5B3F1D07", "a1b2c3d4", "KD7X29QM", "A12345678A", "0123456789", "*LIB-0042*", "12345"],
)
def test_the_form_of_what_only_shows_is_known(text: str) -> None:
    assert rules.only_shows(text)


@pytest.mark.parametrize(
    "text",
    ["ABCD-EFGH-JKMN-PQRS-T", "nobody's", "tap_x", "", "1", "円", "0123456789ABCDEFG", "x" * 900],
)
def test_other_text_is_no_card_at_all(text: str) -> None:
    assert not rules.only_shows(text)


def test_a_tap_without_a_pin_is_the_operators_to_allow() -> None:
    rules.check_tap_without_pin(Kind.MY_NUMBER_CARD, Assurance.TAP, is_allowed=True)
    rules.check_tap_without_pin(Kind.MY_NUMBER_CARD, Assurance.TAP_PIN, is_allowed=False)
    rules.check_tap_without_pin(Kind.FELICA, Assurance.TAP, is_allowed=False)
    with pytest.raises(PinNeeded):
        rules.check_tap_without_pin(Kind.MY_NUMBER_CARD, Assurance.TAP, is_allowed=False)
    with pytest.raises(PinNeeded):
        rules.check_join(tap(kind=Kind.MY_NUMBER_CARD))
    assert isinstance(rules.refusal_to_pay(Kind.FELICA, Assurance.TAP), CardCannotPay)


def test_a_visit_goes_on_with_the_same_card_only() -> None:
    """And not after a pause, and not after somebody else."""
    new = UUID(int=0x300)
    first = tap()
    soon, late = NOW + timedelta(minutes=4), NOW + timedelta(minutes=5)
    assert rules.visit_of(None, first.reference, soon, new) == new
    assert rules.visit_of(first, first.reference, soon, new) == first.visit
    assert rules.visit_of(first, first.reference, late, new) == new
    assert rules.visit_of(first, UUID(int=0x12), soon, new) == new


@each(
    """
    last   by   wanted  for  outcome
    -      -    7       a    taken
    7      a    8       b    taken
    7      a    7       a    taken
    7      a    7       b    refused
    7      a    6       a    refused
    7      a    6       b    refused
    """
)
def test_a_phones_code_is_taken_for_one_operation(row: Row) -> None:
    names = {"a": UUID(int=1), "b": UUID(int=2)}
    last = Step(int(row["last"]), names[row["by"]]) if "last" in row else None
    wanted = Step(int(row["wanted"]), names[row["for"]])
    assert rules.may_take(last, wanted) is (row["outcome"] == "taken")


def test_the_second_tap_is_of_the_same_card_and_another_tap() -> None:
    rules.check_second_tap(link(), tap())
    with pytest.raises(SecondTapNeeded):
        rules.check_second_tap(link(tap=tap().id), tap())


@pytest.mark.parametrize(
    "changes",
    [
        {"visit": UUID(int=0x999)},
        {"reference": UUID(int=0x999)},
        {"subject": TARO},
        {"state": LinkState.ENDED},
        {"state": LinkState.ACTIVE},
        {"state": LinkState.FROZEN},
    ],
)
def test_a_link_of_another_visit_card_or_person_is_over(changes: dict[str, object]) -> None:
    with pytest.raises(LinkOver):
        rules.check_second_tap(link(**changes), tap())


@each(
    """
    number of       state    outcome
    -               -        active
    somebody else   pending  active
    somebody else   ended    active
    somebody else   active   both frozen
    somebody else   frozen   frozen
    the same        pending  active
    the same        active   already_linked
    the same        frozen   already_linked
    """
)
def test_a_number_of_two_people_is_nobodys(row: Row) -> None:
    """Both are frozen, whoever was first (faults.md I2)."""
    asked, others = link(1), []
    if "number of" in row:
        subject = TARO if row["number of"] == "somebody else" else HANAKO
        others = [link(2, subject=subject, state=LinkState(row["state"]))]
    if row["outcome"] == AlreadyLinked.code:
        with pytest.raises(AlreadyLinked):
            rules.confirmed(asked, [asked, *others])
        return
    found = rules.confirmed(asked, [asked, *others])
    if row["outcome"] == "both frozen":
        assert found == {asked: LinkState.FROZEN, others[0]: LinkState.FROZEN}
    else:
        assert found == {asked: LinkState(row["outcome"])}


def test_a_token_is_told_apart_and_compared_whole() -> None:
    token = rules.new_token()
    assert rules.is_tap_token(token)
    assert len(token) <= 64
    assert rules.is_token(rules.token_hash(token), token)
    assert not rules.is_token(rules.token_hash(token), token[:-1])
    assert not rules.only_shows(token)
