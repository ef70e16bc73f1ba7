"""The same id is for the same event, stamp, exchange or thing, whatever these come to."""

from typing import Final

from ichimai.programs.terms import Limits
from tests.journals.earning import points
from tests.journals.journal import Journal
from tests.journals.words import Offer

ASKED: Final = {
    "the same id has one event and one stamp": Journal(
        """
        when         do                        answer                            A points
        10-01 12:00  award a1 of class         posted                            5
        10-01 12:01  award a1 of prize         exists_with_different_programs    5
        10-01 12:01  award a1 of class by B    exists_with_different_credential  5
        10-01 12:01  award a1 of prize by B    exists_with_different_credential  5
        10-01 12:01  award a1 of prize at L1   exists_with_different_terminal    5
        10-01 12:01  topup a1 5 in points      exists_with_different_kind        5
        10-01 12:01  award a1 of class         again                             5
        10-01 12:02  award a2 of class         limit_reached                     5
        10-01 12:02  award a2 of prize         exists_with_different_programs    5
        10-01 12:02  award a2 of class         limit_reached                     5
        10-01 12:03  topup t1 7 in points      posted                            12
        10-01 12:03  topup t1 7 in gift        exists_with_different_programs    12
        10-01 12:03  award t1 of class         exists_with_different_kind        12
        10-01 12:04  award a3 of prize         posted                            21
        """,
        (points(Offer("class", units=5, limits=Limits(times_per_day=1)), Offer("prize", units=9)),),
    ),
    "the same id has one exchange and one thing of those that cost the same": Journal(
        """
        when         do                                answer                          A points
        10-01 12:00  award a1 of class                 posted                          500
        10-01 12:01  exchange x1 10 in points of cup   posted                          490
        10-01 12:01  exchange x1 10 in points of bowl  exists_with_different_programs  490
        10-01 12:01  exchange x1 10 in points of cup   again                           490
        10-01 12:02  redeem d1 3 in points thing map   out_of_stock                    490
        10-01 12:02  redeem d1 3 in points thing pen   exists_with_different_programs  490
        10-01 12:03  redeem d2 3 in points             posted                          487
        10-01 12:03  redeem d2 3 in points thing pen   exists_with_different_programs  487
        """,
        (points(Offer("class", units=500)),),
    ),
}
