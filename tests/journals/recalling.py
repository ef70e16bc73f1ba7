"""Goods that come back when what they earned has moved on, as two wallets became one person's."""

from typing import Final

from ichimai.kernel.rates import Rate
from ichimai.programs.terms import Limits
from tests.journals.earning import points
from tests.journals.journal import Journal
from tests.journals.returning import POOLED
from tests.journals.words import Offer, Terms

_TO_50: Final = points(Offer(rate=Rate(), limits=Limits(units_per_day=50)))
_TO_50_AND_60: Final = points(
    Offer(rate=Rate(), limits=Limits(units_per_day=50, units_per_week=60))
)
_ONCE: Final = points(Offer(rate=Rate(), limits=Limits(times_per_day=1)))

RECALLS: Final = {
    "what moved on is taken back from who stays": Journal(
        """
        when         do                   answer  A points  B points  S gave
        10-01 12:00  buy b1 1000          posted  10        0         -10
        10-01 12:00  merge u1 by A to B   posted  0         10        -10
        10-01 12:01  return r1 400 of b1  posted  0         6         -6
        10-01 12:01  return r1 400 of b1  again   0         6         -6
        10-01 12:02  return r2 1 of b1    posted  0         5         -5
        10-01 12:03  return r3 599 of b1  posted  0         0         0
        """,
        (points(),),
    ),
    "what came back before the merge is not taken back again": Journal(
        """
        when  do                   answer  A points  B points
        -     buy b0 3000 by B     posted  0         30
        -     buy b1 1000          posted  10        30
        -     return r1 400 of b1  posted  6         30
        -     merge u1 by A to B   posted  0         36
        -     return r2 300 of b1  posted  0         33
        -     return r3 300 of b1  posted  0         30
        """,
        (points(),),
    ),
    "no more than is there, and what comes back later can be": Journal(
        """
        when         do                         answer  A points  B points  S gave
        10-01 12:00  buy b1 1000                posted  10        0         -10
        10-01 12:00  merge u1 by A to B         posted  0         10        -10
        10-01 12:01  buy b2 7 by B with points  posted  0         3         -10
        10-01 12:02  return r1 500 of b1        posted  0         0         -7
        10-01 12:03  return r2 100 of b1        posted  0         0         -7
        10-01 12:04  return r3 7 of b2          posted  0         7         -7
        10-01 12:05  return r4 400 of b1        posted  0         0         0
        """,
        (points(),),
    ),
    "of one lot in both wallets, no more than the merge moved": Journal(
        """
        when         do                         answer  A points  B points
        10-01 12:00  buy b1 1000                posted  10        0
        10-01 12:00  buy b2 2000 by B           posted  10        20
        10-01 12:00  buy b3 4 with points       posted  6         20
        10-01 12:01  merge u1 by A to B         posted  0         26
        10-01 12:02  return r1 1000 of b1       posted  0         20
        10-01 12:03  buy b4 9 by B with points  posted  0         11
        10-01 12:04  return r2 2000 of b2       posted  0         0
        10-01 12:05  split w1 of u1 by B to A   posted  0         0
        10-01 12:06  return r3 4 of b3          posted  4         0
        10-01 12:07  return r4 9 of b4          posted  4         9
        """,
        (points(),),
    ),
    "a split does not give back what was taken back": Journal(
        """
        when         do                        answer           A points  B points
        10-01 12:00  buy b0 5000 by B          posted           0         50
        10-01 12:00  buy b1 1000               posted           10        50
        10-01 12:01  merge u1 by A to B        posted           0         60
        10-01 12:02  return r1 400 of b1       posted           0         56
        10-01 12:03  split w1 of u1 by B to A  posted           6         50
        10-01 12:04  return r2 300 of b1       posted           3         50
        10-01 12:05  split w2 of u1 by B to A  nothing_to_move  3         50
        10-01 12:06  merge u2 by A to B        posted           0         53
        10-01 12:07  return r3 300 of b1       posted           0         50
        10-01 12:08  split w3 of u2 by B to A  posted           0         50
        10-01 12:09  return r4 5000 of b0      posted           0         0
        """,
        (points(),),
    ),
    "after a split nothing is taken from who is somebody else": Journal(
        """
        when         do                          answer  A points  B points
        10-01 12:00  buy b0 5000 by B            posted  0         50
        10-01 12:00  buy b1 1000                 posted  10        50
        10-01 12:01  merge u1 by A to B          posted  0         60
        10-01 12:02  buy b2 56 by B with points  posted  0         4
        10-01 12:03  split w1 of u1 by B to A    posted  4         0
        10-01 12:04  return r1 56 of b2          posted  4         56
        10-01 12:05  return r2 1000 of b1        posted  0         56
        """,
        (points(),),
    ),
    "of three who are one, what went on twice comes back twice": Journal(
        """
        when         do                        answer  A points  B points  C points
        10-01 12:00  buy b1 1000               posted  10        0         0
        10-01 12:00  buy b2 2000 by B          posted  10        20        0
        10-01 12:01  merge u1 by A to B        posted  0         30        0
        10-01 12:02  merge u2 by B to C        posted  0         0         30
        10-01 12:03  return r1 500 of b1       posted  0         0         25
        10-01 12:04  return r2 1000 of b2      posted  0         0         15
        10-01 12:05  split w2 of u2 by C to B  posted  0         15        0
        10-01 12:06  return r3 100 of b1       posted  0         14        0
        10-01 12:07  split w1 of u1 by B to A  posted  4         10        0
        10-01 12:08  return r4 400 of b1       posted  0         10        0
        10-01 12:09  return r5 1000 of b2      posted  0         0         0
        """,
        (points(),),
    ),
    "what is still there is taken first, and then what moved on": Journal(
        """
        when         do                          answer           A points  B points
        10-01 12:00  buy b0 5000                 posted           50        0
        10-01 12:01  buy b1 1000 with points:30  posted           29        0
        10-01 12:02  merge u1 by A to B          posted           0         29
        10-01 12:03  return r1 1000 of b1        posted           21        29
        10-01 12:04  return r2 3000 of b0        posted           0         20
        10-01 12:05  merge u2 of u1 by A to B    nothing_to_move  0         20
        10-01 12:06  return r3 2000 of b0        posted           0         0
        """,
        (points(),),
    ),
    "what followed a merge is taken back too": Journal(
        """
        when         do                        answer  A points  B points
        10-01 12:00  buy b0 5000               posted  50        0
        10-01 12:01  buy b1 30 with points     posted  20        0
        10-01 12:02  merge u1 by A to B        posted  0         20
        10-01 12:03  return r1 30 of b1        posted  30        20
        10-01 12:04  merge u2 of u1 by A to B  posted  0         50
        10-01 12:05  return r2 4000 of b0      posted  0         10
        10-01 12:06  split w1 of u1 by B to A  posted  10        0
        """,
        (points(),),
    ),
    "what is bought with the old card after a merge follows it, and comes back": Journal(
        """
        when         do                        answer  A points  B points
        10-01 12:00  buy b0 1000               posted  10        0
        10-01 12:01  merge u1 by A to B        posted  0         10
        10-01 12:02  buy b1 2000               posted  20        10
        10-01 12:03  merge u2 of u1 by A to B  posted  0         30
        10-01 12:04  return r1 2000 of b1      posted  0         10
        10-01 12:05  buy b2 9000 by B          posted  0         50
        10-01 12:06  buy b3 9000               posted  40        50
        """,
        (_TO_50,),
    ),
    "what moved on before it was earned was not it": Journal(
        """
        when         do                        answer  A points  B points
        10-01 12:00  buy b0 1000               posted  10        0
        10-01 12:01  merge u1 by A to B        posted  0         10
        10-01 12:02  buy b1 2000               posted  20        10
        10-01 12:03  merge u2 by A to B        posted  0         30
        10-01 12:04  return r1 2000 of b1      posted  0         10
        10-01 12:05  split w2 of u2 by B to A  posted  0         10
        10-01 12:06  split w1 of u1 by B to A  posted  10        0
        """,
        (points(),),
    ),
    "what had gone on from who stays before is theirs": Journal(
        """
        when         do                         answer  A points  B points  C points
        10-01 12:00  buy b1 1000                posted  10        0         0
        10-01 12:00  buy b2 2000 by B           posted  10        20        0
        10-01 12:01  merge u1 by B to C         posted  10        0         20
        10-01 12:02  merge u2 by A to B         posted  0         10        20
        10-01 12:03  buy b3 7 by B with points  posted  0         3         20
        10-01 12:04  return r1 1000 of b1       posted  0         0         20
        10-01 12:05  return r2 2000 of b2       posted  0         0         0
        """,
        (points(),),
    ),
    "of two to whom something went, from the first": Journal(
        """
        when         do                   answer  A points  B points  C points
        10-01 12:00  buy b1 2000          posted  20        0         0
        10-01 12:01  merge u1 by A to B   posted  0         20        0
        10-01 12:02  buy b2 1000          posted  10        20        0
        10-01 12:03  merge u2 by A to C   posted  0         20        10
        10-01 12:04  return r1 500 of b1  posted  0         15        10
        """,
        (points(),),
    ),
    "of two who were merged both ways": Journal(
        """
        when         do                    answer  A points  B points
        10-01 12:00  buy b1 1000           posted  10        0
        10-01 12:00  merge u1 by A to B    posted  0         10
        10-01 12:00  merge u2 by B to A    posted  10        0
        10-01 12:01  return r1 1000 of b1  posted  0         0
        """,
        (points(),),
    ),
    "of a pool that two gave to each has its part back": Journal(
        """
        when         do                         answer  B points  S gave  city issued
        10-01 12:00  buy b1 1000                posted  0         -10     -10
        10-01 12:01  merge u1 by A to B         posted  20        -10     -10
        10-01 12:02  buy b2 5 by B with points  posted  15        -10     -10
        10-01 12:03  return r1 500 of b1        posted  5         -5      -5
        10-01 12:04  return r2 500 of b1        posted  0         0       -5
        10-01 12:05  return r3 5 of b2          posted  5         0       -5
        """,
        (points(*POOLED),),
    ),
    "what ended meanwhile is not taken back": Journal(
        """
        when         do                   answer  A points  B points  expired
        10-01 12:00  buy b1 1000          posted  10        0         0
        10-01 12:00  merge u1 by A to B   posted  0         10        0
        11-01 00:00  return r1 500 of b1  posted  0         10        0
        11-01 00:00  expire e1            posted  0         0         10
        """,
        (points(Offer(rate=Rate(), until="10-31")),),
    ),
    "what has a grace where it is is taken back, and nothing comes to life where it was": Journal(
        """
        when         do                         answer  A points  B points  expired
        10-01 12:00  buy b1 1000                posted  10        0         0
        10-01 12:00  buy b0 6 with points       posted  4         0         0
        10-01 12:00  merge u1 by A to B         posted  0         4         0
        10-01 12:01  buy b2 4 by B with points  posted  0         0         0
        10-31 23:00  return r0 6 of b0          posted  6         0         0
        11-01 00:00  return r1 4 of b2          posted  6         4         0
        11-02 00:00  return r2 800 of b1        posted  6         0         0
        11-02 00:01  buy b3 1 with points       posted  6         0         0
        11-02 00:02  expire e1                  posted  0         0         6
        """,
        (points(Offer(rate=Rate(), until="10-31")),),
    ),
    "units of programs go back where they came from, and points from where they are": Journal(
        """
        when         do                   answer  A gift  B gift  B points
        10-01 12:00  grant g1 300         posted  300     0       0
        10-01 12:00  buy b1 1000          posted  0       0       0
        10-01 12:01  merge u1 by A to B   posted  0       0       7
        10-01 12:02  return r1 200 of b1  posted  200     0       5
        10-01 12:03  return r2 800 of b1  posted  300     0       0
        """,
        (Terms(), points()),
    ),
}

ROOM: Final = {
    "both have room again, and apart again each has its own": Journal(
        """
        when         do                        answer  A points  B points
        10-01 12:00  buy b1 4000               posted  40        0
        10-01 12:01  buy b2 2000 by B          posted  40        20
        10-01 12:02  merge u1 by A to B        posted  0         60
        10-01 12:03  buy b3 9000 by B          posted  0         60
        10-01 12:04  return r1 2000 of b1      posted  0         40
        10-01 12:05  buy b4 9100 by B          posted  0         50
        10-01 12:06  return r2 1000 of b1      posted  0         40
        10-01 12:07  split w1 of u1 by B to A  posted  10        30
        10-01 12:08  buy b5 9200               posted  50        30
        10-01 12:09  buy b6 9300 by B          posted  50        50
        10-01 12:10  return r3 1000 of b1      posted  40        50
        10-01 12:11  buy b7 9400 by B          posted  40        50
        10-01 12:12  buy b8 9500               posted  50        50
        """,
        (_TO_50,),
    ),
    "what was spent and cannot be taken back gives neither of them room": Journal(
        """
        when         do                          answer  A points  B points
        10-01 12:00  buy b1 5000                 posted  50        0
        10-01 12:01  merge u1 by A to B          posted  0         50
        10-01 12:02  buy b2 45 by B with points  posted  0         5
        10-01 12:03  return r1 5000 of b1        posted  0         0
        10-01 12:04  buy b3 9000 by B            posted  0         5
        10-01 12:05  split w1 of u1 by B to A    posted  5         0
        10-01 12:06  buy b4 9100                 posted  10        0
        10-01 12:07  buy b5 9200 by B            posted  10        45
        """,
        (_TO_50,),
    ),
    "of a day that was over when they became one, only the week has room again": Journal(
        """
        when         do                    answer  A points  B points
        10-01 12:00  buy b1 4000           posted  40        0
        10-01 12:00  buy b2 3000 by B      posted  40        30
        10-02 12:00  merge u1 by A to B    posted  0         70
        10-02 12:01  return r1 4000 of b1  posted  0         30
        10-02 12:02  buy b3 9000 by B      posted  0         60
        """,
        (_TO_50_AND_60,),
    ),
    "a time comes back with all that it gave": Journal(
        """
        when         do                   answer  A points  B points
        10-01 12:00  buy b1 1000          posted  10        0
        10-01 12:01  merge u1 by A to B   posted  0         10
        10-01 12:02  return r1 900 of b1  posted  0         1
        10-01 12:03  buy b2 1100 by B     posted  0         1
        10-01 12:04  return r2 100 of b1  posted  0         0
        10-01 12:05  buy b3 1200 by B     posted  0         12
        """,
        (_ONCE,),
    ),
    "of three who are one all have room again": Journal(
        """
        when         do                        answer  A points  B points  C points
        10-01 12:00  buy b1 4000               posted  40        0         0
        10-01 12:01  merge u1 by A to B        posted  0         40        0
        10-01 12:02  merge u2 by B to C        posted  0         0         40
        10-01 12:03  return r1 3000 of b1      posted  0         0         10
        10-01 12:04  buy b2 9000 by C          posted  0         0         50
        10-01 12:05  split w2 of u2 by C to B  posted  0         10        40
        10-01 12:06  buy b3 9100 by B          posted  0         50        40
        10-01 12:07  buy b4 9200 by C          posted  0         50        50
        10-01 12:08  split w1 of u1 by B to A  posted  10        40        50
        10-01 12:09  buy b5 9300               posted  50        40        50
        10-01 12:10  buy b6 9400 by B          posted  50        50        50
        """,
        (_TO_50,),
    ),
    "what is taken back where it was gives who stays its room too": Journal(
        """
        when         do                        answer  A points  B points
        10-01 12:00  buy b1 4000               posted  40        0
        10-01 12:00  buy b2 40 with points     posted  0         0
        10-01 12:01  merge u1 by A to B        posted  0         0
        10-01 12:02  return r1 40 of b2        posted  40        0
        10-01 12:03  return r2 4000 of b1      posted  0         0
        10-01 12:04  buy b3 9000 by B          posted  0         50
        10-01 12:05  split w1 of u1 by B to A  posted  0         50
        10-01 12:06  buy b4 9100               posted  50        50
        """,
        (_TO_50,),
    ),
}
