"""Who is erased is gone from every table that describes them or lets them in, and stays so."""

import hashlib
from pathlib import Path
from uuid import UUID

import psycopg
import pytest

from ichimai import audit, identity, jobs, people
from ichimai.cards import Assurance, Kind
from ichimai.cards.barcodes import CardScheme
from ichimai.identity.model import Cause, LinkState, Service, ServiceCode
from ichimai.kernel import ids
from ichimai.kernel.clock import ManualClock
from ichimai.people.model import Audience
from ichimai.people.records import erasures, errors, personal
from ichimai.people.records.personal import Details, PersonalKey
from ichimai.registry import Resolved, SubjectId
from ichimai.storage import Database, Schema, WriteTx
from tests.integration.people.records.office import DETAILS, HANAKO, TARO, Office
from tests.town import Town

IDENTITY_KEY = b"i" * 32
LIBRARY = Service(ServiceCode("library"), "図書館", "Library", CardScheme("library", length=8))
WAYS_IN = ("passkey", "oidc_identity", "resident_pin", "session", "oidc_question")


@pytest.fixture
def office(database: Database, operator: Schema, clock: ManualClock) -> Office:
    """An operator's records, empty."""
    return Office(database, operator, clock)


def let_in(tx: WriteTx, office: Office, who: SubjectId) -> None:
    """Every way in that a person can have."""
    now = office.clock.now()
    tx.execute(
        "INSERT INTO passkey VALUES (%s, 'resident', %s, %s, 0, false, %s)",
        [who.bytes, who, b"key", now],
    )
    tx.execute("INSERT INTO oidc_identity VALUES (%s, %s, %s)", [who.bytes * 2, who, now])
    tx.execute("INSERT INTO resident_pin VALUES (%s, 'hash', %s)", [who, now])
    tx.execute(
        "INSERT INTO oidc_question VALUES (%s, %s, %s, %s)",
        [who.bytes * 2, who.bytes * 2, who, now],
    )
    people.sessions.start(tx, office.clock, Audience.RESIDENT, who)


def linked(tx: WriteTx, office: Office, who: SubjectId, number: str) -> identity.model.LinkId:
    """A link with the library that counts."""
    clock, place = office.clock, identity.Place(ids.uuid7(office.clock), is_counter=True)
    card = Resolved(who, ids.uuid7(clock), is_stopped=False, kind=Kind.PRINTED_QR)
    tokens = [identity.taps.tap(tx, clock, place, card, Assurance.CODE_PIN).token]
    first = identity.taps.current(tx, clock, place, tokens[0])
    asked = identity.links.ask(
        tx, clock, IDENTITY_KEY, first, service="library", number=number, staff=None
    )
    tokens.append(identity.taps.tap(tx, clock, place, card, Assurance.CODE_PIN).token)
    second = identity.taps.current(tx, clock, place, tokens[1])
    return identity.links.confirm(tx, clock, asked.link.id, second, staff=None).id


def rows(office: Office, table: str, column: str, who: UUID) -> int:
    """How many rows of a table are of a person."""
    with office.database.read(office.operator) as tx:
        ((count,),) = tx.rows(f"SELECT count(*) FROM {table} WHERE {column} = %s", [who])
    return int(count)


def ways_in(office: Office, who: SubjectId) -> list[int]:
    owners = {"passkey": "owner", "session": "owner"}
    return [rows(office, table, owners.get(table, "subject"), who) for table in WAYS_IN]


@pytest.fixture
def known(office: Office) -> Office:
    """Two people with everything, and a member of staff with the id of one of them."""
    with office.write() as tx:
        identity.links.add_service(tx, office.clock, LIBRARY)
        for who, number in ((HANAKO, "12345678"), (TARO, "87654321")):
            let_in(tx, office, who)
            linked(tx, office, who, number)
        people.sessions.start(tx, office.clock, Audience.STAFF, HANAKO)
    office.enrol(HANAKO)
    return office


def test_erasing_takes_every_way_in_and_nobody_elses(known: Office) -> None:
    assert ways_in(known, HANAKO) == [1, 1, 1, 2, 1]
    known.erase(HANAKO)
    assert ways_in(known, HANAKO) == [0, 0, 0, 1, 0]
    assert ways_in(known, TARO) == [1, 1, 1, 1, 1]
    known.erase(HANAKO)
    assert rows(known, "erasure", "subject", HANAKO) == 1


def test_erasing_ends_links_and_takes_their_numbers(known: Office) -> None:
    """The journal tells that it was so; the number can be linked by somebody else."""
    known.erase(HANAKO)
    with known.write() as tx:
        (link,) = identity.links.links_of(tx, HANAKO)
        assert link.state is LinkState.ENDED
        assert link.number_sealed == b""
        assert identity.links.number_in(IDENTITY_KEY, link) is None
        assert identity.links.history(tx, link.id)[-1].cause is Cause.ERASED
        (other,) = identity.links.links_of(tx, TARO)
        assert identity.links.number_in(IDENTITY_KEY, other) == "87654321"
        linked(tx, known, SubjectId(UUID(int=0xBEEF)), "12345678")


def test_who_has_no_record_and_only_a_passkey_is_erased_too(known: Office) -> None:
    known.erase(TARO)
    known.erase(TARO)
    assert ways_in(known, TARO) == [0] * 5
    assert rows(known, "erasure", "subject", TARO) == 1


def test_a_restored_backup_forgets_again_and_who_came_back_stays(
    known: Office, tmp_path: Path
) -> None:
    """The older state is made by hand: the rows that the backup still has are put back."""
    file = tmp_path / "erasures.jsonl"
    with known.database.read(known.operator) as tx:
        keys = tx.rows("SELECT * FROM subject_key")
    known.erase(HANAKO)
    known.erase(TARO)
    town = Town(known.database, known.operator, known.clock)
    for _ in range(2):
        jobs.erasures.publish(town.desk, file)
    text = file.read_text(encoding="utf-8")
    assert len(text.splitlines()) == 2
    assert hashlib.sha256(HANAKO.bytes).hexdigest() in text
    assert str(HANAKO) not in text
    older(known, keys)
    assert again(known, file) == 2
    with pytest.raises(errors.NothingKnown), known.write() as tx:
        personal.read(tx, known.key, known.clock, people_self(HANAKO), HANAKO)
    assert ways_in(known, TARO) == [0] * 5
    known.enrol(HANAKO)
    with known.write() as tx:
        let_in(tx, known, TARO)
    assert again(known, file) == 0
    assert ways_in(known, TARO) == [1] * 5
    jobs.erasures.publish(town.desk, file)
    assert again(known, file) == 0


def older(office: Office, keys: list[tuple[object, ...]]) -> None:
    """What a backup before the erasure would bring back."""
    with psycopg.connect(office.database.url) as connection:
        connection.execute(f"SET search_path = {office.operator}".encode())
        connection.execute("DELETE FROM erasure")
        for row in keys:
            connection.execute("INSERT INTO subject_key VALUES (%s, %s, %s, %s, %s)", row)
    with office.write() as tx:
        let_in(tx, office, TARO)


def people_self(who: SubjectId) -> audit.Myself:
    return audit.Myself(who)


def again(office: Office, file: Path) -> int:
    with office.write() as tx:
        return erasures.again(tx, office.clock, jobs.erasures.read(file))


def test_the_key_of_personal_data_is_a_file_of_its_owner(office: Office, tmp_path: Path) -> None:
    """Made once; the same afterwards; another one is refused once something was written."""
    path = tmp_path / "personal.key"
    key = PersonalKey.load(path, "131164")
    assert path.stat().st_mode & 0o777 == 0o600
    assert PersonalKey.load(path, "131164") == key
    other = PersonalKey.load(tmp_path / "other.key", "131164")
    assert other.secret != key.secret
    with office.write() as tx:
        personal.confirm(tx, key)
        personal.confirm(tx, other)
        details = Details(DETAILS.name, DETAILS.kana)
        personal.write(tx, key, office.clock, people_self(HANAKO), HANAKO, details=details)
        personal.confirm(tx, key)
        with pytest.raises(errors.WrongPersonalKey):
            personal.confirm(tx, other)
        personal.confirm(tx, PersonalKey(other.secret, "131164", former=key.secret))


@pytest.mark.parametrize("text", ["", "ab\n", "00" * 32, "zz" * 32 + "\n", ("00" * 32 + "\n") * 3])
def test_a_key_file_that_is_not_whole_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "personal.key"
    path.write_text(text, encoding="ascii")
    with pytest.raises(ValueError, match=r"key|hexadecimal"):
        PersonalKey.load(path, "131164")
    assert path.read_text(encoding="ascii") == text
