"""The HTTP API under ``/api/v1``: for tills, integrators and the town's own programs."""

from ichimai.web.api.routes import routes

__all__ = ["routes"]
