"""Programs in the console: seen, changed, tried, proposed by one, approved by another."""

from collections.abc import Callable
from datetime import date, timedelta
from xml.etree.ElementTree import Element

import psycopg
import pytest

from ichimai import ledger, merchants, programs
from ichimai.kernel import Asset, ids
from ichimai.kernel.clock import day_in_tokyo, start_of_day
from ichimai.ledger import OperationId
from ichimai.merchants import Shop
from ichimai.programs import lists
from ichimai.programs.model import Named, OperatorProfile, PurchaseRequest
from ichimai.programs.scopes import When
from ichimai.programs.terms import (
    Bonus,
    Earning,
    Expiry,
    Limits,
    Program,
    ProgramKind,
    Trigger,
    Where,
)
from ichimai.programs.terms import Settlement as Settling
from ichimai.registry.model import IssuedCard
from tests.acceptance.little_town import GIFT, PASSWORD, SECTOR, LittleTown
from tests.acceptance.pages import Page, PageClient, check_page, filled

SATO, SUZUKI, TAKAHASHI = "佐藤 公子", "鈴木 一郎", "高橋 恵"
PROGRAMS = "/console/programs"
POINTS = Program(
    key=Asset("street-points"),
    kind=ProgramKind.POINTS,
    name_ja="地蔵ポイント",
    name_en="Jizo points",
    unit_ja="ポイント",
    unit_en="points",
    about_ja="地蔵通りのお店でたまります。",
    about_en="For the shops of Jizo street.",
    deciding_law="対価を得ていない（資金決済法3条1項）。",
    money=programs.terms.Money.ASSOCIATION,
    instrument=programs.terms.Instrument.NOT_PAID_FOR,
    funder="association:8",
    acceptance=programs.terms.Acceptance(associations=(8,)),
    expiry=Expiry(end_of_fiscal_year=True),
    settlement=Settling(charging=programs.terms.Charging.AT_ISSUE, pool="association:8"),
    earnings=(
        Earning(
            key="sales",
            name_ja="お買い物",
            name_en="Shopping",
            trigger=Trigger.SALE,
            funder="shop",
            where=Where(associations=(8,)),
            limits=Limits(units_per_day=50),
        ),
    ),
    bonuses=(
        Bonus(
            key="fair",
            name_ja="縁日",
            name_en="Fair days",
            earning="sales",
            times=5,
            funder="association:8",
            budget_units=1_000,
            when=When(days_of_month=(4, 14, 24)),
        ),
    ),
)
Browser = Callable[[], PageClient]


def sign_in(client: PageClient, name: str) -> PageClient:
    page = client.get("/console/sign-in")
    client.submit(page, "/console/sign-in", {"name": name, "password": PASSWORD})
    return client


@pytest.fixture
def town(town: LittleTown) -> LittleTown:
    """With points, which six people have earned on three days."""
    profile = OperatorProfile(
        SECTOR, "豊島区", "Toshima City", categories=(Named("food", "食品", "Food"),)
    )
    with town.database.write(town.operator) as tx:
        lists.set_profile(tx, profile)
        lists.open_program(tx, town.clock, POINTS)
    cards = [town.resident() for _ in range(6)]
    for _ in range(3):
        for card in cards:
            buy(town, card, 1_000)
        town.clock.advance(timedelta(days=1))
    return town


def buy(town: LittleTown, card: IssuedCard, yen: int, at: Shop | None = None) -> None:
    """The resident buys something, at the greengrocer's or elsewhere."""
    shop = (at or town.greengrocer).id
    if shop not in town.tills:
        with town.database.write(town.operator) as tx:
            (town.tills[shop],) = merchants.tills.enrol_directly(tx, town.clock, [shop])
    town.clock.advance(timedelta(minutes=2))
    request = PurchaseRequest(
        id=OperationId(ids.uuid7(town.clock)),
        token=town.tills[shop].token,
        credential=card.code,
        total_yen=yen,
    )
    (answer,) = town.desk.serve([request])
    assert isinstance(answer, ledger.Posted), answer


@pytest.fixture
def officer(town: LittleTown, browser: Browser) -> PageClient:
    return sign_in(browser(), SATO)


@pytest.fixture
def approver(town: LittleTown, browser: Browser) -> PageClient:
    return sign_in(browser(), SUZUKI)


def checked(client: PageClient, fields: dict[str, str], *, status: int = 200) -> Page:
    """Change fields of the points and check them."""
    page = client.get(f"{PROGRAMS}/street-points/change")
    return sent(client, page, "fields", fields, status)


def _form(page: Page, does: str) -> Element:
    """The form of a page that does something."""
    (form,) = [
        form
        for form in page.forms()
        if any(each.get("value") == does for each in form.iter("input") if each.get("name") == "do")
    ]
    return form


def sent(
    client: PageClient, page: Page, does: str, fields: dict[str, str], status: int = 200
) -> Page:
    """Fill in the form that does something, and send it."""
    data = filled(_form(page, does), fields)
    answer = client.http.post(page.path, data=data, follow_redirects=True)
    assert answer.status_code == status, answer.text[:2_000]
    return check_page(answer)


def proposed(client: PageClient, fields: dict[str, str]) -> Page:
    """Propose a change of the points."""
    page = checked(client, fields)
    return sent(client, page, "propose", {"reason": "縁日を増やす"})


def decided(client: PageClient, page: Page, verb: str, *, status: int = 200) -> Page:
    """Open what was proposed, and press a button."""
    mine = client.get(page.path)
    return client.submit(mine, f"{page.path}/{verb}", status=status)


def tomorrow(town: LittleTown) -> date:
    return day_in_tokyo(town.clock.now()) + timedelta(days=1)


def in_force(town: LittleTown) -> Program:
    with town.database.read(town.operator) as tx:
        return lists.in_force(tx, POINTS.key, town.clock.now())


def test_a_change_is_seen_in_words_and_in_yen_before_it_is_proposed(
    town: LittleTown, officer: PageClient
) -> None:
    fields = {
        "starts_on": str(tomorrow(town)),
        "earning.sales.units": "2",
        "bonus.fair.when.days_of_month": "４、１４, 24,30",
        "expiry.notices": "７、30",
    }
    page = checked(officer, fields)
    assert "100円ごとに1ポイント" in page.text
    assert "100円ごとに2ポイント" in page.text
    assert "毎月4、14、24、30日" in page.text
    for said in ("60日前、14日前", "30日前、7日前", "notices = [30, 7]"):
        assert said in page.text
    for said in ("180円", "360円", "+180円", "増える方6", "減る方0"):
        assert said in page.text.replace(" ", ""), said
    assert in_force(town).version == 1
    officer.get(f"{PROGRAMS}/street-points")


def test_of_very_many_sales_the_page_takes_the_latest_and_names_the_command_for_all(
    town: LittleTown, officer: PageClient
) -> None:
    """In both languages: 200,000 are as many as a page takes, and 18 of the last days are there."""
    with psycopg.connect(town.database.url) as owner:
        owner.execute(f"SET search_path TO {town.operator}".encode())
        made = owner.execute(
            b"INSERT INTO sale SELECT gen_random_uuid(), returns, wallet, payee, terminal, actor,"
            b" total_yen, paid_units, at, at, asked FROM (SELECT *, recorded_at - interval '9 days'"
            b" AS at FROM sale LIMIT 1) AS one, generate_series(1, 200001)"
        )
        assert made.rowcount == 200_001
    page = checked(officer, {"starts_on": str(tomorrow(town)), "earning.sales.units": "2"})
    assert "買い物18件" in page.text
    assert "過去90日間の買い物は200,000件を超えています" in page.text
    assert "「ichimai program whatif street-points」" in page.text


def test_one_proposes_another_approves_and_it_begins_on_its_day(
    town: LittleTown, officer: PageClient, approver: PageClient
) -> None:
    begins = tomorrow(town)
    page = proposed(officer, {"starts_on": str(begins), "bonus.fair.times": "7"})
    assert "別の方の承認が必要です" in page.text
    assert not [form for form in page.forms() if form.get("action", "").endswith("/approve")]
    assert "地蔵ポイント 第2版" in officer.get(PROGRAMS).text
    assert page.path in approver.get("/console").links().values()
    after = decided(approver, page, "approve")
    assert after.path == f"{PROGRAMS}/street-points"
    assert "「お買い物」の7倍" in after.text
    assert "佐藤 公子さんが提案、鈴木 一郎さんが承認" in after.text
    assert in_force(town).version == 1
    assert "第2版が" in approver.get(PROGRAMS).text
    town.clock.advance(start_of_day(begins) - town.clock.now())
    assert in_force(town).bonuses[0].times == 7
    assert in_force(town).expiry == POINTS.expiry, "what was not typed stays unsaid"


def test_what_is_declined_changes_nothing(
    town: LittleTown, officer: PageClient, approver: PageClient
) -> None:
    page = proposed(officer, {"starts_on": str(tomorrow(town)), "bonus.fair.times": "7"})
    assert "差し戻し" in decided(approver, page, "decline").text
    with town.database.read(town.operator) as tx:
        assert {each.program.version for each in lists.versions(tx)} == {1}
    assert "第2版" not in officer.get(PROGRAMS).text


def test_nobody_approves_their_own(
    town: LittleTown, officer: PageClient, approver: PageClient
) -> None:
    page = proposed(officer, {"starts_on": str(tomorrow(town)), "bonus.fair.times": "7"})
    form = officer.get(PROGRAMS + "/new").forms()[0]
    token = form.find(".//input[@name='form_token']")
    data = {"form_token": token.get("value", "") if token is not None else ""}
    assert officer.http.post(f"{page.path}/approve", data=data).status_code == 403
    approver.get(f"{PROGRAMS}/street-points/change", status=403)
    approver.get(f"{PROGRAMS}/new", status=403)


def test_faults_are_told_by_line_field_and_rule_in_the_persons_language(
    town: LittleTown, officer: PageClient
) -> None:
    page = checked(officer, {"starts_on": str(date(2026, 1, 1))}, status=422)
    assert "早くても明日からです" in page.text
    assert "starts_on" in page.text
    page = checked(officer, {"starts_on": str(tomorrow(town)), "name_ja": "長寿祝い"}, status=422)
    assert "同じ名前" in page.text
    page = sent(officer, page, "text", {"text": "[[program"}, 422)
    assert "TOMLの形になっていません" in page.text
    officer.http.cookies.set("ichimai-lang", "en")
    page = sent(officer, page, "text", {"text": "a = 1"}, 422)
    assert "There is no such field." in page.text
    with town.database.read(town.operator) as tx:
        assert len(lists.versions(tx)) == 2


@pytest.mark.parametrize(
    "fields",
    [
        {"budget_units": "many"},
        {"name_en": " "},
        {"bonus.fair.when.days_of_month": "0"},
        {"bonus.fair.when.from_on": "soon"},
        {"earning.sales.yen": "-1"},
        {"expiry.notices": "30"},
        {"expiry.notices": "366, 30"},
    ],
)
def test_what_is_no_value_is_said_at_its_field(
    town: LittleTown, officer: PageClient, fields: dict[str, str]
) -> None:
    page = checked(officer, fields, status=422)
    assert "読み取れない項目があります" in page.text
    assert 'aria-invalid="true"' in page.response.text


def test_a_new_program_is_made_the_same_way(
    town: LittleTown, officer: PageClient, approver: PageClient
) -> None:
    page = officer.get(f"{PROGRAMS}/new?like=street-points")
    text = filled(_form(page, "text"), {})["text"]
    text = text.replace("地蔵ポイント", "夜市ポイント").replace("Jizo points", "Night points")
    page = sent(officer, page, "text", {"text": text})
    assert "に始まる新しい制度です" in page.text
    page = sent(officer, page, "propose", {"reason": "夏祭り"})
    assert "夜市ポイント" in decided(approver, page, "approve").text
    assert "まだ始まっていません" in approver.get(f"{PROGRAMS}/street-points-2").text
    officer.get(f"{PROGRAMS}/new")


def test_the_program_shows_budgets_days_and_terms(town: LittleTown, officer: PageClient) -> None:
    """The fair of the 4th took 4 times 10 points of six people from the budget."""
    page = officer.get(f"{PROGRAMS}/street-points")
    for said in ("縁日", "1日50ポイントまで", "5倍", "巣鴨地蔵通り商店街振興組合", "年度末"):
        assert said in page.text, said
    assert "うち" in page.text
    gift = officer.get(f"{PROGRAMS}/{GIFT.key}")
    assert "喜寿" in gift.text
    officer.get(f"{PROGRAMS}/nothing", status=404)


def test_a_treasurer_looks_and_changes_nothing(town: LittleTown, browser: Browser) -> None:
    treasurer = sign_in(browser(), TAKAHASHI)
    page = treasurer.get(f"{PROGRAMS}/street-points")
    assert f"{PROGRAMS}/street-points/change" not in page.links().values()
    treasurer.get(f"{PROGRAMS}/street-points/change", status=403)
