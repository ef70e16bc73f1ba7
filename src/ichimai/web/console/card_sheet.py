"""Printed cards: a PDF to print and cut, and the same as a table for a printing house."""

import json
from collections.abc import Sequence
from importlib import resources

import typst

from ichimai import registry, settlement
from ichimai.kernel import text
from ichimai.programs.cards import PrintedCard
from ichimai.programs.terms import Program
from ichimai.web.services import Town

_HEADER = ("宛名番号", "カード番号")


def card_files(
    town: Town, program: Program, cards: Sequence[PrintedCard]
) -> list[tuple[str, bytes]]:
    """Name and content of the files for ``cards``; the codes are nowhere else."""
    rows = [[card.recipient, card.code] for card in cards]
    table = settlement.statements.csv_bytes(_HEADER, rows, text.Encoding.UTF_8_BOM)
    return [("cards.pdf", _pdf(town, program, cards)), ("cards.csv", table)]


def _pdf(town: Town, program: Program, cards: Sequence[PrintedCard]) -> bytes:
    content = {
        "town": town.name_ja,
        "program": program.name_ja,
        "contact": town.contact_ja,
        "cards": [
            {
                "number": card.recipient,
                "code": card.code,
                "picture": registry.cards.card_svg(card.code),
            }
            for card in cards
        ],
    }
    template = resources.files("ichimai.web.console").joinpath("card_sheet.typ").read_bytes()
    return typst.compile(
        template,
        format="pdf",
        sys_inputs={"sheet": json.dumps(content, ensure_ascii=False)},
    )
