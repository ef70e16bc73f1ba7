"""Pages for people, one folder per audience, and the API."""

from ichimai.web.application import application
from ichimai.web.services import Services, Town

__all__ = ["Services", "Town", "application"]
