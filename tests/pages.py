"""The page in a real browser: a running server, and a tab that notes every request it makes."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from argon2 import PasswordHasher
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.surface_world import serving
from ui.web.house import House
from ui.web.site import build_site

CHROMIUM = Path("/usr/bin/chromium")
SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
PASSWORD = "correct horse battery"
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)  # nobody guesses passwords in these worlds
SIZES = {"phone": (390, 844), "tablet": (820, 1180), "desk": (1440, 900)}
PICTURES = os.environ.get("CLIENTELLER_SCREENSHOTS")
"""A folder that keeps what the tests saw; without one nothing is kept."""


_TURNED = """() => {
    window.turned = new Promise(done => document.body.addEventListener("room:turned", done, { once: true }));
}"""


@contextmanager
def running(house: House) -> Iterator[str]:
    """Serve the page while the block runs; gives its address."""
    with serving(build_site(house)) as address:
        yield address


@dataclass
class Tab:
    """A browser tab on the page, and what it did."""

    page: Page
    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)

    def log_in(self, address: str, user: str = "") -> None:
        """Come in as a user, or as a guest, and wait until the conversation began and the first room is there."""
        self.page.goto(f"{address}/login")
        if user:
            self.page.fill("input[name=name]", user)
            self.page.fill("input[name=password]", PASSWORD)
            self.page.click("form[action='/login'] button")
        else:
            self.page.click("form[action='/guest'] button")
        self.is_ready()

    def is_ready(self) -> None:
        """Wait until a conversation and a room are on show."""
        self.page.locator("#ct-chat .option").first.wait_for(state="attached", timeout=30_000)
        self.page.locator("#ct-stage-body h2").first.wait_for(state="attached", timeout=30_000)

    def say(self, text: str) -> None:
        """Say something, and wait until the answer is whole."""
        self.shows("talk")
        self.page.evaluate(_TURNED)
        self.page.fill("#ct-box textarea", text)
        self.page.keyboard.press("Enter")
        self.page.evaluate("() => window.turned")

    def shows(self, what: Literal["talk", "stage"]) -> None:
        """Turn to the conversation or to the room, where only one fits."""
        switch = self.page.locator(f"[data-show={what}]")
        if switch.is_visible():
            switch.click()

    def about(self, client_id: str) -> None:
        """Open a client's conversation."""
        self.page.evaluate("client => room.open(client)", client_id)
        self.page.locator(".ct-header-client").wait_for()
        self.enters("client")

    def go(self, name: str) -> None:
        """Press a room's tab."""
        self.page.locator(f".ct-rooms [data-tab={name}]").click()
        self.enters(name)

    def enters(self, name: str) -> None:
        """Wait until a room is on show and at rest."""
        tab = self.page.locator(f".ct-rooms [data-tab={name}]")
        expect(tab).to_have_attribute("aria-current", "page", timeout=15_000)
        self.page.wait_for_function("!('working' in document.body.dataset)")

    def rooms(self) -> list[str]:
        """Return the rooms that have a tab now."""
        names: list[str] = self.page.eval_on_selector_all(
            ".ct-rooms [data-tab]", "all => all.map(tab => tab.dataset.tab)"
        )
        return names

    def sees(self, text: str) -> None:
        """Wait until a text is to be seen."""
        self.page.get_by_text(text).first.wait_for(timeout=15_000)

    def strangers(self) -> list[str]:
        """Return the requests that went to another host."""
        own = {"127.0.0.1", "localhost", ""}
        return [
            one for one in self.requests if urlsplit(one).scheme not in ("data", "blob")
            and urlsplit(one).hostname not in own
        ]  # fmt: skip

    def overflows(self) -> bool:
        """Return whether the page is wider than its window."""
        return bool(self.page.evaluate("document.documentElement.scrollWidth > window.innerWidth"))

    def keep(self, name: str) -> None:
        """Keep a picture of what is to be seen, where pictures are wanted."""
        if PICTURES:
            Path(PICTURES).mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=Path(PICTURES) / f"{name}.png")


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run the browser while the block runs."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=SWITCHES)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def opened(
    browser: Browser, address: str, user: str = "", size: str = "desk", *, dark: bool = False, **context: Any
) -> Iterator[Tab]:
    """Open the page in a tab of its own, logged in as a user or as a guest, and wait until its conversation began."""
    width, height = SIZES[size]
    scheme: Literal["dark", "light"] = "dark" if dark else "light"
    with browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme, **context) as window:
        tab = Tab(window.new_page())
        tab.page.on("request", lambda request: tab.requests.append(request.url))
        tab.page.on("pageerror", lambda error: tab.errors.append(str(error)))
        tab.page.on("dialog", lambda dialog: (tab.dialogs.append(dialog.message), dialog.dismiss()))
        tab.log_in(address, user)
        yield tab
