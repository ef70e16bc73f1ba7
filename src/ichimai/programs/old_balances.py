"""What was on cards of an old system becomes money in a prepaid program, once a card."""

import hmac
from collections.abc import Sequence
from itertools import islice
from typing import Final, NamedTuple
from uuid import UUID

from ichimai import ledger
from ichimai.kernel import Asset, errors
from ichimai.kernel.ids import NIL
from ichimai.ledger import Kind, OperationId
from ichimai.ledger.model import Award, Earn
from ichimai.programs import lists, rules
from ichimai.programs.desk import Desk
from ichimai.programs.errors import NotPrepaid
from ichimai.programs.funding import funder_id
from ichimai.programs.terms import Charging, ProgramKind

_BATCH: Final = 1_000


class OldBalance(NamedTuple):
    """What was on one card (``number`` with its scheme's name), and whose it is now."""

    scheme: str
    number: bytes
    subject: UUID
    units: int


def take_over(desk: Desk, key: Asset, balances: Sequence[OldBalance], *, by: UUID) -> int:
    """Put each balance into its owner's wallet; how many units were new.

    The same list again changes nothing: the operation's id follows from the card, under the
    registry's key. The money is what the operator already has, so that no till owes it.
    Raises UnknownProgram, NotPrepaid; DifferentAmount when a card had another balance before.
    """
    new = 0
    waiting = iter(each for each in balances if each.units)
    while some := list(islice(waiting, _BATCH)):
        with desk.database.write(desk.operator) as tx:
            now = desk.clock.now()
            program = lists.in_force(tx, key, now)
            if program.kind is not ProgramKind.PREPAID:
                raise NotPrepaid
            commands = [
                Award(
                    operation=_operation(desk, key, each),
                    wallet=each.subject,
                    earns=(
                        Earn(
                            asset=key,
                            funder=funder_id(program),
                            expires_at=rules.expires_at(program, now),
                            units=each.units,
                            is_pooled=program.settlement.charging != Charging.AT_USE,
                            is_bounded=program.budget_units is not None,
                            is_whole=True,
                            kind=Kind.TOP_UP,
                        ),
                    ),
                    place=NIL,
                    terminal=NIL,
                    actor=by,
                )
                for each in some
            ]
            for answer in ledger.post(tx, desk.clock, commands):
                if isinstance(answer, errors.DomainError):
                    raise answer
                if not answer.is_replay:
                    new += sum(leg.units for leg in answer.transfers)
    return new


def _operation(desk: Desk, key: Asset, balance: OldBalance) -> OperationId:
    """An id that nobody can tell a card's number from who has not the registry's key."""
    what = f"{key}/{balance.scheme}/".encode() + balance.number
    value = int.from_bytes(hmac.digest(desk.key.secret, b"old balance/" + what, "sha256")[:16])
    value = value & ~(0xF << 76 | 0x3 << 62) | 0x8 << 76 | 0x2 << 62
    return OperationId(UUID(int=value))
