"""The audit that the campaigns rely on finds what they look for."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest

from ichimai import ledger, storage
from ichimai.ledger import Kind, OperationId
from ichimai.programs.model import PaymentRequest
from tests.acceptance.faults.audit import Audit
from tests.acceptance.faults.shoppers import Entry, Journal
from tests.acceptance.faults.tills import Answer, new_id
from tests.acceptance.faults.town import Town, copy_of

PAID, REFUSED, OPEN = Answer(201, {}), Answer(409, {"code": "limit_exceeded"}), None


def book(journal: Journal, id_: UUID, units: int, answer: Answer | None) -> None:
    """Write into the tills' books that a payment was asked for."""
    journal.entries[id_] = Entry(id_, "/payments", {}, {Kind.PAYMENT: units}, "", answer)


@pytest.fixture(scope="module")
def quiet(template: Path) -> Iterator[Town]:
    """A town whose database runs, and in which nobody does anything else."""
    town = copy_of(template)
    with storage.EmbeddedServer(town.folder):
        yield town
        town.reconnect()
    town.remove()


@pytest.fixture
def audit(quiet: Town) -> Audit:
    """An audit that begins now."""
    return Audit(quiet, Journal())


@pytest.fixture
def made(quiet: Town, audit: Audit) -> UUID:
    """A payment of 7 yen that is in the ledger, and not yet in the books."""
    (card,) = quiet.cards(1)
    audit.number += 1  # the gift
    id_ = new_id()
    asked = PaymentRequest(id=OperationId(id_), token=quiet.tokens[0], credential=card, units=7)
    (answer,) = quiet.desk.serve([asked])
    assert isinstance(answer, ledger.Posted)
    return id_


@pytest.mark.parametrize("answer", [PAID, OPEN])
def test_what_was_asked_and_made_once_is_in_order(
    audit: Audit, made: UUID, answer: Answer | None
) -> None:
    book(audit.journal, made, 7, answer)
    audit.check()


def test_what_was_acknowledged_and_is_not_there_is_found(audit: Audit, made: UUID) -> None:
    book(audit.journal, made, 7, PAID)
    book(audit.journal, new_id(), 5, PAID)
    with pytest.raises(AssertionError, match="acknowledged, but None"):
        audit.check()


def test_what_nobody_asked_for_is_found(audit: Audit, made: UUID) -> None:
    with pytest.raises(KeyError):
        audit.check()


def test_another_sum_than_was_acknowledged_is_found(audit: Audit, made: UUID) -> None:
    book(audit.journal, made, 8, PAID)
    with pytest.raises(AssertionError, match="acknowledged, but"):
        audit.check()


@pytest.mark.parametrize("answer", [REFUSED, OPEN])
def test_in_the_end_what_was_not_acknowledged_may_not_be_there(
    audit: Audit, made: UUID, answer: Answer | None
) -> None:
    book(audit.journal, made, 7, answer)
    audit.check()
    with pytest.raises(AssertionError):
        audit.check_settled()


def test_what_is_made_in_two_steps_is_found(audit: Audit, made: UUID) -> None:
    book(audit.journal, made, 7, PAID)
    audit.made[made] = {Kind.PAYMENT: 7}
    with pytest.raises(AssertionError, match="made again"):
        audit.check()
