"""Where programs are accepted, what large shops may take, when grants end, who may approve."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from msgspec.structs import replace

from ichimai.kernel import Asset
from ichimai.kernel.clock import TOKYO
from ichimai.ledger import OperationId
from ichimai.ledger.model import Purse
from ichimai.merchants import ShopId, ShopSize, TerminalAtShop
from ichimai.merchants.model import TerminalId
from ichimai.programs import rules
from ichimai.programs.catalogue import Catalogue
from ichimai.programs.errors import GrantListDecided, SecondPersonNeeded
from ichimai.programs.model import (
    ExchangeRequest,
    GrantList,
    GrantListId,
    ListState,
    ListSummary,
    PaymentRequest,
    RedemptionRequest,
)
from ichimai.programs.terms import (
    Acceptance,
    Exchange,
    Expiry,
    Program,
    ProgramKind,
    Thing,
    Use,
    Version,
)
from tests.tables import Row, each

KEY = Asset("gift")
NOON = datetime(2026, 10, 1, 3, tzinfo=UTC)
MADE_BY, OTHER = UUID(int=1), UUID(int=2)


def a_program(
    acceptance: Acceptance | None = None,
    *,
    expires_on: date | None = None,
    months: int | None = 12,
) -> Program:
    return Program(
        key=KEY,
        name_ja="祝い",
        name_en="Gift",
        funder="town",
        acceptance=acceptance or Acceptance(),
        expiry=Expiry(on=expires_on) if expires_on else Expiry(after_months=months),
    )


def a_till(*, takes: bool = True, size: str = "small", category: str = "food") -> TerminalAtShop:
    return TerminalAtShop(
        TerminalId(UUID(int=7)), ShopId(UUID(int=8)), 8, takes, ShopSize(size), category, "08-001"
    )


@each("""
    needs_gift_association  excluded         cap  association_takes  size    category  accepted
    no                      -                -    no                 small   food      yes
    no                      -                -    yes                large   food      yes
    yes                     -                -    yes                small   food      yes
    yes                     -                -    no                 small   food      no
    no                      tobacco          -    yes                small   tobacco   no
    no                      tobacco          -    yes                small   food      yes
    no                      tobacco,lottery  -    yes                small   lottery   no
    yes                     tobacco          -    no                 small   tobacco   no
    yes                     tobacco          -    yes                medium  drugs     yes
    no                      -                30   yes                small   food      yes
    no                      -                30   yes                medium  food      yes
    no                      -                30   yes                large   food      capped
    no                      -                0    yes                large   food      capped
    no                      -                100  yes                large   food      capped
    yes                     -                30   no                 large   food      no
    no                      food             30   yes                large   food      no
""")
def test_a_program_is_accepted_where_its_terms_say(row: Row) -> None:
    acceptance = Acceptance(
        requires_gift_voucher_association=row["needs_gift_association"] == "yes",
        excluded_categories=tuple(row["excluded"].split(",")) if "excluded" in row else (),
        large_store_cap_percent=row.units("cap") if "cap" in row else None,
    )
    till = a_till(
        takes=row["association_takes"] == "yes", size=row["size"], category=row["category"]
    )
    purse = rules.purse(a_program(acceptance), till)
    found = "no" if purse is None else "capped" if purse.is_capped else "yes"
    assert found == row["accepted"]


def test_a_purse_carries_the_limits_and_the_rank_of_its_program() -> None:
    program = Program(
        key=KEY,
        name_ja="祝い",
        name_en="Gift",
        funder="town",
        use=Use(per_payment_limit=3_000, per_day_limit=5_000),
        rank=2,
    )
    expected = Purse(asset=KEY, rank=2, per_payment=3_000, per_day=5_000, is_capped=False)
    assert rules.purse(program, a_till()) == expected


@each("""
    kind      unit_yen  use          pays
    voucher   1         -            yes
    points    1         -            yes
    prepaid   1         -            yes
    points    1         by_exchange  no
    points    2         -            no
    points    50        -            no
    voucher   500       -            no
    prepaid   3000      -            no
    points    0         -            no
    stamps    1         -            no
    in_kind   1         -            no
""")
def test_only_what_is_worth_a_yen_pays_in_a_shop(row: Row) -> None:
    """Whatever got past the checks of a town's file: no shop is paid a yen for 50."""
    program = Program(
        key=KEY,
        kind=ProgramKind(row["kind"]),
        name_ja="祝い",
        name_en="Gift",
        unit_yen=row.units("unit_yen"),
        use=Use(is_by_exchange_only="use" in row, is_automatic=True),
    )
    assert rules.may_pay(program) == (row["pays"] == "yes")
    assert (rules.purse(program, a_till()) is not None) == (row["pays"] == "yes")
    purses = Catalogue([Version(program, NOON)]).offer(a_till(), NOON).purses
    assert len(purses) == (row["pays"] == "yes")


@each("""
    takes  unit_yen  gives  worth  times  cost
    350    0         500    1      1      500
    350    0         500    1      2      1000
    100    1         80     1      1      100
    100    1         80     2      3      480
    10     50        -      -      1      500
    10     0         -      -      4      0
""")
def test_an_exchange_costs_what_is_given_up_or_got_whichever_is_worth_more(row: Row) -> None:
    to = a_program() if "gives" in row else None
    exchange = Exchange(
        key="swap",
        name_ja="交換",
        name_en="Swap",
        take=row.units("takes"),
        to=to.key if to else None,
        give=row.units("gives") or 1,
    )
    leaves = replace(
        a_program(), key=Asset("leaves"), unit_yen=row.units("unit_yen"), exchanges=(exchange,)
    )
    programs = {leaves.key: leaves}
    if to is not None:
        programs[to.key] = replace(to, unit_yen=row.units("worth"))
    asked = ExchangeRequest(
        id=OperationId(MADE_BY), program=leaves.key, exchange="swap", times=row.units("times")
    )
    assert rules.cost_yen(asked, programs) == row.units("cost")
    assert rules.cost_yen(replace(asked, exchange="none"), programs) == 0
    assert rules.cost_yen(asked, {}) == 0


def test_what_is_asked_in_yen_costs_what_it_says() -> None:
    """And a thing as many yen as its units are worth."""
    rides = replace(
        a_program(),
        unit_yen=450,
        things=(Thing(key="ride", name_ja="1回", name_en="A ride", units=2),),
    )
    ride = RedemptionRequest(id=OperationId(MADE_BY), program=KEY, thing="ride")
    assert rules.cost_yen(ride, {KEY: rides}) == 900
    assert rules.cost_yen(replace(ride, thing="none"), {KEY: rides}) == 0
    paid = PaymentRequest(id=OperationId(MADE_BY), units=77)
    assert rules.cost_yen(paid, {KEY: rides}) == 77


@each("""
    percent  granted          large_shops_may_take
    0        10,000 JPY       0 JPY
    30       10,000 JPY       3,000 JPY
    33       100 JPY          33 JPY
    33       10 JPY           3 JPY
    50       1 JPY            0 JPY
    50       3 JPY            1 JPY
    99       1 JPY            0 JPY
    99       101 JPY          99 JPY
    100      1 JPY            1 JPY
    100      10,000 JPY       10,000 JPY
    70       100,000,001 JPY  70,000,000 JPY
""")
def test_the_share_of_large_shops_is_rounded_down(row: Row) -> None:
    program = a_program(Acceptance(large_store_cap_percent=row.units("percent")))
    expected = row.units("large_shops_may_take")
    assert rules.capped_units(program, row.units("granted")) == expected


def test_without_a_cap_large_shops_may_take_all() -> None:
    assert rules.capped_units(a_program(), 10_000) is None


@each("""
    granted_on  months  last_day
    2026-10-01  12      2027-10-01
    2026-10-01  0       2026-10-01
    2026-10-01  3       2027-01-01
    2026-12-31  1       2027-01-31
    2026-12-31  2       2027-02-28
    2027-12-31  2       2028-02-29
    2027-12-30  2       2028-02-29
    2027-12-29  2       2028-02-29
    2027-12-28  2       2028-02-28
    2026-01-29  1       2026-02-28
    2026-01-30  1       2026-02-28
    2026-01-31  1       2026-02-28
    2028-01-29  1       2028-02-29
    2028-02-29  12      2029-02-28
    2028-02-29  48      2032-02-29
    2099-02-28  12      2100-02-28
    2096-02-29  48      2100-02-28
    2026-03-31  1       2026-04-30
    2026-05-31  6       2026-11-30
    2026-11-30  1       2026-12-30
    2026-11-15  13      2027-12-15
    2026-01-31  120     2036-01-31
""")
def test_months_later_is_the_same_day_or_the_last_of_that_month(row: Row) -> None:
    """民法143条2項; the grant is good until the day ends in Tokyo."""
    granted_at = datetime.fromisoformat(f"{row['granted_on']}T12:00").replace(tzinfo=TOKYO)
    program = a_program(months=row.units("months"))
    assert last_day_and_end(program, granted_at) == row["last_day"]


@each("""
    granted_at_in_tokyo         last_day
    2026-10-31T00:00:00         2026-11-30
    2026-10-31T23:59:59.999999  2026-11-30
    2026-11-01T00:00:00         2026-12-01
    2028-02-28T23:59:59.999999  2028-03-28
    2028-02-29T00:00:00         2028-03-29
    2028-02-29T23:59:59.999999  2028-03-29
    2028-03-01T00:00:00         2028-04-01
    2026-12-31T23:59:59.999999  2027-01-31
    2027-01-01T00:00:00         2027-02-01
""")
def test_the_day_of_a_grant_is_the_day_in_tokyo(row: Row) -> None:
    granted_at = datetime.fromisoformat(row["granted_at_in_tokyo"]).replace(tzinfo=TOKYO)
    program = a_program(months=1)
    assert last_day_and_end(program, granted_at.astimezone(UTC)) == row["last_day"]


def test_a_program_without_months_ends_with_the_day_of_the_grant() -> None:
    assert last_day_and_end(a_program(months=None), NOON) == "2026-10-01"


@each("""
    expires_on  months  last_day
    2027-03-31  12      2027-03-31
    2028-02-29  -       2028-02-29
    2026-09-30  12      2026-09-30
    2026-12-31  1       2026-12-31
""")
def test_a_fixed_last_day_goes_before_months(row: Row) -> None:
    months = row.units("months") if "months" in row else None
    program = a_program(expires_on=date.fromisoformat(row["expires_on"]), months=months)
    assert last_day_and_end(program, NOON) == row["last_day"]


@each("""
    at_in_tokyo                 usable
    2027-03-31T00:00:00         yes
    2027-03-31T23:59:59.999     yes
    2027-03-31T23:59:59.999999  yes
    2027-04-01T00:00:00         no
    2027-04-01T00:00:00.001     no
""")
def test_the_last_day_counts_to_its_last_instant(row: Row) -> None:
    """24:00 of the last day is the first instant at which the grant is over."""
    at = datetime.fromisoformat(row["at_in_tokyo"]).replace(tzinfo=TOKYO)
    end = rules.expires_at(a_program(expires_on=date(2027, 3, 31)), NOON)
    assert (at < end) == (row["usable"] == "yes")


def last_day_and_end(program: Program, granted_at: datetime) -> str:
    """The last day, after seeing that the end is midnight in Tokyo, told in UTC."""
    end = rules.expires_at(program, granted_at)
    assert end.tzinfo == UTC
    assert (end.astimezone(TOKYO).hour, end.minute, end.second, end.microsecond) == (0, 0, 0, 0)
    return (end.astimezone(TOKYO).date() - timedelta(days=1)).isoformat()


@each("""
    state      by        outcome
    submitted  other     may_decide
    submitted  uploader  second_person_needed
    approved   other     grant_list_decided
    declined   other     grant_list_decided
    posted     other     grant_list_decided
    approved   uploader  second_person_needed
    declined   uploader  second_person_needed
    posted     uploader  second_person_needed
""")
def test_a_second_person_decides_and_only_once(row: Row) -> None:
    by = MADE_BY if row["by"] == "uploader" else OTHER
    if row["outcome"] == "may_decide":
        rules.check_decision(a_list(ListState(row["state"])), by)
        return
    with pytest.raises((SecondPersonNeeded, GrantListDecided)) as raised:
        rules.check_decision(a_list(ListState(row["state"])), by)
    assert raised.value.code == row["outcome"]


def a_list(state: ListState) -> GrantList:
    return GrantList(
        id=GrantListId(UUID(int=9)),
        program=KEY,
        sha256=b"\0" * 32,
        summary=ListSummary("utf-8", {}, {}, {}),
        row_count=1,
        units=10_000,
        state=state,
        uploaded_by=MADE_BY,
        uploaded_at=NOON,
        decided_by=None,
        decided_at=None,
        posted_rows=0,
    )


@each("""
    missing  whole   outage  why
    0        1440    no      nothing was missing
    14       1440    no      0.97 %
    15       1440    yes     1.04 %
    1440     1440    yes     the whole day
    99       10000   no      0.99 %
    100      10000   no      exactly 1 %
    101      10000   yes     1.01 %
""")
def test_a_day_of_which_more_than_1_percent_was_missing_is_one_of_an_outage(row: Row) -> None:
    found = rules.is_outage(row.units("missing"), row.units("whole"))
    assert found == (row["outage"] == "yes")
