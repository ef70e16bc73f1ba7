"""Bills and nettings, as treasurers' programs see, pay, make and approve them."""

from datetime import timedelta
from typing import Any

from ichimai import settlement
from ichimai.kernel import ids
from ichimai.kernel.clock import day_in_tokyo
from ichimai.programs import lists
from ichimai.settlement.clearing import PartyAccount
from ichimai.settlement.model import RunId
from ichimai.simulation import bank
from tests.acceptance.callers import code_of
from tests.acceptance.conftest import As
from tests.acceptance.web.test_console_programs import POINTS
from tests.town import ACCOUNT, Town


def _gave_points(as_: As, town: Town, *, carry: int) -> None:
    """Points for 30 yen are given; the association is billed after ``carry`` closings."""
    with town.database.write(town.operator) as tx:
        lists.open_program(tx, town.clock, POINTS)
        settlement.clearing.set_contract(tx, 8, carry)
        known = PartyAccount("association:8", ACCOUNT, None, ids.NIL)
        settlement.clearing.set_account(tx, town.clock, known)
    for who in ("hanako", "taro", "kazu"):
        town.clock.advance(timedelta(minutes=2))
        body = {"credential": town.cards[who], "total_yen": 1_000, "pay_with": []}
        sold = as_("greengrocer").post("/purchases", json=body | {"id": str(town.operation())})
        assert sold.status_code == 201, sold.text
    town.week()
    with town.database.write(town.operator) as tx:
        run = RunId(ids.uuid7(town.clock))
        settlement.clearing.close_programs(tx, town.clock, run, [POINTS.key], closed_by=ids.NIL)


def test_an_association_sees_what_a_closing_means_for_it(as_: As, api_town: Town) -> None:
    """Its shops gave 30 points, and nobody has used any."""
    _gave_points(as_, api_town, carry=3)
    (first,) = as_("auditor").get("/closings", params={"program": POINTS.key}).json()["items"]
    one = f"/closings/{first['id']}/associations"
    rows = {each["association"]: each for each in as_("auditor").get(one).json()["items"]}
    assert list(rows[8].values()) == [8, "巣鴨地蔵通り商店街振興組合", 30, 30, 0, 0, 0]
    nowhere = as_("auditor").get(f"/closings/{api_town.operation()}/associations")
    assert code_of(nowhere) == "unknown_closing"


def test_a_bill_is_seen_and_paid_in_parts_each_once(as_: As, api_town: Town) -> None:
    _gave_points(as_, api_town, carry=0)
    (bill,) = as_("auditor").get("/bills", params={"is_open": True}).json()["items"]
    assert (bill["debtor"], bill["creditor"], bill["yen"]) == ("association:8", "operator", 30)
    one = f"/bills/{bill['id']}"
    detail: dict[str, Any] = as_("auditor").get(one).json()
    assert [(line["shop_number"], line["yen"]) for line in detail["lines"]] == [("08-017", 30)]
    assert detail["payments"] == []
    body = {"id": str(api_town.operation()), "yen": 20}
    first, again = (as_("treasurer").post(f"{one}/payments", json=body) for _ in range(2))
    assert (first.status_code, again.status_code, again.json()) == (201, 200, first.json())
    assert (first.json()["rest_yen"], first.json()["is_paid"]) == (10, False)
    other = as_("treasurer").post(f"{one}/payments", json={**body, "yen": 10})
    assert code_of(other) == "exists_with_different_bill_payment"
    over = {"id": str(api_town.operation()), "yen": 11}
    assert code_of(as_("treasurer").post(f"{one}/payments", json=over)) == "bill_payment_refused"
    api_town.clock.advance(timedelta(seconds=1))
    rest = {"id": str(api_town.operation())}
    paid, same = (as_("treasurer").post(f"{one}/payments", json=rest) for _ in range(2))
    assert (paid.status_code, paid.json()["is_paid"]) == (201, True)
    assert (same.status_code, same.json()) == (200, paid.json())
    assert [each["yen"] for each in paid.json()["payments"]] == [20, 10]
    assert paid.json()["payments"][0]["noted_by"]["name"] == api_town.staff["treasurer"].name
    assert as_("auditor").get("/bills", params={"is_open": True}).json()["items"] == []
    assert code_of(as_("auditor").get(f"/bills/{api_town.operation()}")) == "unknown_bill"


def test_a_netting_is_made_approved_by_another_and_has_a_file(as_: As, api_town: Town) -> None:
    """The town owes the association what its shops gave; its file is the same each time."""
    _gave_points(as_, api_town, carry=3)
    early = as_("treasurer").post("/nettings", json={"id": str(api_town.operation())})
    assert code_of(early) == "nothing_to_net"
    api_town.week()
    api_town.clock.advance(timedelta(days=1))
    for who in ("treasurer", "approver", "auditor"):
        api_town.sign_in(who)
    body = {"id": str(api_town.operation())}
    made, again = (as_("treasurer").post("/nettings", json=body) for _ in range(2))
    assert (made.status_code, again.status_code, again.json()) == (201, 200, made.json())
    one, netting = f"/nettings/{made.json()['id']}", made.json()
    assert netting["positions"] == {"association:8": 30, "operator": -30}
    assert netting["payments"] == [
        {"debtor": "operator", "creditor": "association:8", "yen": 30, "by_file": True}
    ]
    assert code_of(as_("treasurer").get(f"{one}/file")) == "wrong_state"
    assert code_of(as_("treasurer").post(f"{one}/approve")) == "same_person"
    assert as_("approver").post(f"{one}/approve").json()["state"] == "approved"
    assert code_of(as_("approver").post(f"{one}/reject")) == "wrong_state"
    first, second = (as_("treasurer").get(f"{one}/file") for _ in range(2))
    assert first.content == second.content
    assert [each.headers["ichimai-resend"] for each in (first, second)] == ["false", "true"]
    nobodys = as_("treasurer").get(f"{one}/file", params={"party": "association:8"})
    assert code_of(nobodys) == "no_transfer_file"
    _answered_by_its_bank(as_, api_town, one, first.content)
    listed = as_("auditor").get("/nettings").json()["items"][-1]
    assert (listed["id"], listed["state"], listed["transfers"]) == (netting["id"], "approved", 1)
    assert code_of(as_("auditor").get(f"/nettings/{api_town.operation()}")) == "unknown_netting"


def _answered_by_its_bank(as_: As, town: Town, one: str, content: bytes) -> None:
    """Taken in once; what failed is in the next netting."""
    town.week()
    on = day_in_tokyo(town.clock.now())
    answer = bank.answer(content, on, {"00001": "22"})
    damaged = answer.replace(b"0000000030", b"0000000031")
    refused = as_("treasurer").post(f"{one}/results", content=damaged)
    assert (code_of(refused), refused.json()["line"]) == ("bank_result_refused", 2)
    key = {"Idempotency-Key": str(town.operation())}
    first = as_("treasurer").post(f"{one}/results", content=answer, headers=key)
    again = as_("treasurer").post(f"{one}/results", content=answer)
    assert (first.status_code, again.status_code, again.json()) == (201, 200, first.json())
    assert (first.json()["id"], first.json()["debtor"]) == (key["Idempotency-Key"], "operator")
    assert first.json()["lines"] == [
        {"creditor": "association:8", "outcome": "failed", "reason": "22", "yen": 30}
    ]
    assert as_("auditor").get(f"{one}/results").json()["items"] == [first.json()]
    next_ = as_("treasurer").post("/nettings", json={"id": str(town.operation())}).json()
    assert next_["positions"] == {"association:8": 30, "operator": -30}
    as_("approver").post(f"/nettings/{next_['id']}/reject")


def test_a_disputed_debt_waits_until_two_people_have_decided(as_: As, api_town: Town) -> None:
    _gave_points(as_, api_town, carry=3)
    debt = next(each for each in as_("auditor").get("/debts").json()["items"] if each["yen"] == 30)
    assert (debt["debtor"], debt["creditor"]) == ("operator", "association:8")
    assert not debt["is_to_itself"]
    assert debt["dispute"] is None
    one = f"/debts/{debt['id']}"
    assert code_of(as_("treasurer").post(f"{one}/answer", json={"finding": "x"})) == (
        "unknown_dispute"
    )
    body = {"id": str(api_town.operation()), "reason": "半分しか配っていない"}
    told, again = (as_("treasurer").post(f"{one}/dispute", json=body) for _ in range(2))
    assert (told.status_code, again.status_code, again.json()) == (201, 200, told.json())
    other = {"id": str(api_town.operation()), "reason": "x"}
    assert code_of(as_("treasurer").post(f"{one}/dispute", json=other)) == "already_disputed"
    assert as_("auditor").get("/debts").json()["items"][0] == told.json()
    proposed = as_("treasurer").post(f"{one}/answer", json={"finding": "帳簿のとおり"}).json()
    assert (proposed["dispute"]["state"], proposed["dispute"]["finding"]) == (
        "proposed",
        "帳簿のとおり",
    )
    assert code_of(as_("treasurer").post(f"{one}/approve")) == "same_person"
    assert as_("approver").post(f"{one}/approve").json()["dispute"]["state"] == "decided"
    nowhere = as_("treasurer").post(f"/debts/{api_town.operation()}/dispute", json=other)
    assert code_of(nowhere) == "unknown_line"


def test_a_netting_that_was_given_up_leaves_its_debts_to_another(as_: As, api_town: Town) -> None:
    _gave_points(as_, api_town, carry=3)
    api_town.week()
    api_town.clock.advance(timedelta(days=1))
    api_town.sign_in("treasurer")
    api_town.sign_in("approver")
    first = as_("treasurer").post("/nettings", json={"id": str(api_town.operation())}).json()
    given_up = as_("approver").post(f"/nettings/{first['id']}/reject").json()
    assert (given_up["state"], given_up["debts"]) == ("rejected", first["debts"])
    second = as_("treasurer").post("/nettings", json={"id": str(api_town.operation())}).json()
    assert (second["debts"], second["yen"]) == (first["debts"], first["yen"])
