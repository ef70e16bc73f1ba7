"""Cards that another system issued to some of the residents, as it would export them."""

import csv
import random
from collections.abc import Sequence
from datetime import date, timedelta
from io import StringIO

from ichimai.cards import barcodes
from ichimai.cards.barcodes import CardScheme
from ichimai.kernel import ages
from ichimai.simulation.model import Resident


def old_card_list_csv(
    residents: Sequence[Resident], scheme: CardScheme, *, seed: int, share: float, on: date
) -> bytes:
    """A list of old cards of ``share`` of the residents, issued in the years before ``on``.

    The same for the same arguments. The numbers are in a row, as libraries give them out, and
    ``scheme``, of which the length is known, checks them; who has which says nothing.
    """
    rng = random.Random(f"{seed}/{scheme.name}")
    owners = rng.sample(residents, round(len(residents) * share))
    digits = (scheme.length or 0) - len(scheme.prefix) - 1
    first = rng.randrange(10 ** (digits - 1), 10**digits - len(owners))
    text = StringIO(newline="")
    table = csv.writer(text)
    table.writerow(["カード番号", "有効期限", "利用者"])
    for place, _ in enumerate(owners):
        number = barcodes.with_check(f"{scheme.prefix}{first + place}", scheme)
        ends_on = ages.shifted(on + timedelta(days=rng.randint(1, 365)), rng.randint(0, 2))
        table.writerow([number, ends_on.isoformat(), place + 1])
    return text.getvalue().encode("utf-8-sig")
