"""A phone's side of its code, in Chromium: what it makes is believed, and its key stays there."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser

from ichimai.cards import phone_codes
from ichimai.web.layout.static import StaticFiles
from tests.acceptance.browsers import PHONE, Watched
from tests.acceptance.web.phones import stand_still

SCRIPT = StaticFiles().url("phone-code.js")
STEP = timedelta(seconds=30)


@pytest.fixture
def phone(chrome: Browser, site: str) -> Watched:
    """A phone with a page of ours and the script."""
    window = Watched(chrome, site, PHONE)
    opened(window)
    return window


def opened(window: Watched) -> None:
    """Open the page, or open it again."""
    window.page.goto("/me/sign-in")
    window.page.evaluate("async script => { globalThis.phone = await import(script); }", SCRIPT)


def enrolled(window: Watched, name: str = "me") -> tuple[bytes, bytes]:
    """The phone's device id and public key."""
    told = window.page.evaluate(
        "async name => { const told = await phone.enrol(name);"
        " return [[...told.device], [...told.publicKey]]; }",
        name,
    )
    return bytes(told[0]), bytes(told[1])


def code_at(window: Watched, at: datetime, name: str = "me") -> str:
    """The code that the phone makes for a moment."""
    milliseconds = round(at.timestamp() * 1000)
    made: str = window.page.evaluate("([name, at]) => phone.codeAt(name, at)", [name, milliseconds])
    return made


def parsed(text: str) -> phone_codes.PhoneCode:
    code = phone_codes.parse(text)
    assert code is not None, text
    return code


def now() -> datetime:
    """The machine's clock, which the browser has too."""
    return datetime.now(UTC)


def test_a_code_made_by_the_browser_is_believed(phone: Watched) -> None:
    device, public_key = enrolled(phone)
    assert phone_codes.is_public_key(public_key)
    for number in range(20):
        at = datetime(2026, 10, 1, tzinfo=UTC) + number * timedelta(days=999, seconds=7)
        code = parsed(code_at(phone, at))
        assert code.device == device
        assert code.step == phone_codes.step_at(at)
        assert phone_codes.verify(code, public_key)
        assert phone_codes.is_fresh(code, at)
        assert not phone_codes.is_fresh(code, at + 3 * STEP)
    assert phone.faults == []


def test_the_key_cannot_be_taken_out_of_the_phone(phone: Watched) -> None:
    """Not in any form that WebCrypto knows; also not by a script that finds its way in."""
    enrolled(phone)
    refusals = phone.page.evaluate(
        """async () => {
          const database = await new Promise((resolve) => {
            const request = indexedDB.open("ichimai-phone");
            request.onsuccess = () => resolve(request.result);
          });
          const kept = await new Promise((resolve) => {
            const request = database.transaction("keys").objectStore("keys").get("me");
            request.onsuccess = () => resolve(request.result);
          });
          database.close();
          const key = kept.keys.privateKey;
          const refusals = [key.extractable, key.usages.join()];
          for (const format of ["jwk", "pkcs8", "raw"]) {
            refusals.push(await crypto.subtle.exportKey(format, key).then(() => "", (e) => e.name));
          }
          return refusals;
        }"""
    )
    assert refusals[:2] == [False, "sign"]
    assert set(refusals[2:]) <= {"InvalidAccessError", "NotSupportedError"}


def test_the_phone_is_the_same_after_the_page_is_opened_again(phone: Watched) -> None:
    device, public_key = enrolled(phone)
    opened(phone)
    assert enrolled(phone) == (device, public_key)
    assert phone_codes.verify(parsed(code_at(phone, now())), public_key)


def test_two_pages_at_once_make_one_phone(phone: Watched) -> None:
    """Whichever key was kept first is the key; the other never showed a code."""
    told = phone.page.evaluate(
        """async () => {
          const all = await Promise.all(Array.from({length: 8}, () => phone.enrol("me")));
          return all.map(({ device, publicKey }) => [...device, ...publicKey].join());
        }"""
    )
    assert len(set(told)) == 1


def test_two_people_who_share_a_phone_are_two(phone: Watched) -> None:
    mother, child = enrolled(phone, "mother"), enrolled(phone, "child")
    assert mother[0] != child[0]
    code = parsed(code_at(phone, now(), "child"))
    assert phone_codes.verify(code, child[1])
    assert not phone_codes.verify(code, mother[1])


def test_a_phone_that_was_never_enrolled_or_was_forgotten_shows_nothing(phone: Watched) -> None:
    assert phone.page.evaluate("phone.codeAt('me', Date.now())") is None
    before = enrolled(phone)
    phone.page.evaluate("phone.forget('me')")
    assert phone.page.evaluate("phone.codeAt('me', Date.now())") is None
    assert enrolled(phone) != before


SHOWING = """() => {
  globalThis.shown = [];
  globalThis.end = phone.showCodes("me", (text, endsAt) => shown.push([text, endsAt]));
}"""


def shown(window: Watched, count: int) -> list[Any]:
    """What the page was told to show, once there is so much of it."""
    window.page.wait_for_function("count => shown.length >= count", arg=count)
    told: list[Any] = window.page.evaluate("shown")
    return told


def test_the_code_changes_every_thirty_seconds_without_a_network(phone: Watched) -> None:
    """And the script draws nothing: what is on the page is the page's affair."""
    _, public_key = enrolled(phone)
    began = datetime(2026, 10, 1, 3, 0, 10, tzinfo=UTC)
    stand_still(phone, began)
    phone.page.context.set_offline(offline=True)
    before = phone.page.content()
    phone.page.evaluate(SHOWING)
    for number in range(1, 5):
        told = shown(phone, number)
        assert len(told) == number
        at = began + (number - 1) * STEP
        code = parsed(told[-1][0])
        assert phone_codes.verify(code, public_key)
        assert code.step == phone_codes.step_at(at)
        assert told[-1][1] / 1000 == (code.step + 1) * 30
        phone.page.clock.run_for(30_000)
    assert len(shown(phone, 5)) == 5
    phone.page.evaluate("end()")
    phone.page.clock.run_for(120_000)
    code_at(phone, began)  # as long as one more code would take
    assert len(phone.page.evaluate("shown")) == 5
    assert phone.page.content() == before
    phone.page.context.set_offline(offline=False)
    assert phone.faults == []


def test_a_screenshot_of_a_code_is_stale_after_the_next_one(phone: Watched) -> None:
    enrolled(phone)
    taken = now()
    phone.page.clock.set_fixed_time(taken)
    phone.page.evaluate(SHOWING)
    code = parsed(shown(phone, 1)[0][0])
    assert phone_codes.is_fresh(code, taken)
    assert not phone_codes.is_fresh(code, taken + timedelta(seconds=71))


def test_a_phone_that_wakes_shows_the_code_of_now(phone: Watched) -> None:
    """A phone that was asleep has missed its timers."""
    enrolled(phone)
    phone.page.evaluate(
        """() => {
          globalThis.shown = [];
          globalThis.at = 1_800_000_000_000;
          phone.showCodes("me", (text) => shown.push(text), { now: () => at });
        }"""
    )
    first = parsed(shown(phone, 1)[0])
    phone.page.evaluate(
        "() => { at += 3_600_000; document.dispatchEvent(new Event('visibilitychange')); }"
    )
    assert parsed(shown(phone, 2)[1]).step == first.step + 120


def test_without_a_key_nothing_is_shown_rather_than_failing(phone: Watched) -> None:
    phone.page.evaluate(SHOWING)
    assert shown(phone, 1)[0][0] is None
    assert phone.page.evaluate("phone.isPossible()") is True
    assert phone.faults == []
