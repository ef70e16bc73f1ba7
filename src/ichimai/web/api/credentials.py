"""Stopping a card at once and everywhere, and the list of stops for devices without a network."""

from typing import Final
from uuid import UUID

from starlette.responses import Response

from ichimai import identity, programs
from ichimai.identity.errors import TapOver
from ichimai.registry import SubjectId
from ichimai.registry.errors import UnknownCredential
from ichimai.web.api.endpoint import Caller, Endpoint, Operation, Reply, answer
from ichimai.web.api.identity_types import CardStopBody, StopsAnswer, StopsQuery, TappedStopBody
from ichimai.web.api.places import AT_COUNTERS, PlaceCall, endpoint_at_place
from ichimai.web.api.problems import InvalidBody
from ichimai.web.services import Services

_NO_CONTENT: Final = 204


def endpoints(services: Services) -> list[Endpoint]:
    """The endpoints about cards that are stopped."""
    one = "/credentials/{id:uuid}/stop"
    return [
        endpoint_at_place(services, "POST", one, stop, _STOP),
        endpoint_at_place(services, "POST", "/credentials/current/stop", stop_current, _CURRENT),
        endpoint_at_place(services, "GET", "/stops", stops, _STOPS),
    ]


def stop(call: PlaceCall) -> Response:
    """Stop one card of a person, of whatever kind. The same again changes nothing.

    The card is named by this operator's reference for it; the person by another card that was
    just shown (`tap`), or as found otherwise (`subject`).
    """
    programs.cards.stop_reference(
        call.services.desk, _subject(call), call.request.path_params["id"]
    )
    return Response(status_code=_NO_CONTENT)


def stop_current(call: PlaceCall) -> Response:
    """Stop the card that was just shown here."""
    with call.write() as tx:
        tap = call.current(tx, call.body.tap)
    if tap.subject is None:
        raise UnknownCredential
    programs.cards.stop_reference(call.services.desk, tap.subject, tap.reference)
    return Response(status_code=_NO_CONTENT)


def stops(call: PlaceCall) -> Response:
    """Cards that were stopped since a place in the ledger's order, signed by the operator.

    Ask again with the last list's `up_to` as `after`, at once where `is_all` is false.
    """
    services = call.services
    with services.database.read(services.operator) as tx:
        signed = identity.stops.signed_stops(
            tx, call.clock, services.identity_key, services.sector, after=call.query.after
        )
    return answer(StopsAnswer(signed.payload, signed.signature, signed.public_key))


def _subject(call: PlaceCall) -> SubjectId:
    body = call.body
    if isinstance(body.tap, str) is isinstance(body.subject, UUID):
        raise InvalidBody(detail="Either `tap` or `subject`")
    if isinstance(body.subject, UUID):
        return SubjectId(body.subject)
    with call.write() as tx:
        tap = call.current(tx, body.tap)
    if tap.subject is None:
        raise UnknownCredential
    return tap.subject


_STOP: Final = Operation(
    name="stopCard",
    tag="cards",
    callers=AT_COUNTERS,
    body=CardStopBody,
    replies={_NO_CONTENT: Reply("Stopped.")},
    errors=(UnknownCredential, TapOver),
    example=CardStopBody(tap="tap_..."),
)
_CURRENT: Final = Operation(
    name="stopCurrentCard",
    tag="cards",
    callers=AT_COUNTERS,
    body=TappedStopBody,
    replies={_NO_CONTENT: Reply("Stopped.")},
    errors=(UnknownCredential, TapOver),
    example=TappedStopBody(tap="tap_..."),
)
_STOPS: Final = Operation(
    name="stops",
    tag="cards",
    callers=Caller.PLACE,
    query=StopsQuery,
    replies={200: Reply("The list.", StopsAnswer)},
)
