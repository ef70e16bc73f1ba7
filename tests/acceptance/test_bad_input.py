"""What a till may send by mistake or by malice, and what it is told (faults.md G94-G102, I121).

Each answer is a problem with the documented code; none tells a shop what is on a card; and after
each the ledger's head is where it was.
"""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from ichimai.kernel import ids
from tests.acceptance.callers import NOBODY, Caller, code_of, refused
from tests.town import Town


@pytest.fixture(scope="module")
def http(address: str) -> Iterator[httpx.Client]:
    """Connections to it."""
    with httpx.Client(base_url=f"{address}/api/v1", timeout=30) as client:
        yield client


@pytest.fixture
def till(http: httpx.Client, town: Town) -> Iterator[Caller]:
    """The greengrocer's till; whatever it sends, nothing is written."""
    before = town.head()
    yield Caller(http, town, "greengrocer")
    assert town.head() == before


def _new_id(town: Town) -> str:
    return str(ids.uuid7(town.clock))


def _payment(town: Town, **fields: object) -> dict[str, Any]:
    return {"id": _new_id(town), "credential": town.cards["hanako"], "amount": 100, **fields}


AMOUNTS = {
    "0": (422, "invalid_amount"),
    "-1": (422, "invalid_amount"),
    "-0": (422, "invalid_amount"),
    "1.5": (422, "invalid_amount"),
    "1.0": (422, "invalid_amount"),
    "1e2": (422, "invalid_amount"),
    "1e400": (422, "invalid_amount"),
    '"100"': (422, "invalid_amount"),
    '"１２３"': (422, "invalid_amount"),
    '"٣"': (422, "invalid_amount"),
    "9223372036854775807": (422, "invalid_amount"),
    "9223372036854775808": (422, "invalid_amount"),
    "1000000000001": (422, "invalid_amount"),
    "1" + "0" * 5_000: (422, "invalid_amount"),
    "true": (422, "invalid_amount"),
    "null": (422, "invalid_amount"),
    "[1]": (422, "invalid_amount"),
    '{"units": 1}': (422, "invalid_amount"),
    "NaN": (400, "malformed_body"),
    "Infinity": (400, "malformed_body"),
    "１２３": (400, "malformed_body"),
    "٣": (400, "malformed_body"),
    "0100": (400, "malformed_body"),
    "+1": (400, "malformed_body"),
    "1_000": (400, "malformed_body"),
    "0x10": (422, "invalid_amount"),
    "": (400, "malformed_body"),
}


@pytest.mark.parametrize("path", ["/payments", "/holds", "/payments/{id}/refunds"])
@pytest.mark.parametrize("amount", AMOUNTS, ids=lambda amount: amount[:24] or "nothing")
def test_an_amount_is_a_whole_number_in_plain_digits(
    till: Caller, town: Town, path: str, amount: str
) -> None:
    told = {"id": _new_id(town), "credential": town.cards["hanako"]}
    if "refunds" in path:
        del told["credential"]
    raw = json.dumps(told)[:-1] + f', "amount": {amount}}}'
    answer = till.post(path.replace("{id}", _new_id(town)), content=raw.encode())
    refused(answer, *AMOUNTS[amount])


def test_an_amount_must_be_there(till: Caller, town: Town) -> None:
    for path, fields in (
        ("/payments", {"credential": town.cards["hanako"]}),
        ("/holds", {"credential": town.cards["hanako"]}),
        (f"/payments/{_new_id(town)}/refunds", {}),
    ):
        refused(till.post(path, json={"id": _new_id(town), **fields}), 422, "invalid_amount")


FIELDS: dict[str, Any] = {
    "an unknown field": {"balance": 10_000_000},
    "an unknown field of ours": {"units": 1, "wallet": "x"},
    "the shop": {"shop": "08-021"},
    "no card": {"credential": None},
    "an empty card": {"credential": ""},
    "a card longer than any code": {"credential": "X" * 161},
    "a card that is a number": {"credential": 42},
    "a card with NUL": {"credential": "AB\0CD"},
    "an id that is none": {"id": "1"},
    "an id that is null": {"id": None},
    "an id that is a number": {"id": 1},
    "a yes that is text": {"confirm_repeat": "yes"},
    "a yes that is a number": {"confirm_repeat": 1},
    "a time that is no time": {"occurred_at": "yesterday"},
    "a time without an offset": {"occurred_at": "2026-10-01T12:00:00"},
    "a time that is a number": {"occurred_at": 1_790_000_000},
    "a time in the future": {"occurred_at": "2026-10-01T03:10:01Z"},
    "a clock without a battery": {"occurred_at": "1970-01-01T00:00:01Z"},
    "the first instant": {"occurred_at": "0001-01-01T00:00:00+23:59"},
    "the last instant": {"occurred_at": "9999-12-31T23:59:59-23:59"},
}


@pytest.mark.parametrize("what", FIELDS)
def test_a_field_that_is_unknown_missing_or_of_a_wrong_form_isrefused(
    till: Caller, town: Town, what: str
) -> None:
    refused(till.post("/payments", json=_payment(town, **FIELDS[what])), 400, "invalid_body")


def test_a_hold_is_for_ten_seconds_to_a_day(till: Caller, town: Town) -> None:
    for seconds in (0, 9, 86_401, -1, 60.5, "60", True):
        answer = till.post("/holds", json=_payment(town, seconds=seconds))
        refused(answer, 400, "invalid_body")


BODIES = {
    "nothing": b"",
    "white space": b"  \n",
    "half of it": b'{"id": "019a0c1e-7c00-7000-8000-000000000001", "amo',
    "two of them": b'{"credential": "x", "amount": 1}{"credential": "x", "amount": 1}',
    "single quotes": b"{'amount': 1}",
    "a comma too many": b'{"amount": 1,}',
    "a comment": b'{"amount": 1 /* yen */}',
    "a byte order mark": b'\xef\xbb\xbf{"amount": 1}',
    "UTF-16": '{"amount": 1}'.encode("utf-16"),
    "no UTF-8": b'{"credential": "\xff\xfe", "amount": 1}',
    "half of a character": b'{"credential": "\\ud800", "amount": 1}',
    "a form": b"amount=1&credential=x",
    "XML": b"<amount>1</amount>",
    "a control character": b'{"credential": "a\x01b", "amount": 1}',
}


@pytest.mark.parametrize("what", BODIES)
def test_what_is_no_json_isrefused(till: Caller, what: str) -> None:
    refused(till.post("/payments", content=BODIES[what]), 400, "malformed_body")


@pytest.mark.parametrize("raw", [b"[]", b"null", b'"x"', b"1", b"[" * 7_000, b'{"x":' * 3_000])
def test_json_that_is_no_object_of_ours_isrefused(till: Caller, raw: bytes) -> None:
    """However deep it goes."""
    refused(till.post("/payments", content=raw), 400, "invalid_body")


@pytest.mark.parametrize("value", ["[" * 7_000 + "]" * 7_000, '{"a":' * 2_000 + "1" + "}" * 2_000])
def test_a_deep_value_is_refused_where_it_stands(till: Caller, town: Town, value: str) -> None:
    raw = json.dumps(_payment(town))[:-1] + f', "occurred_at": {value}}}'
    refused(till.post("/payments", content=raw), 400, "invalid_body")


@pytest.mark.parametrize(
    "twice",
    ['"amount": 1', '"amount": 100', '"\\u0061mount": 1', '"credential": "x"', '"id": "x"'],
)
def test_a_field_may_not_be_there_twice(till: Caller, town: Town, twice: str) -> None:
    """Two readers could take two amounts from it (faults.md G102)."""
    whole = json.dumps(_payment(town))
    first = till.post("/payments", content="{" + twice + ", " + whole[1:])
    last = till.post("/payments", content=whole[:-1] + ", " + twice + "}")
    for answer in (first, last):
        assert code_of(answer) in {"invalid_body", "invalid_amount"}
        assert answer.status_code in {400, 422}


def test_a_value_that_looks_like_a_field_is_none(till: Caller, town: Town) -> None:
    answer = till.post("/payments", json=_payment(town, credential="amount"))
    refused(answer, 404, "unknown_credential")


CARDS = {
    "never issued": "NEVE-R1SS-VEDN-EVER-M",
    "mistyped": "NEVE-R1SS-VEDN-EVER-N",
    "too short": "0",
    "another system's": "A123456AXY",
    "SQL": "' OR 1=1 --",
    "a formula": "=1+1",
    "full-width": "００００－００００",
    "directions": "\u202e0000\u200b",
    "a template": "{{7*7}}${7*7}",
}


@pytest.mark.parametrize("what", CARDS)
def test_a_card_that_is_none_of_ours_is_unknown(till: Caller, town: Town, what: str) -> None:
    """Whatever it is, the answer is the same; it is not sent back."""
    answer = till.post("/payments", json=_payment(town, credential=CARDS[what]))
    refused(answer, 404, "unknown_credential")
    assert CARDS[what] not in answer.text or what == "too short"


@pytest.mark.parametrize("number", ["A123456A", "012E000000000001", "1234567890", "*F12345*"])
def test_what_only_shows_who_somebody_is_does_not_pay(
    till: Caller, town: Town, number: str
) -> None:
    """It is the form that decides: nobody learns by it which numbers are somebody's."""
    answer = till.post("/payments", json=_payment(town, credential=number))
    refused(answer, 409, "card_cannot_pay")
    assert number not in answer.text


def test_a_code_that_could_be_a_my_number_is_refused(till: Caller, town: Town) -> None:
    answer = till.post("/payments", json=_payment(town, credential="0000-0000-0000-0000-0"))
    refused(answer, 422, "my_number_refused")


REFUSALS: dict[str, tuple[str, dict[str, Any], int, str]] = {
    "a stopped card": ("greengrocer", {"credential": "jiro"}, 409, "credential_stopped"),
    "too little on it": ("greengrocer", {"credential": "kazu"}, 409, "insufficient_balance"),
    "more than at once": ("greengrocer", {"amount": 8_001}, 409, "limit_exceeded"),
    "a street that takes none": ("tavern", {}, 409, "not_accepted_here"),
    "an excluded trade": ("tobacconist", {}, 409, "not_accepted_here"),
    "a revoked till": ("revoked", {}, 401, "unauthorised"),
    "somebody of the staff": ("treasurer", {}, 401, "unauthorised"),
    "nobody": (NOBODY, {}, 401, "unauthorised"),
}


@pytest.mark.parametrize("path", ["/payments", "/holds"])
@pytest.mark.parametrize("what", REFUSALS)
def test_a_refusal_says_why_and_no_more(
    http: httpx.Client, town: Town, path: str, what: str
) -> None:
    """Above all not how much is left."""
    who, fields, status, code = REFUSALS[what]
    asked = _payment(town, amount=101) | fields
    asked["credential"] = town.cards[fields.get("credential", "hanako")]
    before = town.head()
    refused(Caller(http, town, who).post(path, json=asked), status, code)
    assert town.head() == before


def test_an_id_from_the_future_isrefused(till: Caller, town: Town) -> None:
    later = ids.uuid7_at(town.clock.now().replace(hour=12), b"0123456789")
    refused(till.post("/payments", json=_payment(town, id=str(later))), 422, "id_from_the_future")


def test_an_id_is_for_one_payment(http: httpx.Client, town: Town) -> None:
    """Another amount, card, till or kind under it is refused, and says what differs."""
    till, other = Caller(http, town, "greengrocer"), Caller(http, town, "teahouse")
    asked = _payment(town)
    assert till.post("/payments", json=asked).status_code == 201
    before = town.head()
    refused(
        till.post("/payments", json=asked | {"amount": 101}), 409, "exists_with_different_amount"
    )
    refused(
        till.post("/payments", json=asked | {"credential": town.cards["taro"]}),
        409,
        "exists_with_different_credential",
    )
    refused(other.post("/payments", json=asked), 409, "exists_with_different_terminal")
    refund = {"id": asked["id"], "amount": 100}
    path = f"/payments/{asked['id']}/refunds"
    refused(till.post(path, json=refund), 409, "exists_with_different_kind")
    repeat = till.post("/payments", json=asked | {"id": _new_id(town)})
    refused(repeat, 409, "repeat_suspected")
    assert repeat.json()["earlier"] == asked["id"]
    assert town.head() == before


def test_another_shops_payment_is_nobodys(http: httpx.Client, town: Town) -> None:
    """It can be neither seen nor given back, and is told like one that does not exist."""
    payment = town.pay("taro", "greengrocer", 300)
    other = Caller(http, town, "teahouse")
    before = town.head()
    for id_ in (str(payment), _new_id(town)):
        refund = {"id": _new_id(town), "amount": 300}
        seen = other.get(f"/payments/{id_}")
        given_back = other.post(f"/payments/{id_}/refunds", json=refund)
        for answer in (seen, given_back):
            refused(answer, 404, "unknown_operation")
    assert town.head() == before


def test_another_shops_hold_is_nobodys(http: httpx.Client, town: Town) -> None:
    till, other = Caller(http, town, "greengrocer"), Caller(http, town, "teahouse")
    held = _payment(town, credential=town.cards["taro"], amount=200)
    assert till.post("/holds", json=held).status_code == 201
    before = town.head()
    for end in ("post", "void"):
        answer = other.post(f"/holds/{held['id']}/{end}", json={"id": _new_id(town)})
        refused(answer, 404, "unknown_operation")
    assert town.head() == before
    assert till.post(f"/holds/{held['id']}/void", json={"id": _new_id(town)}).status_code == 201


def test_more_than_was_paid_is_not_given_back(http: httpx.Client, town: Town) -> None:
    payment = town.pay("taro", "greengrocer", 50)
    before = town.head()
    refund = {"id": _new_id(town), "amount": 51}
    answer = Caller(http, town, "greengrocer").post(f"/payments/{payment}/refunds", json=refund)
    refused(answer, 409, "refund_exceeds_payment")
    assert town.head() == before
