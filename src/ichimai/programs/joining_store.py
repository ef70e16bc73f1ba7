"""SQL of what lists gave to two people who turn out to be one."""

from uuid import UUID

from ichimai.storage import ReadTx


def granted_alike(tx: ReadTx, one: UUID, other: UUID) -> list[tuple[str, str, int, int]]:
    """(program, reason, units, units) of what lists gave both for the same reason."""
    return tx.rows(
        """
        WITH granted AS (
            SELECT recipient.subject, grant_list.program, grant_list_row.reason,
                   sum(grant_list_row.units)::bigint AS units
            FROM recipient
            JOIN grant_list_row ON grant_list_row.recipient = recipient.number
            JOIN grant_list ON grant_list.id = grant_list_row.list
            JOIN entitlement ON entitlement.program = grant_list.program
                AND entitlement.once_key = grant_list_row.once_key
                AND entitlement.operation = grant_list_row.operation
            WHERE recipient.subject IN (%(one)s, %(other)s) GROUP BY 1, 2, 3
        )
        SELECT mine.program, mine.reason, mine.units, theirs.units
        FROM granted AS mine JOIN granted AS theirs USING (program, reason)
        WHERE mine.subject = %(one)s AND theirs.subject = %(other)s ORDER BY 1, 2
        """,
        {"one": one, "other": other},
    )


def shops(tx: ReadTx) -> list[UUID]:
    """Every shop there ever was."""
    return [id_ for (id_,) in tx.rows("SELECT id FROM shop")]
