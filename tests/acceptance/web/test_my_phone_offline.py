"""The page with a phone's code without a network: a cold start, and what the browser keeps."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Playwright,
    expect,
)

from ichimai import ledger
from tests.acceptance.browsers import PHONE, Watched, lasting_chromium
from tests.acceptance.little_town import LittleTown, served
from tests.acceptance.pages import PageClient
from tests.acceptance.web.phones import add_phone, drawn, shown_code, wait_until_kept
from tests.acceptance.web.residents import charge, choose_pin


@pytest.fixture
def phone(town: LittleTown, site: str, chrome: Browser) -> Watched:
    """A phone whose clock is the town's."""
    window = Watched(chrome, site, PHONE)
    window.page.clock.set_fixed_time(town.clock.now())
    return window


def kept(context: BrowserContext) -> dict[str, str]:
    """Everything that the service worker keeps, by address."""
    found: dict[str, str] = context.pages[0].evaluate(
        """async () => {
          const found = {};
          for (const name of await caches.keys()) {
            const cache = await caches.open(name);
            for (const request of await cache.keys()) {
              const answer = await cache.match(request, { ignoreVary: true });
              found[new URL(request.url).pathname + new URL(request.url).search] =
                await answer.text();
            }
          }
          return found;
        }"""
    )
    return found


def test_the_code_opens_after_a_cold_start_without_server_and_network(
    town: LittleTown, playwright: Playwright, tmp_path: Path
) -> None:
    """The browser was closed, the server is gone: the phone shows a code that a till believes."""
    card = town.resident(10_000)
    with served(town) as address:
        context = lasting_chromium(playwright, tmp_path, address)
        page = context.pages[0]
        page.clock.set_fixed_time(town.clock.now())
        choose_pin(page, card.code)
        add_phone(page)
        wait_until_kept(page)
        context.close()
    town.clock.advance(timedelta(days=40))
    context = lasting_chromium(playwright, tmp_path, address)
    page = context.pages[0]
    page.clock.set_fixed_time(town.clock.now())
    page.goto("/phone")
    first = drawn(page)
    assert len(first) == 41
    expect(page.locator("h1")).to_have_text("お店に見せてください")
    code = shown_code(page)
    page.goto("/phone?lang=en")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    drawn(page)
    page.goto("/phone")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    with pytest.raises(Exception, match="ERR_CONNECTION_REFUSED"):
        page.goto("/me")
    context.close()
    assert isinstance(charge(town, code, 500), ledger.Posted)


def test_nothing_of_anybody_is_kept(town: LittleTown, site: str, phone: Watched) -> None:
    """What the service worker keeps is what a stranger gets, and the wallet passes it by."""
    card = town.resident(7_777)
    choose_pin(phone.page, card.code)
    add_phone(phone.page)
    wait_until_kept(phone.page)
    for path in ("/me", "/me/card", "/me/cards", "/phone?lang=ja", "/phone"):
        phone.page.goto(path)
    phone.page.click("summary")
    expect(phone.page.locator("#left-says")).to_have_text("7,777円")
    found = kept(phone.page.context)
    shells = {path for path in found if not path.startswith("/static/")}
    assert shells == {"/phone?lang=ja", "/phone?lang=en", "/phone/language", "/phone/all-noted"}
    assert not found["/phone/all-noted"]
    stranger = PageClient(site)
    for path in ("/phone?lang=ja", "/phone?lang=en"):
        assert without_nonces(found[path]) == without_nonces(stranger.http.get(path).text)
    stranger.close()
    everything = "".join(found.values())
    for personal in ("7,777", card.code, card.code[-4:], "form_token"):
        assert personal not in "".join(found[path] for path in shells)
    assert card.code not in everything


def without_nonces(text: str) -> str:
    return re.sub(r'nonce="[\w-]+"', "", text)


def test_a_worker_that_is_older_is_replaced_with_all_that_it_kept(
    town: LittleTown, phone: Watched
) -> None:
    choose_pin(phone.page, town.resident().code)
    phone.page.goto("/me/phone")
    phone.page.evaluate(
        "caches.open('ichimai-phone-old').then((c) => c.put('/x', new Response('')))"
    )
    wait_until_kept(phone.page)
    phone.page.goto("/phone")
    phone.page.evaluate(
        """async () => {
          const registration = await navigator.serviceWorker.getRegistration("/phone");
          await registration.unregister();
          await navigator.serviceWorker.register("/phone/worker.js", { scope: "/phone" });
          await navigator.serviceWorker.ready;
        }"""
    )
    phone.page.wait_for_function("caches.keys().then((names) => names.length === 1)")
    (name,) = phone.page.evaluate("caches.keys()")
    assert name != "ichimai-phone-old"
