"""A page that lists the routes, made from the OpenAPI document; plain HTML that asks nothing of any host."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup


def describe(document: Mapping[str, Any]) -> Markup:
    """Return the page."""
    operations = [
        (method.upper(), path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    return Markup(_template().render(title=document["info"]["title"], about=document["info"], operations=operations))


@cache
def _template() -> Template:
    environment = Environment(loader=PackageLoader("ui"), autoescape=True, undefined=StrictUndefined)
    return environment.get_template("routes.html")
