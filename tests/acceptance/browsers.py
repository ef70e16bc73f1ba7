"""Chromium as a shop, a resident or the town has it, and what is wrong with a page in it."""

import asyncio
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest
import segno
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Playwright,
    ViewportSize,
    expect,
)

expect.set_options(timeout=30_000)  # as long as everything else in a browser may take

PHONE: Final[ViewportSize] = {"width": 390, "height": 844}
DESKTOP: Final[ViewportSize] = {"width": 1280, "height": 900}
ZOOMED: Final[ViewportSize] = {"width": 640, "height": 450}
"""The desktop at 200 %."""

SIZES: Final = pytest.mark.parametrize(
    "size", [PHONE, DESKTOP, ZOOMED], ids=["phone", "desk", "zoomed"]
)

_AXE: Final = Path(__file__).parent / "axe" / "axe.min.js"
_RULES: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_ARGUMENTS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


@dataclass
class Driver:
    """Playwright and one Chromium, for all tests of a process that want them.

    Playwright leaves its event loop running in our thread, between its calls too, where no other
    loop could run meanwhile: so it counts as running only while a test drives a browser.
    """

    playwright: Playwright
    chrome: Browser
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.get_running_loop)

    def wake(self) -> None:
        """Before a test that drives a browser."""
        asyncio._set_running_loop(self.loop)

    def rest(self) -> None:
        """After it; the windows that it left open are closed."""
        try:
            for window in self.chrome.contexts:
                window.close()
        finally:
            asyncio._set_running_loop(None)


def chromium(playwright: Playwright, arguments: Sequence[str] = ()) -> Browser:
    """The machine's Chromium."""
    return playwright.chromium.launch(executable_path=_program(), args=[*_ARGUMENTS, *arguments])


def lasting_chromium(playwright: Playwright, folder: Path, base_url: str) -> BrowserContext:
    """The same with what it keeps in ``folder``: closed and opened again, it finds it there."""
    return playwright.chromium.launch_persistent_context(
        folder,
        executable_path=_program(),
        args=list(_ARGUMENTS),
        base_url=base_url,
        locale="ja-JP",
        viewport=PHONE,
    )


def _program() -> str:
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    assert path, "Chromium is needed: on Debian, apt-get install chromium"
    return path


class Watched:
    """One browser window that notes what should not happen in it.

    ``may_reach``: an address of somebody else's, about which nothing is a fault.
    """

    def __init__(
        self,
        browser: Browser,
        base_url: str,
        viewport: ViewportSize,
        *,
        may_use_camera: bool = False,
        has_script: bool = True,
        is_touched: bool = False,
        may_reach: str | None = None,
    ) -> None:
        context = browser.new_context(
            base_url=base_url,
            locale="ja-JP",
            viewport=viewport,
            permissions=["camera"] if may_use_camera else [],
            java_script_enabled=has_script,
            has_touch=is_touched,
            is_mobile=is_touched,
        )
        self.page: Page = context.new_page()
        self.faults: list[str] = []
        self._may_reach = may_reach
        self.page.on("pageerror", lambda error: self._note(f"error: {error}"))
        self.page.on("console", self._note_console)
        self.page.on("request", lambda request: self._note_request(request.url, base_url))

    def _note_console(self, message: ConsoleMessage) -> None:
        # A refusal (409, 422) is a page like others; Chromium calls it an error.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self._note(f"console: {message.text}")

    def _note_request(self, url: str, base_url: str) -> None:
        if not url.startswith((base_url, "data:", "blob:")):
            self._note(f"request to {url}")

    def _note(self, fault: str) -> None:
        if self._may_reach is None or self._may_reach not in fault:
            self.faults.append(fault)

    def follow(self, selector: str) -> None:
        """Press what leads to another page, and wait until that page is there."""
        with self.page.expect_navigation():
            self.page.click(selector)

    def check(self) -> None:
        """Find fault with the page: axe, width, sizes to touch, and what was noted so far."""
        self.page.wait_for_load_state()
        assert self.faults == [], self.faults
        self.page.evaluate(_AXE.read_text(encoding="utf-8"))
        found = self.page.evaluate(
            "rules => axe.run(document, {runOnly: rules, resultTypes: ['violations', 'passes']})",
            _RULES,
        )
        assert found["passes"], "axe looked at nothing"
        wrong = [
            (violation["id"], node["html"][:200], node["failureSummary"])
            for violation in found["violations"]
            for node in violation["nodes"]
        ]
        assert wrong == [], (self.page.url, wrong)
        assert self.page.evaluate(_TOO_WIDE) == [], self.page.url
        assert self.page.evaluate(_TOO_SMALL) == [], self.page.url


_TOO_WIDE: Final = """() => {
  const width = document.documentElement.clientWidth;
  return document.documentElement.scrollWidth > width + 1
    ? [...document.querySelectorAll('body *')]
        .filter(e => e.getBoundingClientRect().right > width + 1)
        .map(e => e.outerHTML.slice(0, 120))
    : [];
}"""

_TOO_SMALL: Final = """() =>
  [...document.querySelectorAll('button, input:not([type=hidden]), select, a.button, .tabs a')]
    .filter(e => e.getClientRects().length > 0)
    .map(e => (e.closest('.choice') ?? e))
    .filter(e => e.getBoundingClientRect().height < 44)
    .map(e => e.outerHTML.slice(0, 120))
"""


def camera_film(path: Path, text: str) -> Path:
    """A film (Y4M) in which a card's QR code is held before a camera."""
    rows = segno.make_qr(text, error="q").matrix
    return film_of(path, [[bool(module) for module in row] for row in rows])


def film_of(path: Path, matrix: Sequence[Sequence[bool]]) -> Path:
    """The same of any QR code, whose dark modules are true; at most 46 a side."""
    width, height, module = 640, 480, 10
    side = len(matrix) * module
    left, top = (width - side) // 2, (height - side) // 2
    luma = bytearray(b"\xeb" * (width * height))
    for y, row in enumerate(matrix):
        for x, is_dark in enumerate(row):
            if is_dark:
                for line in range(module):
                    start = (top + y * module + line) * width + left + x * module
                    luma[start : start + module] = b"\x10" * module
    frame = b"FRAME\n" + bytes(luma) + b"\x80" * (width * height // 2)
    path.write_bytes(f"YUV4MPEG2 W{width} H{height} F10:1 Ip A1:1 C420\n".encode() + frame * 2)
    return path
