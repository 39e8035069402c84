"""The page's words in every language: none missing, none stale, the same places to fill in."""

import re
from functools import cache
from importlib import resources
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from ui.web.languages import LANGUAGES, translations

ROOT = Path(str(resources.files("ui")))
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2")]
OPTIONS = {"**.html": {"extensions": "jinja2.ext.i18n", "trimmed": "false", "silent": "false"}}
OTHERS = sorted(set(LANGUAGES) - {"en"})


@cache
def said() -> dict[str | tuple[str, ...], None]:
    """Every word for people, as templates and modules mark it."""
    found = extract_from_dir(ROOT, METHODS, {"templates/**.html": OPTIONS["**.html"]})
    return {message: None for _, _, message, _, _ in found}


def catalogue(language: str) -> Catalog:
    with (ROOT / "locales" / f"{language}.po").open("rb") as file:
        return read_po(file, language, abort_invalid=True)


def places(text: str) -> list[str]:
    """What is filled in: %(name)s, %s, {name}; a percent sign that is one is written twice."""
    return sorted(re.findall(r"%\(\w+\)[sd]|%[sd]|\{\w*\}", text))


@pytest.mark.parametrize("language", OTHERS)
def test_every_word_is_there_in_every_language(language: str) -> None:
    there = {
        message.id for message in catalogue(language) if message.id and not message.fuzzy and all(strings(message))
    }
    assert sorted(map(str, said().keys() - there)) == []


@pytest.mark.parametrize("language", OTHERS)
def test_no_translation_is_left_over(language: str) -> None:
    assert sorted(str(message.id) for message in catalogue(language) if message.id and message.id not in said()) == []


@pytest.mark.parametrize("language", OTHERS)
def test_what_is_filled_in_is_the_same(language: str) -> None:
    for message in catalogue(language):
        if message.id:
            wanted = places(message.id if isinstance(message.id, str) else message.id[-1])
            assert places(strings(message)[-1]) == wanted, message.id


def strings(message: Message) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else tuple(message.string)


def test_a_language_without_a_catalogue_speaks_english() -> None:
    assert translations("en").gettext("Send") == "Send"
    assert translations("fr").gettext("Send") == "Envoyer"
