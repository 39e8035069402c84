"""Pages written to a file: autoescaping templates, no script, no other host, one look (templates/paper.css)."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from recsys.errors import InputError
from ui.case_words import spelled


def render_page(template: str, **values: Any) -> str:
    """Render one of `ui/templates/`, blank lines left out; every value must be used by name and is escaped."""
    page: str = _environment().get_template(template).render(**values)
    return "\n".join(line.rstrip() for line in page.splitlines() if line.strip()) + "\n"


def write_file(page: str, path: Path) -> Path:
    """Write a page, its folder made if missing, and return the file.

    Raises:
        InputError: If it cannot be written there.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page, encoding="utf-8")
    except OSError as error:
        raise InputError(f"cannot write '{path}' ({error.strerror}): choose another place with --out") from error
    return path


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("ui"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["spelled"] = spelled
    environment.filters["capital"] = lambda text: f"{text[:1].upper()}{text[1:]}"  # the rest keeps its own capitals
    return environment
