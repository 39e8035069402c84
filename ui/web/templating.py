"""Pages and fragments from autoescaping templates. The only module of the web rooms that makes HTML."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cache
from typing import Any

from babel.core import Locale
from babel.dates import format_date
from babel.numbers import format_currency, format_decimal, get_currency_precision
from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse

from ui.cards import FILTERS
from ui.web.languages import LANGUAGES, language_of, translations


def page(request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """Return a template of ui/templates/web as a response in the reader's language.

    The template knows `session` (None before login), `language`, and everything in `values`.
    """
    language = language_of(request)
    session = request.scope.get("state", {}).get("session")
    html = _environment(language).get_template(template).render(session=session, language=language, **values)
    return HTMLResponse(html, status)


def markup(language: str, template: str, **values: Any) -> Markup:
    """Return a template as markup, for what Gradio shows."""
    return Markup(_environment(language).get_template(template).render(language=language, **values))


@cache
def _environment(language: str) -> Environment:
    environment = Environment(
        loader=ChoiceLoader([PackageLoader("ui", "templates/web"), PackageLoader("ui")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_translations(translations(language), newstyle=True)  # type: ignore[attr-defined]
    environment.globals["languages"] = LANGUAGES
    environment.filters |= {**FILTERS, **_formats(language)}
    return environment


def _formats(language: str) -> Mapping[str, Callable[..., str]]:
    """Return filters that write dates, amounts and numbers as a language does."""
    whole = Locale.parse(language).currency_formats["standard"].pattern.replace(".00", "")

    def day(value: dt.date | dt.datetime | str) -> str:
        when = dt.datetime.fromisoformat(value) if isinstance(value, str) else value
        return format_date(when, "d MMMM y" if language == "en" else "long", locale=language)

    def money(minor: int, currency: str) -> str:
        amount = Decimal(minor).scaleb(-get_currency_precision(currency))
        if amount != amount.to_integral_value():
            return format_currency(amount, currency, locale=language)
        return format_currency(amount, currency, whole, language, currency_digits=False)

    def number(value: float) -> str:
        return format_decimal(value, locale=language)

    return {"day": day, "money": money, "number": number}
