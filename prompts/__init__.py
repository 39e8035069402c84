"""Prompts as files: load a template by name, render it strictly. Knows nothing of models or data."""

from __future__ import annotations

from functools import cache
from importlib import resources

from jinja2 import Environment, StrictUndefined, meta

_ENVIRONMENT = Environment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=False)


@cache
def load(name: str) -> str:
    """Return the text of prompts/`name` (for example "agent.md" or "attributes/boutique.yaml")."""
    return resources.files(__name__).joinpath(name).read_text(encoding="utf-8")


def variables(name: str) -> frozenset[str]:
    """Return the names that the template needs."""
    return frozenset(meta.find_undeclared_variables(_ENVIRONMENT.parse(load(name))))


def render(name: str, /, **values: object) -> str:
    """Fill the template prompts/`name`.

    Raises:
        TypeError: If a value is missing or not used by the template.
    """
    needed = variables(name)
    missing, unused = needed - values.keys(), values.keys() - needed
    if missing or unused:
        raise TypeError(f"prompt {name}: missing {sorted(missing)}, unused {sorted(unused)}")
    return _ENVIRONMENT.from_string(load(name)).render(**values).strip()
