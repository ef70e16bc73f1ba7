"""The town's own places (a bath, a sports hall) in the console: they are paid like shops."""

from dataclasses import replace
from datetime import timedelta

from ichimai import merchants
from ichimai.kernel import Asset, ids
from ichimai.merchants import ShopId
from ichimai.programs import lists
from ichimai.programs.model import EarningRequest, RedemptionRequest
from ichimai.programs.scopes import Where
from ichimai.programs.terms import Acceptance, Earning, Program, ProgramKind, Thing, Trigger
from tests.acceptance.little_town import LittleTown
from tests.acceptance.pages import Page
from tests.acceptance.web.colourful import ask
from tests.acceptance.web.test_console_pages import TREASURER, Console, set_payer

BATH = Program(
    key=Asset("bath"),
    kind=ProgramKind.IN_KIND,
    name_ja="入浴",
    name_en="Bathing",
    unit_yen=450,
    acceptance=Acceptance(associations=(0,)),
    earnings=(
        Earning(
            key="year",
            name_ja="年度の更新",
            name_en="The year's baths",
            trigger=Trigger.EVENT,
            event="bath-year",
            units=48,
            where=Where(associations=(0,)),
        ),
    ),
    things=(Thing(key="bath", name_ja="入浴1回", name_en="One bath"),),
)


def test_a_place_of_the_towns_own_is_paid_like_a_shop(town: LittleTown, console: Console) -> None:
    """What it handed over is told in the yen that it is owed, not in pieces.

    All programs of a cycle are closed together, and paid together.
    """
    bathed(town)
    set_payer(town)
    treasurer = console(TREASURER)
    run = treasurer.submit(treasurer.get("/console/closings"), "/console/closings")
    town.close_asked()
    assert "900円" in treasurer.get(run.path).text
    closings = treasurer.get("/console/closings")
    assert {"入浴", "長寿祝い"} <= set(closings.text.split())
    closing = treasurer.get(row_of(closings, "入浴"))
    payout = treasurer.submit(treasurer.get("/console/payouts"), "/console/payouts")
    for page in (closing, payout, closings):
        assert "900円" in page.text
        assert " 2円" not in page.text
    for page in (closing, payout):
        assert "00-013 ふくろう湯" in page.text
    table = treasurer.http.get(f"{closing.path}/payables.csv").content.decode("utf-8-sig")
    assert "00-013,ふくろう湯,900,0" in table


def row_of(closings: Page, program: str) -> str:
    """Where the closing of a program is."""
    (found,) = [
        link.get("href", "")
        for row in closings.tree.iter("tr")
        if program in "".join(row.itertext())
        for link in row.iter("a")
    ]
    return found


def bathed(town: LittleTown) -> None:
    """A week in which somebody bathed twice, for 450 yen each that the bath gets."""
    bath = replace(
        town.greengrocer,
        id=ShopId(ids.uuid7(town.clock)),
        number="00-013",
        association=0,
        name="ふくろう湯",
    )
    with town.database.write(town.operator) as tx:
        merchants.directory.add_places(tx, "豊島区", [bath])
        lists.open_program(tx, town.clock, BATH)
    card = town.resident().code
    ask(town, EarningRequest, shop=bath, event="bath-year", credential=card)
    for _ in range(2):
        ask(town, RedemptionRequest, shop=bath, program=BATH.key, thing="bath", credential=card)
    town.clock.advance(timedelta(days=5))
