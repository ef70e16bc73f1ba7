"""A town by the command, from its tables to a restored backup: one step after the other."""

import hashlib
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

from ichimai import ledger, merchants, programs, settlement
from ichimai.kernel import Asset, ids
from ichimai.kernel.clock import ManualClock
from ichimai.ledger import OperationId
from ichimai.programs.model import GrantListId
from ichimai.simulation import bank
from tests.acceptance.commands import Done, folder, ichimai, installed, refused, right

PASSWORD: Final = "a-long-password-for-tests"
ROWS: Final = (
    "宛名番号,氏名,カナ,生年月日,事由,婚姻日,夫婦番号",
    "1,豊島 太郎,トシマ タロウ,{born},喜寿,,",
    "2,巣鴨 花,スガモ ハナ,{born},喜寿,,",
)


def test_a_town_by_hand_from_its_tables_to_a_restored_backup(tmp_path: Path) -> None:
    """Load, employ, grant, sell, tell, close, pay out, back up, restore: each by its command."""
    with folder() as path:
        right("town", "load", "toshima", "--made-up-shops", data=path)
        for name, role in (("sato", "officer"), ("suzuki", "approver"), ("mori", "treasurer")):
            right("staff", "add", name, role, data=path, ICHIMAI_PASSWORD=PASSWORD)
        list_id = granted_by_hand(path, tmp_path)
        sell(path, list_id)
        told_by_hand(path, tmp_path)
        paid_out_by_hand(path, tmp_path)
        before = right("verify", "--json", data=path).last
        backup = tmp_path / "town.ichimai"
        holds = f"op_131164: {before['transfers']} transfers"
        assert holds in right("backup", str(backup), data=path).out
        refused(ichimai("backup", str(backup), data=path), "backup_exists")
        with folder() as other:
            shutil.copy(path / "registry.key", other / "registry.key")
            refused(ichimai("restore", str(backup), data=other), "wrong_personal_key")
            shutil.copy(path / "personal.key", other / "personal.key")
            assert holds in right("restore", str(backup), data=other).out
            assert right("verify", "--json", data=other).last == before
            refused(ichimai("restore", str(backup), data=other), "database_not_empty")


def granted_by_hand(path: Path, tmp_path: Path) -> GrantListId:
    """Check, submit and approve a list; every wrong person is refused on the way."""
    with installed(path) as parts, parts.database.read(parts.operator) as tx:
        gift = programs.lists.program(tx, Asset("longevity-gift"))
        (reason,) = (r for r in gift.reasons if r.name == "喜寿")
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
        request = programs.model.PaymentRequest(
            id=OperationId(ids.uuid7(parts.clock)),
            token=till.token,
            credential=card.code,
            units=1_234,
        )
        (answer,) = parts.desk.serve([request])
        assert isinstance(answer, ledger.Posted), answer


def told_by_hand(path: Path, tmp_path: Path) -> None:
    """Two weeks before the gift ends, letters go out to both who have it."""
    with installed(path) as parts:
        with parts.database.read(parts.operator) as tx:
            ((ends_at,),) = tx.rows("SELECT DISTINCT expires_at FROM lot")
        early = ManualClock(ends_at - timedelta(days=12))
        assert programs.upkeep.tell(replace(parts.desk, clock=early)) == 2
    file = tmp_path / "letters.csv"
    export = ("notice", "export", "--as", "sato", "--to", str(file))
    listed = right("notice", "list", "--json", data=path).last
    assert [(each["people"], each["without_number"]) for each in listed["waiting"]] == [(2, 0)]
    refused(ichimai(*export, data=path, ICHIMAI_PASSWORD="wrong"), "sign_in_refused")
    made = right(*export, data=path, ICHIMAI_PASSWORD=PASSWORD).out
    assert made.endswith("  2 letters\n")
    letter, table = made.split()[0], file.read_bytes()
    assert "\n1,longevity-gift,長寿祝い,8766,8766," in table.decode("utf-8-sig").replace("\r", "")
    refused(ichimai(*export, data=path, ICHIMAI_PASSWORD=PASSWORD), "nobody_to_write_to")
    right(*export, letter, data=path, ICHIMAI_PASSWORD=PASSWORD)
    assert file.read_bytes() == table
    right(*export, letter, "--cp932", data=path, ICHIMAI_PASSWORD=PASSWORD)
    assert "長寿祝い" in file.read_bytes().decode("cp932")
    assert "2 people  not sent" in right("notice", "list", data=path).out
    sent = right("notice", "sent", letter, "--as", "sato", data=path, ICHIMAI_PASSWORD=PASSWORD)
    assert sent.out == f"{letter}  2 people\n"
    assert right("notice", "list", "--json", data=path).last["waiting"] == []


def disputed_by_telephone(path: Path, as_: Callable[..., Done]) -> None:
    """The shop lacks 100 yen; the statement is right: nothing is paid before two people say so."""
    with installed(path) as parts, parts.database.read(parts.operator) as tx:
        (closing, *_) = settlement.reports.closings(tx, Asset("longevity-gift"))
        (line,) = settlement.reports.payables(tx, closing.closing.id)
        number = merchants.directory.shop(tx, line.shop).number
    told = ("--claim", "100", "--reason", "レシートと合わない")
    raising = ("dispute", "raise", str(closing.closing.id))
    refused(as_("mori", *raising, "99-999", *told), "unknown_shop")
    raised = as_("mori", *raising, number, *told)
    dispute = raised.out.split()[0]
    refused(as_("mori", "payout", "make"), "nothing_to_pay")
    line_ = ichimai("dispute", "list", data=path).out
    assert f"{dispute}  {number}  longevity-gift to " in line_
    assert "claims 100: レシートと合わない" in line_
    part = ("--part", "100", "--reason", "控えのとおり")
    refused(as_("mori", "dispute", "decide", dispute, "part", *part), "claim_refused")
    decided = as_("mori", "dispute", "decide", dispute, "none", *part[2:])
    assert decided.out == f"{dispute}  +0  proposed\n", decided.err
    refused(as_("mori", "dispute", "approve", dispute), "same_person")
    assert as_("suzuki", "dispute", "approve", dispute).out == f"{dispute}  +0  decided\n"
    assert ichimai("dispute", "list", data=path).out == ""
    (found,) = ichimai("dispute", "list", "--all", "--json", data=path).last["disputes"]
    assert (found["shop_number"], found["units"], found["finding"]) == (number, 0, "控えのとおり")
    debts = ("dispute", "debts")
    (debt,) = ichimai(*debts, "--json", data=path).last["debts"]
    assert (debt["yen"], debt["why"], debt["dispute"]) == (1_234, "use", None)
    assert debt["is_to_itself"]
    raised = as_("mori", "dispute", "raise-debt", debt["id"], "--reason", "予算と合わない")
    said = raised.out.split()[0]
    itself = "Itself: no money moves"
    line_ = f"{debt['id']}  operator owes 1,234 yen (use)  to: {itself}  closed to "
    assert ichimai(*debts, data=path).out.startswith(line_)
    assert ichimai(*debts, data=path).out.endswith(f"{said}  open: 予算と合わない\n")
    decided = as_("mori", "dispute", "decide", said, "none", "--reason", "帳簿のとおり")
    assert decided.out == f"{said}  +0  proposed\n", decided.err
    assert as_("suzuki", "dispute", "approve", said).out == f"{said}  +0  decided\n"


def paid_out_by_hand(path: Path, tmp_path: Path) -> None:
    """Close the week and pay it out, approved by a second person."""

    def as_(name: str, *words: str) -> Done:
        return ichimai(*words, "--as", name, data=path, ICHIMAI_PASSWORD=PASSWORD)

    refused(as_("sato", "close"), "sign_in_refused")
    closed = as_("mori", "close")
    assert (closed.code, "week to" in closed.out) == (0, True), closed.err
    refused(as_("mori", "close"), "already_closed")
    disputed_by_telephone(path, as_)
    made = as_("mori", "payout", "make")
    assert "1,234 yen to 1 shops" in made.out, made.err
    batch = made.out.split()[0]
    assert as_("suzuki", "payout", "reject", batch).out == f"{batch}  rejected\n"
    refused(as_("suzuki", "payout", "approve", batch), "wrong_state")
    made = as_("mori", "payout", "make")
    assert "1,234 yen to 1 shops" in made.out, "what was given up is there again"
    batch = made.out.split()[0]
    to_folder = ("payout", "file", batch, "--folder", str(tmp_path))
    refused(as_("mori", *to_folder), "wrong_state")
    refused(as_("mori", "payout", "approve", batch), "same_person")
    assert as_("suzuki", "payout", "approve", batch).out == f"{batch}  approved\n"
    assert as_("suzuki", "payout", "take-back", batch).out == f"{batch}  taken_back\n"
    refused(as_("mori", *to_folder), "wrong_state")
    batch = as_("mori", "payout", "make").out.split()[0]
    to_folder = ("payout", "file", batch, "--folder", str(tmp_path))
    assert as_("suzuki", "payout", "approve", batch).out == f"{batch}  approved\n"
    first, second = as_("mori", *to_folder), as_("mori", *to_folder)
    assert "copy 1" in first.out, first.err
    assert "再送" not in first.out
    assert "copy 2  再送" in second.out, second.err
    assert first.out.split()[0] != second.out.split()[0]
    for name, digest in (done.out.split()[:2] for done in (first, second)):
        assert digest == first.out.split()[1]
        assert hashlib.sha256(Path(name).read_bytes()).hexdigest() == digest
    failed = bank.answer(Path(first.out.split()[0]).read_bytes(), date(2000, 1, 1))
    result = tmp_path / "result.txt"
    result.write_bytes(failed)
    refused(as_("mori", "payout", "import-result", str(result)), "bank_result_refused")
