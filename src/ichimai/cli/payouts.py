"""``ichimai close`` and ``ichimai payout``."""

import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Final
from uuid import UUID

import typer

from ichimai import settlement
from ichimai.app import Installation
from ichimai.cli.options import As, Body, Data, Json, as_treasurer, handed_over
from ichimai.kernel import Asset, ids
from ichimai.merchants import ShopId, ShopSize
from ichimai.people.model import Staff, StaffRole
from ichimai.settlement.bank.model import BankResult, BankResultId, Of, Outcome, PayoutResult, Whom
from ichimai.settlement.clearing import ClosingRun, Cycle, Doing, Step
from ichimai.settlement.model import Batch, BatchId, RunId
from ichimai.storage import ReadTx

payout_cli = typer.Typer(no_args_is_help=True, help="Payouts to shops, approved by a second one.")

_DOING: Final[Mapping[Doing, str]] = {
    Doing.CUT_OFF: "setting the moment up to which sales count",
    Doing.SALES: "reading sales",
    Doing.GIFTS: "reading what was given",
    Doing.CHARGES: "working out fees and charges",
    Doing.WRITE: "writing down what each shop is owed",
}

Programs = Annotated[
    list[str] | None, typer.Option("--program", help="A program's key; may be given again.")
]


def close(
    name: As,
    program: Programs = None,
    cycle: Annotated[
        Cycle, typer.Option(help="Without programs: those that settle daily, weekly or monthly.")
    ] = "weekly",
    funder: Annotated[
        str | None, typer.Option(help="Without programs: only those of this party.")
    ] = None,
    closes_on: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="With programs: up to the end of this day."),
    ] = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Close the last week that is over: what each shop is owed, at one place in the order."""

    def run(installation: Installation, member: Staff) -> tuple[str, Body]:
        clock = installation.clock
        with installation.database.write(installation.operator) as tx:
            id_ = RunId(ids.uuid7(clock))
            if program:
                made = settlement.clearing.close_programs(
                    tx,
                    clock,
                    id_,
                    [Asset(key) for key in program],
                    closed_by=member.id,
                    closes_on=closes_on.date() if closes_on else None,
                    tell=tell,
                )
            else:
                made = settlement.clearing.close_cycle(
                    tx, clock, id_, cycle, closed_by=member.id, funder=funder, tell=tell
                )
            body = _run_body(tx, made)
        line = f"{made.id}  {'week' if cycle == 'weekly' else 'days'} to {made.closes_on}"
        return f"{line}  {' '.join(made.programs)}", body

    as_treasurer(data, name, run, as_json=as_json)


def tell(step: Step) -> None:
    """A line for whoever sits before it."""
    if sys.stderr.isatty():
        typer.echo(f"{step.number}/{step.steps}  {step.program or _DOING[step.doing]}", err=True)


def _run_body(tx: ReadTx, run: ClosingRun) -> Body:
    reports = settlement.reports
    closings = []
    for closing in reports.closings_of_run(tx, run.id):
        lines = reports.payables(tx, closing.id)
        closings.append(
            {
                "id": str(closing.id),
                "program": closing.asset,
                "transfers": [closing.after_number + 1, closing.up_to_number],
                "shops": len(lines),
                "accepted": sum(line.accepted for line in lines),
                "issued": sum(line.issued for line in lines),
                "payable": sum(line.units for line in lines),
                "carried": sum(line.carried for line in lines),
                "fee_yen": sum(line.fee_yen for line in lines),
                "yen": sum(line.yen for line in lines),
            }
        )
    return {
        "id": str(run.id),
        "closes_on": run.closes_on.isoformat(),
        "closings": closings,
        "obligations": [
            {
                "debtor": one.debtor,
                "creditor": one.creditor,
                "is_to_itself": one.is_to_itself,
                "yen": one.yen,
                "why": one.why.value,
            }
            for one in reports.obligations(tx, run.id)
        ],
        "bills": [
            {"id": str(bill.id), "association": bill.association, "yen": bill.yen}
            for bill in settlement.clearing.bills(tx, run.id, limit=100)
        ],
    }


@payout_cli.command("make")
def payout_make(
    name: As,
    program: Programs = None,
    size: Annotated[
        list[ShopSize] | None,
        typer.Option(help="Only shops of this size, and what is due to them by its cycle."),
    ] = None,
    pay_on: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The bank day to pay on.")
    ] = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Put what is owed and in no batch into a batch, for a second person to approve."""

    def run(installation: Installation, member: Staff) -> tuple[str, Body]:
        with installation.database.write(installation.operator) as tx:
            batch = BatchId(ids.uuid7(installation.clock))
            made = settlement.make_batch(
                tx,
                installation.clock,
                batch,
                *[Asset(key) for key in program or ()],
                made_by=member.id,
                pay_on=pay_on.date() if pay_on else None,
                sizes=frozenset(size or ()),
            )
            body = _batch_body(made) | {
                "held": [
                    {"shop": str(payee.shop), "yen": payee.units, "reason": payee.reason.value}
                    for payee in settlement.reports.held(tx, made.id)
                ]
            }
        return f"{made.id}  {made.units:,} yen to {made.shops} shops on {made.pay_on}", body

    as_treasurer(data, name, run, as_json=as_json)


@payout_cli.command("approve")
def payout_approve(batch: UUID, name: As, data: Data = None, as_json: Json = False) -> None:
    """Release a batch that somebody else made."""

    def run(installation: Installation, member: Staff) -> tuple[str, Body]:
        with installation.database.write(installation.operator) as tx:
            made = settlement.approve_batch(
                tx, installation.clock, BatchId(batch), approved_by=member.id
            )
        return f"{made.id}  {made.state.value}", _batch_body(made)

    as_treasurer(data, name, run, StaffRole.APPROVER, as_json=as_json)


@payout_cli.command("reject")
def payout_reject(batch: UUID, name: As, data: Data = None, as_json: Json = False) -> None:
    """Give up a batch that is not approved; another may pay what was in it."""

    def run(installation: Installation, member: Staff) -> tuple[str, Body]:
        with installation.database.write(installation.operator) as tx:
            found = settlement.reject_batch(
                tx, installation.clock, BatchId(batch), rejected_by=member.id
            )
        return f"{found.id}  {found.state.value}", _batch_body(found)

    as_treasurer(data, name, run, StaffRole.APPROVER, as_json=as_json)


@payout_cli.command("file")
def payout_file(batch: UUID, name: As, folder: Path = Path(), data: Data = None) -> None:
    """Write the Zengin file of an approved batch; a second copy says that it is one (再送)."""

    def run(installation: Installation, member: Staff) -> tuple[str, Body]:
        with installation.database.write(installation.operator) as tx:
            file = settlement.release.payout_file(
                tx, installation.clock, BatchId(batch), handed_to=member.id
            )
        return handed_over(file, folder), {}

    as_treasurer(data, name, run)


@payout_cli.command("take-back")
def payout_take_back(batch: UUID, name: As, data: Data = None, as_json: Json = False) -> None:
    """Take an approved batch back of which nobody has the file, as after its pay day."""

    def run(installation: Installation, member: Staff) -> tuple[str, Body]:
        with installation.database.write(installation.operator) as tx:
            found = settlement.release.take_back(
                tx, installation.clock, BatchId(batch), taken_back_by=member.id
            )
        return f"{found.id}  {found.state.value}", _batch_body(found)

    as_treasurer(data, name, run, StaffRole.APPROVER, as_json=as_json)


def _batch_body(batch: Batch) -> Body:
    programs: Sequence[str] = batch.programs
    return {
        "id": str(batch.id),
        "programs": list(programs),
        "sizes": [size.value for size in ShopSize if size in batch.sizes],
        "pay_on": batch.pay_on.isoformat(),
        "state": batch.state.value,
        "shops": batch.shops,
        "yen": batch.units,
        "sha256": batch.sha256,
    }


@payout_cli.command("invoice-issuer")
def payout_invoice_issuer(
    registration: Annotated[str, typer.Argument(help="T and 13 digits (登録番号).")],
    issuer: Annotated[str, typer.Argument(help="As it stands on invoices.")],
    name: As,
    rate: Annotated[int, typer.Option(help="Consumption tax in percent.")] = 10,
    data: Data = None,
) -> None:
    """Name who charges fees: the statement of a fee is its qualified invoice (適格請求書)."""

    def run(installation: Installation, member: Staff) -> tuple[str, Body]:
        named = settlement.statements.InvoiceIssuer(registration, issuer, rate)
        with installation.database.write(installation.operator) as tx:
            settlement.statements.set_invoice_issuer(
                tx, installation.clock, named, entered_by=member.id
            )
        return f"{registration}  {issuer}  {rate}%", {}

    as_treasurer(data, name, run)


@payout_cli.command("import-result")
def payout_import_result(
    file: Path,
    name: As,
    batch: Annotated[
        UUID | None, typer.Option(help="Of which batch; None: of the one with these lines.")
    ] = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Take in what the bank says of a payout; a file of another payout, or a changed one, is not.

    The same file again changes nothing. What was not paid is owed again.
    """

    def run(installation: Installation, member: Staff) -> tuple[str, Body]:
        with installation.database.write(installation.operator) as tx:
            found = settlement.bank.results.import_result(
                tx,
                installation.clock,
                BankResultId(ids.uuid7(installation.clock)),
                file.read_bytes(),
                imported_by=member.id,
                batch=None if batch is None else BatchId(batch),
            )
            payees = settlement.reports.payees(tx, found.of)
        numbers = {payee.shop: payee.shop_number for payee in payees}
        return told_result(found, str(found.of), numbers), _result_body(found, numbers)

    as_treasurer(data, name, run, as_json=as_json)


def _result_body(found: PayoutResult, numbers: dict[ShopId, str]) -> Body:
    return {
        "id": str(found.id),
        "payout": str(found.of),
        "kind": found.kind.value,
        "result_on": found.result_on.isoformat(),
        "lines": result_lines(found, "shop_number", numbers),
    }


def result_lines(
    found: BankResult[Of, Whom], called: str, names: Mapping[Whom, str]
) -> list[dict[str, str | int]]:
    """What a bank says of each payee, whose name goes under ``called``."""
    return [
        {
            called: names[line.payee],
            "outcome": line.outcome.value,
            "reason": line.reason.value,
            "yen": line.units,
        }
        for line in found.lines
    ]


def told_result(found: BankResult[Of, Whom], of: str, names: Mapping[Whom, str]) -> str:
    """What was done, and each line that was not, with the bank's reason."""
    back = [line for line in found.lines if line.outcome is not Outcome.DONE]
    lines = [
        f"{names[line.payee]}  {line.units:,} yen  {line.outcome.value} {line.reason.name.lower()}"
        for line in back
    ]
    done = found.total(Outcome.DONE)
    owed = sum(line.units for line in back)
    end = f"{done.count} done, {done.yen:,} yen; {len(back)} owed again, {owed:,} yen"
    return "\n".join([*lines, f"{of}  {end}"])
