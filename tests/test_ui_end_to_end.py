"""The whole product in a real browser: the demo boutique, the agent with its planner, the main path of each role."""

import datetime as dt
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from agent.assistant import Assistant
from agent.context import Actor
from agent.settings import Settings
from tests.pages import CHROMIUM, PASSWORD, chromium, opened, running
from ui.web.attempts import Attempts
from ui.web.house import House

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"no browser at {CHROMIUM}"),
]
USERS = {
    "claire": Actor("a01", "associate"),
    "leonor": Actor("c001", "shopper"),
    "manager": Actor("m01", "manager"),
}
USABLE_S = 3.0


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running_browser:
        yield running_browser


@pytest.fixture(scope="module")
def address(demo_boutique: Path) -> Iterator[str]:
    assistant = Assistant.open(Settings(boutique=demo_boutique, chat_model="none"), "Maison Orvane")
    house = House(assistant, attempts=Attempts(a_minute=60_000))
    for name, actor in USERS.items():
        house.users.add(name, PASSWORD, actor, now=dt.datetime.now(dt.UTC))
    with running(house) as served:
        yield served
    assistant.close()


def test_a_guest_gets_a_reasoned_suggestion_in_one_message(browser: Browser, address: str) -> None:
    with opened(browser, address) as tab:
        tab.say("a bag for the evening")
        cards = tab.page.locator("#ct-chat .ct-card")
        cards.nth(2).wait_for()
        assert all(reason.strip() for reason in tab.page.locator("#ct-chat .ct-reason").all_inner_texts())
        assert cards.first.locator(".ct-price").inner_text().startswith("€")
        tab.keep("guest-suggestion")
        assert tab.errors == []
        assert tab.strangers() == []


def test_a_shopper_moves_a_slider_and_takes_it_back(browser: Browser, address: str) -> None:
    with opened(browser, address, "leonor") as tab:
        page = tab.page
        tab.say("What would suit me?")
        titles = page.locator("#ct-stage-body .ct-card .ct-title")
        titles.nth(2).wait_for()
        before = titles.all_inner_texts()
        slider = page.locator("#ct-stage-body input[type=range]").first
        slider.focus()
        for _ in range(6):
            page.keyboard.press("ArrowRight")
        page.wait_for_function(MOVED, arg=before)
        tab.keep("shopper-slider")
        page.get_by_role("button", name="Undo").click()
        expect(titles).to_have_text(before, timeout=15_000)
        assert tab.errors == []


MOVED = """before => {
    const now = [...document.querySelectorAll("#ct-stage-body .ct-card .ct-title")].map(one => one.innerText);
    return now.length > 0 && JSON.stringify(now) !== JSON.stringify(before);
}"""


def test_an_associate_finds_a_client_sees_the_taste_and_approves_a_draft(browser: Browser, address: str) -> None:
    begun = time.monotonic()
    with opened(browser, address, "claire") as tab:
        page = tab.page
        tab.go("clients")
        page.locator("#ct-stage-body input[type=search], #ct-stage-body input[name=words]").first.fill("Beatrice")
        page.locator("#ct-stage-body [data-open]", has_text="Beatrice").first.click()
        tab.enters("client")
        assert page.locator(".ct-whom strong").inner_text() == "Beatrice Altoviti"
        tab.go("taste")
        page.locator("#ct-stage-body svg").first.wait_for()
        tab.keep("associate-taste")
        tab.go("messages")
        stage = page.locator("#ct-stage-body")
        stage.get_by_role("button", name="Draft").first.click()
        stage.locator(".ct-letter").wait_for(timeout=30_000)
        took = time.monotonic() - begun
        tab.keep("associate-draft")
        stage.get_by_role("button", name="Send").click()
        stage.get_by_role("button", name="Approve").click()
        stage.get_by_role("button", name="Approve").wait_for(state="detached")
        tab.go("outbox")
        tab.sees("Beatrice Altoviti")
        assert took < 60
        assert tab.errors == []
        assert tab.strangers() == []


def test_a_manager_sees_the_dashboard_and_how_a_turn_came_about(browser: Browser, address: str) -> None:
    with opened(browser, address, "manager") as tab:
        tab.sees("pieces suggested")
        tab.about("c001")
        tab.say("What would suit them?")
        tab.go("developer")
        tab.sees("How the turn came about")
        tab.keep("manager-developer")
        assert tab.errors == []


def test_the_first_page_is_usable_in_time(browser: Browser, address: str) -> None:
    took = []
    for _ in range(3):
        with browser.new_context() as window:
            page = window.new_page()
            page.goto(f"{address}/login")
            begun = time.monotonic()
            page.click("form[action='/guest'] button")
            page.locator("#ct-chat .option").first.wait_for()
            took.append(time.monotonic() - begun)
    assert min(took) < USABLE_S, took
