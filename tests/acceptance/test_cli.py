"""The command itself, in processes of its own: a demo, a town by hand, backups, and mistakes."""

import hashlib
import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import psycopg
import pytest

from ichimai import __version__, ledger, merchants, programs
from ichimai.app import Installation, Settings
from ichimai.kernel import ids
from ichimai.ledger import OperationId
from ichimai.programs.model import GrantListId
from ichimai.storage import EmbeddedServer
from tests.acceptance.faults.town import ICHIMAI, environment
from tools import reference

PASSWORD: Final = "a-long-password-for-tests"
SMALL: Final = ("--residents", "300", "--days", "8", "--no-serve", "--json")
FIGURES: Final = {
    "residents", "recipients", "associations", "shops", "shops_accepting", "granted_yen",
    "paid_yen", "refunded_yen", "expired_yen", "outstanding_yen", "payable_yen", "paid_out_yen",
    "zengin_files", "transfers", "verified", "seconds",
}  # fmt: skip


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def last(self) -> Any:  # noqa: ANN401 - whatever the JSON is
        """The last line of the standard output, read as JSON."""
        return json.loads(self.out.splitlines()[-1])


def ichimai(*words: str, data: Path | None = None, **settings: str) -> Done:
    """Run the command on a data folder."""
    more = [] if data is None else ["--data", str(data)]
    done = subprocess.run(
        [ICHIMAI, *words, *more],
        check=False,
        timeout=300,
        capture_output=True,
        stdin=subprocess.DEVNULL,
        env=environment(**settings),
    )
    return Done(done.returncode, done.stdout.decode(), done.stderr.decode())


def right(*words: str, data: Path | None = None, **settings: str) -> Done:
    """Run the command, which has to succeed."""
    done = ichimai(*words, data=data, **settings)
    assert done.code == 0, done.out + done.err
    return done


@contextmanager
def folder() -> Iterator[Path]:
    """A data folder whose database runs until the end, so that commands need not start it."""
    path = Path(tempfile.mkdtemp(prefix="ichimai-cli-"))
    try:
        with EmbeddedServer(path) as server:
            sockets = server.sockets
            yield path
        shutil.rmtree(sockets)
    finally:
        shutil.rmtree(path)


@dataclass(frozen=True)
class Demo:
    """A demo's folder and what it said."""

    path: Path
    summary: dict[str, Any]


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    """A small demo, made by the command."""
    with folder() as path:
        yield Demo(path, right("demo", *SMALL, data=path).last)


def test_a_demo_says_what_its_month_came_to(demo: Demo) -> None:
    """Granted = paid - refunded + expired + outstanding; what was paid is payable or paid out."""
    found = demo.summary
    assert set(found) == FIGURES
    assert found["residents"] == 300
    assert (found["associations"], found["shops"]) == (90, 4_359)
    assert 0 < found["recipients"] <= found["residents"]
    assert 0 < found["shops_accepting"] < found["shops"]
    spent = found["paid_yen"] - found["refunded_yen"]
    assert found["granted_yen"] == spent + found["expired_yen"] + found["outstanding_yen"]
    assert spent == found["payable_yen"] + found["paid_out_yen"]
    assert found["granted_yen"] > found["paid_yen"] > 0
    assert found["zengin_files"] == len(list((demo.path / "payouts").iterdir())) > 0
    assert found["verified"] is True


def test_a_demo_writes_who_may_sign_in(demo: Demo) -> None:
    file = demo.path / "demo.json"
    assert file.stat().st_mode & 0o077 == 0
    found = json.loads(file.read_text(encoding="utf-8"))
    assert list(found) == ["base_url", "operator", "terminals", "cards", "staff"]
    assert (found["base_url"], found["operator"]) == ("http://127.0.0.1:8000", "131164")
    assert len(found["terminals"]) == demo.summary["shops"]
    for terminal in found["terminals"]:
        assert list(terminal) == ["shop", "association", "accepts_gift_vouchers", "token"]
    accepting = [one for one in found["terminals"] if one["accepts_gift_vouchers"]]
    assert len(accepting) == demo.summary["shops_accepting"]
    assert len(set(found["cards"])) == demo.summary["recipients"]
    assert [list(one) for one in found["staff"]] == [["name", "role", "password"]] * 4
    assert [one["role"] for one in found["staff"]] == "officer approver treasurer auditor".split()


def test_what_a_demo_wrote_opens_its_doors(demo: Demo) -> None:
    """A card that is in the file pays at a till that is in it, now, by the machine's clock."""
    found = json.loads((demo.path / "demo.json").read_text(encoding="utf-8"))
    token = next(one["token"] for one in found["terminals"] if one["accepts_gift_vouchers"])
    with installed(demo.path) as parts:
        answers = parts.desk.serve(
            [
                programs.PaymentRequest(
                    id=OperationId(ids.uuid7(parts.clock)), token=token, credential=card, units=1
                )
                for card in found["cards"]
            ]
        )
    paid = [answer for answer in answers if isinstance(answer, ledger.Posted)]
    assert len(paid) > len(answers) / 2  # some cards were lost, and some gifts are spent
    assert right("verify", "--json", data=demo.path).last["verified"] is True


def test_a_second_demo_in_a_folder_finds_the_town_there(demo: Demo) -> None:
    file = (demo.path / "demo.json").read_bytes()
    before = right("verify", "--json", data=demo.path).last
    again = right("demo", *SMALL, data=demo.path).last
    same = ("granted_yen", "paid_out_yen", "recipients", "shops", "zengin_files")
    assert {name: again[name] for name in same} == {name: demo.summary[name] for name in same}
    assert right("verify", "--json", data=demo.path).last == before
    assert (demo.path / "demo.json").read_bytes() == file


def test_the_same_seed_makes_the_same_month(demo: Demo) -> None:
    began = date.fromtimestamp((demo.path / "demo.json").stat().st_mtime)
    with folder() as path:
        again = right("demo", *SMALL, data=path).last
        ended = date.fromtimestamp((path / "demo.json").stat().st_mtime)
    if began == ended:  # the month ends today: at midnight it is another one
        assert {**again, "seconds": 0} == {**demo.summary, "seconds": 0}


def test_verify_says_what_is_right(demo: Demo) -> None:
    found = right("verify", "--json", data=demo.path).last
    assert found["verified"] is True
    assert found["transfers"] >= demo.summary["transfers"]
    assert f"head {found['head']}" in right("verify", data=demo.path).out


@pytest.mark.parametrize(
    "tampering,undoing,record",
    [
        (
            "UPDATE transfer SET units = units + 1 WHERE number = 5",
            "UPDATE transfer SET units = units - 1 WHERE number = 5",
            "block 1 (transfers 1 to ",
        ),
        (
            "UPDATE account SET balance = balance + 1 WHERE role = 5",
            "UPDATE account SET balance = balance - 1 WHERE role = 5",
            "balance and asset of account ",
        ),
        (
            "UPDATE block SET recorded_at = recorded_at + interval '1 s' WHERE sequence = 2",
            "UPDATE block SET recorded_at = recorded_at - interval '1 s' WHERE sequence = 2",
            "block 2 ",
        ),
        (
            "UPDATE lot SET expires_at = expires_at + interval '1 day'",
            "UPDATE lot SET expires_at = expires_at - interval '1 day'",
            "lot ",
        ),
    ],
)
def test_verify_names_the_first_record_that_was_tampered_with(
    demo: Demo, tampering: str, undoing: str, record: str
) -> None:
    """By the database's own owner, past every right that the product has."""
    as_owner(demo.path, tampering)
    try:
        told = ichimai("verify", "--json", data=demo.path)
        shown = ichimai("verify", data=demo.path)
    finally:
        as_owner(demo.path, undoing)
    assert (told.code, shown.code) == (1, 1)
    assert told.last["verified"] is False
    assert told.last["record"].startswith(record)
    assert told.last["expected"] != told.last["found"]
    assert shown.out.startswith(f"wrong: {told.last['record']}")
    right("verify", data=demo.path)


def as_owner(path: Path, statement: str) -> None:
    """Run a statement as the superuser of the folder's database."""
    url = EmbeddedServer(path).url
    with psycopg.connect(url, options="-c search_path=op_131164") as connection:
        assert connection.execute(statement.encode()).rowcount > 0


@contextmanager
def installed(path: Path) -> Iterator[Installation]:
    """The parts of the product on a folder, in this process."""
    parts = Installation(Settings(data=path))
    try:
        yield parts
    finally:
        parts.database.close()


ROWS: Final = (
    "宛名番号,氏名,カナ,生年月日,事由,婚姻日,夫婦番号",
    "1,豊島 太郎,トシマ タロウ,{born},喜寿,,",
    "2,巣鴨 花,スガモ ハナ,{born},喜寿,,",
)


def test_a_town_by_hand_from_its_tables_to_a_restored_backup(tmp_path: Path) -> None:
    """Load, employ, grant, sell, close, pay out, back up, restore: each by its command."""
    with folder() as path:
        right("town", "load", "toshima", "--made-up-shops", data=path)
        for name, role in (("sato", "officer"), ("suzuki", "approver"), ("mori", "treasurer")):
            right("staff", "add", name, role, data=path, ICHIMAI_PASSWORD=PASSWORD)
        list_id = granted_by_hand(path, tmp_path)
        sell(path, list_id)
        paid_out_by_hand(path, tmp_path)
        before = right("verify", "--json", data=path).last
        backup = tmp_path / "town.ichimai"
        assert before["head"] in right("backup", str(backup), data=path).out
        refused(ichimai("backup", str(backup), data=path), "backup_exists")
        with folder() as other:
            shutil.copy(path / "registry.key", other / "registry.key")
            assert before["head"] in right("restore", str(backup), data=other).out
            assert right("verify", "--json", data=other).last == before
            refused(ichimai("restore", str(backup), data=other), "database_not_empty")


def granted_by_hand(path: Path, tmp_path: Path) -> GrantListId:
    """Check, submit and approve a list; every wrong person is refused on the way."""
    with installed(path) as parts, parts.database.read(parts.operator) as tx:
        (reason,) = (r for r in programs.lists.all_programs(tx)[0].reasons if r.name == "喜寿")
    file, bad = tmp_path / "list.csv", tmp_path / "bad.csv"
    born = reason.rule.window().first.isoformat()
    file.write_text("\n".join(ROWS).format(born=born), encoding="utf-8")
    bad.write_text("\n".join(ROWS).format(born="1999-01-01"), encoding="utf-8")
    assert "2 rows, 20,000 yen" in right("grant", "check", str(file), data=path).out
    wrong = ichimai("grant", "check", str(bad), data=path)
    assert (wrong.code, len(wrong.err.splitlines())) == (1, 3)
    assert wrong.err.startswith("row 2 birth_date: outside_window")
    submit = ("grant", "submit", str(file), "--as")
    refused(ichimai(*submit, "sato", data=path, ICHIMAI_PASSWORD="wrong"), "sign_in_refused")
    refused(ichimai(*submit, "suzuki", data=path, ICHIMAI_PASSWORD=PASSWORD), "sign_in_refused")
    submitted = right(*submit, "sato", data=path, ICHIMAI_PASSWORD=PASSWORD)
    list_id = submitted.out.split()[0]
    approve = ("grant", "approve", list_id, "--as")
    refused(ichimai(*approve, "sato", data=path, ICHIMAI_PASSWORD=PASSWORD), "sign_in_refused")
    refused(ichimai("grant", "post", list_id, data=path), "grant_list_not_approved")
    approved = right(*approve, "suzuki", data=path, ICHIMAI_PASSWORD=PASSWORD)
    assert approved.out == "2 rows posted, 0 granted before\n"
    again = ichimai(*approve, "suzuki", data=path, ICHIMAI_PASSWORD=PASSWORD)
    refused(again, "grant_list_decided")
    assert "2 rows posted" in right("grant", "post", list_id, data=path).out
    assert "granted_before" in ichimai("grant", "check", str(file), data=path).err
    return GrantListId(UUID(list_id))


def sell(path: Path, list_id: GrantListId) -> None:
    """Spend 1,234 yen of the first gift; cards and tills are the console's, not the command's."""
    with installed(path) as parts:
        card = programs.cards.print_cards(parts.desk, list_id)[0]
        with parts.database.write(parts.operator) as tx:
            takes = {
                one.number
                for one in merchants.directory.associations(tx)
                if one.accepts_gift_vouchers
            }
            shops = merchants.directory.shops(tx, limit=None)
            shop = next(shop for shop in shops if shop.association in takes)
            (till,) = merchants.tills.enrol_directly(tx, parts.clock, [shop.id])
        request = programs.PaymentRequest(
            id=OperationId(ids.uuid7(parts.clock)),
            token=till.token,
            credential=card.code,
            units=1_234,
        )
        (answer,) = parts.desk.serve([request])
        assert isinstance(answer, ledger.Posted), answer


def paid_out_by_hand(path: Path, tmp_path: Path) -> None:
    """Close the week and pay it out, approved by a second person."""

    def as_(name: str, *words: str) -> Done:
        return ichimai(*words, "--as", name, data=path, ICHIMAI_PASSWORD=PASSWORD)

    refused(as_("sato", "close"), "sign_in_refused")
    closed = as_("mori", "close")
    assert (closed.code, "week to" in closed.out) == (0, True), closed.err
    refused(as_("mori", "close"), "already_closed")
    made = as_("mori", "payout", "make")
    assert "1,234 yen to 1 shops" in made.out, made.err
    batch = made.out.split()[0]
    to_folder = ("payout", "file", batch, "--folder", str(tmp_path))
    refused(as_("mori", *to_folder), "wrong_state")
    refused(as_("mori", "payout", "approve", batch), "same_person")
    assert as_("suzuki", "payout", "approve", batch).out == f"{batch}  approved\n"
    first, second = as_("mori", *to_folder), as_("mori", *to_folder)
    assert "copy 1" in first.out, first.err
    assert "再送" not in first.out
    assert "copy 2  再送" in second.out, second.err
    name, digest = first.out.split()[:2]
    assert second.out.split()[:2] == [name, digest]
    assert hashlib.sha256(Path(name).read_bytes()).hexdigest() == digest


def refused(done: Done, code: str) -> None:
    """One clear line that begins with the code, and exit code 1."""
    assert done.code == 1, done.out + done.err
    assert done.err.startswith(f"{code}: "), done.err
    assert len(done.err.splitlines()) == 1


def test_a_town_is_shown_without_a_database() -> None:
    shown = right("town", "show", "toshima").out
    assert shown.startswith("131164 豊島区 ")
    for word in ("longevity-gift", "喜寿", "米寿", "金婚", "10,000 yen"):
        assert word in shown


def test_every_command_explains_itself() -> None:
    """Also the groups, and the command alone."""
    commands = [name.split() for name in reference.commands()]
    groups = [list(words) for words in {tuple(words[:-1]) for words in commands}]
    with ThreadPoolExecutor(4) as pool:
        shown = list(pool.map(lambda words: ichimai(*words, "--help"), [*commands, *groups]))
    assert len(shown) > 15
    for one in shown:
        assert (one.code, one.err) == (0, "")
        assert "Usage: ichimai" in one.out


def test_the_version_is_told() -> None:
    assert right("--version").out.strip() == __version__


@pytest.mark.parametrize("words", [["fly"], ["verify", "--fast"], ["demo", "--days", "0"]])
def test_what_is_not_understood_ends_with_2(words: list[str]) -> None:
    assert ichimai(*words).code == 2


def test_a_data_folder_that_is_a_file_is_said_so(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    for path in (file, file / "below"):
        for words in (["verify"], ["demo", "--no-serve"], ["migrate"]):
            said_in_one_line(ichimai(*words, data=path), str(path))


def test_a_town_that_nobody_knows_is_said_so(tmp_path: Path) -> None:
    refused(ichimai("town", "show", "atlantis"), "unknown_town")
    refused(ichimai("town", "load", "atlantis", data=tmp_path / "none"), "unknown_town")
    assert not (tmp_path / "none").exists()


def test_a_file_that_is_not_there_is_said_so(demo: Demo, tmp_path: Path) -> None:
    missing = str(tmp_path / "list.csv")
    said_in_one_line(ichimai("grant", "check", missing, data=demo.path), missing)
    refused(ichimai("restore", missing, data=demo.path), "backup_refused")


def test_a_database_that_does_not_answer_is_said_so(tmp_path: Path) -> None:
    nowhere = f"postgresql://nobody@/nothing?host={tmp_path}"
    done = ichimai("verify", data=tmp_path, ICHIMAI_DATABASE_URL=nowhere)
    refused(done, "database_unavailable")


def test_a_wrong_password_and_a_wrong_name_are_told_alike(demo: Demo) -> None:
    told = [
        ichimai("close", "--as", name, data=demo.path, ICHIMAI_PASSWORD="wrong")
        for name in ("treasurer", "nobody")
    ]
    refused(told[0], "sign_in_refused")
    assert told[0] == told[1]


def test_a_list_or_batch_that_is_not_there_is_said_so(demo: Demo) -> None:
    nowhere = "01890000-0000-7000-8000-000000000000"
    refused(ichimai("grant", "post", nowhere, data=demo.path), "unknown_grant_list")
    found = json.loads((demo.path / "demo.json").read_text(encoding="utf-8"))
    password = found["staff"][2]["password"]
    words = ("payout", "approve", nowhere, "--as", "treasurer")
    done = ichimai(*words, data=demo.path, ICHIMAI_PASSWORD=password)
    refused(done, "unknown_batch")


def test_a_town_is_not_loaded_over_another(demo: Demo) -> None:
    before = right("verify", "--json", data=demo.path).last
    refused(ichimai("town", "load", "toshima", data=demo.path), "already_registered")
    assert right("verify", "--json", data=demo.path).last == before


def said_in_one_line(done: Done, what: str) -> None:
    """One line that names what is wrong, exit code 1, and no traceback."""
    assert done.code == 1, done.out + done.err
    assert done.err.startswith(f"{what}: "), done.err
    assert len(done.err.splitlines()) == 1
