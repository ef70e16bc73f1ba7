"""Passkeys and the digital identity app in a real browser, to the end."""

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from ichimai import web
from ichimai.oidc import ClientKey, Provider, RelyingParty
from ichimai.oidc.test_provider import REALM, Client, ProviderForTests
from tests.acceptance.browsers import DESKTOP, PHONE, Watched
from tests.acceptance.little_town import PASSWORD, STAFF, LittleTown, running, served
from tests.acceptance.web.residents import choose_pin

OFFICER, *_ = STAFF
SIZES = pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desk"])


@pytest.fixture
def with_provider(town: LittleTown) -> Iterator[tuple[str, ProviderForTests]]:
    """The town at ``localhost``, where passkeys work, with a provider beside it."""
    with ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        issuer = f"http://localhost:{listener.getsockname()[1]}{REALM}"
        provider, key = ProviderForTests(issuer, town.clock), ClientKey.new()

        def with_it(services: web.Services) -> web.Services:
            home = f"{services.base_url}{web.DIGITAL_ID_ANSWER}"
            provider.clients["ichimai"] = Client(home, key.public)
            known = Provider.at(issuer, client_id="ichimai", redirect_uri=home)
            party = RelyingParty(known, key, web.Outbound(), services.people_key, town.clock)
            return replace(services, needs_second_factor=True, digital_id=party)

        stack.enter_context(running(web.test_provider(provider), listener))
        address = stack.enter_context(served(town, changed=with_it))
        yield address.replace("127.0.0.1", "localhost"), provider


def authenticator(page: Page, **options: Any) -> Callable[..., Any]:  # noqa: ANN401 - the protocol's
    """A virtual authenticator in the browser of a page; sends it commands."""
    protocol = page.context.new_cdp_session(page)
    protocol.send("WebAuthn.enable")
    made = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    answer = protocol.send("WebAuthn.addVirtualAuthenticator", {"options": made | options})

    def send(command: str, **parameters: Any) -> Any:  # noqa: ANN401 - the protocol's
        known = {"authenticatorId": answer["authenticatorId"]}
        return protocol.send(f"WebAuthn.{command}", known | parameters)

    return send


def give_password(page: Page) -> None:
    page.goto("/console/sign-in")
    page.fill("#name", OFFICER)
    page.fill("#password", PASSWORD)
    page.click("form[action='/console/sign-in'] button")


@SIZES
def test_a_member_sets_up_a_passkey_and_comes_in_by_it(
    with_provider: tuple[str, ProviderForTests], chrome: Browser, size: ViewportSize
) -> None:
    """The first sign-in leads to it; after that no password is typed; each page is faultless."""
    window = Watched(chrome, with_provider[0], size)
    page = window.page
    key = authenticator(page)
    page.goto("/console/sign-in")
    expect(page.locator("text=パスキーでログイン")).to_be_visible()
    window.check()
    give_password(page)
    expect(page.locator("h1")).to_have_text("2段階認証の登録")
    window.check()
    page.click("text=パスキーを登録する")
    expect(page).to_have_url(f"{with_provider[0]}/console")
    page.click("text=ログアウト")
    page.click("text=パスキーでログイン")
    expect(page).to_have_url(f"{with_provider[0]}/console")
    page.goto("/console/account")
    expect(page.locator("#passkeys ~ dl")).to_contain_text("最後に使ったのは")
    window.check()
    page.goto("/console/account?lang=en")
    window.check()
    page.goto("/console/account?lang=ja")
    page.click("text=ログアウト")
    give_password(page)
    expect(page.locator("h1")).to_have_text("2段階認証の確認")
    window.check()
    page.click("text=パスキーを使う")
    expect(page).to_have_url(f"{with_provider[0]}/console")
    (kept,) = key("getCredentials")["credentials"]
    assert kept["rpId"] == "localhost"
    assert window.faults == []


@SIZES
def test_a_member_sets_up_an_app(
    with_provider: tuple[str, ProviderForTests], chrome: Browser, size: ViewportSize
) -> None:
    """The QR code's page and the recovery codes' page have no fault, in both languages."""
    window = Watched(chrome, with_provider[0], size)
    give_password(window.page)
    window.page.click("text=アプリを登録する")
    expect(window.page.locator("h1")).to_have_text("認証アプリの登録")
    window.check()
    window.page.goto("/console/factors/app?lang=en")
    window.check()


def test_a_resident_adds_a_passkey_after_the_card_and_comes_in_by_it(
    town: LittleTown, with_provider: tuple[str, ProviderForTests], chrome: Browser
) -> None:
    window, card = Watched(chrome, with_provider[0], PHONE), town.resident(10_000)
    page = window.page
    authenticator(page)
    choose_pin(page, card.code)
    town.clock.advance(timedelta(seconds=1))
    page.goto("/me/keys")
    window.check()
    page.click("text=この端末にパスキーを登録する")
    expect(page.locator("dl.facts")).to_contain_text("まだ使っていません")
    window.check()
    page.click("text=終わる")
    page.click("text=パスキーで入る")
    expect(page.locator(".balance")).to_contain_text("10,000円")
    page.goto("/me/card")
    expect(page.locator("main")).to_contain_text("カード番号を使わずに入ったため")
    window.check()
    page.goto("/me/keys")
    expect(page.locator("text=この端末にパスキーを登録する")).to_have_count(0)
    window.check()
    page.click("text=削除")
    expect(page.locator("main")).to_contain_text("まだありません")
    assert window.faults == []


def test_a_passkey_that_is_cancelled_or_unverified_opens_nothing(
    town: LittleTown, with_provider: tuple[str, ProviderForTests], chrome: Browser
) -> None:
    window, card = Watched(chrome, with_provider[0], PHONE), town.resident(10_000)
    page = window.page
    key = authenticator(page)
    choose_pin(page, card.code)
    town.clock.advance(timedelta(seconds=1))
    page.goto("/me/keys")
    page.click("text=この端末にパスキーを登録する")
    expect(page.locator("dl.facts")).to_be_visible()
    page.click("text=終わる")
    key("setUserVerified", isUserVerified=False)
    page.click("text=パスキーで入る")
    expect(page.locator(".passkey [role=status]")).to_contain_text("使われませんでした")
    window.check()
    key("setUserVerified", isUserVerified=True)
    page.click("text=パスキーで入る")
    expect(page.locator(".balance")).to_be_visible()


def test_a_copied_authenticator_whose_count_falls_back_is_refused(
    town: LittleTown, with_provider: tuple[str, ProviderForTests], chrome: Browser
) -> None:
    window, card = Watched(chrome, with_provider[0], PHONE), town.resident(10_000)
    page = window.page
    key = authenticator(page)
    choose_pin(page, card.code)
    town.clock.advance(timedelta(seconds=1))
    page.goto("/me/keys")
    page.click("text=この端末にパスキーを登録する")
    expect(page.locator("dl.facts")).to_be_visible()
    (copied,) = key("getCredentials")["credentials"]
    for _ in range(2):
        page.click("text=終わる")
        page.click("text=パスキーで入る")
        expect(page.locator(".balance")).to_be_visible()
    page.click("text=終わる")
    key("clearCredentials")
    key("addCredential", credential=copied)
    page.click("text=パスキーで入る")
    expect(page.locator(".notice-error")).to_contain_text("このパスキーは登録されていないか")
    window.check()


def test_at_another_address_the_button_is_not_there(
    with_provider: tuple[str, ProviderForTests], chrome: Browser
) -> None:
    """A number is no domain: at 127.0.0.1 no passkey of localhost works."""
    window = Watched(chrome, with_provider[0].replace("localhost", "127.0.0.1"), DESKTOP)
    authenticator(window.page)
    window.page.goto("/console/sign-in")
    expect(window.page.locator("#name")).to_be_visible()
    expect(window.page.locator("text=パスキーでログイン")).to_be_hidden()


def test_a_resident_connects_a_my_number_card_and_comes_in_by_it(
    town: LittleTown, with_provider: tuple[str, ProviderForTests], chrome: Browser
) -> None:
    """Connected after the card, refused before, disconnected at the end."""
    site, provider = with_provider
    window, card = Watched(chrome, site, PHONE), town.resident(10_000)
    page = window.page

    def hold_card(person: str) -> None:
        expect(page.locator("h1")).to_have_text("テスト用デジタル認証")
        page.click(f"text={person}")

    page.goto("/me/sign-in")
    window.check()
    page.click("text=デジタル認証アプリで入る")
    hold_card("豊島 花子")
    expect(page.locator(".notice-error")).to_contain_text("まだこちらのカードにつながっていません")
    choose_pin(page, card.code)
    town.clock.advance(timedelta(seconds=1))
    page.goto("/me/keys")
    page.click("text=マイナンバーカードをつなぐ")
    hold_card("豊島 花子")
    expect(page.locator("main")).to_contain_text("からつながっています")
    page.click("text=終わる")
    page.click("text=デジタル認証アプリで入る")
    hold_card("巣鴨 太郎")
    expect(page.locator(".notice-error")).to_be_visible()
    page.goto("/me/sign-in")
    page.click("text=デジタル認証アプリで入る")
    hold_card("豊島 花子")
    expect(page.locator(".balance")).to_contain_text("10,000円")
    page.goto("/me/keys")
    page.click("text=つなぎを外す")
    expect(page.locator("main")).not_to_contain_text("からつながっています")
    page.click("text=終わる")
    page.click("text=デジタル認証アプリで入る")
    page.click("text=やめる")
    expect(page.locator(".notice-error")).to_contain_text("中止しました")
    faults = [fault for fault in window.faults if not fault.startswith("request to")]
    assert faults == []
    assert json.loads(provider.certs().body)["keys"]
