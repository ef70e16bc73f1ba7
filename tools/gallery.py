"""Takes the pictures of docs/tutorial/gallery: each program as its owner sees it, on a phone.

``python -m tools.gallery [KEY...]`` makes a town in a temporary folder, types what the pages tell
people to type, signs in as each owner, and takes pictures with Debian's Chromium.
"""

import base64
import re
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, Page, sync_playwright

from ichimai import storage
from ichimai.programs.terms import Program, ProgramKind
from ichimai.web.shop.door import DOOR
from tests.acceptance.browsers import PHONE, chromium
from tools import gallery_rules
from tools.gallery_town import AT, GalleryTown, blocks, open_town

PICTURES: Final = gallery_rules.FOLDER / "pictures"
WIDTH: Final = PHONE["width"]
MOST_BYTES: Final = 40_000
MOST_HEIGHT: Final = 760
WALLET_HEIGHT: Final = 1_500

_PIN: Final = "280519"
_QUALITIES: Final = (75, 60, 45, 30)
_IN_ONE_WALLET: Final = (
    "toshima-point",
    "sunshine-stamp",
    "smile-stamp",
    "sports-prepaid",
    "somei-mycard",
    "sapling",
)
_DRAWN: Final = """e => {
  const copy = e.cloneNode(true);
  const names = ["fill", "stroke", "stroke-width", "stroke-dasharray", "stroke-linecap",
                 "stroke-linejoin", "font-size", "font-family"];
  const [from, to] = [e, copy].map(each => [...each.querySelectorAll("*")]);
  from.forEach((each, place) => {
    const style = getComputedStyle(each);
    for (const name of names) {
      const value = style.getPropertyValue(name);
      const isText = name.startsWith("font");
      if (each.tagName !== "g" && isText === (each.tagName === "text") && value !== "none")
        to[place].setAttribute(name, isText && name === "font-family" ? "sans-serif" : value);
    }
    to[place].removeAttribute("class");
  });
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("width", "320");
  if (copy.hasAttribute("preserveAspectRatio")) copy.setAttribute("height", "28");
  return copy.outerHTML;
}"""
"""A picture as it stands in the page, with what the page's style sheet gives it written in."""


def main(asked: Sequence[str]) -> int:
    """Take the pictures of the programs with these keys, or of all; print their sizes."""
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder, browser = Path(name), chromium(playwright)
        with storage.EmbeddedServer(folder) as server:
            schemas = [storage.operator_schema("131164")]
            storage.migrate.migrate(server.url, schemas, AT)
            with open_town(folder, server.url) as gallery:
                for program in gallery.town.programs:
                    if not asked or program.key in asked:
                        _program(browser, gallery, program)
                if not asked:
                    _wallet(browser, gallery)
                    _till(browser, gallery)
        browser.close()
    return 0


def _program(browser: Browser, gallery: GalleryTown, program: Program) -> None:
    commands = blocks(gallery_rules.page(program))
    card = gallery.owner(program, commands)
    if commands:
        gallery.type_in(card, commands[0])
    page = _signed_in(browser, gallery, card)
    page.goto(f"/me/programs/{program.key}")
    _take(page, program.key)
    if program.kind == ProgramKind.STAMPS:
        _draw(page, program.key)
    page.context.close()


def _wallet(browser: Browser, gallery: GalleryTown) -> None:
    """Somebody who takes part in several programs."""
    known = {str(program.key): program for program in gallery.town.programs}
    smile = known["smile-stamp"]
    card = gallery.owner(smile, blocks(gallery_rules.page(smile)))
    for key in _IN_ONE_WALLET:
        gallery.type_in(card, _without_card(blocks(gallery_rules.page(known[key]))[0]))
    page = _signed_in(browser, gallery, card)
    _take(page, "wallet", WALLET_HEIGHT)
    page.context.close()


def _without_card(commands: str) -> str:
    return re.sub(r"^card=.*\n", "", commands)


def _till(browser: Browser, gallery: GalleryTown) -> None:
    """A shop where several programs are taken: what it is asked, and what it is told."""
    points = next(one for one in gallery.town.programs if one.key == "toshima-point")
    commands = blocks(gallery_rules.page(points))
    card = gallery.owner(points, commands)
    gallery.type_in(card, commands[0])
    page = _page(browser, gallery)
    # A device that was enrolled: the token of its till is what its cookie holds.
    token, name = gallery.tokens["15-044"], f"ichimai-{DOOR.name}"
    page.context.add_cookies([{"name": name, "value": token, "url": gallery.address}])
    page.goto("/shop/choose?amount=1280")
    page.check("#pay-toshima-point")
    _take(page, "till-choose")
    page.click("main form button[type=submit]")
    page.fill("#card", card)
    page.click("main form button[type=submit]")
    page.wait_for_selector(".result")
    _take(page, "till-sold")
    page.context.close()


def _page(browser: Browser, gallery: GalleryTown) -> Page:
    context = browser.new_context(base_url=gallery.address, locale="ja-JP", viewport=PHONE)
    return context.new_page()


def _signed_in(browser: Browser, gallery: GalleryTown, card: str) -> Page:
    """The first use of a card, on which its owner chooses a PIN."""
    page = _page(browser, gallery)
    page.goto("/me/sign-in?lang=ja")
    page.fill("#card", card)
    page.click("form[action='/me/sign-in'] button")
    page.fill("#pin", _PIN)
    page.fill("#pin_again", _PIN)
    page.click("main button[type=submit]")
    page.wait_for_url("**/me")
    return page


def _take(page: Page, name: str, most_height: int = MOST_HEIGHT) -> None:
    """A picture of the page's upper part, as WebP of the best quality that is small enough."""
    page.evaluate("document.fonts.ready")
    high = page.evaluate("document.documentElement.scrollHeight")
    # What is fixed to the foot of a window is not to be in the middle of the picture.
    page.set_viewport_size({"width": WIDTH, "height": max(PHONE["height"], most_height)})
    clip = {"x": 0, "y": 0, "width": WIDTH, "height": min(high, most_height), "scale": 1}
    session = page.context.new_cdp_session(page)
    path = PICTURES / f"{name}.webp"
    data = b""
    for quality in _QUALITIES:
        asked = {"format": "webp", "quality": quality, "clip": clip, "captureBeyondViewport": True}
        data = base64.b64decode(session.send("Page.captureScreenshot", asked)["data"])
        if len(data) <= MOST_BYTES:
            break
    path.write_bytes(data)
    print(path.name, len(data))


def _draw(page: Page, name: str) -> None:
    """The page's own picture of a stamp card."""
    text = page.locator(".stamp-card svg").first.evaluate(_DRAWN)
    path = PICTURES / f"{name}-card.svg"
    path.write_text(text + "\n", encoding="utf-8")
    print(path.name, len(text))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
