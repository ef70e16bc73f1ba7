"""Shops' statements as files, for the console and for the shop itself."""

from collections.abc import Iterator, Sequence

from starlette.responses import Response

from ichimai import settlement
from ichimai.merchants import ShopId
from ichimai.programs import lists
from ichimai.settlement.model import ClosingId
from ichimai.settlement.statements import ShopStatement
from ichimai.web.layout.downloads import CSV, PDF, download
from ichimai.web.layout.formats import called
from ichimai.web.layout.pages import Visit


def statement(visit: Visit, closing: ClosingId, shop: ShopId) -> ShopStatement:
    """The statement of a closing for a shop. Raises UnknownClosing, StatementDiffers."""
    services = visit.services
    with services.database.read(services.operator) as tx:
        return settlement.statements.statement(tx, closing, shop)


def statement_pdf(visit: Visit, found: ShopStatement) -> Response:
    """A statement to print, in the language of the page. Raises FontMissing."""
    return download(_pdf(visit, found), name=f"{_name(found)}.pdf", kind=PDF)


def statement_csv(visit: Visit, found: ShopStatement) -> Response:
    """A statement as a table."""
    content = settlement.statements.statement_csv(found, language=visit.paper_language)
    return download(content, name=f"{_name(found)}.csv", kind=CSV)


def statement_files(
    visit: Visit, closing: ClosingId, shops: Sequence[ShopId]
) -> Iterator[tuple[str, bytes]]:
    """Name and PDF of the statement of each of ``shops``, made one at a time."""
    for shop in shops:
        found = statement(visit, closing, shop)
        yield f"{_name(found)}.pdf", _pdf(visit, found)


def _pdf(visit: Visit, found: ShopStatement) -> bytes:
    services, language = visit.services, visit.paper_language
    with services.database.read(services.operator) as tx:
        program = lists.program(tx, found.closing.asset)
    return settlement.statements.statement_pdf(
        found,
        issuer=called(services.town, language),
        program=called(program, language),
        language=language,
    )


def _name(found: ShopStatement) -> str:
    return f"statement_{found.closing.closes_on}_{found.shop.number}"
