"""Payloads of public lists as titles, names and notes: every room of every role shows them, and none of them runs."""

import datetime as dt
import json
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from recsys.schema import Client, Item, Note
from tests.page_world import CLIENTS, USERS, open_house
from tests.pages import CHROMIUM, chromium, opened, running
from tests.small_world import ITEMS

SECURITY = Path(__file__).parents[2] / "shared" / "data" / "security"
LISTS = (SECURITY / "xss_payload_list" / "xss-payload-list.txt", SECURITY / "naughty_strings" / "blns.json")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"no browser at {CHROMIUM}"),
    pytest.mark.skipif(not all(one.exists() for one in LISTS), reason="the lists of payloads are not here"),
]
OWN = (  # these leave a mark if they ever run; a dialog, an error of the page or a foreign request is one, too
    "<script>window.owned=1</script>",
    "<img src=x onerror=window.owned=1>",
    '"><svg onload=window.owned=1>',
    "</title></textarea></style><iframe srcdoc='<script>parent.owned=1</script>'></iframe>",
    "' autofocus onfocus=window.owned=1 x='",
    "javascript:window.owned=1",
    "{{ 7 * 191 }}${7*191}#{7*191}<%= 7*191 %>",
    "<div hx-get=/room/shelf hx-trigger=load hx-on::load=window.owned=1>",
    "<a href=javascript:window.owned=1>x</a>[x](javascript:window.owned=1)![x](http://evil.invalid/a)",
)
LONGEST = {"title": 480, "note": 3_900}


def payloads() -> list[str]:
    """Our own, and those of the lists that a record may hold."""
    listed = LISTS[0].read_text(encoding="utf-8", errors="replace").splitlines()
    listed += json.loads(LISTS[1].read_text(encoding="utf-8"))
    clean = ["".join(letter for letter in one if letter.isprintable()).strip() for one in listed]
    return [*OWN, *dict.fromkeys(one for one in clean if one)]


def filled(texts: Iterator[str], size: int) -> str:
    """Join payloads up to a size; one that is too long by itself is cut."""
    text = next(texts)[:size]
    for one in texts:
        if len(text) + len(one) + 1 > size:
            break
        text += f" {one}"
    return text


def planted() -> tuple[list[Item], list[Client], int]:
    """The small boutique with payloads wherever a text comes from outside; how many of them there are."""
    wanted = payloads()
    texts = iter(cycle(wanted))
    items = [
        item.model_copy(
            update={
                "title": f"{own} {item.title}",
                "brand": own[:200],
                "colour": next(texts)[:200],
                "description": filled(texts, LONGEST["note"]),
            }
        )
        for item, own in zip(ITEMS, islice(cycle(OWN), len(ITEMS)), strict=True)
    ]
    notes = tuple(
        Note(at=dt.date(2025, 1, 1) + dt.timedelta(days=day), text=filled(texts, LONGEST["note"])) for day in range(160)
    )
    clients = [
        client.model_copy(update={"name": f"{own} {client.name}", "preferences": {"contact": own, own[:60]: own}})
        for client, own in zip(CLIENTS, OWN, strict=False)
    ]
    clients[0] = clients[0].model_copy(update={"notes": notes})
    held = " ".join([*(item.description for item in items), *(note.text for note in notes)])
    return items, clients, sum(one[: LONGEST["note"]] in held for one in wanted)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running_browser:
        yield running_browser


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    items, clients, n_planted = planted()
    print(f"{n_planted} of {len(payloads())} payloads planted")  # noqa: T201
    with open_house(tmp_path_factory.mktemp("hostile") / "boutique", items, clients) as house, running(house) as served:
        yield served


@pytest.mark.parametrize("user", ["ada", "claire", "manon"])
def test_no_payload_runs_in_any_room(browser: Browser, address: str, user: str) -> None:
    with opened(browser, address, user) as tab:
        rooms = tab.rooms()
        for name in rooms:
            tab.go(name)
        if USERS[user].role != "shopper":
            tab.about("c1")
            for name in [one for one in tab.rooms() if one not in rooms]:
                tab.go(name)
        for said in ("What do you suggest?", "Why the first one?", "Compare the first two", OWN[1]):
            tab.say(said)
        for name in tab.rooms()[-4:]:
            tab.go(name)
        for details in tab.page.locator("#ct-stage-body details:not([open]) > summary").all()[:20]:
            details.click()
        shown = tab.page.locator("#ct-room").inner_html()
        assert "window.owned" in shown  # they are there, as text
        assert tab.page.evaluate("window.owned") is None
        assert "1337" not in tab.page.locator("#ct-room").inner_text()  # no template of ours worked one out
        assert (
            tab.page.locator("#ct-room :is(script, iframe, object, embed, [onerror], [onload], [onfocus])").count() == 0
        )
        assert tab.page.locator("[href^='javascript:']").count() == 0
        assert tab.dialogs == []
        assert tab.errors == []
        assert tab.strangers() == []
