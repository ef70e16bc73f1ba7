"""Every journal, by its name."""

from typing import Final

from tests.journals import giving_back, ids, limits, payments

JOURNALS: Final = {
    **payments.PAYMENTS,
    **payments.REPEATS,
    **ids.IDS,
    **limits.LIMITS,
    **limits.ORDER,
    **giving_back.HOLDS,
    **giving_back.REFUNDS,
    **giving_back.UPKEEP,
}
