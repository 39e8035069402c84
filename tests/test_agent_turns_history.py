import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, ToolMessage

from agent.turns.history import compact, fitted, shrunk, size_of, turns_of, whole

SLATE = "Suggested, shown as cards with reasons:\n1. Alba plain tote, Alba, navy\n2. Duna wool scarf, Duna, navy"


def _calls(*ids: str) -> AIMessage:
    return AIMessage("", tool_calls=[{"name": "recommend", "args": {}, "id": one, "type": "tool_call"} for one in ids])


MESSAGES = st.lists(
    st.one_of(
        st.just(HumanMessage("hi")),
        st.just(AIMessage("Hello.")),
        st.lists(st.sampled_from("abc"), max_size=3, unique=True).map(lambda ids: _calls(*ids)),
        st.sampled_from("abcd").map(lambda one: ToolMessage("done", tool_call_id=one)),
    ),
    max_size=12,
)


def check_is_whole(messages: list[AnyMessage]) -> None:
    """What every model server asks of a history: each call answered right after it, roles taking turns."""
    open_calls: list[str] = []
    for message, before in zip(messages, [None, *messages], strict=False):
        if isinstance(message, ToolMessage):
            assert message.tool_call_id in open_calls
            open_calls.remove(message.tool_call_id)
            continue
        assert not open_calls
        if isinstance(message, HumanMessage):
            assert before is None or (isinstance(before, AIMessage) and not before.tool_calls)
        if isinstance(message, AIMessage):
            open_calls = [call["id"] or "" for call in message.tool_calls]
    assert not open_calls


@given(MESSAGES)
def test_a_repaired_history_is_whole_and_repairing_it_again_changes_nothing(messages: list[AnyMessage]) -> None:
    repaired = whole(messages)
    check_is_whole(repaired)
    assert whole(repaired) == repaired
    assert [message for message in repaired if isinstance(message, HumanMessage)] == [
        message for message in messages if isinstance(message, HumanMessage)
    ]


@given(MESSAGES)
def test_a_fitted_history_is_whole(messages: list[AnyMessage]) -> None:
    check_is_whole(fitted([*messages, HumanMessage("now")], 50, 50))


def turn(number: int, result: str = "done", words: str = "Here you are.") -> list[AnyMessage]:
    calls = AIMessage("", tool_calls=[{"name": "recommend", "args": {}, "id": f"c{number}", "type": "tool_call"}])
    artifact = {"spoken": f"Tote {number}: noted as liked.", "effect": "writing"}
    answer = ToolMessage(result, tool_call_id=f"c{number}", artifact=artifact)
    return [HumanMessage(f"message {number}"), calls, answer, AIMessage(words)]


def thread(n_turns: int, result: str = "done") -> list[AnyMessage]:
    return list(itertools.chain.from_iterable(turn(number, result) for number in range(n_turns)))


def test_a_short_thread_is_sent_as_it_is() -> None:
    messages = thread(5)
    assert compact(messages, 10_000) == messages
    assert all(one is other for one, other in zip(compact(messages, 10_000), messages, strict=True))


@pytest.mark.parametrize("size", [100, 10_000, 200_000])
@pytest.mark.parametrize("n_turns", [1, 25, 200])
def test_a_long_thread_never_exceeds_the_budget(n_turns: int, size: int) -> None:
    messages = thread(n_turns, SLATE + "x" * size)
    present = [HumanMessage("and now?"), *turn(999, "y" * 200_000)[1:3]]
    sent = fitted([*messages, *present], 8_000, 8_000)
    assert size_of(sent) <= 16_000
    check_is_whole(sent)
    assert sent[-3].text == "and now?"
    assert "1. Alba plain tote" in "\n".join(message.text for message in sent)  # "the second" still means something


def test_older_turns_are_put_in_short_by_code() -> None:
    kept = compact([*turn(0, SLATE), *thread(40)], 100_000)
    summary = kept[1].text
    assert summary.startswith("Earlier in this conversation")
    assert '- asked: "message 20"; recorded: Tote 20: noted as liked.' in summary
    assert len(turns_of(kept)) < 20
    assert compact([*turn(0, SLATE), *thread(40)], 100_000) == kept  # the same each time


def test_a_summary_is_taken_on_into_the_next_one() -> None:
    once = compact(thread(30), 100_000)
    twice = compact([*once, *thread(12)], 100_000)
    assert 'asked: "message 16"' in once[1].text
    assert 'asked: "message 16"' in twice[1].text
    assert sum(message.text == "What was said before?" for message in twice) == 1


def test_the_beginning_of_a_thread_stays_the_same_for_many_turns() -> None:
    messages: list[AnyMessage] = []
    beginnings = []
    for number in range(100):
        messages = compact([*messages, *turn(number)], 100_000)
        beginnings.append(messages[0].text + messages[1].text)
    changes = sum(one != other for one, other in itertools.pairwise(beginnings))
    assert changes <= 10


@given(st.integers(0, 12), st.integers(0, 30_000))
def test_a_turn_in_progress_shrinks_until_it_fits(n_results: int, size: int) -> None:
    steps = itertools.chain.from_iterable(turn(number, "z" * size)[1:3] for number in range(n_results))
    assert size_of(shrunk([HumanMessage("hi"), *steps], 4_000)) <= 4_000
