"""Holds, refunds, expiry, closings and stops."""

from typing import Final

from ichimai.kernel import Asset
from tests.journals.journal import Journal
from tests.journals.words import GIFT, Terms

POINTS: Final = Asset("points")

HOLDS: Final = {
    "a hold is posted in part and the rest goes back": Journal("""
        when         do                             answer       A    S held  S sold
        10-01 12:00  grant g1 500                   posted       500  0       0
        10-01 12:00  hold h1 300 until 10-01 13:00  posted       200  300     0
        10-01 12:01  post c1 120 of h1              posted       380  0       120
        10-01 12:02  post c2 120 of h1              hold_closed  380  0       120
        10-01 12:02  void c3 of h1                  hold_closed  380  0       120
    """),
    "a hold is posted in whole": Journal("""
        when         do                             answer             A    S held  S sold
        10-01 12:00  grant g1 500                   posted             500  0       0
        10-01 12:00  hold h1 300 until 10-01 13:00  posted             200  300     0
        10-01 12:01  post c1 301 of h1              post_exceeds_hold  200  300     0
        10-01 12:01  post c2 of h1                  posted             200  0       300
    """),
    "a hold is voided": Journal("""
        when         do                             answer       A    S held  S sold
        10-01 12:00  grant g1 500                   posted       500  0       0
        10-01 12:00  hold h1 300 until 10-01 13:00  posted       200  300     0
        10-01 12:01  void c1 of h1                  posted       500  0       0
        10-01 12:01  post c2 of h1                  hold_closed  500  0       0
        10-01 13:00  timeout c3 of h1               hold_closed  500  0       0
    """),
    "a post of nothing is a void": Journal("""
        when         do                             answer  A    S held  S sold
        10-01 12:00  grant g1 500                   posted  500  0       0
        10-01 12:00  hold h1 300 until 10-01 13:00  posted  200  300     0
        10-01 12:01  post c1 0 of h1                posted  500  0       0
    """),
    "a hold times out at its end and not before": Journal("""
        when                do                             answer        A    S held
        10-01 12:00         grant g1 500                   posted        500  0
        10-01 12:00         hold h1 300 until 10-01 13:00  posted        200  300
        10-01 12:59:59.999  timeout c1 of h1               hold_not_due  200  300
        10-01 13:00         post c2 of h1                  hold_closed   200  300
        10-01 13:00         timeout c3 of h1               posted        500  0
        10-01 13:00         timeout c4 of h1               hold_closed   500  0
    """),
    "a hold may be posted until its end": Journal("""
        when                do                             answer  A    S sold
        10-01 12:00         grant g1 500                   posted  500  0
        10-01 12:00         hold h1 300 until 10-01 13:00  posted  200  0
        10-01 12:59:59.999  post c1 of h1                  posted  200  300
    """),
    "a hold that is over may still be voided by its shop": Journal("""
        when         do                             answer  A    S held
        10-01 12:00  grant g1 500                   posted  500  0
        10-01 12:00  hold h1 300 until 10-01 13:00  posted  200  300
        10-02 12:00  void c1 of h1                  posted  500  0
    """),
    "another shop's hold is none": Journal("""
        when         do                             answer             A    S held  L sold
        10-01 12:00  grant g1 500                   posted             500  0       0
        10-01 12:00  hold h1 300 until 10-01 13:00  posted             200  300     0
        10-01 12:00  post c1 of h1 at L1            unknown_operation  200  300     0
        10-01 12:00  void c2 of h1 at L1            unknown_operation  200  300     0
        10-01 12:00  post c3 of h9                  unknown_operation  200  300     0
        10-01 12:00  timeout c4 of h9               unknown_operation  200  300     0
        10-01 12:00  post c5 of g1                  unknown_operation  200  300     0
        10-01 12:00  post c6 of h1 at S2            posted             200  0       0
    """),
    "what is held cannot be spent": Journal("""
        when         do                             answer                A    S held
        10-01 12:00  grant g1 500                   posted                500  0
        10-01 12:00  hold h1 300 until 10-01 13:00  posted                200  300
        10-01 12:00  pay p1 201                     insufficient_balance  200  300
        10-01 12:00  hold h2 201 until 10-01 13:00  insufficient_balance  200  300
    """),
    "a hold over two programs posts the lots that end first": Journal(
        """
        when         do                                     answer  lot g1  lot g2  S sold
        10-01 12:00  grant g1 100 until 10-31               posted  100     -       0
        10-01 12:00  grant g2 100 in points until 11-30     posted  100     100     0
        10-01 12:00  hold h1 150 until 10-01 13:00          posted  0       50      0
        10-01 12:00  post c1 120 of h1                      posted  0       80      120
        10-01 12:00  refund r1 30 of c1                     posted  10      100     90
        """,
        (Terms(GIFT), Terms(POINTS)),
    ),
    "a lot that ends while it is held comes back with a grace": Journal("""
        when         do                             answer  A    lot g1  end g1
        10-31 23:00  grant g1 500 until 10-31       posted  500  500     10-31
        10-31 23:00  hold h1 300 until 11-01 01:00  posted  200  200     10-31
        11-01 00:00  expire e1                      posted  0    0       10-31
        11-01 01:00  timeout c1 of h1               posted  300  300     11-15 01:00
        11-15 00:59  pay p1 100                     posted  200  200     11-15 01:00
        11-15 01:00  pay p2 50                      insufficient_balance  200  200  11-15 01:00
        11-15 01:00  expire e2                      posted  0    0       11-15 01:00
    """),
}

RESTORED: Final = {
    "what ended is given back once, to its own lot": Journal("""
        when         do                           answer             A    lot g1  end g1  lot g2
        10-30 12:00  grant g1 500 until 10-31     posted             500  500     10-31   -
        10-30 12:00  grant g2 50 until 10-31      posted             550  500     10-31   50
        10-30 12:00  pay p1 120                   posted             430  380     10-31   50
        11-01 00:00  expire e1                    posted             0    0       10-31   0
        11-01 09:00  restore x1 of e9 until 11-01  unknown_operation  0    0       10-31   0
        11-01 09:00  restore x1 of p1 until 11-01  unknown_operation  0    0       10-31   0
        11-01 09:00  restore x1 of e1 until 10-31  nothing_to_move    0    0       10-31   0
        11-01 09:00  restore x1 of e1 until 11-01  posted             430  380     11-01   50
        11-01 09:00  restore x1 of e1 until 11-01  again              430  380     11-01   50
        11-01 09:00  restore x2 of e1 until 11-05  nothing_to_move    430  380     11-01   50
        11-01 23:59  pay p2 100                   posted             330  280     11-01   50
        11-02 00:00  pay p3 50                    insufficient_balance  330  280  11-01   50
        11-02 00:00  expire e2                    posted             0    0       11-01   0
        11-02 00:00  restore x3 of e1 until 11-05  nothing_to_move    0    0       11-01   0
        11-02 00:00  restore x4 of e2 until 11-05  posted             330  280     11-05   50
    """),
    "another program's lots stay ended": Journal(
        """
        when         do                                     answer           A
        10-30 12:00  grant g1 100 until 10-31               posted           100
        10-30 12:00  grant g2 30 in points until 10-31      posted           130
        11-01 00:00  expire e1                              posted           0
        11-01 09:00  restore x1 of e1 in points until 11-01  posted           30
        11-01 09:00  restore x2 of e1 in points until 11-01  nothing_to_move  30
        11-01 09:00  restore x3 of e1 until 11-01  posted           130
        """,
        (Terms(GIFT), Terms(POINTS)),
    ),
    "a longer grace is kept": Journal("""
        when         do                            answer  A    end g1
        10-31 12:00  grant g1 500 until 10-31      posted  500  10-31
        10-31 12:00  pay p1 100                    posted  400  10-31
        11-01 00:00  expire e1                     posted  0    10-31
        11-01 09:00  refund r1 100 of p1           posted  100  11-15 09:00
        11-01 09:00  restore x1 of e1 until 11-01  posted  500  11-15 09:00
    """),
    "what is given back on a day takes nothing off what was paid on it": Journal("""
        when         do                            answer  A
        10-31 12:00  grant g1 500 until 10-31      posted  500
        10-31 12:00  grant g2 500 until 12-31      posted  1000
        11-01 00:00  expire e1                     posted  500
        11-01 08:00  pay p1 200                    posted  300
        11-01 09:00  restore x1 of e1 until 11-02  posted  800
    """),
}

REFUNDS: Final = {
    "a refund may come in parts and never above the payment": Journal("""
        when         do                      answer                  A    S sold
        10-01 12:00  grant g1 500            posted                  500  0
        10-01 12:00  pay p1 300              posted                  200  300
        10-01 12:01  refund r1 100 of p1     posted                  300  200
        10-01 12:02  refund r2 201 of p1     refund_exceeds_payment  300  200
        10-01 12:03  refund r3 200 of p1     posted                  500  0
        10-01 12:04  refund r4 1 of p1       refund_exceeds_payment  500  0
    """),
    "a refund goes to the very lots and the last one taken gets it first": Journal("""
        when         do                        answer  lot g1  lot g2  lot g3
        10-01 12:00  grant g1 100 until 10-31  posted  100     -       -
        10-01 12:00  grant g2 100 until 11-30  posted  100     100     -
        10-01 12:00  grant g3 100 until 12-31  posted  100     100     100
        10-01 12:01  pay p1 250                posted  0       0       50
        10-01 12:02  refund r1 70 of p1        posted  0       20      100
        10-01 12:03  refund r2 100 of p1       posted  20      100     100
        10-01 12:04  refund r3 80 of p1        posted  100     100     100
    """),
    "a refund keeps the date of its lot": Journal("""
        when                do                       answer  lot g1  end g1
        10-01 12:00         grant g1 100 until 10-31  posted  100    10-31
        10-01 12:01         pay p1 60                posted  40      10-31
        10-31 23:59:59.999  refund r1 10 of p1       posted  50      10-31
        11-01 00:00         refund r2 10 of p1       posted  60      11-14
    """),
    "what comes back to a lot that ended may be spent for 14 days": Journal("""
        when         do                        answer                A    end g1  expired
        10-01 12:00  grant g1 100 until 10-31  posted                100  10-31   0
        10-01 12:01  pay p1 60                 posted                40   10-31   0
        11-01 00:00  expire e1                 posted                0    10-31   40
        11-03 12:00  refund r1 50 of p1        posted                50   11-17 12:00  40
        11-10 12:00  refund r2 10 of p1        posted                60   11-17 12:00  40
        11-17 11:59  pay p2 25                 posted                35   11-17 12:00  40
        11-17 11:59  expire e2                 nothing_to_move       35   11-17 12:00  40
        11-17 12:00  pay p3 1                  insufficient_balance  35   11-17 12:00  40
        11-17 12:00  expire e3                 posted                0    11-17 12:00  75
        11-18 12:00  refund r3 5 of p2         posted                5    12-02 12:00  75
    """),
    "the grace is the program's": Journal(
        """
        when         do                        answer           A    end g1
        10-01 12:00  grant g1 100 until 10-31  posted           100  10-31
        10-01 12:01  pay p1 60                 posted           40   10-31
        11-03 12:00  refund r1 50 of p1        posted           90   11-06 12:00
        """,
        (Terms(grace_days=3),),
    ),
    "without a grace what comes back too late is over at once": Journal(
        """
        when         do                        answer                A    end g1       expired
        10-01 12:00  grant g1 100 until 10-31  posted                100  10-31        0
        10-01 12:01  pay p1 60                 posted                40   10-31        0
        11-03 12:00  refund r1 50 of p1        posted                90   11-03 12:00  0
        11-03 12:00  pay p2 1                  insufficient_balance  90   11-03 12:00  0
        11-03 12:00  expire e1                 posted                0    11-03 12:00  90
        """,
        (Terms(grace_days=0),),
    ),
    "only the shop that was paid may refund and at any of its tills": Journal("""
        when         do                        answer             A    S sold
        10-01 12:00  grant g1 500              posted             500  0
        10-01 12:00  pay p1 300                posted             200  300
        10-01 12:01  refund r1 100 of p1 at L1  unknown_operation  200  300
        10-01 12:02  refund r2 100 of p1 at S2  posted            300  200
    """),
    "only payments are refunded": Journal("""
        when         do                             answer             A    S sold
        10-01 12:00  grant g1 500                   posted             500  0
        10-01 12:00  pay p1 100                     posted             400  100
        10-01 12:00  hold h1 300 until 10-01 13:00  posted             100  100
        10-01 12:01  refund r1 100 of h1            unknown_operation  100  100
        10-01 12:01  refund r2 100 of g1            unknown_operation  100  100
        10-01 12:01  refund r3 100 of p9            unknown_operation  100  100
        10-01 12:02  refund r4 100 of p1            posted             200  0
        10-01 12:03  refund r5 100 of r4            unknown_operation  200  0
    """),
    "a posted hold is refunded by the id of its post": Journal("""
        when         do                             answer                  A    S sold
        10-01 12:00  grant g1 500                   posted                  500  0
        10-01 12:00  hold h1 300 until 10-01 13:00  posted                  200  0
        10-01 12:00  post c1 200 of h1              posted                  300  200
        10-01 12:01  refund r1 201 of c1            refund_exceeds_payment  300  200
        10-01 12:01  refund r2 150 of c1            posted                  450  50
        10-01 12:01  refund r3 51 of c1             refund_exceeds_payment  450  50
        10-01 12:01  refund r4 50 of c1             posted                  500  0
    """),
    "a stopped card's payment is refunded all the same": Journal("""
        when         do                   answer              A    S sold
        10-01 12:00  grant g1 500         posted              500  0
        10-01 12:00  pay p1 100           posted              400  100
        10-01 12:00  stop s1              posted              400  100
        10-01 12:00  refund r1 40 of p1   posted              440  60
        10-01 12:00  pay p2 10            credential_stopped  440  60
    """),
}

UPKEEP: Final = {
    "a grant is good through its last day in Tokyo": Journal("""
        when                do                        answer                A    expired
        10-01 12:00         grant g1 100 until 10-31  posted                100  0
        10-31 23:59:59.999  expire e1                 nothing_to_move       100  0
        10-31 23:59:59.999  pay p1 10                 posted                90   0
        11-01 00:00         pay p2 20                 insufficient_balance  90   0
        11-01 00:00         expire e2                 posted                0    90
        11-01 00:00         expire e2                 again                 0    90
        11-01 00:00         expire e3                 nothing_to_move       0    90
    """),
    "a lot that ended is not spent even before it is moved": Journal("""
        when         do                        answer                lot g1  lot g2
        10-01 12:00  grant g1 100 until 10-31  posted                100     -
        10-01 12:00  grant g2 100 until 12-31  posted                100     100
        11-05 12:00  pay p1 101                insufficient_balance  100     100
        11-05 12:00  pay p2 100                posted                100     0
    """),
    "lots expire so many at a time": Journal("""
        when         do                        answer           A   expired
        10-01 12:00  grant g1 10 until 10-31   posted           10  0
        10-01 12:00  grant g2 20 until 10-30   posted           30  0
        10-01 12:00  grant g3 40 until 10-29   posted           70  0
        11-01 00:00  expire e1 limit 2         posted           10  60
        11-01 00:00  expire e2 limit 2         posted           0   70
        11-01 00:00  expire e3 limit 2         nothing_to_move  0   70
    """),
    "a closing takes what was sold and a shop in debt stays in it": Journal("""
        when         do                   answer           S sold  S payable  L sold  L payable
        10-01 12:00  grant g1 1000        posted           0       0          0       0
        10-01 12:00  close d0             nothing_to_move  0       0          0       0
        10-01 12:00  pay p1 300           posted           300     0          0       0
        10-01 12:00  pay p2 200 at L1     posted           300     0          200     0
        10-01 12:01  close d1             posted           0       300        0       200
        10-01 12:02  refund r1 100 of p1  posted           -100    300        0       200
        10-01 12:03  pay p3 50 at L1      posted           -100    300        50      200
        10-01 12:04  close d2             posted           -100    300        0       250
        10-01 12:05  pay p4 130           posted           30      300        0       250
        10-01 12:06  close d3             posted           0       330        0       250
    """),
    "no more is paid out than is payable": Journal("""
        when         do                     answer          S payable  S settled
        10-01 12:00  grant g1 1000          posted          0          0
        10-01 12:00  pay p1 300             posted          0          0
        10-01 12:01  payout o1 1            bound_exceeded  0          0
        10-01 12:01  close d1               posted          300        0
        10-01 12:02  payout o2 301          bound_exceeded  300        0
        10-01 12:03  payout o3 200          posted          100        200
        10-01 12:04  payout o4 100          posted          0          300
        10-01 12:05  payout o5 1            bound_exceeded  0          300
    """),
    "after its stop a card is refused and the person's other card is not": Journal("""
        when         do                             answer              A     S sold
        10-01 12:00  grant g1 1000                  posted              1000  0
        10-01 12:00  hold h1 100 until 10-01 13:00  posted              900   0
        10-01 12:01  stop s1 by A                   posted              900   0
        10-01 12:01  stop s2 by A                   posted              900   0
        10-01 12:02  pay p1 10 by A                 credential_stopped  900   0
        10-01 12:02  hold h2 10 by A until 10-01 13:00  credential_stopped  900  0
        10-01 12:02  pay p2 10 by A2                posted              890   10
        10-01 12:03  post c1 of h1                  posted              890   110
    """),
}
