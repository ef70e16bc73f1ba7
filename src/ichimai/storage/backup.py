"""Backing up everything in one file while the server serves, and restoring it.

The keys are not in a backup: whoever has it and the registry's key can check guesses of card codes,
and with that of personal data read names. ``keep_key`` writes a key apart.
"""

import os
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final, NamedTuple

import psycopg
from psycopg import conninfo, sql

import ichimai
from ichimai.storage import backup_file, migrate
from ichimai.storage.backup_file import BackupFile, BackupManifest, OperatorHead
from ichimai.storage.database import REGISTRY, Schema
from ichimai.storage.embedded import binaries
from ichimai.storage.errors import (
    BackupExists,
    BackupRefused,
    DatabaseNotEmpty,
    ProgramFailed,
    RestoreDiffers,
)

__all__ = ["BackupFile", "BackupManifest", "OperatorHead", "backup", "keep_key", "restore"]

_CHUNK: Final = 1 << 20


class _State(NamedTuple):
    """What a manifest says of a database."""

    heads: tuple[OperatorHead, ...]
    migrations: dict[str, tuple[str, ...]]
    key_digest: str | None


def backup(url: str, path: Path) -> BackupManifest:
    """Write the registry and all operators, as they are at one instant, to the new file ``path``.

    It appears whole or not at all. Raises BackupExists, ProgramFailed.
    """
    if path.exists():
        raise BackupExists
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "w+b") as file:
            manifest = _write(url, file)
            file.flush()
            os.fsync(file.fileno())
        Path(name).rename(path)
        _sync_folder(path.parent)
    finally:
        Path(name).unlink(missing_ok=True)
    return manifest


def _write(url: str, file: IO[bytes]) -> BackupManifest:
    with psycopg.connect(url, autocommit=True) as connection:
        # pg_dump takes this very snapshot: the heads are those of what it writes.
        connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        snapshot, taken_at, server = _row(
            connection.execute("SELECT pg_export_snapshot(), now(), version()")
        )
        state = _state(connection)
        options = ["--format=custom", "--no-owner", f"--snapshot={snapshot}"]
        options += [f"--schema={schema}" for schema in state.migrations]
        size, digest = backup_file.write_archive(file, _dumped(url, options))
    manifest = BackupManifest(
        version=ichimai.__version__,
        postgresql=server,
        taken_at=taken_at,
        heads=state.heads,
        migrations=state.migrations,
        key_digest=state.key_digest,
        archive_bytes=size,
        archive_sha256=digest,
    )
    backup_file.write_manifest(file, manifest)
    return manifest


def restore(url: str, path: Path) -> BackupManifest:
    """Read the backup ``path`` into the empty database at ``url``.

    Everybody must sign in anew, and enrolment codes not yet used are void: a sign-out or a used
    code may be younger than the backup. Raises BackupRefused, DatabaseNotEmpty and ProgramFailed
    before anything is changed, and RestoreDiffers after everything was taken out again.
    """
    file = BackupFile(path)
    manifest = file.manifest
    _check_release(manifest)
    with psycopg.connect(url, autocommit=True) as connection:
        _check_empty(connection)
        migrate.ensure_roles(connection)
        _load(url, file)
        _check_restored(connection, manifest)
        with connection.transaction():
            for head in manifest.heads:
                _end_sign_ins(connection, head.schema)
        connection.execute("ANALYZE")
    return manifest


def keep_key(key: Path, path: Path) -> None:
    """Copy the key in the file ``key`` to the new file ``path``, which only its owner can read.

    Raises BackupExists.
    """
    secret = key.read_bytes()
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise BackupExists from error
    with os.fdopen(descriptor, "wb") as file:
        file.write(secret)
        file.flush()
        os.fsync(file.fileno())
    _sync_folder(path.parent)


def _state(connection: psycopg.Connection[Any]) -> _State:
    operators = migrate.operator_schemas(connection)
    return _State(
        heads=tuple(_head(connection, operator) for operator in operators),
        migrations={
            schema: tuple(sorted(migrate.applied(connection, schema)))
            for schema in [REGISTRY, *operators]
        },
        key_digest=_key_digest(connection),
    )


def _head(connection: psycopg.Connection[Any], operator: Schema) -> OperatorHead:
    query = sql.SQL("SELECT sequence, number, hash, recorded_at FROM {}")
    table = sql.Identifier(operator, "ledger_head")
    sequence, number, digest, recorded_at = _row(connection.execute(query.format(table)))
    return OperatorHead(operator, sequence, number, bytes(digest).hex(), recorded_at)


def _key_digest(connection: psycopg.Connection[Any]) -> str | None:
    table = sql.Identifier(REGISTRY, "key_check")
    row = connection.execute(sql.SQL("SELECT digest FROM {}").format(table)).fetchone()
    return bytes(row[0]).hex() if row else None


def _check_release(manifest: BackupManifest) -> None:
    """Refuse what a newer release wrote: it may hold what this one does not know."""
    for schema, applied in manifest.migrations.items():
        unknown = set(applied) - migrate.shipped(Schema(schema))
        if unknown:
            names = ", ".join(sorted(unknown))
            raise BackupRefused(f"it is of a newer release ({manifest.version}): {schema} {names}")


def _check_empty(connection: psycopg.Connection[Any]) -> None:
    row = connection.execute(
        "SELECT schemaname || '.' || tablename FROM pg_tables WHERE schemaname !~ '^pg_'"
        " AND schemaname <> 'information_schema' ORDER BY 1 LIMIT 1"
    ).fetchone()
    if row is not None:
        raise DatabaseNotEmpty(row[0])


def _check_restored(connection: psycopg.Connection[Any], manifest: BackupManifest) -> None:
    found = _state(connection)
    expected = _State(manifest.heads, manifest.migrations, manifest.key_digest)
    for name, is_right in (
        ("the operators' heads", found.heads == expected.heads),
        ("the schema version", found.migrations == expected.migrations),
        ("the registry's key", found.key_digest == expected.key_digest),
    ):
        if not is_right:
            for schema in found.migrations:
                drop = sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(schema))
                connection.execute(drop)
            raise RestoreDiffers(name)


def _end_sign_ins(connection: psycopg.Connection[Any], operator: str) -> None:
    for name in ("session", "passkey_question", "oidc_question"):
        table = sql.Identifier(operator, name)
        connection.execute(sql.SQL("DELETE FROM {}").format(table))
    enrolment = sql.Identifier(operator, "enrolment")
    connection.execute(sql.SQL("DELETE FROM {} WHERE used_at IS NULL").format(enrolment))


def _dumped(url: str, options: Sequence[str]) -> Iterator[bytes]:
    """What pg_dump writes. Raises ProgramFailed."""
    with _program("pg_dump", url, options, stdout=subprocess.PIPE) as program:
        while chunk := _pipe(program.stdout).read(_CHUNK):
            yield chunk


def _load(url: str, file: BackupFile) -> None:
    """Have pg_restore make everything in one transaction. Raises ProgramFailed."""
    options = ["--no-owner", "--exit-on-error", "--single-transaction"]
    with _program("pg_restore", url, options, stdin=subprocess.PIPE) as program:
        try:
            with _pipe(program.stdin) as pipe:
                for chunk in file.archive():
                    pipe.write(chunk)
        except BrokenPipeError:
            return  # it says itself what was wrong


@contextmanager
def _program(
    name: str,
    url: str,
    options: Sequence[str],
    *,
    stdin: int = subprocess.DEVNULL,
    stdout: int = subprocess.DEVNULL,
) -> Iterator[subprocess.Popen[bytes]]:
    """One of PostgreSQL's programs, run on the database at ``url``. Raises ProgramFailed."""
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as said:
        command = [str(binaries() / name), f"--dbname={_without_password(url, Path(folder))}"]
        with subprocess.Popen(
            [*command, *options], stdin=stdin, stdout=stdout, stderr=said
        ) as program:
            try:
                yield program
            except BaseException:
                program.kill()
                raise
        if program.returncode != 0:
            said.seek(0)
            raise ProgramFailed(name, said.read().decode(errors="backslashreplace").strip())


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise TypeError("the program was started without this pipe")
    return pipe


def _without_password(url: str, folder: Path) -> str:
    """``url`` for a command line, which every user of the machine may read (``ps``)."""
    parts = conninfo.conninfo_to_dict(url)
    password = parts.pop("password", None)
    if password is None:
        return url
    escaped = str(password).replace("\\", "\\\\").replace(":", "\\:")
    file = folder / "passwords"
    file.touch(mode=0o600)
    file.write_text(f"*:*:*:*:{escaped}\n", encoding="utf-8")
    return conninfo.make_conninfo("", **parts, passfile=str(file))


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _row(found: psycopg.Cursor[Any]) -> tuple[Any, ...]:
    row: tuple[Any, ...] | None = found.fetchone()
    if row is None:
        raise LookupError("the database gave no row")
    return row
