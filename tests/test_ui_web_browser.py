from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.fakes import CARDS, CHIPS, FakeRoom
from tests.pages import CHROMIUM, chromium, opened, running

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"no browser at {CHROMIUM}"),
]


@pytest.fixture(scope="module")
def room() -> FakeRoom:
    return FakeRoom(pause_s=0.02)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running_browser:
        yield running_browser


@pytest.fixture(scope="module")
def url(room: FakeRoom) -> Iterator[str]:
    with running(room) as address:
        yield address


def test_a_request_shows_steps_cards_reasons_and_evidence_on_tap(browser: Browser, url: str, room: FakeRoom) -> None:
    with opened(browser, url) as tab:
        page = tab.page
        tab.say("What would suit her for the summer?")
        tab.sees("carry on from what was")
        step = page.locator(".thought-group .title", has_text="Ranking the catalogue")
        assert "0.2s" in step.inner_text()
        assert page.get_by_text("487 items ranked").count() == 0  # collapsed until asked for
        step.click()
        tab.sees("487 items ranked")
        titles = page.locator(".ct-card .ct-title").all_inner_texts()
        assert titles == [card.item.title for card in CARDS]
        assert page.locator(".ct-card .ct-number").all_inner_texts() == ["1", "2", "3"]
        assert page.get_by_label("craft: 89 of 100").count() == 1
        fact = page.get_by_text("You bought the Cordelier penny loafers in March.")
        assert not fact.is_visible()
        page.get_by_text("Why we say this").first.click()
        assert fact.is_visible()
        assert page.locator(".ct-quiet").inner_text().startswith("No strong reason")
        drawn = "[...document.images].every(image => image.complete && image.naturalWidth > 0)"
        assert page.evaluate(drawn)
        assert tab.errors == []
        assert tab.strangers() == []
    assert room.asked[-1] == ("c001", "What would suit her for the summer?")


def test_a_chip_sends_its_message_and_old_chips_go_away(browser: Browser, url: str, room: FakeRoom) -> None:
    with opened(browser, url) as tab:
        tab.say("What would suit her for the summer?")
        tab.page.get_by_role("button", name=CHIPS[1]).click()
        tab.sees("the dress costs less")
        assert room.asked[-1] == ("c001", CHIPS[1])
        assert tab.page.locator(".ct-comparison th[scope=col]").count() == 2
        assert tab.page.locator("#ct-chat .option").count() == 0


def test_another_client_and_a_new_conversation_begin_afresh(browser: Browser, url: str) -> None:
    with opened(browser, url) as tab:
        page = tab.page
        assert page.locator(".ct-client").inner_text() == "Hélène Marchetti"
        tab.say("Hello there, what do you think she would like?")
        tab.sees("Ranking the catalogue")
        page.locator("#ct-picker input").click()  # while the answer still streams
        page.keyboard.type("Tom")
        page.get_by_role("option", name="Tomás Rivera-Lindqvist").click()
        tab.sees("This is about Tomás Rivera-Lindqvist")
        assert page.locator(".ct-client").inner_text() == "Tomás Rivera-Lindqvist"
        page.wait_for_timeout(700)
        assert page.locator(".ct-card").count() == 0
        tab.say("And for him, this time of the year?")
        page.locator(".ct-card").first.wait_for()
        page.get_by_role("button", name="New conversation").click()
        page.locator(".ct-card").first.wait_for(state="detached")
        tab.sees("This is about Tomás Rivera-Lindqvist")


def test_errors_are_one_plain_line_and_the_page_stays_usable(browser: Browser, url: str) -> None:
    with opened(browser, url) as tab:
        tab.say("break it")
        tab.sees("the price '<b>cheap</b>' is not a number")
        tab.sees("(did not work)")
        tab.say("crash it")
        tab.sees("Something went wrong on our side")
        assert "password" not in tab.page.content()
        tab.say("x" * 4001)
        tab.sees("4,001 characters")
        assert len(tab.page.input_value("#ct-box textarea")) == 4001  # nothing typed is lost
        tab.say("Now something that works, please and thank you")
        tab.page.locator(".ct-card").first.wait_for()


def test_a_message_sent_too_early_is_refused_and_kept(url: str, browser: Browser) -> None:
    with opened(browser, url) as tab:
        tab.say("What would suit her for the summer?")
        tab.sees("Ranking the catalogue")
        tab.say("Compare 1 and 2")
        tab.page.get_by_role("button", name=CHIPS[0]).wait_for()
        assert tab.page.locator("#ct-chat .user-row").count() == 1
        assert tab.page.input_value("#ct-box textarea") == "Compare 1 and 2"
        tab.page.get_by_role("button", name="Send").click()
        tab.sees("the dress costs less")


@pytest.mark.parametrize(("width", "height"), [(390, 844), (820, 1180), (1440, 900)])
@pytest.mark.parametrize("dark", [False, True])
def test_nothing_overflows_and_the_box_is_in_sight(
    browser: Browser, url: str, width: int, height: int, dark: bool
) -> None:
    with opened(browser, url, width, height, dark=dark) as tab:
        assert not tab.overflows()
        tab.say("What would suit her for the summer?")
        tab.page.get_by_role("button", name=CHIPS[0]).wait_for()  # the answer is whole
        tab.say("Compare 1 and 2")
        tab.sees("the dress costs less")
        assert not tab.overflows()
        box = tab.page.locator("#ct-send").bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= height
        assert tab.strangers() == []


def test_what_a_person_or_a_catalogue_writes_is_never_markup(browser: Browser, url: str) -> None:
    hostile = "<img src=x onerror=document.title='owned'> ![x](http://evil.invalid/?q=1) http://evil.invalid/2 ${1+1}"
    with opened(browser, url) as tab:
        tab.say(hostile)
        tab.page.locator(".ct-card").first.wait_for()
        tab.sees("onerror=document.title")
        assert tab.page.title() == FakeRoom.title
        assert tab.page.locator("#ct-chat a").count() == 0
        assert tab.strangers() == []
