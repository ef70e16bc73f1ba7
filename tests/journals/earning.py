"""What a sale takes and gives, in what order, and how much of it a person and a budget allow."""

from typing import Final

from ichimai.kernel import Asset
from ichimai.kernel.rates import Rate, Rounding
from tests.journals.journal import Journal
from tests.journals.words import Offer, Terms

POINTS: Final = Asset("points")
CARD: Final = Asset("card")

ON_100: Final = Offer(rate=Rate())
"""100 yen give a point, from the shop."""


def points(*offers: Offer, is_automatic: bool = False) -> Terms:
    """A points program: it pays when it is asked for."""
    return Terms(POINTS, offers=offers or (ON_100,), is_automatic=is_automatic)


PURCHASES: Final = {
    "a sale takes the gift and earns on what is paid in cash": Journal(
        """
        when         do            answer  A gift  A points  S sold  S gave
        10-01 12:00  grant g1 100  posted  100     0         0       0
        10-01 12:00  buy b1 1280   posted  0       11        100     -11
        10-01 12:00  buy b1 1280   again   0       11        100     -11
        10-01 12:01  buy b2 99     posted  0       11        100     -11
        10-01 12:02  buy b3 100    posted  0       12        100     -12
        """,
        (Terms(), points()),
    ),
    "points that are asked for pay and what they pay earns nothing": Journal(
        """
        when         do                       answer  A points  S sold
        10-01 12:00  buy b1 5000              posted  50        0
        10-01 12:01  buy b2 230 with points   posted  1         50
        10-01 12:02  buy b3 231 with points   posted  2         51
        10-01 12:03  buy b4 230 with nothing  posted  4         51
        """,
        (points(),),
    ),
    "a sale says how much of a program it wants at most": Journal(
        """
        when         do                              answer  A gift  A points  S sold
        10-01 12:00  grant g1 500                    posted  500     0         0
        10-01 12:00  buy b1 10000 with nothing       posted  500     100       0
        10-01 12:01  buy b2 300 with points:30,gift  posted  230     70        300
        10-01 12:02  buy b3 301 with gift:50         posted  180     72        350
        10-01 12:03  buy b4 302 most 7               posted  173     74        357
        10-01 12:04  buy b5 303 most 0               posted  173     77        357
        """,
        (Terms(), points()),
    ),
    "the same id has one sale and one way to pay": Journal(
        """
        when         do                       answer                            A gift
        10-01 12:00  grant g1 500             posted                            500
        10-01 12:00  buy b1 300               posted                            200
        10-01 12:00  buy b1 301               exists_with_different_amount      200
        10-01 12:00  buy b1 300 by B          exists_with_different_credential  200
        10-01 12:00  buy b1 300 at L1         exists_with_different_terminal    200
        10-01 12:00  buy b1 300 with nothing  exists_with_different_programs    200
        10-01 12:00  pay b1 300               exists_with_different_kind        200
        10-01 12:00  refund b1 300 of g1      exists_with_different_kind        200
        10-01 12:00  return b1 300 of b1      exists_with_different_kind        200
        10-01 12:00  buy g1 300               exists_with_different_kind        200
        10-01 12:00  buy b1 300               again                             200
        """,
        (Terms(), points()),
    ),
    "an amount is at least 1 and at most a million millions also in a sale": Journal(
        """
        when         do                             answer          A points
        10-01 12:00  buy b1 0                       invalid_amount  0
        10-01 12:00  buy b1 -1                      invalid_amount  0
        10-01 12:00  buy b1 1000000000001           invalid_amount  0
        10-01 12:00  buy b1 1000000000000           posted          10000000000
        10-01 12:00  return r1 0 of b1              invalid_amount  10000000000
        10-01 12:00  return r1 -1 of b1             invalid_amount  10000000000
        10-01 12:00  return r1 1000000000000 of b1  posted          0
        """,
        (points(),),
    ),
    "no sale gives more than a million millions": Journal(
        """
        when         do                    answer  A points
        10-01 12:00  buy b1 1000000000000  posted  1000000000000
        """,
        (points(Offer(rate=Rate(yen=1, units=3))),),
    ),
    "an equal sale is asked about until 90 seconds are over": Journal(
        """
        when                do                    answer            A gift  A points
        10-01 12:00         grant g1 500          posted            500     0
        10-01 12:00         buy b1 300            posted            200     0
        10-01 12:01:29.999  buy b2 300            repeat_suspected  200     0
        10-01 12:01:29.999  buy b2 300 confirmed  posted            0       1
        10-01 12:05         buy b3 300            posted            0       4
        10-01 12:06         buy b4 300            repeat_suspected  0       4
        10-01 12:06         buy b5 400            posted            0       8
        10-01 12:06:30      buy b6 300            posted            0       11
        """,
        (Terms(), points()),
    ),
    "a stopped card neither pays nor earns": Journal(
        """
        when         do                         answer                        A points  S sold
        10-01 12:00  buy b1 5000                posted                        50        0
        10-01 12:00  stop s1                    posted                        50        0
        10-01 12:01  buy b2 100                 credential_stopped            50        0
        10-01 12:01  buy b2 100                 credential_stopped            50        0
        10-01 12:01  buy b2 101                 exists_with_different_amount  50        0
        10-01 12:01  award a1 of class          credential_stopped            50        0
        10-01 12:01  exchange x1 10 in points   credential_stopped            50        0
        10-01 12:01  cashout o1 10 in points    credential_stopped            50        0
        10-01 12:01  give v1 10 in points to B  credential_stopped            50        0
        10-01 12:01  redeem d1 1 in points      credential_stopped            50        0
        10-01 12:01  topup t1 10 in points      credential_stopped            50        0
        10-01 12:02  buy b3 100 by A2           posted                        51        0
        """,
        (points(ON_100, Offer("class", units=5)),),
    ),
}

ORDER: Final = {
    "what ends first is spent first unless the person has an order": Journal(
        """
        when         do                                  answer  A gift  A points
        10-01 12:00  grant g1 100 until 12-31            posted  100     0
        10-01 12:00  grant g2 100 in points until 10-31  posted  100     100
        10-01 12:01  buy b1 50                           posted  100     50
        10-01 12:02  buy b2 70 with gift,points          posted  30      50
        10-01 12:03  buy b3 71 with points,gift          posted  9       0
        """,
        (Terms(), Terms(POINTS)),
    ),
    "the person's order is before the end of lots and the end before the rank": Journal(
        """
        when         do                                  answer  A gift  A points  A card
        10-01 12:00  grant g1 100 until 10-31            posted  100     0         0
        10-01 12:00  grant g2 100 in points until 12-31  posted  100     100       0
        10-01 12:00  grant g3 100 in card until 12-31    posted  100     100       100
        10-01 12:01  buy b1 50                           posted  100     100       50
        10-01 12:02  buy b2 70                           posted  80      100       0
        10-01 12:03  buy b3 100                          posted  0       80        0
        """,
        (Terms(order=1, rank=0), Terms(POINTS, order=1, rank=1), Terms(CARD, order=0, rank=9)),
    ),
    "only lots of the days that are accepted here pay": Journal(
        """
        when                do            answer  A
        10-01 12:00         grant g1 100  posted  100
        10-04 23:59:59.999  grant g2 10   posted  110
        10-05 00:00         grant g3 1    posted  111
        10-06 12:00         buy b1 500    posted  110
        10-06 12:01         buy b2 501    posted  110
        """,
        (Terms(spans=(("10-05", "10-31"),)),),
    ),
}

WHOLE_CARDS: Final = {
    "a full card pays whole and a sale below it takes none": Journal(
        """
        when         do                     answer  A card  S sold
        10-01 12:00  grant g1 1000 in card  posted  1000    0
        10-01 12:01  buy b1 399             posted  1000    0
        10-01 12:02  buy b2 400             posted  600     400
        10-01 12:03  buy b3 1199            posted  200     800
        10-01 12:04  buy b4 1198            posted  200     800
        """,
        (Terms(CARD, multiple=400),),
    ),
    "whole cards are set aside before what pays any sum": Journal(
        """
        when         do                    answer  A gift  A card
        10-01 12:00  grant g1 700          posted  700     0
        10-01 12:00  grant g2 800 in card  posted  700     800
        10-01 12:01  buy b1 500            posted  600     400
        10-01 12:02  buy b2 300            posted  300     400
        10-01 12:03  buy b3 900            posted  0       0
        """,
        (Terms(), Terms(CARD, multiple=400, order=9)),
    ),
    "a card made of many lots is taken from those that end first": Journal(
        """
        when         do                                answer  lot g1  lot g2  lot g3
        10-01 12:00  grant g1 150 in card until 10-31  posted  150     -       -
        10-01 12:00  grant g2 150 in card until 11-30  posted  150     150     -
        10-01 12:00  grant g3 150 in card until 12-31  posted  150     150     150
        10-01 12:01  buy b1 1000                       posted  0       0       50
        """,
        (Terms(CARD, multiple=400),),
    ),
    "what a day leaves is rounded down to whole cards": Journal(
        """
        when         do                    answer  A gift  A card  S sold
        10-01 12:00  grant g1 500          posted  500     0       0
        10-01 12:00  grant g2 900 in card  posted  500     900     0
        10-01 12:01  buy b1 350            posted  350     700     350
        10-01 12:02  buy b2 340            posted  10      700     690
        10-02 00:00  buy b3 300            posted  0       500     900
        """,
        (Terms(), Terms(CARD, multiple=100, per_day=250)),
    ),
    "a payment of whole cards alone is exact or refused": Journal(
        """
        when         do                    answer          A card
        10-01 12:00  grant g1 900 in card  posted          900
        10-01 12:01  pay p1 400            posted          500
        10-01 12:02  pay p2 500            limit_exceeded  500
        """,
        (Terms(CARD, multiple=400),),
    ),
}

RATES: Final = {
    "a part of a point is dropped or goes up as the program says": Journal(
        """
        when         do          answer  A points
        10-01 12:00  buy b1 199  posted  6
        10-01 12:01  buy b2 49   posted  7
        10-01 12:02  buy b3 150  posted  12
        """,
        (
            points(
                Offer("down", rate=Rate()),
                Offer("near", rate=Rate(rounding=Rounding.NEAREST)),
                Offer("up", rate=Rate(rounding=Rounding.UP)),
                Offer("from 160", rate=Rate(minimum_yen=160)),
            ),
        ),
    ),
    "a multiplier multiplies whole points": Journal(
        """
        when         do          answer  A points
        10-01 12:00  buy b1 199  posted  5
        10-01 12:01  buy b2 200  posted  15
        """,
        (points(Offer(rate=Rate()), Offer("5 times", rate=Rate(extra_times=4))),),
    ),
    "a point may count the whole sale or only what is paid in cash": Journal(
        """
        when         do               answer  A gift  A points
        10-01 12:00  grant g1 500     posted  500     0
        10-01 12:01  buy b1 700 by A  posted  0       9
        """,
        (Terms(), points(Offer(rate=Rate()), Offer("all", rate=Rate(is_of_rest=False)))),
    ),
    "a visit gives the same however large it is": Journal(
        """
        when         do            answer  A points
        10-01 12:00  buy b1 499    posted  0
        10-01 12:01  buy b2 500    posted  3
        10-01 12:02  buy b3 90000  posted  6
        """,
        (points(Offer("visit", rate=Rate(units=3, minimum_yen=500, is_flat=True))),),
    ),
}

PENDING: Final = {
    "points that are pending may not be spent before their day": Journal(
        """
        when                do                        answer                A points  S sold
        10-01 12:00         buy b1 5000               posted                50        0
        10-03 23:59:59.999  buy b2 100 with points    posted                51        0
        10-03 23:59:59.999  exchange x1 10 in points  insufficient_balance  51        0
        10-04 00:00         buy b3 101 with points    posted                1         50
        10-07 00:00         buy b4 1 with points      posted                0         51
        """,
        (points(Offer(rate=Rate(), pending_days=3)),),
    ),
    "pending points are taken back with the goods": Journal(
        """
        when         do                    answer  A points
        10-01 12:00  buy b1 5000           posted  50
        10-01 12:01  return r1 4000 of b1  posted  10
        """,
        (points(Offer(rate=Rate(), pending_days=3)),),
    ),
}
