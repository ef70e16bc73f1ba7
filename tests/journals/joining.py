"""Two wallets that turn out to be one person's, and that taken back."""

from typing import Final

from ichimai.programs.terms import Limits
from tests.journals.earning import points
from tests.journals.journal import Journal
from tests.journals.words import Offer, Terms

_CLASS: Final = points(Offer("class", units=300, limits=Limits(units_ever=800)))

MERGES: Final = {
    "each lot moves with its end, once": Journal("""
        when  do                             answer                A    B    lot g9
        -     grant g1 500 until 10-20       posted                500  0    -
        -     grant g2 300 until 12-31       posted                800  0    -
        -     grant g9 100 to B until 12-01  posted                800  100  100
        -     merge u1 by A to B             posted                0    900  100
        -     merge u1 by A to B             again                 0    900  100
        -     pay p1 550 by B                posted                0    350  50
        -     pay p2 1 by A                  insufficient_balance  0    350  50
    """),
    "the same id has one merge": Journal("""
        when  do                        answer                            A    B
        -     grant g1 500              posted                            500  0
        -     grant g2 500 to C         posted                            500  0
        -     merge u1 by A to B        posted                            0    500
        -     merge u1 by C to B        exists_with_different_credential  0    500
        -     merge u1 by A to C        exists_with_different_credential  0    500
        -     merge u1 of g2 by A to B  exists_with_different_payment     0    500
        -     give u1 by A to B         exists_with_different_kind        0    500
        -     split u1 of u1 by B to A  exists_with_different_kind        0    500
        -     merge g1 by A to B        exists_with_different_kind        0    500
    """),
    "of an empty wallet a merge is written too, and of none": Journal("""
        when  do                        answer           A    B
        -     merge u1 by C to B        posted           0    0
        -     merge u1 by C to B        again            0    0
        -     grant g1 500              posted           500  0
        -     pay p1 500                posted           0    0
        -     merge u2 by A to B        posted           0    0
        -     merge u2 by A to B        again            0    0
        -     merge u3 by A to A        nothing_to_move  0    0
        -     merge u4 of u2 by A to B  nothing_to_move  0    0
        -     grant g2 70 to C          posted           0    0
        -     merge u5 of u1 by C to B  posted           0    70
    """),
    "a lot that is over stays, and expires where it is": Journal("""
        when         do                        answer  A    B    expired
        10-01 12:00  grant g1 500 until 10-01  posted  500  0    0
        10-01 12:00  grant g2 300              posted  800  0    0
        10-02 00:00  merge u1 by A to B        posted  500  300  0
        10-02 00:00  expire e1                 posted  0    300  500
    """),
    "the part for large shops moves with its lot": Journal(
        """
        when  do                        answer          A    B
        -     grant g1 500 capped 200   posted          500  0
        -     merge u1 by A to B        posted          0    500
        -     pay p1 201 by B at L1     limit_exceeded  0    500
        -     pay p2 150 by B at L1     posted          0    350
        -     split w1 of u1 by B to A  posted          350  0
        -     pay p3 51 at L1           limit_exceeded  350  0
        -     pay p4 50 at L1           posted          300  0
        """,
        (Terms(is_capped=True),),
    ),
    "what both spent today counts over both, until midnight": Journal(
        """
        when         do                     answer          A    B
        10-01 12:00  grant g1 900           posted          900  0
        10-01 12:00  grant g2 900 to B      posted          900  900
        10-01 12:00  pay p1 400             posted          500  900
        10-01 12:00  pay p2 300 by B        posted          500  600
        10-01 12:05  merge u1 by A to B     posted          0    1100
        10-01 12:05  pay p3 101 by B at S2  limit_exceeded  0    1100
        10-01 12:05  pay p4 100 by B        posted          0    1000
        10-01 12:06  refund r1 400 of p1    posted          400  1000
        10-01 12:06  pay p5 1 by B          limit_exceeded  400  1000
        10-02 00:00  pay p6 800 by B        posted          400  200
        """,
        (Terms(per_day=800),),
    ),
    "of three who are one, all that was spent today counts": Journal(
        """
        when         do                  answer          C
        10-01 12:00  grant g1 900        posted          0
        10-01 12:00  grant g2 900 to B   posted          0
        10-01 12:00  grant g3 900 to C   posted          900
        10-01 12:00  pay p1 400          posted          900
        10-01 12:00  merge u1 by A to B  posted          900
        10-01 12:00  pay p2 300 by B     posted          900
        10-01 12:00  merge u2 by B to C  posted          2000
        10-01 12:00  pay p3 101 by C     limit_exceeded  2000
        10-01 12:00  pay p4 100 by C     posted          1900
        """,
        (Terms(per_day=800),),
    ),
    "what both had of an offer counts over both, and apart again after a split": Journal(
        """
        when  do                        answer         A points  B points
        -     award a1 of class         posted         300       0
        -     award a2 of class by B    posted         300       300
        -     merge u1 by A to B        posted         0         600
        -     award a3 of class by B    posted         0         800
        -     award a4 of class by B    limit_reached  0         800
        -     split w1 of u1 by B to A  posted         300       500
        -     award a5 of class by B    posted         300       800
        -     award a6 of class by A    posted         600       800
        """,
        (_CLASS,),
    ),
}

SPLITS: Final = {
    "what was spent stays spent, and the rest of exactly these lots goes back": Journal("""
        when  do                             answer           A    B    lot g9
        -     grant g1 500 until 10-20       posted           500  0    -
        -     grant g2 300 until 12-31       posted           800  0    -
        -     grant g9 100 to B until 10-05  posted           800  100  100
        -     merge u1 by A to B             posted           0    900  100
        -     pay p1 250 by B                posted           0    650  0
        -     grant g3 70 to B               posted           0    720  0
        -     split w1 of u1 by B to A       posted           650  70   0
        -     split w1 of u1 by B to A       again            650  70   0
        -     split w2 of u1 by B to A       nothing_to_move  650  70   0
        -     pay p2 650                     posted           0    70   0
    """),
    "the same id has one split": Journal("""
        when  do                        answer                            A    B
        -     grant g1 500              posted                            500  0
        -     merge u1 by A to B        posted                            0    500
        -     split w1 of u1 by B to A  posted                            500  0
        -     split w1 of u2 by B to A  exists_with_different_payment     500  0
        -     split w1 of u1 by B to C  exists_with_different_credential  500  0
        -     split w2 of g1 by B to A  unknown_operation                   500  0
        -     split w3 of u9 by B to A  unknown_operation                   500  0
        -     split w4 of u1 by A to A  unknown_operation                   500  0
    """),
    "of one lot in both wallets, what was there before counts as spent first": Journal(
        """
        when  do                              answer  A points  B points
        -     award a1 of class               posted  300       0
        -     award a2 of class by B          posted  300       300
        -     merge u1 by A to B              posted  0         600
        -     exchange x1 200 in points by B  posted  0         400
        -     split w1 of u1 by B to A        posted  300       100
        """,
        (_CLASS,),
    ),
    "what comes back later to the wallet given up follows, and goes back with the rest": Journal("""
        when  do                        answer             A    B
        -     grant g1 500              posted             500  0
        -     pay p1 200                posted             300  0
        -     merge u1 by A to B        posted             0    300
        -     refund r1 120 of p1       posted             120  300
        -     merge u2 of u1 by A to B  posted             0    420
        -     merge u2 of u1 by A to B  again              0    420
        -     merge u3 of u1 by A to B  nothing_to_move    0    420
        -     merge u4 of u2 by A to B  unknown_operation  0    420
        -     split w2 of u2 by B to A  unknown_operation  0    420
        -     split w1 of u1 by B to A  posted             420  0
    """),
    "of three who are one, the last merge is taken back first": Journal("""
        when  do                        answer             A    B    C
        -     grant g1 500              posted             500  0    0
        -     grant g2 200 to B         posted             500  200  0
        -     merge u1 by A to B        posted             0    700  0
        -     merge u2 by B to C        posted             0    0    700
        -     split w1 of u1 by C to A  unknown_operation  0    0    700
        -     split w2 of u2 by C to B  posted             0    700  0
        -     split w3 of u1 by B to A  posted             500  200  0
        -     merge u3 of u1 by A to B  nothing_to_move    500  200  0
    """),
    "a lot that ended meanwhile is not given back": Journal("""
        when         do                        answer  A    B    expired
        10-01 12:00  grant g1 500 until 10-01  posted  500  0    0
        10-01 12:00  grant g2 300              posted  800  0    0
        10-01 12:00  merge u1 by A to B        posted  0    800  0
        10-02 00:00  split w1 of u1 by B to A  posted  300  500  0
        10-02 00:00  expire e1                 posted  300  0    500
    """),
}
