"""A town's folder with something wrong in it: named by file, line and field."""

import re
import shutil
from importlib import resources
from pathlib import Path
from typing import NamedTuple

import pytest

from ichimai import towns
from ichimai.kernel.ages import AgeRule, Counting
from ichimai.towns.errors import Problem, TownInvalid, UnknownTown


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of Toshima's folder, to spoil."""
    with resources.as_file(resources.files("ichimai.towns") / "toshima") as toshima:
        return Path(shutil.copytree(toshima, tmp_path / "town"))


def _spoil(folder: Path, file: str, *, old: str, new: str) -> None:
    path = folder / file
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def _refusal(folder: Path) -> tuple[str, int, str, Problem]:
    with pytest.raises(TownInvalid) as refused:
        towns.load(folder)
    error = refused.value
    return error.file, error.line, error.field, error.problem


def test_a_town_of_ones_own_is_read_from_its_folder(folder: Path) -> None:
    _spoil(folder, "operator.toml", old="豊島区", new="梟区")
    assert towns.load(folder).operator.name_ja == "梟区"
    assert towns.load(str(folder)).operator.name_ja == "梟区"


@pytest.mark.parametrize("name", ["atlantis", "no/such/folder", "__pycache__"])
def test_a_town_that_is_not_there_is_unknown(name: str) -> None:
    with pytest.raises(UnknownTown):
        towns.load(name)


class Slip(NamedTuple):
    """``old`` in a file replaced by ``new``; what is then said of which field, at which line."""

    file: str
    old: str
    new: str
    field: str
    problem: Problem
    line: int = 0


LINES = [
    Slip("associations.csv", "1,アザレア", "0,アザレア", "number", Problem.WRONG_VALUE, 2),
    Slip("associations.csv", "1,アザレア", "one,アザレア", "number", Problem.WRONG_VALUE, 2),
    Slip("associations.csv", "\n2,駒込", "\n1,駒込", "number", Problem.USED_BEFORE, 3),
    Slip(
        "associations.csv", "\n5,巢一商店会", "\n5,栄和通り商店会", "name", Problem.USED_BEFORE, 10
    ),
    Slip("associations.csv", ",54,yes", ",-54,yes", "members", Problem.WRONG_VALUE, 2),
    Slip("associations.csv", ",54,yes", ",54,○", "accepts_gift_vouchers", Problem.WRONG_VALUE, 2),
    Slip("associations.csv", ",54,yes", ",,yes", "members", Problem.MISSING_FIELD, 2),
    Slip("associations.csv", "駒込,wed", "上野,wed", "district", Problem.NOT_IN_THE_TOWN, 2),
    Slip(
        "associations.csv", "駒込,wed", "駒込,wednesday", "closed_weekdays", Problem.WRONG_VALUE, 2
    ),
    Slip("associations.csv", "4 14 24", "4 14 32", "market_days", Problem.WRONG_VALUE, 8),
    Slip("associations.csv", "駒込,wed,", "駒込,wed", "", Problem.RAGGED_ROW, 2),
    Slip("associations.csv", "駒込,wed", '"駒込"x,wed', "", Problem.NOT_CSV, 2),
    Slip("associations.csv", "market_days", "markets", "markets", Problem.UNKNOWN_FIELD, 1),
    Slip("associations.csv", "members,", "", "members", Problem.MISSING_FIELD, 1),
    Slip("associations.csv", "members,", "number,", "number", Problem.USED_BEFORE, 1),
    Slip("services.csv", ",33000,", ",many,", "in_force", Problem.WRONG_VALUE, 2),
    Slip("services.csv", "seal-registration", "resident-record", "key", Problem.USED_BEFORE, 3),
    Slip("districts.csv", "池袋東", "池袋\u202e東", "name", Problem.CONTROL_CHARACTER, 5),
    Slip("districts.csv", "centre", "center", "kind", Problem.WRONG_VALUE, 4),
    Slip("categories.csv", "fishmonger", "greengrocer", "key", Problem.USED_BEFORE, 3),
    Slip("places.csv", "00-001", "01-001", "number", Problem.WRONG_VALUE, 2),
    Slip("places.csv", "00-002", "00-001", "number", Problem.USED_BEFORE, 3),
    Slip("places.csv", "池袋保健所", "豊島区役所総合窓口", "name", Problem.USED_BEFORE, 3),
    Slip("places.csv", "public_office", "office", "category", Problem.NOT_IN_THE_TOWN, 2),
    Slip("places.csv", "池袋東", "渋谷", "district", Problem.NOT_IN_THE_TOWN, 2),
    Slip("accounts.csv", "association:2,", "association:1,", "party", Problem.USED_BEFORE, 3),
    Slip("accounts.csv", "association:2,", "association:92,", "party", Problem.NOT_IN_THE_TOWN, 3),
    Slip("accounts.csv", ",1311001,", ",131100,", "number", Problem.WRONG_VALUE, 2),
    Slip("sponsors.csv", "shopping-federation", "Federation", "key", Problem.WRONG_VALUE, 2),
    Slip(
        "sponsors.csv",
        "tokyo-bus-association",
        "shopping-federation",
        "key",
        Problem.USED_BEFORE,
        3,
    ),
]


@pytest.mark.parametrize("slip", LINES, ids=lambda slip: slip.new.strip())
def test_a_wrong_line_of_a_table_is_named(folder: Path, slip: Slip) -> None:
    _spoil(folder, slip.file, old=slip.old, new=slip.new)
    assert _refusal(folder) == (slip.file, slip.line, slip.field, slip.problem)


FIELDS = [
    Slip("operator.toml", '"131164"  ', '"131165"  ', "code", Problem.WRONG_VALUE),
    Slip("operator.toml", "kind = 1", "kind = 4", "payer.account.kind", Problem.WRONG_VALUE),
    Slip("operator.toml", 'name_en = "Toshima City"\n', "", "name_en", Problem.MISSING_FIELD),
    Slip(
        "programs.toml",
        "per_day_limit",
        "per_day_limt",
        "program[0].use.per_day_limt",
        Problem.UNKNOWN_FIELD,
    ),
    Slip(
        "programs.toml",
        "per_payment_limit = 10_000",
        "per_payment_limit = 10_000.5",
        "program[0].use.per_payment_limit",
        Problem.WRONG_VALUE,
    ),
    Slip(
        "programs.toml",
        "cap_percent = 50",
        "cap_percent = 101",
        "program[0].acceptance.large_store_cap_percent",
        Problem.WRONG_VALUE,
    ),
    Slip(
        "programs.toml",
        '"tobacco"',
        '"tabacco"',
        "program[0].acceptance.excluded_categories[0]",
        Problem.NOT_IN_THE_TOWN,
    ),
    Slip(
        "programs.toml",
        "years = 88",
        "years = 888",
        "program[0].reason[1].years",
        Problem.WRONG_VALUE,
    ),
    Slip(
        "programs.toml",
        'counting = "birthday"',
        'counting = "whenever"',
        "program[0].reason[0].counting",
        Problem.WRONG_VALUE,
    ),
    Slip(
        "programs.toml",
        'key = "BEIJU"',
        'key = "KIJU"',
        "program[0].reason[1].key",
        Problem.USED_BEFORE,
    ),
    Slip(
        "programs.toml",
        'name = "米寿"',
        'name = "喜寿"',
        "program[0].reason[1].name",
        Problem.USED_BEFORE,
    ),
    Slip(
        "programs.toml",
        "after_months = 6",
        "after_months = 6\non = 2027-03-31",
        "program[0].expiry.after_months",
        Problem.USED_BEFORE,
    ),
    Slip("cards.toml", '"nw7"', '"nw8"', "service[0].scheme.symbology", Problem.WRONG_VALUE),
    Slip("cards.toml", '"library"', '"libary"', "service[0].key", Problem.NOT_IN_THE_TOWN),
    Slip("cards.toml", '"sports-facilities"', '"library"', "service[1].key", Problem.USED_BEFORE),
    Slip(
        "cards.toml",
        '"toshima-sports"',
        '"toshima-library"',
        "service[1].scheme.name",
        Problem.USED_BEFORE,
    ),
    Slip(
        "cards.toml",
        "pin = false",
        "pin = 1",
        "identity.allows_tap_without_pin",
        Problem.WRONG_VALUE,
    ),
    Slip("consents.toml", '"library"', '"libary"', "offer[1].service", Problem.NOT_IN_THE_TOWN),
    Slip("consents.toml", '["mail"]', '["post"]', "offer[1].categories[0]", Problem.WRONG_VALUE),
    Slip("consents.toml", '["mail"]', "[]", "offer[1].categories", Problem.WRONG_VALUE),
    Slip(
        "consents.toml", '["mail"]', '["mail", "mail"]', "offer[1].categories", Problem.USED_BEFORE
    ),
    Slip("consents.toml", "recipient =", "reciever =", "offer[0].reciever", Problem.UNKNOWN_FIELD),
    Slip(
        "consents.toml",
        "健康ポイント事務局（",
        "\\u0007（",
        "offer[0].recipient",
        Problem.CONTROL_CHARACTER,
    ),
    Slip(
        "programs.toml",
        'key = "longevity-gift"',
        'key = "new"',
        "program[0].key",
        Problem.WRONG_VALUE,
    ),
    Slip(
        "programs.toml",
        '"長寿祝い"',
        '"長寿\\u0000祝い"',
        "program[0].name_ja",
        Problem.CONTROL_CHARACTER,
    ),
    Slip(
        "programs.toml",
        'name = "米寿"',
        'name = "\\u202e米寿"',
        "program[0].reason[1].name",
        Problem.CONTROL_CHARACTER,
    ),
    Slip(
        "operator.toml",
        '"Toshima City"',
        '"Toshima\\nCity"',
        "name_en",
        Problem.CONTROL_CHARACTER,
    ),
    Slip(
        "consents.toml",
        'basis = "appi_69_2_1"',
        'basis = "appi_69"',
        "offer[0].legal_basis",
        Problem.WRONG_VALUE,
    ),
    Slip(
        "cards.toml",
        "yen = 3000",
        "yen = -1",
        "identity.new_phone_limit_yen",
        Problem.WRONG_VALUE,
    ),
]


def test_a_scheme_that_cannot_be_is_named_by_its_table(folder: Path) -> None:
    _spoil(folder, "cards.toml", old='check = "m10w21_split"', new='check = "mod43"')
    file, line, field, problem = _refusal(folder)
    assert (file, field, problem) == ("cards.toml", "service[0].scheme", Problem.WRONG_VALUE)
    assert (folder / file).read_text("utf-8").splitlines()[line - 1] == "[service.scheme]"


@pytest.mark.parametrize("slip", FIELDS, ids=lambda slip: f"{slip.field} {slip.problem}")
def test_a_wrong_field_of_a_toml_file_is_named(folder: Path, slip: Slip) -> None:
    """By its path and its line; what is missing, by the first line or its table's."""
    _spoil(folder, slip.file, old=slip.old, new=slip.new)
    file, line, field, problem = _refusal(folder)
    assert (file, field, problem) == (slip.file, slip.field, slip.problem)
    written = (folder / file).read_text("utf-8").splitlines()[line - 1]
    key = re.sub(r".*\.|\[\d+\]$", "", field)
    assert written.startswith(key) or (problem is Problem.MISSING_FIELD and line == 1)


def test_two_offers_of_one_use_are_a_slip(folder: Path) -> None:
    """Of a new version the old one is taken out: who reads two texts knows neither."""
    text = (folder / "consents.toml").read_text("utf-8")
    (folder / "consents.toml").write_text(text + text[text.index("[[offer]]") :], "utf-8")
    file, _, field, problem = _refusal(folder)
    assert (file, field, problem) == ("consents.toml", "offer[2].purpose", Problem.USED_BEFORE)


def test_a_town_that_asks_for_no_consent_has_no_such_file(folder: Path) -> None:
    (folder / "consents.toml").unlink()
    assert towns.load(folder).consents == ()


def test_a_file_of_consents_is_read_alone(folder: Path) -> None:
    """Its services are not compared with a town's: the command knows only what is in use."""
    assert towns.consents(folder / "consents.toml") == towns.load(folder).consents
    _spoil(folder, "consents.toml", old="text_version =", new="version =")
    with pytest.raises(TownInvalid) as refused:
        towns.consents(folder / "consents.toml")
    assert (refused.value.file, refused.value.field) == ("consents.toml", "offer[0].version")


def test_a_missing_counting_is_named_at_its_reason(folder: Path) -> None:
    """満年齢 or 数え年 is a year's difference: the file has to say which."""
    _spoil(folder, "programs.toml", old='counting = "birthday"\n', new="")
    _, line, field, problem = _refusal(folder)
    lines = (folder / "programs.toml").read_text("utf-8").splitlines()
    assert (lines[line - 1], field) == ("[[program.reason]]", "program[0].reason[0].counting")
    assert problem is Problem.MISSING_FIELD


def test_a_wedding_is_not_counted_in_ways_of_age(folder: Path) -> None:
    _spoil(
        folder,
        "programs.toml",
        old='since = "marriage"',
        new='since = "marriage"\ncounting = "kazoe"',
    )
    assert _refusal(folder)[2:] == ("program[0].reason[2].counting", Problem.UNKNOWN_FIELD)


def test_a_program_ends(folder: Path) -> None:
    """A gift without an end would be a debt for ever."""
    _spoil(folder, "programs.toml", old="after_months = 6\n", new="")
    assert _refusal(folder)[2:] == ("program[0].expiry", Problem.MISSING_FIELD)


def test_two_programs_have_two_keys(folder: Path) -> None:
    path = folder / "programs.toml"
    path.write_text(path.read_text("utf-8") * 2, "utf-8")
    assert _refusal(folder)[2:] == ("program[24].version", Problem.USED_BEFORE)


def test_broken_toml_is_named_by_its_line(folder: Path) -> None:
    _spoil(folder, "operator.toml", old='name_ja = "豊島区"', new="name_ja = 豊島区")
    assert _refusal(folder) == ("operator.toml", 4, "", Problem.NOT_TOML)


def test_toml_that_stops_is_named_by_its_end(folder: Path) -> None:
    _spoil(folder, "operator.toml", old='holder_kana = "ﾄｼﾏｸ"\n', new='holder_kana = "ﾄｼﾏｸ')
    file, line, field, problem = _refusal(folder)
    assert (file, field, problem) == ("operator.toml", "", Problem.NOT_TOML)
    assert line == len((folder / file).read_text("utf-8").splitlines())


def test_a_file_in_another_encoding_is_named_by_its_line(folder: Path) -> None:
    path = folder / "districts.csv"
    path.write_bytes(path.read_text("utf-8").encode("cp932"))
    assert _refusal(folder) == ("districts.csv", 2, "", Problem.NOT_UTF_8)


def test_a_file_may_have_a_byte_order_mark_and_windows_line_ends(folder: Path) -> None:
    path = folder / "districts.csv"
    text = path.read_text("utf-8")
    path.write_bytes(text.replace("\n", "\r\n").encode("utf-8-sig"))
    assert len(towns.load(folder).districts) == 10


def test_a_missing_file_is_named(folder: Path) -> None:
    (folder / "services.csv").unlink()
    assert _refusal(folder) == ("services.csv", 0, "", Problem.NO_FILE)


def test_an_empty_table_is_named(folder: Path) -> None:
    (folder / "services.csv").write_text("")
    assert _refusal(folder) == ("services.csv", 1, "", Problem.MISSING_FIELD)


def test_a_refusal_can_be_read(folder: Path) -> None:
    _spoil(folder, "associations.csv", old=",54,yes", new=",54,○")
    with pytest.raises(TownInvalid) as refused:
        towns.load(folder)
    assert str(refused.value) == "associations.csv:2: accepts_gift_vouchers: wrong_value"


def test_kazoe_may_be_chosen_by_name(folder: Path) -> None:
    """A town that keeps 数え年 says so (law 96 of 1949 §2)."""
    _spoil(folder, "programs.toml", old='counting = "birthday"', new='counting = "kazoe"')
    rule = towns.load(folder).programs[0].reasons[0].rule
    assert isinstance(rule, AgeRule)
    assert rule.counting is Counting.KAZOE
