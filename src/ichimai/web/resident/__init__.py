"""A resident's wallet: what is left, until when, what happened, and the code to show."""

from ichimai.web.resident.routes import routes

__all__ = ["routes"]
