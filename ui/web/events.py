"""The part of Gradio's own routes that a page uses, and whose events are whose.

Gradio tells browsers apart by a `session_hash` that the browser itself makes up, and gives whoever knows one the events
and answers under it. So none of them ever reaches it: what a browser sends is replaced by a name made of it and of its
session, and another session's browser, whatever it sends, can name no event but its own. Gradio's routes that take the
name of an event, and all others that the page does not need, are closed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from urllib.parse import parse_qs, urlencode

JOIN, STREAM = "/gradio_api/queue/join", "/gradio_api/queue/data"
_OPEN = {("GET", "/"), ("HEAD", "/"), ("GET", "/theme.css"), ("POST", JOIN), ("GET", STREAM)}
_OPEN_FOLDERS = ("/assets/", "/static/")
_ASKED = frozenset(("data", "event_data", "fn_index", "trigger_id", "session_hash"))  # of an event; no more is let in
_MAX_NAME = 64


def is_open(method: str, path: str) -> bool:
    """Whether the page needs one of Gradio's routes; the path is the part after where the page is mounted."""
    return (method, path) in _OPEN or is_part(method, path)


def is_part(method: str, path: str) -> bool:
    """Whether this is one of the fixed files that the page is made of."""
    return method == "GET" and path.startswith(_OPEN_FOLDERS) and not _climbs(path)


def own_event(body: bytes, session_id: str) -> bytes | None:
    """Return an event under its session's own name; None if it is not one that the page sends."""
    try:
        event = json.loads(body)
        json.dumps(event, ensure_ascii=False).encode()  # half a character, which JSON can name, cannot be stored
    except (ValueError, RecursionError):
        return None
    if not isinstance(event, dict) or not event.keys() <= _ASKED or not _is_name(event.get("session_hash")):
        return None
    event["session_hash"] = _named(session_id, event["session_hash"])
    return json.dumps(event).encode()


def own_stream(query: bytes, session_id: str) -> bytes | None:
    """Return the query that asks for a session's own answers; None if it is not one that the page sends."""
    asked = parse_qs(query.decode("latin-1"), keep_blank_values=True)
    name = asked.get("session_hash", [])
    if asked.keys() != {"session_hash"} or len(name) != 1 or not _is_name(name[0]):
        return None
    return urlencode({"session_hash": _named(session_id, name[0])}).encode()


def _is_name(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _MAX_NAME


def _named(session_id: str, session_hash: str) -> str:
    return hashlib.sha256(json.dumps([session_id, session_hash]).encode()).hexdigest()


def _climbs(path: str) -> bool:
    parts: Collection[str] = path.replace("\\", "/").split("/")
    return ".." in parts
