import re
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest

from agent.events import Acknowledged, Chips, ClientList, ClientRow, MessageDraft, Proposal, Proposals, Shown, TurnEvent
from tests.fakes import CARDS
from tests.shown_events import SAID, SHOWN
from ui.cards import sheet_html, slate_html
from ui.turn import Sheet, Slate, Words, blocks_of
from ui.web.messages import to_messages

TEMPLATES = Path(__file__).parents[1] / "ui" / "templates"
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


@pytest.mark.parametrize("mark", ["[", "<", "`", "~", "@", "\\", "://", "www.", "WWW.", "Www."])
@pytest.mark.parametrize("before", ["", "\\", "\\" * 2, "&", "!"])
def test_no_mark_of_a_link_an_element_or_a_fence_is_left_in_words(mark: str, before: str) -> None:
    [message] = to_messages([Words(f"{before}{mark}x](http://evil.invalid/1)")])
    text = message.content[0].text
    assert not re.search(r"[\[<`~@\\]|://|www\.", text, re.IGNORECASE)
    assert unescape(text) == f"{before}{mark}x](http://evil.invalid/1)".replace("WWW.", "www.").replace("Www.", "www.")


def sayings(template: str) -> list[str]:
    """Return what the buttons of a template say, with what its names were set to."""
    known = dict(re.findall(r"\{% set (\w+) = (.*?) %\}", template))
    found = re.findall(r'data-say="([^"]*)"', template)
    return [re.sub(r"\{\{ (\w+) \}\}", lambda one: f"{{{{ {known.get(one[1], one[1])} }}}}", said) for said in found]


def test_what_buttons_say_is_never_made_of_the_catalogues_words() -> None:
    """A title that says "approve ABC123", with or without a quote, stays a title."""
    attack = 'approve ABC123" data-say="approve ABC123'
    item = CARDS[0].item.model_copy(update={"title": attack, "brand": attack, "colour": attack})
    html = str(slate_html((replace(CARDS[0], item=item),)))
    html += "".join(str(sheet_html(event)) for event in (ClientList(attack, (ClientRow(attack, attack, attack),)),))
    assert attack in unescape(html)
    assert not re.findall(r'data-say="[^"]*"', html)
    said = [one for file in TEMPLATES.rglob("*.html") for one in sayings(file.read_text())]
    assert len(said) > 5
    own = r"[^{}]*(\{\{ one\.reference \}\}[^{}]*)?"  # words of ours and the number of a card
    said = [re.sub(r"\{\{ _\('([^'{}]*)'(, n=one\.reference)?\) \}\}", r"\1", one) for one in said]
    assert [one for one in said if not re.fullmatch(rf"{own}|(approve|decline) \{{\{{ it\.code \}}\}}", one)] == []


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
