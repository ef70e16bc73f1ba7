"""Made-up sales, on which rules of a town without a history are tried."""

import math
import random
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from ichimai.kernel.clock import start_of_day
from ichimai.merchants import ShopSize, TerminalAtShop
from ichimai.programs.whatif import PastSale

_VISITS_BY_SIZE: Final = {ShopSize.SMALL: 1.0, ShopSize.MEDIUM: 2.0, ShopSize.LARGE: 9.0}
_MIDDLE_BASKET_YEN: Final = 1_300
_SPREAD: Final = 0.8
_LARGEST_BASKET_YEN: Final = 30_000
_SALES_EACH: Final = 12
"""How many sales of these one person has, in the middle; some come daily, some once."""

_OPENS_HOUR: Final = 9
_OPEN_HOURS: Final = 11


def made_up_sales(
    tills: Sequence[TerminalAtShop], count: int, *, seed: int, from_on: date, to_on: date
) -> Iterator[PastSale]:
    """``count`` sales at ``tills`` on some days (both included), in order; all paid in cash."""
    rng = random.Random(f"{seed}/sales")
    wallets = [UUID(int=rng.getrandbits(128)) for _ in range(max(count // _SALES_EACH, 1))]
    weights = [_VISITS_BY_SIZE[till.size] for till in tills]
    days = (to_on - from_on).days + 1
    seconds = sorted(
        rng.randrange(days) * 86_400
        + round(3_600 * (_OPENS_HOUR + _OPEN_HOURS * rng.betavariate(2, 2)))
        for _ in range(count)
    )
    begins = start_of_day(from_on)
    chosen = rng.choices(tills, weights, k=count) if tills else []
    for second, till in zip(seconds, chosen, strict=False):
        # Squared: a few people make many of the sales.
        wallet = wallets[int(len(wallets) * rng.random() ** 2)]
        yen = round(rng.lognormvariate(math.log(_MIDDLE_BASKET_YEN), _SPREAD))
        paid = min(max(yen, 50), _LARGEST_BASKET_YEN)
        yield PastSale(wallet, till, paid, 0, begins + timedelta(seconds=second))
