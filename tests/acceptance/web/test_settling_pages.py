"""Disputes, bills and nettings, on the pages of the till and of the console."""

from collections.abc import Callable
from datetime import timedelta

from ichimai import settlement
from ichimai.kernel import ids
from ichimai.settlement.model import RunId
from tests.acceptance.little_town import GIFT, STAFF, LittleTown
from tests.acceptance.pages import Page, PageClient
from tests.acceptance.web.test_bank_pages import action, actions, at_till
from tests.acceptance.web.test_console_programs import sign_in

Browser = Callable[[], PageClient]
OFFICER, APPROVER, TREASURER, AUDITOR = STAFF
DISPUTES = "/console/disputes"


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
