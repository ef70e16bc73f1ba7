"""One day on which everything happens that a ledger knows."""

from typing import Final

from ichimai.kernel import Asset
from ichimai.kernel.rates import Rate
from ichimai.programs.terms import Limits
from tests.journals.words import Offer, Terms

DAY: Final = (
    "grant g1 10000",
    "grant g2 5000 to B capped 1000",
    "grant g3 40 to E until 09-30",
    "expire e1",
    "restore e2 of e1 until 10-31",
    "pay p1 300",
    "pay p2 200 by B at L1",
    "hold h1 400 until 10-01 13:00",
    "hold h2 100 until 10-01 13:00",
    "post c1 150 of h1",
    "refund r1 100 of p1",
    "refund r2 50 of c1",
    "stop s1 by B",
    "stop s2 by B",
    "close d1",
    "payout o1 100",
    "pay p3 10",
    "buy b1 1234 most 100",
    "buy b2 77 with nothing",
    "return v1 600 of b1",
    "return v2 7 of b2",
    "award a1 of class by C for points:10 to D",
    "topup t1 500 in gift by C",
    "buy b3 40 by C at L1",
    "exchange x1 30 in points by C for gift:20",
    "deliver y1 2 in atlas",
    "redeem z1 3 in points by C thing atlas",
    "cashout o2 100 in gift by C",
    "give v3 15 in points by C to D",
    "charge c2 in points",
    "offset f1 1",
    "correct k1 1",
    "topup t2 60 in gift by C for points:6",
    "refund r3 30 of t2",
    "grant g4 70 to F capped 30",
    "pay p5 20 by F at L1",
    "merge u1 by F to G",
    "split w1 of u1 by G to F",
    "buy b4 800 by F with nothing",
    "merge u2 by F to G",
    "return v4 300 of b4",
    "pay p4 99999",
)
"""One of everything, each in a block of its own; and a refusal."""

PROGRAMS: Final = (
    Terms(),
    Terms(
        Asset("points"),
        is_automatic=False,
        offers=(
            Offer(rate=Rate(), limits=Limits(units_per_day=100)),
            Offer("class", units=50),
        ),
    ),
)
