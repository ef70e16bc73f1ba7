"""What storage can refuse to do."""

from dataclasses import dataclass

from ichimai.kernel import errors


@dataclass(eq=False)
class DatabaseUnavailable(errors.Unavailable):
    """The database did not answer; ask again with the same id."""

    code = "database_unavailable"


@dataclass(eq=False)
class Outdated(errors.Unavailable):
    """Somebody else has changed what a transaction was decided on. Nothing was done; do it anew."""

    code = "outdated"


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


@dataclass(eq=False)
class BackupRefused(errors.Invalid):
    """The file is not a whole backup that this release can read; nothing was changed."""

    code = "backup_refused"
    public = ("reason",)

    reason: str

    def __str__(self) -> str:
        return self.reason


@dataclass(eq=False)
class BackupExists(errors.Conflict):
    """There is a file of this name already; no backup is written over another."""

    code = "backup_exists"


@dataclass(eq=False)
class DatabaseNotEmpty(errors.Conflict):
    """A backup is restored into an empty database only; this one has tables."""

    code = "database_not_empty"
    public = ("table",)

    table: str

    def __str__(self) -> str:
        return f"the database is not empty: it has {self.table}"


@dataclass(eq=False)
class RestoreDiffers(errors.Conflict):
    """What was restored is not what was backed up; it was taken out again."""

    code = "restore_differs"
    public = ("record",)

    record: str

    def __str__(self) -> str:
        return f"{self.record} is not as the backup says"


@dataclass(eq=False)
class ProgramFailed(errors.Unavailable):
    """One of PostgreSQL's own programs failed; nothing was changed."""

    code = "program_failed"

    program: str
    reason: str

    def __str__(self) -> str:
        return f"{self.program}: {self.reason}"
