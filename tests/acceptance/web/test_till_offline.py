"""A till whose network is gone: stamps are kept by its browser, and told the ledger once."""

import json
from datetime import timedelta
from pathlib import Path

from playwright.sync_api import Browser, Locator, Playwright, expect
from playwright.sync_api import Page as BrowserPage

from ichimai.kernel import typed_codes
from ichimai.programs import lists
from ichimai.registry.card_code import parse_code
from ichimai.registry.errors import MistypedCode
from ichimai.registry.model import IssuedCard
from ichimai.web.layout.static import StaticFiles
from tests.acceptance.browsers import PHONE, Watched, lasting_chromium
from tests.acceptance.faults.proxy import Fault, Proxy
from tests.acceptance.little_town import LittleTown, served
from tests.acceptance.web.colourful import Colourful, colourful, with_every_program
from tests.acceptance.web.phones import wait_until_kept
from tests.acceptance.web.test_my_programs import left
from tests.acceptance.web.test_till_kept import counted
from tests.acceptance.web.test_till_pages import loses_first_answer
from tests.acceptance.web.test_till_programs import LANTERN

RALLY = "/shop/tasks/stamp/rally/-"
STATIC = StaticFiles()
GONE = Fault(request_bytes=0)
"""No request gets through."""


def address_of(network: Proxy) -> str:
    return f"http://127.0.0.1:{network.port}"


def enrol(page: BrowserPage, town: LittleTown) -> None:
    """Make it the greengrocer's till, at the page of a stamp, by the town's clock."""
    page.clock.set_fixed_time(town.clock.now())
    page.goto("/shop/enrol")
    page.fill("#code", town.enrolment_code(town.greengrocer))
    page.click("main button[type=submit]")
    expect(page.locator("#amount")).to_be_focused()
    page.goto(RALLY)
    wait_until_kept(page, "/shop")
    wait_until_noted(page)


def wait_until_noted(page: BrowserPage) -> None:
    """Until the browser knows which till it is, and that this stamp is one of its tasks."""
    page.evaluate(
        """async ([script, path]) => {
          const { till } = await import(script);
          while ((await till())?.tasks[path] === undefined) {
            await new Promise((resolve) => setTimeout(resolve, 20));
          }
        }""",
        [STATIC.url("kept.js"), RALLY],
    )


def show(page: BrowserPage, code: str) -> None:
    page.fill("#card", code)
    page.click("#card-form button[type=submit]")


def record(page: BrowserPage, *cards: IssuedCard) -> None:
    """Show cards to a till without a network."""
    for card in cards:
        show(page, card.code)
        expect(page.locator("#kept-card")).to_have_text(f"…{card.code[-6:]}")


STORES = '{ name: "ichimai-till", stores: ["till", "waiting", "refused"] }'


def keep(page: BrowserPage, code: str) -> None:
    """What the page keeps of a card, without sending it."""
    page.evaluate(
        """async ([script, path, code]) => {
          const { keep, newId, till: here } = await import(script);
          const { till, key } = await here();
          await keep({ till, key, path, task: "x", id: newId(), code });
        }""",
        [STATIC.url("kept.js"), RALLY, typed_codes.normalised(code)],
    )


def fill(page: BrowserPage, entries: int) -> None:
    """So many wait."""
    page.evaluate(
        f"""async ([script, entries]) => {{
          const {{ inTransaction }} = await import(script);
          await inTransaction({STORES}, "readwrite", ({{ waiting }}) => {{
            for (let n = 0; n < entries; n += 1) waiting.put({{ at: n, task: "x", card: "x" }}, n);
          }});
        }}""",
        [STATIC.url("browser-store.js"), entries],
    )


def listed(page: BrowserPage, name: str) -> Locator:
    return page.locator(f"#kept-{name} li")


def on_the_device(page: BrowserPage) -> str:
    """All that the till's pages keep in the browser."""
    found = page.evaluate(
        f"""async (script) => {{
          const {{ inTransaction }} = await import(script);
          const found = await inTransaction({STORES}, "readonly", (stores, answer) => {{
            const all = [];
            for (const store of Object.values(stores)) {{
              store.getAll().onsuccess = ({{ target }}) => all.push(target.result);
            }}
            answer(all);
          }});
          return [...found, {{ ...localStorage }}, {{ ...sessionStorage }}];
        }}""",
        STATIC.url("browser-store.js"),
    )
    return json.dumps(found)


def test_stamps_without_a_network_are_kept_and_told_once(
    town: LittleTown, network: Proxy, playwright: Playwright, tmp_path: Path
) -> None:
    """Three cards, one of them twice; the browser is closed and opened without a network."""
    with_every_program(town)
    cards = [town.resident() for _ in range(3)]
    site = address_of(network)
    context = lasting_chromium(playwright, tmp_path, site)
    page = context.pages[0]
    enrol(page, town)
    network.fault = GONE
    record(page, *cards, cards[0])
    expect(listed(page, "waiting")).to_have_count(4)
    kept = on_the_device(page)
    assert not any(typed_codes.normalised(card.code) in kept for card in cards)
    context.close()

    context = lasting_chromium(playwright, tmp_path, site)
    page, given_at = context.pages[0], town.clock.now()
    town.clock.advance(timedelta(hours=30))
    page.clock.set_fixed_time(town.clock.now())
    page.goto(RALLY)
    expect(page.locator("#task-name")).to_have_text("スタンプ：スタンプラリー")
    expect(listed(page, "waiting")).to_have_count(4)
    assert [left(town, card, "rally") for card in cards] == [0, 0, 0]
    network.fault = Fault()
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(listed(page, "taken")).to_have_count(3)
    expect(listed(page, "waiting")).to_have_count(0)
    assert [left(town, card, "rally") for card in cards] == [1, 1, 1]
    assert counted(town) == [given_at] * 3
    page.goto(RALLY)
    expect(page.locator("h1")).to_have_text("カードを読み取ってください")
    expect(listed(page, "refused")).to_have_count(1)
    refused = page.locator("#kept-refused")
    expect(refused).to_contain_text(cards[0].code[-6:])
    expect(refused).to_contain_text("お客様ご自身のページか区でわかります")
    page.click("#kept-seen")
    expect(refused).to_be_hidden()
    assert [left(town, card, "rally") for card in cards] == [1, 1, 1]
    assert '"box"' not in on_the_device(page)
    context.close()
    assert not any(card.code.encode() in asked for card in cards for asked in network.requests)


def test_a_lost_answer_is_asked_for_again_by_itself_and_given_once(
    town: LittleTown, chrome: Browser
) -> None:
    """And with a network, an answer leads on as the form itself does."""
    with_every_program(town)
    card, other = town.resident(), town.resident()
    with served(town, through=loses_first_answer) as site:
        window = Watched(chrome, site, PHONE)
        enrol(window.page, town)
        record(window.page, card)
        expect(listed(window.page, "waiting")).to_have_count(1)
        window.page.goto(RALLY)
        expect(listed(window.page, "taken")).to_have_count(1)
        assert left(town, card, "rally") == 1
        show(window.page, other.code)
        expect(window.page.locator(".result")).to_contain_text("+1")
        window.page.context.set_offline(True)
        window.page.reload()
        expect(window.page.locator("h1")).to_have_text("いま、つながりません")
        window.page.context.set_offline(False)
        window.page.goto(RALLY)
        show(window.page, other.code)
        expect(window.page.locator("h1")).to_have_text("できませんでした")
        window.page.goto(RALLY)
        expect(listed(window.page, "refused")).to_have_count(0)
        assert left(town, other, "rally") == 1
        assert window.faults == []
        window.page.context.close()


def sent_from(page: BrowserPage, form: str = "main form[method=post]") -> str:
    """What the page says that the form leads to, however little is filled in."""
    with page.expect_navigation():
        page.evaluate("form => document.querySelector(form).submit()", form)
    expect(page.locator(".result")).to_be_visible()
    return page.locator(".result").inner_text()


def ways_back(page: BrowserPage, her: Colourful) -> list[str]:
    """Hand a thing over, and find where the day's list leads to undo it, a top-up and a sale."""
    page.goto("/shop/tasks/thing/saplings/plum")
    with page.expect_navigation():
        show(page, her.card.code)
    page.goto("/shop/payments")
    ways = [each.get_attribute("href") or "" for each in page.locator(".entries a.button").all()]
    kinds = ("/shop/things/", "/shop/money/", "/shop/purchases/")
    return [next(way for way in ways if way.startswith(kind)) for kind in kinds]


def test_no_page_and_no_form_ends_in_the_browsers_own_words(
    town: LittleTown, network: Proxy, chrome: Browser
) -> None:
    """The network goes while a page is open; what only asks, and so did nothing, is told so."""
    her = colourful(town)
    with town.database.write(town.operator) as tx:
        lists.open_program(tx, town.clock, LANTERN)
    window = Watched(chrome, address_of(network), PHONE)
    page = window.page
    enrol(page, town)
    paid = town.pay(town.greengrocer, town.resident(2_000), 500)
    asks = ["event/full-card/health-class", "check/bus-pass/-"]
    does = ["thing/saplings/plum", "gift/smile/book", "exchange/lantern/gift"]
    does += [f"{way}/sports/-?amount=1000" for way in ("top-up", "cash-out")]
    pages = [(f"/shop/tasks/{task}", task in asks) for task in [*asks, *does]]
    pages += [(f"/shop/payments/{paid}/refund", False), ("/shop/account", False)]
    pages += [(address, False) for address in ways_back(page, her)]
    pages += [("/shop/enrol", False), ("/shop/end", False)]
    for address, only_asks in pages:
        network.fault = Fault()
        page.goto(address)
        network.fault = GONE
        words = sent_from(page)
        assert ("何も記録していません" in words) == only_asks, (address, words)
        assert ("返事が届きませんでした" in words) != only_asks, (address, words)
        assert "\n1円" not in words, "a thing is no yen"
    network.fault = Fault()
    page.goto(f"/shop/payments/{paid}/refund")
    page.fill("#amount", "１,500")
    network.fault = GONE
    assert "1,500円" in sent_from(page)
    expect(page.locator("#cut-list")).to_be_visible()
    network.fault = Fault()
    page.goto("/shop/tasks/event/full-card/health-class")
    with page.expect_navigation():
        show(page, town.resident().code)
    network.fault = GONE
    assert "返事が届きませんでした" in sent_from(page)
    for address in ("/shop", "/shop/choose?amount=500", "/shop/statements"):
        page.goto(address)
        expect(page.locator("h1")).to_have_text("いま、つながりません")
    window.check()
    page.context.close()


def test_of_a_payment_that_may_have_been_made_nobody_says_that_it_was_not(
    town: LittleTown, chrome: Browser
) -> None:
    """Only a device that knows that it has no network says so, of what it never sent before."""
    colourful(town)
    card = town.resident(1_000)
    with served(town, through=loses_first_answer) as site:
        window = Watched(chrome, site, PHONE)
        page = window.page
        enrol(page, town)
        page.goto("/shop/card?amount=500")
        button = page.locator("#card-form button[type=submit]")
        page.evaluate("document.forms['card-form'].dispatchEvent(new Event('submit'))")
        expect(button).to_be_disabled()
        page.evaluate("dispatchEvent(new Event('pageshow'))")
        expect(button).to_be_enabled()
        page.context.set_offline(True)
        show(page, card.code)
        expect(page.locator(".result")).to_contain_text("何も記録していません")
        assert left(town, card, "longevity-gift") == 1_000
        page.context.set_offline(False)
        assert "500円" in (words := sent_from(page))
        assert "返事が届きませんでした" in words
        assert left(town, card, "longevity-gift") == 500
        page.context.set_offline(True)
        page.evaluate("document.querySelector('[name=again]').remove()")
        assert "返事が届きませんでした" in sent_from(page)
        page.context.set_offline(False)
        window.follow("#cut-form button")
        expect(page.locator(".result")).to_contain_text("現金はいただきません")
        assert left(town, card, "longevity-gift") == 500
        assert window.faults == []
        page.context.close()


def test_what_another_enrolment_kept_is_never_sent(
    town: LittleTown, site: str, chrome: Browser
) -> None:
    """The device is given away, or enrolled anew, while something waits."""
    with_every_program(town)
    card = town.resident()
    window = Watched(chrome, site, PHONE)
    page = window.page
    enrol(page, town)
    keep(page, card.code)
    page.goto("/shop")
    expect(page.locator("#kept-some")).to_contain_text("（送信待ち）： 1")
    page.goto("/shop/end")
    window.follow("main button[type=submit]")
    page.goto("/shop/tasks/offline")
    expect(page.locator("#kept-ended")).to_be_visible()
    for part in ("#record", "#back"):
        expect(page.locator(part)).to_be_hidden()
    enrol(page, town)
    expect(listed(page, "refused")).to_contain_text("登録し直す前に記録された")
    expect(listed(page, "waiting")).to_have_count(0)
    assert left(town, card, "rally") == 0
    page.goto("/shop/tasks")
    expect(page.locator("#kept-some [data-count]")).to_have_text("0")
    expect(page.locator("#kept-some")).to_be_hidden()
    assert '"box"' not in on_the_device(page)
    page.context.close()


def test_what_cannot_be_kept_is_not_and_the_shop_is_told_why(
    town: LittleTown, network: Proxy, chrome: Browser
) -> None:
    """A typing mistake, the code of a phone, and one more than 200."""
    with_every_program(town)
    window = Watched(chrome, address_of(network), PHONE)
    page, code = window.page, town.unissued_code()
    enrol(page, town)
    network.fault = GONE
    for shown, words in (
        (code[:-1] + ("0" if code[-1] != "0" else "1"), "打ちまちがいがあります"),
        ("1" + "0" * 128, "スマホのコードは1分しか"),
    ):
        show(page, shown)
        expect(page.locator("#kept-wrong")).to_contain_text(words)
    fill(page, 200)
    show(page, code)
    expect(page.locator("#kept-wrong")).to_contain_text("これ以上記録できません")
    page.context.close()


def test_a_code_is_read_in_the_browser_as_it_is_by_the_registry(site: str, chrome: Browser) -> None:
    """However it is typed; with every wrong character and every swap of two found."""
    body = "0123456789ABCDEF"
    right = typed_codes.grouped(body + typed_codes.check_character(body), 4)
    typed = [right, right.lower(), right.replace("-", " "), right.replace("-", "ー"), f" {right}\t"]
    typed += [right.replace("0", "O").replace("1", "l"), right[:-1], right + "0", "", "カード"]
    typed += ["".join(chr(ord(each) + 0xFEE0) for each in right)]
    plain = typed_codes.normalised(right)
    typed += [plain[:n] + other + plain[n + 1 :] for n in range(17) for other in "0QZ"]
    typed += [plain[:n] + plain[n + 1] + plain[n] + plain[n + 2 :] for n in range(16)]
    page = chrome.new_page(base_url=site)
    page.goto("/shop/enrol")
    read = page.evaluate(
        "async ([script, typed]) => { const { codeIn } = await import(script);"
        " return typed.map(codeIn); }",
        [STATIC.url("card-code.js"), typed],
    )
    assert read == [by_the_registry(text) for text in typed]
    assert read[0] == plain
    page.close()


def by_the_registry(text: str) -> str | None:
    try:
        return typed_codes.normalised(parse_code(text))
    except MistypedCode:
        return None
