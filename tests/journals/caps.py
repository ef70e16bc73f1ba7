"""How much of what is earned a person, a day, a shop and a budget allow."""

from typing import Final

from ichimai.kernel.rates import Rate
from ichimai.programs.terms import Limits
from tests.journals.earning import points
from tests.journals.journal import Journal
from tests.journals.words import Offer

CAPS: Final = {
    "so many units a day and the day is Tokyo's": Journal(
        """
        when                do           answer  A points
        10-01 12:00         buy b1 4000  posted  40
        10-01 12:01         buy b2 4100  posted  50
        10-01 23:59:59.999  buy b3 4200  posted  50
        10-02 00:00         buy b4 4300  posted  93
        """,
        (points(Offer(rate=Rate(), limits=Limits(units_per_day=50))),),
    ),
    "so many units a week which begins on Monday": Journal(
        """
        when                do           answer  A points
        10-02 12:00         buy b1 4000  posted  40
        10-04 23:59:59.999  buy b2 4100  posted  50
        10-05 00:00         buy b3 4200  posted  92
        """,
        (points(Offer(rate=Rate(), limits=Limits(units_per_week=50))),),
    ),
    "so many units a month": Journal(
        """
        when                do           answer  A points
        10-01 00:00         buy b1 4000  posted  40
        10-31 23:59:59.999  buy b2 4100  posted  50
        11-01 00:00         buy b3 4200  posted  92
        """,
        (points(Offer(rate=Rate(), limits=Limits(units_per_month=50))),),
    ),
    "so many units a fiscal year which begins in April": Journal(
        """
        when                do           answer  A points
        03-31 23:59:59.999  buy b1 4000  posted  40
        04-01 00:00         buy b2 4100  posted  81
        12-30 12:00         buy b3 4200  posted  90
        """,
        (points(Offer(rate=Rate(), limits=Limits(units_per_fiscal_year=50))),),
    ),
    "so many units ever and each person for themselves": Journal(
        """
        when         do                 answer  A points  B points
        01-01 12:00  buy b1 4000        posted  40        0
        10-01 12:00  buy b2 4100        posted  50        0
        10-01 12:01  buy b3 4200        posted  50        0
        10-01 12:01  buy b4 4100 by B   posted  50        41
        10-01 12:02  buy b5 4300 by A2  posted  50        41
        """,
        (points(Offer(rate=Rate(), limits=Limits(units_ever=50))),),
    ),
    "so many times a day however much it is": Journal(
        """
        when         do                 answer         A points
        10-01 12:00  award a1 of visit  posted         7
        10-01 12:01  award a2 of visit  posted         14
        10-01 12:02  award a3 of visit  limit_reached  14
        10-01 12:02  award a3 of visit  limit_reached  14
        10-02 00:00  award a3 of visit  limit_reached  14
        10-02 00:00  award a4 of visit  posted         21
        """,
        (points(Offer("visit", units=7, limits=Limits(times_per_day=2))),),
    ),
    "once in a fiscal year": Journal(
        """
        when                do                 answer         A points
        01-10 12:00         award a1 of visit  posted         7
        03-31 23:59:59.999  award a2 of visit  limit_reached  7
        04-01 00:00         award a3 of visit  posted         14
        """,
        (points(Offer("visit", units=7, limits=Limits(times_per_fiscal_year=1))),),
    ),
    "once at each shop and twice in all": Journal(
        """
        when         do                       answer         A points
        10-01 12:00  award a1 of visit        posted         1
        10-01 12:00  award a2 of visit at S2  limit_reached  1
        10-02 12:00  award a3 of visit at S1  limit_reached  1
        10-02 12:00  award a4 of visit at L1  posted         2
        10-02 12:00  award a5 of visit at M1  limit_reached  2
        """,
        (points(Offer("visit", limits=Limits(times_per_shop=1, times_ever=2))),),
    ),
    "once a day at each shop": Journal(
        """
        when         do                       answer         A points
        10-01 12:00  award a1 of visit at S1  posted         1
        10-01 12:00  award a2 of visit at S1  limit_reached  1
        10-01 12:00  award a3 of visit at L1  posted         2
        10-02 00:00  award a4 of visit at S1  posted         3
        """,
        (points(Offer("visit", limits=Limits(times_per_shop_day=1))),),
    ),
    "of several limits the least leaves what is given": Journal(
        """
        when         do           answer  A points
        10-01 12:00  buy b1 3000  posted  30
        10-01 12:01  buy b2 3100  posted  50
        10-02 12:00  buy b3 3000  posted  60
        10-02 12:01  buy b4 3100  posted  60
        """,
        (points(Offer(rate=Rate(), limits=Limits(units_per_day=50, units_per_week=60))),),
    ),
    "all of it or nothing": Journal(
        """
        when         do                 answer         A points
        10-01 12:00  award a1 of prize  posted         30
        10-01 12:01  award a2 of prize  limit_reached  30
        10-02 12:00  award a3 of prize  posted         60
        """,
        (points(Offer("prize", units=30, is_whole=True, limits=Limits(units_per_day=50))),),
    ),
    "what is refused or made again counts nothing": Journal(
        """
        when         do                       answer              A points
        10-01 12:00  award a1 of visit        posted              7
        10-01 12:00  award a1 of visit        again               7
        10-01 12:00  award a1 of visit        again               7
        10-01 12:00  stop s1                  posted              7
        10-01 12:01  award a2 of visit        credential_stopped  7
        10-01 12:02  award a3 of visit by A2  posted              14
        10-01 12:03  award a4 of visit by A2  limit_reached       14
        """,
        (points(Offer("visit", units=7, limits=Limits(times_per_day=2))),),
    ),
}

BONUSES: Final = {
    "a bonus is of what was given and not of what a cap cut": Journal(
        """
        when         do           answer  A points
        10-01 12:00  buy b1 300   posted  15
        10-01 12:01  buy b2 2000  posted  50
        10-01 12:02  buy b3 900   posted  50
        10-02 12:00  buy b4 100   posted  55
        """,
        (
            points(
                Offer(rate=Rate(), limits=Limits(units_per_day=10)),
                Offer("bonus", rate=Rate(extra_times=4), times=4),
            ),
        ),
    ),
    "a bonus has a cap of its own and leaves what was given alone": Journal(
        """
        when         do           answer  A points
        10-01 12:00  buy b1 1000  posted  30
        10-01 12:01  buy b2 2000  posted  50
        """,
        (
            points(
                Offer(rate=Rate()),
                Offer("bonus", rate=Rate(extra_times=4), times=4, limits=Limits(units_per_day=20)),
            ),
        ),
    ),
    "where a time is used up there is no bonus either": Journal(
        """
        when         do                 answer         A points
        10-01 12:00  award a1 of visit  posted         7
        10-01 12:01  award a2 of visit  limit_reached  7
        10-01 12:02  buy b1 500         posted         22
        10-01 12:03  buy b2 600         posted         22
        """,
        (
            points(
                Offer("visit", units=7, limits=Limits(times_per_day=1)),
                Offer(rate=Rate(), limits=Limits(times_per_day=1)),
                Offer("bonus", rate=Rate(extra_times=2), times=2),
            ),
        ),
    ),
    "an event's bonus is of what the event gave": Journal(
        """
        when         do                 answer  A points
        10-01 12:00  award a1 of class  posted  30
        10-01 12:01  award a2 of class  posted  36
        """,
        (
            points(
                Offer("class", units=10, limits=Limits(units_per_day=12)),
                Offer("class bonus", units=20, times=2),
            ),
        ),
    ),
    "a bonus is of what a budget left": Journal(
        """
        when         do           answer  A points  city issued  S gave
        10-01 12:00  buy b1 1500  posted  45        -15          -30
        10-01 12:01  buy b2 1600  posted  60        -20          -40
        10-01 12:02  buy b3 1700  posted  60        -20          -40
        """,
        (
            points(
                Offer(rate=Rate(), funder="city", is_bounded=True),
                Offer("bonus", rate=Rate(extra_times=2), times=2),
            ),
        ),
        budget_units=20,
    ),
    "a bonus goes back with what it is of and both can be earned again": Journal(
        """
        when         do                    answer  A points
        10-01 12:00  buy b1 1000           posted  50
        10-01 12:01  return r1 500 of b1   posted  25
        10-01 12:02  buy b2 2000           posted  50
        10-01 12:03  return r2 500 of b1   posted  25
        10-01 12:04  return r3 2000 of b2  posted  0
        10-01 12:05  buy b3 900            posted  45
        """,
        (
            points(
                Offer(rate=Rate(), limits=Limits(units_per_day=10)),
                Offer("bonus", rate=Rate(extra_times=4), times=4),
            ),
        ),
    ),
}

BUDGETS: Final = {
    "a budget is spent to the last unit and never above": Journal(
        """
        when         do                answer  A points  B points  city issued
        10-01 12:00  buy b1 6000       posted  60        0         -60
        10-01 12:01  buy b2 6000 by B  posted  60        40        -100
        10-01 12:02  buy b3 6100 by B  posted  60        40        -100
        """,
        (points(Offer(rate=Rate(), funder="city", is_bounded=True)),),
        budget_units=100,
    ),
    "where a prize is whole the rest of a budget is left": Journal(
        """
        when         do                      answer         A points  city issued
        10-01 12:00  award a1 of prize       posted         60        -60
        10-01 12:01  award a2 of prize by B  limit_reached  60        -60
        """,
        (
            points(
                Offer("prize", units=60, funder="city", is_bounded=True, is_whole=True),
            ),
        ),
        budget_units=100,
    ),
    "two ways of one budget share it within one sale": Journal(
        """
        when         do           answer  A points  city issued
        10-01 12:00  buy b1 3000  posted  90        -90
        10-01 12:01  buy b2 3100  posted  100       -100
        """,
        (
            points(
                Offer(rate=Rate(), funder="city", is_bounded=True),
                Offer("bonus", rate=Rate(extra_times=2), funder="city", is_bounded=True),
            ),
        ),
        budget_units=100,
    ),
    "three ways of one budget share it too": Journal(
        """
        when         do           answer  A points  city issued
        10-01 12:00  buy b1 3900  posted  100       -100
        """,
        (
            points(
                Offer(rate=Rate(), funder="city", is_bounded=True),
                Offer("more", rate=Rate(), funder="city", is_bounded=True),
                Offer("most", rate=Rate(), funder="city", is_bounded=True),
            ),
        ),
        budget_units=100,
    ),
    "a limit that is counted is what was given and not what was asked": Journal(
        """
        when         do           answer  A points  city issued
        10-01 12:00  buy b1 9000  posted  90        -90
        10-01 12:01  buy b2 9100  posted  95        -95
        10-01 12:02  buy b3 9200  posted  95        -95
        10-02 12:00  buy b4 9000  posted  100       -100
        """,
        (
            points(
                Offer(
                    rate=Rate(),
                    funder="city",
                    is_bounded=True,
                    limits=Limits(units_per_day=95),
                )
            ),
        ),
        budget_units=100,
    ),
}
