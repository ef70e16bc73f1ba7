"""A form that asks for a bank account, for a till and for the console."""

import jaconv

from ichimai.merchants import BankAccount
from ichimai.settlement.bank.errors import AccountRefused
from ichimai.settlement.errors import PayeeProblem, PayerRefused
from ichimai.web.layout.forms import Form


def account_in(form: Form) -> BankAccount:
    """What was typed; digits may be full-width, names are left as they are."""
    kind = form.text("account_kind")
    return BankAccount(
        bank_code=digits_in(form, "bank_code"),
        bank_name=form.text("bank_name"),
        branch_code=digits_in(form, "branch_code"),
        branch_name=form.text("branch_name"),
        kind=int(kind) if kind in {"1", "2", "4"} else 0,
        number=digits_in(form, "account_number"),
        holder_kana=form.text("account_holder"),
    )


def problems_of(refused: AccountRefused | PayerRefused | None) -> dict[str, PayeeProblem]:
    """What is wrong with each field of the form."""
    if isinstance(refused, PayerRefused):
        return {name: PayeeProblem("", "", name, "", (), "") for name in refused.fields}
    return {problem.field: problem for problem in refused.problems} if refused else {}


def digits_in(form: Form, name: str) -> str:
    """A field of digits, which may have been typed in full width."""
    return jaconv.z2h(form.text(name), kana=False, ascii=False, digit=True)
