"""What banks' reasons and the rules of their files are called on pages, and what to do next."""

from collections.abc import Mapping
from typing import Final

from ichimai.settlement.bank.model import Reason, Rule
from ichimai.web.layout import mark as _

REASONS: Final[Mapping[Reason, tuple[str, str]]] = {
    Reason.DONE: (_("Paid"), ""),
    Reason.NO_ACCOUNT: (
        _("No such account"),
        _("Ask the shop for its account and have it changed."),
    ),
    Reason.NAME_DIFFERS: (
        _("The account holder's name differs"),
        _("Ask the shop how its bank writes the name, and have the account changed."),
    ),
    Reason.ACCOUNT_CLOSED: (
        _("The account is closed"),
        _("Ask the shop for another account and have it changed."),
    ),
    Reason.KIND_DIFFERS: (
        _("It is another kind of account"),
        _("Ask the shop for the kind of account and have it changed."),
    ),
    Reason.RECALLED: (
        _("Called back by us"),
        _("When it may be paid, release the shop in the next payout."),
    ),
    Reason.DECLINED: (
        _("The payee declined"),
        _("Ask the shop why. When it agrees, release it in the next payout."),
    ),
    Reason.OTHER: (
        _("Another reason"),
        _("Ask the bank. Then have the account changed, or release the shop in the next payout."),
    ),
}
"""What the bank says, and what to do next."""

RULES: Final[Mapping[str, str]] = {
    Rule.FORM: _("This is not a whole result file, or it was changed by another program."),
    Rule.NO_SUCH_BATCH: _("No payout that was handed over has this payer, day and these lines."),
    Rule.MORE_THAN_ONE_BATCH: _(
        "More than one payout has these very lines. Upload the file on the payout's own page."
    ),
    Rule.OTHER_BATCH: _("It is the result of another payout."),
    Rule.COUNT: _("Lines are missing, or there are too many."),
    Rule.LINE_DIFFERS: _("This line is not what was sent to the bank."),
    Rule.TWICE: _("This line is there twice."),
    Rule.REASON: _("The result code is not known, or does not fit the words beside it."),
    Rule.TOTALS: _("The control totals are not those of the lines."),
    Rule.DAY: _("The day of the result is in the future, or before the payout."),
    Rule.CONTRADICTS: _("An earlier result says otherwise of this line."),
}
"""What is wrong with a result file, by the rule that it breaks."""
