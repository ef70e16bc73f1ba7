"""Limits a payment and a day, the part for large shops, budgets; and which refusal is first."""

from typing import Final

from ichimai.kernel import Asset
from tests.journals.journal import Journal
from tests.journals.words import GIFT, Terms

POINTS: Final = Asset("points")

LIMITS: Final = {
    "so much at once and no more": Journal(
        """
        when         do                             answer          A
        10-01 12:00  grant g1 2000                  posted          2000
        10-01 12:00  pay p1 501                     limit_exceeded  2000
        10-01 12:00  pay p2 500                     posted          1500
        10-01 12:00  hold h1 501 until 10-01 13:00  limit_exceeded  1500
        """,
        (Terms(per_payment=500),),
    ),
    "two programs together give what each may give at once": Journal(
        """
        when         do                          answer                lot g1  lot g2
        10-01 12:00  grant g1 1000               posted                1000    -
        10-01 12:00  grant g2 1000 in points     posted                1000    1000
        10-01 12:00  pay p1 801                  limit_exceeded        1000    1000
        10-01 12:00  pay p2 800                  posted                500     700
        """,
        (Terms(per_payment=500), Terms(POINTS, per_payment=300)),
    ),
    "a program at its limit leaves the rest to one without": Journal(
        """
        when         do                          answer                lot g1  lot g2
        10-01 12:00  grant g1 2000               posted                2000    -
        10-01 12:00  grant g2 1000 in points     posted                2000    1000
        10-01 12:00  pay p1 800                  posted                1500    700
        10-01 12:00  pay p2 2201                 insufficient_balance  1500    700
        10-01 12:00  pay p3 1201                 limit_exceeded        1500    700
        10-01 12:00  pay p4 1200                 posted                1000    0
        """,
        (Terms(rank=0, per_payment=500), Terms(POINTS, rank=1)),
    ),
    "a day's limit begins anew when the day begins in Tokyo": Journal(
        """
        when                do               answer          A
        10-01 12:00         grant g1 5000    posted          5000
        10-01 12:00         pay p1 700       posted          4300
        10-01 12:01         pay p2 301       limit_exceeded  4300
        10-01 12:02         pay p3 300       posted          4000
        10-01 23:59:59.999  pay p4 1         limit_exceeded  4000
        10-02 00:00         pay p5 1         posted          3999
        10-02 00:00         pay p6 999       posted          3000
        10-02 08:59         pay p7 1         limit_exceeded  3000
        10-02 09:00         pay p8 1         limit_exceeded  3000
        """,
        (Terms(per_day=1000),),
    ),
    "a refund on the same day gives the day's allowance back": Journal(
        """
        when         do                   answer          A
        10-01 12:00  grant g1 5000        posted          5000
        10-01 12:00  pay p1 1000          posted          4000
        10-01 12:01  refund r1 400 of p1  posted          4400
        10-01 12:02  pay p2 401           limit_exceeded  4400
        10-01 12:03  pay p3 400           posted          4000
        """,
        (Terms(per_day=1000),),
    ),
    "a refund on another day gives no allowance back": Journal(
        """
        when                do                   answer          A
        10-01 12:00         grant g1 5000        posted          5000
        10-01 12:00         pay p1 1000          posted          4000
        10-02 00:00         pay p2 800           posted          3200
        10-02 00:01         refund r1 500 of p1  posted          3700
        10-02 00:02         pay p3 201           limit_exceeded  3700
        10-02 00:03         pay p4 200           posted          3500
        """,
        (Terms(per_day=1000),),
    ),
    "a hold counts on its own day whenever it is posted or refunded": Journal(
        """
        when         do                              answer          A
        10-01 12:00  grant g1 9000                   posted          9000
        10-01 12:00  hold h1 1000 until 10-03 13:00  posted          8000
        10-01 12:01  pay p1 1                        limit_exceeded  8000
        10-02 12:00  post c1 600 of h1               posted          8400
        10-02 12:01  pay p2 900                      posted          7500
        10-02 12:02  refund r1 600 of c1             posted          8100
        10-02 12:03  pay p3 101                      limit_exceeded  8100
        10-02 12:04  pay p4 100                      posted          8000
        """,
        (Terms(per_day=1000),),
    ),
    "a hold that is voided on its day gives the allowance back": Journal(
        """
        when         do                              answer          A
        10-01 12:00  grant g1 9000                   posted          9000
        10-01 12:00  hold h1 1000 until 10-03 13:00  posted          8000
        10-01 12:01  post c1 300 of h1               posted          8700
        10-01 12:02  pay p1 701                      limit_exceeded  8700
        10-01 12:03  pay p2 700                      posted          8000
        10-01 12:04  refund r1 300 of c1             posted          8300
        10-01 12:05  pay p3 301                      limit_exceeded  8300
        10-01 12:06  pay p4 300                      posted          8000
        """,
        (Terms(per_day=1000),),
    ),
    "large shops together take no more than their part of a grant": Journal(
        """
        when         do                       answer          A     L sold  S sold
        10-01 12:00  grant g1 1000 capped 500  posted         1000  0       0
        10-01 12:00  pay p1 400 at L1         posted          600   400     0
        10-01 12:00  pay p2 101 at L2         limit_exceeded  600   400     0
        10-01 12:00  pay p3 100 at L2         posted          500   500     0
        10-01 12:00  pay p4 1 at L1           limit_exceeded  500   500     0
        10-01 12:00  pay p5 300               posted          200   500     300
        10-01 12:00  refund r1 50 of p1 at L1  posted         250   450     300
        10-01 12:00  refund r2 50 of p5       posted          300   450     250
        10-01 12:00  pay p6 51 at L1          limit_exceeded  300   450     250
        10-01 12:00  pay p7 50 at L1          posted          250   500     250
        """,
        (Terms(is_capped=True),),
    ),
    "each grant has a part of its own for large shops": Journal(
        """
        when         do                                    answer          lot g1  lot g2
        10-01 12:00  grant g1 100 capped 50 until 10-31    posted          100     -
        10-01 12:00  grant g2 100 capped 10 until 11-30    posted          100     100
        10-01 12:00  pay p1 61 at L1                       limit_exceeded  100     100
        10-01 12:00  pay p2 60 at L1                       posted          50      90
        10-01 12:00  pay p3 60                             posted          0       80
        """,
        (Terms(is_capped=True),),
    ),
    "a hold for a large shop uses its part and a void gives it back": Journal(
        """
        when         do                                   answer          A
        10-01 12:00  grant g1 1000 capped 500             posted          1000
        10-01 12:00  hold h1 500 at L1 until 10-01 13:00  posted          500
        10-01 12:00  pay p1 1 at L1                       limit_exceeded  500
        10-01 12:01  post c1 200 of h1 at L1              posted          800
        10-01 12:02  pay p2 301 at L1                     limit_exceeded  800
        10-01 12:03  refund r1 200 of c1 at L1            posted          1000
        10-01 12:04  pay p3 501 at L1                     limit_exceeded  1000
        10-01 12:05  pay p4 500 at L1                     posted          500
        """,
        (Terms(is_capped=True),),
    ),
    "a part for large shops above the grant is all of it": Journal(
        """
        when         do                        answer                A
        10-01 12:00  grant g1 100 capped 999   posted                100
        10-01 12:00  pay p1 101 at L1          insufficient_balance  100
        10-01 12:00  pay p2 100 at L1          posted                0
        """,
        (Terms(is_capped=True),),
    ),
    "a program without a part for large shops is spent there freely": Journal("""
        when         do                        answer  A
        10-01 12:00  grant g1 1000 capped 0    posted  1000
        10-01 12:00  pay p1 1000 at L1         posted  0
    """),
    "no more is granted than the budget": Journal(
        """
        when         do                        answer          A    city issued
        10-01 12:00  grant g1 600              posted          600  -600
        10-01 12:00  grant g2 401              bound_exceeded  600  -600
        10-01 12:00  grant g2 400              posted          1000  -1000
        10-01 12:00  grant g3 1                bound_exceeded  1000  -1000
        10-01 12:00  grant g4 1 from ward      posted          1001  -1000
        10-01 12:00  grant g2 400              again           1001  -1000
        """,
        budget_units=1000,
    ),
}

ORDER: Final = {
    "a used id is before an amount that is none": Journal("""
        when         do                           answer
        10-01 12:00  grant g1 1000                posted
        10-01 12:00  pay p1 300                   posted
        10-01 12:00  pay p1 0                     exists_with_different_amount
        10-01 12:00  pay p2 9999                  insufficient_balance
        10-01 12:00  pay p2 0                     exists_with_different_amount
    """),
    "an amount that is none is before an id from the future": Journal("""
        when         do                           answer
        10-01 12:00  pay p@10-01.13 0             invalid_amount
        10-01 12:00  refund r@10-01.13 0 of p1    invalid_amount
        10-01 12:00  post c@10-01.13 -1 of h1     invalid_amount
    """),
    "an id from the future is before what the caller found": Journal("""
        when         do                                               answer
        10-01 12:00  pay p@10-01.13 100 refused not_accepted_here     id_from_the_future
        10-01 12:00  refund r@10-01.13 100 of p1                      id_from_the_future
        10-01 12:00  void v@10-01.13 of h1                            id_from_the_future
    """),
    "what the caller found is before a stop": Journal("""
        when         do                                    answer
        10-01 12:00  grant g1 1000                         posted
        10-01 12:00  stop s1                               posted
        10-01 12:00  pay p1 100 refused not_accepted_here  not_accepted_here
        10-01 12:00  pay p2 100                            credential_stopped
    """),
    "a stop is before a suspected repeat": Journal("""
        when         do             answer
        10-01 12:00  grant g1 1000  posted
        10-01 12:00  pay p1 100     posted
        10-01 12:00  pay p2 100     repeat_suspected
        10-01 12:00  stop s1        posted
        10-01 12:00  pay p3 100     credential_stopped
    """),
    "too much at once is before too little on the card": Journal(
        """
        when         do             answer
        10-01 12:00  pay p1 501     limit_exceeded
        10-01 12:00  pay p2 500     insufficient_balance
        """,
        (Terms(per_payment=500),),
    ),
    "too little on the card is before the day's limit": Journal(
        """
        when         do             answer
        10-01 12:00  grant g1 1000  posted
        10-01 12:00  pay p1 900     posted
        10-01 12:00  pay p2 101     insufficient_balance
        10-01 12:00  grant g2 1000  posted
        10-01 12:00  pay p3 101     limit_exceeded
        """,
        (Terms(per_day=1000),),
    ),
    "too little on the card is before the part for large shops": Journal(
        """
        when         do                       answer
        10-01 12:00  grant g1 100 capped 50   posted
        10-01 12:00  pay p1 101 at L1         insufficient_balance
        10-01 12:00  pay p2 51 at L1          limit_exceeded
        """,
        (Terms(GIFT, is_capped=True),),
    ),
    "no such hold is before a hold that is closed": Journal("""
        when         do                             answer
        10-01 12:00  grant g1 1000                  posted
        10-01 12:00  hold h1 300 until 10-01 13:00  posted
        10-01 12:00  void c1 of h1                  posted
        10-01 12:00  void c2 of h1 at L1            unknown_operation
        10-01 12:00  void c3 of h1                  hold_closed
    """),
    "a hold that is closed is before one that is not due": Journal("""
        when         do                             answer
        10-01 12:00  grant g1 1000                  posted
        10-01 12:00  hold h1 300 until 10-01 13:00  posted
        10-01 12:00  timeout c1 of h1               hold_not_due
        10-01 12:00  void c2 of h1                  posted
        10-01 12:00  timeout c3 of h1               hold_closed
    """),
    "a hold that is over is before more than was held": Journal("""
        when         do                             answer
        10-01 12:00  grant g1 1000                  posted
        10-01 12:00  hold h1 300 until 10-01 13:00  posted
        10-01 12:00  post c1 301 of h1              post_exceeds_hold
        10-01 13:00  post c2 301 of h1              hold_closed
    """),
}
