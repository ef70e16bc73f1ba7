"""Signing in, in three steps, so that argon2 never runs inside a transaction.

1. ``begin_staff`` or ``begin_resident`` (a write transaction) counts the try as failed and
   refuses when there were too many: parallel tries are counted one by one before any is heard.
2. ``is_right`` (no transaction) compares the secret.
3. ``finish_staff``, ``finish`` or ``finish_first_use`` (a write transaction) takes the count
   back and opens a session, if the secret is still the one that was compared: one changed
   meanwhile is dead at once (faults.md E76). When the secret was wrong there is nothing left
   to do: raise SignInRefused.

A password alone opens only the way to a second factor (``second_factor``). One-time codes,
which belong to nobody, are counted by ``begin_code`` and ``code_was_right``.
"""

from collections.abc import Sequence
from datetime import datetime
from math import ceil
from uuid import UUID

from ichimai.kernel import Clock, ids
from ichimai.people import factor_store, rules, secrets, session_store, sessions, store
from ichimai.people.errors import PinAlreadyChosen, SignInRefused, TooManyAttempts
from ichimai.people.model import (
    THE_OPERATOR,
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
from ichimai.storage import Database, ReadTx, Schema, WriteTx

Counters = tuple[bytes, bytes, bytes]


def begin_staff(
    tx: WriteTx, clock: Clock, key: bytes, *, name: str, password: str, network: str
) -> Attempt:
    """Count a try of a member of staff, from ``network`` (an address or its prefix).

    Raises TooManyAttempts.
    """
    counters = _counters(key, "staff", name, network, password)
    _count(tx, clock, counters, is_spray_watched=True)
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
    _count(tx, clock, counters, is_spray_watched=True)
    expected = session_store.pin_of(tx, subject) if subject else None
    offered = _keyed_pin(key, subject, typed) if subject else typed
    return Attempt(Audience.RESIDENT, subject, expected, offered, counters)


def begin_second_step(
    tx: WriteTx, clock: Clock, key: bytes, *, staff: UUID, code: str, network: str
) -> Counters:
    """Count a try with a code that follows a right password. Raises TooManyAttempts."""
    counters = _counters(key, "second step", str(staff), network, code)
    _count(tx, clock, counters)
    return counters


def begin_code(tx: WriteTx, clock: Clock, key: bytes, *, network: str) -> Counters:
    """Count a try with a one-time code, from ``network``, as failed until it proves right.

    Raises TooManyAttempts.
    """
    counters = _counters(key, "code", network, network, network)
    _count(tx, clock, counters)
    return counters


def code_was_right(tx: WriteTx, clock: Clock, counters: Counters) -> None:
    """Take back a try with a code."""
    _take_back(tx, clock, counters)


def is_right(attempt: Attempt) -> bool:
    """Whether the secret offered is the owner's; takes as long when there is no owner."""
    return secrets.is_secret(attempt.expected, attempt.offered)


def finish_staff(
    tx: WriteTx, clock: Clock, attempt: Attempt, *, needs_second_factor: bool
) -> NewSession:
    """Let in the member of staff whose password was right, as far as that alone lets them.

    The session's audience says how far: SECOND_STEP when there is a second factor, SET_UP when
    there is none and ``needs_second_factor``, else STAFF. Raises SignInRefused.
    """
    staff = attempt.owner
    if staff is None or store.lock_staff(tx, staff) != attempt.expected:
        raise SignInRefused
    _take_back(tx, clock, attempt.counters)
    if factor_store.second_factors(tx, staff).has_any:
        return sessions.start(tx, clock, Audience.SECOND_STEP, staff)
    if needs_second_factor:
        return sessions.start(tx, clock, Audience.SET_UP, staff)
    return sessions.start_staff(tx, clock, staff)


def finish(
    tx: WriteTx, clock: Clock, attempt: Attempt, owner: UUID, *, sealed_text: str = ""
) -> NewSession:
    """Let in the resident whose PIN was right. Raises SignInRefused when it no longer is."""
    if attempt.expected is None or session_store.lock_pin(tx, owner) != attempt.expected:
        raise SignInRefused
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


def change_password(
    tx: WriteTx, clock: Clock, session: Session, attempt: Attempt, chosen: SecretHash
) -> NewSession:
    """Replace a member's password, the old one of which was right; go on in a new session.

    All other sessions end, and a sign-in with the old one that is under way is refused
    (faults.md E76). Raises SignInRefused when it is another by now, or the session has ended.
    """
    if attempt.owner != session.owner or store.lock_staff(tx, session.owner) != attempt.expected:
        raise SignInRefused
    _take_back(tx, clock, attempt.counters)
    sessions.end_this(tx, session)
    store.update_password(tx, StaffId(session.owner), chosen)
    sessions.end_all(tx, session.owner)
    return sessions.start_staff(tx, clock, session.owner)


def choose_pin(
    tx: WriteTx, clock: Clock, session: Session, token: str, chosen: SecretHash
) -> NewSession:
    """Keep the first PIN and go on in a new session, with what the old one had sealed.

    Raises PinAlreadyChosen when somebody else with the same card was quicker.
    """
    if not session_store.insert_pin(tx, session.owner, chosen, clock.now()):
        raise PinAlreadyChosen
    session_store.delete_sessions_of(tx, session.owner)
    text = sessions.sealed_text(session, token) or ""
    return sessions.start(tx, clock, Audience.RESIDENT, session.owner, sealed_text=text)


def at_console(
    database: Database,
    operator: Schema,
    *,
    name: str,
    password: str,
    roles: Sequence[StaffRole],
) -> Staff:
    """The member of staff who gives the right password at the machine itself.

    No second factor is asked: who runs commands here reads the database and its keys anyway.
    Raises SignInRefused, also for who has none of ``roles``.
    """
    with database.read(operator) as tx:
        known = store.staff_secret(tx, name)
    owner, expected = known or (None, None)
    is_right = secrets.is_secret(expected, password)
    if not is_right or owner is None:
        raise SignInRefused
    with database.read(operator) as tx:
        member = store.acting(tx, owner, THE_OPERATOR.id)
    if member is None or member.role not in roles:
        raise SignInRefused
    return member


def reset_pin(tx: WriteTx, subject: SubjectId) -> None:
    """Forget a resident's PIN and sign them out everywhere; the next use chooses a new one."""
    session_store.delete_pin(tx, subject)
    sessions.end_all(tx, subject)


def _keyed_pin(key: bytes, subject: SubjectId, pin: str) -> str:
    return secrets.keyed(key, "pin", str(subject), pin).hex()


def _counters(key: bytes, kind: str, account: str, network: str, secret: str) -> Counters:
    return (
        secrets.keyed(key, "account", kind, account),
        secrets.keyed(key, "network", network),
        secrets.keyed(key, "secret", kind, secret),
    )


def _count(tx: WriteTx, clock: Clock, keys: Counters, *, is_spray_watched: bool = False) -> None:
    now = clock.now()
    held = session_store.lock_counters(tx, keys, now)
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
    session_store.update_counters(tx, counted)
    if is_spray_watched and counted[keys[-1]].failures == rules.SECRET.free:
        session_store.insert_alarm(tx, ids.uuid7(clock), now)


def spray_alarms(tx: ReadTx, since: datetime, *, until: datetime) -> int:
    """How often a secret was tried so many times that it may be one PIN over many cards."""
    return session_store.count_alarms(tx, since, until)


def _take_back(tx: WriteTx, clock: Clock, keys: Counters) -> None:
    held = session_store.lock_counters(tx, keys, clock.now())
    account, *shared = keys
    left = {key: Counter(max(held[key].failures - 1, 0), held[key].last_at) for key in shared}
    left[account] = Counter(0, held[account].last_at)
    session_store.update_counters(tx, left)
