"""Every journal, by its name."""

from typing import Final

from tests.journals import (
    asking,
    caps,
    earning,
    exchanging,
    giving_back,
    ids,
    joining,
    limits,
    payments,
    recalling,
    returning,
)

JOURNALS: Final = {
    **payments.PAYMENTS,
    **payments.REPEATS,
    **ids.IDS,
    **limits.LIMITS,
    **limits.ORDER,
    **giving_back.HOLDS,
    **giving_back.REFUNDS,
    **giving_back.UPKEEP,
    **giving_back.RESTORED,
    **earning.PURCHASES,
    **earning.ORDER,
    **earning.WHOLE_CARDS,
    **caps.CAPS,
    **caps.BONUSES,
    **caps.BUDGETS,
    **earning.RATES,
    **earning.PENDING,
    **returning.RETURNS,
    **asking.ASKED,
    **exchanging.EXCHANGES,
    **exchanging.THINGS,
    **exchanging.MONEY_IN_AND_OUT,
    **exchanging.GIFTS,
    **exchanging.CHARGES,
    **exchanging.POOLS,
    **joining.MERGES,
    **joining.SPLITS,
    **recalling.RECALLS,
    **recalling.ROOM,
}
