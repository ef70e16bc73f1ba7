"""The command itself: a demo, what verify finds, and one clear line for every mistake."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import psycopg
import pytest

from ichimai import (
    __version__,
    identity,
    ledger,
    programs,
    registry,
    storage,
    towns,
)
from ichimai.app import Installation, Settings
from ichimai.cards import Kind, certificates, emulated
from ichimai.kernel import ids
from ichimai.kernel.clock import SystemClock, day_in_tokyo
from ichimai.ledger import OperationId
from ichimai.simulation import bank
from ichimai.storage import EmbeddedServer
from tests.acceptance.commands import (
    Done,
    folder,
    ichimai,
    installed,
    refused,
    right,
    said_in_one_line,
)
from tools import reference

SMALL: Final = ("--residents", "300", "--days", "18", "--no-serve", "--json")
"""Two weeks are closed and answered by the bank, and a third may be disputed, on any weekday."""

FIGURES: Final = {
    "residents", "recipients", "associations", "shops", "shops_accepting", "granted_yen",
    "paid_yen", "refunded_yen", "expired_yen", "outstanding_yen", "payable_yen", "paid_out_yen",
    "corrected_yen", "set_off_yen",
    "zengin_files", "transfers", "verified", "seconds", "sales", "sales_yen", "closings",
    "nettings", "sent_back", "disputes_decided", "programs", "asked",
}  # fmt: skip


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
    assert (found["disputes_decided"], found["corrected_yen"]) == (1, 80)
    assert found["sent_back"] == 2  # one that the bank could not pay, and one that came back later
    settled = found["payable_yen"] + found["paid_out_yen"] + found["set_off_yen"]
    assert spent + found["corrected_yen"] == settled
    assert found["set_off_yen"] > 0
    assert found["granted_yen"] > found["paid_yen"] > 0
    assert found["zengin_files"] == len(list((demo.path / "payouts").iterdir())) > 0
    assert found["verified"] is True
    for program in found["programs"]:
        gone = program["paid"] - program["refunded"] + program["exchanged"] + program["expired"]
        assert program["given"] == gone + program["outstanding"], program["name"]
    assert sum(program["given"] > 0 for program in found["programs"]) >= 8
    assert found["closings"] > found["nettings"] > 0
    assert (demo.path / "nettings").is_dir()
    assert found["sales_yen"] > found["sales"] > 0


def test_a_demo_writes_who_may_sign_in(demo: Demo) -> None:
    file = demo.path / "demo.json"
    assert file.stat().st_mode & 0o077 == 0
    found = json.loads(file.read_text(encoding="utf-8"))
    assert list(found) == [
        *("base_url", "operator", "terminals", "places", "cards", "people", "staff"),
        *("library_cards", "authorities"),
    ]
    assert (found["base_url"], found["operator"]) == ("http://127.0.0.1:8000", "131164")
    assert len(found["terminals"]) == demo.summary["shops"]
    for terminal in found["terminals"]:
        names = ["number", "shop", "association", "accepts_gift_vouchers", "token"]
        assert list(terminal) == names
    assert all(list(place) == ["number", "place", "token"] for place in found["places"])
    ages = [one["age"] for one in found["people"]]
    assert None in ages  # a visitor's
    assert all(0 <= age < 120 for age in ages if age is not None)
    accepting = [one for one in found["terminals"] if one["accepts_gift_vouchers"]]
    assert len(accepting) == demo.summary["shops_accepting"]
    assert len(set(found["cards"])) == demo.summary["recipients"]
    assert [list(one) for one in found["staff"]] == [["name", "role", "password"]] * 5
    roles = "officer approver treasurer auditor clerk".split()
    assert [one["role"] for one in found["staff"]] == roles


def test_what_a_demo_wrote_opens_its_doors(demo: Demo) -> None:
    """A card that is in the file pays at a till that is in it, now, by the machine's clock."""
    found = json.loads((demo.path / "demo.json").read_text(encoding="utf-8"))
    token = next(one["token"] for one in found["terminals"] if one["accepts_gift_vouchers"])
    with installed(demo.path) as parts:
        answers = parts.desk.serve(
            [
                programs.model.PaymentRequest(
                    id=OperationId(ids.uuid7(parts.clock)), token=token, credential=card, units=1
                )
                for card in found["cards"]
            ]
        )
    paid = [answer for answer in answers if isinstance(answer, ledger.Posted)]
    assert len(paid) > len(answers) / 2  # some cards were lost, and some gifts are spent
    assert right("verify", "--json", data=demo.path).last["verified"] is True


def test_a_fifth_of_a_demos_residents_have_an_old_library_card(demo: Demo) -> None:
    """Imported as ``ichimai import cards`` does it: the same file again finds all of them known."""
    found = json.loads((demo.path / "demo.json").read_text(encoding="utf-8"))["library_cards"]
    assert len(found) == demo.summary["residents"] // 5
    with installed(demo.path) as parts:
        library = next(one for one in towns.load("toshima").numbered if one.code == "library")
        rows = registry.old_cards.read("\n".join(["number", *found]).encode(), library.scheme)
        with parts.database.write(storage.REGISTRY) as tx:
            again = registry.old_cards.import_list(tx, parts.key, parts.clock, "131164", rows)
        assert (again.new_cards, again.known_cards) == (0, len(found))
        place = identity.Place(ids.uuid7(parts.clock), is_counter=True)
        reception = identity.Reception(
            parts.database, parts.operator, "131164", parts.key, parts.clock
        )
        assert reception.code(place, f"A{found[0]}B").tap.subject is not None


def test_a_demo_trusts_the_cards_of_its_own_authority(demo: Demo) -> None:
    """So that ``ichimai card emulate`` on that folder makes a card for its counters."""
    found = json.loads((demo.path / "demo.json").read_text(encoding="utf-8"))
    folder_ = Path(found["authorities"])
    assert folder_.parent == demo.path.resolve()
    now = SystemClock().now()
    issued = emulated.load_or_issue(folder_, "card", now, Kind.MY_NUMBER_CARD)
    parts = Installation(Settings(data=demo.path, authorities=folder_))
    trust = parts.trust()
    parts.database.close()
    assert trust is not None
    verified = certificates.check(
        issued.certificate,
        nonce=None,
        signature=None,
        authorities=trust.authorities,
        now=now,
        revocation=trust.revocation,
    )
    assert verified.kind is Kind.MY_NUMBER_CARD


def test_a_second_demo_in_a_folder_finds_the_town_there(demo: Demo) -> None:
    file = (demo.path / "demo.json").read_bytes()
    before = right("verify", "--json", data=demo.path).last
    again = right("demo", *SMALL, data=demo.path).last
    same = ("granted_yen", "paid_out_yen", "recipients", "shops", "zengin_files")
    assert {name: again[name] for name in same} == {name: demo.summary[name] for name in same}
    assert right("verify", "--json", data=demo.path).last == before
    assert (demo.path / "demo.json").read_bytes() == file


def test_the_same_seed_makes_the_same_month(demo: Demo) -> None:
    with folder() as path:
        again = right("demo", *SMALL, data=path).last
        made_at = [(one / "demo.json").stat().st_mtime for one in (demo.path, path)]
    days = {day_in_tokyo(datetime.fromtimestamp(at, UTC)) for at in made_at}
    if len(days) == 1:  # the month ends today: at midnight it is another one
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
            "UPDATE transfer SET units = units + 1 WHERE number = 1",
            "UPDATE transfer SET units = units - 1 WHERE number = 1",
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


def test_debts_are_netted_by_two_people_and_paid_by_files(demo: Demo, tmp_path: Path) -> None:
    """Whoever pays by a file gets the same one again, marked as a re-send."""
    # The days of dispute are over: the month was closed yesterday, and there are none.
    for table in ("closing_run", "closing"):
        as_owner(demo.path, f"UPDATE {table} SET closed_at = closed_at - interval '1 day'")
    staff = json.loads((demo.path / "demo.json").read_text(encoding="utf-8"))["staff"]
    passwords = {one["name"]: one["password"] for one in staff}

    def as_(name: str, *words: str) -> Done:
        return ichimai(*words, "--as", name, data=demo.path, ICHIMAI_PASSWORD=passwords[name])

    terms = as_("treasurer", "bill", "terms", "--dispute-days", "0", "--json").last
    assert terms == {"dispute_days": 0, "carry_closings": 3, "bill_days": 30, "contracts": {}}
    agreed = ("bill", "terms", "--association", "8", "--carry-closings", "5", "--json")
    assert as_("treasurer", *agreed).last == terms | {"contracts": {"8": 5}}
    assert as_("treasurer", *agreed, "--bill-days", "9").code == 2
    account = ("0001:ﾐｽﾞﾎ", "110:ｲｹﾌﾞｸﾛ", "1234567", "ｼﾖｳﾃﾝｶｲ")
    refused(as_("treasurer", "netting", "account", "no-such", *account), "unknown_party")
    entered = as_("treasurer", "netting", "account", "association:4", *account)
    assert entered.out == "association:4  0001-110-1234567\n", entered.err
    netting = as_("treasurer", "netting", "make").out.split()[0]
    refused(as_("treasurer", "netting", "make"), "nothing_to_net")
    found = right("netting", "show", netting, "--json", data=demo.path).last
    assert sum(found["positions"].values()) == 0
    assert len(found["transfers"]) < found["debts"]
    payer, to_folder = found["files"][0], ("--folder", str(tmp_path))
    paying = ("netting", "file", netting, "--party", payer, *to_folder)
    refused(as_("treasurer", *paying), "wrong_state")
    refused(as_("treasurer", "netting", "approve", netting), "same_person")
    assert as_("approver", "netting", "approve", netting).out.endswith("  approved\n")
    listed = right("netting", "list", data=demo.path).out
    assert f"{netting}  {found['debts']} debts of {found['yen']:,} yen" in listed
    told = right("netting", "show", netting, data=demo.path).out
    assert f"{payer} pays " in told
    assert "  by file" in told
    first, again = as_("treasurer", *paying), as_("treasurer", *paying)
    assert "copy 2  再送" in again.out, again.err
    (content,) = {Path(done.out.split()[0]).read_bytes() for done in (first, again)}
    on = day_in_tokyo(SystemClock().now())
    lines = content.decode("cp932").splitlines()[1:-2]
    answer = tmp_path / "answer.txt"
    answer.write_bytes(bank.answer(content, on, {line[96:101]: "11" for line in lines}))
    take_in = ("netting", "import-result")
    for _ in range(2):
        taken = as_("treasurer", *take_in, netting, str(answer))
        assert f"{payer}  0 done, 0 yen; {len(lines)} owed again" in taken.out, taken.err
    refused(as_("treasurer", *take_in, ids.NIL.hex, str(answer)), "unknown_netting")
    last = as_("treasurer", "netting", "make").out
    assert f"  {len(lines)} debts of " in last
    assert as_("approver", "netting", "reject", last.split()[0]).out.endswith("  rejected\n")
    assert right("bill", "list", "--all", data=demo.path).out == ""  # carried, and not billed yet
    refused(as_("treasurer", "bill", "pay", ids.NIL.hex), "unknown_bill")
    refused(ichimai("netting", "show", ids.NIL.hex, data=demo.path), "unknown_netting")
    assert right("verify", "--json", data=demo.path).last["verified"] is True


def test_what_ended_in_an_outage_is_given_back_by_an_approver(demo: Demo) -> None:
    staff = json.loads((demo.path / "demo.json").read_text(encoding="utf-8"))["staff"]
    before = right("verify", "--json", data=demo.path).last

    def extend(place: int, until: str) -> Done:
        words = ("program", "extend", "--day", "2020-01-01", "--until", until, "--json")
        name, password = staff[place]["name"], staff[place]["password"]
        return ichimai(*words, "--as", name, data=demo.path, ICHIMAI_PASSWORD=password)

    refused(extend(1, "2020-01-01"), "extension_over")
    refused(extend(0, "2999-01-01"), "sign_in_refused")  # an officer
    assert extend(1, "2999-01-01").last == {"restored_lots": 0}  # nothing had ended that day
    assert right("verify", "--json", data=demo.path).last == before


def test_a_town_is_not_loaded_over_another(demo: Demo) -> None:
    before = right("verify", "--json", data=demo.path).last
    refused(ichimai("town", "load", "toshima", data=demo.path), "already_registered")
    assert right("verify", "--json", data=demo.path).last == before
