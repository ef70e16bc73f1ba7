"""Shops' statements as PDF."""

from collections.abc import Iterator, Sequence

from ichimai import settlement
from ichimai.merchants import ShopId
from ichimai.programs import lists
from ichimai.settlement.model import ClosingId
from ichimai.settlement.statements import ShopStatement
from ichimai.web.console.door import AtConsole
from ichimai.web.layout.formats import called


def statement_pdf(here: AtConsole, found: ShopStatement) -> bytes:
    """A statement in the language of the console. Raises FontMissing."""
    with here.read() as tx:
        program = lists.program(tx, found.closing.asset)
    return settlement.statement_pdf(
        found,
        issuer=called(here.visit.services.town, here.language),
        program=called(program, here.language),
        language=here.language,
    )


def statement_files(
    here: AtConsole, closing: ClosingId, shops: Sequence[ShopId]
) -> Iterator[tuple[str, bytes]]:
    """Name and content of the statement of each of ``shops``, made one at a time."""
    for shop in shops:
        with here.read() as tx:
            found = settlement.statements.statement(tx, closing, shop)
        yield f"{found.closing.closes_on}_{found.shop.number}.pdf", statement_pdf(here, found)
