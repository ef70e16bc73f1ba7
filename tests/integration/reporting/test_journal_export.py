"""The journal as beancount and as a table: accepted by the checker, and equal to the ledger."""

import csv
import io
import subprocess
import sys
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest

from ichimai import reporting
from ichimai.kernel import text
from ichimai.ledger.model import Role
from ichimai.programs import funding
from ichimai.reporting.journal import Each

from . import plain
from .terms import POINTS
from .world import World

FIRST = date(2026, 1, 5)
CHECKER = Path(sys.executable).parent / "bean-check"
ROLES = {
    Role.WALLET: "Liabilities:Wallets",
    Role.ISSUED: "Assets:Issued",
    Role.EXPIRED: "Income:Expired",
    Role.CLEARING: "Liabilities:Clearing",
    Role.RECEIVABLE: "Liabilities:Receivable",
    Role.PAYABLE: "Liabilities:Payable",
    Role.SETTLED: "Assets:Settled",
    Role.REDEEMED: "Income:Redeemed",
    Role.DUE: "Assets:Due",
    Role.CHARGED: "Income:Charged",
}
PARTIES: dict[object, str] = {
    funding.party_id("operator"): "Operator",
    funding.party_id("cinema"): "Sponsor-cinema",
    funding.party_id("association:8"): "Association-08",
    funding.party_id("association:27"): "Association-27",
    funding.budget_id(POINTS, "class"): "Operator",
}
SPANS = [
    (FIRST, None),
    (date(2026, 4, 1), None),
    (date(2026, 3, 1), date(2026, 5, 31)),
    (FIRST, FIRST),
]


def last_day(world: World) -> date:
    return world.clock.now().astimezone(plain.TOKYO).date()


def export(world: World, first: date, last: date, each: Each = Each.OPERATION) -> str:
    with world.database.snapshot(world.operator) as tx:
        parts = reporting.journal.as_beancount(
            tx, world.clock, from_on=first, to_on=last, each=each
        )
        return b"".join(parts).decode()


def check(folder: Path, written: str) -> list[str]:
    """What ``bean-check`` has to say; nothing: all is well."""
    file = folder / "town.beancount"
    file.write_text(written, encoding="utf-8")
    done = subprocess.run(
        [CHECKER, "--no-cache", file], capture_output=True, text=True, check=False
    )
    assert (done.returncode == 0) == (not done.stderr), done.stderr
    return done.stderr.splitlines()


def name(world: World, role: Role, owner: object) -> str:
    """What an account is called, worked out from the town and not from the product."""
    if role in {Role.WALLET, Role.EXPIRED, Role.REDEEMED}:
        return ROLES[role]
    known: dict[object, str] = {shop.id: f"Shop-{shop.number}" for shop in world.shops}
    return f"{ROLES[role]}:{(known | PARTIES)[owner]}"


def balances(world: World, until: date | None = None) -> Counter[tuple[str, str]]:
    """Of every account and unit, as beancount has it: debits minus credits."""
    with world.database.snapshot(world.operator) as tx:
        found = plain.balances(plain.lines(tx), until)
    sums: Counter[tuple[str, str]] = Counter()
    for (owner, role, asset), units in found.items():
        sums[name(world, role, owner), asset.upper()] -= units
    return sums


def asserted(day: date, sums: Counter[tuple[str, str]]) -> str:
    return "".join(f"{day} balance {name} {units} {unit}\n" for (name, unit), units in sums.items())


@pytest.mark.parametrize("each", list(Each))
@pytest.mark.parametrize("first, last", SPANS)
def test_the_checker_accepts_a_whole_town_and_finds_the_ledgers_balances(
    lived: World, tmp_path: Path, each: Each, first: date, last: date | None
) -> None:
    until = last or last_day(lived)
    written = export(lived, first, until, each)
    ours = asserted(until + timedelta(days=1), balances(lived, until))
    assert ours.count("balance") > 5 or until == FIRST
    assert check(tmp_path, written + ours) == []


def test_the_checker_finds_a_balance_that_is_one_unit_off(lived: World, tmp_path: Path) -> None:
    last = last_day(lived)
    written, sums = export(lived, FIRST, last), balances(lived)
    off = Counter({key: units + 1 for key, units in sums.items()})
    found = check(tmp_path, written + asserted(last + timedelta(days=1), off))
    assert len([line for line in found if "Balance failed" in line]) == len(sums) > 20


def test_the_checker_finds_that_an_entry_is_missing(lived: World, tmp_path: Path) -> None:
    """The balances at the end are those of the ledger, and not what the entries come to."""
    entries = export(lived, FIRST, last_day(lived)).split("\n2026")
    place = next(place for place, entry in enumerate(entries) if '"payment' in entry)
    assert check(tmp_path, "\n2026".join(entries[:place] + entries[place + 1 :]))


def test_each_operation_is_one_entry(lived: World) -> None:
    written = export(lived, FIRST, last_day(lived))
    with lived.database.snapshot(lived.operator) as tx:
        operations = [str(line.operation) for line in plain.lines(tx)]
    for operation in dict.fromkeys(operations):
        assert written.count(f'operation: "{operation}"') == 1
    assert written.count("  operation: ") == len(set(operations))
    assert written.isprintable() or "\n" in written


def test_no_export_names_a_person(lived: World) -> None:
    """Not even by the number that stands for them here."""
    written = export(lived, FIRST, last_day(lived)) + table(lived)
    for person in lived.residents:
        assert str(person) not in written
        assert person.hex not in written


def table(world: World, each: Each = Each.OPERATION, **options: object) -> str:
    with world.database.snapshot(world.operator) as tx:
        parts = reporting.journal.as_csv(
            tx,
            world.clock,
            from_on=FIRST,
            to_on=last_day(world),
            each=each,
            **options,  # type: ignore[arg-type]  # an encoding, in one test
        )
        content = b"".join(parts)
    assert content.startswith(b"\xef\xbb\xbf")
    return content.decode("utf-8-sig")


@pytest.mark.parametrize("each", list(Each))
def test_the_table_adds_up_to_the_ledgers_balances(lived: World, each: Each) -> None:
    sums: Counter[tuple[str, str]] = Counter()
    rows = list(csv.DictReader(io.StringIO(table(lived, each))))
    for row in rows:
        sums[row["debit"], row["program"].upper()] += int(row["units"])
        sums[row["credit"], row["program"].upper()] -= int(row["units"])
        assert int(row["yen"]) == int(row["units"]) * (10 if row["program"] == "stamps" else 1)
    expected = balances(lived)
    assert {key: units for key, units in sums.items() if units} == {
        key: units for key, units in expected.items() if units
    }
    with lived.database.snapshot(lived.operator) as tx:
        count = len(plain.lines(tx))
    assert sum(int(row["transfers"]) for row in rows) == count
    assert (len(rows) == count) == (each is Each.OPERATION)


def test_a_shop_whose_name_is_a_formula_is_not_run_by_a_spreadsheet(lived: World) -> None:
    names = {row["credit_name"] for row in csv.DictReader(io.StringIO(table(lived)))}
    assert any("+スーパー" in name for name in names)
    assert not [name for name in names if name.startswith(("=", "+", "-", "@"))]


def test_a_character_that_cp932_lacks_is_an_error_and_never_another_character(
    lived: World,
) -> None:
    with pytest.raises(text.UnmappableText) as refused:
        table(lived, encoding=text.Encoding.CP932)
    assert {each.character for each in refused.value.characters} == {"𠮷", "巢"}


def test_a_day_on_which_nothing_happened_is_a_right_file_too(world: World, tmp_path: Path) -> None:
    today = last_day(world)
    assert check(tmp_path, export(world, today, today)) == []
