"""``ichimai program``: a town's programs listed, read, checked and changed at the command line."""

from importlib import resources
from pathlib import Path
from typing import Final

from ichimai import merchants, people
from tests.acceptance.commands import Done, folder, ichimai, installed, refused, right
from tests.passwords import cheap_hash

TEXT: Final = (resources.files("ichimai.towns") / "toshima" / "programs.toml").read_text("utf-8")
NEW_VERSION: Final = """
[[program]]
key = "silver-pass"
kind = "check"
version = 2
starts_on = 2099-04-01
name_ja = "シルバーパス（東京都）"
name_en = "Silver pass (Tokyo)"
unit_yen = 0
about_ja = "65歳からになります。"
about_en = "From 65 on."
funder = "tokyo-bus-association"
money = "sponsor"
instrument = "not_paid_for"
deciding_law = "資格の確認だけを行うため対象外。"
acceptance = { associations = [0] }
entitled = { predicates = ["age>=65", "membership:silver-pass"] }
expiry = { never = true }
settlement = { charging = "never" }
"""


def test_programs_are_checked_by_line(tmp_path: Path) -> None:
    """All that is wrong with a file is said at once, and nothing without its town."""
    file = tmp_path / "programs.toml"
    file.write_text(TEXT, "utf-8")
    assert right("program", "check", "toshima").out == "Nothing is wrong.\n"
    assert right("program", "check", str(file), "--town", "toshima").out == "Nothing is wrong.\n"
    file.write_text(TEXT.replace("[4]", "[94]", 1).replace("times = 5", "times = 500"), "utf-8")
    broken = ichimai("program", "check", str(file), "--town", "toshima", "--json")
    assert broken.code == 1
    (error,) = broken.last["errors"]
    assert (error["field"], error["problem"]) == ("program[4].bonus[1].times", "wrong_value")
    file.write_text(TEXT.replace("[4]", "[94]").replace("take = 350", "take = 351"), "utf-8")
    broken = ichimai("program", "check", str(file), "--town", "toshima")
    assert (broken.code, broken.out) == (1, "")
    assert [line.split(": ")[2] for line in broken.err.splitlines()] == [
        "known_association",
        "known_association",
        "known_association",
        "card_is_enough",
    ]
    refused(ichimai("program", "check", "atlantis"), "unknown_town")


def test_programs_are_listed_read_and_changed(tmp_path: Path) -> None:
    file = tmp_path / "programs.toml"
    with folder() as path:
        right("town", "load", "toshima", data=path)
        listed = right("program", "list", "--json", data=path).last
        assert len(listed) == 24
        assert {
            field: next(row for row in listed if row["key"] == "silver-pass")[field]
            for field in ("key", "kind", "version")
        } == {"key": "silver-pass", "kind": "check", "version": 1}
        shown = right("program", "show", "health-mileage", data=path).out
        assert "・としま共通ポイントに交換：500マイル → としま共通ポイント 500；" in shown
        english = right("program", "show", "otassha-bath", "--english", data=path).out
        assert "- Where it is used: ふくろう湯, 椎の木湯; up to 1 bath at once" in english
        toml = right("program", "show", "sunshine-stamp", "--toml", data=path).out
        assert "card_units = 350\n" in toml

        file.write_text(TEXT + NEW_VERSION, "utf-8")
        loaded = right("program", "load", str(file), "--json", data=path).last
        assert loaded == {"loaded": [{"key": "silver-pass", "version": 2}]}
        assert right("program", "load", str(file), "--json", data=path).last == {"loaded": []}
        line = "silver-pass  check  version 2 will begin 2099-04-01  シルバーパス（東京都）"
        assert line in right("program", "list", data=path).out

        file.write_text(TEXT.replace("take = 350", "take = 300") + NEW_VERSION, "utf-8")
        refused(ichimai("program", "load", str(file), data=path), "version_begun")
        file.write_text(TEXT.replace("[4]", "[94]", 1), "utf-8")
        assert ichimai("program", "load", str(file), data=path).code == 1
        assert right("program", "show", "sunshine-stamp", "--toml", data=path).out == toml
        _check_places(path)


def _check_places(path: Path) -> None:
    """The city's own places are there, and counted among no associations and no shops."""
    with installed(path) as parts, parts.database.read(parts.operator) as tx:
        assert len(merchants.directory.places(tx)) == 15
        assert len(merchants.directory.associations(tx)) == 90
        assert merchants.directory.shops(tx, limit=None) == []


def test_things_are_brought_to_where_they_are_handed_over() -> None:
    """By an officer; not to a place that hands them not over, nor what is not counted."""
    with folder() as path:
        right("town", "load", "toshima", data=path)
        with installed(path) as parts, parts.database.write(parts.operator) as tx:
            role, password = people.model.StaffRole.OFFICER, cheap_hash("password")
            people.staff.add(tx, parts.clock, name="officer", role=role, password=password)

        def deliver(*words: str) -> Done:
            told = ("program", "deliver", *words, "--as", "officer")
            return ichimai(*told, data=path, ICHIMAI_PASSWORD="password")

        assert deliver("sapling", "cherry", "00-009", "40").out == (
            "40 to 00-009; 40 left everywhere\n"
        )
        assert deliver("sapling", "cherry", "00-010", "2", "--json").last == {
            "delivered": 2,
            "left_everywhere": 42,
        }
        refused(deliver("sapling", "cherry", "00-002", "1"), "not_handed_over_here")
        refused(deliver("otassha-bath", "bath", "00-013", "1"), "not_handed_over_here")
        refused(deliver("no-such", "bath", "00-013", "1"), "unknown_program")
        assert deliver("sapling", "cherry", "00-009", "0").code == 2
