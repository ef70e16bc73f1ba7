"""Programs of every kind on the little town's three streets, read as a town's file is read."""

import tomllib
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import msgspec

from ichimai import ledger
from ichimai.kernel import Asset
from ichimai.kernel.errors import DomainError
from ichimai.ledger import Kind, Posted
from ichimai.ledger.model import Role, account_id
from ichimai.programs import lists
from ichimai.programs.model import Choice, PurchaseRequest, Request, ReturnRequest
from ichimai.programs.terms import Program
from tests.town import Town

PROGRAMS: Final = """
[[program]]
key = "street-points"
kind = "points"
name_ja = "地蔵ポイント"
name_en = "Jizo points"
unit_ja = "ポイント"
unit_en = "points"
money = "association"
funder = "association:8"
[program.acceptance]
associations = [8]
[program.expiry]
end_of_fiscal_year = true
[program.settlement]
charging = "at_issue"
pool = "association:8"
[[program.earning]]
key = "sales"
name_ja = "お買い物"
name_en = "Shopping"
trigger = "sale"
yen = 100
units = 1
funder = "shop"
where = { associations = [8] }
limits = { units_per_day = 50 }
[[program.bonus]]
key = "fair-days"
name_ja = "縁日5倍"
name_en = "Fair days"
earning = "sales"
times = 5
funder = "association:8"
budget_units = 100
when = { days_of_month = [4, 14, 24] }

[[program]]
key = "full-card"
kind = "points"
name_ja = "満点カード"
name_en = "Full card"
money = "association"
funder = "association:8"
[program.acceptance]
associations = [8, 27]
[program.use]
multiple = 400
[program.expiry]
never = true
[[program.earning]]
key = "class"
name_ja = "健康講座"
name_en = "Health class"
trigger = "event"
event = "health-class"
units = 500
group = "learn"
other_units = 100
limits = { times_per_day = 1 }
[[program.exchange]]
key = "to-points"
name_ja = "地蔵ポイントへ"
name_en = "To Jizo points"
take = 100
to = "street-points"
give = 80
minimums = [{ group = "learn", units = 500 }]
limits = { units_per_fiscal_year = 400 }

[[program]]
key = "rally"
kind = "stamps"
name_ja = "スタンプラリー"
name_en = "Rally"
unit_yen = 0
card_units = 3
[program.expiry]
never = true
[[program.earning]]
key = "stamp"
name_ja = "スタンプ"
name_en = "Stamp"
trigger = "stamp"
limits = { times_per_shop = 1 }
[[program.exchange]]
key = "prize"
name_ja = "手ぬぐい"
name_en = "Towel"
take = 3
gift_ja = "手ぬぐい"

[[program]]
key = "saplings"
kind = "in_kind"
name_ja = "苗木"
name_en = "Saplings"
unit_yen = 0
use = { per_day_limit = 1 }
[program.acceptance]
shops = ["08-017"]
[program.expiry]
never = true
[[program.thing]]
key = "plum"
name_ja = "梅"
name_en = "Plum"
has_stock = true
[[program.earning]]
key = "greening"
name_ja = "緑化講座"
name_en = "Greening class"
trigger = "event"
event = "greening"
units = 1

[[program]]
key = "sports"
kind = "prepaid"
name_ja = "スポーツ"
name_en = "Sports"
money = "own"
refunding = "on_leaving"
[program.expiry]
never = true
[program.top_up]
step = 500
least = 1000
most = 20000
premium = "sports-premium"
premium_percent = 10
premium_budget_units = 250
deposit = "sports-deposit"
deposit_units = 3000

[[program]]
key = "sports-deposit"
kind = "prepaid"
name_ja = "スポーツ預り金"
name_en = "Sports deposit"
money = "own"
refunding = "on_leaving"
use = { is_by_exchange_only = true }
expiry = { never = true }
top_up = { least = 3000, step = 3000, most = 3000 }

[[program]]
key = "bus-pass"
kind = "check"
name_ja = "バス乗車証"
name_en = "Bus pass"
acceptance = { shops = ["08-017", "08-044"] }
entitled = { predicates = ["age>=70"] }
expiry = { never = true }

[[program]]
key = "sports-premium"
kind = "voucher"
name_ja = "スポーツ上乗せ"
name_en = "Sports premium"
[program.expiry]
after_months = 6
"""


def programs() -> list[Program]:
    """The programs, as a town's file has them."""
    return [
        msgspec.convert(table, Program, strict=False)
        for table in tomllib.loads(PROGRAMS)["program"]
    ]


@dataclass
class Fair:
    """A town with those programs, and short words for what is done in it."""

    town: Town

    def open(self, *more: Program) -> "Fair":
        """Start all programs."""
        with self.town.database.write(self.town.operator) as tx:
            for program in (*programs(), *more):
                lists.open_program(tx, self.town.clock, program)
        return self

    def ask(self, *requests: Request) -> list[Posted | DomainError]:
        """Ask a new desk, all together."""
        return self.town.desk.serve(requests)

    def buy(
        self,
        who: str,
        shop: str,
        yen: int,
        *,
        pay_with: list[str] | None = None,
        is_confirmed: bool = True,
    ) -> Posted | DomainError:
        """One sale."""
        chosen = None if pay_with is None else tuple(Choice(Asset(each)) for each in pay_with)
        request = PurchaseRequest(
            id=self.town.operation(),
            token=self.town.token(shop),
            credential=self.town.cards[who],
            total_yen=yen,
            pay_with=chosen,
            is_repeat_confirmed=is_confirmed,
        )
        (answer,) = self.ask(request)
        return answer

    def bring_back(self, sale: Posted, shop: str, yen: int) -> Posted | DomainError:
        """Goods of a sale come back."""
        (answer,) = self.ask(
            ReturnRequest(
                id=self.town.operation(),
                token=self.town.token(shop),
                purchase=sale.operation,
                total_yen=yen,
            )
        )
        return answer

    def left(self, who: str, program: str) -> int:
        """What somebody has of a program."""
        return self.balance(self.town.subjects[who], Role.WALLET, program)

    def balance(self, owner: UUID, role: Role, program: str) -> int:
        """The balance of an account."""
        with self.town.database.read(self.town.operator) as tx:
            row = tx.row(
                "SELECT balance FROM account WHERE id = %s",
                (account_id(owner, role, Asset(program)),),
            )
        return row[0] if row else 0

    def verify(self) -> None:
        """Recompute everything from the transfers."""
        with self.town.database.snapshot(self.town.operator) as tx:
            ledger.verification.verify(tx)


def moved(answer: Posted | DomainError) -> list[tuple[str, str, int]]:
    """What an operation moved: kind, program, units; of a refusal, its code alone."""
    if isinstance(answer, DomainError):
        return [(answer.code, "", 0)]
    return [(leg.kind.name.lower(), leg.asset, leg.units) for leg in answer.transfers]


NOTHING: Final = [(Kind.SALE.name.lower(), "", 0)]
"""What a sale moves that neither paid nor earned."""
