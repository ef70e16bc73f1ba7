"""Cards: bytes in, verified facts out. No database, no network but what is handed in."""

from ichimai.cards import (
    barcodes,
    certificates,
    emulated,
    errors,
    felica,
    jpki,
    phone_codes,
    shown,
    test_authority,
)
from ichimai.cards.model import Assurance, Kind, Shown

__all__ = [
    "Assurance",
    "Kind",
    "Shown",
    "barcodes",
    "certificates",
    "emulated",
    "errors",
    "felica",
    "jpki",
    "phone_codes",
    "shown",
    "test_authority",
]
