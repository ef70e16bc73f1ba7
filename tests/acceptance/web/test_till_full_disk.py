"""A till whose device has no room left: what it cannot keep it does not say that it knows."""

import pytest
from playwright.sync_api import Browser, expect
from playwright.sync_api import Page as BrowserPage

from tests.acceptance.browsers import PHONE, Watched
from tests.acceptance.faults.proxy import Fault, Proxy
from tests.acceptance.little_town import LittleTown, served
from tests.acceptance.web.colourful import colourful, with_every_program
from tests.acceptance.web.test_my_programs import left
from tests.acceptance.web.test_till_offline import (
    GONE,
    RALLY,
    STATIC,
    address_of,
    enrol,
    listed,
    record,
    sent_from,
    show,
)
from tests.acceptance.web.test_till_pages import loses_first_answer


def allow(page: BrowserPage, site: str, quota_bytes: int | None) -> None:
    """Let the browser keep so much of the site from now on; None: as much as it likes."""
    quota = {} if quota_bytes is None else {"quotaSize": quota_bytes}
    session = page.context.new_cdp_session(page)
    session.send("Storage.overrideQuotaForOrigin", {"origin": site, **quota})


def fill_disk(page: BrowserPage, site: str) -> None:
    """From now on the browser keeps no page more; what it has stays."""
    allow(page, site, 1)
    assert not can_keep(page)


def wait_until_database_is_full(page: BrowserPage) -> None:
    """Chromium asks anew how much room there is when half a minute has passed."""
    page.evaluate(
        """async (script) => {
          const { inTransaction } = await import(script);
          const put = () => inTransaction({ name: "proof", stores: ["proof"] }, "readwrite",
            ({ proof }) => { proof.put("x", 1); });
          while (await put().then(() => true, () => false)) {
            await new Promise((resolve) => setTimeout(resolve, 100));
          }
        }""",
        STATIC.url("browser-store.js"),
    )


def can_keep(page: BrowserPage) -> bool:
    kept: bool = page.evaluate(
        """async () => {
          const cache = await caches.open("proof").catch(() => null);
          const put = cache?.put("/proof", new Response("x".repeat(1000)));
          return await put?.then(() => true, () => false) ?? false;
        }"""
    )
    return kept


def test_the_pages_that_are_kept_open_in_the_language_that_is_asked_for(
    town: LittleTown, network: Proxy, chrome: Browser
) -> None:
    """Though the browser cannot remember the language."""
    with_every_program(town)
    site = address_of(network)
    window = Watched(chrome, site, PHONE)
    page = window.page
    enrol(page, town)
    fill_disk(page, site)
    network.fault = GONE
    page.goto(f"{RALLY}?lang=en")
    expect(page.locator("#task-name")).to_be_visible()
    page.goto("/shop/payments?lang=en")
    expect(page.locator("h1")).to_be_visible()
    page.context.close()


def test_of_a_payment_that_may_have_been_made_nobody_says_that_it_was_not(
    town: LittleTown, chrome: Browser
) -> None:
    """The browser could not note that the form had no answer; the shop goes back and sends it."""
    colourful(town)
    card = town.resident(1_000)
    with served(town, through=loses_first_answer) as site:
        window = Watched(chrome, site, PHONE)
        page = window.page
        enrol(page, town)
        fill_disk(page, site)
        page.goto("/shop/card?amount=500")
        page.fill("#card", card.code)
        assert "返事が届きませんでした" in sent_from(page)
        assert left(town, card, "longevity-gift") == 500
        page.go_back()
        page.fill("#card", card.code)
        page.context.set_offline(True)
        assert "返事が届きませんでした" in sent_from(page)
        page.context.close()


@pytest.mark.long
def test_a_refusal_that_cannot_be_kept_keeps_nothing_else_from_being_told(
    town: LittleTown, network: Proxy, chrome: Browser
) -> None:
    """It waits, is asked for again, and is told when there is room."""
    with_every_program(town)
    first, second = town.resident(), town.resident()
    site = address_of(network)
    window = Watched(chrome, site, PHONE)
    page = window.page
    enrol(page, town)
    network.fault = GONE
    record(page, first, first, second)
    expect(listed(page, "waiting")).to_have_count(3)
    fill_disk(page, site)
    wait_until_database_is_full(page)
    show(page, second.code)
    expect(page.locator("#kept-wrong")).to_contain_text("これ以上記録できません")
    network.fault = Fault()
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(listed(page, "taken")).to_have_count(2)
    expect(listed(page, "waiting")).to_have_count(1)
    expect(listed(page, "refused")).to_have_count(0)
    assert [left(town, card, "rally") for card in (first, second)] == [1, 1]
    allow(page, site, None)
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(listed(page, "refused")).to_have_count(1)
    expect(listed(page, "waiting")).to_have_count(0)
    page.context.close()
