"""Showing a card: what it showed comes in, and who is there now goes out."""

from typing import Final
from uuid import UUID

from msgspec import UNSET
from starlette.responses import Response

from ichimai import cards, identity, people, registry
from ichimai.cards import Assurance
from ichimai.identity.model import ChallengeId, NewTap
from ichimai.people.errors import SignInRefused, TooManyAttempts
from ichimai.web.api.endpoint import Caller, Endpoint, Operation, Reply, answer
from ichimai.web.api.identity_types import ChallengeAnswer, TapAnswer, TapBody
from ichimai.web.api.places import PlaceCall, endpoint_at_place
from ichimai.web.api.problems import InvalidBody
from ichimai.web.network import network_of
from ichimai.web.services import Services

_NO_CONTENT: Final = 204
_ONE_OF: Final = "One of `credential`, `felica` and `certificate`"


def endpoints(services: Services) -> list[Endpoint]:
    """The endpoints of places where cards are shown."""
    return [
        endpoint_at_place(services, "POST", "/challenges", challenge, _CHALLENGE),
        endpoint_at_place(services, "POST", "/taps", tap, _TAP),
        endpoint_at_place(services, "DELETE", "/taps/current", end, _END),
    ]


def challenge(call: PlaceCall) -> Response:
    """A nonce for the card that is shown here to sign: once, within 60 seconds."""
    with call.write() as tx:
        new = identity.challenges.new(tx, call.clock, call.place)
    return answer(ChallengeAnswer(new.id, new.nonce, new.expires_at), 201)


def tap(call: PlaceCall) -> Response:
    """A card was shown here. Who was here before is gone.

    The tap is this place's, for 60 seconds at most; at a counter it ends after 30 seconds in
    which nothing is done with it. Unknown, stopped and malformed cards are answered alike.
    """
    new = _new_tap(call, call.body)
    return answer(
        TapAnswer(new.token, new.tap.assurance.value, new.tap.subject, new.expires_at), 201
    )


def end(call: PlaceCall) -> Response:
    """The card was taken away: the tap is over."""
    with call.write() as tx:
        identity.taps.end(tx, call.clock, call.place)
    return Response(status_code=_NO_CONTENT)


def _new_tap(call: PlaceCall, body: TapBody) -> NewTap:
    reception = call.services.reception
    shown = [body.credential, body.felica, body.certificate]
    if sum(each is not UNSET for each in shown) != 1:
        raise InvalidBody(detail=_ONE_OF)
    if (body.challenge is UNSET) is not (body.signature is UNSET):
        raise InvalidBody(detail="`challenge` and `signature` come together")
    if body.signature is not UNSET and body.certificate is UNSET:
        raise InvalidBody(detail="A `signature` comes with its `certificate`")
    if body.pin is not UNSET and body.credential is UNSET:
        raise InvalidBody(detail="A `pin` comes with the printed card's `credential`")
    if body.felica is not UNSET:
        return reception.idm(call.place, body.felica)
    if body.certificate is not UNSET:
        return reception.certificate(call.place, body.certificate, _signed(body))
    text = str(body.credential)
    if body.pin is not UNSET:
        return _with_pin(call, text, body.pin)
    if identity.taps.is_guessable(text):
        return _counted(call, text)
    return reception.code(call.place, text)


def _signed(body: TapBody) -> identity.model.Signed | None:
    if not isinstance(body.challenge, UUID) or not isinstance(body.signature, bytes):
        return None
    return identity.model.Signed(ChallengeId(body.challenge), body.signature)


def _counted(call: PlaceCall, text: str) -> NewTap:
    """A number that could be guessed: tries at this place are counted until one is right."""
    key = call.services.people_key
    with call.write() as tx:
        counted = people.sign_in.begin_code(tx, call.clock, key, network=f"tap {call.place.id}")
    new = call.services.reception.code(call.place, text)
    with call.write() as tx:
        people.sign_in.code_was_right(tx, call.clock, counted)
    return new


def _with_pin(call: PlaceCall, text: str, pin: str) -> NewTap:
    """A printed card and its resident's PIN, counted as at a sign-in."""
    services = call.services
    code = registry.cards.parse_code(text)
    card = services.reception.card(code)
    subject = card.subject if card else None
    with call.write() as tx:
        attempt = people.sign_in.begin_resident(
            tx,
            call.clock,
            services.people_key,
            card=code,
            subject=subject,
            pin=pin,
            network=network_of(call.request),
        )
    if not people.sign_in.is_right(attempt) or subject is None:
        raise SignInRefused
    with call.write() as tx:
        # Nobody signs in here: the session is only how the try is found right, and ends at once.
        passing = people.sign_in.finish(tx, call.clock, attempt, subject)
        people.sessions.end(tx, passing.token)
    return services.reception.code(call.place, code, Assurance.CODE_PIN)


_CERTIFICATE_ERRORS: Final = (
    cards.errors.MalformedCertificate,
    cards.errors.UnknownAuthority,
    cards.errors.ForgedCertificate,
    cards.errors.UnsuitableCertificate,
    cards.errors.CertificateNotYetValid,
    cards.errors.CertificateExpired,
    cards.errors.WrongCardSignature,
    cards.errors.CertificateRevoked,
    cards.errors.RevocationUnknown,
)
_CHALLENGE: Final = Operation(
    name="newChallenge",
    tag="taps",
    callers=Caller.PLACE,
    replies={201: Reply("The challenge.", ChallengeAnswer)},
)
_TAP: Final = Operation(
    name="tap",
    tag="taps",
    callers=Caller.PLACE,
    body=TapBody,
    replies={201: Reply("Who is there now.", TapAnswer)},
    errors=(
        identity.errors.CardNotTaken,
        identity.errors.ChallengeOver,
        identity.errors.CertificatesNotRead,
        identity.errors.PinNeeded,
        identity.errors.PhoneCodeExpired,
        identity.errors.PhoneCodeUsed,
        registry.errors.MistypedCode,
        SignInRefused,
        TooManyAttempts,
        *_CERTIFICATE_ERRORS,
    ),
    example=TapBody(credential="XXXX-XXXX-XXXX-XXXX-C"),
)
_END: Final = Operation(
    name="endTap",
    tag="taps",
    callers=Caller.PLACE,
    replies={_NO_CONTENT: Reply("Nobody is there now.")},
)
