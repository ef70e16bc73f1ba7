"""Goods that come back: units first, then cash, and what they earned is taken back."""

from dataclasses import replace
from typing import Final

from ichimai.kernel.rates import Rate
from ichimai.programs.terms import Limits
from tests.journals.earning import CARD, ON_100, points
from tests.journals.journal import Journal
from tests.journals.words import Offer, Terms

_POOLED: Final = Offer(rate=Rate(), is_pooled=True)
POOLED: Final = (_POOLED, replace(_POOLED, name="city", funder="city"))
"""From the shop and from the city, into one lot."""

_TO_50: Final = Offer(rate=Rate(), limits=Limits(units_per_day=50))

RETURNS: Final = {
    "units go back first and the rest in cash": Journal(
        """
        when         do                   answer                  A gift  A points  S sold
        10-01 12:00  grant g1 300         posted                  300     0         0
        10-01 12:00  buy b1 1000          posted                  0       7         300
        10-01 12:01  return r1 200 of b1  posted                  200     5         100
        10-01 12:02  return r2 300 of b1  posted                  300     3         0
        10-01 12:03  return r3 501 of b1  refund_exceeds_payment  300     3         0
        10-01 12:04  return r4 500 of b1  posted                  300     0         0
        10-01 12:04  return r4 500 of b1  again                   300     0         0
        10-01 12:05  return r5 1 of b1    refund_exceeds_payment  300     0         0
        """,
        (Terms(), points()),
    ),
    "the rounding is of all that came back together": Journal(
        """
        when         do                   answer  A points  S gave
        10-01 12:00  buy b1 1050          posted  10        -10
        10-01 12:01  return r1 1 of b1    posted  9         -9
        10-01 12:02  return r2 1 of b1    posted  9         -9
        10-01 12:03  return r3 103 of b1  posted  9         -9
        10-01 12:04  return r4 1 of b1    posted  8         -8
        10-01 12:05  return r5 943 of b1  posted  0         0
        10-01 12:06  return r6 1 of b1    posted  0         0
        """,
        (points(),),
    ),
    "what came back before is not taken back again": Journal(
        """
        when         do                   answer  A points
        10-01 12:00  buy b0 5000          posted  50
        10-01 12:00  buy b1 1000          posted  60
        10-01 12:01  return r1 400 of b1  posted  56
        10-01 12:02  return r2 300 of b1  posted  53
        10-01 12:03  return r3 300 of b1  posted  50
        """,
        (points(),),
    ),
    "of a sale and its bonus from one funder all is taken back": Journal(
        """
        when         do                   answer  A points  S gave
        10-01 12:00  buy b1 1000          posted  50        -50
        10-01 12:01  return r1 500 of b1  posted  25        -25
        10-01 12:02  return r2 500 of b1  posted  0         0
        """,
        (points(ON_100, Offer("bonus", rate=Rate(extra_times=4))),),
    ),
    "of a sale and its bonus no more is taken back than is left": Journal(
        """
        when         do                     answer  A points  S gave
        10-01 12:00  buy b1 1000            posted  50        -50
        10-01 12:01  buy b2 45 with points  posted  5         -50
        10-01 12:02  return r1 1000 of b1   posted  0         -45
        10-01 12:03  return r2 45 of b2     posted  45        -45
        """,
        (points(ON_100, Offer("bonus", rate=Rate(extra_times=4))),),
    ),
    "of a pool that two gave to each has its part back": Journal(
        """
        when         do                     answer  A points  S gave  city issued
        10-01 12:00  buy b1 1000            posted  20        -10     -10
        10-01 12:01  return r1 500 of b1    posted  10        -5      -5
        10-01 12:02  return r2 200 of b1    posted  6         -3      -3
        10-01 12:03  buy b2 5 with points   posted  1         -3      -3
        10-01 12:04  return r3 300 of b1    posted  0         -2      -3
        10-01 12:05  return r4 5 of b2      posted  5         -2      -3
        """,
        (points(*POOLED),),
    ),
    "two offers that count under one cap give their room back together": Journal(
        """
        when         do                      answer  A points
        10-01 12:00  buy b1 2000             posted  50
        10-01 12:01  return r1 1000 of b1    posted  25
        10-01 12:02  buy b2 9000             posted  50
        10-01 12:03  return r2 9000 of b2    posted  25
        10-01 12:04  return r3 1000 of b1    posted  0
        10-01 12:05  buy b3 9001             posted  50
        """,
        (points(_TO_50, replace(_TO_50, rate=Rate(yen=50))),),
    ),
    "what one return gives back it may take back": Journal(
        """
        when         do                      answer  A points  S gave  S sold
        10-01 12:00  buy b1 1000             posted  10        -10     0
        10-01 12:01  buy b2 510 with points  posted  5         -15     10
        10-01 12:02  buy b3 5 with points    posted  0         -15     15
        10-01 12:03  return r1 510 of b2     posted  5         -10     5
        """,
        (points(),),
    ),
    "the part of each program goes back to it": Journal(
        """
        when         do                        answer  A gift  A card  A points
        10-01 12:00  grant g1 300 until 10-31  posted  300     0       0
        10-01 12:00  grant g2 300 in card      posted  300     300     0
        10-01 12:01  buy b1 1000               posted  0       0       4
        10-01 12:02  return r1 400 of b1       posted  100     300     2
        10-01 12:03  return r2 200 of b1       posted  300     300     1
        10-01 12:04  return r3 400 of b1       posted  300     300     0
        """,
        (Terms(), Terms(CARD), points()),
    ),
    "only the shop that sold takes goods back and at any of its tills": Journal(
        """
        when         do                         answer                          A points
        10-01 12:00  buy b1 1000                posted                          10
        10-01 12:01  return r1 100 of b1 at L1  unknown_operation               10
        10-01 12:01  return r2 100 of b9        unknown_operation               10
        10-01 12:01  return r3 100 of b1 at S2  posted                          9
        10-01 12:01  return r4 100 of r3        unknown_operation               9
        10-01 12:02  refund f1 100 of b1        unknown_operation               9
        10-01 12:02  return r3 100 of b1        exists_with_different_terminal  9
        10-01 12:02  return r3 101 of b1 at S2  exists_with_different_amount    9
        10-01 12:02  return r3 100 of b9 at S2  exists_with_different_payment   9
        10-01 12:02  refund r3 100 of b1 at S2  exists_with_different_kind      9
        10-01 12:02  buy r3 100 at S2           exists_with_different_kind      9
        """,
        (points(),),
    ),
    "a payment is not taken back as goods nor goods as a payment": Journal(
        """
        when         do                   answer             A gift
        10-01 12:00  grant g1 1000        posted             1000
        10-01 12:00  pay p1 300           posted             700
        10-01 12:00  return r1 300 of p1  unknown_operation  700
        10-01 12:00  buy b1 200           posted             500
        10-01 12:00  refund f1 200 of b1  unknown_operation  500
        10-01 12:00  return r2 200 of b1  posted             700
        """,
        (Terms(),),
    ),
    "of a sale that moved nothing nothing moves back": Journal(
        """
        when         do                  answer                  A points
        10-01 12:00  buy b1 80           posted                  0
        10-01 12:01  return r1 50 of b1  posted                  0
        10-01 12:02  return r2 31 of b1  refund_exceeds_payment  0
        10-01 12:03  return r3 30 of b1  posted                  0
        """,
        (points(),),
    ),
    "points that ended meanwhile are not taken back": Journal(
        """
        when         do                   answer  A points  expired
        10-01 12:00  buy b1 1000          posted  10        0
        11-01 00:00  return r1 500 of b1  posted  10        0
        11-01 00:00  expire e1            posted  0         10
        11-01 00:01  return r2 500 of b1  posted  0         10
        """,
        (points(Offer(rate=Rate(), until="10-31")),),
    ),
    "a cap has room again for what was taken back and no more": Journal(
        """
        when         do                      answer  A points
        10-01 12:00  buy b1 4000             posted  40
        10-01 12:01  buy b2 4100             posted  50
        10-01 12:02  return r1 2000 of b1    posted  30
        10-01 12:03  buy b3 9000             posted  50
        10-01 12:04  return r2 2000 of b1    posted  30
        10-01 12:05  return r3 9000 of b3    posted  10
        10-01 12:06  return r4 4100 of b2    posted  0
        10-01 12:07  buy b4 6000             posted  50
        """,
        (points(Offer(rate=Rate(), limits=Limits(units_per_day=50))),),
    ),
    "what was spent and cannot be taken back leaves its cap as full as it was": Journal(
        """
        when         do                      answer  A points
        10-01 12:00  buy b1 5000             posted  50
        10-01 12:01  buy b2 45 with points   posted  5
        10-01 12:02  return r1 5000 of b1    posted  0
        10-01 12:03  buy b3 9000             posted  5
        10-01 12:04  return r2 45 of b2      posted  50
        10-01 12:05  buy b4 9100             posted  50
        """,
        (points(Offer(rate=Rate(), limits=Limits(units_per_day=50))),),
    ),
    "of a sale and its bonus each cap has its share of the room again": Journal(
        """
        when         do                      answer  A points
        10-01 12:00  buy b1 1000             posted  50
        10-01 12:01  return r1 500 of b1     posted  25
        10-01 12:02  buy b2 9000             posted  60
        10-01 12:03  return r2 500 of b1     posted  35
        10-01 12:04  buy b3 9100             posted  60
        """,
        (
            points(
                Offer(rate=Rate(), limits=Limits(units_per_day=20)),
                Offer("bonus", rate=Rate(extra_times=4), limits=Limits(units_per_day=40)),
            ),
        ),
    ),
    "a time comes back only with all that it gave": Journal(
        """
        when         do                    answer  A points
        10-01 12:00  buy b1 1000           posted  10
        10-01 12:01  return r1 999 of b1   posted  0
        10-01 12:02  buy b2 1100           posted  11
        10-01 12:03  return r2 500 of b2   posted  6
        10-01 12:04  buy b3 2000           posted  6
        10-01 12:05  return r3 600 of b2   posted  0
        10-01 12:06  buy b4 2100           posted  21
        """,
        (points(Offer(rate=Rate(), limits=Limits(times_per_day=1))),),
    ),
    "a cap of a day that is over has room that nobody uses and the week's has it": Journal(
        """
        when         do                      answer  A points
        10-01 12:00  buy b1 4000             posted  40
        10-02 12:00  buy b2 4000             posted  60
        10-02 12:01  return r1 4000 of b1    posted  20
        10-02 12:02  buy b3 9000             posted  50
        10-03 12:02  buy b4 9000             posted  60
        """,
        (points(Offer(rate=Rate(), limits=Limits(units_per_day=50, units_per_week=60))),),
    ),
    "the budget has what was taken back again": Journal(
        """
        when         do                    answer  A points  city issued
        10-01 12:00  buy b1 8000           posted  80        -80
        10-01 12:01  return r1 4000 of b1  posted  40        -40
        10-01 12:02  buy b2 9000           posted  100       -100
        """,
        (points(Offer(rate=Rate(), funder="city", is_bounded=True)),),
        budget_units=100,
    ),
}
