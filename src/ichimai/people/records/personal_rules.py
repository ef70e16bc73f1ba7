"""How names and contacts are written. Pure."""

import json
import re
import unicodedata
from dataclasses import asdict
from datetime import date

from ichimai.kernel import check_digits, text
from ichimai.people.records.errors import InvalidPersonal
from ichimai.people.records.personal_model import Details

_LONGEST_NAME = 100
_LONGEST_MAIL = 254
_KANA_OF = {code: code + 0x60 for code in range(0x3041, 0x3097)}
_KANA = re.compile("[ァ-ヶー・ ]+")


def checked(details: Details) -> Details:
    """Details as they are kept: kana in full-width katakana, the telephone number in digits.

    Raises InvalidPersonal, MyNumberRefused.
    """
    name = details.name.strip()
    if not 1 <= text.visible_length(name) <= len(name) <= _LONGEST_NAME or text.has_control(name):
        raise InvalidPersonal("name")
    check_digits.without_my_number(name)
    return Details(name, normalised_kana(details.kana), _phone(details.phone), _mail(details.mail))


def normalised_kana(kana: str) -> str:
    """Kana in full-width katakana, one blank between names. Raises InvalidPersonal."""
    plain = unicodedata.normalize("NFKC", kana).translate(_KANA_OF)
    plain = " ".join(plain.split())
    if len(plain) > _LONGEST_NAME or not _KANA.fullmatch(plain):
        raise InvalidPersonal("kana")
    return plain


def _phone(phone: str) -> str:
    check_digits.without_my_number(phone)
    digits = re.sub(r"[ ()\-‐−ー]", "", unicodedata.normalize("NFKC", phone))
    if digits and not re.fullmatch("0[0-9]{9,10}", digits):
        raise InvalidPersonal("phone")
    return digits


def _mail(mail: str) -> str:
    plain = check_digits.without_my_number(mail.strip())
    is_right = re.fullmatch(r"[!-?A-~]+@[A-Za-z0-9.-]+\.[A-Za-z0-9-]+", plain)
    if plain and (len(plain) > _LONGEST_MAIL or not is_right):
        raise InvalidPersonal("mail")
    return plain


def index_parts(details: Details, born_on: date) -> tuple[str, str]:
    """By what a person is found: kana without blanks, and the birth date; both exactly."""
    return details.kana.replace(" ", ""), born_on.isoformat()


def to_text(details: Details) -> str:
    """What is sealed."""
    return json.dumps(asdict(details), ensure_ascii=False)


def of_text(sealed: str) -> Details:
    """The details again."""
    return Details(**json.loads(sealed))
