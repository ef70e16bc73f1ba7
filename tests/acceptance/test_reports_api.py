"""Reports as a treasurer's program asks for them."""

from typing import Any

import pytest

from tests.acceptance.callers import code_of
from tests.acceptance.conftest import As
from tests.town import GIFT, Town

GRANTED = 40_100
"""All gifts of the town."""


def _report(as_: As, name: str, **params: str) -> Any:  # noqa: ANN401 - whatever the report is
    answer = as_("auditor").get(f"/reports/{name}", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_what_is_unused_is_what_was_granted_less_what_was_spent(as_: As, api_town: Town) -> None:
    api_town.pay("hanako", "greengrocer", 500)
    found = _report(as_, "unused", at="2026-10-01")
    assert (found["yen"], found["is_over"], found["is_base_day"]) == (GRANTED - 500, False, False)
    (row,) = found["rows"]
    assert (row["program"]["key"], row["yen"], row["counted_yen"]) == (GIFT.key, 39_600, 0)
    assert row["instrument"] == "local_government"
    assert "4条3号" in row["reason_ja"]
    assert found["issuers"] == [
        {
            "issuer": "toshima",
            "counted_yen": 0,
            "is_above_threshold": False,
            "deposit_yen": 0,
        }
    ]


def test_the_last_base_day_is_what_is_told_unasked(as_: As) -> None:
    found = _report(as_, "unused")
    assert (found["day_on"], found["is_base_day"]) == ("2026-09-30", True)
    assert (found["due_on"], found["threshold_yen"]) == ("2026-11-30", 10_000_000)
    assert found["yen"] == 0


def test_what_is_outstanding_comes_to_the_same_whichever_way_it_is_parted(
    as_: As, api_town: Town
) -> None:
    api_town.pay("taro", "teahouse", 120)
    found = _report(as_, "liability", program=GIFT.key)
    assert found["yen"] == GRANTED - 120
    for parts in ("by_money", "by_age", "by_end"):
        assert sum(found[parts].values()) == found["yen"]
    assert found["by_money"] == {"public": found["yen"]}
    assert set(found["by_end"]) == {"91-180", "181-365"}


def test_what_ended_is_told_by_whose_money_it_was(as_: As, api_town: Town) -> None:
    found = _report(as_, "expired", from_on="2026-04-01", to_on="2026-10-01")
    assert (found["rows"], found["by_money"], found["yen"]) == ([], {}, 0)
    assert api_town.balance("hanako") == 10_000


def test_four_customers_of_a_month_are_not_shown(as_: As, api_town: Town) -> None:
    for who in ("hanako", "taro", "kazu"):
        api_town.pay(who, "greengrocer", 100)
    for _ in range(5):
        api_town.week()
    found = _report(as_, "share", program=GIFT.key)
    assert (found["from_on"], found["to_on"], found["units"]) == ("2026-10-01", "2026-10-31", 0)
    (month,) = found["months"]
    cells = [month, *month["by_association"], *month["by_size"]]
    assert {cell["units"] for cell in cells} == {cell["people"] for cell in cells} == {None}


@pytest.mark.parametrize(
    "name, params, code",
    [
        ("unused", {"at": "2026-10-02"}, "day_out_of_reach"),
        ("unused", {"at": "1999-12-31"}, "day_out_of_reach"),
        ("unused", {"at": "0001-01-01"}, "day_out_of_reach"),
        ("liability", {"at": "9999-12-31"}, "day_out_of_reach"),
        ("liability", {"program": "no-such"}, "unknown_program"),
        ("expired", {"from_on": "2026-10-01", "to_on": "2026-09-30"}, "period_backwards"),
        ("expired", {"from_on": "0001-01-01", "to_on": "2026-09-30"}, "day_out_of_reach"),
        ("expired", {"from_on": "2026-04-01"}, "invalid_query"),
        ("share", {"program": "no-such"}, "unknown_program"),
        ("share", {"program": GIFT.key, "from_on": "2026-10-01"}, "not_whole_months"),
        ("share", {"program": GIFT.key, "from_on": "9999-12-31"}, "not_whole_months"),
        ("share", {"program": GIFT.key, "to_on": "9999-12-31"}, "not_whole_months"),
        ("share", {"program": GIFT.key, "from_on": "0001-01-01"}, "not_whole_months"),
        ("share", {}, "invalid_query"),
    ],
)
def test_what_cannot_be_told_is_refused_by_name(
    as_: As, name: str, params: dict[str, str], code: str
) -> None:
    answer = as_("treasurer").get(f"/reports/{name}", params=params)
    assert code_of(answer) == code, answer.text
