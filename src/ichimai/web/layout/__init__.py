"""What all pages share: frame, languages, cookies, forms, headers, charts."""

from ichimai.web.layout.cookies import Door
from ichimai.web.layout.forms import UPLOAD_BYTES
from ichimai.web.layout.i18n import JAPANESE, mark
from ichimai.web.layout.messages import text_of
from ichimai.web.layout.pages import Pages, SignInNeeded, Visit
from ichimai.web.layout.security import SecurityHeaders

__all__ = [
    "JAPANESE",
    "UPLOAD_BYTES",
    "Door",
    "Pages",
    "SecurityHeaders",
    "SignInNeeded",
    "Visit",
    "mark",
    "text_of",
]
