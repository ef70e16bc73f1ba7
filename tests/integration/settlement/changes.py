"""What the tests of changes of accounts do again and again."""

from datetime import timedelta
from uuid import UUID

from ichimai import merchants, notices, settlement
from ichimai.kernel import ids
from ichimai.merchants import BankAccount
from ichimai.notices.model import Notice
from ichimai.settlement.bank.account_model import AccountChange, AccountChangeId, ChangeState

from .conftest import APPROVER, Town

OFFICER, SHOPKEEPER = UUID(int=0x0F), UUID(int=0x7)
NEW = BankAccount("0005", "ﾐﾂﾋﾞｼ", "033", "ｽｶﾞﾓ", 1, "7654321", "ﾏﾙﾌｸ ｾｲｶ")
DELAY = timedelta(hours=72)
OLD_MAIL = "shop@example.jp"


def change_id(town: Town) -> AccountChangeId:
    return AccountChangeId(ids.uuid7(town.clock))


def ask(
    town: Town,
    account: BankAccount = NEW,
    *,
    by: UUID = OFFICER,
    is_from_shop: bool = False,
    change: AccountChangeId | None = None,
    shop: int = 0,
) -> AccountChange:
    with town.database.write(town.operator) as tx:
        return settlement.bank.accounts.ask(
            tx,
            town.clock,
            change or change_id(town),
            town.shops[shop].id,
            account,
            asked_by=by,
            is_from_shop=is_from_shop,
            reason="支店を移した",
        )


def check(town: Town, change: AccountChange, by: UUID = OFFICER) -> AccountChange:
    with town.database.write(town.operator) as tx:
        return settlement.bank.accounts.check(tx, town.clock, change.id, checked_by=by)


def approve(town: Town, change: AccountChange, by: UUID = APPROVER) -> AccountChange:
    with town.database.write(town.operator) as tx:
        return settlement.bank.accounts.approve(
            tx,
            town.clock,
            change.id,
            approved_by=by,
            delay=DELAY,
            base_url="https://card.example",
            issuer="豊島区",
        )


def set_contact(town: Town, mail: str = OLD_MAIL, letter: str = "") -> None:
    with town.database.write(town.operator) as tx:
        settlement.bank.accounts.set_contact(
            tx,
            town.clock,
            town.shops[0].id,
            mail=mail,
            letter=letter,
            entered_by=OFFICER,
            issuer="豊島区",
        )


def send(town: Town) -> list[Notice]:
    """Let the outbox hand over all mail."""
    sent: list[Notice] = []
    while True:
        with town.database.write(town.operator) as tx:
            if notices.outbox.send_next(tx, town.clock, sent.append) is None:
                return sent


def apply(town: Town) -> int:
    with town.database.write(town.operator) as tx:
        return settlement.bank.accounts.apply_due(tx, town.clock)


def account(town: Town) -> BankAccount:
    with town.database.read(town.operator) as tx:
        return merchants.directory.shop(tx, town.shops[0].id).account


def state(town: Town, change: AccountChange) -> ChangeState:
    with town.database.read(town.operator) as tx:
        return settlement.bank.accounts.change(tx, change.id).state


def code_in(notice: Notice) -> str:
    return notice.body.partition("取消コード：")[2].split()[0]
