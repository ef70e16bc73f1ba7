"""What an operator lets cards do."""

from ichimai.identity import store
from ichimai.identity.model import IdentityTerms
from ichimai.kernel import Clock
from ichimai.storage import ReadTx, WriteTx


def set_terms(tx: WriteTx, clock: Clock, terms: IdentityTerms) -> None:
    """Let cards do from now on what ``terms`` say."""
    store.save_terms(tx, terms, clock.now())


def of_operator(tx: ReadTx) -> IdentityTerms:
    """What cards may do; nothing out of the ordinary before the operator said so."""
    return store.terms(tx)
