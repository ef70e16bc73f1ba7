"""Pages for people, one folder per audience, and the API."""

from ichimai.web.api.express import Express
from ichimai.web.api.payments import pay_handler
from ichimai.web.application import application
from ichimai.web.metrics import MULTIPROCESS, measured
from ichimai.web.services import Services, Town

__all__ = ["MULTIPROCESS", "Express", "Services", "Town", "application", "measured", "pay_handler"]
