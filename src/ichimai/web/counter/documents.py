"""The documents by which staff see who somebody is. Their kind is kept, never their number."""

from collections.abc import Mapping
from typing import Final

from ichimai.web.counter.errors import DocumentNotSeen
from ichimai.web.layout import Visit, mark

WORDS: Final[Mapping[str, str]] = {
    "my_number_card": mark("My Number Card (front only)"),
    "driving_licence": mark("Driving licence"),
    "passport": mark("Passport"),
    "residence_card": mark("Residence card"),
    "disability_certificate": mark("Disability certificate"),
    "two_documents": mark("Two documents without a photo"),
}

_KEPT: Final = {
    "my_number_card": "マイナンバーカード（表面）",
    "driving_licence": "運転免許証",
    "passport": "旅券",
    "residence_card": "在留カード",
    "disability_certificate": "障害者手帳",
    "two_documents": "写真のない書類2点",
}


def seen(visit: Visit) -> str:
    """The kind of the document that the form says was seen. Raises DocumentNotSeen."""
    kind = visit.form.text("document")
    if kind not in WORDS:
        raise DocumentNotSeen
    return kind


def evidence(kind: str) -> str:
    """As a claim keeps it."""
    return _KEPT[kind]
