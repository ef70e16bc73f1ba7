"""The SQL of who charges fees, for invoices."""

from datetime import datetime
from uuid import UUID

from ichimai.settlement.invoice_rules import InvoiceIssuer
from ichimai.storage import ReadTx, WriteTx


def add_issuer(tx: WriteTx, id_: UUID, issuer: InvoiceIssuer, by: UUID, at: datetime) -> None:
    """Write who charges fees from now on."""
    tx.execute(
        "INSERT INTO invoice_issuer (id, registration, name, rate_percent, entered_by, entered_at)"
        " VALUES (%s, %s, %s, %s, %s, %s)",
        (id_, issuer.registration, issuer.name, issuer.rate_percent, by, at),
    )


def issuer(tx: ReadTx, at: datetime) -> InvoiceIssuer | None:
    """Who charged fees at an instant: an old statement keeps its own."""
    row = tx.row(
        "SELECT registration, name, rate_percent FROM invoice_issuer WHERE entered_at <= %s"
        " ORDER BY entered_at DESC, id DESC LIMIT 1",
        (at,),
    )
    return InvoiceIssuer(*row) if row else None
