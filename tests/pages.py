"""The page in a real browser: a running server, and a tab that notes every request it makes."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, sync_playwright

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

    def say(self, text: str) -> None:
        self.page.fill("#ct-box textarea", text)
        self.page.keyboard.press("Enter")

    def sees(self, text: str) -> None:
        self.page.get_by_text(text).first.wait_for(timeout=15_000)

    def strangers(self) -> list[str]:
        """Return the requests that went to another host."""
        own = {"127.0.0.1", "localhost", ""}
        return [one for one in self.requests if urlsplit(one).scheme != "data" and urlsplit(one).hostname not in own]

    def overflows(self) -> bool:
        """Return whether the page is wider than its window."""
        return bool(self.page.evaluate("document.documentElement.scrollWidth > window.innerWidth"))


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
    browser: Browser, address: str, user: str = "", width: int = 1440, height: int = 900, *, dark: bool = False
) -> Iterator[Tab]:
    """Open the page in a tab of its own, logged in as a user or as a guest, and wait until its conversation began."""
    scheme: Literal["dark", "light"] = "dark" if dark else "light"
    with browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme) as context:
        tab = Tab(context.new_page())
        tab.page.on("request", lambda request: tab.requests.append(request.url))
        tab.page.on("pageerror", lambda error: tab.errors.append(str(error)))
        tab.page.goto(f"{address}/login")
        if user:
            tab.page.fill("input[name=name]", user)
            tab.page.fill("input[name=password]", PASSWORD)
            tab.page.click("form[action='/login'] button")
        else:
            tab.page.click("form[action='/guest'] button")
        tab.page.locator("#ct-chat .option").first.wait_for(timeout=30_000)
        yield tab
