"""Closings and shops' statements, for treasurers' programs."""

from collections.abc import Sequence
from typing import Final

from starlette.responses import Response

from ichimai import merchants, people, settlement
from ichimai.kernel import Asset, text
from ichimai.merchants import ShopId
from ichimai.merchants.errors import UnknownShop
from ichimai.people.model import StaffId
from ichimai.programs import lists
from ichimai.programs.errors import UnknownProgram
from ichimai.settlement.errors import (
    AlreadyClosed,
    DayNotOver,
    DifferentClosing,
    FontMissing,
    SettlementTermsChanged,
    StatementDiffers,
    UnknownClosing,
    UnknownFunder,
)
from ichimai.settlement.model import ClosingId, ClosingProgress
from ichimai.settlement.statements import ShopStatement
from ichimai.storage import ReadTx
from ichimai.web.api.bodies import operation_id
from ichimai.web.api.door import EVERYBODY, LEDGER_ERRORS, TREASURERS, Call, endpoint
from ichimai.web.api.endpoint import Endpoint, Operation, Reply, answer, made
from ichimai.web.api.pages import part_of
from ichimai.web.api.problems import NotAcceptable
from ichimai.web.api.staff_types import (
    AssociationAnswer,
    AssociationList,
    ClosingAnswer,
    ClosingBody,
    ClosingPage,
    Person,
    ProgramPageQuery,
    StatementQuery,
)
from ichimai.web.services import Services

_MOST: Final = 2_000
_CSV: Final = "text/csv"
_PDF: Final = "application/pdf"


def endpoints(services: Services) -> list[Endpoint]:
    """The endpoints about closings."""
    one = "/closings/{id:uuid}"
    return [
        endpoint(services, "POST", "/closings", close, _CLOSE),
        endpoint(services, "GET", "/closings", show_all, _SHOW_ALL),
        endpoint(services, "GET", one, show, _SHOW),
        endpoint(services, "GET", f"{one}/statements/{{shop:uuid}}", statement, _STATEMENT),
        endpoint(services, "GET", f"{one}/associations", associations, _ASSOCIATIONS),
    ]


def close(call: Call) -> Response:
    """Cut off the sales of a program here in the ledger's order: what shops are owed now."""
    body = call.body
    id_ = ClosingId(operation_id(call.request, body.id))
    with call.write() as tx:
        is_new = not _is_known(tx, id_)
        program = lists.program(tx, Asset(body.program))
        settlement.close(
            tx,
            call.clock,
            id_,
            program.key,
            closed_by=call.staff.id,
            closes_on=body.closes_on,
        )
        found = _progress(tx, id_)
    return made(found, is_new=is_new)


def show_all(call: Call) -> Response:
    """The closings, the newest first, and how far each is paid."""
    asset = Asset(call.query.program) if call.query.program else None
    with call.read() as tx:
        found = settlement.reports.closing_ids(tx, asset, limit=_MOST)
        part, next_ = part_of(found, call.query, str)
        return answer(ClosingPage(_answers(tx, settlement.reports.progress(tx, part)), next_))


def show(call: Call) -> Response:
    """One closing, and how far it is paid."""
    with call.read() as tx:
        return answer(_progress(tx, ClosingId(call.path("id"))))


def statement(call: Call) -> Response:
    """A shop's statement of a closing: CSV or PDF, as `format` or the Accept header says."""
    wanted = _format(call)
    with call.read() as tx:
        found = settlement.statements.statement(
            tx, ClosingId(call.path("id")), ShopId(call.path("shop"))
        )
        program = lists.program(tx, found.closing.asset)
    is_japanese = call.query.language == "ja"
    if wanted == _CSV:
        content = settlement.statements.statement_csv(found, _encoding(call), call.query.language)
    else:
        town = call.services.town
        content = settlement.statements.statement_pdf(
            found,
            issuer=town.name_ja if is_japanese else town.name_en,
            program=program.name_ja if is_japanese else program.name_en,
            language=call.query.language,
        )
    return _file(call, found, content, wanted)


def associations(call: Call) -> Response:
    """What a closing means for each association: given, accepted, outstanding, across borders."""
    with call.read() as tx:
        found = settlement.reports.closing(tx, ClosingId(call.path("id")))
        rows = settlement.reports.associations(tx, found.id)
        names = {one.number: one.name for one in merchants.directory.associations(tx)}
    return answer(
        AssociationList(
            [AssociationAnswer(row.association, names[row.association], *row[2:]) for row in rows]
        )
    )


def _format(call: Call) -> str:
    """The media type to answer with. Raises NotAcceptable."""
    if call.query.format:
        return _CSV if call.query.format == "csv" else _PDF
    accepted = call.request.headers.get("accept", "*/*")
    ranges = [part.partition(";")[0].strip().lower() for part in accepted.split(",")]
    for range_ in ranges:
        if range_ in {_CSV, "text/*", "*/*"}:
            return _CSV
        if range_ in {_PDF, "application/*"}:
            return _PDF
    raise NotAcceptable((_CSV, _PDF))


def _encoding(call: Call) -> text.Encoding:
    is_cp932 = call.query.encoding == "cp932"
    return text.Encoding.CP932 if is_cp932 else text.Encoding.UTF_8_BOM


def _file(call: Call, found: ShopStatement, content: bytes, media: str) -> Response:
    kind, ending = media, "pdf"
    if media == _CSV:
        charset = "Shift_JIS" if call.query.encoding == "cp932" else "utf-8"
        kind, ending = f"{_CSV}; charset={charset}", "csv"
    name = f"statement_{found.closing.closes_on}_{found.shop.number}.{ending}"
    headers = {
        "Content-Type": kind,
        "Content-Disposition": f'attachment; filename="{name}"',
        "Vary": "Accept, Authorization",
    }
    return Response(content, headers=headers)


def _is_known(tx: ReadTx, id_: ClosingId) -> bool:
    try:
        settlement.reports.closing(tx, id_)
    except UnknownClosing:
        return False
    return True


def _progress(tx: ReadTx, id_: ClosingId) -> ClosingAnswer:
    found = settlement.reports.closing(tx, id_)
    return _answers(tx, settlement.reports.progress(tx, [found.id]))[0]


def _answers(tx: ReadTx, found: Sequence[ClosingProgress]) -> list[ClosingAnswer]:
    members = [StaffId(each.closing.closed_by) for each in found]
    names = {id_: member.name for id_, member in people.staff.members(tx, members).items()}
    return [
        ClosingAnswer(
            id=each.closing.id,
            program=each.closing.asset,
            closes_on=each.closing.closes_on,
            closed_by=Person(closed_by, names.get(closed_by)),
            closed_at=each.closing.closed_at,
            shops=each.shops,
            units=each.units,
            unbatched_units=each.unbatched_units,
            batched_units=each.batched_units,
            paid_units=each.paid_units,
            carried_units=each.carried_units,
        )
        for each, closed_by in zip(found, members, strict=True)
    ]


_CLOSE: Final = Operation(
    name="close",
    tag="closings",
    callers=TREASURERS,
    body=ClosingBody,
    takes_key=True,
    replies={
        201: Reply("Closed.", ClosingAnswer),
        200: Reply("Closed before, under this id.", ClosingAnswer),
    },
    errors=(
        UnknownProgram,
        DayNotOver,
        AlreadyClosed,
        DifferentClosing,
        SettlementTermsChanged,
        UnknownFunder,
        *LEDGER_ERRORS,
    ),
    example=ClosingBody(program="longevity-gift"),
)
_SHOW_ALL: Final = Operation(
    name="closings",
    tag="closings",
    callers=EVERYBODY,
    query=ProgramPageQuery,
    replies={200: Reply("A page of closings.", ClosingPage)},
)
_SHOW: Final = Operation(
    name="closing",
    tag="closings",
    callers=EVERYBODY,
    replies={200: Reply("The closing.", ClosingAnswer)},
    errors=(UnknownClosing,),
)
_ASSOCIATIONS: Final = Operation(
    name="associationsOfClosing",
    tag="closings",
    callers=EVERYBODY,
    replies={200: Reply("The associations.", AssociationList)},
    errors=(UnknownClosing,),
)
_STATEMENT: Final = Operation(
    name="statement",
    tag="closings",
    callers=EVERYBODY,
    query=StatementQuery,
    replies={200: Reply("The statement.", media=(_CSV, _PDF))},
    errors=(
        UnknownClosing,
        UnknownShop,
        NotAcceptable,
        StatementDiffers,
        text.UnmappableText,
        FontMissing,
    ),
)
