"""What a shop's old contacts are told, in Japanese and English in one message."""

from datetime import timedelta
from typing import Final, NamedTuple
from urllib.parse import quote

from ichimai.merchants import BankAccount, Shop

CANCEL_ADDRESS: Final = "/shop/account/cancel"
"""Where the old contact says no, with the code."""


class Told(NamedTuple):
    """Subject and text of a notice."""

    subject: str
    body: str


def account_notice(
    shop: Shop, account: BankAccount, *, code: str, delay: timedelta, base_url: str, issuer: str
) -> Told:
    """That another account was approved, and how to say no; accounts are masked."""
    hours = delay // timedelta(hours=1)
    address = f"{base_url.rstrip('/')}{CANCEL_ADDRESS}"
    new, old = _masked(account), _masked(shop.account)
    return Told(
        f"【重要】お振込先口座の変更について / Your bank account ({shop.number})",
        f"{shop.name} 御中（加盟店番号 {shop.number}）\n\n"
        f"お振込先口座の変更を受け付け、承認しました。\n"
        f"　現在の口座：{old}\n　新しい口座：{new}\n\n"
        f"この通知から{hours}時間後に、新しい口座へ切り替わります。\n"
        "お心当たりのない場合は、すぐに次のページで取り消してください。\n"
        f"　{address}?code={quote(code)}\n　取消コード：{code}\n"
        "取り消しても、これまでの口座への振込は続きます。\n\n"
        f"{issuer}\n\n"
        "----\n"
        f"To {shop.name} (shop {shop.number})\n\n"
        "A change of the bank account that we pay into was approved.\n"
        f"  Now: {old}\n  New: {new}\n\n"
        f"It takes effect {hours} hours after this notice. If you did not ask for it, cancel it\n"
        f"at once on the page above, with the code {code}.\n"
        "After that you are paid into the old account as before.\n",
    )


def contact_notice(shop: Shop, *, issuer: str) -> Told:
    """That the shop is told elsewhere from now on, said where it was told so far."""
    return Told(
        f"【重要】ご連絡先の変更について / Your contact ({shop.number})",
        f"{shop.name} 御中（加盟店番号 {shop.number}）\n\n"
        "お店のご連絡先が変更されました。お心当たりのない場合は、すぐにご連絡ください。\n\n"
        f"{issuer}\n\n----\n"
        f"To {shop.name} (shop {shop.number})\n\n"
        "The contact of your shop was changed. If you did not ask for it, call us at once.\n",
    )


def _masked(account: BankAccount) -> str:
    return f"{account.bank_name} {account.branch_name} ****{account.number[-3:]}"
