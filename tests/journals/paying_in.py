"""Money that was paid in by mistake, and goes back where it was paid in."""

from typing import Final

from ichimai.kernel import Asset
from tests.journals.journal import Journal
from tests.journals.words import Terms

MONEY: Final = Asset("money")
BONUS: Final = Asset("bonus")

MISTAKES: Final = {
    "money that was paid in by mistake goes back with the premium on it": Journal(
        """
        when  do                                    answer                          A money  A bonus
        -     topup t1 1000 in money for bonus:100  posted                          1000     100
        +1m   refund r1 900 of t1                   posted                          100      10
        -     refund r1 900 of t1                   again                           100      10
        -     refund r1 800 of t1                   exists_with_different_amount    100      10
        -     refund r1 900 of t2                   exists_with_different_payment   100      10
        -     refund r1 900 of t1 at S2             exists_with_different_terminal  100      10
        -     cashout r1 900 in money               exists_with_different_kind      100      10
        +1m   cashout o1 5 in money                 posted                          95       10
        -     refund o1 5 of t1                     exists_with_different_kind      95       10
        +1m   refund r2 101 of t1                   refund_exceeds_payment          95       10
        -     refund r3 100 of t1 at L1             unknown_operation               95       10
        +1m   refund r4 95 of t1 at S2              posted                          0        0
        -     refund r5 5 of t1                     not_all_there                   0        0
        -     refund r6 6 of t1                     refund_exceeds_payment          0        0
        """,
        (Terms(BONUS), Terms(MONEY)),
    ),
    "money that was paid in goes back on its day and as far as it is there": Journal(
        """
        when         do                                    answer             A money  A bonus
        10-01 12:00  topup t1 1000 in money for bonus:100  posted             1000     100
        +1m          buy b1 1 with money                   posted             999      100
        +1m          refund r1 1000 of t1                  not_all_there      999      100
        +1m          refund r1 999 of t1                   posted             0        0
        +1m          topup t2 1000 in money for bonus:100  posted             1000     100
        +1m          buy b2 91 with bonus                  posted             1000     9
        +1m          refund r2 1000 of t2                  not_all_there      1000     9
        +1m          refund r2 90 of t2                    posted             910      0
        +1m          cashout o1 10 in money                posted             900      0
        10-01 23:59  topup t3 50 in money                  posted             950      0
        -            refund r3 20 of t3                    posted             930      0
        10-02 00:00  refund r4 20 of t3                    unknown_operation  930      0
        +1m          topup t4 70 in money                  posted             1000     0
        +1m          give v1 950 in money to B             posted             50       0
        +1m          refund r5 70 of t4                    not_all_there      50       0
        """,
        (Terms(BONUS, is_automatic=False), Terms(MONEY, is_automatic=False)),
    ),
    "money that was paid in moved with who paid it in, and goes back once they are apart": Journal(
        """
        when  do                                    answer         A money  A bonus  B money
        -     topup t1 1000 in money for bonus:100  posted         1000     100      0
        +1m   merge u1 by A to B                    posted         0        0        1000
        +1m   refund r1 900 of t1                   not_all_there  0        0        1000
        +1m   split w1 of u1 by B to A              posted         1000     100      0
        +1m   refund r1 900 of t1                   posted         100      10       0
        """,
        (Terms(BONUS), Terms(MONEY)),
    ),
    "a budget has room again for what went back of a premium": Journal(
        """
        when  do                                            answer  A money  A bonus  S gave
        -     topup t1 1000 in money for bonus:100 bounded  posted  1000     100      -1000
        +1m   topup t2 1000 in money for bonus:100 bounded  posted  2000     150      -2000
        +1m   refund r1 1000 of t1                          posted  1000     50       -1000
        +1m   topup t3 2000 in money for bonus:200 bounded  posted  3000     150      -3000
        """,
        (Terms(BONUS), Terms(MONEY)),
        budget_units=150,
    ),
}
