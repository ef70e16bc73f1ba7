"""What must follow a member's password: a code of an authenticator app, or a recovery code.

Passkeys (``passkeys``) are the other second factor, and by themselves enough to come in.
"""

from uuid import UUID

from ichimai.kernel import Clock
from ichimai.people import factor_store, passkey_store, secrets, sessions, sign_in, store, totp
from ichimai.people.errors import LastSecondFactor, NothingToConfirm, SignInRefused
from ichimai.people.model import Audience, NewSession, SecondFactors, Session
from ichimai.storage import ReadTx, WriteTx


def of(tx: ReadTx, staff: UUID) -> SecondFactors:
    """What a member of staff has besides the password."""
    return factor_store.second_factors(tx, staff)


def begin_totp(tx: WriteTx, key: bytes, staff: UUID) -> None:
    """Make the secret of an app that is to be set up; it counts when its first code was right."""
    sealed = secrets.lock_away(key, _purpose(staff), totp.new_secret())
    factor_store.upsert_pending(tx, staff, sealed)


def pending_totp(tx: ReadTx, key: bytes, staff: UUID) -> str:
    """The secret to enter in the app. Raises NothingToConfirm."""
    sealed = factor_store.pending_secret(tx, staff)
    secret = secrets.unlocked(key, _purpose(staff), sealed) if sealed else None
    if secret is None:
        raise NothingToConfirm
    return secret


def confirm_totp(
    tx: WriteTx, clock: Clock, key: bytes, session: Session, code: str
) -> tuple[NewSession, list[str]]:
    """Take the app whose first code is right, and go on in a new session; all others end.

    With it come the recovery codes, which are shown this once. Raises NothingToConfirm, and
    SignInRefused when the code is wrong or the session has ended.
    """
    staff = session.owner
    store.lock_staff(tx, staff)
    step = totp.step_of(pending_totp(tx, key, staff), code, clock.now())
    if step is None:
        raise SignInRefused
    sessions.end_this(tx, session)
    factor_store.confirm_pending(tx, staff, step, clock.now())
    codes = _new_codes(tx, clock, key, staff)
    sessions.end_all(tx, staff)
    return sessions.start_staff(tx, clock, staff), codes


def finish_second_step(
    tx: WriteTx,
    clock: Clock,
    key: bytes,
    session: Session,
    *,
    code: str,
    counters: sign_in.Counters,
) -> NewSession:
    """Let in who gave a right password and now a right code, which no other time lets in.

    ``counters``: of ``sign_in.begin_second_step``. Raises SignInRefused.
    """
    if not is_code(tx, clock, key, session.owner, code):
        raise SignInRefused
    sessions.end_this(tx, session)
    sign_in.code_was_right(tx, clock, counters)
    return sessions.start_staff(tx, clock, session.owner)


def is_code(tx: WriteTx, clock: Clock, key: bytes, staff: UUID, code: str) -> bool:
    """Whether a code is the app's of now, or a recovery code; it is then used up."""
    sealed = factor_store.secret(tx, staff)
    secret = secrets.unlocked(key, _purpose(staff), sealed) if sealed else None
    step = totp.step_of(secret, code, clock.now()) if secret else None
    if step is not None:
        return factor_store.use_step(tx, staff, step)
    recovery = totp.recovery_code(code)
    return recovery is not None and factor_store.use_recovery_code(
        tx, staff, _recovery_hash(key, staff, recovery), clock.now()
    )


def renew_recovery_codes(tx: WriteTx, clock: Clock, key: bytes, session: Session) -> list[str]:
    """New recovery codes in place of the old ones. Raises SignInTooOld."""
    sessions.check_fresh(clock, session)
    return _new_codes(tx, clock, key, session.owner)


def remove_totp(tx: WriteTx, clock: Clock, session: Session) -> None:
    """Forget the app and its recovery codes. Raises SignInTooOld, LastSecondFactor."""
    sessions.check_fresh(clock, session)
    store.lock_staff(tx, session.owner)
    if not passkey_store.passkeys_of(tx, Audience.STAFF, session.owner):
        raise LastSecondFactor
    factor_store.delete_totp(tx, session.owner)


def forget_all(tx: WriteTx, staff: UUID) -> None:
    """For a member who lost everything: the next sign-in sets up anew. All sessions end."""
    store.lock_staff(tx, staff)
    factor_store.delete_totp(tx, staff)
    passkey_store.delete_passkeys_of(tx, Audience.STAFF, staff)
    sessions.end_all(tx, staff)


def finish_set_up(tx: WriteTx, clock: Clock, session: Session) -> NewSession:
    """Go on, after a first passkey was added, in a new session; all others end.

    Raises SignInRefused when the session has ended.
    """
    store.lock_staff(tx, session.owner)
    sessions.end_this(tx, session)
    sessions.end_all(tx, session.owner)
    return sessions.start_staff(tx, clock, session.owner)


def app_address(secret: str, *, name: str, issuer: str) -> str:
    """The ``otpauth://`` address for a QR code that an app reads."""
    return totp.address(secret, name=name, issuer=issuer)


def _new_codes(tx: WriteTx, clock: Clock, key: bytes, staff: UUID) -> list[str]:
    codes = totp.new_recovery_codes()
    hashes = [_recovery_hash(key, staff, totp.recovery_code(code) or "") for code in codes]
    factor_store.replace_recovery_codes(tx, staff, hashes, clock.now())
    return codes


def _recovery_hash(key: bytes, staff: UUID, code: str) -> bytes:
    return secrets.keyed(key, "recovery code", str(staff), code)


def _purpose(staff: UUID) -> str:
    return f"totp {staff}"
