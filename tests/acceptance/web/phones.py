"""A phone that is a card, in a real browser: added, and what its screen shows."""

import re
from datetime import datetime, timedelta

from playwright.sync_api import Page as BrowserPage
from playwright.sync_api import expect

from tests.acceptance.browsers import Watched

QUIET = 4
"""The light modules around a QR code."""


def add_phone(page: BrowserPage) -> None:
    """Add this phone, as somebody who has just signed in."""
    page.goto("/me/phone?lang=ja")
    page.click("text=このスマホを追加する")
    expect(page.locator(".notice-success")).to_contain_text("支払えるようになりました")


def shown_code(page: BrowserPage) -> str:
    """The text of the code that the phone would show now."""
    made: str = page.evaluate(
        """async () => {
          const address = document.querySelector("script[src*='phone']").src;
          const phone = await import(address.replace(/phone(-add)?[.]js$/, "phone-code.js"));
          const [{ name }] = await phone.people();
          return phone.codeAt(name, Date.now());
        }"""
    )
    return made


def drawn(page: BrowserPage) -> list[list[bool]]:
    """The dark modules of the QR code on the screen."""
    svg = page.locator("#picture svg")
    expect(svg).to_be_visible()
    side = int((svg.get_attribute("viewBox") or "").split()[2]) - 2 * QUIET
    path = svg.locator("path").nth(1).get_attribute("d") or ""
    dark = {(int(x), int(y)) for x, y in re.findall(r"M(\d+) (\d+)h1v1h-1z", path)}
    assert dark
    return [[(x + QUIET, y + QUIET) in dark for x in range(side)] for y in range(side)]


def stand_still(window: Watched, at: datetime) -> None:
    """The browser's clock stands at a moment, and goes on only by ``run_for``."""
    # It begins to go at once, and may be stopped only ahead of where it is.
    window.page.clock.install(time=at - timedelta(hours=1))
    window.page.clock.pause_at(at)


def wait_until_kept(page: BrowserPage, scope: str = "/phone") -> None:
    """Until the page below ``scope`` opens without a network."""
    page.evaluate(
        """async (scope) => {
          for (;;) {
            const registration = await navigator.serviceWorker.getRegistration(scope);
            if (registration?.active?.state === "activated") return;
            await new Promise((resolve) => setTimeout(resolve, 20));
          }
        }""",
        scope,
    )
