"""The table of the schemes of old cards."""

from datetime import datetime

from ichimai.cards import Kind
from ichimai.cards.barcodes import CardScheme, Check, Symbology
from ichimai.storage import ReadTx, WriteTx


def add(tx: WriteTx, sector: str, scheme: CardScheme) -> None:
    """Write a scheme unless there is one of this name."""
    tx.execute(
        """
        INSERT INTO scheme (name, sector, kind, symbology, check_rule, size, prefix, frame)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (name) DO NOTHING
        """,
        [
            *(scheme.name, sector, scheme.kind.value, scheme.symbology.value),
            *(scheme.check.value, scheme.length, scheme.prefix, scheme.frame),
        ],
    )


def of_sector(tx: ReadTx, sector: str) -> list[tuple[CardScheme, datetime | None]]:
    """A sector's schemes by name, each with the instant from which it is retired."""
    found = tx.rows(
        """
        SELECT name, kind, symbology, check_rule, size, prefix, frame, retired_at
        FROM scheme WHERE sector = %s ORDER BY name
        """,
        [sector],
    )
    return [
        (
            CardScheme(
                name=name,
                kind=Kind(kind),
                symbology=Symbology(symbology),
                check=Check(check),
                length=size,
                prefix=prefix,
                frame=frame,
            ),
            retired_at,
        )
        for name, kind, symbology, check, size, prefix, frame, retired_at in found
    ]


def retire(tx: WriteTx, sector: str, name: str, at: datetime | None) -> bool:
    """Retire a scheme from ``at`` on, or not at all; whether the sector has it."""
    done = tx.execute(
        "UPDATE scheme SET retired_at = %s WHERE name = %s AND sector = %s", [at, name, sector]
    )
    return done == 1
