"""The bank's result and shops' accounts, on the pages of the console and of the till."""

from collections.abc import Callable
from datetime import date

import pytest

from ichimai import settlement
from ichimai.kernel import ids
from ichimai.merchants import BankAccount
from ichimai.settlement.model import Payer, PayerId
from ichimai.simulation import bank
from tests.acceptance.little_town import PASSWORD, STAFF, LittleTown
from tests.acceptance.pages import Page, PageClient

Browser = Callable[[], PageClient]
OFFICER, APPROVER, TREASURER, AUDITOR = STAFF
RESULTS = "/console/payouts/results"


@pytest.fixture
def console(browser: Browser) -> Callable[[str], PageClient]:
    """Signs somebody in."""

    def sign_in(name: str) -> PageClient:
        client = browser()
        fields = {"name": name, "password": PASSWORD}
        client.submit(client.get("/console"), "/console/sign-in", fields)
        return client

    return sign_in


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
