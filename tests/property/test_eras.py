"""Every day of 228 years, written in every form and read back; and no text that breaks it."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from ichimai.kernel.eras import (
    FIRST_DAY,
    LAST_DAY,
    DateWarning,
    InvalidDate,
    UnknownDay,
    format_era,
    parse_date,
)

DAYS = st.dates(FIRST_DAY, LAST_DAY)
CHANGES = st.sampled_from([19120730, 19261225, 19890108, 20190501, 18730101]).flatmap(
    lambda day: st.integers(-3, 3).map(
        lambda by: date(day // 10000, day // 100 % 100, day % 100) + timedelta(days=by)
    )
)
ANY_DAY = st.one_of(DAYS, CHANGES.filter(lambda day: day >= FIRST_DAY))
FULL_WIDTH = str.maketrans("0123456789./-SHRTM", "０１２３４５６７８９．／－ＳＨＲＴＭ")


def era_year(day: date) -> tuple[int, int]:
    """Code and year of the era, counted from the other end: which eras have begun?"""
    number = day.year * 10000 + day.month * 100 + day.day
    begun = [
        start for start in (18680125, 19120730, 19261225, 19890108, 20190501) if start <= number
    ]
    return len(begun), day.year - begun[-1] // 10000 + 1


@given(ANY_DAY)
def test_every_form_of_every_day_is_read_back(day: date) -> None:
    code, year = era_year(day)
    m, d = day.month, day.day
    name, letter = ["明治", "大正", "昭和", "平成", "令和"][code - 1], "MTSHR"[code - 1]
    forms = [
        day.isoformat(),
        f"{day.year}/{m}/{d}",
        f"{day:%Y%m%d}",
        f"{day.year}年{m}月{d}日",
        f"{name}{year}年{m}月{d}日",
        f"{name}{'元' if year == 1 else year}年{m:2}月{d:2}日",
        f"{letter}{year}.{m}.{d}",
        f"{letter.lower()}{year:02}/{m:02}/{d:02}",
        f"{letter}{year:02}{m:02}{d:02}",
        f"{code}{year:02}{m:02}{d:02}",
        f"{code}-{year:02}{m:02}{d:02}",
    ]
    for form in forms:
        for text in (form, form.translate(FULL_WIDTH), f"\u3000{form} "):
            assert parse_date(text) == (day, None), text


@given(ANY_DAY)
def test_the_printed_form_agrees_with_a_second_writing(day: date) -> None:
    code, year = era_year(day)
    name = ["明治", "大正", "昭和", "平成", "令和"][code - 1]
    shown = "元" if year == 1 else str(year)
    assert format_era(day) == f"{name}{shown}年{day.month}月{day.day}日"


def test_the_printed_form_of_all_days_is_read_back() -> None:
    """All 83,000 of them, each distinct."""
    day = FIRST_DAY
    seen = set()
    while day <= LAST_DAY:
        text = format_era(day)
        assert parse_date(text).day == day
        seen.add(text)
        day += timedelta(days=1)
    assert len(seen) == (LAST_DAY - FIRST_DAY).days + 1


@given(st.integers(1, 5), st.integers(0, 99), st.integers(0, 99), st.integers(0, 99))
def test_codes_are_read_or_refused_as_a_calendar_says(
    code: int, year: int, month: int, day: int
) -> None:
    """Seven digits: a day of that era, perhaps after its end, or one of the two errors."""
    first_year = (1868, 1912, 1926, 1989, 2019)[code - 1]
    try:
        expected = date(first_year + year - 1, month, day)
    except ValueError:
        expected = None
    try:
        parsed = parse_date(f"{code}{year:02}{month:02}{day:02}")
    except UnknownDay:
        assert 0 in {month, day}
    except InvalidDate:
        starts = expected is not None and era_year(max(expected, FIRST_DAY))[0] == code
        is_read = expected is not None and FIRST_DAY <= expected <= LAST_DAY
        assert not is_read or year == 0 or not starts
    else:
        assert parsed.day == expected
        is_late = parsed.warning is DateWarning.AFTER_END_OF_ERA
        changes = {date(1912, 7, 30), date(1926, 12, 25)}
        assert is_late == (era_year(parsed.day)[0] != code and parsed.day not in changes)


PIECES = st.lists(
    st.sampled_from(
        [*"0123456789", *"年月日元./- MTSHR昭平令明大", "不詳", "昭和", "2024", "０", "\n"]
    ),
    max_size=14,
).map("".join)


@given(st.one_of(st.text(), PIECES))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        day, _ = parse_date(text)
    except (InvalidDate, UnknownDay):
        return
    assert FIRST_DAY <= day <= LAST_DAY
