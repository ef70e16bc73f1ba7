"""Towns as data: who the operator is, its services, streets, classes of shops and programs.

A town is a folder of CSV and TOML files; ``load("toshima")`` reads one that comes with
Ichimai, ``load(path)`` one of your own. ``toshima/README.md`` says what each file holds.
"""

from ichimai.towns import errors, program_changes, program_files
from ichimai.towns.model import (
    District,
    Place,
    Service,
    Street,
    Town,
    TownOperator,
)
from ichimai.towns.packs import check, consents, load

__all__ = [
    "District",
    "Place",
    "Service",
    "Street",
    "Town",
    "TownOperator",
    "check",
    "consents",
    "errors",
    "load",
    "program_changes",
    "program_files",
]
