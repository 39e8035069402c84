import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.intent.foreign import in_english


@pytest.mark.parametrize(
    ("message", "english"),
    [
        ("pourquoi le deuxième ?", "why the second ?"),
        ("vous avez des gants noirs à moins de 120 euros ?", "do you have some gloves black under 120 euros ?"),
        ("etwas günstigeres bitte", "something cheaper please"),
        ("LÖSCHE MEINEN GEBURTSTAG", "delete my birthday"),
        ("aggiungi il cappello al carrello", "add the hat to the basket"),
        ("qu’est-ce que j’ai acheté", "what i bought"),
    ],
)
def test_known_words_are_put_into_english(message: str, english: str) -> None:
    assert in_english(message) == english


@pytest.mark.parametrize(
    "message",
    [
        "Why the second one?",
        "do you have a robe in silk, or a collier, for the summer holidays",
        "the note on the coat: plus sizes",
        "La Mer",
        "",
    ],
)
def test_an_english_message_stays_as_it_is(message: str) -> None:
    assert in_english(message) == message


@given(st.text(max_size=200))
def test_any_text_can_be_read(message: str) -> None:
    assert isinstance(in_english(message), str)
