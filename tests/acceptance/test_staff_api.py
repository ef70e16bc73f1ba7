"""What the programs of officers, approvers, treasurers and auditors do, from list to payout."""

import hashlib
from datetime import timedelta
from secrets import token_urlsafe
from uuid import UUID

import httpx
import pytest

from ichimai import ledger, people
from ichimai.kernel import ids
from ichimai.people.model import THE_OPERATOR, StaffRole
from ichimai.programs import lists
from ichimai.programs.model import GrantListId
from tests.acceptance.callers import NOBODY, code_of
from tests.acceptance.conftest import As
from tests.town import GIFT, PASSWORD, Town

GIFTS = {"program": "longevity-gift"}
HEADER = "宛名番号,氏名,カナ,生年月日,事由,婚姻日,夫婦番号"
GOOD = [
    "1001,豊島 花,トシマ ハナ,昭和23年10月3日,喜寿,,",
    "1002,巣鴨 太郎,スガモ タロウ,1949-01-20,喜寿,,",
    "1003,大塚 米,オオツカ ヨネ,1950/1/2,金婚,昭和51年2月29日,C7",
]


def _csv(*rows: str, encoding: str = "utf-8") -> bytes:
    return ("\r\n".join([HEADER, *rows]) + "\r\n").encode(encoding)


def _new_id(town: Town) -> str:
    return str(ids.uuid7(town.clock))


def _sign_in(as_: As, name: str, password: str) -> httpx.Response:
    return as_(NOBODY).post("/sessions", json={"name": name, "password": password})


def test_staff_sign_in_work_and_sign_out(as_: As, api_town: Town) -> None:
    """A session tells its role and its end, works at once, and is over at once."""
    treasurer = api_town.staff["treasurer"]
    answer = _sign_in(as_, treasurer.name, PASSWORD)
    assert answer.status_code == 201
    assert answer.json()["role"] == "treasurer"
    assert answer.json()["expires_at"] == "2026-10-01T03:30:00Z"
    api_town.tokens["signed in"] = answer.json()["token"]
    assert as_("signed in").get("/payouts").status_code == 200
    assert as_("signed in").send("DELETE", "/sessions/current").status_code == 204
    assert code_of(as_("signed in").get("/payouts")) == "staff_sign_in_needed"


def test_a_session_ends_when_it_is_left_alone(as_: As, api_town: Town) -> None:
    """And lives on while it is used."""
    for _ in range(4):
        api_town.clock.advance(timedelta(minutes=20))
        assert as_("auditor").get("/closings").status_code == 200
    api_town.clock.advance(timedelta(minutes=31))
    assert as_("auditor").get("/closings").status_code == 401


def test_a_wrong_name_and_a_wrong_password_are_told_alike(as_: As, api_town: Town) -> None:
    known = _sign_in(as_, api_town.staff["officer"].name, "wrong wrong wrong")
    unknown = _sign_in(as_, "誰でもない", "wrong wrong wrong")
    left = _sign_in(as_, api_town.staff["intruder"].name, PASSWORD)
    assert known.status_code == 403
    assert known.json() == unknown.json() == left.json()


def test_guessing_is_slowed_down(as_: As, api_town: Town) -> None:
    """Also for the right password, and only for a while (faults.md I11)."""
    name = api_town.staff["officer"].name
    answers = [_sign_in(as_, name, f"guess number {n}") for n in range(6)]
    assert [answer.status_code for answer in answers] == [403] * 5 + [429]
    assert _sign_in(as_, name, PASSWORD).status_code == 429
    waited = int(answers[-1].headers["retry-after"])
    assert waited == answers[-1].json()["retry_after_seconds"] == 60
    api_town.clock.advance(timedelta(seconds=waited))
    assert _sign_in(as_, name, PASSWORD).status_code == 201


def _upload(as_: As, data: bytes, key: str = "", who: str = "officer") -> httpx.Response:
    headers: dict[str, str | bytes] = {"Idempotency-Key": key} if key else {}
    return as_(who).post("/grant-lists", params=GIFTS, content=data, headers=headers)


def test_a_list_is_checked_submitted_approved_and_posted(as_: As, api_town: Town) -> None:
    """By two people; its progress is shown to everybody."""
    checked = as_("officer").post("/grant-lists/check", params=GIFTS, content=_csv(*GOOD))
    assert checked.status_code == 200
    assert (checked.json()["rows"], checked.json()["units"]) == (3, 30_000)
    assert checked.json()["windows"]["喜寿"] == {"first": "1948-09-16", "last": "1949-09-15"}
    assert as_("auditor").get("/grant-lists").json() == {"items": [], "next": None}

    uploaded = _upload(as_, _csv(*GOOD))
    assert uploaded.status_code == 201
    list_ = uploaded.json()
    assert list_["state"] == "submitted"
    assert list_["sha256"] == hashlib.sha256(_csv(*GOOD)).hexdigest()
    assert list_["uploaded_by"]["name"] == api_town.staff["officer"].name
    path = f"/grant-lists/{list_['id']}"
    approved = as_("approver").post(f"{path}/approve")
    assert (approved.status_code, approved.json()["state"]) == (200, "approved")
    assert list(lists.post_list(api_town.desk, GrantListId(UUID(list_["id"]))))
    shown = as_("treasurer").get(path).json()
    assert (shown["state"], shown["posted_rows"], shown["rows"]) == ("posted", 3, 3)
    with api_town.database.read(api_town.operator) as tx:
        granted = ledger.reports.total_moved(tx, [ledger.Kind.GRANT], GIFT.key)
    assert granted == 30_000 + 30_100 + 10_000


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_a_list_may_come_in_any_of_these_encodings(as_: As, encoding: str) -> None:
    assert _upload(as_, _csv(*GOOD, encoding=encoding)).status_code == 201


BAD = [
    "1001,豊島 花,トシマ ハナ,昭和23年13月3日,喜寿,,",
    "1002,=HYPERLINK(),スガモ タロウ,1949-01-20,喜寿,,",
    "1002,123456789018,スガモ タロウ,1949-01-20,喜寿,,",
    "1004,駒込 一,コマゴメ ハジメ,1980-01-20,喜寿,,",
]


@pytest.mark.parametrize("path", ["/grant-lists", "/grant-lists/check"])
def test_a_bad_list_is_refused_with_every_error_and_nothing_is_written(
    as_: As, api_town: Town, path: str
) -> None:
    """Each by row and column; a My Number is not sent back."""
    before = api_town.head()
    answer = as_("officer").post(path, params=GIFTS, content=_csv(*BAD))
    assert (answer.status_code, code_of(answer)) == (422, "list_refused")
    problem = answer.json()
    found = {(error["row"], error["column"], error["code"]) for error in problem["errors"]}
    assert found >= {
        (2, "birth_date", "invalid_date"),
        (3, "name", "formula"),
        (4, "name", "my_number"),
        (5, "birth_date", "outside_window"),
    }
    assert problem["total"] == len(problem["errors"])
    assert "123456789018" not in answer.text
    assert as_("officer").get("/grant-lists").json()["items"] == []
    assert api_town.head() == before


@pytest.mark.parametrize(
    "data,code",
    [
        (b"", "list_refused"),
        (b"\xff\xfe\x00\x81", "list_refused"),
        (b"a" * 10 * 1024 * 1024, "list_refused"),
        (b"a" * (10 * 1024 * 1024 + 1), "body_too_large"),
    ],
    ids=["empty", "no text", "10 MB", "more than 10 MB"],
)
def test_a_file_that_is_no_list_is_refused(as_: As, data: bytes, code: str) -> None:
    assert code_of(_upload(as_, data)) == code


def test_an_upload_whose_answer_was_lost_can_be_sent_again(as_: As, api_town: Town) -> None:
    """Under the same key; another file under it is refused."""
    key = _new_id(api_town)
    first = _upload(as_, _csv(*GOOD), key)
    again = _upload(as_, _csv(*GOOD), f'"{key}"')
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert first.json()["id"] == key
    assert code_of(_upload(as_, _csv(*GOOD[:2]), key)) == "exists_with_different_list"
    assert len(as_("officer").get("/grant-lists").json()["items"]) == 1


def test_nobody_approves_a_list_of_their_own(as_: As, api_town: Town) -> None:
    """Also not somebody who changed roles in between."""
    list_ = _upload(as_, _csv(*GOOD)).json()["id"]
    with api_town.database.write(api_town.operator) as tx:
        people.staff.set_role(
            tx,
            api_town.clock,
            api_town.staff["officer"].id,
            THE_OPERATOR.id,
            StaffRole.APPROVER,
        )
    api_town.sign_in("officer")
    answer = as_("officer").post(f"/grant-lists/{list_}/approve")
    assert (answer.status_code, code_of(answer)) == (403, "second_person_needed")


def test_a_decision_is_made_once_and_may_be_repeated(as_: As) -> None:
    """The same again gives the same; the other way round is refused."""
    list_ = _upload(as_, _csv(*GOOD)).json()["id"]
    for _ in range(2):
        answer = as_("approver").post(f"/grant-lists/{list_}/decline")
        assert (answer.status_code, answer.json()["state"]) == (200, "declined")
    assert code_of(as_("approver").post(f"/grant-lists/{list_}/approve")) == "grant_list_decided"


def test_shops_are_found_page_by_page(as_: As) -> None:
    numbers: list[str] = []
    cursor: str | None = ""
    for _ in range(3):
        page = as_("officer").get("/shops", params={"limit": 2, "cursor": cursor}).json()
        numbers += [shop["number"] for shop in page["items"]]
        cursor = page["next"]
    assert cursor is None
    assert numbers == ["08-017", "08-021", "08-044", "27-003", "27-004", "90-002"]
    found = as_("officer").get("/shops", params={"query": "ひので"})
    assert [shop["name"] for shop in found.json()["items"]] == ["日の出ストア"]
    assert "1234567" not in found.text, "no bank account is shown"
    found = as_("officer").get("/shops", params={"association": 90})
    assert [shop["number"] for shop in found.json()["items"]] == ["90-002"]


def test_a_device_becomes_a_till_with_a_code_and_asks_again_where_the_answer_was_lost(
    as_: As, api_town: Town
) -> None:
    """Nobody else gets anything for the code."""
    shop = api_town.shops["pharmacy"].id
    code = as_("officer").post(f"/shops/{shop}/enrolments").json()["code"]
    asked = {"code": code.lower(), "secret": token_urlsafe(32)}
    till = as_(NOBODY).post("/enrolments", json=asked)
    assert (till.status_code, till.json()["shop"]) == (201, str(shop))
    assert as_(NOBODY).post("/enrolments", json=asked).json() == till.json()
    api_town.tokens["new till"] = till.json()["token"]
    body = {"id": _new_id(api_town), "credential": api_town.cards["hanako"], "amount": 10}
    assert as_("new till").post("/payments", json=body).status_code == 201
    other = as_(NOBODY).post("/enrolments", json=asked | {"secret": token_urlsafe(32)})
    assert (other.status_code, code_of(other)) == (403, "enrolment_refused")
    short = as_(NOBODY).post("/enrolments", json=asked | {"secret": "s" * 31})
    assert short.status_code == 400
    assert code_of(as_("officer").post(f"/shops/{_new_id(api_town)}/enrolments")) == "unknown_shop"


def test_guessing_enrolment_codes_is_slowed_down(as_: As, api_town: Town) -> None:
    """The right code is not heard either, until the time is over."""
    shop = api_town.shops["pharmacy"].id
    code = as_("officer").post(f"/shops/{shop}/enrolments").json()["code"]

    def bring(what: str) -> int:
        asked = {"code": what, "secret": token_urlsafe(32)}
        return as_(NOBODY).post("/enrolments", json=asked).status_code

    assert [bring("22222-22222-2") for _ in range(6)][-1] == 429
    assert bring(code) == 429
    api_town.clock.advance(timedelta(seconds=60))
    assert bring(code) == 201


def test_a_stopped_card_pays_nothing_more(as_: As, api_town: Town) -> None:
    for _ in range(2):
        stopped = as_("officer").post(
            "/credentials/stop", json={"credential": api_town.cards["hanako"]}
        )
        assert (stopped.status_code, stopped.content) == (204, b"")
    body = {"id": _new_id(api_town), "credential": api_town.cards["hanako"], "amount": 10}
    assert code_of(as_("teahouse").post("/payments", json=body)) == "credential_stopped"
    unknown = as_("officer").post("/credentials/stop", json={"credential": "nobody's"})
    assert code_of(unknown) == "unknown_credential"


def test_the_auditor_sees_the_head_that_verification_recomputes(as_: As, api_town: Town) -> None:
    api_town.pay("hanako", "greengrocer", 500)
    head = as_("auditor").get("/verification").json()
    with api_town.database.snapshot(api_town.operator) as tx:
        verified = ledger.verification.verify(tx)
    assert (head["sequence"], head["transfers"]) == (verified.blocks, verified.transfers)
    assert head["hash"] == verified.head.hex()
