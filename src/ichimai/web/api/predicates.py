"""Yes or no about the person who is there: nothing else of what is known of them goes out."""

from typing import Annotated, Final

from msgspec import Meta, Struct
from starlette.responses import Response

from ichimai import people
from ichimai.identity.errors import CardNotTaken, TapOver
from ichimai.people.records.errors import (
    ThresholdNotAllowed,
    TooManyPredicates,
    TooManyThresholds,
    UnknownPredicate,
)
from ichimai.web.api.endpoint import Caller, Endpoint, Operation, Reply, answer
from ichimai.web.api.identity_types import Token
from ichimai.web.api.places import PlaceCall, endpoint_at_place
from ichimai.web.services import Services


class PredicatesBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """What is asked of the person who is there."""

    tap: Token
    ask: Annotated[
        list[Annotated[str, Meta(max_length=60)]],
        Meta(
            min_length=1,
            max_length=8,
            description="`age>=N`, `age<N`, `resident`, `disability`, `works_in_town`, "
            "`studies_in_town`, `membership:SERVICE`.",
        ),
    ]


class PredicatesAnswer(Struct):
    """Each question with its answer today; what is unknown is not true."""

    answers: dict[str, bool]


def endpoints(services: Services) -> list[Endpoint]:
    """The endpoint of questions."""
    return [endpoint_at_place(services, "POST", "/predicates", ask, _ASK)]


def ask(call: PlaceCall) -> Response:
    """Ask yes-or-no questions about the person who is there.

    Every question is written down, also one that is refused. At a till it is the shop that asks,
    and of one person it may ask for a few ages a year only.
    """
    with call.write() as tx:
        tap = call.current(tx, call.body.tap)
        if tap.subject is None:
            raise CardNotTaken
        found = people.predicates.ask(
            tx,
            call.services.personal_key,
            call.clock,
            tap.subject,
            call.body.ask,
            service=None if call.shop is None else people.predicates.by_shop(call.shop),
        )
    if not isinstance(found, dict):
        raise found
    return answer(PredicatesAnswer(found))


_ASK: Final = Operation(
    name="askPredicates",
    tag="predicates",
    callers=Caller.PLACE,
    body=PredicatesBody,
    replies={200: Reply("The answers.", PredicatesAnswer)},
    errors=(
        TapOver,
        CardNotTaken,
        UnknownPredicate,
        TooManyPredicates,
        ThresholdNotAllowed,
        TooManyThresholds,
    ),
    example=PredicatesBody(tap="tap_...", ask=["age>=65", "resident"]),
)
