"""What a payment takes from which lot, and when it is asked about."""

from typing import Final

from ichimai.kernel import Asset
from tests.journals.journal import Journal
from tests.journals.words import GIFT, Terms

POINTS: Final = Asset("points")

PAYMENTS: Final = {
    "a gift is spent from 1 yen and gives no change": Journal("""
        when         do                answer                A     S sold
        10-01 12:00  grant g1 1000     posted                1000  0
        10-01 12:01  pay p1 1          posted                999   1
        10-01 12:02  pay p2 998        posted                1     999
        10-01 12:03  pay p3 2          insufficient_balance  1     999
        10-01 12:04  pay p4 1 at S2    posted                0     1000
        10-01 12:05  pay p5 1 at S3    insufficient_balance  0     1000
    """),
    "the lot that ends first is spent first": Journal("""
        when         do                        answer  lot g1  lot g2  lot g3
        10-01 12:00  grant g1 100 until 12-31  posted  100     -       -
        10-01 12:00  grant g2 100 until 10-31  posted  100     100     -
        10-01 12:00  grant g3 100 until 11-30  posted  100     100     100
        10-01 12:01  pay p1 150                posted  100     0       50
        10-01 12:02  pay p2 120                posted  30      0       0
    """),
    "of lots that end together the more restricted is spent first": Journal(
        """
        when         do                                  answer  lot g1  lot g2
        10-01 12:00  grant g1 100 in points until 12-31  posted  100     -
        10-01 12:00  grant g2 100 until 12-31            posted  100     100
        10-01 12:01  pay p1 150                          posted  50      0
        """,
        (Terms(POINTS, rank=1), Terms(GIFT, rank=0)),
    ),
    "an earlier end is before a more restricted program": Journal(
        """
        when         do                                  answer  lot g1  lot g2
        10-01 12:00  grant g1 100 in points until 10-31  posted  100     -
        10-01 12:00  grant g2 100 until 12-31            posted  100     100
        10-01 12:01  pay p1 150                          posted  0       50
        """,
        (Terms(POINTS, rank=1), Terms(GIFT, rank=0)),
    ),
    "of equal lots the older is spent first": Journal("""
        when         do                   answer  lot b@09-30  lot a@09-29  lot c@09-28
        10-01 12:00  grant b@09-30 100    posted  100          -            -
        10-01 12:00  grant c@09-28 100    posted  100          -            100
        10-01 12:00  grant a@09-29 100    posted  100          100          100
        10-01 12:01  pay p1 150           posted  100          50           0
        10-01 12:02  pay p2 100           posted  50           0            0
    """),
    "an older grant of the program that is less restricted waits": Journal(
        """
        when         do                                     answer  lot c@09-01  lot d@09-30
        10-01 12:00  grant c@09-01 100 in points            posted  100          -
        10-01 12:00  grant d@09-30 100                      posted  100          100
        10-01 12:01  pay p1 60                              posted  100          40
        """,
        (Terms(POINTS, rank=5), Terms(GIFT, rank=1)),
    ),
    "nothing is taken from another wallet or a program that is not accepted": Journal("""
        when         do                        answer                A    B    lot g2
        10-01 12:00  grant g1 100 to B         posted                0    100  -
        10-01 12:00  grant g2 100 in points    posted                0    100  100
        10-01 12:01  pay p1 1                  insufficient_balance  0    100  100
        10-01 12:02  pay p2 1 by B             posted                0    99   100
    """),
    "two cards of one person spend one wallet": Journal("""
        when         do                answer                A
        10-01 12:00  grant g1 100      posted                100
        10-01 12:01  pay p1 60 by A    posted                40
        10-01 12:02  pay p2 60 by A2   insufficient_balance  40
        10-01 12:03  pay p3 40 by A2   posted                0
    """),
}

REPEATS: Final = {
    "an equal payment is asked about until 90 seconds are over": Journal("""
        when                do                    answer            A
        10-01 12:00         grant g1 1000         posted            1000
        10-01 12:00         pay p1 100            posted            900
        10-01 12:01:29.999  pay p2 100            repeat_suspected  900
        10-01 12:01:30      pay p2 100            posted            800
    """),
    "another amount, till or card is no repeat": Journal("""
        when                do                    answer            A
        10-01 12:00         grant g1 1000         posted            1000
        10-01 12:00         pay p1 100            posted            900
        +1s                 pay p2 101            posted            799
        +1s                 pay p3 100 at S2      posted            699
        +1s                 pay p4 100 by A2      posted            599
        +1s                 pay p5 100            repeat_suspected  599
    """),
    "a repeat that is confirmed is a payment of its own": Journal("""
        when                do                    answer            A
        10-01 12:00         grant g1 1000         posted            1000
        10-01 12:00         pay p1 100            posted            900
        +1s                 pay p2 100            repeat_suspected  900
        +1s                 pay p2 100 confirmed  posted            800
        +1s                 pay p2 100            again             800
        +88s                pay p3 100            repeat_suspected  800
        +3s                 pay p4 100            posted            700
    """),
    "a hold is a payment to a cashier who tries again": Journal("""
        when                do                           answer            A
        10-01 12:00         grant g1 1000                posted            1000
        10-01 12:00         hold h1 100 until 10-01 13:00  posted          900
        +1s                 pay p1 100                   repeat_suspected  900
        +1s                 hold h2 100 until 10-01 13:00  repeat_suspected  900
    """),
    "what was refused is no payment to repeat": Journal("""
        when                do                    answer                A
        10-01 12:00         pay p1 100            insufficient_balance  0
        +1s                 grant g1 100          posted                100
        +1s                 pay p2 100            posted                0
    """),
    "a payment over many lots is remembered once": Journal("""
        when                do                    answer            A
        10-01 12:00         grant g1 1            posted            1
        10-01 12:00         grant g2 1            posted            2
        10-01 12:00         grant g3 1            posted            3
        10-01 12:00         grant g4 1            posted            4
        10-01 12:00         grant g5 1            posted            5
        10-01 12:00         grant g6 90           posted            95
        10-01 12:00         grant g7 1 until 10-31  posted          96
        10-01 12:00         pay p1 2              posted            94
        10-01 12:00         pay p2 8              posted            86
        +1s                 pay p3 2              repeat_suspected  86
        +1s                 pay p4 8              repeat_suspected  86
    """),
}
