"""The town's own side: lists of grants, shops, closings, payouts, cards, and what came of it."""

from ichimai.web.console.routes import routes

__all__ = ["routes"]
