"""``ichimai report``, run as a command on a folder of its own."""

import csv
import io
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from ichimai.kernel.clock import SystemClock, day_in_tokyo
from tests.acceptance.commands import Done, folder, ichimai, refused, right

SMALL: Final = ("--residents", "100", "--days", "3", "--no-serve", "--json")
CHECKER: Final = Path(sys.executable).parent / "bean-check"
TODAY: Final = day_in_tokyo(SystemClock().now())


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


def test_what_is_outstanding_is_what_the_demo_said(demo: Demo) -> None:
    found = right("report", "liability", "--json", data=demo.path).last
    assert found["yen"] == demo.summary["outstanding_yen"] > 0
    assert sum(found["by_money"].values()) == found["yen"]
    assert found["by_money"]["public"] > 0
    unused = right("report", "unused", "--at", f"{TODAY}", "--json", data=demo.path).last
    assert unused["yen"] == found["yen"]
    assert (unused["rows"][0]["counted_yen"], unused["threshold_yen"]) == (0, 10_000_000)
    expired = right("report", "expired", "--json", data=demo.path).last
    assert expired["yen"] == demo.summary["expired_yen"]


def test_a_table_is_a_file_for_a_spreadsheet(demo: Demo) -> None:
    out = right("report", "liability", "--csv", data=demo.path).out
    assert out.startswith("\ufeff基準日,制度,")
    rows = list(csv.DictReader(io.StringIO(out.removeprefix("\ufeff"))))
    assert sum(int(row["金額（円）"]) for row in rows) == demo.summary["outstanding_yen"]


def test_without_an_option_it_is_read_by_people(demo: Demo) -> None:
    out = right("report", "unused", "--at", f"{TODAY}", data=demo.path).out
    assert "Program: longevity-gift" in out
    assert "exempt (art. 4(3))" in out


def test_the_journal_of_a_whole_demo_is_accepted_by_the_checker(demo: Demo, tmp_path: Path) -> None:
    for each in ("operation", "day"):
        file = tmp_path / f"{each}.beancount"
        options = ("--format", "beancount", "--each", each, "--file", str(file))
        right("report", "journal", "--from", "2026-01-01", *options, data=demo.path)
        assert list(tmp_path.glob("*.part")) == []
        done = subprocess.run(
            [CHECKER, "--no-cache", file], capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stderr) == (0, "")
        written = file.read_text(encoding="utf-8")
        programs = {each["program"]: each for each in demo.summary["programs"]}
        # What was put right with a shop is from the same account.
        granted = programs["longevity-gift"]["given"] + demo.summary["corrected_yen"]
        assert f"balance Assets:Issued:Operator  {granted} LONGEVITY-GIFT" in written


def test_shares_are_of_a_month_that_is_over(demo: Demo) -> None:
    found = right("report", "share", "--json", data=demo.path).last
    assert found["program"]["key"] == "longevity-gift"
    day = f"{TODAY.replace(day=1)}"
    refused(_asked(demo, "share", "--from", day, "--to", f"{TODAY}"), "not_whole_months")


def test_what_cannot_be_reported_is_one_clear_line(demo: Demo) -> None:
    refused(_asked(demo, "liability", "--program", "no-such"), "unknown_program")
    refused(_asked(demo, "unused", "--at", "2999-01-01"), "day_out_of_reach")
    backwards = ("expired", "--from", "2026-02-01", "--to", "2026-01-01")
    refused(_asked(demo, *backwards), "period_backwards")
    assert _asked(demo, "unused", "--at", "yesterday").code == 2


def _asked(demo: Demo, *words: str) -> Done:
    return ichimai("report", *words, data=demo.path)
