from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, SystemMessage, ToolMessage

from agent.intent.digest import MAX_BEFORE, MAX_MESSAGE, Digest, Result, digest


def called(
    name: str, content: str, spoken: str = "", status: str = "success", references: list[str] | None = None
) -> list[AnyMessage]:
    call = {"name": name, "args": {}, "id": f"call-{name}", "type": "tool_call"}
    artifact = {"spoken": spoken, **({} if references is None else {"references": references})}
    result = ToolMessage(content, tool_call_id=f"call-{name}", artifact=artifact, status=status)
    return [AIMessage("", tool_calls=[call]), result]


def test_the_first_message_stands_alone() -> None:
    assert digest([SystemMessage("rules"), HumanMessage("hello")]) == Digest("hello", (), "", ())


def test_items_come_from_the_newest_list_and_by_name_only() -> None:
    history = [
        HumanMessage("bags?"),
        *called("search_catalogue", "Found:\n1. Old tote, Corvane, bags"),
        HumanMessage("cheaper"),
        *called("refine", "Suggested:\n1. Small tote, Corvane, bags\n2. Clutch, Bexley, bags"),
        HumanMessage("why 2?"),
        *called("explain", "Shown: Clutch, with this reason: 2. nothing"),
        AIMessage("There."),
        HumanMessage("thanks"),
    ]
    lines = ("Small tote, Corvane, bags", "Clutch, Bexley, bags")
    assert digest(history) == Digest("thanks", ("Small tote", "Clutch"), "why 2?", (), "explain", lines)


def test_lists_of_clients_and_proposals_are_no_slate() -> None:
    history = [HumanMessage("bags"), *called("search_catalogue", "1. Tote\n2. Clutch", references=["i1", "i2"])]
    history += [
        HumanMessage("note it"),
        *called("add_note", "1. Warmer\n2. Plainer", references=[]),
        HumanMessage("ok"),
    ]
    assert digest(history).shown == ("Tote", "Clutch")
    history += [*called("clients_for_item", "1. Ms Adler (c1): calm", references=["i1"]), HumanMessage("thanks")]
    assert digest(history).shown == ("Tote", "Clutch")


def test_only_the_turn_before_counts_as_just_before() -> None:
    history = [HumanMessage("draft it"), *called("draft_message", "A draft."), HumanMessage("hello")]
    assert digest([*history]).after == "draft_message"
    assert digest([*history, AIMessage("Hello."), HumanMessage("send it")]).after == ""


def test_a_list_that_does_not_begin_at_one_is_no_slate() -> None:
    history = [HumanMessage("compare"), *called("compare", "1. A\n3. B"), HumanMessage("ok")]
    assert digest(history).shown == ()


def test_a_failed_call_shows_nothing() -> None:
    history = [HumanMessage("bags"), *called("search_catalogue", "1. A\n2. B", status="error"), HumanMessage("ok")]
    assert digest(history).shown == ()


def test_results_are_those_of_this_turn() -> None:
    history = [
        HumanMessage("bags"),
        *called("search_catalogue", "1. A", "One bag."),
        HumanMessage("why?"),
        *called("explain", "no item '7' on show", status="error"),
    ]
    assert digest(history).results == (Result("explain", "no item '7' on show", "", True),)


@given(st.text(max_size=2_000), st.text(max_size=2_000))
def test_the_digest_stays_short(first: str, second: str) -> None:
    known = digest([HumanMessage(first), AIMessage("yes"), HumanMessage(second)])
    assert len(known.message) <= MAX_MESSAGE
    assert len(known.before) <= MAX_BEFORE
    assert "\n" not in known.message + known.before


def test_no_message_at_all_is_an_empty_digest() -> None:
    assert digest([]) == Digest("", (), "", ())
