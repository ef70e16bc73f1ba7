"""Joining the person who is there to a service's own number, and parting them again."""

from typing import Final

from starlette.responses import Response

from ichimai import identity
from ichimai.identity.errors import (
    AlreadyLinked,
    InvalidServiceNumber,
    LinkOver,
    PinNeeded,
    SecondTapNeeded,
    TapOver,
    UnknownLink,
    UnknownService,
)
from ichimai.identity.model import Link, LinkId, LinkState
from ichimai.web import alarms
from ichimai.web.api.endpoint import Endpoint, Operation, Reply, answer
from ichimai.web.api.identity_types import ConfirmationBody, LinkAnswer, LinkBody
from ichimai.web.api.places import AT_COUNTERS, PlaceCall, endpoint_at_place
from ichimai.web.services import Services


def endpoints(services: Services) -> list[Endpoint]:
    """The endpoints about links."""
    one = "/links/{id:uuid}"
    return [
        endpoint_at_place(services, "POST", "/links", ask, _ASK),
        endpoint_at_place(services, "POST", f"{one}/confirmation", confirm, _CONFIRM),
        endpoint_at_place(services, "POST", f"{one}/end", end, _END),
    ]


def ask(call: PlaceCall) -> Response:
    """Note a person's number at a service. It counts when the same card is shown again.

    Read `masked_number` out, and have the person take the card away and show it once more
    within five minutes, with nobody else's card between.
    """
    body = call.body
    with call.write() as tx:
        asked = identity.links.ask(
            tx,
            call.clock,
            call.services.identity_key,
            call.current(tx, body.tap),
            service=body.service,
            number=body.number,
            staff=call.member.id,
        )
    link = asked.link
    return answer(
        LinkAnswer(link.id, link.service, "pending", asked.masked_number, asked.expires_at), 201
    )


def confirm(call: PlaceCall) -> Response:
    """Make a link count, with the second tap of the same card.

    `frozen`: the number is somebody else's as well; both links count for nothing now, and
    somebody must find out whose it is.
    """
    with call.write() as tx:
        link = identity.links.confirm(
            tx,
            call.clock,
            LinkId(call.request.path_params["id"]),
            call.current(tx, call.body.tap),
            staff=call.member.id,
        )
    if link.state is LinkState.FROZEN:
        alarms.link_frozen(link)
    return answer(_shown(call, link))


def end(call: PlaceCall) -> Response:
    """Let a link count no more. The same again changes nothing."""
    with call.write() as tx:
        link = identity.links.end(
            tx,
            call.clock,
            LinkId(call.request.path_params["id"]),
            call.place,
            staff=call.member.id,
        )
    return answer(_shown(call, link))


def _shown(call: PlaceCall, link: Link) -> LinkAnswer:
    number = identity.links.number_in(call.services.identity_key, link)
    return LinkAnswer(link.id, link.service, link.state.value, identity.links.masked(number or ""))


_ASK: Final = Operation(
    name="askLink",
    tag="links",
    callers=AT_COUNTERS,
    body=LinkBody,
    replies={201: Reply("Waits for the second tap.", LinkAnswer)},
    errors=(
        TapOver,
        UnknownService,
        InvalidServiceNumber,
        PinNeeded,
        AlreadyLinked,
        identity.errors.CardNotTaken,
    ),
    example=LinkBody(tap="tap_...", service="library", number="A12345678A"),
)
_CONFIRM: Final = Operation(
    name="confirmLink",
    tag="links",
    callers=AT_COUNTERS,
    body=ConfirmationBody,
    replies={200: Reply("The link: active, or frozen.", LinkAnswer)},
    errors=(TapOver, UnknownLink, LinkOver, SecondTapNeeded, AlreadyLinked),
    example=ConfirmationBody(tap="tap_..."),
)
_END: Final = Operation(
    name="endLink",
    tag="links",
    callers=AT_COUNTERS,
    replies={200: Reply("The link, ended.", LinkAnswer)},
    errors=(UnknownLink,),
)
