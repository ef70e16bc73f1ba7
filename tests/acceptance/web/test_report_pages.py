"""The reports' pages: what they say, as files too, for whom, and how they look."""

import csv
import io
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, ViewportSize

from ichimai.kernel import Asset
from ichimai.programs import lists
from ichimai.programs.model import EarningRequest, RedemptionRequest
from ichimai.programs.terms import Earning, Program, ProgramKind, Thing, Trigger
from tests.acceptance.browsers import SIZES, Watched
from tests.acceptance.little_town import PASSWORD, STAFF, LittleTown
from tests.acceptance.pages import PageClient
from tests.acceptance.web.colourful import ask

OFFICER, APPROVER, TREASURER, AUDITOR = STAFF
REPORTS = ("unused", "liability", "expired", "share")
BrowserOf = Callable[[], PageClient]


def sign_in(browser: BrowserOf, name: str) -> PageClient:
    client = browser()
    page = client.get("/console")
    client.submit(page, "/console/sign-in", {"name": name, "password": PASSWORD})
    return client


@pytest.fixture
def october(town: LittleTown) -> None:
    """Six people shopped at the greengrocer's in October, one of them at the supermarket too."""
    cards = [town.resident(10_000) for _ in range(6)]
    for card in cards:
        town.pay(town.greengrocer, card, 1_000)
    town.pay(town.supermarket, cards[0], 77)
    town.clock.advance(timedelta(days=35))


def test_each_report_says_its_sum_and_is_a_file_too(october: None, browser: BrowserOf) -> None:
    client = sign_in(browser, TREASURER)
    for name in REPORTS:
        page = client.get(f"/console/reports/{name}")
        (link,) = [link for link in page.links().values() if f"{name}.csv" in link]
        answer = client.http.get(link)
        assert answer.headers["content-disposition"].startswith("attachment;")
        assert answer.content.startswith(b"\xef\xbb\xbf")
        assert next(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    page = client.get("/console/reports/liability")
    assert "53,923円" in page.text
    assert "公費 53,923円 100.0 %" in page.text


def test_the_law_is_told_with_each_balance(october: None, browser: BrowserOf) -> None:
    page = sign_in(browser, AUDITOR).get("/console/reports/unused?at=2026-10-31")
    assert "53,923円" in page.text
    assert "地方公共団体が発行するため、適用除外です（資金決済法4条3号）。" in page.text
    assert "法律上の基準日は3月31日と9月30日です。" in page.text
    assert "供託は不要です。" in page.text


def test_a_share_of_one_customer_is_in_no_cell_and_no_file(
    october: None, browser: BrowserOf
) -> None:
    client = sign_in(browser, TREASURER)
    page = client.get("/console/reports/share")
    assert "6,077円" in page.text
    assert "非表示" in page.text
    assert " 77円" not in page.text
    assert "6,000円" not in page.text
    content = client.http.get("/console/reports/share.csv").content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(content)))
    shown = {row["金額（円）"] for row in rows}
    assert shown == {"6077", "非表示"}


def test_where_a_gift_was_used_is_for_all_whose_work_is_money(
    october: None, browser: BrowserOf
) -> None:
    client = sign_in(browser, OFFICER)
    page = client.get(client.get("/console").links()["利用状況"])
    assert (page.path, page.heading) == ("/console/reports/share", "店舗の割合")
    assert "2026年10月1日（木）から2026年10月31日（土）まで" in page.text
    assert "報告の一覧" not in page.links()
    assert "報告の一覧" in sign_in(browser, AUDITOR).get(page.path).links()


def test_what_one_customer_spent_is_no_difference_of_all_that_is_told(
    october: None, browser: BrowserOf
) -> None:
    """Of what the pages say, live sums included, the file, and none of them: 77 yen."""
    client = sign_in(browser, OFFICER)
    texts = [client.get(path).text for path in ("/console", "/console/reports/share")]
    told = {int(sum_.replace(",", "")) for sum_ in re.findall(r"([\d,]+)円", " ".join(texts))}
    content = client.http.get("/console/reports/share.csv").content.decode("utf-8-sig")
    told |= {int(found) for found in re.findall(r"\b\d+\b", content)} | {0}
    assert {60_000, 6_077, 53_923} < told
    assert 77 not in {abs(one - other) for one in told for other in told}


def test_two_looks_differ_by_whole_months_and_not_by_a_purchase(
    october: None, town: LittleTown, browser: BrowserOf
) -> None:
    client = sign_in(browser, OFFICER)

    def look() -> tuple[str, bytes]:
        page = client.get("/console/reports/share")
        return page.text, client.http.get("/console/reports/share.csv").content

    before = look()
    for _ in range(6):
        town.pay(town.supermarket, town.resident(10_000), 333)
    assert look() == before


def test_a_month_of_four_people_has_no_sum(town: LittleTown, browser: BrowserOf) -> None:
    for _ in range(4):
        town.pay(town.greengrocer, town.resident(10_000), 1_000)
    town.clock.advance(timedelta(days=35))
    page = sign_in(browser, OFFICER).get("/console/reports/share")
    assert "円" not in page.text
    assert "合計 非表示" in page.text


def test_things_that_are_worth_no_yen_are_counted(town: LittleTown, browser: BrowserOf) -> None:
    thing = Program(
        key=Asset("book-bag"),
        kind=ProgramKind.IN_KIND,
        name_ja="絵本",
        name_en="Books",
        unit_yen=0,
        earnings=(
            Earning(
                key="birth",
                name_ja="出生",
                name_en="A birth",
                trigger=Trigger.EVENT,
                event="birth",
                units=1,
            ),
        ),
        things=(Thing(key="bag", name_ja="絵本の袋", name_en="A bag of books"),),
    )
    with town.database.write(town.operator) as tx:
        lists.open_program(tx, town.clock, thing)
    for _ in range(5):
        card = town.resident().code
        ask(town, EarningRequest, shop=town.greengrocer, event="birth", credential=card)
        request = {"program": thing.key, "thing": "bag", "credential": card}
        ask(town, RedemptionRequest, shop=town.greengrocer, **request)
    town.clock.advance(timedelta(days=35))
    page = sign_in(browser, OFFICER).get("/console/reports/share?program=book-bag")
    assert "小規模店 5個 100.0 %" in page.text


def test_the_journal_is_downloaded_as_a_table_and_as_beancount(
    october: None, browser: BrowserOf
) -> None:
    client = sign_in(browser, TREASURER)
    page = client.get("/console/reports")
    assert page.form_to("/console/reports/journal") is not None
    table = client.http.get("/console/reports/journal?format=csv").content
    assert len(table.decode("utf-8-sig").splitlines()) == 1 + 6 + 7
    daily = client.http.get("/console/reports/journal?format=cp932&each=day")
    assert daily.headers["content-type"] == "text/csv; charset=Shift_JIS"
    assert "日の出ストア" in daily.content.decode("cp932")
    text = client.http.get("/console/reports/journal?format=beancount").text
    assert "Liabilities:Receivable:Shop-27-003  -77 LONGEVITY-GIFT" in text


def test_an_address_that_makes_no_sense_is_answered_with_a_page(
    october: None, browser: BrowserOf
) -> None:
    client = sign_in(browser, TREASURER)
    for query, status in (
        ("liability?at=2099-01-01", 422),
        ("unused?at=yesterday", 200),
        ("unused?at=0001-01-01", 422),
        ("expired?first=2026-10-02&last=2026-10-01", 422),
        ("expired?first=9999-12-31", 422),
        ("expired?last=9999-12-31", 422),
        ("share?first=2026-10-02", 422),
        ("share?last=9999-12-31", 422),
        ("share?program=no-such", 200),
    ):
        client.get(f"/console/reports/{query}", status=status)
    for query in ("last=2099-01-01", "first=9999-12-31", "format=beancount&last=2099-01-01"):
        assert client.http.get(f"/console/reports/journal?{query}").status_code == 422


def test_reports_are_for_treasurers_and_auditors(browser: BrowserOf) -> None:
    for name in (OFFICER, APPROVER):
        client = sign_in(browser, name)
        assert "報告" not in client.get("/console").links()
        for path in ("", "/journal", *(f"/{name}" for name in REPORTS if name != "share")):
            assert client.http.get(f"/console/reports{path}").status_code == 403
    assert "報告" in sign_in(browser, AUDITOR).get("/console").links()


@SIZES
def test_the_reports_pages_have_no_fault(
    october: None, site: str, chrome: Browser, size: ViewportSize
) -> None:
    window = Watched(chrome, site, size, has_script=True)
    window.page.goto("/console")
    window.page.fill("#name", AUDITOR)
    window.page.fill("#password", PASSWORD)
    window.follow("form[action='/console/sign-in'] button[type=submit]")
    for path in ("", *(f"/{name}" for name in REPORTS)):
        for language in ("ja", "en"):
            window.page.goto(f"/console/reports{path}?lang={language}")
            window.check()
