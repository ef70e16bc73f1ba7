"""Closings of many programs, and all that follows besides payouts: one name for other packages.

``close_programs`` or ``close_cycle``, or ``ask_closing`` and, by whoever is free, ``carry_out``;
within some days ``dispute_line`` or ``dispute_obligation``, then ``propose`` and, by a second
person, ``decide``; then ``make_netting`` and, by a second person, ``approve_netting``;
``pay_bill`` when an association paid by itself.
"""

from ichimai.settlement.bills import pay_bill, receive
from ichimai.settlement.closing_rules import Cycle
from ichimai.settlement.closing_service import close_cycle, close_programs
from ichimai.settlement.dispute_rules import Award
from ichimai.settlement.dispute_service import (
    correct,
    debt,
    debts,
    decide,
    dispute_line,
    dispute_obligation,
    disputed_lines,
    propose,
    propose_award,
)
from ichimai.settlement.labels import who_gets
from ichimai.settlement.netting_files import netting_csv, transfer_file
from ichimai.settlement.netting_rules import positions
from ichimai.settlement.netting_service import (
    approve_netting,
    known,
    make_netting,
    reject_netting,
    waiting,
)
from ichimai.settlement.netting_store import netted, nettings
from ichimai.settlement.obligation_model import (
    OPERATOR,
    AssociationClosing,
    Bill,
    BillLine,
    BillPayment,
    BillPaymentId,
    ClosingRun,
    Debt,
    Dispute,
    DisputedLine,
    DisputeId,
    DisputeState,
    Netting,
    NettingId,
    NettingParty,
    NettingState,
    Obligation,
    ObligationId,
    PartyAccount,
    Policy,
    StatedDebt,
    Why,
)
from ichimai.settlement.obligation_store import bill, bill_lines, bills, payments
from ichimai.settlement.party_accounts import parties, set_account
from ichimai.settlement.party_store import accounts, of_netting
from ichimai.settlement.request_model import ClosingRequest, Doing, Step
from ichimai.settlement.request_rules import place_of
from ichimai.settlement.request_service import ask_closing, asked_closing, carry_out
from ichimai.settlement.request_store import running
from ichimai.settlement.store import contracts, policy, set_contract, set_policy

__all__ = [
    "OPERATOR",
    "AssociationClosing",
    "Award",
    "Bill",
    "BillLine",
    "BillPayment",
    "BillPaymentId",
    "ClosingRequest",
    "ClosingRun",
    "Cycle",
    "Debt",
    "Dispute",
    "DisputeId",
    "DisputeState",
    "DisputedLine",
    "Doing",
    "Netting",
    "NettingId",
    "NettingParty",
    "NettingState",
    "Obligation",
    "ObligationId",
    "PartyAccount",
    "Policy",
    "StatedDebt",
    "Step",
    "Why",
    "accounts",
    "approve_netting",
    "ask_closing",
    "asked_closing",
    "bill",
    "bill_lines",
    "bills",
    "carry_out",
    "close_cycle",
    "close_programs",
    "contracts",
    "correct",
    "debt",
    "debts",
    "decide",
    "dispute_line",
    "dispute_obligation",
    "disputed_lines",
    "known",
    "make_netting",
    "netted",
    "netting_csv",
    "nettings",
    "of_netting",
    "parties",
    "pay_bill",
    "payments",
    "place_of",
    "policy",
    "positions",
    "propose",
    "propose_award",
    "receive",
    "reject_netting",
    "running",
    "set_account",
    "set_contract",
    "set_policy",
    "transfer_file",
    "waiting",
    "who_gets",
]
