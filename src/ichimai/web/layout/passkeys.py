"""Passkeys in pages: the question for the browser, and its answer in a form."""

import hashlib

from starlette.responses import Response

from ichimai import people
from ichimai.people.model import Audience, NewSession, Passkey, Session
from ichimai.web.layout.pages import Visit

ANSWER = "answer"
"""The form's field in which ``passkey.js`` puts what the authenticator said."""


def browser_of(visit: Visit) -> bytes:
    """A hash of what only this browser holds for these pages: it alone answers a question."""
    door = visit.door.name if visit.door else ""
    return hashlib.sha256(f"{door} {visit.token or visit.visitor}".encode()).digest()


def party_of(visit: Visit) -> people.passkeys.Party:
    """Who asks for a passkey: this town, at the address by which browsers reach it."""
    services = visit.services
    return people.passkeys.party_of(services.base_url, services.town.name_ja)


def question_to_sign_in(visit: Visit, audience: Audience) -> Response:
    """What the browser asks its authenticator at a sign-in."""
    services = visit.services
    with services.database.write(services.operator) as tx:
        asked = people.passkeys.ask_to_sign_in(
            tx, services.clock, party_of(visit), audience=audience, browser=browser_of(visit)
        )
    return _json(asked)


def question_to_add(visit: Visit, audience: Audience, session: Session, called: str) -> Response:
    """What the browser asks its authenticator to make. Raises TooManyPasskeys."""
    services = visit.services
    with services.database.write(services.operator) as tx:
        asked = people.passkeys.ask_to_add(
            tx,
            services.clock,
            party_of(visit),
            services.people_key,
            audience=audience,
            owner=session.owner,
            called=called,
            browser=browser_of(visit),
        )
    return _json(asked)


def let_in(visit: Visit) -> NewSession:
    """A new session for whose passkey answered. Raises PasskeyRefused, SignInRefused."""
    services, answer = visit.services, visit.form.text(ANSWER)
    with services.database.write(services.operator) as tx:
        question = people.passkeys.take(tx, services.clock, answer, browser=browser_of(visit))
    with services.database.write(services.operator) as tx:
        new = people.passkeys.let_in(
            tx,
            services.clock,
            party_of(visit),
            services.people_key,
            question=question,
            answer=answer,
        )
        if visit.token:
            people.sessions.end(tx, visit.token)
    return new


def added(visit: Visit, session: Session) -> Passkey:
    """The passkey that this browser made for the session's owner.

    Raises PasskeyRefused, TooManyPasskeys.
    """
    services, answer = visit.services, visit.form.text(ANSWER)
    with services.database.write(services.operator) as tx:
        question = people.passkeys.take(tx, services.clock, answer, browser=browser_of(visit))
    if question.owner != session.owner:
        raise people.errors.PasskeyRefused
    with services.database.write(services.operator) as tx:
        return people.passkeys.add(tx, services.clock, party_of(visit), question, answer)


def id_in(visit: Visit) -> bytes:
    """The passkey that a form names. Raises PasskeyRefused when it was tampered with."""
    try:
        return bytes.fromhex(visit.form.text("passkey"))
    except ValueError:
        raise people.errors.PasskeyRefused from None


def _json(text: str) -> Response:
    return Response(text, media_type="application/json")
