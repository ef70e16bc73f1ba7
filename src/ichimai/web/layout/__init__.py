"""What all pages share: frame, languages, cookies, forms, headers, charts."""

from ichimai.web.layout import paper, passkeys
from ichimai.web.layout.cookies import Door
from ichimai.web.layout.forms import UPLOAD_BYTES
from ichimai.web.layout.i18n import mark
from ichimai.web.layout.messages import text_of
from ichimai.web.layout.pages import Pages, SignInNeeded, Visit
from ichimai.web.layout.security import SecurityHeaders

__all__ = [
    "UPLOAD_BYTES",
    "Door",
    "Pages",
    "SecurityHeaders",
    "SignInNeeded",
    "Visit",
    "mark",
    "paper",
    "passkeys",
    "text_of",
]
