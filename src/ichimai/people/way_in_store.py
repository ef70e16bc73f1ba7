"""Everything that lets a resident in, whichever table it lies in, taken away at once."""

from uuid import UUID

from ichimai.storage import WriteTx


def delete_ways_in(tx: WriteTx, subject: UUID) -> int:
    """Forget a resident's passkeys, digital identity, PIN, sessions and open questions.

    How many rows there were.
    """
    whose = [subject]
    return (
        tx.execute("DELETE FROM passkey WHERE owner = %s AND audience = 'resident'", whose)
        + tx.execute("DELETE FROM oidc_identity WHERE subject = %s", whose)
        + tx.execute("DELETE FROM resident_pin WHERE subject = %s", whose)
        + tx.execute("DELETE FROM passkey_question WHERE owner = %s", whose)
        + tx.execute("DELETE FROM oidc_question WHERE subject = %s", whose)
        + tx.execute(
            "DELETE FROM session WHERE owner = %s AND audience IN ('resident', 'first_use')", whose
        )
    )
