"""The bank's result and shops' accounts, on the pages of the console and of the till."""

import os
import re
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Route, ViewportSize, expect

from ichimai import jobs, merchants, notices, settlement
from ichimai.kernel import ids
from ichimai.merchants import BankAccount
from ichimai.notices.model import Notice
from ichimai.settlement.model import Payer, PayerId
from ichimai.simulation import bank
from tests.acceptance.browsers import DESKTOP, PHONE, Watched
from tests.acceptance.little_town import STAFF, LittleTown
from tests.acceptance.pages import Page, PageClient, filled
from tests.acceptance.web.test_console_pages import payout, post, token_on

Browser = Callable[[], PageClient]
OFFICER, APPROVER, TREASURER, AUDITOR = STAFF
RESULTS = "/console/payouts/results"


Console = Callable[[str], PageClient]


def sent(town: LittleTown, console: Console) -> tuple[PageClient, str, bytes]:
    """A treasurer, the address of a payout that the bank has, and its file; two weeks later."""
    card = town.resident(10_000)
    town.pay(town.greengrocer, card, 1_280)
    town.pay(town.supermarket, card, 3_000)
    town.clock.at = town.clock.at.replace(day=6)
    account = BankAccount("0001", "ﾐｽﾞﾎ", "110", "ｲｹﾌﾞｸﾛ", 1, "7654321", "ﾄｼﾏｸ")
    payer = Payer(PayerId(ids.uuid7(town.clock)), "1234567890", account)
    with town.database.write(town.operator) as tx:
        settlement.set_payer(tx, town.clock, payer, entered_by=ids.NIL)
    treasurer, approver = console(TREASURER), console(APPROVER)
    treasurer.submit(treasurer.get("/console/closings"), "/console/closings")
    town.close_asked()
    path = treasurer.submit(treasurer.get("/console/payouts"), "/console/payouts").path
    approver.submit(approver.get(path), f"{path}/approve")
    page = treasurer.get(path)
    token = page.form_to(f"{path}/file").find(".//input[@name='form_token']")
    assert token is not None
    answer = treasurer.http.post(f"{path}/file", data={"form_token": token.get("value", "")})
    town.clock.at = town.clock.at.replace(day=20)
    return console(TREASURER), path, answer.content


def upload(client: PageClient, content: bytes, *, page: Page, status: int = 200) -> Page:
    files = {"result": ("result.txt", content)}
    return client.submit(page, RESULTS, files=files, status=status)


def test_a_result_is_uploaded_and_says_what_to_do_next(town: LittleTown, console: Console) -> None:
    treasurer, path, content = sent(town, console)
    assert "銀行の結果はまだ取り込まれていません" in treasurer.get(path).text
    answer = bank.answer(content, date(2026, 10, 19), {"27003": "33"})
    page = upload(treasurer, answer, page=treasurer.get(RESULTS))
    assert page.path == path
    assert "振込済：1件 1,280円" in page.text
    assert "未払いに戻り：1件 3,000円" in page.text
    assert "口座が解約されています" in page.text
    back = console(AUDITOR).get(RESULTS)
    assert "3,000円が未払いに戻っています" in back.text
    assert "店舗に別の口座を確認し、変更してもらってください" in back.text
    assert not back.forms()[1:], "an auditor uploads nothing"
    again = upload(treasurer, answer, page=treasurer.get(RESULTS))
    assert (again.path, again.text) == (page.path, page.text)


def test_a_damaged_file_is_refused_with_line_and_rule(town: LittleTown, console: Console) -> None:
    treasurer, path, content = sent(town, console)
    answer = bank.answer(content, date(2026, 10, 19))
    changed = answer.replace(b"0000003000", b"0000008000")
    page = upload(treasurer, changed, page=treasurer.get(path), status=409)
    assert "3行目： この行は、銀行に送った内容と違います" in page.text
    assert "line_differs" in page.text
    assert upload(treasurer, answer, page=page).path == path
    nothing = upload(treasurer, b"", page=treasurer.get(RESULTS), status=409)
    assert "何も変わっていません" in nothing.text


def test_a_refused_shop_is_left_out_until_a_treasurer_says_otherwise(
    town: LittleTown, console: Console
) -> None:
    """The page where a payout is made names it, and offers to pay it all the same."""
    treasurer, _, content = sent(town, console)
    upload(
        treasurer,
        bank.answer(content, date(2026, 10, 19), {"27003": "99"}),
        page=treasurer.get(RESULTS),
    )
    page = treasurer.get("/console/payouts")
    refused = treasurer.submit(page, "/console/payouts", status=409)
    assert "銀行が入金できなかったため除かれている店舗" in refused.text
    made = treasurer.submit(refused, "/console/payouts", {"release": str(town.supermarket.id)})
    assert "3,000円" in made.text


def test_a_payout_to_small_shops_that_is_made_again_pays_no_others(
    town: LittleTown, console: Console
) -> None:
    treasurer, page = payout(town, console)
    treasurer.submit(page, f"{page.path}/reject")
    small = treasurer.submit(
        treasurer.get("/console/payouts"), "/console/payouts", {"size": "small"}
    )
    new = str(ids.uuid7(town.clock))
    assert post(treasurer, f"{small.path}/again", token_on(small), id=new) == 303
    assert "小規模店" in treasurer.get(f"/console/payouts/{new}").text
    listed = treasurer.get("/console/payouts").response.text
    rows = re.findall(
        r"<td>(小規模店|すべての店舗)</td>\s*<td.*>\d</td>\s*<td.*>(.+円)</td>", listed
    )
    assert sorted(rows) == [("すべての店舗", "4,280円"), *[("小規模店", "1,280円")] * 2]


NEW = {
    "bank_code": "0005",
    "bank_name": "ﾐﾂﾋﾞｼ",
    "branch_code": "０３３",
    "branch_name": "ｽｶﾞﾓ",
    "account_kind": "1",
    "account_number": "7654321",
    "account_holder": "ﾏﾙﾌｸ ｾｲｶ",
    "reason": "支店を移した",
}


def at_till(town: LittleTown, browser: Browser) -> PageClient:
    """The greengrocer's till."""
    client = browser()
    code = {"code": town.enrolment_code(town.greengrocer)}
    client.submit(client.get("/shop/enrol"), "/shop/enrol", code)
    return client


def account_now(town: LittleTown) -> str:
    with town.database.read(town.operator) as tx:
        return merchants.directory.shop(tx, town.greengrocer.id).account.number


def told(town: LittleTown) -> list[Notice]:
    """What the outbox hands over."""
    sent: list[Notice] = []
    while True:
        with town.database.write(town.operator) as tx:
            if notices.outbox.send_next(tx, town.clock, sent.append) is None:
                return sent


def action(page: Page, word: str) -> str:
    """The one form on a page whose address ends so."""
    (found,) = actions(page, word)
    return found


def actions(page: Page, word: str) -> list[str]:
    """The addresses of forms on a page that end so."""
    addresses = [form.get("action", "") for form in page.forms()]
    return [address for address in addresses if address.endswith(word)]


def set_contact(town: LittleTown, officer: PageClient, **fields: str) -> None:
    address = f"/console/shops/{town.greengrocer.id}"
    officer.submit(officer.get(f"{address}/account"), f"{address}/contact", fields)


def test_a_shop_changes_its_account_with_two_of_the_town(
    town: LittleTown, browser: Browser, console: Console
) -> None:
    """Asked at the till, checked, approved by another, told, and in effect after the delay."""
    till, officer, approver = at_till(town, browser), console(OFFICER), console(APPROVER)
    wrong = {**NEW, "account_holder": "マルフク"}
    page = till.submit(till.get("/shop/account"), "/shop/account", wrong, status=422)
    assert "もしかして：ﾏﾙﾌｸ" in page.text
    page = till.submit(page, "/shop/account", NEW)
    assert "役所の確認待ち" in page.text
    assert actions(page, "/shop/account") == []
    listed = officer.get("/console/accounts")
    assert "店舗（レジから）" in listed.text
    assert "支店を移した" in listed.text
    officer.submit(listed, action(listed, "/check"))
    set_contact(town, officer, mail="shop@example.jp")
    mine = officer.get("/console/accounts")
    assert actions(mine, "/approve") == []
    listed = approver.get("/console/accounts")
    approver.submit(listed, action(listed, "/approve"))
    (notice,) = told(town)
    jobs.run_once(town.desk)
    assert "切り替わります" in till.get("/shop/account").text
    assert account_now(town) == town.greengrocer.account.number
    town.clock.advance(timedelta(hours=72))
    jobs.run_once(town.desk)
    assert account_now(town) == "7654321"
    late = till.get("/shop/account/cancel?code=" + code_in(notice))
    assert "終わっています" in till.submit(late, "/shop/account/cancel", status=422).text


def code_in(notice: Notice) -> str:
    return notice.body.partition("取消コード：")[2].split()[0]


def test_the_old_contact_stops_a_change_without_signing_in(
    town: LittleTown, browser: Browser, console: Console
) -> None:
    officer, treasurer, anybody = console(OFFICER), console(TREASURER), browser()
    set_contact(town, officer, mail="shop@example.jp")
    address = f"/console/shops/{town.greengrocer.id}/account"
    officer.submit(officer.get(address), address, NEW)
    listed = treasurer.get("/console/accounts")
    treasurer.submit(listed, action(listed, "/approve"))
    (notice,) = told(town)
    page = anybody.get(f"/shop/account/cancel?code={code_in(notice)}")
    assert "変更を止めました" in anybody.submit(page, "/shop/account/cancel").text
    town.clock.advance(timedelta(days=9))
    jobs.run_once(town.desk)
    assert account_now(town) == town.greengrocer.account.number
    assert "これまでの連絡先による" in console(AUDITOR).get("/console/accounts").text


def test_a_shop_on_paper_gets_a_letter(town: LittleTown, console: Console) -> None:
    """It is printed and posted by an officer; the delay begins then."""
    officer, approver = console(OFFICER), console(APPROVER)
    address = f"/console/shops/{town.greengrocer.id}/account"
    officer.submit(officer.get(address), address, NEW)
    listed = approver.get("/console/accounts")
    page = approver.submit(listed, action(listed, "/approve"), status=409)
    assert "通知できる連絡先がありません" in page.text
    set_contact(town, officer, letter="〒170-0002 豊島区巣鴨0-0-0")
    listed = approver.get("/console/accounts")
    approver.submit(listed, action(listed, "/approve"))
    town.clock.advance(timedelta(hours=100))
    jobs.run_once(town.desk)
    officer = console(OFFICER)
    letters = officer.get("/console/letters")
    assert "豊島区巣鴨0-0-0" in letters.text
    officer.submit(letters, "/console/letters")
    town.clock.advance(timedelta(hours=72))
    jobs.run_once(town.desk)
    assert account_now(town) == "7654321"


def test_whoever_asked_cannot_approve_even_with_the_address_of_the_form(
    town: LittleTown, console: Console
) -> None:
    """The button is not there; the server says no as well."""
    officer, treasurer = console(OFFICER), console(TREASURER)
    set_contact(town, officer, mail="shop@example.jp")
    address = f"/console/shops/{town.greengrocer.id}/account"
    page = officer.submit(officer.get(address), address, NEW)
    approve = action(page, "/decline").replace("/decline", "/approve")
    token = page.form_to(action(page, "/decline")).find(".//input[@name='form_token']")
    assert token is not None
    answer = officer.http.post(approve, data={"form_token": token.get("value", "")})
    assert answer.status_code == 403
    assert treasurer.get(address, status=403).heading


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_the_pages_hold_in_a_browser(
    town: LittleTown,
    browser: Browser,
    console: Console,
    chrome: Chromium,
    viewport: ViewportSize,
) -> None:
    """Nothing too wide or too small, and axe finds nothing, on a phone and on a desk."""
    treasurer, path, content = sent(town, console)
    answer = bank.answer(content, date(2026, 10, 19), {"27003": "33", "08017": "22"})
    upload(treasurer, answer, page=treasurer.get(RESULTS))
    till, officer = at_till(town, browser), console(OFFICER)
    till.submit(till.get("/shop/account"), "/shop/account", NEW)
    set_contact(town, officer, letter="〒170-0002 豊島区巣鴨0-0-0")
    address = f"/console/shops/{town.supermarket.id}/account"
    officer.submit(officer.get(address), address, {**NEW, "account_number": "1112223"})
    listed = officer.get("/console/accounts")
    officer.submit(listed, action(listed, "/check"))
    approver = console(APPROVER)
    listed = approver.get("/console/accounts")
    for each in actions(listed, "/approve"):
        answer_ = approver.http.post(each, data=filled(listed.form_to(each), {}))
        assert answer_.status_code in {303, 409}
    closings = officer.get("/console/closings").links().values()
    closing = next(link for link in closings if link.startswith("/console/closings/"))
    statement = disputed(town, till)
    looks = {
        "till": (till, ("/shop/account", "/shop/account/cancel", "/shop/statements", statement)),
        "treasurer": (treasurer, ("/console/disputes",)),
        "console": (
            officer,
            (
                *(RESULTS, path, "/console/accounts", "/console/letters", address),
                *("/console/payouts", "/console/closings", closing, "/console/associations/8"),
            ),
        ),
    }
    for client, paths in looks.values():
        look_at(chrome, client, paths, viewport)


def look_at(
    window: Chromium,
    client: PageClient,
    paths: Sequence[str],
    viewport: ViewportSize,
    *,
    opened: str = "",
) -> None:
    """Pages as somebody sees them who is signed in; kept as pictures where a person wants them.

    ``opened``: a selector of what is pressed before, such as what is folded.
    """
    seen = watched(window, client, viewport)
    seen.page.route("**", _as_it_stands)
    for where in paths:
        seen.page.goto(where)
        expect(seen.page.locator("h1")).to_have_count(1)
        for each in seen.page.locator(opened).all() if opened else ():
            each.click()
        seen.check()
        kept(seen, where.strip("/").replace("/", "-")[:40], viewport)


def kept(seen: Watched, name: str, viewport: ViewportSize) -> None:
    """A picture of the page, where a person wants one."""
    if folder := pictures():
        shot = folder / f"{name}-{viewport['width']}.png"
        seen.page.screenshot(path=shot, full_page=True)


def watched(
    window: Chromium, client: PageClient, viewport: ViewportSize, *, has_script: bool = True
) -> Watched:
    """A page of a browser in which ``client`` is signed in."""
    base = str(client.http.base_url).rstrip("/")
    opened = Watched(window, base, viewport, has_script=has_script)
    cookies = [
        {"name": each.name, "value": each.value or "", "url": base}
        for each in client.http.cookies.jar
    ]
    opened.page.context.add_cookies(cookies)  # type: ignore[arg-type] # playwright's own dict
    return opened


def _as_it_stands(route: Route) -> None:
    """A page that looks again by itself would be gone while it is looked at."""
    if not route.request.is_navigation_request():
        route.continue_()
        return
    answer = route.fetch()
    headers = {name: value for name, value in answer.headers.items() if name != "refresh"}
    route.fulfill(response=answer, headers=headers)


def disputed(town: LittleTown, till: PageClient) -> str:
    """The greengrocer says that its closing is not right; the address where it did."""
    with town.database.write(town.operator) as tx:
        settlement.clearing.set_policy(tx, settlement.clearing.Policy(dispute_days=30))
        (progress,) = settlement.reports.closings(tx)
    address = f"/shop/statements/{progress.closing.id}/dispute"
    till.submit(till.get(address), address, {"claimed": "500", "reason": "10月3日の500円がない"})
    return address


def pictures() -> Path | None:
    """Where a person wants to look at the pages, if one does."""
    found = os.environ.get("ICHIMAI_TEST_PICTURES")
    return Path(found) if found else None
