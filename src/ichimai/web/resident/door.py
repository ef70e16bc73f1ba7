"""How residents come in, and how a page knows who they are."""

from typing import Final

from ichimai import people
from ichimai.people import Audience, Session
from ichimai.web.layout import Door, SignInNeeded, Visit

DOOR: Final = Door(name="me", home="/me", sign_in="/me/sign-in", same_site="lax")


def signed_in(visit: Visit, audience: Audience = Audience.RESIDENT) -> tuple[Session, str]:
    """The live session of this visit and its token. Raises SignInNeeded."""
    desk = visit.services.desk
    if not visit.token:
        raise SignInNeeded
    with desk.database.read(desk.operator) as tx:
        session = people.sessions.live(tx, desk.clock, visit.token, audience)
    if session is None:
        raise SignInNeeded
    if people.sessions.needs_touch(session, desk.clock):
        with desk.database.write(desk.operator) as tx:
            people.sessions.touch(tx, desk.clock, session)
    return session, visit.token
