"""The page of a role in Gradio: rooms on one side, the conversation on the other. Holds no logic of its own.

State lives on the server, in `Talks`, behind each conversation's random key; the browser holds that key alone, and
every use of it is checked against the session. The rooms are fragments of our own routes, put in their place by htmx.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from typing import Any

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")  # read when gradio is imported

import gradio as gr
from gradio.components.chatbot import Message

from agent.context import Role
from agent.records.web_sessions import WebSession
from recsys.errors import ClientellerError
from ui.turn import Remark, Words, paced
from ui.web.house import House
from ui.web.messages import to_messages
from ui.web.navigation import FIRST, tabs_of
from ui.web.templating import markup

PLACEHOLDER = "Ask, search, or refine"
NOBODY = "There is no client to choose from yet: ingest a boutique first."
MAX_WAITING = 64  # turns queued before newcomers are told that the page is busy
AT_ONCE = 8  # turns answered at the same time
PACE_S = 0.08  # text that only grows is sent on at most this often
HEAD = '<script src="/static/htmx.min.js"></script><script src="/static/room.js"></script>'


@dataclass(frozen=True)
class _Controls:
    key: gr.Textbox  # the conversation on show; ours to check, so it may lie in the browser
    wanted: gr.Textbox  # the client whom the page asks for
    open: gr.Button
    refresh: gr.Button
    chat: gr.Chatbot
    box: gr.Textbox
    send: gr.Button
    fresh: gr.Button


def build_page(house: House, role: Role) -> gr.Blocks:
    """Lay out the page of a role and connect its controls."""
    page = gr.Blocks(title=house.assistant.name, analytics_enabled=False, fill_width=True)
    book, about = tabs_of(role)
    frame = {"role": role, "title": house.assistant.name, "book": book, "about": about, "first": FIRST[role]}
    with page:
        gr.HTML(markup("en", "header.html", **frame), elem_id="ct-head", js_on_load=None)
        with gr.Row(elem_id="ct-room"):
            with gr.Column(elem_id="ct-stage", scale=1, min_width=320):
                gr.HTML(markup("en", "stage.html", **frame), elem_id="ct-stage-html", js_on_load=None)
            with gr.Column(elem_id="ct-talk", scale=0, min_width=320):
                controls = _talk()
        _connect(page, house, controls)
    page.queue(max_size=MAX_WAITING, default_concurrency_limit=AT_ONCE, api_open=False)
    return page


def _talk() -> _Controls:
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
        placeholder="",
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
        )
        send = gr.Button("Send", variant="primary", elem_id="ct-send", scale=0, min_width=88)
    with gr.Row(elem_id="ct-hidden"):
        key, wanted = (gr.Textbox(elem_id=name, show_label=False) for name in ("ct-key", "ct-wanted"))
        wire = [gr.Button(name, elem_id=name) for name in ("ct-open", "ct-refresh", "ct-fresh")]
    return _Controls(key, wanted, wire[0], wire[1], chat, box, send, wire[2])


def _connect(page: gr.Blocks, house: House, on: _Controls) -> None:
    def begin(wanted: str, request: gr.Request) -> tuple[str, list[Message]]:
        session = _session(house, request)
        try:
            talk = house.talks.open(session.actor, _whom(session, wanted))
        except ClientellerError as error:
            return "", to_messages([Remark(str(error))])
        return talk.key, to_messages(talk.blocks)

    def load(key: str, request: gr.Request) -> list[Message]:
        return to_messages(house.talks.find(_session(house, request).actor, key).blocks)

    def typed(key: str, message: str, request: gr.Request) -> Iterator[tuple[list[Message], Any]]:
        for blocks in _answer(house, request, key, message):
            # Emptied once, when the message was taken: a refused one, and what is typed meanwhile, must stay.
            taken = isinstance(blocks[-1], Words) and blocks[-1].by_client
            yield to_messages(blocks), "" if taken else gr.skip()

    def chosen(key: str, choice: gr.SelectData, request: gr.Request) -> Iterator[list[Message]]:
        for blocks in _answer(house, request, key, str(choice.value)):
            yield to_messages(blocks)

    quiet: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
    # Every press arrives: a conversation answers one message at a time, and says so of the others.
    every: dict[str, Any] = {**quiet, "trigger_mode": "multiple"}
    told: dict[str, Any] = {"api_visibility": "private", "fn": None, "js": "() => room.turned()"}
    gr.on([on.box.submit, on.send.click], typed, [on.key, on.box], [on.chat, on.box], **every).then(**told)
    on.chat.option_select(chosen, [on.key], [on.chat], **every).then(**told)
    begun = gr.on([page.load, on.open.click, on.fresh.click], begin, [on.wanted], [on.key, on.chat], **quiet)
    begun.then(fn=None, inputs=[on.key, on.wanted], js="(key, wanted) => room.opened(key, wanted)", **_private())
    on.refresh.click(load, [on.key], [on.chat], **every)


def _private() -> dict[str, Any]:
    return {"api_visibility": "private"}


def _answer(house: House, request: gr.Request, key: str, message: str) -> Iterator[Any]:
    session = _session(house, request)
    try:
        talk = house.talks.find(session.actor, key)
        house.quota.message(session.session_id)
    except ClientellerError as error:
        yield (Remark(str(error)),)
        return
    yield from paced(talk.answer(message), PACE_S)


def _session(house: House, request: gr.Request) -> WebSession:
    """Return whose event it is; the session is looked up anew, so that one that has ended answers nothing."""
    session = house.sessions.by_id(str(request.username), now=house.clock())
    if session is None:
        raise gr.Error("Your session has ended: log in again.", print_exception=False)
    return session


def _whom(session: WebSession, wanted: str) -> str | None:
    """Return whom a conversation is about: a shopper only themselves; the staff a client, or the whole book."""
    if session.actor.role == "shopper":
        return session.actor.actor_id
    return wanted or None


def styles() -> str:
    """Return the page's style sheets in their order."""
    sheets = sorted(resources.files("ui").joinpath("styles").iterdir(), key=lambda sheet: sheet.name)
    return "\n".join(sheet.read_text(encoding="utf-8") for sheet in sheets if sheet.name.endswith(".css"))
