"""What a resident agreed to hand over to a service goes there, and no more."""

from typing import Annotated, Final

from msgspec import UNSET, Meta, Struct, UnsetType, convert, to_builtins
from starlette.responses import Response

from ichimai import audit, people
from ichimai.identity.errors import CardNotTaken, TapOver
from ichimai.people.records.consents import DataCategory, Wanted
from ichimai.people.records.errors import ConsentMissing, NothingKnown
from ichimai.web.api.endpoint import Endpoint, Operation, Reply, answer
from ichimai.web.api.identity_types import Token
from ichimai.web.api.places import AT_COUNTERS, PlaceCall, endpoint_at_place
from ichimai.web.services import Services


class DisclosureBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """Which service asks, and for what of the person who is there."""

    tap: Token
    service: Annotated[str, Meta(min_length=1, max_length=40)]
    categories: (
        Annotated[
            frozenset[DataCategory],
            Meta(min_length=1, description="Left out: all that the consent names."),
        ]
        | UnsetType
    ) = UNSET
    purpose: (
        Annotated[
            str, Meta(min_length=1, max_length=200, description="Of the consent, word for word.")
        ]
        | UnsetType
    ) = UNSET


class DisclosedMembership(Struct):
    """A membership that is valid today."""

    service: str
    number: str


class Disclosed(Struct, omit_defaults=True):
    """What was asked for, and nothing else; null: not known here."""

    name: str | UnsetType | None = UNSET
    kana: str | UnsetType | None = UNSET
    birth_date: str | UnsetType | None = UNSET
    phone: str | UnsetType | None = UNSET
    mail: str | UnsetType | None = UNSET
    resident_since: str | UnsetType | None = UNSET
    disability_grade: str | UnsetType | None = UNSET
    memberships: list[DisclosedMembership] | UnsetType = UNSET


class DisclosureAnswer(Struct):
    """The data, and to whom and for what alone they go."""

    purpose: str
    recipient: str
    data: Disclosed


def endpoints(services: Services) -> list[Endpoint]:
    """The endpoint of data that go out with consent."""
    return [endpoint_at_place(services, "POST", "/disclosures", hand_over, _HAND_OVER)]


def hand_over(call: PlaceCall) -> Response:
    """Take what the person who is there agreed to hand over to a service.

    The latest consent that covers all that is asked counts; two that cover half each do not. No
    consent, another service's, one that was taken back or is over: all are `consent_missing`.
    Each time is in the access log, and the person reads what went to whom.
    """
    body = call.body
    with call.write() as tx:
        tap = call.current(tx, body.tap)
        if tap.subject is None:
            raise CardNotTaken
        handed = people.records.personal.hand_over(
            tx,
            call.services.personal_key,
            call.clock,
            audit.Look(
                call.member.id, call.member.role.value, audit.Purpose.APPLICATION, tap=tap.id
            ),
            tap.subject,
            wanted=Wanted(
                body.service,
                purpose=body.purpose or None,
                categories=body.categories or frozenset(),
            ),
        )
    data = convert(to_builtins(handed.data), Disclosed)
    return answer(DisclosureAnswer(handed.consent.purpose, handed.consent.recipient, data))


_HAND_OVER: Final = Operation(
    name="handOver",
    tag="disclosures",
    callers=AT_COUNTERS,
    body=DisclosureBody,
    replies={200: Reply("What was agreed to.", DisclosureAnswer)},
    errors=(TapOver, CardNotTaken, ConsentMissing, NothingKnown),
    example=DisclosureBody(
        tap="tap_...", service="health-points", categories=frozenset({DataCategory.NAME})
    ),
)
