"""``ichimai import``."""

import csv
import os
from datetime import datetime
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer
from rich.progress import Progress

from ichimai import programs, registry
from ichimai.app import Installation
from ichimai.cards import Kind
from ichimai.cards.barcodes import CardScheme, Check, Symbology
from ichimai.cli.options import As, Data, err, installation_of, member_of
from ichimai.kernel import Asset
from ichimai.people.model import StaffRole
from ichimai.programs.lists import claim_lists
from ichimai.registry.old_cards import CardListRefused, CardRow
from ichimai.storage import REGISTRY

import_cli = typer.Typer(
    no_args_is_help=True, help="Cards that other systems issued, and facts that offices know."
)

Scheme = Annotated[str, typer.Argument(help="The scheme's name, such as toshima-library.")]
Sector = Annotated[
    str | None, typer.Option(help="A sector of its own, such as a library; else the operator.")
]


@import_cli.command("scheme")
def import_scheme(
    scheme: Scheme,
    name: As,
    symbology: Annotated[Symbology, typer.Option(help="How the number is written.")],
    check: Annotated[Check, typer.Option(help="How its last character checks it.")] = Check.NONE,
    length: Annotated[int | None, typer.Option(min=2, max=64, help="None: any.")] = None,
    prefix: Annotated[str, typer.Option(help="What every number begins with.")] = "",
    frame: Annotated[str, typer.Option(help="NW-7's start and stop, such as AB.")] = "",
    sector: Sector = None,
    data: Data = None,
) -> None:
    """Note what the numbers on an issuer's cards look like."""
    noted = CardScheme(scheme, Kind.OLD_CARD, symbology, check, length, prefix, frame)
    with installation_of(data) as installation:
        member_of(installation, name, StaffRole.OFFICER)
        with installation.database.write(REGISTRY) as tx:
            registry.old_cards.add_scheme(tx, sector or installation.settings.operator, noted)
    typer.echo(scheme)


@import_cli.command("cards")
def import_cards(
    file: Path,
    scheme: Annotated[str, typer.Option(help="Whose cards these are.")],
    name: As,
    check: Annotated[bool, typer.Option("--check", help="Only check the list.")] = False,
    subjects: Annotated[
        Path | None, typer.Option(help="Write by row who each card's holder is, into a new file.")
    ] = None,
    program: Annotated[
        str | None, typer.Option(help="The prepaid program that takes over the balances.")
    ] = None,
    sector: Sector = None,
    data: Data = None,
) -> None:
    """Take over old cards by list: all of them or, if anything is wrong, none.

    Columns: number (カード番号), and if you like valid_until (有効期限), person (利用者), which is
    the same on all cards of a person, and balance (残高), what is on the card in yen. The same
    list again changes nothing.
    """
    with installation_of(data) as installation:
        officer = member_of(installation, name, StaffRole.OFFICER)
        where = sector or installation.settings.operator
        try:
            with installation.database.read(REGISTRY) as tx:
                known = registry.old_cards.scheme(tx, where, scheme)
            rows = registry.old_cards.read(file.read_bytes(), known)
            _check_balances(rows, program)
            if check:
                typer.echo(f"{len(rows)} cards")
                return
            with installation.database.write(REGISTRY) as tx:
                done = registry.old_cards.import_list(
                    tx, installation.key, installation.clock, where, rows
                )
                if subjects is not None:
                    _write(subjects, rows, done.subjects)
            taken_over = _take_over(installation, program, rows, done.subjects, officer.id)
        except CardListRefused as error:
            _complain(error)
            raise typer.Exit(1) from None
    if program is not None:
        typer.echo(f"{taken_over:,} yen taken over into {program}")
    typer.echo(
        f"{done.new_cards} cards of {done.new_holders} new holders; {done.known_cards} known before"
    )


@import_cli.command("claims")
def import_claims(
    file: Path,
    list_name: Annotated[
        str, typer.Option("--list", help="What the list is called; the people on it read it.")
    ],
    name: As,
    check: Annotated[bool, typer.Option("--check", help="Only check the list.")] = False,
    skip_unknown: Annotated[
        bool, typer.Option("--skip-unknown", help="Leave out numbers that nobody here has.")
    ] = False,
    data: Data = None,
) -> None:
    """Take facts about people from an office's list: all of them or, if anything is wrong, none.

    Columns: recipient_number (宛名番号), kind (内容), value (値), and if you like from_on
    (いつから) and until_on (いつまで). An empty value says that it counts no longer. Written in
    batches: when it was stopped, the same command again writes the rest, and nothing twice.
    """
    with installation_of(data) as installation:
        officer = member_of(installation, name, StaffRole.OFFICER)
        look = claim_lists.look_of(officer, list_name)
        checked = claim_lists.check(
            installation.desk, look, file.read_bytes(), skips_unknown=skip_unknown
        )
        told = f"{checked.rows} rows, {checked.left_out} left out"
        if check:
            typer.echo(told)
            return
        with Progress(console=err, transient=True, disable=not err.is_terminal) as bar:
            task = bar.add_task("writing", total=len(checked.changed))
            for taken in claim_lists.take(installation.desk, look, checked):
                bar.update(task, completed=taken.done)
    typer.echo(f"{told}; {len(checked.changed)} people's facts changed")


@import_cli.command("retire")
def import_retire(
    scheme: Scheme,
    name: As,
    last_day: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="None: they go on working.")
    ] = None,
    sector: Sector = None,
    data: Data = None,
) -> None:
    """Let an issuer's cards work through a day, and no longer."""
    last_on = None if last_day is None else last_day.date()
    with installation_of(data) as installation:
        member_of(installation, name, StaffRole.OFFICER)
        with installation.database.write(REGISTRY) as tx:
            where = sector or installation.settings.operator
            registry.old_cards.retire(tx, where, scheme, last_on)
    typer.echo(f"{scheme}: {last_on or 'without end'}")


def _check_balances(rows: list[CardRow], program: str | None) -> None:
    has_balances = any(row.balance_units is not None for row in rows)
    if has_balances and program is None:
        raise typer.BadParameter("the list has balances: name the --program that takes them over")
    if program is not None and not has_balances:
        raise typer.BadParameter("--program is given, but the list has no balance (残高)")


def _take_over(
    installation: Installation,
    program: str | None,
    rows: list[CardRow],
    subjects: dict[int, registry.SubjectId],
    officer: UUID,
) -> int:
    """What was on the cards, in the program's wallets; 0 when the list does not say."""
    if program is None:
        return 0
    balances = [
        programs.upkeep.OldBalance(
            row.shown.scheme, row.shown.number, subjects[row.row], row.balance_units or 0
        )
        for row in rows
    ]
    return programs.upkeep.take_over(installation.desk, Asset(program), balances, by=officer)


def _complain(refused: CardListRefused) -> None:
    for wrong in refused.errors:
        first = "" if wrong.first_row is None else f" (row {wrong.first_row})"
        line = f"row {wrong.row} {wrong.column or ''}: {wrong.code} {wrong.code.meaning}{first}"
        err.print(line, style="red", markup=False, highlight=False, soft_wrap=True)
    err.print(f"{refused.total} errors; nothing was written", style="red")


def _write(path: Path, rows: list[CardRow], subjects: dict[int, registry.SubjectId]) -> None:
    """Only its owner can read it: for taking over what was on the cards."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["row", "subject"])
        table.writerows([row.row, subjects[row.row]] for row in rows)
