"""What units are exchanged, handed over, paid in, paid back and given."""

from typing import Final

from ichimai.kernel import Asset
from ichimai.kernel.rates import Rate
from ichimai.programs.terms import Limits
from tests.journals.earning import CARD, POINTS, points
from tests.journals.journal import Journal
from tests.journals.words import Offer, Terms

MONEY: Final = Asset("money")
BONUS: Final = Asset("bonus")
BOOKS: Final = Asset("books")
MAP: Final = Asset("map")
STAMPS: Final = Asset("stamps")

EXCHANGES: Final = {
    "points are given up for a gift": Journal(
        """
        when  do                                     answer  A gift  A points  redeemed  city issued
        -     award a1 of class                      posted  0       500       0         0
        +1m   exchange x1 400 in points for gift:80  posted  80      100       400       -80
        -     exchange x1 400 in points for gift:80  again   80      100       400       -80
        """,
        (Terms(), points(Offer("class", units=500))),
    ),
    "350 points are 500 yen and what comes back of them is exact to the yen": Journal(
        """
        when         do                                      answer  A points  A gift  S sold
        10-01 12:00  award a1 of class                       posted  700       0       0
        10-01 12:01  exchange x1 350 in points for gift:500  posted  350       500     0
        10-01 12:02  buy b1 480                              posted  350       20      480
        10-01 12:03  return r1 123 of b1                     posted  350       143     357
        10-01 12:04  return r2 357 of b1                     posted  350       500     0
        10-01 12:05  exchange x2 350 in points for gift:500  posted  0         1000    0
        10-01 12:06  buy b2 1001                             posted  0         0       1000
        """,
        (Terms(), points(Offer("class", units=700))),
    ),
    "a stamp is 50 yen and pays as yen": Journal(
        """
        when  do                                   answer                A stamps  A gift  S sold
        -     award a1 of visit                    posted                1         0       0
        -     buy b1 50                            posted                1         0       0
        +1m   exchange x1 1 in stamps for gift:50  posted                0         50      0
        -     exchange x2 1 in stamps for gift:50  insufficient_balance  0         50      0
        +1m   buy b2 49                            posted                0         1       49
        """,
        (Terms(), Terms(STAMPS, is_automatic=False, offers=(Offer("visit", units=1),))),
    ),
    "the same id has one exchange": Journal(
        """
        when         do                               answer                            A points
        10-01 12:00  award a1 of class                posted                            500
        10-01 12:01  exchange x1 400 in points        posted                            100
        10-01 12:02  exchange x2 101 in points        insufficient_balance              100
        10-01 12:02  exchange x1 401 in points        exists_with_different_amount      100
        10-01 12:02  exchange x1 400 in points by B   exists_with_different_credential  100
        10-01 12:02  exchange x1 400 in points at L1  exists_with_different_terminal    100
        10-01 12:02  exchange x1 400 in gift          exists_with_different_programs    100
        10-01 12:02  cashout x1 400 in points         exists_with_different_kind        100
        10-01 12:02  exchange x2 101 in points        insufficient_balance              100
        10-01 12:02  exchange x2 102 in points        exists_with_different_amount      100
        """,
        (Terms(), points(Offer("class", units=500))),
    ),
    "a full card is exchanged for something that is handed over": Journal(
        """
        when         do                       answer                A points  redeemed
        10-01 12:00  award a1 of class        posted                7         0
        10-01 12:01  exchange x1 5 in points  posted                2         5
        10-01 12:02  exchange x2 5 in points  insufficient_balance  2         5
        """,
        (points(Offer("class", units=7)),),
    ),
    "an exchange asks for what must have been earned before": Journal(
        """
        when  do                                                   answer               A gift
        -     grant g1 900 in points                               posted               0
        -     exchange x1 100 in points for gift:80 needs class:9  minimum_not_reached  0
        -     award a1 of class                                    posted               0
        -     exchange x1 100 in points for gift:80 needs class:9  minimum_not_reached  0
        -     exchange x2 100 in points for gift:80 needs class:9  posted               80
        """,
        (Terms(), points(Offer("class", units=9, limits=Limits(units_ever=90)))),
    ),
    "an exchange keeps its limit": Journal(
        """
        when         do                                            answer         A points
        10-01 12:00  award a1 of class                             posted         900
        10-01 12:00  exchange x1 300 in points per units_ever:400  posted         600
        10-01 12:00  exchange x2 101 in points per units_ever:400  limit_reached  600
        10-01 12:00  exchange x3 100 in points per units_ever:400  posted         500
        10-01 12:00  exchange x4 1 in points per units_ever:400    limit_reached  500
        """,
        (points(Offer("class", units=900)),),
    ),
    "an exchange that is made several times at once counts as often": Journal(
        """
        when         do                                                     answer         A points
        10-01 12:00  award a1 of class                                      posted         900
        10-01 12:00  exchange x1 300 in points times 3 per times_per_day:2  limit_reached  900
        10-01 12:00  exchange x2 200 in points times 2 per times_per_day:2  posted         700
        10-01 12:00  exchange x3 100 in points per times_per_day:2          limit_reached  700
        10-02 00:00  exchange x4 100 in points per times_per_day:2          posted         600
        10-02 00:00  exchange x5 200 in points times 2 per times_per_day:2  limit_reached  600
        """,
        (points(Offer("class", units=900)),),
    ),
    "an exchange gives all that it says or nothing": Journal(
        """
        when         do                                             answer         A gift  A points
        10-01 12:00  award a1 of class                              posted         0       900
        10-01 12:00  exchange x1 300 in points for gift:60 bounded  posted         60      600
        10-01 12:00  exchange x2 100 in points for gift:41 bounded  limit_reached  60      600
        10-01 12:00  exchange x3 100 in points for gift:40 bounded  posted         100     500
        10-01 12:00  exchange x4 1 in points for gift:1 bounded     limit_reached  100     500
        """,
        (Terms(), points(Offer("class", units=900))),
        budget_units=100,
    ),
}

THINGS: Final = {
    "a thing is handed over while there is one": Journal(
        """
        when  do                                    answer                A books  S stock  S handed
        -     grant g1 3 in books                   posted                3        0        0
        -     redeem d1 1 in books thing map        out_of_stock          3        0        0
        -     deliver y1 2 in map                   posted                3        2        0
        -     deliver y1 2 in map                   again                 3        2        0
        +1m   redeem d1 1 in books thing map        out_of_stock          3        2        0
        -     redeem d2 1 in books thing map        posted                2        1        1
        -     redeem d2 1 in books thing map        again                 2        1        1
        -     redeem d3 1 in books thing map at L1  out_of_stock          2        1        1
        +1m   redeem d4 3 in books thing map        insufficient_balance  2        1        1
        +1m   redeem d5 1 in books thing map        posted                1        0        2
        +1m   redeem d6 1 in books                  posted                0        0        2
        """,
        (Terms(), Terms(BOOKS), Terms(MAP)),
    ),
    "the same id has one thing": Journal(
        """
        when  do                                   answer                            A books
        -     grant g1 3 in books                  posted                            3
        -     deliver y1 2 in map                  posted                            3
        -     deliver y1 3 in map                  exists_with_different_amount      3
        +1m   redeem d2 1 in books thing map       posted                            2
        -     redeem d2 2 in books thing map       exists_with_different_amount      2
        -     redeem d2 1 in books thing map by B  exists_with_different_credential  2
        -     redeem d2 1 in gift                  exists_with_different_programs    2
        -     pay d2 1                             exists_with_different_kind        2
        """,
        (Terms(), Terms(BOOKS), Terms(MAP)),
    ),
}

MONEY_IN_AND_OUT: Final = {
    "money is paid in at a till which owes it": Journal(
        """
        when         do                                answer                        A money  S gave
        -            topup t1 1000 in money most 1500  posted                        1000     -1000
        -            topup t1 1000 in money most 1500  again                         1000     -1000
        -            topup t1 900 in money most 1500   exists_with_different_amount  1000     -1000
        -            topup t2 501 in money most 1500   limit_reached                 1000     -1000
        -            topup t3 500 in money most 1500   posted                        1500     -1500
        10-01 12:00  award t3 of class                 exists_with_different_kind    1500     -1500
        10-01 12:01  buy b1 300                        posted                        1200     -1500
        """,
        (Terms(MONEY), points(Offer("class"))),
    ),
    "the premium is as much as its budget leaves and none without the money": Journal(
        """
        when  do                                                    answer         A money  A bonus
        -     topup t1 1000 in money for bonus:100 bounded          posted         1000     100
        -     topup t2 900 in money most 1500 for bonus:10 bounded  limit_reached  1000     100
        -     topup t3 1000 in money for bonus:100 bounded          posted         2000     150
        -     topup t4 1000 in money for bonus:100 bounded          posted         3000     150
        """,
        (Terms(BONUS), Terms(MONEY)),
        budget_units=150,
    ),
    "a person is paid back the oldest first": Journal(
        """
        when         do                             answer  A money  S gave  L gave  lot g1
        -            topup t1 1000 in money         posted  1000     -1000   0       -
        10-02 12:00  grant g1 500 in money          posted  1500     -1000   0       500
        10-03 12:00  cashout o1 1200 in money       posted  300      200     0       300
        10-03 12:00  cashout o1 1200 in money       again   300      200     0       300
        10-03 12:00  cashout o3 300 in money at L1  posted  0        200     300     0
        """,
        (Terms(MONEY),),
    ),
    "a small rest is paid back and a balance is not drawn out in small parts": Journal(
        """
        when         do                                  answer                A money
        09-29 12:00  topup t1 5000 in money              posted                5000
        09-30 12:00  cashout o1 900 in money most 1000   limit_reached         5000
        09-30 12:01  buy b1 3999 with money              posted                1001
        09-30 12:02  cashout o2 1 in money most 1000     limit_reached         1001
        09-30 12:03  buy b2 1 with money                 posted                1000
        09-30 12:04  cashout o3 1001 in money most 1000  limit_reached         1000
        09-30 12:05  cashout o4 600 in money most 1000   posted                400
        09-30 12:06  cashout o4 600 in money most 1000   again                 400
        09-30 12:07  cashout o5 401 in money most 1000   limit_reached         400
        09-30 12:08  topup t2 600 in money               posted                1000
        09-30 12:09  cashout o6 401 in money most 1000   limit_reached         1000
        09-30 12:10  cashout o7 400 in money most 1000   posted                600
        09-30 12:11  cashout o8 1 in money most 1000     limit_reached         600
        09-30 12:12  cashout p8 1 in money by B most 50  insufficient_balance  600
        10-01 00:00  cashout o9 600 in money most 1000   posted                0
        """,
        (Terms(MONEY, is_automatic=False),),
    ),
    "the same id has one sum that is paid back": Journal(
        """
        when         do                            answer                            A money
        -            topup t1 1000 in money        posted                            1000
        10-03 12:00  cashout o1 1001 in money      insufficient_balance              1000
        10-03 12:00  cashout o2 600 in money       posted                            400
        10-03 12:00  cashout o2 500 in money       exists_with_different_amount      400
        10-03 12:00  cashout o2 600 in gift        exists_with_different_programs    400
        10-03 12:00  cashout o2 600 in money by B  exists_with_different_credential  400
        """,
        (Terms(MONEY),),
    ),
}

GIFTS: Final = {
    "a gift keeps its lots with their dates": Journal(
        """
        when         do                                  answer                A points  B points
        10-01 12:00  grant g1 100 in points until 10-31  posted                100       0
        10-01 12:00  buy b1 5000 with nothing            posted                150       0
        10-02 12:00  give v1 120 in points to B          posted                30        120
        10-02 12:00  give v1 120 in points to B          again                 30        120
        10-02 12:00  give v2 31 in points to B           insufficient_balance  30        120
        10-02 12:00  give v3 in points to B              posted                0         150
        10-02 12:00  give v4 in points to B              nothing_to_move       0         150
        11-01 00:00  expire e1                           posted                0         50
        """,
        (points(),),
    ),
    "the same id has one gift": Journal(
        """
        when         do                          answer                            A points
        10-01 12:00  buy b1 15000                posted                            150
        10-02 12:00  give v1 120 in points to B  posted                            30
        10-02 12:00  give v1 121 in points to B  exists_with_different_amount      30
        10-02 12:00  give v1 120 in points to C  exists_with_different_credential  30
        10-02 12:00  give v1 120 in gift to B    exists_with_different_programs    30
        10-02 12:00  give b1 120 in points to B  exists_with_different_kind        30
        """,
        (points(),),
    ),
    "what is over is neither given nor paid back": Journal(
        """
        when         do                                  answer                A points
        10-01 12:00  grant g1 100 in points until 10-31  posted                100
        10-31 23:59  give v1 10 in points to B           posted                90
        10-31 23:59  cashout o1 10 in points             posted                80
        11-01 00:00  give v2 10 in points to B           insufficient_balance  80
        11-01 00:00  give v3 in points to B              nothing_to_move       80
        11-01 00:00  cashout o2 10 in points             insufficient_balance  80
        """,
        (points(),),
    ),
    "a gift takes the part for large shops with it": Journal(
        """
        when         do                      answer          A    B
        10-01 12:00  grant g1 100 capped 30  posted          100  0
        10-01 12:01  give v1 50 to B         posted          50   50
        10-01 12:02  pay p1 31 by B at L1    limit_exceeded  50   50
        10-01 12:02  pay p2 30 by B at L1    posted          50   20
        10-01 12:03  pay p3 1 by A at L1     limit_exceeded  50   20
        10-01 12:03  pay p4 1 by A at S1     posted          49   20
        """,
        (Terms(is_capped=True),),
    ),
    "nobody gives to themselves": Journal(
        """
        when         do                         answer           A points
        10-01 12:00  buy b1 5000                posted           50
        10-02 12:00  give v1 20 in points to A  nothing_to_move  50
        """,
        (points(),),
    ),
    "what was given away is not taken back": Journal(
        """
        when         do                         answer  A points  B points
        10-01 12:00  buy b1 5000                posted  50        0
        10-01 12:01  give v1 20 in points to B  posted  30        20
        10-01 12:02  return r1 5000 of b1       posted  0         20
        """,
        (points(),),
    ),
    "what came back after its end is given with its grace": Journal(
        """
        when         do                          answer  A points  B points  expired
        10-01 12:00  buy b1 5000                 posted  50        0         0
        10-01 12:00  buy b2 5000 by B            posted  50        50        0
        10-01 12:01  buy b3 50 with points       posted  0         50        0
        11-02 12:00  expire e1                   posted  0         0         50
        11-03 12:00  return r1 50 of b3          posted  50        0         50
        11-04 12:00  give v1 30 in points to B   posted  20        30        50
        11-05 12:00  buy b4 10 with points by B  posted  20        20        50
        11-17 12:00  expire e2                   posted  0         0         90
        """,
        (points(Offer(rate=Rate(), until="10-31")),),
    ),
    "who brings somebody along gets something if that one does": Journal(
        """
        when         do                                     answer         A points  B points
        10-01 12:00  award a1 of class for points:100 to B  posted         500       100
        10-01 12:01  award a2 of class for points:100 to B  limit_reached  500       100
        """,
        (points(Offer("class", units=500, limits=Limits(times_ever=1))),),
    ),
}

CHARGES: Final = {
    "who gave units is charged for them once": Journal(
        """
        when         do                   answer                      A points  S due  S charged
        10-01 12:00  charge c1 in points  nothing_to_move             0         0      0
        10-01 12:00  buy b1 5000          posted                      50        0      0
        10-01 12:01  charge c2 in points  posted                      50        -50    50
        10-01 12:01  charge c2 in points  again                       50        -50    50
        10-01 12:01  charge c2            exists_with_different_kind  50        -50    50
        10-01 12:01  charge c3 in points  nothing_to_move             50        -50    50
        10-01 12:02  buy b2 1000          posted                      60        -50    50
        10-01 12:03  charge c4 in points  posted                      60        -60    60
        """,
        (points(),),
    ),
    "what was taken back after its charge is owed no more": Journal(
        """
        when         do                    answer  A points  S due  S charged
        10-01 12:00  buy b1 5000           posted  50        0      0
        10-01 12:01  charge c1 in points   posted  50        -50    50
        10-01 12:02  return r1 2000 of b1  posted  30        -50    50
        10-01 12:03  charge c2 in points   posted  30        -30    30
        """,
        (points(),),
    ),
    "who pays back more than was paid in there is owed it": Journal(
        """
        when  do                             answer  A money  S due  S charged  L due  L charged
        -     topup t1 1000 in money         posted  1000     0      0          0      0
        +1m   charge c1 in money             posted  1000     -1000  1000       0      0
        +1m   cashout o1 300 in money at L1  posted  700      -1000  1000       0      0
        +1m   charge c2 in money             posted  700      -1000  1000       300    -300
        """,
        (Terms(MONEY),),
    ),
}

POOLS: Final = {
    "a refund finds the program of a hold over two with lots alike": Journal(
        """
        when         do                             answer  A points  A card  S sold
        10-01 12:00  award a1 of class              posted  100       50      0
        10-01 12:00  hold h1 120 until 10-01 13:00  posted  0         30      0
        10-01 12:01  post c1 of h1                  posted  0         30      120
        10-01 12:02  refund r1 20 of c1             posted  0         50      100
        10-01 12:03  refund r2 100 of c1            posted  100       50      0
        """,
        (
            Terms(POINTS, rank=0, offers=(Offer("class", units=100),)),
            Terms(CARD, rank=1, offers=(Offer("class", units=50),)),
        ),
    ),
    "one pool is emptied and filled again": Journal(
        """
        when         do                     answer  A points  S sold
        10-01 12:00  buy b1 1000            posted  10        0
        10-01 12:01  buy b2 10 with points  posted  0         10
        10-01 12:02  buy b3 500             posted  5         10
        10-01 12:03  buy b4 3 with points   posted  2         13
        10-01 12:04  return r1 10 of b2     posted  12        3
        10-01 12:05  buy b5 12 with points  posted  0         15
        """,
        (points(),),
    ),
}
