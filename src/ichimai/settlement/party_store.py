"""The SQL of parties' accounts, and of the files in which they pay."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Final
from uuid import UUID

from ichimai.merchants import BankAccount
from ichimai.settlement.obligation_model import NettingId, NettingParty, PartyAccount
from ichimai.settlement.payout_store import ACCOUNT, account_row
from ichimai.storage import ReadTx, WriteTx

_KNOWN: Final = f"party, {ACCOUNT}, code, entered_by"


def add(tx: WriteTx, id_: UUID, known: PartyAccount, at: datetime) -> None:
    """Write the account of a party from now on."""
    tx.execute(
        f"INSERT INTO party_account (id, entered_at, {_KNOWN})"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (id_, at, *_row(known)),
    )


def accounts(tx: ReadTx) -> dict[str, PartyAccount]:
    """The account of each party that has one, by its name."""
    rows = tx.rows(
        f"SELECT DISTINCT ON (party) {_KNOWN} FROM party_account"
        " ORDER BY party, entered_at DESC, id DESC"
    )
    return {row[0]: _known_of(row) for row in rows}


def add_to_netting(tx: WriteTx, netting: NettingId, parties: Iterable[NettingParty]) -> None:
    """Write the accounts of a netting, and the files of those who pay."""
    tx.copy_rows(
        f"COPY netting_party (netting, sha256, {_KNOWN}) FROM STDIN",
        (
            (netting, bytes.fromhex(each.sha256) if each.sha256 else None, *_row(each.known))
            for each in parties
        ),
    )


def of_netting(tx: ReadTx, netting: NettingId) -> list[NettingParty]:
    """The parties of a netting that have an account, by name."""
    rows = tx.rows(
        f"SELECT {_KNOWN}, encode(sha256, 'hex'), (SELECT count(*) FROM netting_file_copy AS copy"
        "  WHERE copy.netting = netting_party.netting AND copy.party = netting_party.party)"
        " FROM netting_party WHERE netting = %s ORDER BY party",
        (netting,),
    )
    return [NettingParty(_known_of(row[:-2]), row[-2], row[-1]) for row in rows]


def add_copy(
    tx: WriteTx, netting: NettingId, party: str, *, number: int, handed_to: UUID, at: datetime
) -> None:
    """Write that a party's file is handed over."""
    tx.execute(
        "INSERT INTO netting_file_copy (netting, party, copy_number, handed_to, handed_at)"
        " VALUES (%s, %s, %s, %s, %s)",
        (netting, party, number, handed_to, at),
    )


def handed_on(tx: ReadTx, netting: NettingId) -> dict[str, date]:
    """By party, the day (in Tokyo) on which the first copy of its file was handed over."""
    rows = tx.rows(
        "SELECT party, (min(handed_at) AT TIME ZONE 'Asia/Tokyo')::date FROM netting_file_copy"
        " WHERE netting = %s GROUP BY party ORDER BY party",
        (netting,),
    )
    return dict(rows)


def _row(known: PartyAccount) -> tuple[object, ...]:
    return (known.party, *account_row(known.account), known.code, known.entered_by)


def _known_of(row: tuple[object, ...]) -> PartyAccount:
    party, *account, code, entered_by = row
    return PartyAccount._make((party, BankAccount(*account), code, entered_by))  # type: ignore[arg-type] # as the columns are
