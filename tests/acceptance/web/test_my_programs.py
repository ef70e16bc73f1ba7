"""Every kind of program in one wallet: what one has, its rules, exchanges, sharing, the order."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from ichimai import ledger
from ichimai.kernel import Asset, errors
from ichimai.kernel.ids import uuid7
from ichimai.ledger.model import Role
from ichimai.people.records.delegates import DelegateKind
from ichimai.programs.model import EarningRequest, PurchaseRequest, Request
from ichimai.registry.model import IssuedCard
from ichimai.storage.errors import DatabaseUnavailable
from ichimai.web.services import Submit
from tests.acceptance.little_town import LittleTown, served
from tests.acceptance.pages import Page, PageClient, filled
from tests.acceptance.web.colourful import Colourful, ask, related, with_every_program
from tests.acceptance.web.residents import come_in, subject_of

Browser = Callable[[], PageClient]
MILES = "/me/programs/miles/exchanges/to-points"
SMILE = "/me/programs/smile/pass-on"


@pytest.fixture
def wallet(her: Colourful, browser: Browser) -> PageClient:
    """Her wallet."""
    return come_in(browser(), her.card)


def left(town: LittleTown, card: IssuedCard, program: str) -> int:
    """What is in somebody's wallet, by the ledger."""
    subject = subject_of(town, card)
    with town.database.read(town.operator) as tx:
        return ledger.reports.balances(tx, Role.WALLET, Asset(program)).get(subject, 0)


def told(page: Page) -> str:
    """A page's words without the spaces between its parts."""
    return page.text.replace(" ", "")


def test_the_wallet_tells_each_program_in_its_own_words(wallet: PageClient) -> None:
    text = told(wallet.get("/me"))
    # 11,720 of gifts, 2,000 and 200 of sports, one full card of 400 of the 500 points.
    assert "お店で使える金額14,320円" in text
    for words in (
        "長寿祝い11,720円",
        "健康マイレージ600マイルほかに300マイルが、2026年12月1日（火）から使えます",
        "500ポイントお店で400円分あと300ポイントで、800円分になります",
        "4個あと6個で満点です",
        "2スタンプあと1スタンプで満点です",
        "おむつ券12枚",
    ):
        assert words in text
    assert "期限が近いもの長寿祝い2027年3月29日（月）まで1,720円おむつ券2027年3月31日" in text


def test_a_stamp_card_is_a_picture_that_is_also_said_in_words(wallet: PageClient) -> None:
    page = wallet.get("/me/programs/smile")
    (picture,) = [each for each in page.tree.iter("div") if each.get("role") == "img"]
    assert picture.get("aria-label") == "10個のうち4個たまりました"
    places = [each.get("class") for each in picture.iter() if str(each.tag).endswith("}g")]
    assert places == ["stamped"] * 4 + ["to-stamp"] * 6


def test_a_program_says_where_it_is_used_how_it_is_collected_and_until_when(
    wallet: PageClient,
) -> None:
    text = told(wallet.get("/me/programs/street-points"))
    assert "使えるところ巣鴨地蔵通り商店街振興組合ため方" in text
    assert "お買い物：100円ごとに1ポイント（1日50ポイントまで）" in text
    assert "次の3月31日まで使えます" in text
    gift = told(wallet.get("/me/programs/longevity-gift"))
    assert "2027年9月30日（木）まで使えます" in gift
    assert "えびす通り" not in gift
    assert "期限はありません" in told(wallet.get("/me/programs/full-card"))
    wallet.get("/me/programs/nothing", status=404)


def test_a_thing_says_where_it_is_handed_over_and_how_many_are_left(wallet: PageClient) -> None:
    assert "梅1個で丸福青果残り2個受け取れるところ丸福青果" in told(
        wallet.get("/me/programs/saplings")
    )


def test_all_programs_are_listed_those_one_has_first(wallet: PageClient) -> None:
    links = list(wallet.get("/me/programs").links().values())
    listed = [link for link in links if link.startswith("/me/programs/")]
    assert len(listed) == 12
    assert "/me/programs/bus-pass" in listed[-2:]


def test_the_history_says_what_happened_in_plain_words(
    town: LittleTown, her: Colourful, wallet: PageClient
) -> None:
    ask(town, PurchaseRequest, credential=her.card.code, total_yen=20_000)
    text = told(wallet.get("/me/history"))
    # One line for one sale: what paid, and what it earned.
    assert "丸福青果−11,720円長寿祝い−200円スポーツ上乗せ+50ポイント地蔵ポイント" in text
    assert "入金：丸福青果+2,000円スポーツ+3,000円スポーツ預り金+200円スポーツ上乗せ" in text
    assert "スタンプ：酒処えびす+1スタンプ" in text
    assert "おむつ券の受け取り+12枚" in text
    assert "もらった：丸福青果+600マイル" in text


def test_units_are_exchanged_after_a_last_look(
    town: LittleTown, her: Colourful, wallet: PageClient
) -> None:
    page = wallet.get(MILES)
    assert "健康マイレージ100マイル地蔵ポイント80ポイント" in told(page)
    look = wallet.submit(page, f"{MILES}/confirm", {"times": "2"})
    assert "渡す健康マイレージ200マイル受け取る地蔵ポイント160ポイント" in told(look)
    assert "そのあとの残り健康マイレージ400マイル" in told(look)
    assert left(town, her.card, "miles") == 900
    done = wallet.submit(look, MILES)
    assert done.heading == "交換しました"
    assert "−200マイル" in done.text
    assert "+160ポイント" in done.text
    assert (left(town, her.card, "miles"), left(town, her.card, "street-points")) == (700, 160)
    # 10 % of the year's 400 are left for two more.
    assert "2回まで" in wallet.get(MILES).text
    assert "交換しました" in wallet.get("/me/history").text


def test_an_exchange_that_is_sent_twice_is_done_once(
    town: LittleTown, her: Colourful, wallet: PageClient
) -> None:
    look = wallet.get(f"{MILES}/confirm?times=2")
    assert wallet.submit(look, MILES).path == wallet.submit(look, MILES).path
    assert left(town, her.card, "street-points") == 160


@pytest.mark.parametrize("times", ["0", "5", "-1", "x", "１", "99999999999999"])
def test_more_than_is_possible_is_asked_for_again(wallet: PageClient, times: str) -> None:
    page = wallet.get(f"{MILES}/confirm?times={times}", status=422)
    assert "1から4までの数" in page.text


def test_what_cannot_be_exchanged_says_why(town: LittleTown, wallet: PageClient) -> None:
    closed = wallet.get("/me/programs/miles/exchanges/closed")
    assert "いまは交換できません" in closed.text
    assert not [form for form in closed.forms() if "exchanges" in form.get("action", "")]
    # A thing is handed over at a till, and not on this page.
    wallet.get("/me/programs/smile/exchanges/book", status=404)
    assert "ためている場所の窓口でカードを出す" in wallet.get("/me/programs/smile").text


def test_what_must_be_collected_first_is_shown_as_it_stands(
    town: LittleTown, her: Colourful, wallet: PageClient, browser: Browser
) -> None:
    ready = told(wallet.get("/me/programs/full-card/exchanges/to-points"))
    assert "健康講座今年度500ポイント以上500ポイント達成" in ready
    nobody = come_in(browser(), town.resident())
    page = nobody.get("/me/programs/full-card/exchanges/to-points")
    assert "健康講座今年度500ポイント以上0ポイントまだ" in told(page)
    assert "先にためるものが、まだそろっていません" in page.text


def test_a_forged_exchange_is_refused_in_words(
    town: LittleTown, her: Colourful, wallet: PageClient
) -> None:
    look = wallet.get(f"{MILES}/confirm?times=4")
    page = wallet.submit(look, MILES, {"times": "5"}, status=409)
    assert "これ以上受け取れません" in page.text
    too_much = wallet.submit(look, MILES, {"id": str(uuid7(town.clock)), "times": "10"}, status=409)
    assert "受け取れません" in too_much.text
    assert left(town, her.card, "miles") == 900


def test_units_are_passed_on_to_the_family(
    town: LittleTown, her: Colourful, wallet: PageClient, browser: Browser
) -> None:
    page = wallet.get(SMILE)
    assert "家族（2026年10月1日（木）から）" in told(page)
    look = wallet.submit(page, f"{SMILE}/confirm", {"amount": "3"})
    done = wallet.submit(look, SMILE)
    assert wallet.submit(look, SMILE).path == done.path
    assert done.heading == "分けました"
    assert (left(town, her.card, "smile"), left(town, her.other, "smile")) == (1, 3)
    theirs = come_in(browser(), her.other)
    assert "ご家族などから受け取り+3個" in told(theirs.get("/me/history"))
    back = theirs.get(SMILE)
    assert "あなたが代わりをしているご家族" in back.text
    theirs.submit(theirs.submit(back, f"{SMILE}/confirm", {"amount": "1"}), SMILE)
    assert (left(town, her.card, "smile"), left(town, her.other, "smile")) == (2, 2)


def test_nothing_is_passed_on_to_strangers(
    town: LittleTown, her: Colourful, wallet: PageClient, browser: Browser
) -> None:
    """Neither to who is nobody's delegate, nor under somebody else's delegation."""
    stranger = town.resident()
    others = related(town, stranger, town.resident())
    look = wallet.submit(wallet.get(SMILE), f"{SMILE}/confirm", {"amount": "3"})
    for to in (others, subject_of(town, stranger), her.card.holder, ""):
        page = wallet.submit(look, SMILE, {"to": str(to)}, status=403)
        assert "この方には分けられません" in page.text
    assert "分けられる方がいません" in come_in(browser(), town.resident()).get(SMILE).text
    assert left(town, her.card, "smile") == 4


def test_when_the_delegation_is_over_nothing_is_passed_on(
    town: LittleTown, her: Colourful, wallet: PageClient
) -> None:
    look = wallet.submit(wallet.get(SMILE), f"{SMILE}/confirm", {"amount": "3"})
    ask_to_end = wallet.get(f"/me/delegates/{her.delegation}")
    wallet.submit(ask_to_end, f"/me/delegates/{her.delegation}/end")
    assert "分けられる方がいません" in wallet.get(SMILE).text
    wallet.submit(look, SMILE, status=403)
    assert left(town, her.card, "smile") == 4


def test_a_carer_is_no_household_and_what_is_not_shared_stays(
    town: LittleTown, her: Colourful, browser: Browser, wallet: PageClient
) -> None:
    card = town.resident()
    related(town, card, her.card, DelegateKind.CARER)
    theirs = come_in(browser(), card)
    assert "分けられる方がいません" in theirs.get(SMILE).text
    assert "分けられるものがありません" in theirs.get("/me/programs/diapers/pass-on").text
    assert "あなたが介護している方" in wallet.get("/me/programs/diapers/pass-on").text
    page = wallet.get("/me/programs/street-points/pass-on", status=403)
    assert "この方には分けられません" in page.text


def test_more_than_there_is_is_not_passed_on(wallet: PageClient, her: Colourful) -> None:
    page = wallet.submit(wallet.get(SMILE), f"{SMILE}/confirm", {"amount": "5"}, status=422)
    assert "残りが足りません" in page.text
    assert wallet.submit(page, f"{SMILE}/confirm", {"amount": "4"}).heading.startswith("分けて")
    again = wallet.get(f"{SMILE}/confirm?to=&amount=1", status=422)
    assert "どなたに分けるか" in again.text


def paying(page: Page) -> list[str]:
    """What pays by itself, in its order, as the page says it."""
    (order,) = page.tree.iter("ol")
    return [
        "".join(each.itertext()) for each in order.iter("span") if each.get("class") == "order-name"
    ]


def press(wallet: PageClient, program: str, step: str) -> Page:
    """One of the page's buttons."""
    page = wallet.get("/me/order")
    for form in page.forms():
        data = filled(form, {})
        if form.get("action") == "/me/order" and data["program"] == program:
            wallet.http.post("/me/order", data=data | {"step": step})
            break
    return wallet.get("/me/order")


def test_the_order_of_paying_is_the_persons_own(
    town: LittleTown, her: Colourful, wallet: PageClient
) -> None:
    assert paying(wallet.get("/me/order")) == ["長寿祝い", "スポーツ上乗せ"]
    assert paying(press(wallet, "sports", "in")) == ["長寿祝い", "スポーツ上乗せ", "スポーツ"]
    press(wallet, "sports", "up")
    assert paying(press(wallet, "sports", "up")) == ["スポーツ", "長寿祝い", "スポーツ上乗せ"]
    ask(town, PurchaseRequest, credential=her.card.code, total_yen=1_999)
    assert left(town, her.card, "sports") == 1
    assert paying(press(wallet, "sports", "out")) == ["長寿祝い", "スポーツ上乗せ"]
    # What a gift is for pays by itself: it can be last, and not left out.
    assert paying(press(wallet, "longevity-gift", "out"))[0] == "長寿祝い"
    assert paying(press(wallet, "longevity-gift", "down"))[-1] == "長寿祝い"
    page = wallet.submit(wallet.get("/me/order"), "/me/order/reset")
    assert paying(page) == ["長寿祝い", "スポーツ上乗せ"]


def test_a_page_that_is_older_than_the_order_changes_nothing(wallet: PageClient) -> None:
    """The same button pressed twice moves once."""
    page = press(wallet, "sports", "in")
    form = next(filled(form, {}) for form in page.forms() if form.get("action") == "/me/order")
    for _ in range(2):
        wallet.http.post("/me/order", data=form | {"program": "sports", "step": "up"})
    assert paying(wallet.get("/me/order")) == ["長寿祝い", "スポーツ", "スポーツ上乗せ"]


def test_an_intruder_sees_nothing_of_it(
    town: LittleTown, her: Colourful, wallet: PageClient, browser: Browser
) -> None:
    exchanged = wallet.submit(wallet.get(f"{MILES}/confirm?times=1"), MILES).path
    look = wallet.submit(wallet.get(SMILE), f"{SMILE}/confirm", {"amount": "1"})
    passed_on = wallet.submit(look, SMILE).path
    intruder = come_in(browser(), town.resident(1_000))
    for address in (exchanged, passed_on):
        intruder.get(address, status=404)
    # Also who got it has another page for it.
    come_in(browser(), her.other).get(passed_on, status=404)
    form = filled(look.form_to(SMILE), {})
    assert intruder.http.post(SMILE, data=form).status_code == 403
    assert "マイル" not in intruder.get("/me").text
    assert told(intruder.get("/me/programs/miles")).count("0マイル") >= 1


def loses_answers(submit: Submit) -> Submit:
    """The desk does what it is asked, but every second answer never arrives."""
    heard = 0

    async def answer(request: Request) -> ledger.Posted | errors.DomainError:
        nonlocal heard
        found = await submit(request)
        heard += 1
        if heard % 2:
            raise DatabaseUnavailable
        return found

    return answer


def test_a_lost_answer_is_asked_for_again_and_done_once(town: LittleTown, her: Colourful) -> None:
    with served(town, through=loses_answers) as address:
        wallet = come_in(PageClient(address), her.card)
        look = wallet.get(f"{MILES}/confirm?times=1")
        unsure = wallet.submit(look, MILES, status=503)
        assert "二重になることはありません" in unsure.text
        assert wallet.submit(unsure, MILES).heading == "交換しました"
        look = wallet.submit(wallet.get(SMILE), f"{SMILE}/confirm", {"amount": "1"})
        unsure = wallet.submit(look, SMILE, status=503)
        assert wallet.submit(unsure, SMILE).heading == "分けました"
        wallet.close()
    assert left(town, her.card, "miles") == 800
    assert left(town, her.card, "smile") == 3


def test_pending_points_may_be_used_from_their_day_on(town: LittleTown, browser: Browser) -> None:
    with_every_program(town)
    card = town.resident()
    ask(town, EarningRequest, credential=card.code, event="check-up")
    wallet = come_in(browser(), card)
    assert "健康マイレージ0マイルほかに300マイルが" in told(wallet.get("/me"))
    town.clock.advance(timedelta(days=61))
    text = told(come_in(browser(), card).get("/me"))
    assert "健康マイレージ300マイル" in text
    assert "から使えます" not in text
