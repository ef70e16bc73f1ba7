"""Pages for people, one folder per audience, and the API."""

from ichimai.web import metrics, outbound
from ichimai.web.api.express import Express
from ichimai.web.application import application
from ichimai.web.outbound import Outbound
from ichimai.web.resident.digital_id import DIGITAL_ID_ANSWER
from ichimai.web.services import Services, Submit, Town, people_key
from ichimai.web.test_provider import application as test_provider

__all__ = [
    "DIGITAL_ID_ANSWER",
    "Express",
    "Outbound",
    "Services",
    "Submit",
    "Town",
    "application",
    "metrics",
    "outbound",
    "people_key",
    "test_provider",
]
