"""Sessions: opened at a sign-in, live while used, gone at once for every server process."""

from datetime import timedelta
from uuid import UUID

from ichimai.kernel import Clock, ids
from ichimai.people import rules, secrets, store
from ichimai.people.model import Audience, NewSession, Session, SessionId, Staff, StaffId
from ichimai.storage import ReadTx, WriteTx


def start(
    tx: WriteTx, clock: Clock, audience: Audience, owner: UUID, *, sealed_text: str = ""
) -> NewSession:
    """A new session with a new token; ``sealed_text`` can be read with that token only."""
    token = secrets.new_token()
    now = clock.now()
    session = Session(
        id=SessionId(ids.uuid7(clock)),
        audience=audience,
        owner=owner,
        sealed=secrets.seal(token, sealed_text),
        started_at=now,
        seen_at=now,
    )
    store.insert_session(tx, session, secrets.token_hash(token))
    return NewSession(session, token)


def live(tx: ReadTx, clock: Clock, token: str, audience: Audience) -> Session | None:
    """The session of a token, when it is for ``audience`` and still lets its owner in."""
    session = store.session_of(tx, secrets.token_hash(token))
    if session is None or session.audience is not audience:
        return None
    return session if rules.is_live(session, clock.now()) else None


def staff_of(tx: ReadTx, session: Session) -> Staff | None:
    """Whose session it is, with the role of this moment; None when that person has left."""
    return store.present_staff(tx, StaffId(session.owner))


def needs_touch(session: Session, clock: Clock) -> bool:
    """Whether the last use should be written again."""
    return clock.now() - session.seen_at >= rules.SEEN_EVERY


def touch(tx: WriteTx, clock: Clock, session: Session) -> None:
    """Write that a session was used now."""
    store.update_seen(tx, session.id, clock.now())


def idle_seconds(session: Session) -> int:
    """After how many seconds without use the session ends."""
    return int(rules.IDLE[session.audience].total_seconds())


def end(tx: WriteTx, token: str) -> None:
    """Sign out; a token that is not known is no error."""
    store.delete_session(tx, secrets.token_hash(token))


def end_all(tx: WriteTx, owner: UUID) -> None:
    """Sign out everywhere."""
    store.delete_sessions_of(tx, owner)


def sealed_text(session: Session, token: str) -> str | None:
    """What ``start`` sealed; None when the token is not this session's."""
    return secrets.opened(token, session.sealed)


def tidy_up(tx: WriteTx, clock: Clock) -> int:
    """Remove sessions and counters that no longer say anything; how many rows went."""
    now = clock.now()
    quiet = max(limit.forgotten_after for limit in rules.LIMITS) + timedelta(days=1)
    return store.delete_sessions_started_before(
        tx, now - rules.LONGEST
    ) + store.delete_counters_quiet_since(tx, now - quiet)
