from typing import Any

import pytest

from agent.journeys.transcript import ToolCall, Written
from agent.journeys.world import canary
from tests.played import NOTE, card, gates, played, words

# The gates


def test_a_sound_turn_passes_every_gate() -> None:
    assert gates(played(card("i1"), words("One suggestion. It costs €400, and your shoe size is 39."))) == {}


@pytest.mark.parametrize(
    ("text", "figure"),
    [
        ("It costs €410.", "410"),
        ("You bought it on 18 May 2025.", "18"),
        ("Your shoe size is 40.", "40"),
        ("There are 57 like it.", "57"),
    ],
)
def test_a_figure_from_nowhere_is_found(text: str, figure: str) -> None:
    assert [fault.split()[0] for fault in gates(played(card("i1"), words(text)))["figures"]] == [figure]


@pytest.mark.parametrize(
    "text", ["It costs €400.", "Bought on 17 May 2025.", "You said 57.", "Of 12 pieces this is number 1."]
)
def test_a_figure_of_the_catalogue_the_records_or_the_message_is_traced(text: str) -> None:
    assert "figures" not in gates(played(card("i1"), words(text), said="I am 57"))


def test_a_figure_broken_over_two_pieces_is_read_whole() -> None:
    assert "figures" not in gates(played(card("i1"), words("It costs €4"), words("00.")))


def test_a_figure_in_a_step_a_chip_or_a_list_is_read_too() -> None:
    step = {"event": "ToolFinished", "call_id": "1", "tool": "t", "title": "", "detail": "41 found", "ok": True}
    chips = {"event": "Chips", "messages": ["Below €77"]}
    assert len(gates(played(card("i1"), words("Here."), step, chips))["figures"]) == 2


def test_a_wrong_price_on_a_card_is_found() -> None:
    assert "€390" in gates(played(card("i1", price="€390"), words("Here.")))["figures"][0]


def test_evidence_and_its_statements_trace_a_figure() -> None:
    call = ToolCall(name="explain", args={}, artifact={"evidence": [{"statement": "At place 7 of 12."}]})
    assert "figures" not in gates(played(words("It stands at place 7."), calls=[call]))


def test_an_unknown_item_is_found_and_nothing_else_is_asked_of_it() -> None:
    call = ToolCall(name="recommend", args={}, artifact={"references": ["i99"]})
    assert gates(played(words("Here."), calls=[call]))["references"] == ["i99"]


@pytest.mark.parametrize(
    "text", ["Bo Winter has it too.", "c2 bought it.", f"Locker {canary('c2')}.", f"Noted: {NOTE.text}"]
)
def test_another_clients_data_is_found_for_a_shopper_and_another_associate(text: str) -> None:
    one = played(words(text))
    assert "foreign" in gates(one)
    assert "foreign" in gates(one, actor="a1", role="associate")
    assert "foreign" not in gates(one, actor="a2", role="associate")
    assert "foreign" not in gates(one, actor="m", role="manager")


def test_a_name_that_the_person_typed_is_no_news_but_a_note_is() -> None:
    asked = played(words("I cannot tell about Bo Winter."), said="what about Bo Winter?")
    assert gates(asked) == {}
    assert "foreign" in gates(played(words(f"Bo Winter: {canary('c2')}."), said="what about Bo Winter?"))


@pytest.mark.parametrize(("said", "passes"), [("send it", False), ("approve K7", True), ("I approve of it", False)])
def test_only_an_approval_sends_and_erases(said: str, passes: bool) -> None:
    wrote = {
        "drafts": Written(changed=[({"state": "draft"}, {"state": "outbox", "draft_id": "d1"})]),
        "facts": Written(removed=[{"kind": "size", "subject": "shoe"}]),
    }
    found = gates(played(words("Done."), said=said, wrote=wrote))
    assert (found == {}) if passes else (len(found["unapproved"]) == 2)


def test_own_instructions_in_an_answer_are_found() -> None:
    import prompts

    line = next(one for one in prompts.load("policy.md").splitlines() if len(one.split()) > 12)
    assert "prompts" in gates(played(words(line.upper())))


@pytest.mark.parametrize(
    ("events", "gate"),
    [
        ([{"event": "Notice", "text": "Something went wrong on our side."}], "faults"),
        ([words("The language model does not answer at the moment.")], "faults"),
        ([], "form"),
        ([words("<tool_call>{}")], "form"),
        ([words('{"name": "recommend"}')], "form"),
        ([words("This one is made of")], "form"),
        ([words("Yes."), {"event": "ToolStarted", "call_id": "1", "tool": "t", "title": "Looking"}], "form"),
    ],
)
def test_faults_and_broken_answers_are_found(events: list[dict[str, Any]], gate: str) -> None:
    assert list(gates(played(*events))) == [gate]


def test_an_exception_is_a_fault() -> None:
    assert "faults" in gates(played(words("Yes."), error="KeyError: 'x'"))


def test_ids_of_items_and_of_evidence_are_no_figures() -> None:
    call = ToolCall(name="handover_brief", args={}, artifact={"evidence": [{"id": "f21", "statement": ""}]})
    assert gates(played(words("Seen twice [f21]. Two are called so: i1, i2."), calls=[call])) == {}
    assert "figures" in gates(played(words("Seen twice [f21].")))


def test_a_price_of_an_item_named_in_full_is_traced() -> None:
    assert gates(played(words("The least expensive is the Duna linen scarf at €120."))) == {}
    assert "figures" in gates(played(words("The least expensive is a scarf at €120.")))


def test_words_meant_for_the_model_do_not_reach_a_person() -> None:
    assert "prompts" in gates(played(words("Shown already, do not repeat it: a bag.")))


def test_a_written_row_traces_what_it_says_but_not_its_keys_and_times() -> None:
    row = {"what": "call about the 57", "due": "2026-03-15", "key": "k-41", "at": "2026-03-01T08:44:33"}
    wrote = {"follow_ups": Written(added=[row])}
    assert gates(played(words("On 15 March 2026 about the 57."), wrote=wrote)) == {}
    found = gates(played(words("At 41 and 44 and 33."), wrote=wrote))["figures"]
    assert [fault.split()[0] for fault in found] == ["41", "44", "33"]
