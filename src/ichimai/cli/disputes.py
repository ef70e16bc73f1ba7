"""``ichimai dispute``: what shops say is not right, and what two people decide of it."""

import json
from typing import Annotated
from uuid import UUID

import typer

from ichimai import merchants, settlement
from ichimai.app import Installation
from ichimai.cli.options import As, Body, Data, Json, as_treasurer, installation_of
from ichimai.kernel import ids
from ichimai.merchants import Shop
from ichimai.merchants.errors import UnknownShop
from ichimai.people.model import Staff, StaffRole
from ichimai.settlement.clearing import (
    Award,
    Dispute,
    DisputedLine,
    DisputeId,
    ObligationId,
    StatedDebt,
)
from ichimai.settlement.model import ClosingId
from ichimai.storage import ReadTx

dispute_cli = typer.Typer(no_args_is_help=True, help="What shops say of a closing is not right.")

Every = Annotated[bool, typer.Option("--all", help="Those that are decided too.")]


@dispute_cli.command("list")
def dispute_list(every: Every = False, data: Data = None, as_json: Json = False) -> None:
    """What waits for a decision: shop, closing, what it claims and why, and until when."""
    with (
        installation_of(data) as installation,
        installation.database.read(installation.operator) as tx,
    ):
        found = settlement.clearing.disputed_lines(tx)
        shops = {shop.id: shop for shop in merchants.directory.payees(tx)}
    found = [one for one in found if every or one.dispute.is_open]
    if as_json:
        body = [_line_body(one, shops[one.line.shop]) for one in found]
        typer.echo(json.dumps({"disputes": body}, ensure_ascii=False))
        return
    for one in found:
        said = one.dispute
        answer = "" if said.units is None else f"  {said.units:+,}"
        typer.echo(
            f"{said.id}  {shops[one.line.shop].number}"
            f"  {one.closing.asset} to {one.closing.closes_on}  claims {said.claimed:,}"
            f": {said.reason}  until {one.answer_by}"
            f"  {said.state.value}{answer}"
        )


def _line_body(one: DisputedLine, shop: Shop) -> Body:
    return _body(one.dispute) | {
        "shop_number": shop.number,
        "closing": str(one.closing.id),
        "program": one.closing.asset,
        "closes_on": one.closing.closes_on.isoformat(),
        "until_on": one.answer_by.isoformat(),
    }


@dispute_cli.command("raise")
def dispute_raise(
    closing: UUID,
    shop: Annotated[str, typer.Argument(help="The shop's number, such as 08-017.")],
    name: As,
    claim: Annotated[int, typer.Option(help="How many units the shop lacks.")],
    reason: Annotated[str, typer.Option(help="What is not right.")],
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Write down what a shop says by telephone: its line waits until that is decided."""

    def run(installation: Installation, member: Staff) -> tuple[str, Body]:
        clock = installation.clock
        with installation.database.write(installation.operator) as tx:
            made = settlement.clearing.dispute_line(
                tx,
                clock,
                DisputeId(ids.uuid7(clock)),
                ClosingId(closing),
                _shop(tx, shop).id,
                claimed=claim,
                reason=reason,
                opened_by=member.id,
            )
        return f"{made.id}  {made.state.value}", _body(made)

    as_treasurer(data, name, run, as_json=as_json)


@dispute_cli.command("debts")
def dispute_debts(data: Data = None, as_json: Json = False) -> None:
    """What parties owe each other and may still dispute, or disputed, and until when."""
    with (
        installation_of(data) as installation,
        installation.database.read(installation.operator) as tx,
    ):
        found = settlement.clearing.debts(tx, installation.clock)
    if as_json:
        typer.echo(json.dumps({"debts": [_debt_body(one) for one in found]}, ensure_ascii=False))
        return
    for one in found:
        said = one.dispute
        told = f"  {said.id}  {said.state.value}: {said.reason}" if said else ""
        owed = one.obligation
        typer.echo(
            f"{owed.id}  {owed.debtor} owes {owed.yen:,} yen ({owed.why.value})"
            f"  to: {settlement.clearing.who_gets(owed, 'en')}"
            f"  closed to {one.closes_on}  until {one.answer_by}{told}"
        )


def _debt_body(one: StatedDebt) -> Body:
    return {
        "id": str(one.obligation.id),
        "debtor": one.obligation.debtor,
        "creditor": one.obligation.creditor,
        "is_to_itself": one.obligation.is_to_itself,
        "yen": one.obligation.yen,
        "why": one.obligation.why.value,
        "closes_on": one.closes_on.isoformat(),
        "until_on": one.answer_by.isoformat(),
        "dispute": None if one.dispute is None else _body(one.dispute),
    }


@dispute_cli.command("raise-debt")
def dispute_raise_debt(
    debt: Annotated[UUID, typer.Argument(help="As `dispute debts` has it.")],
    name: As,
    reason: Annotated[str, typer.Option(help="What is not right, and who says so.")],
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Write down what a party says: no netting has the debt until that is decided.

    It is decided as a shop's is; of a debt nothing is awarded (`none`): what is wrong in it is put
    right with shops, and is in the next closing.
    """

    def run(installation: Installation, member: Staff) -> tuple[str, Body]:
        clock = installation.clock
        with installation.database.write(installation.operator) as tx:
            made = settlement.clearing.dispute_obligation(
                tx,
                clock,
                DisputeId(ids.uuid7(clock)),
                ObligationId(debt),
                reason=reason,
                opened_by=member.id,
            )
        return f"{made.id}  {made.state.value}", _body(made)

    as_treasurer(data, name, run, as_json=as_json)


@dispute_cli.command("decide")
def dispute_decide(
    dispute: UUID,
    award: Annotated[Award, typer.Argument(help="Of what is claimed.")],
    name: As,
    reason: Annotated[str, typer.Option(help="Why; the shop reads it.")],
    part: Annotated[int | None, typer.Option(help="Of a part: how many units.")] = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Say what the shop is to get; it counts once somebody else approves."""

    def run(installation: Installation, member: Staff) -> tuple[str, Body]:
        with installation.database.write(installation.operator) as tx:
            made = settlement.clearing.propose_award(
                tx, DisputeId(dispute), award, part=part, finding=reason, proposed_by=member.id
            )
        return f"{made.id}  {made.units or 0:+,}  {made.state.value}", _body(made)

    as_treasurer(data, name, run, as_json=as_json)


@dispute_cli.command("approve")
def dispute_approve(dispute: UUID, name: As, data: Data = None, as_json: Json = False) -> None:
    """Decide as somebody else said; what is put right is in the program's next closing."""

    def run(installation: Installation, member: Staff) -> tuple[str, Body]:
        with installation.database.write(installation.operator) as tx:
            made = settlement.clearing.decide(
                tx, installation.clock, DisputeId(dispute), decided_by=member.id
            )
        return f"{made.id}  {made.units or 0:+,}  {made.state.value}", _body(made)

    as_treasurer(data, name, run, StaffRole.APPROVER, as_json=as_json)


def _body(dispute: Dispute) -> Body:
    return {
        "id": str(dispute.id),
        "shop": None if dispute.shop is None else str(dispute.shop),
        "claimed": dispute.claimed,
        "reason": dispute.reason,
        "state": dispute.state.value,
        "units": dispute.units,
        "finding": dispute.finding,
    }


def _shop(tx: ReadTx, number: str) -> Shop:
    """Raises UnknownShop."""
    for shop in merchants.directory.shops(tx, number, limit=None):
        if shop.number == number:
            return shop
    raise UnknownShop
