"""Both languages are complete."""

import subprocess
import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from ichimai.web.layout import i18n

ROOT = Path(__file__).parents[3]
CATALOGUE = ROOT / "src/ichimai/web/locale/ja/LC_MESSAGES/ichimai.po"


def catalogue() -> Catalog:
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="ja")


def test_every_sentence_is_translated_and_none_is_left_over() -> None:
    command = [sys.executable, str(ROOT / "tools/catalogue.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_placeholders_are_the_same_in_both_languages() -> None:
    wrong = {message.id: str(error) for message, errors in catalogue().check() for error in errors}
    assert wrong == {}


def test_a_catalogue_needs_no_compiling_before_the_first_start() -> None:
    assert i18n.translations("ja").gettext("Sign out") == "ログアウト"
    assert i18n.translations("en").gettext("Sign out") == "Sign out"


def test_pages_are_japanese_unless_somebody_chose_english() -> None:
    assert i18n.chosen(None, None) == "ja"
    assert i18n.chosen(None, "en") == "en"
    assert i18n.chosen("ja", "en") == "ja"
    assert i18n.chosen("xx", "yy") == "ja"
