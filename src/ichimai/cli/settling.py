"""``ichimai bill`` and ``ichimai netting``: what associations, town and sponsors owe each other."""

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from ichimai import settlement
from ichimai.app import Installation
from ichimai.cli.options import As, Body, Data, Json, as_treasurer, handed_over, installation_of
from ichimai.cli.payouts import result_lines, told_result
from ichimai.kernel import ids
from ichimai.kernel.clock import day_in_tokyo
from ichimai.merchants import BankAccount
from ichimai.people.model import Staff, StaffRole
from ichimai.settlement.bank.model import BankResultId
from ichimai.settlement.clearing import (
    OPERATOR,
    Bill,
    BillPaymentId,
    Debt,
    Netting,
    NettingId,
    ObligationId,
    PartyAccount,
)
from ichimai.settlement.errors import UnknownBill, UnknownParty

bill_cli = typer.Typer(no_args_is_help=True, help="What associations owe for their shops.")
netting_cli = typer.Typer(
    no_args_is_help=True, help="What parties owe each other, settled by few transfers."
)

Every = Annotated[bool, typer.Option("--all", help="Those that are paid too.")]
_MOST = 2_000


@bill_cli.command("list")
def bill_list(every: Every = False, data: Data = None, as_json: Json = False) -> None:
    """The bills that are open: whose, how much of it, and by when."""
    with (
        installation_of(data) as installation,
        installation.database.read(installation.operator) as tx,
    ):
        found = settlement.clearing.bills(tx, None, _MOST)
    found = [bill for bill in found if every or bill.paid_at is None]
    if as_json:
        typer.echo(json.dumps({"bills": [_bill_body(bill) for bill in found]}))
        return
    for bill in found:
        typer.echo(_bill_line(bill))


@bill_cli.command("pay")
def bill_pay(
    bill: UUID,
    name: As,
    yen: Annotated[int | None, typer.Option(help="How much came in; else what is open.")] = None,
    received_on: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="When; else today.")
    ] = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Note that money came in for a bill; with the last of it the ledger settles its lines."""

    def run(installation: Installation, member: Staff) -> tuple[str, Body]:
        clock, id_ = installation.clock, ObligationId(bill)
        with installation.database.write(installation.operator) as tx:
            known = settlement.clearing.bill(tx, id_)
            if known is None:
                raise UnknownBill
            found = settlement.clearing.receive(
                tx,
                clock,
                BillPaymentId(ids.uuid7(clock)),
                id_,
                yen=known.rest_yen if yen is None else yen,
                received_on=received_on.date() if received_on else day_in_tokyo(clock.now()),
                noted_by=member.id,
            )
        return _bill_line(found), _bill_body(found)

    as_treasurer(data, name, run, as_json=as_json)


@bill_cli.command("terms")
def bill_terms(
    name: As,
    dispute_days: Annotated[
        int | None, typer.Option(min=0, max=60, help="How long a closing may be disputed.")
    ] = None,
    carry_closings: Annotated[
        int | None,
        typer.Option(min=0, max=52, help="After so many closings shops' debts are billed."),
    ] = None,
    bill_days: Annotated[
        int | None, typer.Option(min=0, max=365, help="How long an association has to pay.")
    ] = None,
    association: Annotated[
        int | None, typer.Option(help="What this one agreed to: --carry-closings of its shops.")
    ] = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """How long is disputed, carried and waited for, in closings from now on; without options: now.

    It holds for all, or, of --carry-closings, for the shops of one --association.
    """
    if association is not None and (
        carry_closings is None or (dispute_days, bill_days) != (None,) * 2
    ):
        raise typer.BadParameter("an association has --carry-closings of its own, and no more")

    def run(installation: Installation, member: Staff) -> tuple[str, Body]:
        del member  # that it is a treasurer is enough
        with installation.database.write(installation.operator) as tx:
            if association is not None and carry_closings is not None:
                if f"association:{association}" not in settlement.clearing.parties(tx):
                    raise UnknownParty
                settlement.clearing.set_contract(tx, association, carry_closings)
            else:
                given = {
                    "dispute_days": dispute_days,
                    "carry_closings": carry_closings,
                    "bill_days": bill_days,
                }
                changed = {name: days for name, days in given.items() if days is not None}
                if changed:
                    known = settlement.clearing.policy(tx)
                    settlement.clearing.set_policy(tx, known._replace(**changed))
            body: Body = {
                **settlement.clearing.policy(tx)._asdict(),
                "contracts": settlement.clearing.contracts(tx),
            }
        return "\n".join(f"{name}  {value}" for name, value in body.items()), body

    as_treasurer(data, name, run, as_json=as_json)


def _bill_line(bill: Bill) -> str:
    state = "paid" if bill.paid_at else "netted" if bill.is_netted else "open"
    return (
        f"{bill.id}  association:{bill.association} owes {OPERATOR} {bill.yen:,} yen"
        f"  {bill.rest_yen:,} open  due {bill.due_on}  {state}"
    )


def _bill_body(bill: Bill) -> Body:
    return {
        "id": str(bill.id),
        "debtor": f"association:{bill.association}",
        "creditor": OPERATOR,
        "yen": bill.yen,
        "received_yen": bill.received_yen,
        "rest_yen": bill.rest_yen,
        "due_on": bill.due_on.isoformat(),
        "is_netted": bill.is_netted,
        "is_paid": bill.paid_at is not None,
    }


@netting_cli.command("list")
def netting_list(data: Data = None, as_json: Json = False) -> None:
    """The nettings, the newest first."""
    with (
        installation_of(data) as installation,
        installation.database.read(installation.operator) as tx,
    ):
        found = settlement.clearing.nettings(tx, _MOST)
    if as_json:
        typer.echo(json.dumps({"nettings": [_netting_body(one) for one in found]}))
        return
    for netting in found:
        typer.echo(_netting_line(netting))


@netting_cli.command("show")
def netting_show(netting: UUID, data: Data = None, as_json: Json = False) -> None:
    """What each party gets (or, below 0, owes) in all, and who pays whom instead."""
    with (
        installation_of(data) as installation,
        installation.database.read(installation.operator) as tx,
    ):
        found = settlement.clearing.known(tx, NettingId(netting))
        netted = settlement.clearing.netted(tx, found.id)
        parties = settlement.clearing.of_netting(tx, found.id)
    files = [each.known.party for each in parties if each.sha256]
    positions = settlement.clearing.positions(
        Debt(each.debtor, each.creditor, each.yen) for each in netted
    )
    if as_json:
        typer.echo(json.dumps(_netting_body(found) | {"positions": positions, "files": files}))
        return
    typer.echo(_netting_line(found))
    for party, yen in positions.items():
        typer.echo(f"{party}  {yen:+,}")
    for debt in found.transfers:
        told = "  by file" if debt.debtor in files else ""
        typer.echo(f"{debt.debtor} pays {debt.creditor}  {debt.yen:,}{told}")


@netting_cli.command("make")
def netting_make(name: As, data: Data = None, as_json: Json = False) -> None:
    """Net all that nobody can dispute any more, for a second person to approve."""

    def run(installation: Installation, member: Staff) -> tuple[str, Body]:
        clock = installation.clock
        with installation.database.write(installation.operator) as tx:
            made = settlement.clearing.make_netting(
                tx, clock, NettingId(ids.uuid7(clock)), made_by=member.id
            )
        return _netting_line(made), _netting_body(made)

    as_treasurer(data, name, run, as_json=as_json)


@netting_cli.command("approve")
def netting_approve(netting: UUID, name: As, data: Data = None, as_json: Json = False) -> None:
    """Settle a netting that somebody else made."""

    def run(installation: Installation, member: Staff) -> tuple[str, Body]:
        with installation.database.write(installation.operator) as tx:
            made = settlement.clearing.approve_netting(
                tx, installation.clock, NettingId(netting), approved_by=member.id
            )
        return _netting_line(made), _netting_body(made)

    as_treasurer(data, name, run, StaffRole.APPROVER, as_json=as_json)


@netting_cli.command("reject")
def netting_reject(netting: UUID, name: As, data: Data = None, as_json: Json = False) -> None:
    """Give up a netting that is not approved; another may take what was in it."""

    def run(installation: Installation, member: Staff) -> tuple[str, Body]:
        with installation.database.write(installation.operator) as tx:
            made = settlement.clearing.reject_netting(
                tx, installation.clock, NettingId(netting), rejected_by=member.id
            )
        return _netting_line(made), _netting_body(made)

    as_treasurer(data, name, run, StaffRole.APPROVER, as_json=as_json)


@netting_cli.command("file")
def netting_file(
    netting: UUID,
    name: As,
    party: Annotated[str, typer.Option(help="Who pays: operator, association:8, a sponsor.")] = (
        OPERATOR
    ),
    folder: Path = Path(),
    data: Data = None,
) -> None:
    """Write the Zengin file in which a party pays; a second copy says that it is one (再送)."""

    def run(installation: Installation, member: Staff) -> tuple[str, Body]:
        with installation.database.write(installation.operator) as tx:
            file = settlement.clearing.transfer_file(
                tx, installation.clock, NettingId(netting), party, handed_to=member.id
            )
        return handed_over(file, folder), {}

    as_treasurer(data, name, run)


@netting_cli.command("import-result")
def netting_import_result(
    netting: UUID, file: Path, name: As, data: Data = None, as_json: Json = False
) -> None:
    """Take in what a bank says of a netting's file; another file's, or a changed one, is not.

    The same file again changes nothing. What was not paid is owed again: the next netting has it.
    """

    def run(installation: Installation, member: Staff) -> tuple[str, Body]:
        with installation.database.write(installation.operator) as tx:
            found = settlement.bank.netting_results.import_result(
                tx,
                installation.clock,
                BankResultId(ids.uuid7(installation.clock)),
                file.read_bytes(),
                netting=NettingId(netting),
                imported_by=member.id,
            )
            transfers = settlement.clearing.known(tx, NettingId(netting)).transfers
        names = {place: debt.creditor for place, debt in enumerate(transfers, 1)}
        body: Body = {
            "id": str(found.id),
            "netting": str(netting),
            "debtor": found.of.party,
            "kind": found.kind.value,
            "result_on": found.result_on.isoformat(),
            "lines": result_lines(found, "creditor", names),
        }
        return told_result(found, found.of.party, names), body

    as_treasurer(data, name, run, as_json=as_json)


@netting_cli.command("account")
def netting_account(
    party: Annotated[str, typer.Argument(help="association:8, or a sponsor's key.")],
    bank: Annotated[str, typer.Argument(help="4 digits and its name: 0001:ﾐｽﾞﾎ")],
    branch: Annotated[str, typer.Argument(help="3 digits and its name: 110:ｲｹﾌﾞｸﾛ")],
    number: Annotated[str, typer.Argument(help="7 digits.")],
    holder: Annotated[str, typer.Argument(help="In half-width kana.")],
    name: As,
    kind: Annotated[int, typer.Option(min=1, max=2, help="1 普通, 2 当座.")] = 1,
    code: Annotated[
        str | None, typer.Option(help="委託者コード, if its bank gave it one: then it has files.")
    ] = None,
    data: Data = None,
) -> None:
    """Keep where a party is paid; whoever enters it does not approve what is paid into it."""

    def run(installation: Installation, member: Staff) -> tuple[str, Body]:
        bank_code, _, bank_name = bank.partition(":")
        branch_code, _, branch_name = branch.partition(":")
        account = BankAccount(bank_code, bank_name, branch_code, branch_name, kind, number, holder)
        with installation.database.write(installation.operator) as tx:
            settlement.clearing.set_account(
                tx, installation.clock, PartyAccount(party, account, code, member.id)
            )
        return f"{party}  {bank_code}-{branch_code}-{number}", {}

    as_treasurer(data, name, run)


def _netting_line(netting: Netting) -> str:
    return (
        f"{netting.id}  {netting.obligations} debts of {netting.yen:,} yen"
        f"  {len(netting.transfers)} transfers on {netting.pay_on}  {netting.state.value}"
    )


def _netting_body(netting: Netting) -> Body:
    return {
        "id": str(netting.id),
        "debts": netting.obligations,
        "yen": netting.yen,
        "pay_on": netting.pay_on.isoformat(),
        "state": netting.state.value,
        "transfers": [debt._asdict() for debt in netting.transfers],
    }
