"""Disputes, bills and nettings, on the pages of the till and of the console."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from msgspec import structs
from playwright.sync_api import Browser as Chromium

from ichimai import settlement
from ichimai.kernel import ids
from ichimai.kernel.clock import day_in_tokyo
from ichimai.programs import lists
from ichimai.programs.model import OperatorProfile
from ichimai.programs.terms import Program
from ichimai.settlement.model import Payer, PayerId, RunId
from ichimai.simulation import bank
from tests.acceptance.browsers import DESKTOP, PHONE
from tests.acceptance.little_town import GIFT, SECTOR, STAFF, LittleTown
from tests.acceptance.pages import Page, PageClient, filled
from tests.acceptance.web.test_bank_pages import action, actions, at_till, look_at
from tests.acceptance.web.test_console_programs import POINTS, buy, sign_in
from tests.town import ACCOUNT

Browser = Callable[[], PageClient]
OFFICER, APPROVER, TREASURER, AUDITOR = STAFF
DISPUTES = "/console/disputes"
SETTLING = "/console/settling"
OF_TOWN = structs.replace(
    POINTS, funder="operator", settlement=structs.replace(POINTS.settlement, pool="operator")
)
"""Points whose pool is the town's."""


def close_week(town: LittleTown) -> str:
    """Close the gifts of the week that is over; the address of the shop's dispute of it."""
    town.clock.advance(timedelta(days=7))
    with town.database.write(town.operator) as tx:
        run = settlement.clearing.close_programs(
            tx, town.clock, RunId(ids.uuid7(town.clock)), [GIFT.key], closed_by=ids.NIL
        )
        (closing,) = settlement.reports.closings_of_run(tx, run.id)
    return f"/shop/statements/{closing.id}/dispute"


def say(till: PageClient, address: str, *, status: int = 200, **fields: str) -> Page:
    """Dispute a closing at a till."""
    told = {"claimed": "500", "reason": "10月3日の500円がない", **fields}
    return till.submit(till.get(address), address, told, status=status)


def test_a_shop_disputes_a_closing_and_two_of_the_town_decide(
    town: LittleTown, browser: Browser
) -> None:
    """Of 500 yen claimed 300 are given, and the shop reads that they are in the next closing."""
    town.pay(town.greengrocer, town.resident(5_000), 1_280)
    address = close_week(town)
    till, treasurer = at_till(town, browser), sign_in(browser(), TREASURER)
    assert "数字（半角）" in say(till, address, claimed="５００", status=422).text
    assert "200字まで" in say(till, address, reason=" ", status=422).text
    told = say(till, address)
    assert "役所が確認中" in told.text
    assert actions(told, "/dispute") == []
    listed = treasurer.get(DISPUTES)
    for said in ("08-017 丸福青果", "500円", "10月3日の500円がない", "店舗（レジから）", "1,280円"):
        assert said in listed.text, said
    assert "あと7日" in listed.text
    propose = action(listed, "/propose")
    answer = {"award": "part", "part": "300", "finding": "控えは300円"}
    over = treasurer.submit(listed, propose, {**answer, "part": "500"}, status=409)
    proposed = treasurer.submit(over, propose, answer)
    assert actions(proposed, "/decide") == []
    approver = sign_in(browser(), APPROVER)
    assert "申し出への回答1件を決裁する" in approver.get("/console").text
    waiting = approver.get(DISPUTES)
    assert actions(waiting, "/propose") == []
    approver.submit(waiting, action(waiting, "/decide"))
    for said in ("訂正：300円増", "控えは300円", "次の締めに入ります"):
        assert said in till.get(address).text, said
    assert "訂正：300円増" in till.get("/shop/statements").text
    close_week(town)
    assert "日）までの締めに入っています" in till.get("/shop/statements").text


def test_a_dispute_too_late_or_of_another_shop_is_none(town: LittleTown, browser: Browser) -> None:
    town.pay(town.greengrocer, town.resident(5_000), 1_280)
    address = close_week(town)
    till = at_till(town, browser)
    early = till.get(address)
    town.clock.advance(timedelta(days=8))
    late = till.submit(early, address, {"claimed": "1", "reason": "x"}, status=422)
    assert "申し出の期限が過ぎています" in late.text
    assert actions(late, "/dispute") == []
    other = browser()
    code = {"code": town.enrolment_code(town.supermarket)}
    other.submit(other.get("/shop/enrol"), "/shop/enrol", code)
    other.get(address, status=404)


def gave_points(town: LittleTown, *, carry: int, program: Program = POINTS) -> None:
    """The greengrocer gave points for 60 yen; its association is billed after ``carry`` closings.

    Its association keeps the money for them, which the town owes it.
    """
    payer = Payer(PayerId(ids.uuid7(town.clock)), "1234567890", replace(ACCOUNT, number="0000001"))
    with town.database.write(town.operator) as tx:
        lists.set_profile(tx, OperatorProfile(SECTOR, "豊島区", "Toshima City"))
        lists.open_program(tx, town.clock, program)
        settlement.set_payer(tx, town.clock, payer, entered_by=ids.NIL)
        settlement.clearing.set_contract(tx, 8, carry)
        known = settlement.clearing.PartyAccount("association:8", ACCOUNT, None, ids.NIL)
        settlement.clearing.set_account(tx, town.clock, known)
    for card in [town.resident() for _ in range(6)]:
        buy(town, card, 1_000)
    town.clock.advance(timedelta(days=7))
    with town.database.write(town.operator) as tx:
        run = RunId(ids.uuid7(town.clock))
        settlement.clearing.close_programs(tx, town.clock, run, [POINTS.key], closed_by=ids.NIL)


def test_a_debt_is_disputed_for_a_party_and_two_of_the_town_decide(
    town: LittleTown, browser: Browser
) -> None:
    """It is in no netting meanwhile, and the overview says to whom it falls."""
    gave_points(town, carry=3)
    treasurer, approver = sign_in(browser(), TREASURER), sign_in(browser(), APPROVER)
    (one,) = re.findall(
        rf'href="({SETTLING}/debts/[^"]+)"', treasurer.get(f"{SETTLING}/debts").response.text
    )
    said = {"reason": "半分しか配っていないと商店会から"}
    told = treasurer.submit(treasurer.get(one), one, said)
    assert "半分しか配っていない" in told.text
    assert actions(told, "/decide") == []
    assert "60円の支払への異議に回答する" in treasurer.get("/console").text
    assert "60円の支払" not in approver.get("/console").text
    proposed = treasurer.submit(told, action(told, "/propose"), {"finding": "帳簿のとおり"})
    assert actions(proposed, "/decide") == []
    assert "60円の支払への異議を決裁する" in approver.get("/console").text
    waiting = approver.get(one)
    decided = approver.submit(waiting, action(waiting, "/decide"))
    for text in ("明細のとおり", "帳簿のとおり"):
        assert text in decided.text, text


def test_what_a_party_owes_itself_is_said_in_words(town: LittleTown, browser: Browser) -> None:
    """It is listed, because a closing adds up only with it, and may be disputed."""
    gave_points(town, carry=3, program=OF_TOWN)
    treasurer = sign_in(browser(), TREASURER)
    listed = treasurer.get(f"{SETTLING}/debts")
    (one,) = re.findall(rf'href="({SETTLING}/debts/[^"]+)"', listed.response.text)
    for page in (listed, treasurer.get(one)):
        assert "自らの予算内（移動なし）" in page.text
    assert actions(page, one)


def test_a_bill_is_paid_in_parts(town: LittleTown, browser: Browser) -> None:
    gave_points(town, carry=0)
    treasurer = sign_in(browser(), TREASURER)
    page = treasurer.get(SETTLING)
    for said in ("巣鴨地蔵通り商店街振興組合", "60円", "支払期限 2026年11月9日（月）"):
        assert said in page.text, said
    note = action(page, "/payments")
    over = treasurer.submit(page, note, {"yen": "61"}, status=409)
    assert "請求の残額まで" in over.text
    part = treasurer.submit(over, note, {"yen": "20"})
    assert "一部入金" in part.text
    assert "残額 40円" in part.text
    paid = treasurer.submit(part, action(part, "/payments"))
    assert "未入金の請求はありません" in paid.text
    assert "入金済みの請求" in paid.text
    assert not actions(sign_in(browser(), AUDITOR).get(SETTLING), "/nettings")


def test_a_netting_is_approved_by_another_and_paid_by_a_file(
    town: LittleTown, browser: Browser
) -> None:
    """Its file is the same each time; a table has the transfers with what parties are called."""
    gave_points(town, carry=3)
    assert "今、相殺できるものはありません" in sign_in(browser(), TREASURER).get(SETTLING).text
    town.clock.advance(timedelta(days=8))
    treasurer, approver = sign_in(browser(), TREASURER), sign_in(browser(), APPROVER)
    made = treasurer.submit(treasurer.get(SETTLING), f"{SETTLING}/nettings")
    assert not actions(made, "/approve")
    assert not actions(made, "/file")
    assert f"{made.path}" in approver.get("/console").links().values()
    approver.submit(approver.get(made.path), f"{made.path}/approve")
    page = treasurer.get(made.path)
    assert "豊島区 巣鴨地蔵通り商店街振興組合 60円 ミズホ スガモ 普通 ****567" in page.text
    data = filled(page.form_to(f"{made.path}/file"), {})
    first, again = (treasurer.http.post(f"{made.path}/file", data=data) for _ in range(2))
    assert first.content == again.content
    assert "saiso2" in again.headers["content-disposition"]
    assert b"0000000060" in first.content
    answered_by_its_bank(treasurer, town, made.path, first.content)
    table = treasurer.http.get(f"{made.path}/transfers.csv").content.decode("utf-8-sig")
    assert "巣鴨地蔵通り商店街振興組合,60," in table


def answered_by_its_bank(
    treasurer: PageClient, town: LittleTown, path: str, content: bytes
) -> None:
    """A changed answer is refused with its line; what failed waits for the next netting."""
    town.clock.advance(timedelta(days=7))
    treasurer = sign_in(treasurer, TREASURER)
    page = treasurer.get(path)
    assert "銀行の結果はまだ取り込まれていません" in page.text
    answer = bank.answer(content, day_in_tokyo(town.clock.now()), {"00001": "11"})
    for told, status, said in (
        (answer.replace(b"0000000060", b"0000000061"), 409, "2行目"),
        (answer, 303, ""),
    ):
        form = filled(page.form_to(f"{path}/results"), {})
        found = treasurer.http.post(f"{path}/results", data=form, files={"result": told})
        assert found.status_code == status, found.text
        assert said in found.text
    page = treasurer.get(path)
    for said in ("未払いに戻り：1件 60円", "該当する口座がありません", "次の相殺で支払われます"):
        assert said in page.text, said
    assert "1件、合わせて60円" in treasurer.get(SETTLING).text


def test_a_partys_account_is_entered_and_its_enterer_approves_nothing_it_is_in(
    town: LittleTown, browser: Browser
) -> None:
    """What a file cannot carry is marked; digits may be typed in full width."""
    gave_points(town, carry=3)
    town.clock.advance(timedelta(days=8))
    treasurer, form = sign_in(browser(), TREASURER), f"{SETTLING}/accounts/association:8"
    listed = treasurer.get(treasurer.get(SETTLING).links()["商店会と協賛者の口座"])
    assert "****567" in listed.text
    assert "（手作業で振込）" in listed.text
    typed = {
        "bank_code": "０００１",
        "bank_name": "ﾐｽﾞﾎ",
        "branch_code": "110",
        "branch_name": "ｽｶﾞﾓ",
        "account_number": "7654321",
        "account_holder": "ｽｶﾞﾓｼﾞｿﾞｳﾄﾞｵﾘ",
        "code": "123",
    }
    wrong = treasurer.submit(treasurer.get(form), form, typed, status=422)
    assert "通帳と見比べてください" in wrong.text
    kept = treasurer.submit(wrong, form, typed | {"code": "１２３４５６７８９０"})
    for said in ("****321", "ｽｶﾞﾓｼﾞｿﾞｳﾄﾞｵﾘ", "はい", TREASURER):
        assert said in kept.text, said
    maker, approver = sign_in(browser(), APPROVER), sign_in(browser(), AUDITOR)
    approver.get(form, status=403)
    approver.get(f"{SETTLING}/accounts")
    treasurer.get(f"{SETTLING}/accounts/association:99", status=404)
    with town.database.write(town.operator) as tx:
        made = settlement.clearing.make_netting(
            tx, town.clock, settlement.clearing.NettingId(ids.uuid7(town.clock)), made_by=ids.NIL
        )
    page = treasurer.get(f"{SETTLING}/nettings/{made.id}")
    assert "****321" in page.text
    assert not actions(page, "/approve")
    assert actions(maker.get(page.path), "/approve")


def test_the_pages_hold_in_a_browser(town: LittleTown, browser: Browser, chrome: Chromium) -> None:
    """Nothing too wide or too small, and axe finds nothing, on a phone and on a desk."""
    gave_points(town, carry=0)
    town.clock.advance(timedelta(days=8))
    buy(town, town.resident(), 1_000)
    town.clock.advance(timedelta(days=7))
    with town.database.write(town.operator) as tx:
        run = RunId(ids.uuid7(town.clock))
        settlement.clearing.close_programs(tx, town.clock, run, [POINTS.key], closed_by=ids.NIL)
    treasurer = sign_in(browser(), TREASURER)
    page = treasurer.get(SETTLING)
    part = treasurer.submit(page, actions(page, "/payments")[0], {"yen": "20"})
    made = treasurer.submit(part, f"{SETTLING}/nettings")
    accounts = f"{SETTLING}/accounts"
    shown = [SETTLING, made.path, accounts, f"{accounts}/association:8", f"{SETTLING}/debts"]
    for viewport in (PHONE, DESKTOP):
        look_at(chrome, treasurer, shown, viewport)
