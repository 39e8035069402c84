"""How long the first page takes in a real browser, where there is one: from the door until one can type."""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence
from importlib.util import find_spec

from agent.context import Role
from recsys.errors import ClientellerError
from ui.load_site import Login

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
WAIT_MS = 30_000
_USABLE = "#ct-box textarea:enabled"
_GREETED = "#ct-chat .message"


class NoBrowser(ClientellerError):
    """There is no browser to measure with."""


def first_pages(address: str, logins: Sequence[Login]) -> dict[Role, float]:
    """Return the seconds for each role, each in a browser that has seen nothing yet.

    Raises:
        NoBrowser: If there is none, or it did not get to the page; the message says which.
    """
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None or find_spec("playwright") is None:
        raise NoBrowser("no browser to measure the first page with: install chromium and the package playwright")
    from playwright.sync_api import Error, sync_playwright  # a tool of development, seldom there

    found: dict[Role, float] = {}
    with sync_playwright() as tools:
        browser = tools.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        try:
            for login in logins:
                page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
                page.goto(f"{address}/login", timeout=WAIT_MS)
                page.fill("input[name=name]", login.name)
                page.fill("input[name=password]", login.password)
                began = time.perf_counter()
                page.press("input[name=password]", "Enter")
                page.locator(_GREETED).first.wait_for(timeout=WAIT_MS)
                page.locator(_USABLE).wait_for(timeout=WAIT_MS)
                found[login.role] = time.perf_counter() - began
        except Error as error:
            raise NoBrowser(f"the browser did not get to the page: {str(error).splitlines()[0]}") from error
        finally:
            browser.close()
    return found
