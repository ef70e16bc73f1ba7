"""The example of "How points flow" is what the ledger and the closing make of it."""

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID

import pytest

from ichimai import merchants, settlement
from ichimai.kernel import Asset, ids
from ichimai.settlement.clearing import NettingId
from ichimai.settlement.model import RunId
from tools import gallery_rules
from tools.gallery_town import GalleryTown, open_town

TEXT = (gallery_rules.ROOT / "docs" / "explanation" / "points.md").read_text(encoding="utf-8")
PROGRAMS = [Asset("toshima-point"), Asset("sugamo-visitor")]
TREASURER = UUID(int=0x7EA5)
AFTER_THE_MONTH = datetime(2026, 12, 1, 3, tzinfo=UTC)
UNDISPUTED = datetime(2026, 12, 20, 3, tzinfo=UTC)

Row = tuple[str, ...]


def _table(head: str) -> list[Row]:
    """The rows of the table whose head begins so."""
    found = re.search(rf"^\| {head} \|.*\n\|[-:|]+\n((?:\|.*\n)+)", TEXT, re.MULTILINE)
    assert found, head
    lines = found[1].splitlines()
    return [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in lines]


def _number(cell: str) -> int:
    return int(cell.replace(",", "").replace("−", "-"))


@pytest.fixture
def town(tmp_path: Path, database_url: str) -> Iterator[GalleryTown]:
    """The town of the gallery."""
    with open_town(tmp_path, database_url) as opened:
        yield opened


def test_the_example_comes_out_as_it_is_told(town: GalleryTown) -> None:
    known = {str(program.key): program for program in town.town.programs}
    people = {
        "Hana": town.owner(known["toshima-point"], ["card=$(card 20 74)"]),
        "Taro": town.owner(known["sugamo-visitor"], ["card=$(card)"]),
    }
    for row in _table("who"):
        _rings_up(town, people[row[0]], row)
    town.clock.at = AFTER_THE_MONTH
    with town.installation.database.write(town.installation.operator) as tx:
        run = RunId(ids.uuid7(town.clock))
        settlement.clearing.close_programs(
            tx, town.clock, run, PROGRAMS, closed_by=TREASURER, closes_on=date(2026, 11, 30)
        )
        shops = settlement.reports.open_lines(tx, PROGRAMS)
        owed = settlement.reports.obligations(tx, run)
        numbers = {shop.id: shop.number for shop in merchants.directory.payees(tx)}
    found: dict[str, tuple[int, int, int]] = {}
    for line in shops:
        payable = line.payable
        accepted, gave, gets = found.get(numbers[payable.shop], (0, 0, 0))
        found[numbers[payable.shop]] = (
            accepted + payable.accepted,
            gave + payable.issued,
            gets + payable.yen,
        )
    assert found == {row[0]: tuple(map(_number, row[1:])) for row in _table("shop")}
    told = [(debtor, creditor, _number(yen)) for debtor, creditor, yen, _ in _table("debtor")]
    assert sorted((one.debtor, one.creditor, one.yen) for one in owed) == sorted(told)
    town.clock.at = UNDISPUTED
    with town.installation.database.write(town.installation.operator) as tx:
        netting = settlement.clearing.make_netting(
            tx, town.clock, NettingId(ids.uuid7(town.clock)), made_by=TREASURER
        )
    moved = [(one.debtor, one.creditor, one.yen) for one in netting.transfers]
    assert moved == [(debtor, creditor, _number(yen)) for debtor, creditor, yen in _table("from")]


def _rings_up(town: GalleryTown, card: str, row: Row) -> None:
    """One line of the first table, as a till rings it up."""
    _, shop, sale, points, cash, earned = row
    if not sale[0].isdigit():
        came = {"credential": card, "event": sale}
        (answer,) = town.type_in(card, f"ask earnings {shop} {_quoted(came)}")
        assert _units(answer["given"]) == _number(earned)
        return
    pay_with = ["toshima-point"] if shop.startswith("56") else "auto"
    body: dict[str, object] = {"credential": card, "total_yen": _number(sale), "pay_with": pay_with}
    (answer,) = town.type_in(card, f"ask purchases {shop} {_quoted(body)}")
    assert (answer["paid_yen"], answer["rest_yen"]) == (_number(points), _number(cash))
    assert _units(answer["earned"]) == _number(earned)


def _quoted(body: Mapping[str, object]) -> str:
    return shlex.quote(json.dumps(body))


def _units(parts: list[dict[str, int]]) -> int:
    return sum(part["units"] for part in parts)
