"""What the bank answers, and the accounts that it pays into."""

from ichimai.settlement.bank import (
    account_model,
    accounts,
    errors,
    model,
    netting_results,
    results,
)

__all__ = ["account_model", "accounts", "errors", "model", "netting_results", "results"]
