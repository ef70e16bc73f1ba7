"""Backups taken while money moves are prefixes of history, and nothing else is ever restored."""

import dataclasses
import itertools
import os
import shutil
import subprocess
import tarfile
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from msgspec.structs import replace
from psycopg import conninfo

from ichimai import ledger, merchants, people, registry, storage
from ichimai.kernel import Asset, ids
from ichimai.kernel.clock import ManualClock, SystemClock
from ichimai.ledger import OperationId
from ichimai.ledger.model import Command, Grant, Pay, Purse
from ichimai.people.model import Audience
from ichimai.registry import RegistryKey
from ichimai.storage import Database, EmbeddedServer, Schema, backup
from ichimai.storage.backup_file import BackupFile, BackupManifest, write_archive, write_manifest
from ichimai.storage.errors import (
    BackupExists,
    BackupRefused,
    DatabaseNotEmpty,
    ProgramFailed,
    RestoreDiffers,
)
from tests.town import Town

GIFT = Asset("longevity-gift")
CLOCK = SystemClock()
KEY = RegistryKey(b"k" * 32)
FUNDER, SHOP, TILL = UUID(int=0xF), UUID(int=0x5), UUID(int=0x7)
_NUMBERS = itertools.count(1)

NewDatabase = Callable[[], str]


@pytest.fixture
def town(database: Database, operator: Schema, clock: ManualClock) -> Town:
    """A town with cards, tills and staff."""
    return Town(database, operator, clock).build()


@pytest.fixture
def new_database(server: EmbeddedServer) -> Iterator[NewDatabase]:
    """Makes empty databases; dropped afterwards."""
    made: list[str] = []

    def make() -> str:
        made.append(f"restored_{os.getpid()}_{next(_NUMBERS)}")
        _at(server, f"CREATE DATABASE {made[-1]}")
        return conninfo.make_conninfo(server.url, dbname=made[-1])

    yield make
    for name in made:
        _at(server, f"DROP DATABASE {name} WITH (FORCE)")


def _at(server: EmbeddedServer, statement: str) -> None:
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute(statement.encode())


def _post(database: Database, operator: Schema, *commands: Command) -> None:
    with database.write(operator) as tx:
        for answer in ledger.post(tx, CLOCK, commands):
            assert isinstance(answer, ledger.Posted), answer


def _grant(wallet: UUID, units: int = 1_000_000) -> Grant:
    return Grant(
        operation=OperationId(ids.uuid7(CLOCK)),
        wallet=wallet,
        funder=FUNDER,
        asset=GIFT,
        units=units,
        expires_at=CLOCK.now() + timedelta(days=100),
    )


def _pay(wallet: UUID, units: int) -> Pay:
    return Pay(
        operation=OperationId(ids.uuid7(CLOCK)),
        wallet=wallet,
        payee=SHOP,
        units=units,
        purses=(Purse(asset=GIFT),),
        terminal=TILL,
        actor=wallet,
        is_repeat_confirmed=True,
    )


@contextmanager
def _storm(database: Database, operator: Schema, writers: int = 2) -> Iterator[None]:
    """Writers that grant and pay until the block ends."""
    is_over = threading.Event()
    failures: list[BaseException] = []

    def write(number: int) -> None:
        wallet = UUID(int=0x100 + number)
        try:
            _post(database, operator, _grant(wallet))
            for units in itertools.count(1):
                if is_over.is_set():
                    return
                _post(database, operator, _pay(wallet, units % 90 + 1), _pay(wallet, 1))
        except BaseException as error:  # noqa: BLE001 - told by the test, not lost in a thread
            failures.append(error)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(writers)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        is_over.set()
        for thread in threads:
            thread.join()
    assert failures == []


def _block_hashes(database: Database, operator: Schema) -> dict[int, bytes]:
    with database.read(operator) as tx:
        return {n: bytes(hash_) for n, hash_ in tx.rows("SELECT sequence, hash FROM block")}


@pytest.mark.parametrize("rounds", [20, pytest.param(100, marks=pytest.mark.long)])
def test_every_backup_in_a_storm_of_writes_is_a_prefix_of_history(
    rounds: int, town: Town, database_url: str, new_database: NewDatabase, tmp_path: Path
) -> None:
    """Each restores, verifies from transfers alone, and its head is a block of the original."""
    files = [tmp_path / f"{number}.backup" for number in range(rounds)]
    database, operator = town.database, town.operator
    with _storm(database, operator):
        manifests = [backup.backup(database_url, file) for file in files]
    history = _block_hashes(database, operator)
    heads = [manifest.heads[0] for manifest in manifests]
    assert sorted(head.sequence for head in heads) == [head.sequence for head in heads]
    assert heads[0].sequence < heads[-1].sequence < max(history)
    for file, head in zip(files, heads, strict=True):
        url = new_database()
        assert backup.restore(url, file).heads == (head,)
        with closing(Database(url, max_connections=1)) as restored:
            with restored.snapshot(operator) as tx:
                verified = ledger.verification.verify(tx)
            assert (verified.blocks, verified.transfers) == (head.sequence, head.number)
            assert verified.head.hex() == head.hash == history[head.sequence].hex()
        file.unlink()


def test_a_restored_town_goes_on(
    town: Town, database_url: str, new_database: NewDatabase, tmp_path: Path
) -> None:
    """Its roles may do what they could; cards, tills and balances are there; money moves on."""
    town.pay("hanako", "teahouse", 1)
    backup.backup(database_url, tmp_path / "town.backup")
    url = new_database()
    backup.restore(url, tmp_path / "town.backup")
    storage.migrate.check_version(url)
    with closing(Database(url)) as restored:
        same = dataclasses.replace(town, database=restored)
        assert same.head() == town.head()
        same.pay("hanako", "supermarket", 7_999)
        assert same.balance("hanako") == 2_000
        with restored.snapshot(town.operator) as tx:
            assert ledger.verification.verify(tx).head != town.head()[2]


def test_after_a_restore_everybody_signs_in_anew(
    town: Town, database_url: str, new_database: NewDatabase, tmp_path: Path
) -> None:
    """A sign-out, or a code already used, may be younger than the backup (faults.md A18)."""
    with town.database.write(town.operator) as tx:
        code = merchants.tills.new_enrolment(tx, town.clock, town.shops["tavern"].id)
        half = b"h" * 32
        tx.execute(
            "INSERT INTO passkey_question VALUES (%s, %s, 'staff', NULL, %s)",
            (half, half, town.clock.now()),
        )
        tx.execute(
            "INSERT INTO oidc_question VALUES (%s, %s, NULL, %s)", (half, half, town.clock.now())
        )
    backup.backup(database_url, tmp_path / "town.backup")
    url = new_database()
    backup.restore(url, tmp_path / "town.backup")
    with closing(Database(url)) as restored, restored.write(town.operator) as tx:
        token = town.token("treasurer")
        assert people.sessions.live(tx, town.clock, token, Audience.STAFF) is None
        assert tx.rows("SELECT 1 FROM passkey_question UNION ALL SELECT 1 FROM oidc_question") == []
        with pytest.raises(merchants.errors.EnrolmentRefused):
            merchants.tills.enrol(tx, town.clock, b"key", code, secret="new")


def test_the_key_is_not_in_the_backup_and_is_kept_apart(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    """The manifest only tells which key it was."""
    path = tmp_path / "registry.key"
    key = RegistryKey.load(path)
    with database.write(storage.REGISTRY) as tx:
        registry.keys.confirm(tx, key)
    manifest = backup.backup(database_url, tmp_path / "town.backup")
    assert manifest.key_digest is not None
    with tarfile.open(tmp_path / "town.backup") as tar:
        parts = [part.read() for part in map(tar.extractfile, tar) if part is not None]
    assert parts
    for part in parts:
        assert key.secret not in part
        assert key.secret.hex() not in part.hex()
    backup.keep_key(path, tmp_path / "kept")
    assert (tmp_path / "kept").read_bytes() == path.read_bytes()
    assert (tmp_path / "kept").stat().st_mode & 0o777 == 0o600
    with pytest.raises(BackupExists):
        backup.keep_key(path, tmp_path / "kept")


def test_its_sums_can_be_checked_without_us(database_url: str, tmp_path: Path) -> None:
    path = tmp_path / "town.backup"
    backup.backup(database_url, path)
    assert path.stat().st_mode & 0o777 == 0o600
    subprocess.run(["tar", "xf", path.name], cwd=tmp_path, check=True)
    subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=tmp_path, check=True)
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        "SHA256SUMS",
        "database.dump",
        "manifest.json",
        "town.backup",
    ]


def test_no_backup_is_written_over_another(database_url: str, tmp_path: Path) -> None:
    path = tmp_path / "town.backup"
    path.write_text("the only good one")
    with pytest.raises(BackupExists):
        backup.backup(database_url, path)
    assert path.read_text() == "the only good one"


def test_a_backup_that_fails_leaves_no_file(server: EmbeddedServer, tmp_path: Path) -> None:
    """A file that has the right name is a whole backup."""
    gone = conninfo.make_conninfo(server.url, dbname="no_such_database")
    with pytest.raises(psycopg.OperationalError):
        backup.backup(gone, tmp_path / "town.backup")
    assert list(tmp_path.iterdir()) == []


def test_only_an_empty_database_is_restored_into(
    database: Database, database_url: str, operator: Schema, tmp_path: Path
) -> None:
    backup.backup(database_url, tmp_path / "town.backup")
    _post(database, operator, _grant(UUID(int=1)))
    with pytest.raises(DatabaseNotEmpty):
        backup.restore(database_url, tmp_path / "town.backup")
    with database.read(operator) as tx:
        assert ledger.reports.count_transfers(tx) == 1


def _changes(whole: bytes) -> Iterator[tuple[str, bytes]]:
    """Ways in which a file goes bad."""
    yield "empty", b""
    yield "not a backup", b"PGDMP" + whole[:4096]
    for share in (1, 25, 50, 75, 99):
        yield f"cut at {share} %", whole[: len(whole) * share // 100]
    yield "without its end", whole[:-10_240]
    for share in range(1, 100, 7):
        place = len(whole) * share // 100
        flipped = bytes([whole[place] ^ 0x10])
        yield f"a bit at {share} %", whole[:place] + flipped + whole[place + 1 :]
    for name in (b'"number": ', b'"hash": "', b'"archive_sha256": "', b"  manifest.json"):
        place = whole.rindex(name) + len(name) if name[:1] != b" " else whole.rindex(name) - 1
        other = b"1" if whole[place : place + 1] != b"1" else b"2"
        yield f"another {name.decode()}", whole[:place] + other + whole[place + 1 :]
    # What fills a block up is of no member, and no sum is of it.
    for place in (100, whole.rindex(b"manifest.json\0") - 1, len(whole) - 1):
        flipped = bytes([whole[place] ^ 0x10])
        yield f"a bit at {place}", whole[:place] + flipped + whole[place + 1 :]
    yield "more behind it", whole + b"\0"


def test_a_damaged_file_is_refused_and_nothing_is_changed(
    database: Database,
    database_url: str,
    operator: Schema,
    new_database: NewDatabase,
    tmp_path: Path,
) -> None:
    """Wherever it was cut or changed."""
    _post(database, operator, _grant(UUID(int=1)))
    backup.backup(database_url, tmp_path / "town.backup")
    whole = (tmp_path / "town.backup").read_bytes()
    bad, url = tmp_path / "bad.backup", new_database()
    for what, content in _changes(whole):
        bad.write_bytes(content)
        with pytest.raises(BackupRefused):
            pytest.fail(f"{what}: {backup.restore(url, bad)}")
        assert _is_empty(url), what
    backup.restore(url, tmp_path / "town.backup")


def _is_empty(url: str) -> bool:
    with psycopg.connect(url) as connection:
        query = "SELECT count(*) FROM pg_namespace WHERE nspname ~ '^(op_|registry)'"
        return connection.execute(query).fetchone() == (0,)


def _rewritten(path: Path, change: Callable[[BackupManifest], BackupManifest]) -> None:
    """The same backup with another manifest, whose sums are right."""
    file = BackupFile(path)
    with (path.parent / "other").open("w+b") as other:
        write_archive(other, file.archive())
        write_manifest(other, change(file.manifest))
    (path.parent / "other").rename(path)


def test_a_restore_that_is_not_what_was_backed_up_is_taken_out_again(
    database: Database,
    database_url: str,
    operator: Schema,
    new_database: NewDatabase,
    tmp_path: Path,
) -> None:
    """The heads are compared after the restore, whatever the sums say."""
    _post(database, operator, _grant(UUID(int=1)))
    path, url = tmp_path / "town.backup", new_database()
    backup.backup(database_url, path)
    _rewritten(path, _with_another_head)
    with pytest.raises(RestoreDiffers):
        backup.restore(url, path)
    assert _is_empty(url)


def _with_another_head(manifest: BackupManifest) -> BackupManifest:
    (head,) = manifest.heads
    return replace(manifest, heads=(replace(head, number=head.number + 1),))


def test_a_backup_of_a_newer_release_is_refused(
    database_url: str, new_database: NewDatabase, tmp_path: Path
) -> None:
    path, url = tmp_path / "town.backup", new_database()
    backup.backup(database_url, path)
    _rewritten(path, lambda old: replace(old, migrations={"registry": ("9999_of_tomorrow",)}))
    with pytest.raises(BackupRefused, match="newer release"):
        backup.restore(url, path)
    assert _is_empty(url)


def test_an_archive_that_postgresql_cannot_read_changes_nothing(
    database_url: str, new_database: NewDatabase, tmp_path: Path
) -> None:
    """pg_restore works in one transaction of its own."""
    path, url = tmp_path / "town.backup", new_database()
    backup.backup(database_url, path)
    file = BackupFile(path)
    cut = b"".join(file.archive())[:-20_000]
    with (tmp_path / "cut").open("w+b") as other:
        size, digest = write_archive(other, iter([cut]))
        write_manifest(other, replace(file.manifest, archive_bytes=size, archive_sha256=digest))
    with pytest.raises(ProgramFailed):
        backup.restore(url, tmp_path / "cut")
    assert _is_empty(url)


def test_a_backup_restores_on_a_new_machine(database_url: str, tmp_path: Path) -> None:
    """Whose PostgreSQL has none of our roles."""
    backup.backup(database_url, tmp_path / "town.backup")
    folder = Path(tempfile.mkdtemp(prefix="ichimai-new-machine-"))
    with EmbeddedServer(folder) as machine:
        backup.restore(machine.url, tmp_path / "town.backup")
        storage.migrate.check_version(machine.url)
        with closing(Database(machine.url)) as restored:
            _post(restored, storage.operator_schema("131164"), _grant(UUID(int=1)))
    shutil.rmtree(folder)


def test_a_password_is_not_on_the_command_line(tmp_path: Path) -> None:
    """Every user of a machine sees the arguments of every process."""
    url = "postgresql://ichimai:PASSWORD@db.example/town"
    told = backup._without_password(url, tmp_path)
    assert "PASSWORD" not in told
    assert (tmp_path / "passwords").read_text() == "*:*:*:*:PASSWORD\n"
    assert (tmp_path / "passwords").stat().st_mode & 0o777 == 0o600
