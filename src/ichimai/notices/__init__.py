"""What people must be told, by mail or on paper: kept until it has gone out."""

from ichimai.notices import errors, model, outbox

__all__ = ["errors", "model", "outbox"]
