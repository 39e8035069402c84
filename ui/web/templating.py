"""Pages and fragments from autoescaping templates. The only module of the web rooms that makes HTML."""

from __future__ import annotations

from functools import cache
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse

from ui.cards import FILTERS
from ui.web.formats import formats
from ui.web.languages import LANGUAGES, language_of, speak


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
    speak(environment, language)
    environment.globals["languages"] = LANGUAGES
    environment.filters |= {**FILTERS, **formats(language)}
    return environment
