"""A shop's till: an amount, a card, the result; today's payments and refunds."""

from ichimai.web.shop.routes import routes

__all__ = ["routes"]
