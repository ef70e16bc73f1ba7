"""Shops and their tills, stopped cards, and the end of the chain, for staff's programs."""

from typing import Final

from starlette.responses import Response

from ichimai import ledger, merchants, programs
from ichimai.merchants import Shop, ShopId
from ichimai.merchants.errors import UnknownShop
from ichimai.registry.errors import UnknownCredential
from ichimai.web.api.door import AUDITORS, EVERYBODY, OFFICERS, Call, endpoint
from ichimai.web.api.endpoint import Endpoint, Operation, Reply, answer
from ichimai.web.api.staff_types import (
    EnrolmentCode,
    HeadAnswer,
    ShopAnswer,
    ShopPage,
    ShopQuery,
    StopBody,
)
from ichimai.web.services import Services

_NO_CONTENT: Final = 204


def endpoints(services: Services) -> list[Endpoint]:
    """The endpoints about shops, cards and the chain."""
    code = "/shops/{id:uuid}/enrolments"
    return [
        endpoint(services, "GET", "/shops", search, _SEARCH),
        endpoint(services, "POST", code, new_code, _NEW_CODE),
        endpoint(services, "POST", "/credentials/stop", stop, _STOP),
        endpoint(services, "GET", "/verification", head, _HEAD),
    ]


def search(call: Call) -> Response:
    """Shops by number."""
    query = call.query
    with call.read() as tx:
        found = merchants.directory.shops(
            tx, query.query, query.association, query.limit + 1, after=query.cursor
        )
    part = found[: query.limit]
    next_ = part[-1].number if len(found) > query.limit else None
    return answer(ShopPage([_shop(shop) for shop in part], next_))


def new_code(call: Call) -> Response:
    """A one-time code, good for 24 hours, that makes a device a till of the shop."""
    with call.write() as tx:
        code = merchants.tills.new_enrolment(tx, call.clock, ShopId(call.path("id")))
    return answer(EnrolmentCode(code), 201)


def stop(call: Call) -> Response:
    """Stop a card: no payment is accepted after this. The same again changes nothing."""
    programs.cards.stop_card(call.services.desk, call.body.credential)
    return Response(status_code=_NO_CONTENT)


def head(call: Call) -> Response:
    """The end of the operator's chain, to compare with `ichimai verify` and with copies."""
    with call.read() as tx:
        found = ledger.reports.head(tx)
    return answer(HeadAnswer(found.sequence, found.number, found.hash.hex(), found.recorded_at))


def _shop(shop: Shop) -> ShopAnswer:
    return ShopAnswer(
        id=shop.id,
        number=shop.number,
        name=shop.name,
        kana=shop.kana,
        association=shop.association,
        size=shop.size.value,
        category=shop.category,
    )


_SEARCH: Final = Operation(
    name="shops",
    tag="shops",
    callers=EVERYBODY,
    query=ShopQuery,
    replies={200: Reply("A page of shops.", ShopPage)},
)
_NEW_CODE: Final = Operation(
    name="newEnrolment",
    tag="shops",
    callers=OFFICERS,
    replies={201: Reply("The code, shown here once.", EnrolmentCode)},
    errors=(UnknownShop,),
)
_STOP: Final = Operation(
    name="stopCredential",
    tag="cards",
    callers=OFFICERS,
    body=StopBody,
    replies={_NO_CONTENT: Reply("Stopped.")},
    errors=(UnknownCredential,),
    example=StopBody("XXXX-XXXX-XXXX-XXXX-C"),
)
_HEAD: Final = Operation(
    name="verification",
    tag="results",
    callers=AUDITORS,
    replies={200: Reply("The head.", HeadAnswer)},
)
