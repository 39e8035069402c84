"""What a reader sees in their language, and that a translation never lets markup through."""

import re
from importlib import resources

import pytest
from jinja2 import Environment

from tests.fakes import CARDS
from ui.cards import slate_html
from ui.turn import Slate
from ui.web.languages import LANGUAGES, speak
from ui.web.messages import to_messages

HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_value_that_is_translated_stays_text(language: str) -> None:
    environment = Environment(autoescape=True, extensions=["jinja2.ext.i18n"])
    speak(environment, language)
    said = environment.from_string("{{ _(value) }}|{{ _('%(what)s!', what=value) }}").render(value=HOSTILE)
    assert "<" not in said
    assert said.count("&lt;img") == 2


def test_known_words_are_translated_and_not_escaped_twice() -> None:
    environment = Environment(autoescape=True, extensions=["jinja2.ext.i18n"])
    speak(environment, "fr")
    assert environment.from_string("{{ _(word) }}").render(word="Leave") == "Quitter"
    speak(environment, "en")
    assert environment.from_string("{{ _(word) }}").render(word="it's") == "it&#39;s"


def test_cards_of_the_conversation_are_labelled_in_the_readers_language() -> None:
    blocks = [Slate(CARDS)]
    english, french = (str(to_messages(blocks, language)[0].content) for language in ("en", "fr"))
    assert "Pourquoi nous le disons" in french
    assert "Pourquoi nous le disons" not in english
    assert str(to_messages(blocks, "en")[0].content) == english  # what was made for one reader is no other's


def test_a_price_is_written_as_the_language_does() -> None:
    priced = [card for card in CARDS if card.item.price_minor]
    assert priced
    assert slate_html(priced, "en") != slate_html(priced, "fr")
    assert "\u202f€" in slate_html(priced, "fr") or "\xa0€" in slate_html(priced, "fr")


def test_what_a_button_says_in_the_conversation_is_not_translated() -> None:
    templates = list(resources.files("ui").joinpath("templates").joinpath("web").iterdir())
    assert templates
    for template in templates:
        said = re.findall(r'data-say="([^"]*)"', template.read_text(encoding="utf-8"))
        assert not [one for one in said if "_(" in one], template.name  # the tools are chosen by English words
