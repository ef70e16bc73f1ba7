"""A form that asks for a bank account, for a till and for the console."""

import jaconv

from ichimai.merchants import BankAccount
from ichimai.settlement.bank.errors import AccountRefused
from ichimai.settlement.errors import PayeeProblem
from ichimai.web.layout.forms import Form


def account_in(form: Form) -> BankAccount:
    """What was typed; digits may be full-width, names are left as they are."""
    kind = form.text("account_kind")
    return BankAccount(
        bank_code=_digits(form, "bank_code"),
        bank_name=form.text("bank_name"),
        branch_code=_digits(form, "branch_code"),
        branch_name=form.text("branch_name"),
        kind=int(kind) if kind in {"1", "2", "4"} else 0,
        number=_digits(form, "account_number"),
        holder_kana=form.text("account_holder"),
    )


def problems_of(refused: AccountRefused | None) -> dict[str, PayeeProblem]:
    """What is wrong with each field of the form."""
    return {problem.field: problem for problem in refused.problems} if refused else {}


def _digits(form: Form, name: str) -> str:
    return jaconv.z2h(form.text(name), kana=False, ascii=False, digit=True)
