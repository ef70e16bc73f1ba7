"""Signing in, in three steps, so that argon2 never runs inside a transaction.

1. ``begin_staff`` or ``begin_resident`` (a write transaction) counts the try as failed and
   refuses when there were too many: parallel tries are counted one by one before any is heard.
2. ``is_right`` (no transaction) compares the secret.
3. ``finish`` or ``finish_first_use`` (a write transaction) takes the count back and opens a
   session. When the secret was wrong there is nothing left to do: raise SignInRefused.

One-time codes, which belong to nobody, are counted by ``begin_code`` and ``code_was_right``.
"""

from collections.abc import Sequence
from math import ceil
from uuid import UUID

from ichimai.kernel import Clock
from ichimai.people import rules, secrets, sessions, store
from ichimai.people.errors import PinAlreadyChosen, SignInRefused, TooManyAttempts
from ichimai.people.model import (
    Attempt,
    Audience,
    Counter,
    NewSession,
    SecretHash,
    Session,
    Staff,
    StaffId,
    StaffRole,
)
from ichimai.registry import SubjectId
from ichimai.storage import Database, Schema, WriteTx

Counters = tuple[bytes, bytes, bytes]


def begin_staff(
    tx: WriteTx, clock: Clock, key: bytes, *, name: str, password: str, network: str
) -> Attempt:
    """Count a try of a member of staff, from ``network`` (an address or its prefix).

    Raises TooManyAttempts.
    """
    counters = _counters(key, "staff", name, network, password)
    _count(tx, clock, counters)
    known = store.staff_secret(tx, name)
    owner, expected = known or (None, None)
    return Attempt(Audience.STAFF, owner, expected, password, counters)


def begin_resident(
    tx: WriteTx,
    clock: Clock,
    key: bytes,
    *,
    card: str,
    subject: SubjectId | None,
    pin: str,
    network: str,
) -> Attempt:
    """Count a try with a card's code, which belongs to ``subject`` or, unknown, to nobody.

    ``card`` is the code in one fixed form: two ways of typing it are one account.
    Raises TooManyAttempts.
    """
    typed = rules.normalized_pin(pin)
    # "No PIN yet" is no secret that could be guessed over many cards: only a PIN is counted.
    counters = _counters(key, "card", card, network, typed or card)
    _count(tx, clock, counters)
    expected = store.pin_of(tx, subject) if subject else None
    offered = _keyed_pin(key, subject, typed) if subject else typed
    return Attempt(Audience.RESIDENT, subject, expected, offered, counters)


def begin_code(tx: WriteTx, clock: Clock, key: bytes, *, network: str) -> Counters:
    """Count a try with a one-time code, from ``network``, as failed until it proves right.

    Raises TooManyAttempts.
    """
    counters = _counters(key, "code", network, network, network)
    _count(tx, clock, counters)
    return counters


def code_was_right(tx: WriteTx, clock: Clock, counters: Counters) -> None:
    """Take back a try with a one-time code."""
    _take_back(tx, clock, counters)


def is_right(attempt: Attempt) -> bool:
    """Whether the secret offered is the owner's; takes as long when there is no owner."""
    return secrets.is_secret(attempt.expected, attempt.offered)


def finish(
    tx: WriteTx, clock: Clock, attempt: Attempt, owner: UUID, *, sealed_text: str = ""
) -> NewSession:
    """Let in the ``owner`` whose secret was right."""
    _take_back(tx, clock, attempt.counters)
    return sessions.start(tx, clock, attempt.audience, owner, sealed_text=sealed_text)


def finish_first_use(
    tx: WriteTx, clock: Clock, attempt: Attempt, owner: UUID, *, sealed_text: str
) -> NewSession:
    """Let in somebody who has no PIN yet, only as far as choosing one."""
    _take_back(tx, clock, attempt.counters)
    return sessions.start(tx, clock, Audience.FIRST_USE, owner, sealed_text=sealed_text)


def password_hash(password: str) -> SecretHash:
    """What is kept of a new password (no transaction). Raises WeakPassword."""
    return secrets.secret_hash(rules.checked_password(password))


def pin_hash(key: bytes, subject: SubjectId, pin: str) -> SecretHash:
    """What is kept of a newly chosen PIN (no transaction). Raises WeakPin."""
    return secrets.secret_hash(_keyed_pin(key, subject, rules.checked_pin(pin)))


def choose_pin(
    tx: WriteTx, clock: Clock, session: Session, token: str, chosen: SecretHash
) -> NewSession:
    """Keep the first PIN and go on in a new session, with what the old one had sealed.

    Raises PinAlreadyChosen when somebody else with the same card was quicker.
    """
    if not store.insert_pin(tx, session.owner, chosen, clock.now()):
        raise PinAlreadyChosen
    store.delete_sessions_of(tx, session.owner)
    text = sessions.sealed_text(session, token) or ""
    return sessions.start(tx, clock, Audience.RESIDENT, session.owner, sealed_text=text)


def _keyed_pin(key: bytes, subject: SubjectId, pin: str) -> str:
    return secrets.keyed(key, "pin", str(subject), pin).hex()


def _counters(key: bytes, kind: str, account: str, network: str, secret: str) -> Counters:
    return (
        secrets.keyed(key, "account", kind, account),
        secrets.keyed(key, "network", network),
        secrets.keyed(key, "secret", kind, secret),
    )


def _count(tx: WriteTx, clock: Clock, keys: Counters) -> None:
    now = clock.now()
    held = store.lock_counters(tx, keys, now)
    wait = max(
        rules.free_at(limit, held[key], now) - now
        for limit, key in zip(rules.LIMITS, keys, strict=True)
    )
    if wait.total_seconds() > 0:
        # Tries that are not heard are not counted: nobody can keep another locked out
        # for longer than the delay by trying on.
        raise TooManyAttempts(retry_after_seconds=ceil(wait.total_seconds()))
    counted = {
        key: rules.one_more(limit, held[key], now)
        for limit, key in zip(rules.LIMITS, keys, strict=True)
    }
    store.update_counters(tx, counted)


def _take_back(tx: WriteTx, clock: Clock, keys: Counters) -> None:
    held = store.lock_counters(tx, keys, clock.now())
    account, *shared = keys
    left = {key: Counter(max(held[key].failures - 1, 0), held[key].last_at) for key in shared}
    left[account] = Counter(0, held[account].last_at)
    store.update_counters(tx, left)


def at_console(
    database: Database,
    operator: Schema,
    *,
    name: str,
    password: str,
    roles: Sequence[StaffRole],
) -> Staff:
    """The member of staff who gives the right password at the machine itself.

    Raises SignInRefused, also for who has none of ``roles``.
    """
    with database.read(operator) as tx:
        known = store.staff_secret(tx, name)
    owner, expected = known or (None, None)
    is_right = secrets.is_secret(expected, password)
    if not is_right or owner is None:
        raise SignInRefused
    with database.read(operator) as tx:
        member = store.staff_members(tx, [StaffId(owner)])[0]
    if member.role not in roles:
        raise SignInRefused
    return member
