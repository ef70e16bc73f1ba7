"""Whatever happened: the sum of a closing is the sum of its transfers, and no yen is lost.

Everything is computed a second time here, in plain Python, from the transfers alone.
"""

from collections import defaultdict
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ichimai import settlement
from ichimai.kernel import JPY
from ichimai.kernel.errors import DomainError
from ichimai.ledger import Kind, OperationId
from ichimai.ledger.model import Posted, Role, account_id
from ichimai.programs import funding
from ichimai.settlement.errors import NothingToPay
from ichimai.settlement.model import Payable
from ichimai.storage import EmbeddedServer

from .many import CAMPAIGN, GIFT, KEYS, OWN, POINTS, PROGRAMS, STAMPS, Streets, streets_in

WORDS = ("earn", "grant", "pay", "hold", "post", "refund", "buy", "return", "close", "batch")
STEPS = st.lists(
    st.tuples(
        st.sampled_from(WORDS),
        st.integers(0, 4),
        st.integers(0, 4),
        st.integers(0, 2),
        st.integers(1, 400),
    ),
    min_size=5,
    max_size=45,
)
HELD = defaultdict[str, int]


class History:
    """One history while it happens: what can be given back, and what was paid in cash."""

    def __init__(self, streets: Streets) -> None:
        self.streets = streets
        self.payments: list[tuple[int, OperationId]] = []
        self.holds: list[tuple[int, OperationId]] = []
        self.sales: list[tuple[int, OperationId]] = []
        self.cash: dict[str, int] = defaultdict(int)

    def step(self, word: str, shop: int, program: int, wallet: int, units: int) -> None:
        """Do one thing; what the ledger refuses did not happen."""
        s, which = self.streets, PROGRAMS[program]
        kept: list[tuple[int, OperationId]] | None = None
        match word:
            case "grant":
                funder = funding.party_id("operator" if which.funder == "shop" else which.funder)
                s.grant(which, units, wallet, funder)
                return
            case "earn":
                answer = s.post(s.award(shop, which, units, s.shops[shop].id, wallet))
            case "pay":
                kept, answer = self.payments, s.post(s.paying(shop, which, units, wallet))
            case "hold":
                pay = s.paying(shop, which, units, wallet, is_hold=True)
                kept, answer = self.holds, s.post(pay)
            case "buy":
                kept = self.sales
                answer = s.post(s.purchase(shop, units, wallet, units // 10 + 1))
            case "close":
                s.week()
                s.close(*([] if units % 3 else [which]))
                return
            case "batch":
                self.pay_out()
                return
            case _:
                self.back(word, shop + 5 * wallet, units)
                return
        if kept is not None and isinstance(answer, Posted):
            kept.append((shop, answer.operation))

    def back(self, word: str, which: int, units: int) -> None:
        """Undo something of before, or part of it."""
        kept = {"post": self.holds, "refund": self.payments, "return": self.sales}[word]
        if not kept:
            return
        shop, operation = kept[which % len(kept)]
        s = self.streets
        answer: Posted | DomainError
        match word:
            case "post":
                answer = s.post(s.releasing(shop, operation, units))
            case "refund":
                answer = s.post(s.refunding(shop, operation, units))
            case _:
                answer = s.post(s.returned(shop, operation, units))
        if word == "post" and isinstance(answer, Posted) and answer.transfers[0].kind is Kind.POST:
            self.payments.append((shop, answer.operation))

    def pay_out(self) -> None:
        """Pay everything that is owed."""
        try:
            batch = self.streets.make(release=frozenset(shop.id for shop in self.streets.shops))
        except NothingToPay:
            return
        for shop, yen in self.streets.paid(self.streets.approve(batch)).items():
            self.cash[shop] += yen


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=STEPS)
def test_the_sum_of_a_closing_is_the_sum_of_its_transfers(
    server: EmbeddedServer, template: str, steps: list[tuple[str, int, int, int, int]]
) -> None:
    with streets_in(server, template) as streets:
        history = History(streets)
        for wallet in range(3):
            for program in (GIFT, CAMPAIGN):
                streets.grant(program, 300, wallet)
        for step in steps:
            history.step(*step)
        history.step("close", 0, 0, 0, 1)
        check_lines(streets)
        check_obligations(streets)
        history.pay_out()
        check_books(streets)
        check_cash(streets, history)
        streets.verify()


def check_lines(streets: Streets) -> None:
    """Each closing begins where the last one ended, and holds what happened in between."""
    owner, role = accounts(streets)
    with streets.database.read(streets.operator) as tx:
        closings = [each.closing for key in KEYS for each in settlement.reports.closings(tx, key)]
        lines = {one.id: settlement.reports.payables(tx, one.id) for one in closings}
    closings.sort(key=lambda one: (one.asset, one.closes_on))
    before: dict[str, int] = defaultdict(int)
    carried: dict[tuple[str, UUID], int] = defaultdict(int)
    for closing in closings:
        assert closing.after_number == before[closing.asset]
        before[closing.asset] = closing.up_to_number
        accepted, due = HELD(int), HELD(int)
        for number, kind, debit, credit, units, asset in transfers(streets):
            is_inside = closing.after_number < number <= closing.up_to_number
            if asset != closing.asset or not is_inside:
                continue
            for account, sign in ((credit, 1), (debit, -1)):
                if role[account] == Role.RECEIVABLE and kind != Kind.CLOSE:
                    accepted[owner[account]] += sign * units
                # What was set off when a shop was paid is of the closings before.
                if role[account] == Role.DUE and kind != Kind.OFFSET:
                    due[owner[account]] -= sign * units
        shops = {str(shop.id) for shop in streets.shops}
        found = {str(line.shop): line for line in lines[closing.id]}
        for shop in shops:
            line = found.get(shop, Payable(closing.id, streets.shops[0].id, 0))
            key = (closing.asset, UUID(shop))
            # What was carried too long is in both: it came off the sales and onto what is owed.
            assert line.units - line.carried == accepted[shop] - carried[key] or (
                closing.asset == STAMPS.key and line.units == 0
            )
            assert line.due == due[shop]
            assert line.yen == (line.units - line.due) * closing.unit_yen - line.fee_yen
            carried[key] = line.carried


def check_obligations(streets: Streets) -> None:
    """Of each closing: what parties owe for shops is what shops accepted, by who gave it."""
    owner, role = accounts(streets)
    funder = {
        lot: owner[debit]
        for lot, debit in streets.rows(
            "SELECT lot, debit::text FROM transfer WHERE kind IN (1, 12, 14)"
        )
    }
    shops = {str(shop.id) for shop in streets.shops}
    party = {str(id_): name for id_, name in funding.parties(PROGRAMS).items()}
    for closing_id, asset, after, up_to, unit_yen in streets.rows(
        "SELECT id, asset, after_number, up_to_number, unit_yen FROM closing"
    ):
        owed: dict[tuple[str, str], int] = defaultdict(int)
        for kind, debit, credit, units, lot in streets.rows(
            "SELECT kind, debit::text, credit::text, units, lot FROM transfer"
            " WHERE asset = %s AND number > %s AND number <= %s",
            (asset, after, up_to),
        ):
            sign = {Kind.PAYMENT: 1, Kind.POST: 1, Kind.REFUND: -1}.get(Kind(kind), 0)
            yen = units * unit_yen * sign
            if asset == POINTS.key:
                owed["association:8", "operator"] += yen
                if kind == Kind.CHARGE:
                    who = owner[debit if role[debit] == Role.DUE else credit]
                    back = 1 if role[debit] == Role.DUE else -1
                    name = "operator" if who in shops else party[who]
                    owed[name, "association:8"] += back * units
            elif asset != STAMPS.key and sign and funder[lot] not in shops:
                owed[party[funder[lot]], "operator"] += yen
        found: dict[tuple[str, str], int] = defaultdict(int)
        for debtor, creditor, yen in streets.rows(
            "SELECT debtor, creditor, yen FROM obligation WHERE closing = %s AND why <> 'fee'",
            (closing_id,),
        ):
            found[debtor, creditor] += yen
        assert net(found) == net(owed)


def check_books(streets: Streets) -> None:
    """The ledger's accounts are what open lines say: nothing is owed that no line has."""
    with streets.database.read(streets.operator) as tx:
        lines = settlement.reports.open_lines(tx)
        billed = [
            line
            for bill in settlement.clearing.bills(tx, None, 1_000)
            for line in settlement.clearing.bill_lines(tx, bill.id)
        ]
    if billed:
        return
    for program in (GIFT, POINTS, CAMPAIGN, OWN):
        mine = [line.payable for line in lines if line.asset == program.key]
        assert streets.balance(Role.PAYABLE, program) == sum(line.units for line in mine)
        for shop in streets.shops:
            due = sum(line.due for line in mine if line.shop == shop.id)
            assert streets.balance(Role.DUE, program, shop.id) == -due


def check_cash(streets: Streets, history: History) -> None:
    """What shops got from the bank is what their settled accounts say, in yen."""
    worth = {program.key: program.unit_yen for program in PROGRAMS} | {JPY: 1}
    for shop in streets.shops:
        settled = {
            asset: streets.rows(
                "SELECT coalesce(sum(balance), 0)::bigint FROM account WHERE id = %s",
                (account_id(shop.id, Role.SETTLED, asset),),
            )[0][0]
            for asset in worth
        }
        yen = sum(units * worth[asset] for asset, units in settled.items())
        assert yen == history.cash[shop.number]


def accounts(streets: Streets) -> tuple[dict[str, str], dict[str, int]]:
    rows = streets.rows("SELECT id::text, owner::text, role FROM account")
    return (
        {id_: owner for id_, owner, _ in rows},
        {id_: role for id_, _, role in rows},
    )


def transfers(streets: Streets) -> list[tuple[int, int, str, str, int, str]]:
    return streets.rows(
        "SELECT number, kind, debit::text, credit::text, units, asset FROM transfer"
        " WHERE units > 0 ORDER BY number"
    )


def net(owed: dict[tuple[str, str], int]) -> dict[tuple[str, str], int]:
    """What two parties owe each other, one way."""
    found: dict[tuple[str, str], int] = defaultdict(int)
    for (debtor, creditor), yen in owed.items():
        if debtor < creditor:
            found[debtor, creditor] += yen
        elif debtor > creditor:
            found[creditor, debtor] -= yen
    return {pair: yen for pair, yen in found.items() if yen}
