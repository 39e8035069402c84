"""Blocks of a conversation as messages of Gradio's chat."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Literal

import gradio as gr
from gradio.components.chatbot import ComponentMessage, Message, TextMessage
from markupsafe import Markup

from ui.cards import comparison_html, remark_html, sheet_html, slate_html
from ui.turn import Block, Remark, Sheet, Slate, Step, Table, Words

# What the page needs to know of an HTML component to show one in a message. Made here, since Gradio completes no
# component that is made while it answers an event.
_HTML = gr.HTML(js_on_load=None, apply_default_css=False, render=False).get_config()


def to_messages(blocks: Iterable[Block], language: str = "en") -> list[Message]:
    """Return one message a block, its labels in the reader's language.

    Chips stand only on the last one, where they are still an offer.
    """
    shown = list(blocks)
    messages = [_message(block, language) for block in shown]
    chips = getattr(shown[-1], "chips", ()) if shown else ()
    if chips:
        options = [{"value": chip, "label": chip} for chip in chips]
        messages[-1] = messages[-1].model_copy(update={"options": options})
    return messages


@lru_cache(maxsize=2048)
def _message(block: Block, language: str) -> Message:
    # A turn shows the whole conversation, pictures and all, dozens of times: each message of it is made once.
    match block:
        case Words():
            return _chat_message(_text(block.text), "user" if block.by_client else "assistant")
        case Step():
            return _chat_message(_text(block.detail), metadata=_step(block))
        case Slate():
            return _chat_message(_html(slate_html(block.cards, language)))
        case Table():
            return _chat_message(_html(comparison_html(block.comparison, language)))
        case Sheet():
            return _chat_message(_html(sheet_html(block.shown, language)))
        case Remark():
            return _chat_message(_html(remark_html(block.text)))


def _chat_message(
    content: TextMessage | ComponentMessage, role: Literal["user", "assistant"] = "assistant", metadata: Any = None
) -> Message:
    return Message(role=role, content=[content], metadata=metadata)


def _step(step: Step) -> dict[str, Any]:
    if step.duration_s is None:
        return {"title": _text(step.title).text, "status": "pending", "id": step.call_id}
    title = step.title if step.ok else f"{step.title} (did not work)"
    return {"title": _text(title).text, "status": "done", "duration": round(step.duration_s, 2), "id": step.call_id}


# Entities, since a backslash before a mark is undone by another before it. Backticks and tildes would begin a fence, of
# whose text Gradio draws diagrams, with links in them.
_HARMLESS = {
    "\\": "&#92;",
    "<": "&lt;",
    "[": "&#91;",
    "`": "&#96;",
    "~": "&#126;",
    "@": "&#64;",
    "://": "&#58;//",
    "www.": "www&#46;",
}
_MARKS = re.compile("|".join(re.escape(mark) for mark in _HARMLESS), re.IGNORECASE)


def _text(text: str) -> TextMessage:
    # Emphasis and lists are all the Markdown an answer needs: no element, image or link of it reaches the page.
    return TextMessage(text=_MARKS.sub(lambda found: _HARMLESS[found[0].lower()], text))


def _html(html: Markup) -> ComponentMessage:
    # As a component the cards keep their labels and drawings, which the chat's sanitiser of text would strip. Nothing
    # sanitises a component, so what comes in is Markup: made by the autoescaping template and by nothing else.
    return ComponentMessage(component="html", value=str(html), constructor_args={}, props={**_HTML, "value": str(html)})
