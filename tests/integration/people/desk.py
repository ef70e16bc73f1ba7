"""The staff entrance as tests use it: people with passwords, apps and roles."""

from dataclasses import dataclass
from datetime import timedelta
from functools import cache

import pyotp

from ichimai.kernel.clock import ManualClock
from ichimai.people import errors, second_factor, sessions, sign_in, staff
from ichimai.people.model import Audience, NewSession, SecretHash, Session, Staff, StaffRole
from ichimai.storage import Database, Schema

KEY = b"k" * 32
PASSWORD = "correct horse battery staple"


@cache
def password_hash(password: str = PASSWORD) -> SecretHash:
    """What is kept of a password."""
    return sign_in.password_hash(password)


@dataclass
class Entrance:
    """Staff come in here; ``needs_second_factor`` as in production."""

    database: Database
    operator: Schema
    clock: ManualClock
    needs_second_factor: bool = True

    def hire(self, name: str = "佐藤", role: StaffRole = StaffRole.OFFICER) -> Staff:
        """Somebody new."""
        with self.database.write(self.operator) as tx:
            return staff.add(tx, self.clock, name=name, role=role, password=password_hash())

    def give_password(self, name: str, password: str = PASSWORD) -> NewSession:
        """As far as a password lets in. Raises SignInRefused, TooManyAttempts."""
        with self.database.write(self.operator) as tx:
            attempt = sign_in.begin_staff(
                tx, self.clock, KEY, name=name, password=password, network="192.0.2.1"
            )
        if not sign_in.is_right(attempt):
            raise errors.SignInRefused
        with self.database.write(self.operator) as tx:
            return sign_in.finish_staff(
                tx, self.clock, attempt, needs_second_factor=self.needs_second_factor
            )

    def give_code(self, half: Session, code: str, network: str = "192.0.2.1") -> NewSession:
        """The second step. Raises SignInRefused, TooManyAttempts."""
        with self.database.write(self.operator) as tx:
            counters = sign_in.begin_second_step(
                tx, self.clock, KEY, staff=half.owner, code=code, network=network
            )
        with self.database.write(self.operator) as tx:
            return second_factor.finish_second_step(
                tx, self.clock, KEY, half, code=code, counters=counters
            )

    def begin_app(self, session: Session) -> pyotp.TOTP:
        """An app with the secret that is being set up."""
        with self.database.write(self.operator) as tx:
            second_factor.begin_totp(tx, KEY, session.owner)
            return pyotp.TOTP(second_factor.pending_totp(tx, KEY, session.owner))

    def confirm_app(self, session: Session, app: pyotp.TOTP) -> tuple[NewSession, list[str]]:
        """Give the app's code of now. Raises SignInRefused."""
        with self.database.write(self.operator) as tx:
            return second_factor.confirm_totp(tx, self.clock, KEY, session, self.code(app))

    def set_up(self, name: str) -> tuple[pyotp.TOTP, NewSession, list[str]]:
        """The first sign-in of somebody, to the end; half a minute later."""
        half = self.give_password(name)
        app = self.begin_app(half.session)
        new, codes = self.confirm_app(half.session, app)
        self.clock.advance(timedelta(seconds=30))
        return app, new, codes

    def code(self, app: pyotp.TOTP) -> str:
        """What the app shows now."""
        return app.at(self.clock.now())

    def is_in(self, token: str, audience: Audience = Audience.STAFF) -> bool:
        """Whether a token opens the door."""
        with self.database.read(self.operator) as tx:
            found = sessions.live(tx, self.clock, token, audience)
            return found is not None and (
                audience is not Audience.STAFF or sessions.staff_of(tx, found) is not None
            )
