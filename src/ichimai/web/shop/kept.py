"""A till without a network: what it keeps and tells later, and what it says of everything else.

Only stamps and events are kept: what gives and takes nothing. ``static/kept.js`` is the browser's
side. ``static/page-worker.js`` shows our own pages where there is no answer.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.routing import Route

from ichimai import identity
from ichimai.identity.errors import BoxNotOpened
from ichimai.kernel import errors
from ichimai.ledger import OperationId
from ichimai.programs.terms import ProgramKey
from ichimai.programs.wallets import TaskKind
from ichimai.web.layout import Pages, Visit
from ichimai.web.layout.forms import Form, FormUnreadable
from ichimai.web.layout.kept_pages import WITHOUT_ANSWER, KeptPage
from ichimai.web.layout.letters import bytes_of
from ichimai.web.shop.asking import answered
from ichimai.web.shop.door import DOOR, AtTill, at_till
from ichimai.web.shop.giving import GIVING, address_of, request_of
from ichimai.web.shop.refusals import advice_on_kept

_ADDRESS: Final = "/shop/kept"
_TASKS: Final = "/shop/tasks/"
_SHELL: Final = f"{_TASKS}offline"
_CUT: Final = "/shop/cut"
_WORKER: Final = "/shop/worker.js"
_KEPT: Final = KeptPage(
    name="till",
    shell=_SHELL,
    scope="/shop",
    files=(
        "at-till.js",
        "browser-store.js",
        "card-code.js",
        "kept-page.js",
        "kept.js",
        "letters.js",
        "scan.js",
        "sealed-box.js",
        "vendor/barcode-detector/ponyfill.js",
        "vendor/barcode-detector/zxing-exported.js",
        "vendor/zxing-wasm/zxing_reader.wasm",
    ),
    # Not for what was done there, which is one step further.
    stands_in_for=[f"^{_TASKS}{kind}/[^/]+/[^/]+$" for kind in sorted(GIVING)],
    cut=_CUT,
)


class Told(msgspec.Struct, frozen=True):
    """Something that was kept. ``box``: its card; ``occurred_at``: None when it is now."""

    kind: Literal["stamp", "event"]
    program: ProgramKey
    item: Annotated[str, Meta(pattern="^([a-z][a-z0-9_-]{0,59}|-)$")]
    box: str
    occurred_at: Annotated[datetime, Meta(tz=True)] | None = None


def routes(pages: Pages) -> list[Route]:
    """What the pages of stamps and events ask, and the pages that open without a network."""
    return [
        pages.page(_ADDRESS, DOOR, _till),
        pages.action(_ADDRESS, DOOR, _take),
        pages.page(_SHELL, None, _shell),
        pages.page(_CUT, None, _cut),
        pages.page(_WORKER, None, _worker),
    ]


def for_page(here: AtTill) -> Mapping[str, str]:
    """What a page of this till needs to keep something: which till it is, and the town's key."""
    key = identity.sealing.box_key(here.visit.services.identity_key)
    return {"till": str(here.till.terminal), "key": key.hex()}


def _till(visit: Visit) -> Response:
    """Which till this is, as JSON, for what its browser kept."""
    here = at_till(visit)
    return _json(till=str(here.till.terminal), form_token=visit.form_token())


async def _take(visit: Visit) -> Response:
    """Give what a till kept, as of when it took place; the same again gives the same answer."""
    here = await run_in_threadpool(at_till, visit)
    id_, told = OperationId(visit.form.id("id")), _told(visit.form)
    kind = TaskKind(told.kind)
    card = _card(here, id_, told.box)

    def refused(refusal: errors.DomainError) -> Response:
        advice = visit.say(advice_on_kept(refusal.code, kind))
        return _json(status=HTTPStatus.CONFLICT, advice=advice)

    if card is None:
        return refused(BoxNotOpened())
    request = request_of(
        kind,
        told.program,
        told.item,
        id=id_,
        token=here.token,
        credential=card,
        occurred_at=told.occurred_at,
        must_be_timely=True,
    )
    return await answered(
        here,
        request,
        done=_json(done=f"{address_of(kind, told.program, told.item)}/{id_}"),
        unsure=lambda: _json(status=HTTPStatus.SERVICE_UNAVAILABLE),
        refused=refused,
    )


def _told(form: Form) -> Told:
    """Raises FormUnreadable when it is none of ours."""
    fields = {name: form.text(name) for name in Told.__struct_fields__ if name in form.fields}
    try:
        return msgspec.convert(fields, Told, strict=False)
    except msgspec.ValidationError:
        raise FormUnreadable from None


def _card(here: AtTill, id_: OperationId, box: str) -> str | None:
    """The card that this very till kept for this very operation."""
    try:
        body = bytes_of(box)
    except ValueError:
        return None
    mark = f"{here.till.terminal} {id_}".encode()
    return identity.sealing.out_of_box(here.visit.services.identity_key, mark, body)


def _shell(visit: Visit) -> Response:
    """Where a till gives stamps without a network: the same for everybody, filled in by it."""
    return visit.render("shop/offline.html", may_scan=True)


def _cut(visit: Visit) -> Response:
    """What a till shows in place of a page or of a form's answer that did not come."""
    asked = visit.request.query_params.get("was")
    was = asked if asked in WITHOUT_ANSWER else WITHOUT_ANSWER[0]
    return visit.render("shop/cut.html", was=was)


def _worker(visit: Visit) -> Response:
    """The script by which a till's browser keeps those pages, to open them without a network."""
    return _KEPT.worker(visit)


def _json(*, status: int = HTTPStatus.OK, **fields: Any) -> Response:  # noqa: ANN401 - JSON is anything
    return Response(json.dumps(fields), status, media_type="application/json")
