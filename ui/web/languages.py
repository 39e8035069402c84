"""The languages of the page: which one a reader gets, and its words from the catalogues in ui/locales."""

from __future__ import annotations

from functools import cache
from gettext import NullTranslations
from importlib import resources
from io import BytesIO

from babel.core import negotiate_locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations
from starlette.requests import Request

LANGUAGES = {"en": "English", "fr": "Français", "de": "Deutsch", "it": "Italiano", "ja": "日本語"}
COOKIE = "clienteller_language"


def language_of(request: Request) -> str:
    """Return the reader's language: what they chose, else what their browser asks for, else English."""
    chosen = request.cookies.get(COOKIE, "")
    if chosen in LANGUAGES:
        return chosen
    wanted = [part.split(";")[0].strip() for part in request.headers.get("accept-language", "").split(",")]
    return negotiate_locale([one for one in wanted if one], LANGUAGES, sep="-") or "en"


@cache
def translations(language: str) -> NullTranslations:
    """Return the words of a language; English ones are the keys themselves."""
    source = resources.files("ui").joinpath("locales", f"{language}.po")
    if not source.is_file():
        return NullTranslations()
    compiled = BytesIO()
    write_mo(compiled, read_po(BytesIO(source.read_bytes()), language))
    compiled.seek(0)
    return Translations(compiled)
