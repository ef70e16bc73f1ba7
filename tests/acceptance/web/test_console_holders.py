"""Two records of one person, in the console: one registrar asks, another approves."""

from collections.abc import Callable

import pytest

from ichimai import people, registry
from ichimai.people.model import StaffRole
from ichimai.registry.model import IssuedCard
from ichimai.storage import REGISTRY
from tests.acceptance.little_town import PASSWORD, SECTOR, STAFF, LittleTown
from tests.acceptance.pages import Page, PageClient
from tests.acceptance.web.residents import subject_of
from tests.passwords import cheap_hash

MORI, KATO = "森 登", "加藤 録"
HOLDERS = "/console/holders"
Browser = Callable[[], PageClient]


def sign_in(client: PageClient, name: str) -> PageClient:
    page = client.get("/console/sign-in")
    client.submit(page, "/console/sign-in", {"name": name, "password": PASSWORD})
    return client


@pytest.fixture
def registrars(town: LittleTown, browser: Browser) -> tuple[PageClient, PageClient]:
    """Two registrars, each at a browser."""
    hashed = cheap_hash(PASSWORD)
    with town.database.write(town.operator) as tx:
        for name in (MORI, KATO):
            people.staff.add(tx, town.clock, name=name, role=StaffRole.REGISTRAR, password=hashed)
    return sign_in(browser(), MORI), sign_in(browser(), KATO)


def ask(client: PageClient, kept: str, merged: str, *, status: int = 200) -> Page:
    fields = {"kept": kept, "merged": merged, "reason": "窓口で書類を確認"}
    return client.submit(client.get(HOLDERS), HOLDERS, fields, status=status)


def looked_at(client: PageClient) -> Page:
    """The page of the one request that waits for whoever looks."""
    page = client.get(HOLDERS)
    (link,) = [each for each in page.links().values() if each.startswith(f"{HOLDERS}/")]
    return client.get(link)


def pressed(client: PageClient, verb: str, *, status: int = 200) -> Page:
    """Press the one button of a kind, on the page of what it decides."""
    page = client.get(HOLDERS) if verb == "split" else looked_at(client)
    actions = [form.get("action", "") for form in page.forms()]
    (action,) = [each for each in actions if each.endswith(f"/{verb}")]
    fields = {"reason": "別の方だった"} if verb == "split" else {}
    return client.submit(page, action, fields, status=status)


def who(town: LittleTown, *cards: IssuedCard) -> list[object]:
    """Who shows each card now."""
    with town.database.read(REGISTRY) as tx:
        found = registry.resolve(tx, town.key, SECTOR, [card.code for card in cards])
    return [each.subject if each else None for each in found]


def test_one_asks_another_approves_and_it_is_taken_back(
    town: LittleTown, registrars: tuple[PageClient, PageClient]
) -> None:
    mori, kato = registrars
    kept, merged = town.resident(1_000), town.resident()
    both = [subject_of(town, kept), subject_of(town, merged)]
    assert mori.get("/console").path == HOLDERS
    page = ask(mori, kept.code.lower(), str(both[1]))
    assert "ほかの名寄せ担当が決めてください" in page.text
    assert not [form for form in page.forms() if form.get("action", "").endswith("/approve")]
    assert who(town, kept, merged) == both
    waiting = kato.get(HOLDERS)
    assert f"…{both[0].hex[-8:]}" in waiting.text
    assert str(both[0]) not in waiting.response.text
    page = pressed(kato, "approve")
    assert who(town, kept, merged) == [both[0], both[0]]
    assert f"…{both[1].hex[-8:]} は、いま …{both[0].hex[-8:]} です" in page.text
    assert "すでに同じ方です" in ask(mori, kept.code, merged.code, status=422).text
    pressed(kato, "split")
    pressed(mori, "approve")
    assert who(town, kept, merged) == both
    assert "まだありません" in mori.get(HOLDERS).text


def test_the_people_can_read_that_it_was_done(
    town: LittleTown, registrars: tuple[PageClient, PageClient]
) -> None:
    mori, kato = registrars
    kept, merged = town.resident(), town.resident()
    both = {subject_of(town, kept), subject_of(town, merged)}
    ask(mori, kept.code, merged.code)
    pressed(kato, "approve")
    with town.database.read(town.operator) as tx:
        rows = tx.rows("SELECT subject, role, purpose, is_change FROM access_entry")
    assert set(rows) == {
        (subject, "registrar", "correction", is_change)
        for subject in both
        for is_change in (False, True)
    }


def test_nobody_approves_their_own_also_with_a_form_of_their_own(
    town: LittleTown, registrars: tuple[PageClient, PageClient]
) -> None:
    mori, kato = registrars
    kept, merged = town.resident(), town.resident()
    ask(mori, kept.code, merged.code)
    page = looked_at(kato)
    (approve,) = [f.get("action", "") for f in page.forms() if "/approve" in f.get("action", "")]
    token = mori.get(HOLDERS).form_to(HOLDERS).find(".//input[@name='form_token']")
    assert token is not None
    answer = mori.http.post(approve, data={"form_token": token.get("value", "")})
    assert answer.status_code == 422
    assert len(set(who(town, kept, merged))) == 2
    pressed(kato, "decline")
    assert "承認を待っている" not in mori.get(HOLDERS).text


def test_what_moves_is_shown_before_it_is_approved_and_then_it_has_moved(
    town: LittleTown, registrars: tuple[PageClient, PageClient]
) -> None:
    """To whoever decides, and written down as a look; and what was spent before it goes back."""
    mori, kato = registrars
    kept, merged = town.resident(100), town.resident(500)
    page = ask(mori, kept.code, merged.code)
    assert "500" not in page.text
    page = looked_at(kato)
    assert "長寿祝い: 500円" in page.text
    assert "移るもの" in page.text
    with town.database.read(town.operator) as tx:
        looks = tx.rows("SELECT subject FROM access_entry WHERE what = 'wallet'")
    assert {subject for (subject,) in looks} == {subject_of(town, kept), subject_of(town, merged)}
    pressed(kato, "approve")
    town.pay(town.greengrocer, merged, 600)
    pressed(kato, "split")
    page = looked_at(mori)
    assert "ありません（残高がありません）" in page.text
    assert "戻らないもの" in page.text
    pressed(mori, "approve")
    assert who(town, kept, merged) == [subject_of(town, kept), subject_of(town, merged)]


def test_what_is_mistyped_is_said_at_its_field(
    town: LittleTown, registrars: tuple[PageClient, PageClient]
) -> None:
    mori, _ = registrars
    kept = town.resident()
    page = ask(mori, "ABCD", town.unissued_code(), status=422)
    assert "まちがい" in page.text
    assert "見つかりません" in page.text
    unknown = "00000000-0000-4000-8000-000000000000"
    assert "登録されていません" in ask(mori, kept.code, unknown, status=422).text
    assert "すでに同じ方です" in ask(mori, kept.code, kept.code, status=422).text


@pytest.mark.parametrize("name", list(STAFF))
def test_it_is_the_registrars_alone(town: LittleTown, browser: Browser, name: str) -> None:
    other = sign_in(browser(), name)
    other.get(HOLDERS, status=403)
    assert HOLDERS not in other.get("/console").links().values()
