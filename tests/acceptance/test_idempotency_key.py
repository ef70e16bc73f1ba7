"""An Idempotency-Key header instead of an operation's id."""

import pytest

from ichimai import ledger
from tests.acceptance.callers import code_of
from tests.acceptance.conftest import As
from tests.town import Town, gift

GIFTS = {"program": "longevity-gift"}


def _new_id(town: Town) -> str:
    return str(town.operation())


def test_an_idempotency_key_is_an_operations_id(as_: As, api_town: Town) -> None:
    """For payments, refunds, holds, closings and payouts alike."""
    till, card = as_("greengrocer"), api_town.cards["hanako"]
    keys = [_new_id(api_town) for _ in range(6)]
    body = {"credential": card, "amount": 100}
    paid = till.post("/payments", json=body, headers={"Idempotency-Key": keys[0]})
    again = till.post("/payments", json={**body, "id": keys[0]})
    assert (paid.status_code, again.status_code) == (201, 200)
    assert paid.json() == again.json()
    for key, path, asked in (
        (keys[1], f"/payments/{keys[0]}/refunds", {"amount": 40}),
        (keys[2], "/holds", {"credential": card, "amount": 200}),
        (keys[3], f"/holds/{keys[2]}/post", {"amount": 50}),
    ):
        for status in (201, 200):
            answer = till.post(path, json=asked, headers={"Idempotency-Key": key})
            assert (answer.status_code, answer.json()["id"]) == (status, key)
    assert api_town.balance("hanako") == 10_000 - 100 + 40 - 50
    api_town.week()
    for key, path in ((keys[4], "/closings"), (keys[5], "/payouts")):
        for status in (201, 200):
            answer = as_("treasurer").post(path, json=GIFTS, headers={"Idempotency-Key": key})
            assert (answer.status_code, answer.json()["id"]) == (status, key)


@pytest.mark.parametrize("key", ["", "x", "123", '"', "019a0c1e-7c00-7000-8000-00000000000"])
def test_an_idempotency_key_that_is_no_uuid_is_refused(as_: As, api_town: Town, key: str) -> None:
    body = {"credential": api_town.cards["hanako"], "amount": 100}
    answer = as_("greengrocer").post("/payments", json=body, headers={"Idempotency-Key": key})
    assert (answer.status_code, code_of(answer)) == (400, "invalid_body")


def test_an_id_and_a_key_must_be_the_same(as_: As, api_town: Town) -> None:
    """And without either there is no operation."""
    before = api_town.head()
    body = {"credential": api_town.cards["hanako"], "amount": 100}
    other = as_("greengrocer").post(
        "/payments",
        json={**body, "id": _new_id(api_town)},
        headers={"Idempotency-Key": _new_id(api_town)},
    )
    none = as_("greengrocer").post("/payments", json=body)
    for answer in (other, none):
        assert (answer.status_code, code_of(answer)) == (400, "invalid_body")
        assert "Idempotency-Key" in answer.json()["detail"]
    assert api_town.head() == before


def test_a_refusal_under_a_key_stays_one(as_: As, api_town: Town) -> None:
    """docs/decisions/0003: the card is empty, is granted more, and the same key is refused."""
    key = _new_id(api_town)
    body = {"credential": api_town.cards["kazu"], "amount": 5_000}
    till = as_("greengrocer")
    first = till.post("/payments", json=body, headers={"Idempotency-Key": key})
    assert code_of(first) == "insufficient_balance"
    grant = gift(api_town.clock, api_town.subjects["kazu"], 10_000, 0)
    with api_town.database.write(api_town.operator) as tx:
        ledger.post(tx, api_town.clock, [grant])
    again = till.post("/payments", json=body, headers={"Idempotency-Key": key})
    assert again.json() == first.json()
