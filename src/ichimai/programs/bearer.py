"""Who stands at the till."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from ichimai.programs.conditions import Known
from ichimai.programs.payers import Payer


class Bearer(NamedTuple):
    """Who stands at the till: whose wallet, what is known of them, how they want to pay.

    ``other``: the wallet of whoever brought them along.
    """

    payer: Payer
    known: Known
    order: Sequence[str] | None = None
    other: UUID | None = None
