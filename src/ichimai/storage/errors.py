"""What storage can refuse to do."""

from dataclasses import dataclass

from ichimai.kernel import errors


@dataclass(eq=False)
class DatabaseUnavailable(errors.Unavailable):
    """The database did not answer; ask again with the same id."""

    code = "database_unavailable"


@dataclass(eq=False)
class WrongSchemaVersion(errors.Conflict):
    """The database's tables are not those that this release was built for."""

    code = "wrong_schema_version"
    public = ("schema", "missing", "unknown")

    schema: str
    missing: tuple[str, ...]
    unknown: tuple[str, ...]

    def __str__(self) -> str:
        return (
            f"schema {self.schema}: not applied: {', '.join(self.missing) or 'none'}; "
            f"not of this release: {', '.join(self.unknown) or 'none'}. Run 'ichimai migrate'."
        )


@dataclass(eq=False)
class ServerNotStarted(errors.Unavailable):
    """PostgreSQL did not start."""

    code = "server_not_started"

    reason: str

    def __str__(self) -> str:
        return f"PostgreSQL did not start: {self.reason}"
