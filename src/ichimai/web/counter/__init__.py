"""The counter: who is there now, by a card, and what a clerk does for them and for nobody else."""

from ichimai.web.counter.routes import routes

__all__ = ["routes"]
