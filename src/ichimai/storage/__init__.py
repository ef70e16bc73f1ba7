"""PostgreSQL: one schema an operator, one for the registry, and the server that starts by itself."""

from ichimai.storage import embedded, migrate
from ichimai.storage.database import (
    REGISTRY,
    Database,
    ReadTx,
    Schema,
    WriteTx,
    operator_schema,
)
from ichimai.storage.embedded import EmbeddedServer
from ichimai.storage.errors import DatabaseUnavailable, ServerNotStarted, WrongSchemaVersion

__all__ = [
    "REGISTRY",
    "Database",
    "DatabaseUnavailable",
    "EmbeddedServer",
    "ReadTx",
    "Schema",
    "ServerNotStarted",
    "WriteTx",
    "WrongSchemaVersion",
    "embedded",
    "migrate",
    "operator_schema",
]
