"""Sessions: opened at a sign-in, live while used, gone at once for every server process."""

from datetime import timedelta
from uuid import UUID

from ichimai.kernel import Clock, ids
from ichimai.people import passkey_store, rules, secrets, session_store, store
from ichimai.people.errors import (
    CardSignInNeeded,
    SignInRefused,
    SignInTooOld,
    UnknownOrganisation,
)
from ichimai.people.model import (
    THE_OPERATOR,
    Audience,
    NewSession,
    OrganisationId,
    Session,
    SessionId,
    Staff,
)
from ichimai.storage import ReadTx, WriteTx


def start(
    tx: WriteTx,
    clock: Clock,
    audience: Audience,
    owner: UUID,
    *,
    sealed_text: str = "",
    organisation: OrganisationId = THE_OPERATOR.id,
    is_from_counter: bool = False,
) -> NewSession:
    """A new session with a new token; ``sealed_text`` can be read with that token only.

    ``organisation``: whom a member of staff acts for. ``is_from_counter``: staff let a resident
    in, who was there with their card.
    """
    token = secrets.new_token()
    now = clock.now()
    session = Session(
        id=SessionId(ids.uuid7(clock)),
        audience=audience,
        owner=owner,
        organisation=organisation if audience is Audience.STAFF else None,
        sealed=secrets.seal(token, sealed_text),
        started_at=now,
        seen_at=now,
        is_from_counter=is_from_counter,
    )
    session_store.insert_session(tx, session, secrets.token_hash(token))
    return NewSession(session, token)


def start_staff(tx: WriteTx, clock: Clock, staff: UUID) -> NewSession:
    """A session of a member who has proved who they are, for the first organisation they act for.

    Raises SignInRefused when there is none, or the member has left.
    """
    roles = store.roles_of(tx, staff)
    if not roles:
        raise SignInRefused
    return start(tx, clock, Audience.STAFF, staff, organisation=roles[0].organisation.id)


def live(tx: ReadTx, clock: Clock, token: str, audience: Audience) -> Session | None:
    """The session of a token, when it is for ``audience`` and still lets its owner in."""
    session = session_store.session_of(tx, secrets.token_hash(token))
    if session is None or session.audience is not audience:
        return None
    return session if rules.is_live(session, clock.now()) else None


def staff_of(tx: ReadTx, session: Session) -> Staff | None:
    """Whose session it is, with the role of this moment where they act.

    None when that person has left, or has no role there any more.
    """
    if session.organisation is None:
        return None
    return store.acting(tx, session.owner, session.organisation)


def act_for(
    tx: WriteTx, clock: Clock, session: Session, organisation: OrganisationId
) -> NewSession:
    """Go on for another organisation, in a new session (faults.md G107).

    It is as old as the one before: changing hats is no sign-in. Raises UnknownOrganisation
    when the member has no role there, SignInRefused when the session has ended.
    """
    if store.acting(tx, session.owner, organisation) is None:
        raise UnknownOrganisation
    end_this(tx, session)
    token = secrets.new_token()
    new = Session(
        id=SessionId(ids.uuid7(clock)),
        audience=session.audience,
        owner=session.owner,
        organisation=organisation,
        sealed=secrets.seal(token, ""),
        started_at=session.started_at,
        seen_at=clock.now(),
    )
    session_store.insert_session(tx, new, secrets.token_hash(token))
    return NewSession(new, token)


def needs_touch(session: Session, clock: Clock) -> bool:
    """Whether the last use should be written again."""
    return clock.now() - session.seen_at >= rules.SEEN_EVERY


def touch(tx: WriteTx, clock: Clock, session: Session) -> None:
    """Write that a session was used now."""
    session_store.update_seen(tx, session.id, clock.now())


def check_fresh(clock: Clock, session: Session) -> None:
    """What lets somebody in is changed only soon after a sign-in. Raises SignInTooOld."""
    if not rules.is_fresh(session, clock.now()):
        raise SignInTooOld


def may_add_way_in(clock: Clock, session: Session, token: str) -> bool:
    """Whether a resident signed in with a card just now: its code is sealed in the session."""
    return bool(sealed_text(session, token)) and rules.is_fresh(session, clock.now())


def check_may_add_way_in(clock: Clock, session: Session, token: str) -> None:
    """Only a sign-in with a card, of just now, adds another way in. Raises CardSignInNeeded."""
    if not may_add_way_in(clock, session, token):
        raise CardSignInNeeded


def idle_seconds(session: Session) -> int:
    """After how many seconds without use the session ends."""
    return int(rules.IDLE[session.audience].total_seconds())


def end(tx: WriteTx, token: str) -> None:
    """Sign out; a token that is not known is no error."""
    session_store.delete_session(tx, secrets.token_hash(token))


def end_this(tx: WriteTx, session: Session) -> None:
    """End a session that another takes the place of; of two at once, one gets through.

    Raises SignInRefused when it has ended.
    """
    if not session_store.delete_session_of_id(tx, session.id):
        raise SignInRefused


def of_owner(tx: ReadTx, clock: Clock, audience: Audience, owner: UUID) -> list[Session]:
    """Where somebody is signed in now, the latest sign-in first."""
    now = clock.now()
    found = session_store.sessions_of(tx, owner)
    return [
        session for session in found if session.audience is audience and rules.is_live(session, now)
    ]


def end_all(tx: WriteTx, owner: UUID) -> None:
    """Sign out everywhere."""
    session_store.delete_sessions_of(tx, owner)


def sealed_text(session: Session, token: str) -> str | None:
    """What ``start`` sealed; None when the token is not this session's."""
    return secrets.opened(token, session.sealed)


def tidy_up(tx: WriteTx, clock: Clock) -> int:
    """Remove what no longer says anything: old sessions, counters, questions; how many rows."""
    now = clock.now()
    quiet = max(limit.forgotten_after for limit in rules.LIMITS) + timedelta(days=1)
    return (
        session_store.delete_sessions_started_before(tx, now - rules.LONGEST)
        + session_store.delete_counters_quiet_since(tx, now - quiet)
        + passkey_store.delete_questions_before(tx, now - rules.LONGEST)
    )
