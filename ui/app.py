"""The page: client picker, client panel and chat in Gradio. Maps events to messages and holds no logic of its own.

State lives on the server, in the room and in `Desk`, behind each conversation's random key; the browser's session
holds that key alone. The page asks nothing of any host but its own: system fonts, drawn pictures, and a
Content-Security-Policy that keeps text from reaching out.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from typing import Any

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")  # read when gradio is imported

import click
import gradio as gr
from gradio.components.chatbot import Message
from starlette.middleware import Middleware

from ui.cards import header_html, profile_html
from ui.desk import Desk
from ui.headers import PageHeaders
from ui.messages import to_messages
from ui.ports import require_free_port
from ui.room import Room
from ui.theme import boutique_theme
from ui.turn import Words, paced

PLACEHOLDER = "Ask, search, or refine"
MAX_WAITING = 64  # turns queued before newcomers are told that the page is busy
AT_ONCE = 4  # turns answered at the same time
PACE_S = 0.08  # text that only grows is sent on at most this often


@dataclass(frozen=True)
class _Controls:
    key: gr.State
    picker: gr.Dropdown
    panel: gr.HTML
    fresh: gr.Button
    chat: gr.Chatbot
    box: gr.Textbox
    send: gr.Button


def build_app(room: Room) -> gr.Blocks:
    """Lay out the page over `room` and connect its controls."""
    page = gr.Blocks(title=room.title, analytics_enabled=False, fill_width=True)
    with page:
        gr.HTML(header_html(room.title, room.backend), elem_id="ct-head", js_on_load=None)
        key = gr.State("")
        with gr.Row(elem_id="ct-room"):
            with gr.Column(elem_id="ct-side", scale=0, min_width=300):
                picker, panel, fresh = _side(room.clients())
            with gr.Column(elem_id="ct-talk", scale=1, min_width=320):
                chat, box, send = _talk()
        _connect(page, Desk(room), _Controls(key, picker, panel, fresh, chat, box, send))
    page.queue(max_size=MAX_WAITING, default_concurrency_limit=AT_ONCE, api_open=False)
    return page


def _side(clients: list[tuple[str, str]]) -> tuple[gr.Dropdown, gr.HTML, gr.Button]:
    first = clients[0][1] if clients else None
    picker = gr.Dropdown(clients, value=first, label="Client", filterable=True, elem_id="ct-picker")
    panel = gr.HTML(elem_id="ct-panel", js_on_load=None)
    return picker, panel, gr.Button("New conversation", size="sm", elem_id="ct-new")


def _talk() -> tuple[gr.Chatbot, gr.Textbox, gr.Button]:
    chat = gr.Chatbot(
        elem_id="ct-chat",
        show_label=False,
        container=False,
        height="100%",
        layout="bubble",
        buttons=[],
        feedback_options=None,
        sanitize_html=True,
        allow_tags=False,
        allow_file_downloads=False,
        latex_delimiters=[],
        placeholder="Choose a client to begin.",
    )
    with gr.Row(elem_id="ct-ask"):
        box = gr.Textbox(
            placeholder=PLACEHOLDER,
            label="Message",
            show_label=False,
            container=False,
            max_lines=6,
            elem_id="ct-box",
            scale=1,
            autofocus=True,
        )
        send = gr.Button("Send", variant="primary", elem_id="ct-send", scale=0, min_width=88)
    return chat, box, send


def _connect(page: gr.Blocks, desk: Desk, on: _Controls) -> None:
    def begin(client_id: str | None, key: str) -> tuple[str, str, list[Message], str]:
        shown = desk.begin(client_id, instead_of=key)
        profile = profile_html(shown.profile) if shown.profile else ""
        return shown.key, profile, to_messages(shown.blocks), ""

    def typed(key: str, message: str) -> Iterator[tuple[list[Message], Any]]:
        for blocks in paced(desk.answer(key, message), PACE_S):
            # Emptied once, when the message was taken: a refused one, and what is typed meanwhile, must stay.
            taken = isinstance(blocks[-1], Words) and blocks[-1].by_client
            yield to_messages(blocks), "" if taken else gr.skip()

    def chosen(key: str, choice: gr.SelectData) -> Iterator[list[Message]]:
        for blocks in paced(desk.answer(key, str(choice.value)), PACE_S):
            yield to_messages(blocks)

    quiet: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
    # Every press arrives: the desk answers one message at a time, and says so of the others.
    every: dict[str, Any] = {**quiet, "trigger_mode": "multiple"}
    gr.on([on.box.submit, on.send.click], typed, [on.key, on.box], [on.chat, on.box], **every)
    on.chat.option_select(chosen, [on.key], [on.chat], **every)
    # A click selects the name shown, so that typing searches instead of editing it.
    on.picker.focus(None, js="() => document.querySelector('#ct-picker input').select()", **quiet)
    begun = gr.on(
        [page.load, on.picker.input, on.fresh.click],
        begin,
        [on.picker, on.key],
        [on.key, on.panel, on.chat, on.box],
        **quiet,
    )
    # Shown once more: the last words of an answer to the conversation just left may have arrived in between.
    begun.then(lambda key: to_messages(desk.blocks(key)), [on.key], [on.chat], **quiet)


def launch(
    room: Room, *, host: str = "127.0.0.1", port: int = 7860, open_browser: bool = False, wait: bool = True
) -> gr.Blocks:
    """Serve the page.

    Args:
        wait: Say where the page is and stay until interrupted; False returns at once, and `close()` of what is
            returned ends it.

    Raises:
        InputError: If the port is taken.
    """
    require_free_port(host, port)
    page = build_app(room)
    page.launch(
        server_name=host,
        server_port=port,
        inbrowser=open_browser,
        prevent_thread_lock=True,
        share=False,
        show_error=False,
        quiet=True,
        run_history=False,
        enable_monitoring=False,
        footer_links=[],
        mcp_server=False,
        ssr_mode=False,
        pwa=False,
        max_file_size=1,
        theme=boutique_theme(),
        css=_styles(),
        app_kwargs={"middleware": [Middleware(PageHeaders)], "openapi_url": None, "docs_url": None, "redoc_url": None},
    )
    if wait:
        click.echo(f"{room.title}: http://{host}:{port} (Ctrl+C to stop)", err=True)
        page.block_thread()
    return page


def _styles() -> str:
    sheets = sorted(resources.files("ui").joinpath("styles").iterdir(), key=lambda sheet: sheet.name)
    return "\n".join(sheet.read_text(encoding="utf-8") for sheet in sheets if sheet.name.endswith(".css"))
