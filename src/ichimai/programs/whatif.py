"""What other rules would have cost: the rules, and the history that they are tried on."""

from ichimai.programs.conditions import asks_who
from ichimai.programs.whatif_rules import (
    Comparison,
    Outcome,
    Past,
    PastOccasion,
    PastSale,
    Trying,
    alone,
    asked,
    assumed,
    compared,
    moved,
    run,
    tried,
    weeks_until,
)
from ichimai.programs.whatif_store import first_day, history

__all__ = [
    "Comparison",
    "Outcome",
    "Past",
    "PastOccasion",
    "PastSale",
    "Trying",
    "alone",
    "asked",
    "asks_who",
    "assumed",
    "compared",
    "first_day",
    "history",
    "moved",
    "run",
    "tried",
    "weeks_until",
]
