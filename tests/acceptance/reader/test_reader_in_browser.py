"""``ichimai reader`` between a real card service and a page in a real browser."""

import base64
from contextlib import suppress
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from playwright.sync_api import (
    Browser,
    Error,
    Page,
    Playwright,
    Route,
    ViewportSize,
    expect,
)

from tests.acceptance.browsers import DESKTOP, PHONE, ZOOMED, Watched, chromium
from tests.acceptance.reader.conftest import Counter
from tests.acceptance.reader.site import pages, wait_until
from tests.unit.reader.table_of_readers import PIN, felica_card, my_number_card

NONCE = bytes(range(32))
IDM = "012e4cb1a2b3c4d5"


def open_page(chrome: Browser, origin: str) -> Page:
    page = chrome.new_context().new_page()
    page.goto(origin)
    page.wait_for_function("() => window.ask !== undefined")
    return page


def paired_page(chrome: Browser, counter: Counter) -> Page:
    page = open_page(chrome, counter.reader.origin)
    found = page.evaluate(
        "([at, code]) => pair(at, code)", [counter.reader.address, counter.reader.code()]
    )
    page.evaluate("pairing => { window.token = pairing.token; begin(pairing); }", found["pairing"])
    hear(page, "connected")
    return page


def hear(page: Page, name: str, count: int = 1) -> Any:  # noqa: ANN401 - what the event says
    """Wait until the page has heard an event ``count`` times; the last one."""
    page.wait_for_function(
        "([name, count]) => heard.filter(one => one.name === name).length >= count",
        arg=[name, count],
    )
    return page.evaluate("name => heard.filter(one => one.name === name).at(-1)", name)


def ask(page: Page, what: str, *given: object) -> Any:  # noqa: ANN401 - what the reader answers
    return page.evaluate("([what, given]) => ask(what, ...given)", [what, list(given)])


def test_a_card_is_read_and_signs_in_the_browser(counter: Counter, chrome: Browser) -> None:
    """From the code typed once to a signature that the certificate's key made."""
    page, card = paired_page(chrome, counter), my_number_card()
    lying = counter.service.insert(card)
    tap = hear(page, "card_present")
    assert tap["kind"] == "my_number_card"
    assert ask(page, "triesLeft", tap["tap"]) == {"found": 3}
    read = bytes(ask(page, "certificate", tap["tap"])["found"])
    wrong = ask(page, "sign", tap["tap"], list(NONCE), "0000")
    assert (wrong["code"], wrong["problem"]["tries_left"]) == ("wrong_card_pin", 2)
    signed = ask(page, "sign", tap["tap"], list(NONCE), PIN)["found"]
    assert bytes(signed["certificate"]) == read
    key = x509.load_der_x509_certificate(read).public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    key.verify(bytes(signed["signature"]), NONCE, padding.PKCS1v15(), hashes.SHA256())
    lying.remove()
    assert hear(page, "card_lifted")["tap"] == tap["tap"]
    assert ask(page, "certificate", tap["tap"]) == {"code": "card_lifted", "problem": {}}
    with counter.service.insert(felica_card()):
        other = hear(page, "card_present", 2)
        assert other["kind"] == "felica"
        assert ask(page, "idm", other["tap"]) == {"found": IDM}
        assert ask(page, "idm", tap["tap"])["code"] == "card_lifted"
    serial = x509.load_der_x509_certificate(read).serial_number
    said = counter.reader.text.lower()
    for secret in (
        PIN,
        IDM,
        str(serial),
        f"{serial:x}",
        base64.b64encode(read).decode()[:40].lower(),
    ):
        assert secret not in said, "in the log"
    assert "マイナンバーカード" in said
    page.context.close()


def test_an_answer_that_comes_late_is_not_told_of_the_next_card(
    counter: Counter, chrome: Browser
) -> None:
    """I1: the reader has answered, and the page hears it when another card lies there."""
    page, lying = paired_page(chrome, counter), counter.service.insert(my_number_card())
    tap = hear(page, "card_present")["tap"]
    late: list[Route] = []

    def hold(route: Route) -> None:
        late.append(route)

    page.route("**/certificate", hold)
    page.evaluate("tap => { window.answer = ask('certificate', tap); }", tap)
    wait_until(lambda: bool(page.evaluate("1") and late))
    answered = late[0].fetch()
    assert answered.json()["tap"] == tap
    lying.remove()
    hear(page, "card_lifted")
    with counter.service.insert(my_number_card()):
        hear(page, "card_present", 2)
        with suppress(Error):  # the page may not wait for it any more
            late[0].fulfill(response=answered)
        assert page.evaluate("() => answer") == {"code": "card_lifted", "problem": {}}
    page.context.close()


def test_the_cards_pin_is_not_left_open_for_other_programs(
    counter: Counter, chrome: Browser
) -> None:
    """Whoever signs after us must show the PIN again."""
    page, card = paired_page(chrome, counter), my_number_card()
    with counter.service.insert(card):
        tap = hear(page, "card_present")["tap"]
        assert "found" in ask(page, "sign", tap, list(NONCE), PIN)
        assert not card._is_verified
        assert "found" in ask(page, "sign", tap, list(NONCE), PIN)
    page.context.close()


def test_two_cards_are_refused_until_both_are_lifted(counter: Counter, chrome: Browser) -> None:
    """E74, on two readers of one machine."""
    page = paired_page(chrome, counter)
    first = counter.service.insert(my_number_card(), 0)
    tap = hear(page, "card_present")["tap"]
    second = counter.service.insert(felica_card(), 1)
    hear(page, "one_card_only")
    assert hear(page, "card_lifted")["tap"] == tap
    assert ask(page, "certificate", tap)["code"] == "card_lifted"
    second.remove()
    # Whoever comes later is told as well; the card that still lies there is nobody's.
    late = open_page(chrome, counter.reader.origin)
    pairing = {"address": counter.reader.address, "token": page.evaluate("() => token")}
    late.evaluate("pairing => begin(pairing)", pairing)
    hear(late, "one_card_only")
    assert page.evaluate("() => reader.tap") is None
    late.context.close()
    first.remove()
    wait_until(lambda: "card" not in _status(counter).casefold().split("<dd>")[3])
    with counter.service.insert(my_number_card(), 0):
        hear(page, "card_present", 2)
    page.context.close()


def _status(counter: Counter) -> str:
    return httpx.get(counter.reader.address).text


def test_readers_survive_the_card_service(counter: Counter, chrome: Browser) -> None:
    """pcscd is stopped under a lying card, and comes back: the tap is over, the next one works."""
    page = paired_page(chrome, counter)
    with counter.service.insert(my_number_card()):
        tap = hear(page, "card_present")["tap"]
        counter.service.__exit__(None, None, None)
        assert hear(page, "card_lifted")["tap"] == tap
        hear(page, "reader_gone", 2)
        assert ask(page, "certificate", tap)["code"] == "card_lifted"
        wait_until(lambda: "PC/SC" in _status(counter))
    counter.service.__enter__()
    hear(page, "reader_added", 2)
    with counter.service.insert(my_number_card()):
        again = hear(page, "card_present", 2)["tap"]
        assert "found" in ask(page, "certificate", again)
    page.context.close()


def test_a_page_survives_the_reader(counter: Counter, chrome: Browser) -> None:
    """The reader dies with a card on it: the tap is over at once; it comes back, still paired."""
    page = paired_page(chrome, counter)
    with counter.service.insert(my_number_card()):
        tap = hear(page, "card_present")["tap"]
        counter.reader.kill()
        assert hear(page, "card_lifted")["tap"] == tap
        hear(page, "disconnected")
        assert ask(page, "waiting")["code"] == "no_reader"
        counter.reader.start()
        hear(page, "connected", 2)
        again = hear(page, "card_present", 2)["tap"]
        assert again != tap
        assert ask(page, "certificate", tap)["code"] == "card_lifted"
        assert "found" in ask(page, "certificate", again)
    page.evaluate("() => reader.close()")
    counter.reader.stop()
    counter.reader.start("--forget")
    page.evaluate("p => begin(p)", {"address": counter.reader.address, "token": "x"})
    hear(page, "unpaired")
    page.context.close()


def test_a_page_of_another_origin_gets_nothing(counter: Counter, chrome: Browser) -> None:
    """Not by our script, not by a form, not by reading what comes back, and it uses up no code."""
    code, at = counter.reader.code(), counter.reader.address
    with pages() as evil:
        stranger = open_page(chrome, evil)
        assert stranger.evaluate("([at, code]) => pair(at, code)", [at, code]) == {
            "code": "no_reader"
        }
        page = paired_page(chrome, counter)
        token = page.evaluate("() => token")
        stranger.evaluate("p => begin(p)", {"address": at, "token": token})
        assert hear(stranger, "disconnected")["code"] == "no_reader"
        assert (
            stranger.evaluate(
                """async (at) => {
              const tried = [];
              for (const path of ["/", "/v1/scans", "/v1/events"]) {
                for (const mode of ["cors", "no-cors"]) {
                  try {
                    const answer = await fetch(at + path, { mode });
                    tried.push(answer.type + (await answer.text()).length);
                  } catch { tried.push("refused"); }
                }
              }
              return tried;
            }""",
                at,
            )
            == ["refused", "opaque0"] * 3
        )
        stranger.context.close()
        page.context.close()


def test_a_page_from_outside_needs_the_persons_leave(
    counter: Counter, playwright: Playwright
) -> None:
    """Chromium since 142: a page of a server elsewhere asks before it reaches this machine.

    The page's server is declared to be elsewhere; nobody, or somebody, says yes.
    """
    place = counter.reader.origin.removeprefix("http://")
    outside = chromium(playwright, [f"--ip-address-space-overrides={place}=public"])
    page = open_page(outside, counter.reader.origin)
    code, at = counter.reader.code(), counter.reader.address
    refused = page.evaluate("([at, code]) => pair(at, code)", [at, code])
    assert refused == {"code": "browser_refuses"}
    page.context.grant_permissions(["local-network-access"], origin=counter.reader.origin)
    assert "pairing" in page.evaluate("([at, code]) => pair(at, code)", [at, code])
    outside.close()


@pytest.mark.parametrize("size", [PHONE, DESKTOP, ZOOMED], ids=["phone", "desk", "zoomed"])
def test_the_page_of_the_reader_has_no_fault_and_follows_the_card(
    counter: Counter, chrome: Browser, size: ViewportSize
) -> None:
    """For whoever sits at the machine: what lies there, in two languages, without reloading."""
    window = Watched(chrome, counter.reader.address, size)
    window.page.goto("/")
    window.check()
    expect(window.page.locator("#status")).to_contain_text("Virtual PCD 00 00")
    with counter.service.insert(felica_card()):
        expect(window.page.locator("#status")).to_contain_text("FeliCa")
        window.check()
    window.page.context.close()
