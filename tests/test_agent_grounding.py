import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import HumanMessage, ToolMessage

from agent.state import resolve
from agent.turns.grounding import grounded_sentence, grounded_text, sentences
from agent.turns.history import turn_messages
from agent.turns.safety import spoken_fallback

TITLES = ["Alba plain tote", "Duna silk scarf", "Cirro tee"]
SLATE = ["i1", "i9", "i7"]


@given(st.lists(st.text(alphabet="ab .!?\n1", max_size=12), max_size=12))
def test_regrouping_a_stream_loses_nothing(deltas: list[str]) -> None:
    assert "".join(sentences(deltas)) == "".join(deltas)


@given(st.lists(st.text(alphabet="ab .!?\n", max_size=12), max_size=12))
def test_the_stream_is_cut_into_the_same_sentences_however_it_arrives(deltas: list[str]) -> None:
    text = "".join(deltas)
    assert grounded_text(text, "", ()) == "".join(sentences(deltas)).strip()


@pytest.mark.parametrize(
    ("sentence", "allowed"),
    [
        ("Here are three pieces.", True),
        ("Number 2 is the quieter one.", True),
        ("It costs 300 euros.", False),
        ("Alba makes it.", True),
        ("Borea makes it.", False),
        ("See http://evil.example.", False),
        ("![x](data)", False),
        ("<b>Bold</b> words.", False),
        ('"name": "recommend",', False),
        ("{", False),
        ("```json", False),
    ],
)
def test_a_sentence_keeps_to_its_sources(sentence: str, allowed: bool) -> None:
    assert grounded_sentence(sentence, "1. Alba plain tote\n2. Tee", ["Alba", "Borea"]) is allowed


@pytest.mark.parametrize(
    ("said", "position"),
    [
        ("1", 0), ("#2", 1), ("[3]", 2), ("the second", 1), ("the 3rd one", 2), ("last", 2), ("item 1", 0),
        ("silk scarf", 1), ("i9", 1), ("4", None), ("0", None), ("", None), ("the green one", None), ("a", None),
    ],
)  # fmt: skip
def test_references_are_read_tolerantly(said: str, position: int | None) -> None:
    assert resolve(said, SLATE, TITLES) == position


def test_an_ambiguous_title_is_no_reference() -> None:
    assert resolve("scarf", ["a", "b"], ["Silk scarf", "Wool scarf"]) is None


def test_it_means_the_only_item_on_show() -> None:
    assert resolve("it", ["a"], ["Silk scarf"]) == 0
    assert resolve("it", ["a", "b"], ["Silk scarf", "Wool scarf"]) is None


@given(st.text(max_size=40))
def test_any_reference_is_read_without_failing(said: str) -> None:
    position = resolve(said, SLATE, TITLES)
    assert position is None or 0 <= position < 3


def test_the_fallback_speaks_for_the_last_tool() -> None:
    history = [
        HumanMessage("a"),
        ToolMessage("x", tool_call_id="1", artifact={"spoken": "Old."}),
        HumanMessage("b"),
        ToolMessage("x", tool_call_id="2", artifact={"spoken": "New."}),
    ]
    assert spoken_fallback(history) == "New."
    assert len(turn_messages(history)) == 2
    assert "suggest" in spoken_fallback([HumanMessage("hello")])
