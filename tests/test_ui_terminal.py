import io
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.context import Actor, Role
from agent.events import (
    Acknowledged,
    Chips,
    ClientList,
    ClientRow,
    LookBook,
    Notice,
    SavedList,
    Shown,
    TextDelta,
    ToolFinished,
    ToolStarted,
    TurnEvent,
)
from recsys.errors import InputError
from tests.fakes import CARDS
from tests.shown_events import SAID, SHOWN
from tests.surface_world import World, open_world
from ui.plain_text import WIDTH, printable, text_of
from ui.terminal import Lines, _loop, actor_of


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with open_world(tmp_path_factory.mktemp("terminal") / "boutique") as made:
        yield made


def printed(capsys: pytest.CaptureFixture[str], *turn: TurnEvent) -> str:
    lines = Lines()
    for event in turn:
        lines.show(event)
    lines.end()
    return capsys.readouterr().out


def test_every_kind_of_event_has_an_example() -> None:
    assert {type(event) for event in SHOWN} == set(get_args(Shown))


@pytest.mark.parametrize(("event", "said"), list(zip(SHOWN, SAID, strict=True)), ids=lambda one: type(one).__name__)
def test_whatever_is_shown_reaches_the_terminal(
    capsys: pytest.CaptureFixture[str], event: Shown, said: tuple[str, ...]
) -> None:
    text = printed(capsys, event)
    for words in said:
        assert words in " ".join(text.split()) or words in text
    assert all(line.startswith("  ") or not line for line in text.split("\n"))
    assert max(len(line) for line in text.split("\n")) <= WIDTH


def test_a_list_with_nothing_in_it_says_so() -> None:
    assert text_of(SavedList((), ())).count("nothing yet") == 2
    assert "nobody" in text_of(ClientList("Worth a call today", ()))
    assert "nothing yet" in text_of(LookBook("l1", "For the gala", ()))


def test_words_run_on_and_everything_else_has_lines_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    text = printed(
        capsys, Acknowledged("t1"), ToolStarted("1", "recommend", "Ranking"), CARDS[0],
        ToolFinished("1", "recommend", "Ranking", 0.1, "3 shown"), TextDelta("\n\nThree "), TextDelta("pieces."),
        Notice("The planner answered."), Chips(("Cheaper", "Why?")),
    )  # fmt: skip
    lines = text.split("\n")
    assert lines[0] == "  - Ranking ..."
    assert lines[1].startswith("  1. Lisière")
    assert lines[-4:] == ["Three pieces.", "  ! The planner answered.", "  (Cheaper | Why?)", ""]


@given(st.text())
def test_nothing_that_a_terminal_obeys_is_printed(text: str) -> None:
    shown = text_of(ClientList(text, (ClientRow("c1", text, text),))) + printable(text)
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", shown)


def test_a_long_reason_is_wrapped_and_none_of_it_lost() -> None:
    reason = CARDS[0].reason
    assert reason is not None
    words = " ".join(f"word{number}" for number in range(60))
    text = text_of(replace(CARDS[0], reason=replace(reason, text=words)))
    assert words in " ".join(text.split())
    assert max(len(line) for line in text.split("\n")) <= WIDTH


@pytest.mark.parametrize(
    ("client_id", "role", "named", "found"),
    [
        ("c1", "shopper", None, Actor("c1", "shopper")),
        ("c1", "associate", None, Actor("a1", "associate")),
        ("c1", "associate", "a2", Actor("a2", "associate")),
        (None, "associate", "a2", Actor("a2", "associate")),
        (None, "manager", None, Actor("desk", "manager")),
    ],
)
def test_who_types_is_who_was_named_or_whom_the_record_names(
    world: World, client_id: str | None, role: Role, named: str | None, found: Actor
) -> None:
    assert actor_of(world.assistant, client_id, role, named) == found


def test_somebody_must_be_named_for_the_whole_book(world: World) -> None:
    with pytest.raises(InputError, match="--actor"):
        actor_of(world.assistant, None, "associate", None)


def test_a_message_that_cannot_be_taken_does_not_end_the_chat(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{'long ' * 2_000}\nhello\n"))
    _loop(world.assistant.conversation(Actor("c1", "shopper"), "c1"))
    first, second = capsys.readouterr().out.split("> hello")
    assert "! the message has 9,999 characters" in first
    assert len(second.strip().splitlines()) > 1


def test_a_space_that_does_not_break_is_shown_as_it_is() -> None:
    assert printable("€1\u202f200\xa0\u2013 \x1b[2J") == "€1\u202f200\xa0\u2013 \ufffd[2J"
