"""Printed cards for the people on a list, and stopping a card."""

from collections.abc import Iterable
from typing import NamedTuple
from uuid import UUID

from ichimai import identity, ledger, people, registry
from ichimai.kernel import errors, ids
from ichimai.ledger import OperationId
from ichimai.ledger.model import Stop
from ichimai.programs import store
from ichimai.programs.desk import Desk
from ichimai.programs.model import GrantListId
from ichimai.registry import SubjectId
from ichimai.registry.model import StoppedCredential
from ichimai.storage import REGISTRY


class PrintedCard(NamedTuple):
    """What is printed for one person: the number to mail it by, and the card's code."""

    recipient: str
    code: str


def print_cards(desk: Desk, list_id: GrantListId) -> list[PrintedCard]:
    """Issue a card to everybody on a posted list who has none that works.

    The codes exist in the answer alone: whoever loses it stops the cards and prints again.
    """
    with desk.database.read(desk.operator) as tx:
        people = store.recipients_of(tx, list_id)
    with desk.database.write(REGISTRY) as tx:
        holders = registry.cards.holders_without_card(
            tx, desk.clock, desk.sector, [registry.SubjectId(subject) for _, subject in people]
        )
        wanted = [
            (number, holders[registry.SubjectId(subject)])
            for number, subject in people
            if subject in holders
        ]
        issued = registry.cards.issue_cards(
            tx, desk.key, desk.clock, [holder for _, holder in wanted]
        )
    return [
        PrintedCard(number, card.code) for (number, _), card in zip(wanted, issued, strict=True)
    ]


def stop_card(desk: Desk, code: str) -> None:
    """Stop a printed card: in the registry, then at a place in this operator's total order.

    Payments decided after that place are refused. Raises registry.errors.UnknownCredential.
    """
    with desk.database.write(REGISTRY) as tx:
        (card,) = registry.resolve(tx, desk.key, desk.sector, [code])
        stopped = registry.cards.stop_credential(tx, desk.key, desk.clock, code)
    _tell(desk, stopped, card.subject if card else None)


def stop_reference(desk: Desk, subject: SubjectId, reference: UUID) -> None:
    """Stop the card of a person that this operator knows by ``reference``, of any kind.

    Raises registry.errors.UnknownCredential, the same for another person's card as for none.
    """
    try:
        with desk.database.write(REGISTRY) as tx:
            stopped = registry.credentials.stop(
                tx,
                desk.key,
                desk.clock,
                sector=desk.sector,
                subject=subject,
                reference=reference,
            )
    except registry.errors.UnknownHolder:
        raise registry.errors.UnknownCredential from None
    _tell(desk, stopped, subject)


def stop_all(desk: Desk, subject: SubjectId) -> None:
    """Stop every card of a person, of any kind: a lost bag. The same again changes nothing.

    Raises registry.errors.UnknownHolder.
    """
    with desk.database.write(REGISTRY) as tx:
        stopped = registry.credentials.stop_all_of(tx, desk.key, desk.clock, desk.sector, subject)
    # Those stopped before are told again: a try that was cut off here is made whole.
    for each in stopped:
        _tell(desk, each, subject)


def tell(desk: Desk, replaced: Iterable[StoppedCredential], subject: SubjectId) -> None:
    """Make it known to this operator that a person's cards were replaced by a new one."""
    for each in replaced:
        _tell(desk, each, subject)


def _tell(desk: Desk, stopped: StoppedCredential, subject: SubjectId | None) -> None:
    """Make a stop known to this operator: its order, its open sessions, its taps."""
    reference = stopped.references.get(desk.sector)
    if reference is None:
        return
    with desk.database.write(desk.operator) as tx:
        identity.taps.end_all_of(tx, desk.clock, reference)
        if subject is not None:
            people.sessions.end_all(tx, subject)
        command = Stop(operation=OperationId(ids.uuid7(desk.clock)), actor=reference)
        for answer in ledger.post(tx, desk.clock, [command]):
            if isinstance(answer, errors.DomainError):
                raise answer
