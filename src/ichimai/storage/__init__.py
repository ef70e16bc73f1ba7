"""PostgreSQL: a schema for each operator, one for the registry, and the server of our own."""

from ichimai.storage import arrays, backup, embedded, errors, migrate
from ichimai.storage.database import (
    REGISTRY,
    Database,
    ReadTx,
    Schema,
    WriteTx,
    operator_schema,
)
from ichimai.storage.embedded import EmbeddedServer

__all__ = [
    "REGISTRY",
    "Database",
    "EmbeddedServer",
    "ReadTx",
    "Schema",
    "WriteTx",
    "arrays",
    "backup",
    "embedded",
    "errors",
    "migrate",
    "operator_schema",
]
