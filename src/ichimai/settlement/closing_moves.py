"""What a closing moves in the ledger: sales that were accepted, and what is charged."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from ichimai import ledger
from ichimai.kernel import JPY, Asset, Clock, errors
from ichimai.ledger import Kind, OperationId
from ichimai.ledger.model import Charge, Command, Leg, Move, Role, Sweep, Transfer
from ichimai.programs.terms import Charging
from ichimai.settlement import closing_rules
from ichimai.settlement.closing_rules import Terms
from ichimai.settlement.closing_store import By
from ichimai.settlement.model import ClosingId
from ichimai.settlement.obligation_model import ClosingRun
from ichimai.storage import WriteTx


def sweep(
    tx: WriteTx,
    clock: Clock,
    terms: Iterable[Terms],
    ids_: Mapping[Asset, ClosingId],
    closed_by: UUID,
) -> dict[OperationId, tuple[Transfer, ...]]:
    """Charge for what was given at issue, and move what was sold; what each operation moved."""
    commands: list[Command] = []
    for each in terms:
        closing = ids_[each.asset]
        if each.charging is Charging.AT_ISSUE:
            operation = OperationId(closing_rules.part_of(closing, "charge"))
            commands.append(Charge(operation=operation, asset=each.asset, actor=closed_by))
        to_role = Role.SETTLED if each.charging is Charging.NEVER else Role.PAYABLE
        commands.append(
            Sweep(
                operation=OperationId(closing), asset=each.asset, to_role=to_role, actor=closed_by
            )
        )
    moved = {}
    for answer in ledger.post(tx, clock, commands):
        if isinstance(answer, ledger.Posted):
            moved[answer.operation] = answer.transfers
        elif not isinstance(answer, ledger.errors.NothingToMove):
            raise answer
    return moved


def charge(
    tx: WriteTx,
    clock: Clock,
    run: ClosingRun,
    terms: Iterable[Terms],
    *,
    used: By,
    late: Mapping[Asset, Mapping[UUID, int]],
    fees: Mapping[Asset, Mapping[UUID, int]],
) -> None:
    """Charge for what was used, for fees, and for what was carried too long."""
    legs: list[Leg] = []
    for each in terms:
        if each.charging is Charging.AT_USE:
            for owner, units in sorted(used.get(each.asset, {}).items()):
                if units:
                    legs.append(_charged(owner, each.asset, units))
        for shop, units in sorted(late.get(each.asset, {}).items()):
            legs.append(
                Leg(
                    owner=shop,
                    asset=each.asset,
                    from_role=Role.DUE,
                    to_role=Role.RECEIVABLE,
                    units=units,
                    kind=Kind.CORRECTION,
                )
            )
        for shop, yen in sorted(fees[each.asset].items()):
            legs.append(_charged(shop, JPY, yen))
    if not legs:
        return
    operation = OperationId(closing_rules.part_of(run.id, "charges"))
    command = Move(operation=operation, legs=tuple(legs), actor=run.closed_by)
    (answer,) = ledger.post(tx, clock, [command])
    if isinstance(answer, errors.DomainError):
        raise answer


def _charged(owner: UUID, asset: Asset, units: int) -> Leg:
    """What ``owner`` owes; below 0: what it gets back of that."""
    way = (Role.DUE, Role.CHARGED) if units > 0 else (Role.CHARGED, Role.DUE)
    return Leg(
        owner=owner,
        asset=asset,
        from_role=way[0],
        to_role=way[1],
        units=abs(units),
        kind=Kind.CHARGE,
    )
