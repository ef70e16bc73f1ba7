"""The town's console, from the list of gifts to the bank's file."""

import csv
import io
import re
import zipfile
from collections.abc import Callable
from datetime import timedelta

from ichimai import jobs, settlement
from ichimai.kernel import ids
from ichimai.merchants import BankAccount
from ichimai.settlement.model import Payer, PayerId
from tests.acceptance.little_town import STAFF, LittleTown
from tests.acceptance.pages import Page, PageClient

Browser = Callable[[], PageClient]
OFFICER, APPROVER, TREASURER, AUDITOR = STAFF

LIST = """宛名番号,氏名,カナ,生年月日,事由,婚姻日,夫婦番号
0000000101,豊島 花子,トシマ ハナコ,昭和23年12月3日,喜寿,,
0000000102,巣鴨 太郎,スガモ タロウ,1949-03-01,喜寿,,
0000000103,駒込 ツル,コマゴメ ツル,S12.10.10,米寿,,
0000000104,目白 亀,メジロ カメ,昭和10年1月5日,金婚,昭和51年5月5日,7001
"""
WRONG = """宛名番号,氏名,カナ,生年月日,事由,婚姻日,夫婦番号
0000000101,豊島 花子,トシマ ハナコ,昭和53年12月3日,喜寿,,
0000000102,123456789018,スガモ タロウ,1949-02-30,喜寿,,
0000000103,=cmd,コマゴメ ツル,昭和10年月日不詳,米寿,,
"""


Console = Callable[[str], PageClient]


def upload(client: PageClient, text: str, *, do: str = "submit", status: int = 200) -> Page:
    page = client.get("/console/lists/new")
    files = {"list": ("list.csv", text.encode("cp932"))}
    fields = {"do": do}
    return client.submit(page, "/console/lists/new", fields, files=files, status=status)


def approved(town: LittleTown, console: Console) -> tuple[PageClient, Page]:
    """An officer, and a list of hers that was approved and posted."""
    officer, approver = console(OFFICER), console(APPROVER)
    page = upload(officer, LIST)
    approver.submit(approver.get(page.path), f"{page.path}/approve")
    jobs.run_once(town.desk)
    return officer, officer.get(page.path)


def sold(town: LittleTown) -> None:
    """A week in which the greengrocer and the supermarket sold something."""
    card = town.resident(10_000)
    town.pay(town.greengrocer, card, 1_280)
    town.pay(town.supermarket, card, 3_000)
    town.clock.advance(timedelta(days=5))


def set_payer(town: LittleTown) -> None:
    account = BankAccount("0001", "ﾐｽﾞﾎ", "110", "ｲｹﾌﾞｸﾛ", 1, "7654321", "ﾄｼﾏｸ")
    payer = Payer(PayerId(ids.uuid7(town.clock)), "1234567890", account)
    with town.database.write(town.operator) as tx:
        settlement.set_payer(tx, town.clock, payer, entered_by=ids.NIL)


def payout(town: LittleTown, console: Console) -> tuple[PageClient, Page]:
    """A payout that a treasurer has made, not yet approved."""
    sold(town)
    set_payer(town)
    treasurer = console(TREASURER)
    treasurer.submit(treasurer.get("/console/closings"), "/console/closings")
    town.close_asked()
    page = treasurer.submit(treasurer.get("/console/payouts"), "/console/payouts")
    return treasurer, page


def post(client: PageClient, path: str, token: str, **fields: str) -> int:
    return client.http.post(path, data={"form_token": token, **fields}).status_code


def token_on(page: Page) -> str:
    (token, *_) = re.findall(r'name="form_token" value="(\w+)"', page.response.text)
    return str(token)


def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(browser: Browser) -> None:
    answers = []
    for name in (OFFICER, "誰か"):
        client = browser()
        fields = {"name": name, "password": "not the password"}
        page = client.submit(client.get("/console"), "/console/sign-in", fields, status=422)
        answers.append(page.text)
    assert answers[0] == answers[1]


def test_a_list_is_uploaded_by_one_and_approved_by_another(
    town: LittleTown, console: Console
) -> None:
    officer, approver = console(OFFICER), console(APPROVER)
    page = upload(officer, LIST)
    assert "承認待ち" in page.text
    assert "1948年9月16日（昭和23年）" in page.text
    assert "40,000円" in page.text
    assert "別の人が承認します" in page.text
    assert "4人" in approver.get("/console").text
    moving = approver.submit(approver.get(page.path), f"{page.path}/approve")
    assert "付与中" in moving.text
    assert moving.response.headers["refresh"] == "2"
    jobs.run_once(town.desk)
    done = officer.get(page.path)
    assert "付与済み" in done.text
    assert "refresh" not in done.response.headers
    assert "40,000円" in officer.get("/console").text


def test_a_list_that_is_only_checked_leaves_nothing(console: Console) -> None:
    officer = console(OFFICER)
    page = upload(officer, LIST, do="check")
    assert "誤りはありません" in page.text
    assert "40,000円" in page.text
    assert "まだ一覧はありません" in officer.get("/console/lists").text


def test_a_list_with_errors_is_refused_by_row_and_column(console: Console) -> None:
    officer = console(OFFICER)
    page = upload(officer, WRONG, status=422)
    assert "2 D 生年月日 この事由の対象期間の外です。" in page.text
    assert "3 B 氏名 マイナンバーの可能性があります。" in page.text
    assert "4 B 氏名 表計算の式のように" in page.text
    assert "月日が不詳です" in page.text
    assert "123456789018" not in page.response.text
    assert "まだ一覧はありません" in officer.get("/console/lists").text


def test_the_same_people_are_not_granted_twice(town: LittleTown, console: Console) -> None:
    approved(town, console)
    page = upload(console(OFFICER), LIST, status=422)
    assert page.text.count("別の一覧で、すでに贈呈しています") == 4


def test_an_upload_above_ten_megabytes_is_refused(console: Console) -> None:
    officer = console(OFFICER)
    page = officer.get("/console/lists/new")
    data = {"form_token": token_on(page), "program": "longevity-gift", "do": "submit"}
    files = {"list": ("list.csv", b"x" * 11_000_000)}
    assert officer.http.post("/console/lists/new", data=data, files=files).status_code == 413


def test_cards_are_made_once_for_those_without_one(town: LittleTown, console: Console) -> None:
    officer, page = approved(town, console)
    first = _files(_download(officer, page, f"{page.path}/cards"))
    assert first["cards.pdf"].startswith(b"%PDF-")
    rows = list(csv.reader(io.StringIO(first["cards.csv"].decode("utf-8-sig"))))
    assert [row[0] for row in rows[1:]] == [f"000000010{number}" for number in range(1, 5)]
    assert len({row[1] for row in rows[1:]}) == 4
    again = _files(_download(officer, page, f"{page.path}/cards"))
    assert len(again["cards.csv"].splitlines()) == 1


def test_a_card_that_was_made_opens_a_wallet_with_the_gift(
    town: LittleTown, console: Console, browser: Browser
) -> None:
    officer, page = approved(town, console)
    files = _files(_download(officer, page, f"{page.path}/cards"))
    code = files["cards.csv"].decode("utf-8-sig").splitlines()[1].split(",")[1]
    client = browser()
    choose = client.submit(client.get("/me"), "/me/sign-in", {"card": code, "pin": ""})
    home = client.submit(choose, "/me/pin", {"pin": "280519", "pin_again": "280519"})
    assert "10,000円" in home.text


def test_a_week_is_closed_paid_out_and_handed_to_the_bank(
    town: LittleTown, console: Console
) -> None:
    treasurer, page = payout(town, console)
    assert "承認待ち" in page.text
    assert "4,280円" in page.text
    assert "08-017" in page.text
    approver = console(APPROVER)
    approver.submit(approver.get(page.path), f"{page.path}/approve")
    ready = treasurer.get(page.path)
    first = _download(treasurer, ready, f"{page.path}/file")
    assert len(first) % 120 == 0 or b"\r\n" in first
    assert "saiso" not in _name(treasurer)
    resend = treasurer.get(page.path)
    assert "すでに銀行に渡っているかもしれません" in resend.text
    assert _download(treasurer, resend, f"{page.path}/file") == first
    assert "saiso2" in _name(treasurer)
    assert "4,280円" in treasurer.get("/console/closings").text


def test_whoever_made_a_payout_cannot_approve_it(town: LittleTown, console: Console) -> None:
    treasurer, page = payout(town, console)
    shown = treasurer.get(page.path)
    assert "別の人が承認します" in shown.text
    assert post(treasurer, f"{page.path}/approve", token_on(shown)) == 403
    assert "承認待ち" in treasurer.get(page.path).text


def test_a_payout_that_is_given_up_can_be_made_again(town: LittleTown, console: Console) -> None:
    treasurer, page = payout(town, console)
    given_up = treasurer.submit(page, f"{page.path}/reject")
    assert "取りやめ" in given_up.text
    again = treasurer.submit(treasurer.get("/console/payouts"), "/console/payouts")
    assert again.path != page.path
    assert "4,280円" in again.text


def test_asking_again_for_a_closing_leads_to_the_one_that_runs(
    town: LittleTown, console: Console
) -> None:
    """By the same form or a new one; the page looks again until it is over, and tells how."""
    sold(town)
    treasurer = console(TREASURER)
    page = treasurer.get("/console/closings")
    first = treasurer.submit(page, "/console/closings")
    assert "数秒で締めを始めます" in first.text
    assert first.response.headers["refresh"] == "2"
    again = treasurer.get("/console/closings")
    assert first.path in again.links().values()
    assert {treasurer.submit(each, "/console/closings").path for each in (page, again)} == {
        first.path
    }
    town.close_asked()
    done = treasurer.get(first.path)
    assert "締めが終わりました" in done.text
    assert "4,280円" in done.text
    assert "refresh" not in done.response.headers
    late = treasurer.submit(treasurer.get("/console/closings"), "/console/closings")
    town.close_asked()
    refused = treasurer.get(late.path)
    assert "締めは行われませんでした" in refused.text
    assert "すでに締められています" in refused.text
    assert "refresh" not in refused.response.headers


def test_statements_can_be_downloaded_one_by_one_and_all_together(
    town: LittleTown, console: Console
) -> None:
    sold(town)
    treasurer = console(TREASURER)
    run = treasurer.submit(treasurer.get("/console/closings"), "/console/closings")
    town.close_asked()
    page = treasurer.get(treasurer.get(run.path).links()["長寿祝い"])
    links = [address for address in _addresses(page) if "/shops/" in address]
    pdfs = [address for address in links if address.endswith(".pdf")]
    tables = [address for address in links if address.endswith(".csv")]
    assert len(pdfs) == len(tables) == 2
    assert treasurer.http.get(pdfs[0]).content.startswith(b"%PDF-")
    assert "1280" in treasurer.http.get(tables[0]).content.decode("utf-8-sig")
    together = _files(treasurer.http.get(f"{page.path}/statements.zip").content)
    assert sorted(together) == [
        "statement_2026-10-04_08-017.pdf",
        "statement_2026-10-04_27-003.pdf",
    ]
    payables = treasurer.http.get(f"{page.path}/payables.csv").content.decode("utf-8-sig")
    assert "08-017,丸福青果,1280,0" in payables


def test_a_shop_sees_what_it_is_paid_and_no_other_shops_statement(
    town: LittleTown, console: Console, browser: Browser
) -> None:
    treasurer, page = payout(town, console)
    approver = console(APPROVER)
    approver.submit(approver.get(page.path), f"{page.path}/approve")
    till, other = browser(), browser()
    for client, shop in ((till, town.greengrocer), (other, town.tavern)):
        code = town.enrolment_code(shop)
        client.submit(client.get("/shop"), "/shop/enrol", {"code": code})
    paid = till.get("/shop/statements")
    assert "1,280円" in paid.text
    assert "次のお振込 1,280円 2026年10月9日（金）" in paid.text
    assert "振込日 2026年10月9日（金）" in paid.text
    pdf, table = (each for each in _addresses(paid) if each.endswith((".pdf", ".csv")))
    assert till.http.get(pdf).content.startswith(b"%PDF-")
    assert "丸福青果" in till.http.get(table).content.decode("utf-8-sig")
    assert "まだ締めた週はありません" in other.get("/shop/statements").text
    others = other.http.get(table).content.decode("utf-8-sig")
    assert "丸福青果" not in others
    assert treasurer.get("/console/payouts").path == "/console/payouts"


def test_a_shop_is_found_and_gets_a_code_for_a_till(
    console: Console, browser: Browser, town: LittleTown
) -> None:
    officer = console(OFFICER)
    found = officer.submit(officer.get("/console/shops"), "/console/shops", {"q": "まるふく"})
    shop = officer.get(found.links()["丸福青果"])
    page = officer.submit(shop, f"{shop.path}/code")
    (code,) = re.findall(r"[0-9A-Z]{5}-[0-9A-Z]{5}-[0-9A-Z]", page.text)
    client = browser()
    till = client.submit(client.get("/shop"), "/shop/enrol", {"code": code})
    assert till.heading == "おいくらですか"
    after = officer.get(shop.path)
    assert "使用中" in after.text
    officer.submit(after, f"{shop.path}/revoke")
    assert client.get("/shop").path == "/shop/enrol"
    assert town.greengrocer.name in after.text


def test_the_counter_forgets_a_pin_and_stops_a_card(
    town: LittleTown, console: Console, browser: Browser
) -> None:
    card = town.resident(10_000)
    client = browser()
    choose = client.submit(client.get("/me"), "/me/sign-in", {"card": card.code, "pin": ""})
    client.submit(choose, "/me/pin", {"pin": "280519", "pin_again": "280519"})
    officer = console(OFFICER)
    page = officer.get("/console/cards")
    done = officer.submit(page, "/console/cards/pin", {"card": card.code})
    assert "暗証番号を取り消しました" in done.text
    assert client.get("/me").path == "/me/sign-in"
    assert post(officer, "/console/cards/stop", token_on(done), card=card.code) == 200
    refused = client.submit(
        client.get("/me"), "/me/sign-in", {"card": card.code, "pin": ""}, status=422
    )
    assert refused.path == "/me/sign-in"


def test_an_auditor_reads_everything_and_changes_nothing(
    town: LittleTown, console: Console
) -> None:
    _, made = payout(town, console)
    auditor = console(AUDITOR)
    for path in ("", "/lists", "/shops", "/reports/share", "/closings", "/payouts", "/proof"):
        auditor.get(f"/console{path}")
    page = auditor.get(made.path)
    token = token_on(page)
    assert not [form for form in page.forms() if "sign-out" not in form.get("action", "")]
    for path in (
        "/console/closings",
        "/console/payouts",
        "/console/lists/new",
        "/console/cards/stop",
        f"{made.path}/approve",
        f"{made.path}/reject",
        f"{made.path}/take-back",
        f"{made.path}/file",
        f"/console/shops/{town.greengrocer.id}/code",
    ):
        assert post(auditor, path, token) == 403, path


def test_the_proof_recomputes_everything(town: LittleTown, console: Console) -> None:
    sold(town)
    auditor = console(AUDITOR)
    page = auditor.submit(auditor.get("/console/proof"), "/console/proof")
    assert "すべて一致しました" in page.text
    assert post(console(OFFICER), "/console/proof", token_on(page)) == 403


def test_staff_are_signed_out_after_thirty_idle_minutes(town: LittleTown, console: Console) -> None:
    officer = console(OFFICER)
    town.clock.advance(timedelta(minutes=29))
    assert officer.get("/console").path == "/console"
    town.clock.advance(timedelta(minutes=30))
    assert officer.get("/console").path == "/console/sign-in"


def test_signing_out_ends_the_session_also_for_a_copy_of_the_cookie(console: Console) -> None:
    officer = console(OFFICER)
    token = officer.http.cookies["ichimai-console"]
    officer.submit(officer.get("/console"), "/console/sign-out")
    officer.http.cookies.set("ichimai-console", token)
    assert officer.get("/console").path == "/console/sign-in"


_LAST: dict[PageClient, str] = {}


def _download(client: PageClient, page: Page, action: str) -> bytes:
    page.form_to(action)
    answer = client.http.post(action, data={"form_token": token_on(page)})
    assert answer.status_code == 200, answer.text[:300]
    assert answer.headers["cache-control"] == "no-store, private"
    _LAST[client] = answer.headers["content-disposition"]
    assert _LAST[client].startswith("attachment;")
    return answer.content


def _name(client: PageClient) -> str:
    return _LAST[client]


def _files(archive: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def _addresses(page: Page) -> list[str]:
    return [link.get("href", "") for link in page.tree.iter("a")]
