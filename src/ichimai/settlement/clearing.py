"""Closings of many programs, and all that follows besides payouts: one name for other packages.

``close_programs`` or ``close_cycle``; within some days ``dispute_line`` or
``dispute_obligation``, then ``propose`` and, by a second person, ``decide``; then ``make_netting``
and, by a second person, ``approve_netting``; ``pay_bill`` when an association paid by itself.
"""

from ichimai.settlement.closing_rules import Cycle
from ichimai.settlement.closing_service import close_cycle, close_programs
from ichimai.settlement.dispute_rules import Award
from ichimai.settlement.dispute_service import (
    correct,
    decide,
    dispute_line,
    dispute_obligation,
    disputed_lines,
    propose,
    propose_award,
)
from ichimai.settlement.dispute_store import disputes
from ichimai.settlement.netting_service import (
    approve_netting,
    make_netting,
    pay_bill,
    reject_netting,
)
from ichimai.settlement.netting_store import netted, nettings
from ichimai.settlement.obligation_model import (
    AssociationClosing,
    Bill,
    BillLine,
    ClosingRun,
    Debt,
    Dispute,
    DisputedLine,
    DisputeId,
    DisputeState,
    Netting,
    NettingId,
    NettingState,
    Obligation,
    ObligationId,
    Policy,
    Why,
)
from ichimai.settlement.obligation_store import bill, bill_lines, bills
from ichimai.settlement.store import contracts, policy, set_contract, set_policy

__all__ = [
    "AssociationClosing",
    "Award",
    "Bill",
    "BillLine",
    "ClosingRun",
    "Cycle",
    "Debt",
    "Dispute",
    "DisputeId",
    "DisputeState",
    "DisputedLine",
    "Netting",
    "NettingId",
    "NettingState",
    "Obligation",
    "ObligationId",
    "Policy",
    "Why",
    "approve_netting",
    "bill",
    "bill_lines",
    "bills",
    "close_cycle",
    "close_programs",
    "contracts",
    "correct",
    "decide",
    "dispute_line",
    "dispute_obligation",
    "disputed_lines",
    "disputes",
    "make_netting",
    "netted",
    "nettings",
    "pay_bill",
    "policy",
    "propose",
    "propose_award",
    "reject_netting",
    "set_contract",
    "set_policy",
]
