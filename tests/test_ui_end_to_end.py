"""The whole product in a real browser: the demo boutique, the agent with its planner, the page."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from agent.settings import Settings
from tests.pages import CHROMIUM, chromium, opened, running
from ui.staff_room import StaffRoom

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"no browser at {CHROMIUM}"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running_browser:
        yield running_browser


@pytest.fixture(scope="module")
def url(demo_boutique: Path) -> Iterator[str]:
    settings = Settings(boutique=demo_boutique, chat_model="none")
    with StaffRoom.open(settings, "Maison Orvane") as room, running(room) as address:
        yield address


def test_a_request_shows_reasoned_cards_and_a_chip_moves_them(browser: Browser, url: str) -> None:
    with opened(browser, url) as tab:
        page = tab.page
        tab.say("what would suit them?")
        tab.sees("Each card says why")
        first = page.locator(".ct-card .ct-title").all_inner_texts()
        assert len(first) == 3
        reasons = page.locator(".ct-reason").all_inner_texts()
        assert len(reasons) == 3
        assert all(reason.strip() for reason in reasons)
        assert all(price.startswith("€") for price in page.locator(".ct-card .ct-price").all_inner_texts())
        tab.sees("No language model is set")
        page.locator("#ct-chat .option", has_text="Something cheaper").last.click()
        tab.sees("below €")
        assert page.locator(".ct-card .ct-title").count() == 6
        assert not set(first) & set(page.locator(".ct-card .ct-title").all_inner_texts()[3:])
        assert tab.errors == []
        assert tab.strangers() == []


def test_reason_comparison_and_profile_on_a_phone(browser: Browser, url: str) -> None:
    with opened(browser, url, 390, 844) as tab:
        tab.say("what would suit them?")
        tab.sees("Each card says why")
        tab.say("why the first one?")
        tab.sees("This was tested")
        tab.say("compare 1 and 2")
        tab.sees("Side by side")
        tab.say("what do we know of them?")
        tab.sees("has kept")
        assert not tab.overflows()
        assert tab.strangers() == []
