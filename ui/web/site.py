"""The web application: log-in, rooms and pictures behind the gate, and the page of each role in Gradio."""

from __future__ import annotations

from importlib import resources

import click
import gradio as gr
from fastapi import Depends, FastAPI, Request
from fastapi.staticfiles import StaticFiles

from ui.ports import require_free_port
from ui.rest.mounting import FOLDER, rest_beside
from ui.rest.running import run
from ui.web import doors, problems, rules
from ui.web.gate import Gate
from ui.web.house import House
from ui.web.page import HEAD, build_page
from ui.web.rooms import (
    account,
    client,
    clients,
    dashboard,
    developer,
    follow_ups,
    frame,
    look_books,
    messages,
    outbox,
    pictures,
    pieces,
    saved,
    shelf,
    taste,
    today,
)
from ui.web.theme import boutique_theme

ROOMS = (
    account, client, clients, dashboard, developer, follow_ups, frame, look_books, messages, outbox, pictures, pieces,
    saved, shelf, taste, today,
)  # fmt: skip


def build_rooms(house: House) -> FastAPI:
    """Return the application over a house: doors, rooms and pictures behind the gate, without the Gradio pages."""
    rest, life = rest_beside(house.assistant, house.clock)
    site = FastAPI(
        title=house.assistant.name,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        dependencies=[Depends(rules.authorise)],
        redirect_slashes=False,
        lifespan=life,
    )
    site.state.house = house
    site.state.rules = {**doors.RULES, **{route: rule for room in ROOMS for route, rule in room.RULES.items()}}
    problems.install(site)
    for room in (doors, *ROOMS):
        site.include_router(room.router)
    site.mount("/static", StaticFiles(directory=str(resources.files("ui") / "web" / "static")), name="static")
    site.mount(FOLDER, rest, name="rest")
    site.add_middleware(Gate, house=house)
    return site


def build_site(house: House) -> FastAPI:
    """Return the whole application: the rooms, and the page of each role."""
    site = build_rooms(house)
    for path, role in rules.PAGES.items():
        gr.mount_gradio_app(
            site,
            build_page(house, role),
            path,
            auth_dependency=_session_id,
            show_error=False,
            run_history=False,
            enable_monitoring=False,
            footer_links=[],
            mcp_server=False,
            ssr_mode=False,
            pwa=False,
            max_file_size=1,
            theme=boutique_theme(),
            head=HEAD,
            app_kwargs={"openapi_url": None, "docs_url": None, "redoc_url": None},
        )
    return site


def _session_id(request: Request) -> str | None:
    """Tell Gradio whose request it is; every handler looks the session up again."""
    session = request.scope.get("state", {}).get("session")
    return session.session_id if session is not None else None


def launch(house: House, *, host: str = "127.0.0.1", port: int = 7860) -> None:
    """Serve the page until interrupted.

    Raises:
        InputError: If the port is taken.
    """
    require_free_port(host, port)
    site = build_site(house)
    click.echo(f"{house.assistant.name}: http://{host}:{port} (Ctrl+C to stop)", err=True)
    run(site, host, port)
