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
from jinja2 import Environment
from markupsafe import escape
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


def speak(environment: Environment, language: str) -> None:
    """Let templates say `_('words')` in a language.

    Jinja takes what `_` returns for safe, also of a value such as `_(one.label)`: so what no catalogue translates is
    escaped first, and text that people wrote stays text wherever a template asks for its translation.
    """
    words = translations(language)

    def gettext(said: str) -> str:
        found = words.gettext(said)
        return found if found != said else escape(said)

    environment.install_gettext_callables(gettext, words.ngettext, newstyle=True)  # type: ignore[attr-defined]
