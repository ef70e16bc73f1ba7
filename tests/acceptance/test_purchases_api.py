"""Sales that pay and earn, and goods that come back, over HTTP: what tills are told, and when."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from ichimai import registry
from ichimai.cards import Kind, Shown
from ichimai.ledger.model import Role
from ichimai.storage import REGISTRY
from tests.acceptance.callers import Caller, code_of, refused
from tests.acceptance.conftest import As
from tests.acceptance.test_bad_input import AMOUNTS
from tests.integration.programs.fair import Fair
from tests.integration.programs.test_delegates_pay import Bearer
from tests.town import SECTOR, Town

TILL = "greengrocer"
IDM = "0102030405060708"


@pytest.fixture
def fair(api_town: Town) -> Fair:
    """A town with programs of every kind."""
    return Fair(api_town).open()


class Register:
    """A till's register: it sends sales."""

    def __init__(self, as_: As, town: Town) -> None:
        self.as_, self.town = as_, town

    def buy(self, yen: object, who: str = "taro", at: str = TILL, **more: Any) -> httpx.Response:  # noqa: ANN401 - fields of the body
        body = {
            "id": str(self.town.operation()),
            "credential": self.town.cards.get(who, who),
            "total_yen": yen,
            **more,
        }
        return self.as_(at).post("/purchases", json=body)

    def bring_back(self, sale: str, yen: object, at: str = TILL, **more: Any) -> httpx.Response:  # noqa: ANN401 - fields of the body
        body = {"id": str(self.town.operation()), "amount": yen, **more}
        return self.as_(at).post(f"/purchases/{sale}/refunds", json=body)


@pytest.fixture
def register(as_: As, fair: Fair) -> Register:
    return Register(as_, fair.town)


def parts(*named: tuple[str, int]) -> list[dict[str, object]]:
    return [{"program": program, "units": units} for program, units in named]


def test_a_sale_is_answered_with_what_was_paid_what_is_left_and_what_was_earned(
    register: Register,
) -> None:
    """And the same id with the same body is answered so for ever."""
    body: dict[str, Any] = {"id": str(register.town.operation()), "confirm_repeat": False}
    first = register.buy(1_280, "kazu", **body)
    told = first.json()
    assert first.status_code == 201
    assert (told["total_yen"], told["paid_yen"], told["rest_yen"]) == (1_280, 100, 1_180)
    assert told["paid"] == parts(("longevity-gift", 100))
    assert told["earned"] == parts(("street-points", 11))
    assert len(told["receipt"]["transfers"]) == 2
    register.town.clock.advance(timedelta(days=100))
    again = register.buy(1_280, "kazu", **body)
    assert (again.status_code, again.content) == (200, first.content)


def test_goods_come_back_and_the_answer_says_in_what(register: Register) -> None:
    sale = register.buy(1_280, "kazu").json()["id"]
    first = register.bring_back(sale, 400)
    told = first.json()
    assert first.status_code == 201
    assert (told["total_yen"], told["paid_yen"], told["rest_yen"]) == (400, 100, 300)
    assert told["paid"] == parts(("longevity-gift", 100))
    assert told["earned"] == parts(("street-points", 4))
    again = register.bring_back(sale, 400, id=told["id"])
    assert (again.status_code, again.content) == (200, first.content)
    refused(register.bring_back(sale, 881), 409, "refund_exceeds_payment")
    refused(register.bring_back(sale, 880, at="teahouse"), 404, "unknown_operation")
    refused(register.bring_back(told["id"], 1), 404, "unknown_operation")
    refused(register.bring_back(str(register.town.operation()), 1), 404, "unknown_operation")
    last = register.bring_back(sale, 880).json()
    assert (last["paid_yen"], last["rest_yen"], last["earned"]) == (
        0,
        880,
        parts(("street-points", 7)),
    )


def test_a_sale_is_shown_as_what_it_is_and_not_refunded_as_a_payment(
    register: Register, as_: As
) -> None:
    """Also one that moved nothing. What it earned was not paid."""
    for yen, pay_with, paid in ((1_280, "auto", 100), (80, [], 0)):
        sale = register.buy(yen, "kazu", pay_with=pay_with, at=TILL).json()["id"]
        shown = as_(TILL).get(f"/payments/{sale}")
        assert (shown.status_code, shown.json()["amount"]) == (200, paid)
        assert sum(leg["units"] for leg in shown.json()["legs"]) == paid
        body = {"id": str(register.town.operation()), "amount": 1}
        refused(as_(TILL).post(f"/payments/{sale}/refunds", json=body), 404, "unknown_operation")
        refused(as_("teahouse").get(f"/payments/{sale}"), 404, "unknown_operation")


def test_the_same_id_with_anything_else_is_another(register: Register, as_: As) -> None:
    id_ = str(register.town.operation())
    assert register.buy(300, "hanako", id=id_).status_code == 201
    for status, code, answer in (
        (409, "exists_with_different_amount", register.buy(301, "hanako", id=id_)),
        (409, "exists_with_different_credential", register.buy(300, "taro", id=id_)),
        (409, "exists_with_different_terminal", register.buy(300, "hanako", "teahouse", id=id_)),
        (409, "exists_with_different_programs", register.buy(300, "hanako", id=id_, pay_with=[])),
        (409, "exists_with_different_kind", register.bring_back(id_, 300, id=id_)),
    ):
        refused(answer, status, code)
    payment = {"id": id_, "credential": register.town.cards["hanako"], "amount": 300}
    refused(as_(TILL).post("/payments", json=payment), 409, "exists_with_different_kind")
    assert register.buy(300, "hanako", id=id_).status_code == 200


PAY_WITH = {
    "a program that is not": (["no-such"], 409, "not_accepted_here"),
    "one that never pays here": (["saplings"], 409, "not_accepted_here"),
    "one that is not accepted here": (
        ["longevity-gift", "sports", "rally"],
        409,
        "not_accepted_here",
    ),
    "one twice": (["longevity-gift", "longevity-gift"], 422, "no_such_choice"),
    "one twice with amounts": (
        [{"program": "longevity-gift", "units": 1}, {"program": "longevity-gift"}],
        422,
        "no_such_choice",
    ),
    "too many": (["longevity-gift"] * 21, 400, "invalid_body"),
    "a word": ("everything", 400, "invalid_body"),
    "a number": (1, 400, "invalid_body"),
    "null": (None, 400, "invalid_body"),
    "capitals": (["LONGEVITY"], 400, "invalid_body"),
    "nothing of one": ([{"program": "longevity-gift", "units": 0}], 400, "invalid_body"),
    "less than nothing": ([{"program": "longevity-gift", "units": -1}], 400, "invalid_body"),
    "half": ([{"program": "longevity-gift", "units": 1.5}], 400, "invalid_body"),
    "an unknown field": ([{"program": "longevity-gift", "all": True}], 400, "invalid_body"),
    "a list in a list": ([["longevity-gift"]], 400, "invalid_body"),
    "a My Number": (["123456789018"], 422, "my_number_refused"),
    "a My Number as a word": ("1234-5678-9018", 422, "my_number_refused"),
}


@pytest.fixture(scope="module")
def opened(town: Town) -> Town:
    """The module's town with all programs."""
    Fair(town).open()
    return town


@pytest.fixture
def quiet(opened: Town, address: str) -> Any:  # noqa: ANN401 - a generator of one
    """A register whose requests must leave no trace."""
    before = opened.head()
    with httpx.Client(base_url=f"{address}/api/v1", timeout=30) as client:
        yield Register(lambda who: Caller(client, opened, who), opened)
    assert opened.head() == before


@pytest.mark.parametrize("what", PAY_WITH)
def test_what_cannot_be_paid_with_is_refused(quiet: Register, what: str) -> None:
    pay_with, status, code = PAY_WITH[what]
    refused(quiet.buy(300, "hanako", pay_with=pay_with), status, code)


@pytest.mark.parametrize("amount", AMOUNTS, ids=lambda amount: amount[:24] or "nothing")
def test_an_amount_is_a_whole_number_in_plain_digits(quiet: Register, amount: str) -> None:
    """Of a sale, of goods that come back, of money in and out; missing is none, too."""
    id_, card = quiet.town.operation(), quiet.town.cards["hanako"]
    start = f'{{"id": "{id_}", "credential": "{card}", "program": "sports", "amount": '
    for path, body in (
        ("/purchases", f'{{"id": "{id_}", "credential": "{card}", "total_yen": '),
        (f"/purchases/{id_}/refunds", f'{{"id": "{id_}", "amount": '),
        ("/top-ups", start),
        ("/cash-outs", start),
    ):
        raw = f"{body}{amount}}}".encode()
        answer = quiet.as_(TILL).post(path, content=raw)
        status, code = AMOUNTS[amount]
        refused(answer, status, code)


@pytest.mark.parametrize(
    "change, status, code",
    [
        ({"total_yen": ...}, 422, "invalid_amount"),
        ({"credential": ...}, 400, "invalid_body"),
        ({"id": ...}, 400, "invalid_body"),
        ({"id": "1"}, 400, "invalid_body"),
        ({"credential": ""}, 400, "invalid_body"),
        ({"credential": "x" * 161}, 400, "invalid_body"),
        ({"credential": "123456789018"}, 422, "my_number_refused"),
        ({"amount": 1}, 400, "invalid_body"),
        ({"earn": 1_000_000}, 400, "invalid_body"),
        ({"subject": "x"}, 400, "invalid_body"),
        ({"occurred_at": "2026-10-01T12:00:00"}, 400, "invalid_body"),
        ({"occurred_at": "yesterday"}, 400, "invalid_body"),
        ({"occurred_at": "2026-10-01T04:00:00Z"}, 400, "invalid_body"),
        ({"occurred_at": "2019-12-31T14:59:59Z"}, 400, "invalid_body"),
        ({"confirm_repeat": 1}, 400, "invalid_body"),
    ],
)
def test_a_sale_has_its_fields_and_no_others(
    quiet: Register, change: dict[str, Any], status: int, code: str
) -> None:
    body = {
        "id": str(quiet.town.operation()),
        "credential": quiet.town.cards["hanako"],
        "total_yen": 300,
        **change,
    }
    sent = {name: value for name, value in body.items() if value is not ...}
    refused(quiet.as_(TILL).post("/purchases", json=sent), status, code)


@pytest.mark.parametrize(
    "who, code, status",
    [
        ("intruder", "unknown_credential", 404),
        ("jiro", "credential_stopped", 409),
        (IDM, "card_cannot_pay", 409),
        ("円円円", "unknown_credential", 404),
    ],
)
def test_a_card_that_is_none_neither_pays_nor_earns(
    register: Register, who: str, code: str, status: int
) -> None:
    before = register.town.head()
    for pay_with in ("auto", [], ["longevity-gift"]):
        answer = register.buy(300, who, pay_with=pay_with)
        assert (code_of(answer), answer.status_code) == (code, status)
    assert register.town.head() == before


def test_an_equal_sale_within_90_seconds_is_asked_about(register: Register) -> None:
    first = register.buy(700, "hanako").json()["id"]
    asked = register.buy(700, "hanako")
    refused(asked, 409, "repeat_suspected")
    assert asked.json()["earlier"] == first
    assert register.buy(700, "hanako", confirm_repeat=True).status_code == 201


def test_a_header_may_bring_the_id(register: Register) -> None:
    town = register.town
    key = str(town.operation())
    body = {"credential": town.cards["taro"], "total_yen": 700}
    for status in (201, 200):
        headers = {"Idempotency-Key": f'"{key}"'}
        answer = register.as_(TILL).post("/purchases", json=body, headers=headers)
        assert (answer.status_code, answer.json()["id"]) == (status, key)
    path = f"/purchases/{key}/refunds"
    headers = {"Idempotency-Key": str(town.operation())}
    for status in (201, 200):
        back = register.as_(TILL).post(path, json={"amount": 700}, headers=headers)
        assert back.status_code == status


def bind_felica(town: Town, who: str) -> None:
    with town.database.write(REGISTRY) as tx:
        holder = registry.holders.of_subject(tx, SECTOR, town.subjects[who])
        shown = Shown(Kind.FELICA, bytes.fromhex(IDM))
        registry.credentials.add(tx, town.key, town.clock, holder, shown)


def test_a_card_that_only_shows_who_somebody_is_earns_and_never_pays(
    register: Register, fair: Fair
) -> None:
    """faults.md E72: a copied IDm costs nobody anything."""
    bind_felica(register.town, "hanako")
    tap = register.as_(TILL).post("/taps", json={"felica": IDM}).json()["tap"]
    answer = register.buy(500, tap)
    assert (answer.status_code, answer.json()["paid"]) == (201, [])
    assert answer.json()["earned"] == parts(("street-points", 5))
    assert register.buy(600, tap, pay_with=[]).json()["earned"] == parts(("street-points", 6))
    refused(register.buy(700, tap, pay_with=["longevity-gift"]), 409, "card_cannot_pay")
    refused(register.buy(700, tap, pay_with=["street-points"]), 409, "card_cannot_pay")
    assert register.town.balance("hanako") >= 10_000
    assert fair.left("hanako", "longevity-gift") == 10_000
    assert fair.left("hanako", "street-points") == 11
    body = {"credential": tap, "program": "full-card", "exchange": "to-points"}
    for path, more in (
        ("/exchanges", {}),
        ("/redemptions", {"thing": "plum", "exchange": ..., "program": "saplings"}),
        ("/cash-outs", {"amount": 500, "exchange": ..., "program": "sports"}),
    ):
        sent = {"id": str(register.town.operation()), **body, **more}
        sent = {name: value for name, value in sent.items() if value is not ...}
        refused(register.as_(TILL).post(path, json=sent), 409, "card_cannot_pay")


def test_a_delegates_card_pays_and_earns_for_the_other(register: Register, fair: Fair) -> None:
    """3,000 yen a day of hanako's, whose the points are; what is paid in cash costs nothing."""
    bearer = Bearer(register.town)
    answer = register.buy(2_000, bearer.code)
    assert answer.json()["paid"] == parts(("longevity-gift", 2_000))
    assert register.buy(1_000, bearer.code, pay_with=[]).json()["earned"] == parts(
        ("street-points", 10)
    )
    refused(register.buy(1_001, bearer.code), 409, "delegation_day_limit_exceeded")
    assert fair.left("hanako", "longevity-gift") == 8_000
    assert fair.left("hanako", "street-points") == 10
    assert fair.left("taro", "street-points") == 0
    assert bearer.spent() == 2_000


def test_a_delegates_limit_holds_for_money_that_is_paid_out(register: Register, fair: Fair) -> None:
    bearer, town = Bearer(register.town), register.town
    sport = {"program": "sports", "amount": 5_000}
    for card, path, more, code in (
        (town.cards["hanako"], "/top-ups", {}, ""),
        (bearer.code, "/cash-outs", {}, "delegation_day_limit_exceeded"),
        (bearer.code, "/cash-outs", {"amount": 2_500}, ""),
        (bearer.code, "/cash-outs", {"amount": 501}, "delegation_day_limit_exceeded"),
    ):
        body = {"id": str(town.operation()), "credential": card, **sport, **more}
        assert code_of(register.as_(TILL).post(path, json=body)) == code
    assert fair.left("hanako", "sports") == 2_500
    shop = town.shops[TILL].id
    assert fair.balance(shop, Role.ISSUED, "sports") == -2_500
