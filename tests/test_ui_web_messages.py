from html.parser import HTMLParser

import pytest

from agent.events import Acknowledged, Chips, ClientList, ClientRow, MessageDraft, Proposal, Proposals, Shown, TurnEvent
from tests.fakes import CARDS
from tests.shown_events import SAID, SHOWN
from ui.cards import sheet_html
from ui.web.messages import to_messages
from ui.turn import Sheet, Slate, blocks_of

HOSTILE = "</p></section><img src=x onerror=alert(1)>"


class Reader(HTMLParser):
    """Reads HTML into its tags and its text; a tag that is closed twice or never fails the test."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        assert not [name for name, _ in attrs if name.startswith("on")]
        if tag not in ("img", "br", "rect"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag != "rect":
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += f"{data} "


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    reader.close()
    assert not reader.open
    return reader


def shown(*turn: TurnEvent) -> str:
    *_, blocks = blocks_of(turn)
    return "".join(str(block) for message in to_messages(blocks) for block in message.content)


@pytest.mark.parametrize(("event", "said"), list(zip(SHOWN, SAID, strict=True)), ids=lambda one: type(one).__name__)
def test_whatever_is_shown_reaches_the_page(event: Shown, said: tuple[str, ...]) -> None:
    text = " ".join(read(str(sheet_html(event))).text.split()).casefold()
    for words in said:
        assert words.casefold() in text or words in ("c001",)
    assert "ct-" in shown(event)


@pytest.mark.parametrize(
    "event",
    [
        ClientList(HOSTILE, (ClientRow(HOSTILE, HOSTILE, HOSTILE),)),
        MessageDraft("d1", HOSTILE, HOSTILE, HOSTILE, HOSTILE, f"{HOSTILE}\n{HOSTILE}", ()),
        Proposals((Proposal(1, HOSTILE, HOSTILE),)),
    ],
    ids=lambda one: type(one).__name__,
)
def test_text_stays_text(event: Shown) -> None:
    reader = read(str(sheet_html(event)))
    assert "img" not in reader.seen
    assert HOSTILE in reader.text


def test_a_sheet_stands_between_slates_and_carries_the_chips() -> None:
    turn = (Acknowledged("t1"), CARDS[0], SHOWN[3], CARDS[1], SHOWN[9], Chips(("More",)))
    *_, blocks = blocks_of(turn)
    assert [type(block) for block in blocks] == [Slate, Sheet, Slate, Sheet]
    last = blocks[-1]
    assert isinstance(last, Sheet)
    assert last.chips == ("More",)
    assert [option["value"] for option in to_messages(blocks)[-1].options or ()] == ["More"]


def test_that_a_message_is_written_down_shows_nothing() -> None:
    assert list(blocks_of([Acknowledged("t1")])) == [()]
    assert to_messages(()) == []
