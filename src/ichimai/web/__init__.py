"""Pages for people, one folder per audience, and the API."""

from ichimai.web import outbound
from ichimai.web.api.express import Express
from ichimai.web.application import application
from ichimai.web.metrics import MULTIPROCESS, measured
from ichimai.web.outbound import Outbound
from ichimai.web.resident.digital_id import DIGITAL_ID_ANSWER
from ichimai.web.services import Services, Town, people_key
from ichimai.web.test_provider import application as test_provider

__all__ = [
    "DIGITAL_ID_ANSWER",
    "MULTIPROCESS",
    "Express",
    "Outbound",
    "Services",
    "Town",
    "application",
    "measured",
    "outbound",
    "people_key",
    "test_provider",
]
