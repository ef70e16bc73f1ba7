"""Closings, statements and payouts, as treasurers' programs make them."""

import hashlib
from base64 import b64decode
from typing import Any

import httpx

from ichimai.simulation import bank
from tests.acceptance.callers import code_of
from tests.acceptance.conftest import As
from tests.town import Town

GIFTS = {"program": "longevity-gift"}


def _new_id(town: Town) -> str:
    return str(town.operation())


def _close(as_: As, town: Town, **fields: object) -> httpx.Response:
    return as_("treasurer").post("/closings", json={"id": _new_id(town), **GIFTS, **fields})


def _closed_week(as_: As, town: Town) -> dict[str, Any]:
    town.pay("hanako", "greengrocer", 500)
    town.pay("taro", "teahouse", 120)
    town.week()
    answer = _close(as_, town)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_week_is_closed_once(as_: As, api_town: Town) -> None:
    """The same again gives the same; another closing of the week is refused."""
    closing = _closed_week(as_, api_town)
    assert (closing["closes_on"], closing["shops"], closing["units"]) == ("2026-10-04", 2, 620)
    assert closing["closed_by"]["name"] == api_town.staff["treasurer"].name
    again = as_("treasurer").post("/closings", json={"id": closing["id"], **GIFTS})
    assert (again.status_code, again.json()) == (200, closing)
    other = as_("treasurer").post(
        "/closings", json={"id": closing["id"], **GIFTS, "closes_on": "2026-10-03"}
    )
    assert code_of(other) == "exists_with_different_closing"
    refused = _close(as_, api_town)
    assert (code_of(refused), refused.json()["closes_on"]) == ("already_closed", "2026-10-04")
    assert code_of(_close(as_, api_town, closes_on="2026-10-08")) == "day_not_over"
    assert code_of(_close(as_, api_town, program="no-such")) == "unknown_program"
    assert as_("auditor").get(f"/closings/{closing['id']}").json() == closing


def test_a_till_disputes_its_own_line_and_two_people_decide(as_: As, api_town: Town) -> None:
    """Once, under its id; of another shop's line it learns nothing."""
    closing = _closed_week(as_, api_town)
    body = {
        "id": _new_id(api_town),
        "closing": closing["id"],
        "claimed": 80,
        "reason": "一件足りない",
    }
    told = as_("greengrocer").post("/disputes", json=body)
    again = as_("greengrocer").post("/disputes", json=body)
    assert (told.status_code, again.status_code, again.json()) == (201, 200, told.json())
    other = {**body, "id": _new_id(api_town)}
    assert code_of(as_("greengrocer").post("/disputes", json=other)) == "already_disputed"
    stolen = as_("teahouse").post("/disputes", json=body)
    assert code_of(stolen) == "exists_with_different_dispute"
    nowhere = {**other, "closing": _new_id(api_town)}
    assert code_of(as_("greengrocer").post("/disputes", json=nowhere)) == "unknown_closing"
    (found,) = as_("auditor").get("/disputes").json()["items"]
    assert found == told.json()
    assert (found["state"], found["until_on"]) == ("open", "2026-10-15")
    one, answer = f"/disputes/{found['id']}", {"award": "part", "part": 30, "finding": "控え"}
    wrong = as_("treasurer").post(f"{one}/answer", json={**answer, "part": 80})
    assert code_of(wrong) == "claim_refused"
    assert as_("treasurer").post(f"{one}/answer", json=answer).json()["state"] == "proposed"
    assert code_of(as_("treasurer").post(f"{one}/approve")) == "same_person"
    decided = as_("approver").post(f"{one}/approve").json()
    assert (decided["state"], decided["units"], decided["corrected_on"]) == ("decided", 30, None)
    assert decided["decided_by"]["name"] == api_town.staff["approver"].name


def test_long_lists_come_in_pages(as_: As, api_town: Town) -> None:
    """Each item once, the newest first."""
    for _ in range(3):
        api_town.week()
        assert _close(as_, api_town).status_code == 201
    days: list[str] = []
    cursor: str | None = ""
    for _ in range(3):
        page = as_("auditor").get("/closings", params={"limit": 1, "cursor": cursor}).json()
        days += [closing["closes_on"] for closing in page["items"]]
        cursor = page["next"]
    assert cursor is None
    assert days == ["2026-10-18", "2026-10-11", "2026-10-04"]
    strange = as_("auditor").get("/closings", params={"cursor": "strange"})
    assert (strange.status_code, code_of(strange)) == (400, "invalid_query")


def test_a_statement_comes_as_csv_or_pdf(as_: As, api_town: Town) -> None:
    """As the address or else the Accept header says; in a format that there is not, it is 406."""
    closing = _closed_week(as_, api_town)
    path = f"/closings/{closing['id']}/statements/{api_town.shops['greengrocer'].id}"
    for options in ({}, {"headers": {"Accept": "text/csv"}}, {"params": {"format": "csv"}}):
        answer = as_("auditor").get(path, **options)
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        assert ",500," in answer.text
    for options in ({"headers": {"Accept": "application/pdf"}}, {"params": {"format": "pdf"}}):
        answer = as_("auditor").get(path, **options)
        assert answer.headers["content-type"] == "application/pdf"
        assert answer.content.startswith(b"%PDF-")
    japanese = as_("auditor").get(path, params={"encoding": "cp932"})
    assert "丸福青果" in japanese.content.decode("cp932")
    refused = as_("auditor").get(path, headers={"Accept": "image/png, audio/*"})
    assert (refused.status_code, code_of(refused)) == (406, "not_acceptable")
    assert code_of(as_("auditor").get(path, params={"format": "xml"})) == "invalid_query"


def _make(as_: As, town: Town, **fields: object) -> httpx.Response:
    return as_("treasurer").post("/payouts", json={"id": _new_id(town), **GIFTS, **fields})


def test_a_payout_is_made_by_one_and_approved_by_another(as_: As, api_town: Town) -> None:
    """Everything in it is paid once."""
    _closed_week(as_, api_town)
    made = _make(as_, api_town)
    assert made.status_code == 201
    batch = made.json()
    assert (batch["state"], batch["shops"], batch["units"]) == ("made", 2, 620)
    assert [payee["shop_number"] for payee in batch["payees"]] == ["08-017", "08-021"]
    again = as_("treasurer").post("/payouts", json={"id": batch["id"], **GIFTS})
    assert (again.status_code, again.json()) == (200, batch)
    assert code_of(_make(as_, api_town)) == "nothing_to_pay"

    path = f"/payouts/{batch['id']}"
    assert code_of(as_("treasurer").get(f"{path}/file")) == "wrong_state"
    own = as_("treasurer").post(f"{path}/approve")
    assert (own.status_code, code_of(own)) == (403, "same_person")
    for _ in range(2):
        answer = as_("second treasurer").post(f"{path}/approve")
        assert (answer.status_code, answer.json()["state"]) == (200, "approved")
    assert code_of(as_("approver").post(f"{path}/reject")) == "wrong_state"
    listed = as_("auditor").get("/payouts").json()["items"]
    assert [each["id"] for each in listed] == [batch["id"]]


def test_the_bank_file_is_the_same_each_time_and_says_that_it_is_a_resend(
    as_: As, api_town: Town
) -> None:
    """faults.md I21: a file that is sent twice looks like one."""
    _closed_week(as_, api_town)
    batch = _make(as_, api_town).json()
    path = f"/payouts/{batch['id']}"
    as_("approver").post(f"{path}/approve")
    first, second = (as_("treasurer").get(f"{path}/file") for _ in range(2))
    assert first.content == second.content
    assert hashlib.sha256(first.content).hexdigest() == batch["sha256"]
    for copy, (answer, is_resend) in enumerate(((first, "false"), (second, "true")), 1):
        digest = answer.headers["digest"].removeprefix("SHA-256=")
        assert b64decode(digest).hex() == batch["sha256"]
        assert answer.headers["content-digest"] == f"sha-256=:{digest}:"
        assert answer.headers["ichimai-copy"] == str(copy)
        assert answer.headers["ichimai-resend"] == is_resend
    assert "saiso" in second.headers["content-disposition"]
    head = as_("treasurer").send("HEAD", f"{path}/file")
    assert head.status_code == 405, "looking does not count as a copy"
    assert as_("auditor").get(path).json()["copies"] == 2


def test_what_a_rejected_batch_would_have_paid_is_free_again(as_: As, api_town: Town) -> None:
    """Also with a shop held out of it."""
    _closed_week(as_, api_town)
    tea = str(api_town.shops["teahouse"].id)
    batch = _make(as_, api_town, hold=[tea]).json()
    assert (batch["units"], batch["held"]) == (
        500,
        [{"shop": tea, "units": 120, "reason": "asked"}],
    )
    assert as_("approver").post(f"/payouts/{batch['id']}/reject").json()["state"] == "rejected"
    assert _make(as_, api_town).json()["units"] == 620


def test_small_shops_are_paid_first_over_all_programs(as_: As, api_town: Town) -> None:
    """On the next bank day; a large one waits until its month is over."""
    api_town.pay("taro", "supermarket", 700)
    _closed_week(as_, api_town)
    body = {"id": _new_id(api_town), "sizes": ["small"]}
    made = as_("treasurer").post("/payouts", json=body)
    assert (made.status_code, made.json()["program"], made.json()["units"]) == (201, None, 620)
    assert (made.json()["pay_on"], made.json()["sizes"]) == ("2026-10-09", ["small"])
    large = as_("treasurer").post("/payouts", json={"id": _new_id(api_town), "sizes": ["large"]})
    assert code_of(large) == "nothing_to_pay"
    rest = as_("treasurer").post("/payouts", json={"id": _new_id(api_town)}).json()
    assert [payee["shop_number"] for payee in rest["payees"]] == ["27-003"]


def test_a_bank_result_is_taken_in_once_and_what_failed_is_owed_again(
    as_: As, api_town: Town
) -> None:
    """The same file again, under another key too, is the same answer."""
    _closed_week(as_, api_town)
    batch = _make(as_, api_town).json()
    as_("approver").post(f"/payouts/{batch['id']}/approve")
    sent = as_("treasurer").get(f"/payouts/{batch['id']}/file").content
    api_town.week()
    on = api_town.clock.now().date()
    answer = bank.answer(sent, on, {"08021": "22"})
    damaged = as_("treasurer").post(
        "/payouts/results", content=answer.replace(b"0000000120", b"0000000121")
    )
    assert (damaged.status_code, code_of(damaged)) == (409, "bank_result_refused")
    assert (damaged.json()["line"], damaged.json()["rule"]) == (3, "line_differs")
    key = {"Idempotency-Key": _new_id(api_town)}
    params = {"payout": batch["id"]}
    first = as_("treasurer").post("/payouts/results", content=answer, headers=key, params=params)
    assert (first.status_code, first.json()["id"]) == (201, key["Idempotency-Key"])
    assert [
        (line["shop_number"], line["outcome"], line["reason"], line["units"])
        for line in first.json()["lines"]
    ] == [("08-017", "done", "00", 500), ("08-021", "failed", "22", 120)]
    for headers in (key, {}):
        again = as_("treasurer").post("/payouts/results", content=answer, headers=headers)
        assert (again.status_code, again.json()) == (200, first.json())
    other = as_("treasurer").post("/payouts/results", content=bank.answer(sent, on), headers=key)
    assert code_of(other) == "exists_with_different_bank_result"
    listed = as_("auditor").get(f"/payouts/{batch['id']}/results").json()["items"]
    assert listed == [first.json()]
    assert code_of(_make(as_, api_town)) == "nothing_to_pay"
    tea = str(api_town.shops["teahouse"].id)
    assert _make(as_, api_town, release=[tea]).json()["units"] == 120
