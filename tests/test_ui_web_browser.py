"""The frame of the page in a real browser: rooms, address, languages, other people's threads, accessibility."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from tests.page_world import USERS, open_house
from tests.pages import CHROMIUM, SIZES, Tab, chromium, opened, running
from ui.web.house import House

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"no browser at {CHROMIUM}"),
]
GRAVE = ("serious", "critical")
ROLES = ("ada", "claire", "manon")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with open_house(tmp_path_factory.mktemp("house") / "boutique") as opened_house:
        yield opened_house


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running_browser:
        yield running_browser


@pytest.fixture(scope="module")
def address(house: House) -> Iterator[str]:
    with running(house) as served:
        yield served


def every_room(tab: Tab, user: str) -> Iterator[str]:
    """Go through all rooms of a user: those of the book, then those about a client."""
    for name in tab.rooms():
        tab.go(name)
        yield name
    if USERS[user].role != "shopper":
        tab.about("c1")
        for name in dict.fromkeys(tab.page.eval_on_selector_all(
            ".ct-header-client [data-tab]", "tabs => tabs.map(tab => tab.dataset.tab)"
        )):  # fmt: skip
            tab.go(name)
            yield name


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("user", ROLES)
def test_no_room_scrolls_sideways_and_nothing_is_asked_of_another_host(
    browser: Browser, address: str, user: str, size: str
) -> None:
    with opened(browser, address, user, size) as tab:
        tab.shows("stage")
        wide = []
        for name in every_room(tab, user):
            tab.keep(f"{user}-{name}-{size}")
            if tab.overflows():
                wide.append(name)
        tab.shows("talk")
        box = tab.page.locator("#ct-send").bounding_box()
        assert wide == []
        assert box is not None
        assert box["y"] + box["height"] <= SIZES[size][1]
        assert tab.strangers() == []
        assert tab.errors == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("user", ROLES)
def test_axe_finds_nothing_serious_in_any_room(browser: Browser, address: str, user: str, dark: bool) -> None:
    with opened(browser, address, user, dark=dark) as tab:
        found = [f"{name}: {fault}" for name in every_room(tab, user) for fault in faults(tab)]
        tab.say("What would suit me?" if user == "ada" else "What would suit them?")
        tab.keep(f"{user}-talk-{'dark' if dark else 'light'}")
        found += [f"conversation: {fault}" for fault in faults(tab)]
        assert found == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_nothing_serious_at_the_door(browser: Browser, address: str, dark: bool) -> None:
    with browser.new_context(color_scheme="dark" if dark else "light") as window:
        tab = Tab(window.new_page())
        tab.page.goto(f"{address}/login")
        tab.keep(f"door-{'dark' if dark else 'light'}")
        assert faults(tab) == []


def faults(tab: Tab) -> list[str]:
    """What axe calls serious or critical, with the elements it means."""
    found = Axe().run(tab.page).response["violations"]
    return [
        f"{one['id']} {[(node['target'], node['failureSummary'][-160:]) for node in one['nodes'][:3]]}"
        for one in found
        if one["impact"] in GRAVE
    ]


def test_the_address_keeps_client_and_room_through_reload_and_back(browser: Browser, address: str) -> None:
    with opened(browser, address, "claire") as tab:
        page = tab.page
        tab.about("c1")
        tab.go("taste")
        assert "client=c1" in page.url
        assert "room=taste" in page.url
        tab.say("What would suit them?")
        page.locator("#ct-chat .ct-card").nth(2).wait_for()
        answer = page.locator("#ct-chat .ct-card .ct-title").all_inner_texts()
        page.reload()
        tab.is_ready()
        tab.enters("taste")
        assert page.locator(".ct-whom strong").inner_text() == "Ada Lund"
        page.locator("#ct-chat .ct-card").nth(2).wait_for()
        assert page.locator("#ct-chat .ct-card .ct-title").all_inner_texts() == answer  # the same conversation
        page.go_back()
        tab.enters("client")
        page.get_by_role("button", name="All clients").click()
        tab.enters("clients")
        expect(page.locator(".ct-header-client")).to_have_count(0)
        assert "client=" not in page.url


@pytest.mark.parametrize("user", ["", "ada"])
def test_a_visitor_who_reloads_finds_the_conversation_and_its_marks(browser: Browser, address: str, user: str) -> None:
    with opened(browser, address, user) as tab:
        tab.say("What would suit me?")
        heart = "[data-mark=wishlist]"
        tab.page.locator(f"#ct-stage-body {heart}").first.click()
        expect(tab.page.locator(f"#ct-chat {heart}").first).to_have_attribute("aria-pressed", "true")
        tab.page.locator(f"#ct-chat {heart}").nth(1).click()
        expect(tab.page.locator(f"#ct-stage-body {heart}").nth(1)).to_have_attribute("aria-pressed", "true")
        tab.page.reload()
        tab.is_ready()
        expect(tab.page.locator(f"#ct-chat {heart}").first).to_have_attribute("aria-pressed", "true")
        expect(tab.page.locator("#ct-stage-body .ct-card")).to_have_count(3)


def test_starting_anew_leaves_the_old_conversation_behind(browser: Browser, address: str) -> None:
    with opened(browser, address, "ada") as tab:
        tab.say("What would suit me?")
        tab.page.locator("#ct-chat .ct-card").first.wait_for()
        tab.page.get_by_role("button", name="Start anew").click()
        expect(tab.page.locator("#ct-chat .ct-card")).to_have_count(0)
        expect(tab.page.locator("#ct-chat .option").first).to_be_visible()


def test_another_persons_thread_is_refused(browser: Browser, address: str, house: House) -> None:
    theirs = house.talks.open(USERS["bo"], "c2")
    list(theirs.answer("Remember that my secret colour is chartreuse"))
    with opened(browser, address, "ada") as tab:
        asked = "key => fetch('/room/shelf', { headers: { 'X-Talk': key } }).then(answer => answer.status)"
        assert tab.page.evaluate(asked, theirs.key) == 404
        assert tab.page.evaluate(asked, tab.page.evaluate("room.key")) == 200
        tab.page.evaluate(
            "key => sessionStorage.setItem('ct-keys', JSON.stringify({ '': key, c1: key, c2: key }))", theirs.key
        )
        tab.page.reload()
        tab.is_ready()
        tab.sees("Welcome, Ada Lund")
        assert "chartreuse" not in tab.page.content()
        assert tab.page.evaluate("room.key") != theirs.key


def test_a_room_that_is_not_of_the_role_is_refused(browser: Browser, address: str) -> None:
    with opened(browser, address, "ada") as tab:
        for path in ("/room/dashboard", "/room/clients", "/associate/", "/manager/"):
            assert tab.page.evaluate("path => fetch(path).then(answer => answer.status)", path) == 403


def test_the_page_speaks_the_language_that_is_chosen(browser: Browser, address: str) -> None:
    with opened(browser, address, "claire", locale="fr-FR") as tab:
        expect(tab.page.locator("html")).to_have_attribute("lang", "fr")
        tab.page.locator("select[name=language]").select_option("de")
        tab.is_ready()
        expect(tab.page.locator("html")).to_have_attribute("lang", "de")
        assert tab.page.locator("#ct-send").inner_text() == "Senden"


def test_the_keyboard_reaches_rooms_and_conversation(browser: Browser, address: str) -> None:
    with opened(browser, address, "claire") as tab:
        page = tab.page
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "ct-skip"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "ct-stage-body"
        tabs = page.locator(".ct-rooms [data-tab=pieces]")
        tabs.focus()
        page.keyboard.press("Enter")
        tab.enters("pieces")
        assert page.evaluate("document.activeElement.dataset.tab") == "pieces"  # the keyboard stays where it was


def test_the_conversation_can_be_folded_away(browser: Browser, address: str) -> None:
    with opened(browser, address, "claire") as tab:
        tab.page.get_by_role("button", name="Hide").click()
        expect(tab.page.locator("#ct-talk")).to_be_hidden()
        tab.page.get_by_role("button", name="Conversation").click()
        expect(tab.page.locator("#ct-talk")).to_be_visible()


def test_what_is_said_is_never_markup(browser: Browser, address: str) -> None:
    hostile = "<img src=x onerror=document.title='owned'> ![x](http://evil.invalid/?q=1) http://evil.invalid/2 ${1+1}"
    with opened(browser, address, "ada") as tab:
        tab.say(hostile)
        tab.sees("onerror=document.title")
        assert "owned" not in tab.page.title().replace(hostile, "")
        assert tab.page.locator("#ct-chat a").count() == 0
        assert tab.strangers() == []


def test_a_message_that_is_too_long_is_refused_and_kept(browser: Browser, address: str) -> None:
    with opened(browser, address, "ada") as tab:
        tab.say("x" * 4_001)
        tab.sees("4,001 characters")
        assert len(tab.page.input_value("#ct-box textarea")) == 4_001
