"""Whose events are whose: the names that reach Gradio, and those that do not."""

import json
from typing import Any
from urllib.parse import parse_qs, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui.web.events import is_open, own_event, own_stream

NAMES = st.text(min_size=1, max_size=64)


def event(session_hash: Any, **more: Any) -> bytes:
    body = {"data": [""], "event_data": None, "fn_index": 4, "trigger_id": 18, "session_hash": session_hash}
    return json.dumps(body | more).encode()


def named(body: bytes | None) -> str:
    assert body is not None
    return str(json.loads(body)["session_hash"])


def asked(query: bytes | None) -> str:
    assert query is not None
    return parse_qs(query.decode())["session_hash"][0]


@given(st.lists(st.tuples(NAMES, NAMES), min_size=2, max_size=6, unique=True))
def test_no_two_sessions_and_browsers_ever_share_a_name(pairs: list[tuple[str, str]]) -> None:
    assert len({named(own_event(event(sent), session)) for session, sent in pairs}) == len(pairs)


@given(NAMES, NAMES)
def test_a_browser_finds_the_answers_to_its_own_events(session: str, sent: str) -> None:
    query = urlencode({"session_hash": sent}, errors="surrogatepass").encode()
    if sent.isprintable() and sent.isascii():
        assert asked(own_stream(query, session)) == named(own_event(event(sent), session))
    assert sent != named(own_event(event(sent), session))


def test_an_event_keeps_all_but_its_name() -> None:
    before, after = json.loads(event("abc")), json.loads(own_event(event("abc"), "s1") or b"{}")
    assert {**after, "session_hash": "abc"} == before


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{", b'"text"', b"\xff", event(None), event(""), event("x" * 65), event(7), event(["a"])]
    + [event("abc", **{name: "e"}) for name in ("event_id", "oauth_token", "batched", "simple_format", "request")]
    + [b"[" * 60_000, event("abc", data=["\ud800"]), event("\udfff")],
)
def test_what_the_page_does_not_send_is_no_event(body: bytes) -> None:
    assert own_event(body, "s1") is None


@pytest.mark.parametrize(
    "query",
    [b"", b"session_hash=", b"session_hash=a&session_hash=b", b"session_hash=a&x=1", b"session_hash=" + b"a" * 65],
)
def test_what_the_page_does_not_ask_is_no_stream(query: bytes) -> None:
    assert own_stream(query, "s1") is None


@pytest.mark.parametrize(
    "path", ["/gradio_api/upload", "/gradio_api/file=/etc/passwd", "/assets/../config", "/config", ""]
)
def test_closed(path: str) -> None:
    assert not is_open("GET", path)
    assert not is_open("POST", path)
