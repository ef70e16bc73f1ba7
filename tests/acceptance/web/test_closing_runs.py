"""A closing while it is made, as its treasurer sees it: in a browser, also without JavaScript."""

from collections.abc import Callable
from uuid import UUID

from playwright.sync_api import Browser, expect

from ichimai.kernel import Asset
from ichimai.settlement import request_store
from ichimai.settlement.model import RunId
from ichimai.settlement.request_model import Doing
from ichimai.settlement.request_rules import step_of
from tests.acceptance.browsers import DESKTOP, PHONE
from tests.acceptance.little_town import STAFF, LittleTown
from tests.acceptance.pages import PageClient
from tests.acceptance.web.test_bank_pages import look_at, watched
from tests.acceptance.web.test_console_pages import sold

_, _, TREASURER, _ = STAFF
FORM = "/console/closings"


def test_the_page_of_a_closing_tells_what_is_done_and_ends_by_itself(
    town: LittleTown, console: Callable[[str], PageClient], chrome: Browser
) -> None:
    """Nothing is wrong with it on a phone or a desk; a browser without a script sees the end."""
    sold(town)
    treasurer = console(TREASURER)
    running = treasurer.submit(treasurer.get(FORM), FORM).path
    programs = [Asset(f"program-{number:02}") for number in range(23)]
    programs.insert(7, Asset("longevity-gift"))
    step = step_of(Doing.PROGRAM, programs, programs[7])
    with town.database.write(town.operator) as tx:
        request_store.add_step(tx, RunId(UUID(running.rpartition("/")[2])), 1, step)
    refused = treasurer.submit(
        treasurer.get(FORM), FORM, {"program": "longevity-gift", "closes_on": "2030-01-01"}
    ).path
    assert "24制度のうち8番目：長寿祝い" in treasurer.get(running).text
    for viewport in (PHONE, DESKTOP):
        look_at(chrome, treasurer, (running, FORM), viewport)
    plain = watched(chrome, treasurer, DESKTOP, has_script=False)
    plain.page.goto(running)
    expect(plain.page.get_by_role("progressbar")).to_be_visible()
    town.close_asked()
    expect(plain.page.locator("main")).to_contain_text("締めが終わりました")
    for viewport in (PHONE, DESKTOP):
        look_at(chrome, treasurer, (f"{running}?done", refused), viewport)
