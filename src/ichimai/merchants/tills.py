"""How a device becomes a shop's till, and ceases to be one."""

from collections.abc import Callable, Sequence

from ichimai.kernel import Clock, ids
from ichimai.merchants import rules, store
from ichimai.merchants.errors import EnrolmentRefused, UnknownShop, UnknownTerminal
from ichimai.merchants.model import (
    EnrolledTerminal,
    ShopId,
    Terminal,
    TerminalAtShop,
    TerminalId,
)
from ichimai.storage import ReadTx, WriteTx


def new_enrolment(tx: WriteTx, clock: Clock, shop: ShopId) -> str:
    """A one-time code, good for 24 hours, that makes a device a till of ``shop``.

    It exists here and on the paper alone. Raises UnknownShop.
    """
    _must_know(tx, [shop])
    code = rules.new_enrolment_code()
    now = clock.now()
    store.add_enrolment(
        tx,
        rules.enrolment_code_hash(code),
        shop,
        at=now,
        expires_at=now + rules.ENROLMENT_VALID_FOR,
    )
    return code


def enrol(tx: WriteTx, clock: Clock, key: bytes, code: str, *, secret: str) -> EnrolledTerminal:
    """Make the device that brings a one-time ``code`` a till.

    ``secret``: what this device alone has. If its answer was lost, the same code with the same
    secret gives the same till again, for as long as the code is good and the till is in use.

    Raises MistypedEnrolmentCode, EnrolmentRefused.
    """
    code_hash, now = rules.enrolment_code_hash(code), clock.now()
    token = rules.token_for(key, code_hash, secret)
    (token_hash,) = rules.token_hashes([token])
    till = store.use_enrolment(tx, code_hash, TerminalId(ids.uuid7(clock)), token_hash, now)
    # Whoever brought the code a moment before us may have been this very device.
    till = till or store.enrolled_before(tx, code_hash, token_hash, now)
    if till is None:
        raise EnrolmentRefused
    return EnrolledTerminal(*till, token)


def enrol_directly(tx: WriteTx, clock: Clock, shops: Sequence[ShopId]) -> list[EnrolledTerminal]:
    """A new till for each of ``shops``, without codes: for setting up a town.

    Raises UnknownShop.
    """
    _must_know(tx, shops)
    new = [
        EnrolledTerminal(TerminalId(ids.uuid7(clock)), shop, rules.new_token()) for shop in shops
    ]
    hashes = rules.token_hashes(till.token for till in new)
    hashed = zip(new, hashes, strict=True)
    store.add_terminals(
        tx, ((till.terminal, hash_, till.shop) for till, hash_ in hashed), clock.now()
    )
    return new


def terminals(tx: ReadTx, tokens: Sequence[str]) -> list[TerminalAtShop | None]:
    """Which till each bearer token is of; None: unknown or revoked. One query for all."""
    return asked_terminals(tx, tokens)()


def asked_terminals(tx: ReadTx, tokens: Sequence[str]) -> Callable[[], list[TerminalAtShop | None]]:
    """As ``terminals``, waited for when they are called for."""
    hashes = rules.token_hashes(tokens)
    asked = store.asked_terminals(tx, hashes)

    def found() -> list[TerminalAtShop | None]:
        known = asked()
        return [known.get(hash_) for hash_ in hashes]

    return found


def stand_ins(tx: ReadTx) -> list[TerminalAtShop]:
    """A till in each shop and place, of no device: where rules are tried, any of them will do."""
    return store.stand_ins(tx, TerminalId(ids.NIL))


def terminals_of(tx: ReadTx, shop: ShopId) -> list[Terminal]:
    """All tills that ``shop`` ever had, oldest first."""
    return store.terminals_of(tx, shop)


def revoke(tx: WriteTx, clock: Clock, terminal: TerminalId) -> None:
    """Accept a till no more; the same again changes nothing. Raises UnknownTerminal."""
    if not store.revoke(tx, terminal, clock.now()):
        raise UnknownTerminal


def _must_know(tx: ReadTx, shops: Sequence[ShopId]) -> None:
    if not store.known_shops(tx, shops).issuperset(shops):
        raise UnknownShop
