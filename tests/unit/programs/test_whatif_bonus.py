"""What-if gives a bonus as the ledger does: of what was given, not of what a limit cut."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from ichimai.kernel import Asset
from ichimai.ledger.model import ALWAYS
from ichimai.merchants import ShopId, ShopSize, TerminalAtShop
from ichimai.merchants.model import TerminalId
from ichimai.programs import whatif
from ichimai.programs.terms import Bonus, Earning, Limits, Program, ProgramKind, Trigger, Version
from ichimai.programs.whatif_rules import PastSale

NOON = datetime(2026, 10, 1, 3, tzinfo=UTC)
TILL = TerminalAtShop(
    TerminalId(UUID(int=1)), ShopId(UUID(int=2)), 8, True, ShopSize.SMALL, "food", "08-001"
)
PROGRAM = Program(
    key=Asset("points"),
    kind=ProgramKind.POINTS,
    name_ja="ポイント",
    name_en="Points",
    earnings=(
        Earning(
            key="sales",
            name_ja="お買い物",
            name_en="Shopping",
            trigger=Trigger.SALE,
            limits=Limits(units_per_day=50),
        ),
    ),
    bonuses=(Bonus(key="five", name_ja="5倍", name_en="5 times", earning="sales", times=5),),
)


def test_a_day_of_50_points_is_250_with_a_bonus_of_five_times() -> None:
    """4,000 and 4,100 yen are 40 and 41 points, of which 10; the third sale earns nothing."""
    history = [
        PastSale(UUID(int=3), TILL, yen, 0, NOON + timedelta(minutes=number))
        for number, yen in enumerate((4_000, 4_100, 900))
    ]
    outcome = whatif.run([Version(PROGRAM, ALWAYS)], PROGRAM.key, history)
    assert outcome.units == 250
    assert outcome.cut_units == 5 * (31 + 9)
