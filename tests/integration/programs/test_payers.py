"""What a payment may be made with beside a printed card: a phone's code or a tap, each once."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from unittest import mock

import msgspec
import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from ichimai import identity, registry
from ichimai.cards import Assurance, Kind, Shown, phone_codes
from ichimai.identity.errors import CardCannotPay, PhoneCodeUsed, PinNeeded, TapOver
from ichimai.kernel import ids
from ichimai.kernel.errors import DomainError
from ichimai.ledger import Posted
from ichimai.ledger.errors import CredentialStopped, DifferentCredential, RepeatSuspected
from ichimai.programs.errors import TillNotSignedIn
from ichimai.programs.model import PaymentRequest
from ichimai.registry import Resolved
from ichimai.registry.errors import UnknownCredential
from ichimai.storage import REGISTRY
from tests.at_once import at_once
from tests.integration.programs.office import Office
from tests.town import SECTOR, Town


class Phone:
    """Somebody's phone."""

    def __init__(self, town: Town, who: str) -> None:
        self._town = town
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.shown = Shown(Kind.PHONE, ids.uuid7(town.clock).bytes)
        with town.database.write(REGISTRY) as tx:
            holder = registry.holders.of_subject(tx, SECTOR, town.subjects[who])
            registry.credentials.add(
                tx,
                town.key,
                town.clock,
                holder,
                self.shown,
                public_key=phone_codes.public_key_of(self._key),
            )

    def code(self) -> str:
        """What it shows now."""
        return phone_codes.make(self._key, self.shown.number, self._town.clock.now())


def pays(town: Town, credential: str, units: int = 100, at: str = "greengrocer") -> PaymentRequest:
    return PaymentRequest(
        id=town.operation(),
        token=town.token(at),
        credential=credential,
        units=units,
        is_repeat_confirmed=True,
    )


def told(answers: list[Posted | DomainError]) -> list[object]:
    return ["paid" if isinstance(answer, Posted) else type(answer) for answer in answers]


def tapped(
    town: Town, who: str, kind: Kind = Kind.PRINTED_QR, assurance: Assurance = Assurance.TAP
) -> str:
    """The token of a tap at the greengrocer's till."""
    place = identity.Place(town.tills["greengrocer"].terminal, is_counter=False)
    card = Resolved(town.subjects[who], ids.uuid7(town.clock), is_stopped=False, kind=kind)
    with town.database.write(town.operator) as tx:
        return identity.taps.tap(tx, town.clock, place, card, assurance).token


def test_of_one_code_in_a_batch_the_first_pays(office: Office) -> None:
    """Also of two codes of one phone: the older comes too late."""
    town = office.town
    phone = Phone(town, "hanako")
    older = phone.code()
    town.clock.advance(timedelta(seconds=30))
    newer = phone.code()
    first = pays(town, older)
    requests = [first, pays(town, older), first, pays(town, newer), pays(town, older)]
    assert told(town.desk.serve(requests)) == [
        "paid",
        PhoneCodeUsed,
        "paid",
        "paid",
        PhoneCodeUsed,
    ]
    assert town.balance("hanako") == 9_800
    office.verify()


def test_of_one_code_at_many_tills_at_once_one_pays(office: Office) -> None:
    """Each till's request in a batch of its own, in two server processes' way (faults.md E63)."""
    town = office.town
    phone, desk = Phone(town, "hanako"), town.desk
    for round_ in range(1, 4):
        code = phone.code()
        requests = [pays(town, code, at=at) for at in ("greengrocer", "teahouse", "pharmacy") * 4]
        answers = at_once(*(lambda request=r: desk.serve([request])[0] for r in requests))
        assert sorted(map(str, told(answers))) == [*[str(PhoneCodeUsed)] * 11, "paid"]
        assert town.balance("hanako") == 10_000 - 100 * round_
        town.clock.advance(timedelta(seconds=30))
    office.verify()


def test_lanes_with_many_phones_do_not_wait_for_each_other_in_a_ring(office: Office) -> None:
    town = office.town
    phones, desk = [Phone(town, who) for who in ("hanako", "taro") * 6], town.desk
    for _ in range(4):
        codes = [phone.code() for phone in phones]
        batches = [
            [pays(town, code, at=at) for code in ordered]
            for at, ordered in (
                ("greengrocer", codes),
                ("teahouse", codes[::-1]),
                ("pharmacy", codes[6:] + codes[:6]),
            )
        ]
        answers = at_once(*(lambda batch=b: desk.serve(batch) for b in batches))
        flat: list[Posted | DomainError] = []
        for answer in answers:
            assert isinstance(answer, list)
            flat += answer
        assert told(flat).count("paid") == len(phones)
        town.clock.advance(timedelta(seconds=30))
    office.verify()


def test_the_same_operation_may_ask_again_with_its_code(office: Office) -> None:
    """Suspected to be a repetition, and confirmed; and after the answer was lost."""
    town = office.town
    phone = Phone(town, "hanako")
    town.desk.serve([pays(town, phone.code())])
    town.clock.advance(timedelta(seconds=30))
    asked = msgspec.structs.replace(pays(town, phone.code()), is_repeat_confirmed=False)
    assert told(town.desk.serve([asked])) == [RepeatSuspected]
    sure = msgspec.structs.replace(asked, is_repeat_confirmed=True)
    assert told(town.desk.serve([sure])) == ["paid"]
    town.clock.advance(timedelta(hours=1))
    again = town.desk.serve([sure])
    assert told(again) == ["paid"]
    assert isinstance(again[0], Posted)
    assert again[0].is_replay
    other = msgspec.structs.replace(sure, credential=town.cards["taro"])
    assert told(town.desk.serve([other])) == [DifferentCredential]
    assert town.balance("hanako") == 9_800


def test_a_stopped_phone_and_a_strange_till_use_nothing_up(office: Office) -> None:
    town = office.town
    phone = Phone(town, "hanako")
    stranger = msgspec.structs.replace(pays(town, phone.code()), token="nobody's")
    assert told(town.desk.serve([stranger])) == [TillNotSignedIn]
    assert told(town.desk.serve([pays(town, phone.code())])) == ["paid"]
    town.clock.advance(timedelta(seconds=30))
    with town.database.write(REGISTRY) as tx:
        registry.credentials.stop_shown(tx, town.key, town.clock, phone.shown)
    assert told(town.desk.serve([pays(town, phone.code())])) == [CredentialStopped]


def test_a_tap_pays_for_one_operation_at_its_till(office: Office) -> None:
    town = office.town
    token = tapped(town, "hanako")
    first = pays(town, token)
    elsewhere = pays(town, token, at="teahouse")
    answers = town.desk.serve([elsewhere, first, pays(town, token), first])
    assert told(answers) == [TapOver, "paid", TapOver, "paid"]
    assert told(town.desk.serve([pays(town, token), first])) == [TapOver, "paid"]
    assert town.balance("hanako") == 9_900
    lifted = tapped(town, "hanako")
    place = identity.Place(town.tills["greengrocer"].terminal, is_counter=False)
    with town.database.write(town.operator) as tx:
        identity.taps.end(tx, town.clock, place)
    late = tapped(town, "taro")
    town.clock.advance(timedelta(seconds=60))
    assert told(town.desk.serve([pays(town, lifted), pays(town, late)])) == [TapOver, TapOver]
    assert told(town.desk.serve([first])) == ["paid"]
    office.verify()


def test_of_one_tap_asked_for_at_once_one_pays(office: Office) -> None:
    town = office.town
    token = tapped(town, "hanako")
    desk = town.desk
    requests = [pays(town, token) for _ in range(12)]
    answers = at_once(*(lambda request=r: desk.serve([request])[0] for r in requests))
    assert sorted(map(str, told(answers))) == [*[str(TapOver)] * 11, "paid"]
    assert town.balance("hanako") == 9_900


@pytest.mark.parametrize(
    "kind, assurance, outcome",
    [
        (Kind.FELICA, Assurance.TAP, CardCannotPay),
        (Kind.OLD_CARD, Assurance.TAP, CardCannotPay),
        (Kind.MYKEY_ID, Assurance.TAP, CardCannotPay),
        (Kind.MY_NUMBER_CARD, Assurance.TAP, PinNeeded),
        (Kind.PHONE_CERTIFICATE, Assurance.TAP, PinNeeded),
        (Kind.MY_NUMBER_CARD, Assurance.TAP_PIN, "paid"),
        (Kind.PHONE_CERTIFICATE, Assurance.TAP_PIN, "paid"),
        (Kind.PHONE, Assurance.TAP, "paid"),
        (Kind.PRINTED_QR, Assurance.CODE_PIN, "paid"),
    ],
)
def test_only_what_may_pays_as_a_tap(
    office: Office, kind: Kind, assurance: Assurance, outcome: object
) -> None:
    """And no yen moves otherwise (faults.md E72)."""
    town, head = office.town, office.town.head()
    token = tapped(town, "hanako", kind, assurance)
    assert told(town.desk.serve([pays(town, token)])) == [outcome]
    assert (town.head() == head) is (outcome != "paid")


def test_text_that_is_no_card_is_told_by_its_form(town: Town) -> None:
    """Whether or not there is such a card."""
    idm, texts = "012e010203040506", ["012e010203040506", "012e010203040507", "A12345678A"]
    with town.database.write(REGISTRY) as tx:
        (holder,) = registry.holders.new(tx, town.clock, 1)
        shown = Shown(Kind.FELICA, bytes.fromhex(idm))
        registry.credentials.add(tx, town.key, town.clock, holder, shown)
    answers = town.desk.serve([pays(town, text) for text in texts])
    assert told(answers) == [CardCannotPay] * 3
    strange = ["nobody's", "tap", "", "1" + "A" * 128]
    assert told(town.desk.serve([pays(town, text) for text in strange])) == [UnknownCredential] * 4


def test_printed_cards_cost_no_statement_more(town: Town) -> None:
    """A batch of them alone asks nothing about phones and taps."""
    seen: list[str] = []
    execute: Callable[..., Any] = psycopg.Cursor.execute

    def watched(self: object, query: object, *rest: object, **options: object) -> object:
        seen.append(str(query))
        return execute(self, query, *rest, **options)

    with mock.patch.object(psycopg.Cursor, "execute", watched):
        answers = town.desk.serve([pays(town, town.cards[who]) for who in ("hanako", "taro")])
        printed = list(seen)
        seen.clear()
        town.desk.serve([pays(town, tapped(town, "hanako"))])
    assert told(answers) == ["paid", "paid"]
    words = ("phone_step", "FROM tap", "tap_payment")
    assert not [query for query in printed if any(word in query for word in words)]
    assert [query for query in seen if "tap_payment" in query]
