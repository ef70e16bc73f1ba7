"""Why a closing, a payout or a file is refused."""

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple
from uuid import UUID

from ichimai.kernel import errors
from ichimai.settlement.kana import NameProblem


class PayeeProblem(NamedTuple):
    """What keeps one shop from being paid.

    ``field`` names a part of its bank account, or ``amount``; ``suggestion`` is a form of the
    name for a person to confirm, empty where there is none.
    """

    shop_number: str
    shop_name: str
    field: str
    value: str
    faults: tuple[NameProblem, ...]
    suggestion: str


@dataclass(eq=False)
class PayeesRefused(errors.Conflict):
    """Some shops cannot be paid as their accounts stand; correct them or hold them out."""

    code = "payees_refused"
    public = ("payees",)

    payees: tuple[PayeeProblem, ...]


@dataclass(eq=False)
class PayerRefused(errors.Invalid):
    """The payer's account is not one that a bank's file can carry."""

    code = "payer_refused"
    public = ("fields",)

    fields: tuple[str, ...]


@dataclass(eq=False)
class DifferentPayer(errors.Conflict):
    """This id was used before, for another account to pay from."""

    code = "exists_with_different_payer"


@dataclass(eq=False)
class NoPayer(errors.Conflict):
    """The account from which shops are paid has not been entered."""

    code = "no_payer"


@dataclass(eq=False)
class ValueDoesNotFit(errors.Invalid):
    """A value does not fit its field in a transfer file; nothing is ever cut off."""

    code = "value_does_not_fit"
    public = ("field",)

    field: str


@dataclass(eq=False)
class FileDiffers(errors.Conflict):
    """A transfer file is not what the ledger says it must be; it must not be sent."""

    code = "payout_file_differs"
    public = ("record", "field")

    record: int
    field: str


@dataclass(eq=False)
class UnknownClosing(errors.NotFound):
    """No such closing."""

    code = "unknown_closing"


@dataclass(eq=False)
class AlreadyClosed(errors.Conflict):
    """This week, or a later one, has been closed already."""

    code = "already_closed"
    public = ("closes_on",)

    closes_on: date


@dataclass(eq=False)
class DifferentClosing(errors.Conflict):
    """This id was used before, for another closing."""

    code = "exists_with_different_closing"


@dataclass(eq=False)
class DayNotOver(errors.Invalid):
    """A closing is for a day that is over."""

    code = "day_not_over"
    public = ("closes_on",)

    closes_on: date


@dataclass(eq=False)
class NothingToPay(errors.Conflict):
    """No shop is owed anything that is not in a batch already or held."""

    code = "nothing_to_pay"
    public = ("held",)

    held: int


@dataclass(eq=False)
class PayablesTaken(errors.Conflict):
    """Another batch has just taken some of these payables; look again."""

    code = "payables_taken"


@dataclass(eq=False)
class UnknownBatch(errors.NotFound):
    """No such payout batch."""

    code = "unknown_batch"


@dataclass(eq=False)
class DifferentBatch(errors.Conflict):
    """This id was used before, for another payout batch."""

    code = "exists_with_different_batch"


@dataclass(eq=False)
class SamePerson(errors.Forbidden):
    """Whoever made a batch cannot approve it; a second person must."""

    code = "same_person"


@dataclass(eq=False)
class WrongState(errors.Conflict):
    """The batch is not in a state in which this can be done."""

    code = "wrong_state"
    public = ("state",)

    state: str


@dataclass(eq=False)
class NotABankDay(errors.Invalid):
    """Banks are closed on that day, or it is not within the next 30 days."""

    code = "not_a_bank_day"
    public = ("pay_on",)

    pay_on: date


@dataclass(eq=False)
class PayDayOver(errors.Conflict):
    """The day on which banks were to pay has come. Give this up, and make it again."""

    code = "pay_day_over"
    public = ("pay_on",)

    pay_on: date


@dataclass(eq=False)
class StatementDiffers(errors.Conflict):
    """The journal of a shop is not what was closed; run ``ichimai verify``."""

    code = "statement_differs"
    public = ("shop_number",)

    shop_number: str


@dataclass(eq=False)
class FontMissing(errors.Unavailable):
    """No Japanese font for PDF on this machine; on Debian, install fonts-ipaexfont-gothic."""

    code = "font_missing"


@dataclass(eq=False)
class SettlementTermsChanged(errors.Conflict):
    """A program that was closed keeps its unit's worth, and when it is charged; open another."""

    code = "settlement_terms_changed"
    public = ("program",)

    program: str


@dataclass(eq=False)
class UnknownFunder(errors.Conflict):
    """Somebody gave units who is neither a shop nor a party of a program; nothing is closed."""

    code = "unknown_funder"
    public = ("owner",)

    owner: UUID


@dataclass(eq=False)
class NothingToClose(errors.Conflict):
    """There is no program of this cycle and funder."""

    code = "nothing_to_close"


@dataclass(eq=False)
class ClosingBrokeOff(errors.Conflict):
    """The closing broke off too often; nothing was closed."""

    code = "closing_broke_off"


@dataclass(eq=False)
class NothingToNet(errors.Conflict):
    """There is no obligation that is not netted already, disputed, or still open to dispute."""

    code = "nothing_to_net"


@dataclass(eq=False)
class UnknownNetting(errors.NotFound):
    """No such netting."""

    code = "unknown_netting"


@dataclass(eq=False)
class DifferentNetting(errors.Conflict):
    """This id was used before, for another netting."""

    code = "exists_with_different_netting"


@dataclass(eq=False)
class ObligationsTaken(errors.Conflict):
    """Another netting has just taken some of these obligations; look again."""

    code = "obligations_taken"


@dataclass(eq=False)
class UnknownBill(errors.NotFound):
    """No such bill."""

    code = "unknown_bill"


@dataclass(eq=False)
class BillSettled(errors.Conflict):
    """The bill is paid already, or a netting has it; give that up first."""

    code = "bill_settled"


@dataclass(eq=False)
class BillPaymentRefused(errors.Invalid):
    """A payment is from 1 yen up to what is open of the bill, and came in by today."""

    code = "bill_payment_refused"
    public = ("field",)

    field: str


@dataclass(eq=False)
class DifferentBillPayment(errors.Conflict):
    """This id was used before, for another payment of a bill."""

    code = "exists_with_different_bill_payment"


@dataclass(eq=False)
class NoTransferFile(errors.Conflict):
    """This party pays nobody by a file: it has no account with a code, or owes nothing."""

    code = "no_transfer_file"


@dataclass(eq=False)
class UnknownParty(errors.NotFound):
    """No such association or sponsor."""

    code = "unknown_party"


@dataclass(eq=False)
class UnknownLine(errors.NotFound):
    """No such line in that closing."""

    code = "unknown_line"


@dataclass(eq=False)
class DisputeTooLate(errors.Conflict):
    """The days in which a closing's lines may be disputed are over."""

    code = "dispute_too_late"
    public = ("until_on",)

    until_on: date


@dataclass(eq=False)
class AlreadyDisputed(errors.Conflict):
    """Somebody disputes this line already; that must be decided first."""

    code = "already_disputed"


@dataclass(eq=False)
class LinesDisputed(errors.Conflict):
    """Something in it was disputed after it was made; give it up and make another."""

    code = "lines_disputed"
    public = ("count",)

    count: int


@dataclass(eq=False)
class UnknownDispute(errors.NotFound):
    """No such dispute."""

    code = "unknown_dispute"


@dataclass(eq=False)
class DifferentDispute(errors.Conflict):
    """This id was used before, for another dispute."""

    code = "exists_with_different_dispute"


@dataclass(eq=False)
class DisputeDecided(errors.Conflict):
    """The dispute is decided, or not yet at the point at which this can be done."""

    code = "dispute_not_in_state"
    public = ("state",)

    state: str


@dataclass(eq=False)
class ClaimRefused(errors.Invalid):
    """A dispute needs an amount from 1, and words of up to 200 characters; a part is no more."""

    code = "claim_refused"
    public = ("field",)

    field: str


@dataclass(eq=False)
class NothingToCorrect(errors.Invalid):
    """Such a line cannot be corrected by units; the finding must be that it stands."""

    code = "nothing_to_correct"


@dataclass(eq=False)
class IssuerRefused(errors.Invalid):
    """This cannot stand on a qualified invoice; a registration number is T and 13 digits."""

    code = "issuer_refused"
    public = ("field",)

    field: str
