"""What the bank answers, and the accounts that it pays into."""

from ichimai.settlement.bank import errors, model, results

__all__ = ["errors", "model", "results"]
