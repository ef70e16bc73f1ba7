"""Showing cards at tills and counters, paying with what was shown, and stopping cards."""

import base64
import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from ichimai import people, registry
from ichimai.cards import Kind, Shown, phone_codes
from ichimai.kernel import ids, typed_codes
from ichimai.storage import REGISTRY
from ichimai.web import services
from tests.acceptance.callers import code_of
from tests.acceptance.conftest import As
from tests.at_once import at_once
from tests.town import SECTOR, Town

PIN = "280519"
TILL, CLERK = "greengrocer", "officer"


def _tap(as_: As, who: str, **body: object) -> httpx.Response:
    return as_(who).post("/taps", json=body)


def _token(as_: As, who: str, town: Town, card: str = "hanako") -> str:
    answer = _tap(as_, who, credential=town.cards[card])
    assert answer.status_code == 201, answer.text
    return str(answer.json()["tap"])


def _pay(as_: As, town: Town, credential: str, **more: Any) -> httpx.Response:  # noqa: ANN401 - fields of the body
    at = more.pop("at", TILL)
    body = {"id": str(town.operation()), "credential": credential, "amount": 120, **more}
    return as_(at).post("/payments", json=body)


def _bind(town: Town, who: str, shown: Shown, public_key: bytes | None = None) -> None:
    with town.database.write(REGISTRY) as tx:
        holder = registry.holders.of_subject(tx, SECTOR, town.subjects[who])
        registry.credentials.add(tx, town.key, town.clock, holder, shown, public_key=public_key)


class Phone:
    """A resident's phone, bound to the resident."""

    def __init__(self, town: Town, who: str) -> None:
        self._town = town
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._device = ids.uuid7(town.clock).bytes
        shown = Shown(Kind.PHONE, self._device)
        _bind(town, who, shown, phone_codes.public_key_of(self._key))

    def code(self) -> str:
        """What it shows now."""
        return phone_codes.make(self._key, self._device, self._town.clock.now())


def test_a_tap_tells_who_is_there_to_this_place_alone(as_: As, api_town: Town) -> None:
    answer = _tap(as_, TILL, credential=api_town.cards["hanako"])
    told = answer.json()
    assert set(told) == {"tap", "assurance", "subject", "expires_at"}
    assert told["assurance"] == "tap"
    assert told["subject"] == str(api_town.subjects["hanako"])
    assert told["expires_at"] == "2026-10-01T03:01:00Z"
    assert code_of(_pay(as_, api_town, told["tap"], at="teahouse")) == "tap_over"
    assert _pay(as_, api_town, told["tap"]).status_code == 201
    at_counter = _tap(as_, CLERK, credential=api_town.cards["hanako"]).json()
    assert at_counter["expires_at"] == "2026-10-01T03:00:30Z"
    assert at_counter["subject"] == told["subject"]


@pytest.mark.parametrize(
    "body",
    [
        {"credential": "nobody's"},
        {"credential": typed_codes.new(16)},
        {"credential": "1234567"},
        {"credential": "円円円"},
        {"felica": "0102030405060708"},
        {"felica": "no idm"},
        {"felica": ""},
    ],
)
def test_what_is_not_taken_is_told_alike(as_: As, api_town: Town, body: dict[str, str]) -> None:
    """As a stopped card is (faults.md E73)."""
    stopped = _tap(as_, TILL, credential=api_town.cards["jiro"])
    refused = _tap(as_, TILL, **body)
    assert refused.status_code == stopped.status_code == 404
    assert refused.content == stopped.content
    assert code_of(refused) == "card_not_taken"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"credential": "x", "felica": "0102030405060708"},
        {"felica": "0102030405060708", "pin": PIN},
        {"credential": "x", "signature": "AAAA", "challenge": str(ids.NIL)},
        {"certificate": "AAAA", "signature": "AAAA"},
        {"certificate": "AAAA", "challenge": str(ids.NIL)},
        {"certificate": "not base 64!"},
        {"credential": "x", "my_number": "1"},
    ],
)
def test_a_tap_is_of_one_thing(as_: As, body: dict[str, str]) -> None:
    assert code_of(_tap(as_, TILL, **body)) == "invalid_body"


def test_a_my_number_is_refused(as_: As) -> None:
    for body in ({"credential": "123456789018"}, {"felica": "1234-5678-9018"}):
        assert code_of(_tap(as_, TILL, **body)) == "my_number_refused"


def test_numbers_that_could_be_guessed_are_counted_at_each_place(as_: As, api_town: Town) -> None:
    """A row of library numbers soon waits; a printed card at the same till does not."""
    answers = [_tap(as_, TILL, credential=f"100000{n:02}") for n in range(6)]
    assert [answer.status_code for answer in answers] == [404] * 5 + [429]
    assert _tap(as_, TILL, credential=api_town.cards["hanako"]).status_code == 201
    assert _tap(as_, "teahouse", credential="10000000").status_code == 404


def test_a_lifted_card_is_gone(as_: As, api_town: Town) -> None:
    token = _token(as_, TILL, api_town)
    assert as_("teahouse").send("DELETE", "/taps/current").status_code == 204
    assert as_(TILL).send("DELETE", "/taps/current").status_code == 204
    assert code_of(_pay(as_, api_town, token)) == "tap_over"


def test_a_challenge_is_for_a_card_to_sign(as_: As) -> None:
    """Without an authority nobody's certificate is read."""
    first, second = (as_(TILL).post("/challenges").json() for _ in range(2))
    assert len(base64.b64decode(first["nonce"])) == 32
    assert first["nonce"] != second["nonce"]
    assert first["expires_at"] == "2026-10-01T03:01:00Z"
    refused = _tap(as_, TILL, certificate="AAAA")
    assert code_of(refused) == "certificates_not_read"


def test_a_tap_pays_once(as_: As, api_town: Town) -> None:
    """Of twenty payments at once one is posted; asked again, it is the first answer."""
    token = _token(as_, TILL, api_town)
    ids_ = [str(api_town.operation()) for _ in range(20)]
    answers = at_once(
        *(lambda id_=id_: _pay(as_, api_town, token, id=id_, confirm_repeat=True) for id_ in ids_)
    )
    codes = [code_of(answer) for answer in answers if isinstance(answer, httpx.Response)]
    assert sorted(codes) == ["", *["tap_over"] * 19]
    assert api_town.balance("hanako") == 10_000 - 120
    paid = ids_[codes.index("")]
    _token(as_, TILL, api_town, "taro")
    api_town.clock.advance(timedelta(minutes=10))
    again = _pay(as_, api_town, token, id=paid)
    assert again.status_code == 200
    assert again.json()["id"] == paid
    assert api_town.balance("hanako") == 10_000 - 120


def test_a_phones_code_pays_once_and_soon(as_: As, api_town: Town) -> None:
    """Not at another till, not as a screenshot later (faults.md E63, E64)."""
    phone = Phone(api_town, "hanako")
    code, paid = phone.code(), str(api_town.operation())
    assert _pay(as_, api_town, code, id=paid).status_code == 201
    assert _pay(as_, api_town, code, id=paid).status_code == 200
    assert code_of(_pay(as_, api_town, code, at="teahouse")) == "phone_code_used"
    assert code_of(_tap(as_, "teahouse", credential=code)) == "phone_code_used"
    api_town.clock.advance(timedelta(seconds=30))
    screenshot = phone.code()
    api_town.clock.advance(timedelta(seconds=75))
    assert code_of(_pay(as_, api_town, screenshot)) == "phone_code_expired"
    assert _pay(as_, api_town, code, id=paid).status_code == 200
    token = _tap(as_, TILL, credential=phone.code()).json()["tap"]
    assert _pay(as_, api_town, token, amount=130).status_code == 201
    assert api_town.balance("hanako") == 10_000 - 250


def test_a_forged_code_of_a_known_phone_is_nobodys(as_: As, api_town: Town) -> None:
    phone = Phone(api_town, "hanako")
    known = phone_codes.parse(phone.code())
    assert known
    forger = ec.generate_private_key(ec.SECP256R1())
    forged = phone_codes.make(forger, known.device, api_town.clock.now())
    unknown = phone_codes.make(forger, b"u" * 16, api_town.clock.now())
    answers = [_pay(as_, api_town, code) for code in (forged, unknown)]
    assert [code_of(answer) for answer in answers] == ["unknown_credential"] * 2
    assert answers[0].content == answers[1].content
    assert _pay(as_, api_town, phone.code()).status_code == 201


@pytest.mark.parametrize("text", ["0102030405060708", "KD7X29QM", "10000008"])
def test_what_only_shows_never_pays(as_: As, api_town: Town, text: str) -> None:
    """By itself, and as a tap; an unknown one is told alike (faults.md E72)."""
    _bind(api_town, "hanako", Shown(Kind.FELICA, bytes.fromhex("0102030405060708")))
    _bind(api_town, "hanako", Shown(Kind.MYKEY_ID, b"KD7X29QM"))
    head = api_town.head()
    assert code_of(_pay(as_, api_town, text)) == "card_cannot_pay"
    body = {"felica": text} if len(text) == 16 else {"credential": text}
    tap = _tap(as_, TILL, **body)
    if tap.status_code == 201:
        assert tap.json()["subject"] == str(api_town.subjects["hanako"])
        for _ in range(2):
            assert code_of(_pay(as_, api_town, tap.json()["tap"])) == "card_cannot_pay"
    assert api_town.head() == head
    assert api_town.balance("hanako") == 10_000


def _choose_pin(town: Town, who: str) -> None:
    people_key = services.people_key(town.key, SECTOR)
    subject = town.subjects[who]
    with town.database.write(town.operator) as tx:
        attempt = people.sign_in.begin_resident(
            tx,
            town.clock,
            people_key,
            card=town.cards[who],
            subject=subject,
            pin="",
            network="192.0.2.1",
        )
        new = people.sign_in.finish_first_use(tx, town.clock, attempt, subject, sealed_text="")
    chosen = people.sign_in.pin_hash(people_key, subject, PIN)
    with town.database.write(town.operator) as tx:
        people.sign_in.choose_pin(tx, town.clock, new.session, new.token, chosen)


def test_a_printed_card_with_its_pin(as_: As, api_town: Town) -> None:
    """Wrong PINs are counted exactly, also in parallel, and told as an unknown card is."""
    _choose_pin(api_town, "hanako")
    card = api_town.cards["hanako"]
    right = _tap(as_, CLERK, credential=card, pin=PIN)
    assert right.json()["assurance"] == "code_pin"
    wrong = at_once(*(lambda: _tap(as_, CLERK, credential=card, pin="112233") for _ in range(12)))
    codes = [code_of(answer) for answer in wrong if isinstance(answer, httpx.Response)]
    assert sorted(codes) == ["sign_in_refused"] * 5 + ["too_many_attempts"] * 7
    assert code_of(_tap(as_, CLERK, credential=card, pin=PIN)) == "too_many_attempts"
    without_pin = _tap(as_, CLERK, credential=api_town.cards["taro"], pin=PIN)
    nobodys = _tap(as_, CLERK, credential=typed_codes.new(16), pin=PIN)
    assert without_pin.content == nobodys.content
    assert code_of(nobodys) == "sign_in_refused"


def test_one_pin_on_many_cards_is_noticed(as_: As, api_town: Town) -> None:
    """From many tills: the PIN itself is counted (faults.md I12, E70)."""
    codes = []
    for n in range(25):
        who = [TILL, "teahouse", "pharmacy", "supermarket"][n % 4]
        codes.append(code_of(_tap(as_, who, credential=typed_codes.new(16), pin=PIN)))
    assert codes[:20] == ["sign_in_refused"] * 20
    assert set(codes[20:]) == {"too_many_attempts"}


def _stops(as_: As, after: int = 0, who: str = TILL) -> tuple[dict[str, Any], httpx.Response]:
    answer = as_(who).get("/stops", params={"after": after})
    assert answer.status_code == 200
    return json.loads(base64.b64decode(answer.json()["payload"])), answer


def test_a_card_is_stopped_by_another_of_the_same_person(as_: As, api_town: Town) -> None:
    """In the ledger's order, at devices without a network, and where it was just shown."""
    idm = bytes.fromhex("0102030405060708")
    _bind(api_town, "hanako", Shown(Kind.FELICA, idm))
    at_till = _token(as_, TILL, api_town)
    with api_town.database.read(REGISTRY) as tx:
        (card,) = registry.resolve(tx, api_town.key, SECTOR, [api_town.cards["hanako"]])
    assert card
    path = f"/credentials/{card.reference}/stop"
    others = _token(as_, CLERK, api_town, "taro")
    assert code_of(as_(CLERK).post(path, json={"tap": others})) == "unknown_credential"
    own = _tap(as_, CLERK, felica=idm.hex()).json()["tap"]
    before, _ = _stops(as_)
    assert as_(CLERK).post(path, json={"tap": own}).status_code == 204
    assert as_(CLERK).post(path, json={"tap": own}).status_code == 204
    assert code_of(_pay(as_, api_town, api_town.cards["hanako"])) == "credential_stopped"
    assert code_of(_pay(as_, api_town, at_till)) == "tap_over"
    assert code_of(_tap(as_, TILL, credential=api_town.cards["hanako"])) == "card_not_taken"
    assert _tap(as_, TILL, felica=idm.hex()).status_code == 201
    after, _ = _stops(as_, before["up_to"])
    assert (after["stopped"], after["after"]) == ([str(card.reference)], before["up_to"])
    assert _stops(as_, after["up_to"])[0]["stopped"] == []


def test_a_card_is_stopped_by_whom_it_is_or_as_it_lies_there(as_: As, api_town: Town) -> None:
    with api_town.database.read(REGISTRY) as tx:
        cards = registry.resolve(
            tx, api_town.key, SECTOR, [api_town.cards[who] for who in ("hanako", "taro")]
        )
    hanako = {"subject": str(api_town.subjects["hanako"])}
    assert cards[0]
    path = f"/credentials/{cards[0].reference}/stop"
    for body in ({}, {**hanako, "tap": "x"}):
        assert code_of(as_(CLERK).post(path, json=body)) == "invalid_body"
    strange = {"subject": str(UUID(int=7))}
    assert code_of(as_(CLERK).post(path, json=strange)) == "unknown_credential"
    assert as_(CLERK).post(path, json=hanako).status_code == 204
    token = _token(as_, CLERK, api_town, "taro")
    assert as_(CLERK).post("/credentials/current/stop", json={"tap": token}).status_code == 204
    for who in ("hanako", "taro"):
        assert code_of(_pay(as_, api_town, api_town.cards[who])) == "credential_stopped"


def test_a_list_of_stops_is_signed(as_: As) -> None:
    """With the same key at every till; a list that was touched is not the operator's."""
    told, answer = _stops(as_)
    assert told["operator"] == SECTOR
    assert told["is_all"] is True
    assert len(told["stopped"]) == 1  # jiro's
    payload, signature, key = (
        base64.b64decode(answer.json()[name]) for name in ("payload", "signature", "public_key")
    )
    Ed25519PublicKey.from_public_bytes(key).verify(signature, b"ichimai stops 1\0" + payload)
    assert _stops(as_, who="teahouse")[1].json()["public_key"] == answer.json()["public_key"]


def test_nothing_that_is_told_of_a_card_is_the_registrys(as_: As, api_town: Town) -> None:
    """No hash, no holder, no credential: subjects and references of this sector alone."""
    with api_town.database.read(REGISTRY) as tx:
        secrets = {
            str(value).lower()
            for row in tx.rows("SELECT id, holder, encode(number_hash, 'hex') FROM credential")
            for value in row
        }
    told = [
        _tap(as_, TILL, credential=api_town.cards["hanako"]).text,
        _stops(as_)[1].text + str(_stops(as_)[0]),
    ]
    assert secrets
    assert not [secret for secret in secrets for text in told if secret in text]


def test_questions_are_answered_with_yes_or_no_alone(as_: As, api_town: Town) -> None:
    """What is unknown is not true; only to whom the card was shown, and only known questions."""
    asked = ["age>=65", "resident"]
    token = _token(as_, CLERK, api_town)
    for who, tap in ((TILL, _token(as_, TILL, api_town)), (CLERK, token)):
        answer = as_(who).post("/predicates", json={"tap": tap, "ask": asked})
        assert answer.json() == {"answers": {"age>=65": False, "resident": False}}
    elsewhere = as_("teahouse").post("/predicates", json={"tap": token, "ask": asked})
    assert code_of(elsewhere) == "tap_over"
    odd = as_(CLERK).post("/predicates", json={"tap": token, "ask": ["birth_date"]})
    assert code_of(odd) == "unknown_predicate"


def test_a_shop_may_not_ask_its_way_to_a_birth_date(as_: As, api_town: Town) -> None:
    """Each shop is one that asks; what was refused is written down as well."""
    token = _token(as_, TILL, api_town)
    codes = [
        code_of(as_(TILL).post("/predicates", json={"tap": token, "ask": [f"age>={years}"]}))
        for years in (60, 65, 70, 75, 61)
    ]
    assert codes[:3] == ["", "", ""]
    assert codes[3:] == ["too_many_thresholds", "threshold_not_allowed"]
    with api_town.database.snapshot(api_town.operator) as tx:
        rows = tx.rows("SELECT service, refusal FROM predicate_ask ORDER BY asked_at, id")
    assert {service for service, _ in rows} == {f"shop:{api_town.shops[TILL].id}"}
    assert sorted(refusal for _, refusal in rows if refusal) == sorted(codes[3:])
