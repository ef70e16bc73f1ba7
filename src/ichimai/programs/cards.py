"""Printed cards for the people on a list, and stopping a card."""

from typing import NamedTuple

from ichimai import ledger, registry
from ichimai.kernel import errors, ids
from ichimai.ledger import OperationId
from ichimai.ledger.model import Stop
from ichimai.programs import store
from ichimai.programs.desk import Desk
from ichimai.programs.model import GrantListId
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
            tx, desk.sector, [registry.SubjectId(subject) for _, subject in people]
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
    """Stop a card: in the registry, then at a place in this operator's total order.

    Payments decided after that place are refused. Raises registry.errors.UnknownCredential.
    """
    with desk.database.write(REGISTRY) as tx:
        stopped = registry.cards.stop_credential(tx, desk.key, desk.clock, code)
    reference = stopped.references.get(desk.sector)
    if reference is None:
        return
    with desk.database.write(desk.operator) as tx:
        command = Stop(operation=OperationId(ids.uuid7(desk.clock)), actor=reference)
        for answer in ledger.post(tx, desk.clock, [command]):
            if isinstance(answer, errors.DomainError):
                raise answer
