"""``ichimai holder`` and ``ichimai import``: the registry by hand, each step by its command."""

import csv
import json
import stat
from collections.abc import Iterator
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import psycopg
import pytest

from ichimai import audit, ledger, programs, registry
from ichimai import people as people_of
from ichimai.benchmark import bench_town
from ichimai.kernel import ids
from ichimai.kernel.clock import end_of_day
from ichimai.ledger import OperationId
from ichimai.ledger.model import Grant, Role
from ichimai.people import records
from ichimai.people.records.consents import How
from ichimai.people.records.offers import OfferId
from ichimai.people.records.personal import Details
from ichimai.registry import RegistryKey, SubjectId
from ichimai.registry.model import IssuedCard
from ichimai.storage import REGISTRY, EmbeddedServer
from tests.acceptance.commands import Done, folder, ichimai, installed, refused, right

PASSWORD: Final = "a-long-password-for-tests"
SECTOR: Final = "131164"
STAFF: Final = {"sato": "officer", "abe": "clerk", "mori": "registrar", "kato": "registrar"}


@pytest.fixture(scope="module")
def path() -> Iterator[Path]:
    """A folder with an empty town and its staff."""
    with folder() as path:
        right("migrate", data=path)
        for name, role in STAFF.items():
            right("staff", "add", name, role, data=path, ICHIMAI_PASSWORD=PASSWORD)
        yield path


def by(name: str, *words: str, data: Path) -> Done:
    """Run a command as somebody of the staff."""
    return ichimai(*words, "--as", name, data=data, ICHIMAI_PASSWORD=PASSWORD)


def done_by(name: str, *words: str, data: Path) -> Done:
    done = by(name, *words, data=data)
    assert done.code == 0, done.out + done.err
    return done


def people(path: Path, count: int) -> tuple[list[IssuedCard], list[SubjectId]]:
    """People with a printed card each."""
    with installed(path) as parts, parts.database.write(REGISTRY) as tx:
        cards = registry.cards.new_cards(tx, parts.key, parts.clock, count)
        holders = [card.holder for card in cards]
        return cards, registry.holders.subjects(tx, parts.clock, SECTOR, holders)


def who(path: Path, code: str) -> SubjectId | None:
    """Whose card it is now, if it is accepted."""
    with installed(path) as parts, parts.database.read(REGISTRY) as tx:
        (card,) = registry.resolve(tx, parts.key, SECTOR, [code])
    return None if card is None or card.is_stopped else card.subject


def test_a_person_is_shown_and_their_cards_are_stopped(path: Path) -> None:
    """By card or by subject, the same; without the hash, the holder and the card's own id."""
    (card,), (subject,) = people(path, 1)
    why = ("--purpose", "enquiry", "--note", "telephone")
    shown = done_by("abe", "holder", "show", card.code.lower(), *why, data=path)
    assert shown.out == done_by("abe", "holder", "show", str(subject), *why, data=path).out
    assert f"subject {subject}" in shown.out
    assert "printed_qr active" in shown.out
    for secret in (card.code, str(card.holder), str(card.credential)):
        assert secret not in shown.out
    found = done_by("abe", "holder", "show", str(subject), "--json", *why, data=path).last
    assert found["subject"] == str(subject)
    assert [each["status"] for each in found["cards"]] == ["active"]
    assert "1 cards stopped" in done_by("sato", "holder", "stop", card.code, data=path).out
    assert who(path, card.code) is None
    one = ("--card", found["cards"][0]["reference"])
    assert "1 cards stopped" in done_by("sato", "holder", "stop", str(subject), *one, data=path).out


def test_stops_go_to_a_device_by_file(path: Path, tmp_path: Path) -> None:
    """What was stopped since, signed; a gap, an older file and a changed one are refused."""
    (card, other), _ = people(path, 2)
    device = tmp_path / "device"

    def written(name: str, after: int) -> tuple[Path, dict[str, Any]]:
        file = tmp_path / name
        words = ("stops", "write", str(file), "--after", str(after), "--json")
        return file, right(*words, data=path).last

    def take(file: Path, *more: str) -> Done:
        return ichimai("stops", "take", str(file), "--into", str(device), *more)

    begin, told = written("begin", 0)
    assert "File exists" in ichimai("stops", "write", str(begin), data=path).err
    assert take(begin).code == 2
    assert take(begin, "--key", "no key").code == 2
    assert take(begin, "--key", told["key"]).code == 0
    done_by("sato", "holder", "stop", card.code, data=path)
    next_, more = written("next", told["up_to"])
    done_by("sato", "holder", "stop", other.code, data=path)
    last, most = written("last", more["up_to"])
    assert (more["cards"], most["cards"]) == (1, 1)
    kept = device.read_bytes()
    changed = tmp_path / "changed"
    changed.write_bytes(next_.read_bytes().replace(b'"payload":"', b'"payload":"e30g'))
    for file, code in ((last, "stops_missing"), (changed, "stops_not_signed")):
        assert code in take(file).err
        assert device.read_bytes() == kept
    assert f"--after {told['up_to']}" in take(last).err
    for file in (next_, last, last):
        assert take(file).code == 0
    assert "stops_outdated" in take(next_).err
    assert "invalid_stops" in take(device).err
    assert len(json.loads(device.read_bytes())["stopped"]) == told["cards"] + 2


def test_who_was_shown_can_read_who_looked_and_why(path: Path) -> None:
    (card,), (subject,) = people(path, 1)
    why = ("--purpose", "incident", "--note", "reader broken")
    done_by("abe", "holder", "show", card.code, *why, data=path)
    with installed(path) as parts, parts.database.read(parts.operator) as tx:
        (look,) = audit.of_subject(tx, audit.Myself(subject))
    assert (look.role, look.purpose, look.note) == ("clerk", "incident", "reader broken")
    assert (look.what, look.is_change) == ("cards", False)
    told = right("verify", "--json", data=path).last
    assert told["access_entries"] == look.number
    as_owner(path, "UPDATE access_entry SET note = 'nothing' WHERE note = 'reader broken'")
    wrong, shown = ichimai("verify", "--json", data=path), ichimai("verify", data=path)
    as_owner(path, "UPDATE access_entry SET note = 'reader broken' WHERE note = 'nothing'")
    assert (wrong.code, shown.code) == (1, 1)
    assert wrong.last["record"].startswith(f"access log entry {look.number} ")
    assert shown.out.startswith(f"wrong: access log entry {look.number} ")
    right("verify", data=path)


def as_owner(path: Path, statement: str) -> None:
    """Run a statement as the superuser of the folder's database."""
    url = EmbeddedServer(path).url
    with psycopg.connect(url, options="-c search_path=op_131164") as connection:
        assert connection.execute(statement.encode()).rowcount > 0


def test_what_is_mistyped_or_unknown_is_one_line(path: Path) -> None:
    nobody = "00000000-0000-4000-8000-000000000000"
    for words, code in (
        (("holder", "show", "ABCD", "--purpose", "card"), "mistyped_code"),
        (("holder", "show", "0000-0000-0000-0000-0", "--purpose", "card"), "unknown_credential"),
        (("holder", "show", nobody, "--purpose", "because"), "unknown_purpose"),
        (("holder", "stop", nobody), "unknown_holder"),
    ):
        refused(by("abe", *words, data=path), code)
    refused(ichimai("holder", "rotate-key", data=path), "no_key_to_rotate_to")


def test_two_people_make_one_of_two_holders_and_two_of_one(path: Path) -> None:
    """A clerk asks, a registrar approves, nobody approves their own; then it is taken back."""
    cards, subjects = people(path, 2)
    because = ("--reason", "enrolled twice, papers seen")
    ask = ("holder", "merge", cards[0].code, cards[1].code, *because)
    refused(by("sato", *ask, data=path), "sign_in_refused")
    own = done_by("mori", *ask, data=path).out.split()[0]
    assert by("mori", "holder", "approve", own, data=path).code == 1
    assert who(path, cards[1].code) == subjects[1]
    request = done_by("abe", *ask, data=path).out.split()[0]
    done = done_by("kato", "holder", "approve", request, "--json", data=path).last
    assert done == {
        "change": request,
        "told": [{"sector": SECTOR, "kept": str(subjects[0]), "merged": str(subjects[1])}],
    }
    assert who(path, cards[1].code) == subjects[0]
    assert by("kato", "holder", "approve", request, data=path).code == 1
    request = done_by("abe", "holder", "split", done["change"], *because, data=path).out.split()[0]
    told = done_by("kato", "holder", "approve", request, data=path).out
    assert f"{SECTOR}: {subjects[0]} (kept) and {subjects[1]} (merged)" in told
    assert [who(path, card.code) for card in cards] == subjects


def test_what_a_person_has_moves_with_them(path: Path) -> None:
    """Shown before it is approved; and back again."""
    cards, subjects = people(path, 2)
    with installed(path) as parts, parts.database.write(parts.operator) as tx:
        programs.lists.open_program(tx, parts.clock, bench_town.PROGRAM)
        gift = Grant(
            operation=OperationId(ids.uuid7(parts.clock)),
            wallet=subjects[1],
            funder=programs.funding.funder_id(bench_town.PROGRAM),
            asset=bench_town.PROGRAM.key,
            units=300,
            expires_at=end_of_day(date(2099, 12, 31)),
        )
        ledger.post(tx, parts.clock, [gift])
    key = bench_town.PROGRAM.key
    ask = ("holder", "merge", cards[0].code, cards[1].code, "--reason", "enrolled twice")
    request = done_by("abe", *ask, data=path).out.split()[0]
    assert done_by("kato", "holder", "moving", request, data=path).out == f"moves {key} 300\n"
    change = done_by("kato", "holder", "approve", request, "--json", data=path).last["change"]
    with installed(path) as parts, parts.database.read(parts.operator) as tx:
        assert ledger.reports.balances(tx, Role.WALLET, key) == {subjects[0]: 300}
    back = ("holder", "split", change, "--reason", "somebody else")
    request = done_by("abe", *back, data=path).out.split()[0]
    would = done_by("kato", "holder", "moving", request, "--json", data=path).last
    assert would == {"moves": {key: 300}, "stays": {}, "doubles": []}
    done_by("kato", "holder", "approve", request, data=path)
    with installed(path) as parts, parts.database.read(parts.operator) as tx:
        assert ledger.reports.balances(tx, Role.WALLET, key) == {subjects[1]: 300}
    nothing = "00000000-0000-7000-8000-000000000000"
    refused(by("kato", "holder", "moving", nothing, data=path), "unknown_two_person_request")


def test_old_cards_are_taken_over_and_retired(path: Path, tmp_path: Path) -> None:
    """A library says what its numbers look like, its list is checked and taken, its day comes."""
    scheme = ("import", "scheme", "toshima-library", "--symbology", "nw7", "--length", "8")
    done_by("sato", *scheme, data=path)
    done_by("sato", *scheme, data=path)
    refused(by("sato", *scheme, "--frame", "AB", data=path), "scheme_taken")
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    good.write_text(
        "カード番号,有効期限\nA00000001A,令和20年3月31日\n00000002,\n", encoding="cp932"
    )
    bad.write_text("number\n00000001\n1\n00000001\n", encoding="utf-8")
    cards = ("import", "cards", "--scheme", "toshima-library")
    wrong = by("sato", *cards, str(bad), data=path)
    assert wrong.code == 1
    assert [line.split(":")[0] for line in wrong.err.splitlines()] == [
        "row 3 number",
        "row 4 number",
        "2 errors; nothing was written",
    ]
    assert done_by("sato", *cards, str(good), "--check", data=path).out == "2 cards\n"
    table = tmp_path / "subjects.csv"
    took = done_by("sato", *cards, str(good), "--subjects", str(table), data=path)
    assert took.out == "2 cards of 2 new holders; 0 known before\n"
    assert stat.S_IMODE(table.stat().st_mode) == 0o600
    rows = list(csv.DictReader(table.read_text(encoding="utf-8").splitlines()))
    assert [row["row"] for row in rows] == ["2", "3"]
    again = done_by("sato", *cards, str(good), data=path)
    assert again.out == "0 cards of 0 new holders; 2 known before\n"
    shown = done_by("abe", "holder", "show", rows[0]["subject"], "--purpose", "list", data=path).out
    assert "old_card toshima-library active" in shown
    assert "until 2038-03-31 15:00 UTC" in shown
    retire = ("import", "retire", "toshima-library", "--last-day", "2026-01-31")
    done_by("sato", *retire, data=path)
    for row in rows:
        assert "old_card toshima-library expired" in (
            done_by("abe", "holder", "show", row["subject"], "--purpose", "list", data=path).out
        )
    refused(by("sato", "import", "retire", "museum", data=path), "unknown_scheme")
    UUID(rows[1]["subject"])


def test_facts_are_taken_from_a_list(path: Path, tmp_path: Path) -> None:
    """Checked, taken, asked for, and taken again; a wrong list is told by row and column."""
    _, (taro, hanako) = people(path, 2)
    with installed(path) as parts, parts.database.write(parts.operator) as tx:
        programs.lists.link(tx, [("7", taro), ("8", hanako)])
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    head = "宛名番号,内容,値,いつから,いつまで\r\n"
    rows = "7,生年月日,昭和25年3月5日,,\r\n7,住民となった日,R2.4.1,,\r\n8,在勤,はい,,\r\n"
    good.write_text(head + rows, encoding="cp932", newline="")
    bad.write_text(f"{head}7,地区,=1+1,,\n9,在勤,はい,,\n", encoding="utf-8-sig")
    words = ("import", "claims", "--list", "住民記録 10月")
    refused(by("abe", *words, str(good), data=path), "sign_in_refused")
    wrong = by("sato", *words, str(bad), data=path)
    assert wrong.code == 1
    assert [line.rsplit(":", 1)[0] for line in wrong.err.splitlines()][:1] == ["row 2 value"]
    nobody = tmp_path / "nobody.csv"
    nobody.write_text(f"{head}9,在勤,はい,,\n", encoding="utf-8")
    assert (
        "row 2 recipient_number: unknown_recipient"
        in by("sato", *words, str(nobody), data=path).err
    )
    left_out = done_by("sato", *words, str(nobody), "--skip-unknown", data=path)
    assert left_out.out == "1 rows, 1 left out; 0 people's facts changed\n"
    my_number = ("import", "claims", "--list", "123456789018", str(good))
    refused(by("sato", *my_number, data=path), "my_number_refused")
    told = done_by("sato", *words, str(good), "--check", data=path).out
    assert told == "3 rows, 0 left out\n"
    taken = done_by("sato", *words, str(good), data=path).out
    assert taken == "3 rows, 0 left out; 2 people's facts changed\n"
    again = done_by("sato", *words, str(good), data=path).out
    assert again == "3 rows, 0 left out; 0 people's facts changed\n"
    with installed(path) as parts, parts.database.write(parts.operator) as tx:
        asks = ("age>=65", "resident")
        answers = people_of.records.predicates.ask(
            tx, parts.personal_key, parts.clock, taro, asks, service=None
        )
        (look,) = audit.of_subject(tx, audit.Myself(taro))
    assert answers == {"age>=65": True, "resident": True}
    assert (look.role, look.purpose, look.note) == ("officer", "list", "住民記録 10月")


def test_the_key_is_changed_and_every_card_works(path: Path) -> None:
    """Add, restart, rotate; the file grows by a line and says nothing of it on the screen."""
    cards, subjects = people(path, 3)
    key_file = path / "registry.key"
    before = RegistryKey.load(key_file)
    added = right("holder", "rotate-key", "--add", data=path)
    assert added.out.startswith("2 keys in ")
    refused(ichimai("holder", "rotate-key", "--add", data=path), "rotation_unfinished")
    assert [who(path, card.code) for card in cards] == subjects
    rotated = right("holder", "rotate-key", data=path)
    assert rotated.out == "all numbers are hashed with the newest key\n"
    after = RegistryKey.load(key_file)
    assert (after.secret, after.generation) == (before.secret, 1)
    for key in (after.secret, *after.added):
        assert key.hex() not in added.out + added.err + rotated.out + rotated.err
    assert [who(path, card.code) for card in cards] == subjects
    refused(ichimai("holder", "rotate-key", data=path), "no_key_to_rotate_to")


def test_consents_are_offered_from_a_file_replaced_and_ended(path: Path, tmp_path: Path) -> None:
    """By an officer; what is wrong in the file is named by line and field."""
    with resources.as_file(resources.files("ichimai.towns") / "toshima/consents.toml") as file:
        text = file.read_text("utf-8")
    own = tmp_path / "own.toml"
    own.write_text(text, "utf-8")
    refused(by("abe", "consent", "offer", str(own), data=path), "sign_in_refused")
    offer = ("consent", "offer", str(own), "--json")
    first = done_by("sato", *offer, data=path).last["offers"]
    assert [each["service"] for each in first] == ["health-points", "library"]
    assert done_by("sato", *offer, data=path).last["offers"] == first
    own.write_text(text.replace('version = "1"', 'version = "2"', 1), "utf-8")
    second = done_by("sato", *offer, data=path).last["offers"]
    assert sorted(each["text_version"] for each in second) == ["1", "2"]
    own.write_text(text.replace("legal_basis =", "basis =", 1), "utf-8")
    wrong = by("sato", "consent", "offer", str(own), data=path)
    line = text.splitlines().index('legal_basis = "appi_69_2_1"') + 1
    assert f"own.toml:{line}: offer[0].basis: unknown_field" in wrong.err
    done_by("sato", "consent", "end", second[0]["offer"], data=path)
    (left,) = right("consent", "list", "--json", data=path).last["offers"]
    assert left == second[1]
    assert left["purpose"] in right("consent", "list", data=path).out


def test_what_people_agreed_to_goes_to_an_office_as_a_file(path: Path, tmp_path: Path) -> None:
    """Of two who agreed, one took it back: the file has one line, and each reads what went."""
    with resources.as_file(resources.files("ichimai.towns") / "toshima/consents.toml") as toml:
        offer = ("consent", "offer", str(toml), "--json")
        wanted = done_by("sato", *offer, data=path).last["offers"][0]["offer"]
    _, (hanako, taro) = people(path, 2)
    given: dict[SubjectId, records.consents.ConsentId] = {}
    with installed(path) as parts, parts.database.write(parts.operator) as tx:
        for subject in (hanako, taro):
            by_self = audit.Myself(subject)
            details = Details(f"名{subject.int % 7}", "メイ", "0312345678", "x@example.jp")
            args = (tx, parts.personal_key, parts.clock, by_self, subject)
            records.personal.write(*args, details=details)
            given[subject] = records.offers.accept(tx, parts.clock, by_self, OfferId(UUID(wanted)))
        consent, me = given[taro], audit.Myself(taro)
        records.consents.withdraw(tx, parts.clock, me, taro, consent=consent, how=How.MY_PAGE)
    file = tmp_path / "prizes.csv"
    words = ("consent", "hand-over", wanted, str(file))
    refused(by("abe", *words, data=path), "sign_in_refused")
    assert "1 people, for 健康ポイント事務局" in done_by("sato", *words, data=path).out
    assert file.read_text("utf-8-sig") == f"氏名,電話番号\n名{hanako.int % 7},0312345678\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "File exists" in by("sato", *words, data=path).err
    nothing = ("consent", "hand-over", str(hanako), str(tmp_path / "other"))
    assert by("sato", *nothing, data=path).code == 2
    with installed(path) as parts, parts.database.read(parts.operator) as tx:
        for subject, count in ((hanako, 1), (taro, 0)):
            me = audit.Myself(subject)
            assert len(records.disclosures.mine(tx, me)) == count
            told = [(each.what, each.note) for each in audit.of_subject(tx, me)]
            assert told == [("disclosure", "健康ポイントの景品を送る")] * count


def test_a_file_that_breaks_off_is_not_left(path: Path, tmp_path: Path) -> None:
    """A name that CP932 has not: nobody takes half a list for the whole one."""
    with resources.as_file(resources.files("ichimai.towns") / "toshima/consents.toml") as toml:
        offer = ("consent", "offer", str(toml), "--json")
        wanted = done_by("sato", *offer, data=path).last["offers"][0]["offer"]
    _, (ken,) = people(path, 1)
    with installed(path) as parts, parts.database.write(parts.operator) as tx:
        by_self = audit.Myself(ken)
        args = (tx, parts.personal_key, parts.clock, by_self, ken)
        records.personal.write(*args, details=Details("𠮷田", "ヨシダ", "0312345678"))
        records.offers.accept(tx, parts.clock, by_self, OfferId(UUID(wanted)))
    file = tmp_path / "prizes.csv"
    broken = by("sato", "consent", "hand-over", wanted, str(file), "--cp932", data=path)
    assert broken.code == 1
    assert "unmappable_text" in broken.err
    assert not file.exists()
