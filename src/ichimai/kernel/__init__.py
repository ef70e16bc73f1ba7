"""What every other package stands on: amounts, ids, time, errors, Japanese numbers and dates.

Depends on nothing of ours and does no I/O but asking the machine's clock.
"""

from ichimai.kernel import ages, amount, check_digits, clock, eras, errors, ids, text
from ichimai.kernel.amount import JPY, Amount, Asset
from ichimai.kernel.clock import Clock

__all__ = [
    "JPY",
    "Amount",
    "Asset",
    "Clock",
    "ages",
    "amount",
    "check_digits",
    "clock",
    "eras",
    "errors",
    "ids",
    "text",
]
