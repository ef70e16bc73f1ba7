"""What is on disk: nothing that a thief can read, and nothing that can be rewritten."""

import subprocess
from pathlib import Path
from typing import LiteralString

import psycopg
import pytest

from ichimai.kernel.check_digits import MyNumberRefused
from ichimai.kernel.ids import NIL
from ichimai.people.records import errors, personal
from ichimai.people.records.personal import Details
from ichimai.storage import embedded
from tests.integration.people.records.office import DETAILS, HANAKO, LOOK, TARO, Office


def _dump(office: Office) -> str:
    """What a thief of the database has: ``pg_dump`` of everything."""
    program = Path(embedded.binaries()) / "pg_dump"
    done = subprocess.run(
        [program, "--inserts", office.database.url], capture_output=True, text=True, check=True
    )
    return done.stdout


CANARIES = (
    DETAILS.name,
    DETAILS.name.replace(" ", ""),
    "花子",
    "ハナコ",
    DETAILS.phone,
    DETAILS.mail,
    "1938-03-05",
    "19380305",
    "昭和13年3月5日",
    "1990-04-01",
    "S-0042-CANARY",
)


def found_in(dump: str) -> list[str]:
    """The canaries that a dump shows, as text or within bytes."""
    folded = dump.lower()
    return [
        canary
        for canary in CANARIES
        if canary in dump
        or any(
            canary.encode(encoding).hex() in folded
            for encoding in ("utf-8", "cp932", "utf-16-le", "utf-16-be")
        )
    ]


def test_a_dump_of_the_database_names_nobody(office: Office) -> None:
    office.full_record()
    dump = _dump(office)
    assert str(HANAKO) in dump
    assert found_in(dump) == []


@pytest.mark.parametrize("leak", [DETAILS.name, "1938-03-05"])
@pytest.mark.parametrize("as_bytes", [False, True])
def test_a_name_in_a_dump_would_be_found(office: Office, leak: str, *, as_bytes: bool) -> None:
    office.full_record()
    values = (NIL, leak.encode() if as_bytes else b"x", "x" if as_bytes else leak)
    with office.write() as tx:
        tx.execute(
            "INSERT INTO member_group (id, key, sealed, staff, recorded_at)"
            " VALUES (%s, %s, %s, %s, now())",
            (values[0], values[0], values[1], values[0]),
        )
        tx.execute(
            "INSERT INTO predicate_ask VALUES (%s, %s, %s, '{}', '{}', '', now())",
            (values[0], values[0], values[2]),
        )
    assert leak in found_in(_dump(office))


def test_a_name_moved_to_another_persons_row_does_not_open(office: Office) -> None:
    """Who can write the tables cannot make one person look like another."""
    office.enrol()
    office.enrol(TARO, Details("鈴木 太郎", "スズキ タロウ"))
    with psycopg.connect(office.database.url, autocommit=True) as owner:
        owner.execute(f"SET search_path = {office.operator}".encode())
        owner.execute(
            "UPDATE personal SET sealed = (SELECT sealed FROM personal WHERE subject = %s)"
            " WHERE subject = %s",
            (TARO, HANAKO),
        )
    with pytest.raises(errors.WrongPersonalKey), office.write() as tx:
        personal.read(tx, office.key, office.clock, LOOK, HANAKO)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE personal SET sealed = sealed",
        "DELETE FROM personal",
        "UPDATE claim SET subject = id",
        "DELETE FROM claim",
        "DELETE FROM claim_end",
        "DELETE FROM consent_withdrawal",
        "UPDATE consent SET purpose = 'x'",
        "DELETE FROM disclosure",
        "DELETE FROM predicate_ask",
        "DELETE FROM erasure",
        "UPDATE delegation SET in_all_yen = 1",
        "DELETE FROM delegation_use",
        "UPDATE delegation_use SET yen = 0",
        "DELETE FROM delegation_return",
        "DELETE FROM delegation_refusal",
        "UPDATE delegation_refusal SET code = ''",
        "DELETE FROM delegation_end",
        "UPDATE membership_term SET grade = 'x'",
        "DELETE FROM membership_end",
    ],
)
def test_what_was_written_of_people_is_not_rewritten(office: Office, sql: LiteralString) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege), office.write() as tx:
        tx.execute(sql)


@pytest.mark.parametrize(
    "sql", ["SELECT wrapped FROM subject_key", "SELECT hash FROM personal_index"]
)
def test_an_auditor_sees_no_key(office: Office, sql: LiteralString) -> None:
    with (
        pytest.raises(psycopg.errors.InsufficientPrivilege),
        office.database.snapshot(office.operator) as tx,
    ):
        tx.rows(sql)


def test_a_my_number_is_kept_nowhere(office: Office) -> None:
    bad = Details("1234-5678-9018", "ヤマダ")
    with pytest.raises(MyNumberRefused), office.write() as tx:
        personal.write(tx, office.key, office.clock, LOOK, HANAKO, details=bad)
    with office.database.read(office.operator) as tx:
        assert tx.rows("SELECT count(*) FROM subject_key") == [(0,)]
