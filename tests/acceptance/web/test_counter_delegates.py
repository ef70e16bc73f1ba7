"""Those who act for somebody, named and ended at the counter."""

from collections.abc import Callable

import pytest

from tests.acceptance.counter_desk import HANAKO, Desk, code_on, equip
from tests.acceptance.little_town import LittleTown
from tests.acceptance.pages import PageClient, filled

Browser = Callable[[], PageClient]


@pytest.fixture
def desk(town: LittleTown, browser: Browser) -> Desk:
    """A clerk who has signed in."""
    equip(town)
    return Desk(town, browser()).sign_in()


def test_a_delegate_is_shown_by_a_card_and_gets_one_for_this_alone(
    town: LittleTown, desk: Desk
) -> None:
    principal, delegate = town.resident(1_000), town.resident()
    desk.tap(principal)
    fields = {"kind": "family", "scope": "collect", "until": "2027-03-31"}
    page = desk.ask("/counter/delegates", fields | {"card": principal.code}, status=422)
    offered = [each.get("value") for each in page.tree.iterfind(".//input[@name='scope']")]
    assert offered == ["pay", "collect"], "what something asks for"
    page = desk.ask("/counter/delegates", fields | {"card": delegate.code})
    refused = desk.confirm(page, delegate, status=409)
    assert refused.heading == "できませんでした"
    assert "other_card" not in refused.response.text, "a code is for programs"
    desk.tap(principal)
    page = desk.ask("/counter/delegates", fields | {"card": delegate.code})
    page = desk.confirm(page, principal)
    assert code_on(page) not in (principal.code, delegate.code)
    assert "1人が代理" in desk.client.get("/counter/delegates").text


def test_a_guardian_of_an_adult_is_refused_before_the_second_tap(
    town: LittleTown, desk: Desk
) -> None:
    """In words, without the code that a program would be told."""
    principal, delegate = town.resident(), town.resident()
    desk.tap(principal)
    fields = {"kind": "guardian", "scope": "collect", "until": "2027-03-31"}
    page = desk.ask("/counter/delegates", fields | {"card": delegate.code}, status=409)
    assert "お子さんの生年月日を登録" in page.text
    desk.confirm(desk.ask("/counter/details", HANAKO), principal)
    page = desk.ask("/counter/delegates", fields | {"card": delegate.code}, status=409)
    assert "18歳の誕生日の前日まで" in page.text
    assert "no_longer_a_child" not in page.response.text
    assert page.form_to("/counter/delegates") is not None


def test_a_delegate_acts_no_longer_after_the_persons_second_tap(
    town: LittleTown, desk: Desk
) -> None:
    """The person's own delegate only, and not by the delegate's card."""
    principal, delegate, path = town.resident(1_000), town.resident(), "/counter/delegates"
    fields = {"kind": "family", "scope": "collect", "until": "2027-03-31"}
    for one, other in ((principal, delegate), (delegate, principal)):
        desk.tap(one)
        desk.confirm(desk.ask(path, fields | {"card": other.code}), one)
    theirs = filled(desk.client.get(path).form_to(f"{path}/end"), {})["delegation"]
    desk.tap(principal)
    page = desk.client.submit(desk.client.get(path), f"{path}/end")
    assert "受け取り" in page.text
    assert desk.confirm(page, delegate, status=409).heading == "できませんでした"
    desk.tap(principal)
    page = desk.client.get(path)
    desk.client.submit(page, f"{path}/end", {"delegation": theirs}, status=404)
    page = desk.client.submit(desk.client.get(path), f"{path}/end")
    assert "1人が代理" in desk.client.get(path).text
    assert "代理を終了しました" in desk.confirm(page, principal).text
    assert "1人が代理" not in desk.client.get(path).text
    with town.database.read(town.operator) as tx:
        assert tx.rows("SELECT count(*) FROM delegation_end") == [(1,)]
