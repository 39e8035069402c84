"""The page of a role in Gradio: rooms on one side, the conversation on the other. Holds no logic of its own.

State lives on the server, in `Talks`, behind each conversation's random key; the browser holds that key alone, and
every use of it is checked against the session. The rooms are fragments of our own routes, put in their place by htmx.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from agent.translatable import _

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")  # read when gradio is imported
# Else Gradio summarises the last 10,000 events with pandas each time an event ends, for a page that nobody opens here.
os.environ.setdefault("GRADIO_ANALYTICS_CACHE_FREQUENCY", "1000000")
os.environ.setdefault("GRADIO_ANALYTICS_MAX_EVENTS", "100")

import gradio as gr
from gradio.components.chatbot import Message

from agent.context import Role
from agent.records.web_sessions import WebSession
from recsys.errors import ClientellerError
from ui.turn import Block, Remark, Words
from ui.web.house import House
from ui.web.languages import language_of, translations
from ui.web.messages import to_messages
from ui.web.navigation import FIRST
from ui.web.on_show import OnShow
from ui.web.problems import line_of
from ui.web.talks import Talk
from ui.web.templating import markup

MAX_WAITING = 64  # turns queued before newcomers are told that the page is busy
AT_ONCE = 8  # turns answered at the same time
HEAD = (
    '<link rel="stylesheet" href="/static/room.css">'
    '<script src="/static/htmx.min.js"></script><script src="/static/room.js"></script>'
)

# Gradio may be quicker than our script, which it puts into the page by script itself.
WANTED = "async () => { while (!window.room) await new Promise(go => setTimeout(go, 10)); return room.wanted(); }"


PLACEHOLDER, MESSAGE, SEND = _("Ask, search, or refine"), _("Message"), _("Send")


@dataclass(frozen=True)
class _Controls:
    key: gr.Textbox  # the conversation on show; ours to check, so it may lie in the browser
    client: gr.Textbox  # whom it is about
    open: gr.Button
    refresh: gr.Button
    chat: gr.Chatbot
    box: gr.Textbox
    send: gr.Button


def build_page(house: House, role: Role) -> gr.Blocks:
    """Lay out the page of a role and connect its controls."""
    page = gr.Blocks(title=house.assistant.name, analytics_enabled=False, fill_width=True)
    frame = {"role": role, "title": house.assistant.name, "first": FIRST[role]}
    with page:
        _ours("shell.html", "ct-head", **frame)
        with gr.Row(elem_id="ct-room"):
            with gr.Column(elem_id="ct-stage", scale=1, min_width=320):
                _ours("stage.html", "ct-stage-html")
            with gr.Column(elem_id="ct-talk", scale=0, min_width=320):
                _ours("talk_head.html", "ct-talk-top")
                controls = _talk()
        _ours("switch.html", "ct-switch-html")
        _connect(page, house, controls)
    page.queue(max_size=MAX_WAITING, default_concurrency_limit=AT_ONCE, api_open=False)
    return page


def _ours(template: str, elem_id: str, **values: str) -> None:
    # Put there once, in English; what people read comes with the header, in the language of each.
    gr.HTML(markup("en", template, **values), elem_id=elem_id, js_on_load=None, apply_default_css=False)


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
            label=MESSAGE,
            show_label=False,
            container=False,
            max_lines=6,
            elem_id="ct-box",
            scale=1,
        )
        send = gr.Button(SEND, variant="primary", elem_id="ct-send", scale=0, min_width=88)
    with gr.Row(elem_id="ct-hidden"):
        key, client = (gr.Textbox(elem_id=name, show_label=False) for name in ("ct-key", "ct-client"))
        wire = [gr.Button(name, elem_id=name) for name in ("ct-open", "ct-refresh")]
    return _Controls(key, client, wire[0], wire[1], chat, box, send)


def _connect(page: gr.Blocks, house: House, on: _Controls) -> None:
    on_show = OnShow()

    def begin(wanted: str, key: str, request: gr.Request) -> tuple[str, str, list[Message], Any, Any]:
        session, language = _session(house, request), _language(request)
        words = translations(language).gettext
        box = gr.update(placeholder=words(PLACEHOLDER), label=words(MESSAGE))
        send = gr.update(value=words(SEND))
        try:
            talk = _opened(house, session, wanted, key)
        except ClientellerError as error:
            return "", "", to_messages([Remark(line_of(error))], language), box, send
        on_show.put(str(request.session_hash), talk.key)
        # A shopper's is about nobody else, so the browser keeps its key under no name, and finds it when it comes back.
        about = "" if session.actor.role == "shopper" else talk.context.client_id or ""
        return talk.key, about, to_messages(talk.blocks, language), box, send

    def load(key: str, request: gr.Request) -> list[Message]:
        return to_messages(_blocks(house, request, key), _language(request))

    def answered(key: str, message: str, request: gr.Request) -> Iterator[tuple[Block, ...]]:
        # The turn goes on to its end when the page has gone over to another conversation, but is not shown there.
        for blocks in _answer(house, request, key, message):
            if on_show.shows(str(request.session_hash), key):
                yield blocks
        current = on_show.key(str(request.session_hash))
        if current is not None and current != key:
            yield _blocks(house, request, current)

    def typed(key: str, message: str, request: gr.Request) -> Iterator[tuple[list[Message], Any]]:
        for blocks in answered(key, message, request):
            # Emptied once, when the message was taken: a refused one, and what is typed meanwhile, must stay.
            last = blocks[-1] if blocks else None
            taken = isinstance(last, Words) and last.by_client
            yield to_messages(blocks, _language(request)), "" if taken else gr.skip()

    def chosen(key: str, choice: gr.SelectData, request: gr.Request) -> Iterator[list[Message]]:
        for blocks in answered(key, str(choice.value), request):
            yield to_messages(blocks, _language(request))

    quiet: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
    # Every press arrives: a conversation answers one message at a time, and says so of the others.
    every: dict[str, Any] = {**quiet, "trigger_mode": "multiple"}
    told: dict[str, Any] = {"api_visibility": "private", "fn": None, "js": "() => room.turned()"}
    gr.on([on.box.submit, on.send.click], typed, [on.key, on.box], [on.chat, on.box], **every).then(**told)
    on.chat.option_select(chosen, [on.key], [on.chat], **every).then(**told)
    opened: dict[str, Any] = {"js": WANTED, **quiet}
    shown = [on.key, on.client, on.chat, on.box, on.send]
    begun = gr.on([page.load, on.open.click], begin, [on.client, on.key], shown, **opened)
    begun.then(fn=None, inputs=[on.key, on.client], js="(key, client) => room.opened(key, client)", **_private())
    # Once more: the last words of an answer to the conversation just left may have arrived in between.
    drawn: dict[str, Any] = {"api_visibility": "private", "fn": None, "js": "() => room.drawn()"}
    begun.then(load, [on.key], [on.chat], **quiet).then(**drawn)
    on.refresh.click(load, [on.key], [on.chat], **every).then(**drawn)


def _private() -> dict[str, Any]:
    return {"api_visibility": "private"}


def _answer(house: House, request: gr.Request, key: str, message: str) -> Iterator[tuple[Block, ...]]:
    try:
        yield from house.answer(_session(house, request), key, message)
    except ClientellerError as error:
        yield (Remark(line_of(error)),)


def _blocks(house: House, request: gr.Request, key: str) -> tuple[Block, ...]:
    try:
        return house.talks.find(_session(house, request).actor, key).blocks
    except ClientellerError as error:
        return (Remark(line_of(error)),)


def _language(request: gr.Request) -> str:
    return language_of(request.request) if request.request is not None else "en"


def _session(house: House, request: gr.Request) -> WebSession:
    """Return whose event it is; the session is looked up anew, so that one that has ended answers nothing."""
    session = house.sessions.by_id(str(request.username), now=house.clock())
    if session is None:
        raise gr.Error("Your session has ended: log in again.", print_exception=False)
    return session


def _opened(house: House, session: WebSession, wanted: str, key: str) -> Talk:
    """Go on with the conversation that this browser tab had about a client, or begin one.

    A shopper's is about themselves; the staff's about a client, or about the whole book.
    """
    whom = session.actor.actor_id if session.actor.role == "shopper" else wanted or None
    if key:
        try:
            talk = house.talks.find(session.actor, key)
        except ClientellerError:  # it ended, or was another person's in the same tab
            return house.talks.open(session.actor, whom)
        if talk.context.client_id == whom:
            return talk
    return house.talks.open(session.actor, whom)
