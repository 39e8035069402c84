import json
import logging
import re
import socket
import threading
import urllib.request
from collections.abc import Iterator

import pytest

from agent.events import Chips, TextDelta, ToolFinished, ToolStarted, TurnEvent
from recsys.errors import InputError, NotFound
from tests.fakes import CARDS, CHIPS, COMPARISON, FakeRoom
from tests.pages import running
from ui.app import build_app, launch
from ui.desk import BUSY, ENDED, FAULT, MAX_MESSAGE, Desk
from ui.messages import to_messages
from ui.ports import require_free_port
from ui.turn import Block, Remark, Slate, Step, Table, Words, blocks_of, paced

WISH = "What would suit her for the summer and beyond?"


def turn(*events: TurnEvent) -> tuple[Block, ...]:
    return list(blocks_of(events))[-1]


@pytest.fixture
def desk() -> Desk:
    return Desk(FakeRoom())


def last(desk: Desk, key: str, message: str) -> tuple[Block, ...]:
    return list(desk.answer(key, message))[-1]


def test_events_become_blocks_in_order() -> None:
    started, ended = ToolStarted("t1", "search", "Searching"), ToolFinished("t1", "search", "Searching", 0.5, "3 found")
    blocks = turn(started, ended, *CARDS, TextDelta("Two "), TextDelta("words."), COMPARISON, Chips(CHIPS))
    assert blocks[0] == Step("t1", "Searching", "3 found", 0.5)
    assert isinstance(blocks[1], Slate)
    assert blocks[1].cards == CARDS
    assert blocks[2] == Words("Two words.")
    assert isinstance(blocks[3], Table)
    assert blocks[3].chips == CHIPS


def test_steps_at_work_side_by_side_end_in_their_own_place() -> None:
    blocks = turn(
        ToolStarted("a", "x", "A"), ToolStarted("b", "y", "B"), ToolFinished("a", "x", "A", 0.1, "", ok=False)
    )
    assert blocks == (Step("a", "A", "", 0.1, ok=False), Step("b", "B"))
    assert turn(ToolFinished("z", "x", "Unannounced", 0.1, "done"))[0] == Step("z", "Unannounced", "done", 0.1)


def test_chips_after_nothing_get_words_of_their_own_and_blank_text_shows_nothing() -> None:
    assert turn(Chips(CHIPS)) == (Words("What next?", chips=CHIPS),)
    assert turn(TextDelta(" "), Chips(())) == ()


def test_an_expected_failure_ends_the_turn_in_one_line_and_stops_its_steps() -> None:
    def failing() -> Iterator[TurnEvent]:
        yield ToolStarted("t1", "search", "Searching")
        raise NotFound("unknown item 'i99'")

    step, remark = list(blocks_of(failing()))[-1]
    assert isinstance(step, Step)
    assert (step.ok, step.duration_s) == (False, 0.0)
    assert remark == Remark("unknown item 'i99'")


def test_only_text_that_grows_is_held_back_and_the_last_is_never_lost() -> None:
    shown: list[tuple[Block, ...]] = [
        (Words("a"),),
        (Words("a b"),),
        (Words("a b c"),),
        (Words("a b c"), Step("t", "T")),
    ]
    assert list(paced(shown, 60)) == [shown[0], shown[3]]
    assert list(paced(shown[:3], 60)) == [shown[0], shown[2]]
    assert list(paced(shown, 0)) == shown


def test_a_conversation_begins_with_a_greeting_and_remembers_its_turns(desk: Desk) -> None:
    shown = desk.begin("c001")
    assert shown.profile is not None
    assert shown.profile.name == "Hélène Marchetti"
    assert shown.blocks == (
        Words("This is about Hélène Marchetti. Ask for a suggestion, or search.", chips=shown.blocks[0].chips),
    )  # type: ignore[union-attr]
    after = last(desk, shown.key, f"  {WISH} ")
    assert after[1] == Words(WISH, by_client=True)
    assert desk.blocks(shown.key) == after


def test_conversations_do_not_leak(desk: Desk) -> None:
    one, two = desk.begin("c001"), desk.begin("c002")
    last(desk, one.key, WISH)
    assert desk.blocks(two.key) == two.blocks


@pytest.mark.parametrize("client_id", ["nobody", "", None])
def test_a_conversation_that_cannot_begin_says_why(desk: Desk, client_id: str | None) -> None:
    shown = desk.begin(client_id)
    assert shown.profile is None
    assert isinstance(shown.blocks[0], Remark)
    assert isinstance(last(desk, shown.key, WISH)[-1], Remark)
    assert last(desk, "no such key", WISH) == (Remark(ENDED),)


@pytest.mark.parametrize("message", ["", "  \n ", "x" * (MAX_MESSAGE + 1)])
def test_empty_and_too_long_messages_never_reach_the_room(message: str) -> None:
    room = FakeRoom()
    desk = Desk(room)
    shown = desk.begin("c001")
    after = last(desk, shown.key, message)
    assert room.asked == []
    assert desk.blocks(shown.key) == shown.blocks
    assert after == shown.blocks or "4,001 characters" in str(after[-1])
    last(desk, shown.key, "x" * MAX_MESSAGE)
    assert len(room.asked) == 1


def test_a_second_message_waits_its_turn(desk: Desk) -> None:
    key = desk.begin("c001").key
    running_turn = desk.answer(key, WISH)
    next(running_turn)
    assert last(desk, key, "And another one?")[-1] == Remark(BUSY)
    running_turn.close()  # as when the page goes away in mid-answer
    assert last(desk, key, "Compare 1 and 2")[-1] == Words("The tote has more craft; the dress costs less.")


def test_an_answer_to_a_conversation_left_ends_in_the_one_shown_now(desk: Desk) -> None:
    left = desk.begin("c001")
    answer = desk.answer(left.key, WISH)
    next(answer)
    between = desk.begin("c001", instead_of=left.key)
    now = desk.begin("c002", instead_of=between.key)
    assert list(answer) == [now.blocks]
    assert desk.blocks(now.key) == now.blocks


def test_a_fault_is_told_without_its_text_and_logged(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    key = desk.begin("c001").key
    with caplog.at_level(logging.ERROR):
        after = last(desk, key, "crash it")
    assert after[-1] == Remark(FAULT)
    assert "RuntimeError" in caplog.text
    assert last(desk, key, "Compare 1 and 2")[-1] == Words("The tote has more craft; the dress costs less.")


def test_the_oldest_conversation_is_forgotten_first(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.desk.MAX_OPEN", 2)
    keys = [desk.begin("c001").key for _ in range(3)]
    assert desk.blocks(keys[0]) == (Remark(ENDED),)
    assert desk.blocks(keys[2]) != (Remark(ENDED),)


def test_blocks_become_messages(desk: Desk) -> None:
    key = desk.begin("c001").key
    messages = [one.model_dump() for one in to_messages(last(desk, key, WISH))]
    assert [one["role"] for one in messages] == ["assistant", "user", *["assistant"] * 4]
    assert messages[3]["metadata"] == {
        "title": "Ranking the catalogue for this client", "status": "done", "duration": 0.21, "id": "t1",
    }  # fmt: skip
    assert messages[4]["content"][0]["type"] == "component"
    assert messages[4]["content"][0]["props"]["js_on_load"] is None
    assert [one["value"] for one in messages[-1]["options"]] == list(CHIPS)
    assert all(not one["options"] for one in messages[:-1])  # an old offer is no longer one
    pending = to_messages((Step("t1", "Searching"),))[0]
    assert pending.metadata == {"title": "Searching", "status": "pending", "id": "t1"}


@pytest.mark.parametrize(
    "text",
    [
        "![x](http://evil/?q=1)",
        "<img src=//evil>",
        "[a](javascript:alert(1))",
        "http://evil/",
        "www.evil.com",
        "[a]: //e",
    ],
)
def test_no_element_image_or_link_of_an_answer_survives(text: str) -> None:
    for message in to_messages((Words(text), Step("t", text, text, 0.1))):
        shown = json.dumps(message.model_dump(), ensure_ascii=False).replace("\\\\[", "")
        assert not re.search(r"<|\[[ax]|://|www\.", shown)


def test_the_page_holds_one_opaque_key_and_publishes_no_interface() -> None:
    config = build_app(FakeRoom()).get_config_file()
    kinds = [one["type"] for one in config["components"]]
    assert kinds.count("state") == 1
    assert {one["api_visibility"] for one in config["dependencies"]} == {"private"}


def test_the_server_sends_its_headers_and_nothing_of_another_host() -> None:
    with running(FakeRoom()) as url:
        with urllib.request.urlopen(url) as answer:
            html = answer.read().decode()
            headers = answer.headers
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "img-src 'self' data: blob:" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert not re.search(r"fonts\.(googleapis|gstatic)|cdnjs", html)
        assert not re.search(r"<(?:script|link)[^>]+(?:src|href)=\"https?://", html)
        for closed in ("openapi.json", "docs", "redoc", "monitoring"):
            with pytest.raises(urllib.error.HTTPError, match="40[1345]"):
                urllib.request.urlopen(url + closed)
        info = json.loads(urllib.request.urlopen(url + "gradio_api/info").read())
        assert info == {"named_endpoints": {}, "unnamed_endpoints": {}}
    assert not [one for one in threading.enumerate() if one.name == "uvicorn"]


def test_a_taken_port_and_a_foreign_address_are_told_apart() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(InputError, match=f"port {port} is in use: stop the other program or pass --port N"):
            launch(FakeRoom(), port=port, wait=False)
    with pytest.raises(InputError, match="cannot listen on 192.0.2.1:7860"):
        require_free_port("192.0.2.1", 7860)
