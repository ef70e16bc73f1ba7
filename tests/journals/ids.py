"""An id has one answer: the same body gets it again, another body learns what differs."""

from typing import Final

from tests.journals.journal import Journal
from tests.journals.words import Terms

IDS: Final = {
    "the same payment again is answered again and done once": Journal("""
        when         do                                answer                           A
        10-01 12:00  grant g1 1000                     posted                           1000
        10-01 12:01  pay p1 300                        posted                           700
        10-01 12:01  pay p1 300                        again                            700
        12-31 12:00  pay p1 300                        again                            700
        12-31 12:00  pay p1 301                        exists_with_different_amount     700
        12-31 12:00  pay p1 300 by A2                  exists_with_different_credential  700
        12-31 12:00  pay p1 300 by B                   exists_with_different_credential  700
        12-31 12:00  pay p1 300 at S2                  exists_with_different_terminal   700
        12-31 12:00  hold p1 300 until 12-31 13:00     exists_with_different_kind       700
        12-31 12:00  grant p1 300                      exists_with_different_kind       700
        12-31 12:00  refund p1 300 of p1               exists_with_different_kind       700
        12-31 12:00  post p1 300 of h1                 exists_with_different_kind       700
        12-31 12:00  expire p1                         exists_with_different_kind       700
        12-31 12:00  close p1                          exists_with_different_kind       700
        12-31 12:00  payout p1 300                     exists_with_different_kind       700
        12-31 12:00  stop p1                           exists_with_different_kind       700
        12-31 12:00  pay p1 300                        again                            700
    """),
    "of several differences the first of kind, amount, card and till is named": Journal("""
        when         do                                answer                           A
        10-01 12:00  grant g1 1000                     posted                           1000
        10-01 12:01  pay p1 300                        posted                           700
        10-01 12:02  hold p1 1 by B at S2 until 10-01 13:00  exists_with_different_kind  700
        10-01 12:02  pay p1 1 by B at S2               exists_with_different_amount     700
        10-01 12:02  pay p1 300 by B at S2             exists_with_different_credential  700
        10-01 12:02  pay p1 300 at S2                  exists_with_different_terminal   700
    """),
    "a refusal is the answer of its id for ever": Journal("""
        when         do                                answer                           A
        10-01 12:00  pay p1 500                        insufficient_balance             0
        10-01 12:01  grant g1 1000                     posted                           1000
        10-01 12:02  pay p1 500                        insufficient_balance             1000
        12-31 12:00  pay p1 500 confirmed              insufficient_balance             1000
        12-31 12:00  pay p1 500 refused not_accepted_here  insufficient_balance         1000
        12-31 12:00  pay p1 400                        exists_with_different_amount     1000
        12-31 12:00  pay p1 500 by A2                  exists_with_different_credential  1000
        12-31 12:00  pay p1 500 at S2                  exists_with_different_terminal   1000
        12-31 12:00  hold p1 500 until 12-31 13:00     exists_with_different_kind       1000
        12-31 12:00  grant p1 500                      exists_with_different_kind       1000
        12-31 12:00  refund p1 500 of p1               exists_with_different_kind       1000
        12-31 12:00  stop p1                           exists_with_different_kind       1000
        12-31 12:00  pay p2 500                        posted                           500
    """),
    "every refusal that was decided is remembered": Journal(
        """
        when         do                                    answer                A
        10-01 12:00  grant g1 1000                         posted                1000
        10-01 12:00  pay p1 600                            limit_exceeded        1000
        10-01 12:01  pay p1 600                            limit_exceeded        1000
        10-01 12:01  pay p2 50 refused not_accepted_here   not_accepted_here     1000
        10-01 12:01  pay p2 50                             not_accepted_here     1000
        10-01 12:01  pay p3 50 refused credential_stopped  credential_stopped    1000
        10-01 12:01  pay p3 50                             credential_stopped    1000
        10-01 12:01  hold h1 600 until 10-01 13:00         limit_exceeded        1000
        10-01 12:01  hold h1 600 until 10-01 14:00         limit_exceeded        1000
        10-01 12:01  pay h1 600                            exists_with_different_kind  1000
        """,
        (Terms(per_payment=500),),
    ),
    "an unknown card and a question are no answers": Journal("""
        when         do                                    answer                A
        10-01 12:00  grant g1 1000                         posted                1000
        10-01 12:00  pay p1 50 refused unknown_credential  unknown_credential    1000
        10-01 12:00  pay p1 50                             posted                950
        10-01 12:00  pay p2 50                             repeat_suspected      950
        10-01 12:00  pay p2 60                             posted                890
    """),
    "a refund is done once": Journal("""
        when         do                         answer                          A     S sold
        10-01 12:00  grant g1 1000              posted                          1000  0
        10-01 12:01  pay p1 300                 posted                          700   300
        10-01 12:02  pay p2 200                 posted                          500   500
        10-01 12:03  refund r1 100 of p1        posted                          600   400
        10-01 12:04  refund r1 100 of p1        again                           600   400
        10-01 12:05  refund r1 100 of p2        exists_with_different_payment   600   400
        10-01 12:05  refund r1 100 of p1 at S2  exists_with_different_terminal  600   400
        10-01 12:05  refund r1 101 of p1        exists_with_different_amount    600   400
        10-01 12:05  pay r1 100                 exists_with_different_kind      600   400
        10-01 12:05  post r1 100 of p1          exists_with_different_kind      600   400
    """),
    "a release is done once": Journal("""
        when         do                             answer                          A     S sold
        10-01 12:00  grant g1 1000                  posted                          1000  0
        10-01 12:01  hold h1 300 until 10-01 13:00  posted                          700   0
        10-01 12:02  post c1 200 of h1              posted                          800   200
        10-01 12:03  post c1 200 of h1              again                           800   200
        12-31 12:03  post c1 200 of h1              again                           800   200
        12-31 12:03  post c1 of h1                  exists_with_different_amount    800   200
        12-31 12:03  void c1 of h1                  exists_with_different_amount    800   200
        12-31 12:03  post c1 200 of h2              exists_with_different_payment   800   200
        12-31 12:03  post c1 200 of h1 at S2        exists_with_different_terminal  800   200
        12-31 12:04  hold h2 300 until 12-31 13:00  posted                          500   200
        12-31 12:04  post c2 of h2                  posted                          500   500
        12-31 12:04  post c2 of h2                  again                           500   500
        12-31 12:04  post c2 300 of h2              again                           500   500
        12-31 12:04  post c2 299 of h2              exists_with_different_amount    500   500
        12-31 12:06  hold h3 300 until 12-31 13:00  posted                          200   500
        12-31 12:06  void c3 of h3                  posted                          500   500
        12-31 12:06  void c3 of h3                  again                           500   500
        12-31 12:06  post c3 of h3                  exists_with_different_amount    500   500
    """),
    "what the operator does is done once": Journal("""
        when         do                             answer                            A     S sold
        10-01 12:00  grant g1 1000                  posted                            1000  0
        10-01 12:00  grant g1 1000                  again                             1000  0
        10-01 12:00  grant g1 999                   exists_with_different_amount      1000  0
        10-01 12:00  grant g1 1000 to B             exists_with_different_credential  1000  0
        10-01 12:00  grant g1 1000 in points        exists_with_different_credential  1000  0
        10-01 12:01  pay p1 300                     posted                            700   300
        10-01 12:02  close d1                       posted                            700   0
        10-01 12:02  pay p2 200                     posted                            500   200
        10-01 12:03  close d1                       again                             500   200
        10-01 12:03  close d1 in points             exists_with_different_kind        500   200
        10-01 12:04  payout o1 300                  posted                            500   200
        10-01 12:04  payout o1 300                  again                             500   200
        10-01 12:04  payout o1 200                  exists_with_different_amount      500   200
        10-01 12:04  payout o1 300 at L1            exists_with_different_amount      500   200
        10-01 12:05  stop s1                        posted                            500   200
        10-01 12:05  stop s1                        again                             500   200
        10-01 12:05  stop s1 by B                   exists_with_different_credential  500   200
        10-01 12:05  expire e1                      nothing_to_move                   500   200
    """),
    "an id from more than ten minutes ahead is refused": Journal("""
        when               do                       answer              A
        10-01 12:00        grant g1 1000            posted              1000
        10-01 12:00        pay p@10-01.12.10.00 10  posted              990
        10-01 12:00        pay p@10-01.12.10.01 20  id_from_the_future  990
        10-01 12:00        grant p@10-02 20         id_from_the_future  990
        10-01 12:00:01     pay p@10-01.12.10.01 20  posted              970
    """),
    "an amount is at least 1 and at most a million millions": Journal("""
        when         do                             answer                        A     S sold
        10-01 12:00  grant g1 1000                  posted                        1000  0
        10-01 12:00  pay p1 0                       invalid_amount                1000  0
        10-01 12:00  pay p1 -1                      invalid_amount                1000  0
        10-01 12:00  pay p1 1000000000001           invalid_amount                1000  0
        10-01 12:00  pay p1 1000000000000           insufficient_balance          1000  0
        10-01 12:00  grant g2 0                     invalid_amount                1000  0
        10-01 12:00  grant g2 -5                    invalid_amount                1000  0
        10-01 12:00  grant g2 1000000000001         invalid_amount                1000  0
        10-01 12:00  hold h1 0 until 10-01 13:00    invalid_amount                1000  0
        10-01 12:00  hold h1 10 until 10-01 13:00   posted                        990   0
        10-01 12:00  post c1 -1 of h1               invalid_amount                990   0
        10-01 12:00  post c1 of h1                  posted                        990   10
        10-01 12:00  refund r1 0 of c1              invalid_amount                990   10
        10-01 12:00  refund r1 -1 of c1             invalid_amount                990   10
        10-01 12:00  payout o1 0                    invalid_amount                990   10
        10-01 12:00  payout o1 -5                   invalid_amount                990   10
    """),
}
