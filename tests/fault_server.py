"""A model server on loopback that speaks OpenAI's chat completions protocol and fails in every way that is asked for.

Each request is answered by the next of `plan`; when the plan is used up, the last step goes on for ever.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

KEY = "sk-test-4f9d2c7b1e"  # what the client sends; some faults echo it, as real providers do
ECHO = "provider-text-that-nobody-may-see"
Body = Mapping[str, Any]


def _choice(message: Body, finish: str = "stop") -> list[Body]:
    return [{"index": 0, "message": {"role": "assistant", **message}, "finish_reason": finish}]


def _call(name: str, arguments: str | None, call_id: str = "call_0") -> Body:
    return {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}


def _tool(name: str, arguments: str | None) -> list[Body]:
    return _choice({"content": None, "tool_calls": [_call(name, arguments)]}, "tool_calls")


CHOICES: dict[str, Any] = {
    "words": _choice({"content": "Here you are."}),
    "recommend": _tool("recommend", "{}"),
    "search": _tool("search_catalogue", '{"query": "silk scarf"}'),
    "like": _tool("record_feedback", '{"item": "1", "verdict": "like"}'),
    "choices empty": [],
    "choices null": None,
    "arguments cut": _tool("recommend", '{"category": "Scarv'),
    "arguments cut by length": _choice(
        {"content": None, "tool_calls": [_call("recommend", '{"category": "Sc')]}, "length"
    ),
    "arguments a list": _tool("recommend", "[1, 2]"),
    "arguments null": _tool("recommend", None),
    "arguments empty": _tool("recommend", ""),
    "argument of wrong type": _tool("recommend", '{"max_price": {"amount": "cheap"}}'),
    "unknown tool": _tool("delete_everything", "{}"),
    "call as text": _choice({"content": '<tool_call>{"name": "recommend", "arguments": {}}</tool_call>'}),
    "call as json text": _choice({"content": '```json\n{"name": "recommend", "arguments": {}}\n```'}),
    "refusal": _choice({"content": None, "refusal": f"I cannot help. {ECHO}"}),
    "content filter": _choice({"content": ""}, "content_filter"),
    "cut": _choice({"content": "This is a whole sentence. And this one is not wh"}, "length"),
    "empty": _choice({"content": ""}),
    "fifty calls": _choice(
        {"content": None, "tool_calls": [_call("recommend", "{}", f"call_{number}") for number in range(50)]},
        "tool_calls",
    ),
}
STATUS: dict[str, tuple[int, Mapping[str, str], Body]] = {
    "429": (429, {}, {"message": f"Rate limit reached. {ECHO}", "code": "rate_limit_exceeded"}),
    "429 soon": (429, {"retry-after": "0.05"}, {"message": "Rate limit reached.", "code": "rate_limit_exceeded"}),
    "429 late": (429, {"retry-after": "3600"}, {"message": "Rate limit reached.", "code": "rate_limit_exceeded"}),
    "500": (500, {}, {"message": f"Internal error. {ECHO}"}),
    "502": (502, {}, {"message": "Bad gateway."}),
    "503": (503, {}, {"message": "Overloaded."}),
    "401": (401, {}, {"message": f"Incorrect API key provided: {KEY}. {ECHO}", "code": "invalid_api_key"}),
    "400 context": (400, {}, {"message": f"This model's maximum context length is 8192 tokens. {ECHO}"}),
    "400": (400, {}, {"message": f"Unknown parameter. {ECHO}"}),
}  # fmt: skip
BROKEN = ("dropped", "dropped in the middle", "hang", "trickle", "html", "json cut")
MODES = (*STATUS, *BROKEN, *(name for name in CHOICES if name not in ("words", "recommend", "search", "like")))


class FaultServer:
    """The server, while it runs.

    Attributes:
        plan: Modes to answer with, the last one again and again; or a function of the request's number, from 0.
        requests: The bodies received.
    """

    def __init__(self, hang_s: float) -> None:
        self.plan: Sequence[str] | Callable[[int], str] = ["words"]
        self.requests: list[Any] = []
        self._hang_s = hang_s
        self._lock = threading.Lock()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._http.daemon_threads = True

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}/v1"

    def follow(self, plan: Sequence[str] | Callable[[int], str]) -> None:
        """Begin a new plan."""
        with self._lock:
            self.plan, self.requests = plan, []

    def next_mode(self, body: Any) -> str:
        with self._lock:
            number = len(self.requests)
            self.requests.append(body)
            return self.plan(number) if callable(self.plan) else self.plan[min(number, len(self.plan) - 1)]

    @contextmanager
    def running(self) -> Iterator[FaultServer]:
        thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._http.shutdown()
            self._http.server_close()

    def hang(self) -> None:
        time.sleep(self._hang_s)


def _handler(server: FaultServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            mode = server.next_mode(body)
            try:
                self._answer(mode, bool(body.get("stream")))
            except (BrokenPipeError, ConnectionResetError):  # the client gave up, as it should
                self.close_connection = True

        def _answer(self, mode: str, is_stream: bool) -> None:
            if mode in STATUS:
                status, headers, error = STATUS[mode]
                self._send(
                    status, json.dumps({"error": {"type": "error", "param": None, "code": None, **error}}), headers
                )
            elif mode == "dropped":
                self.close_connection = True
            elif mode == "hang":
                server.hang()
                self.close_connection = True
            elif mode == "html":
                self._send(200, f"<html><body>{ECHO}</body></html>", {"content-type": "text/html"})
            elif is_stream:
                self._stream(mode)
            else:
                self._whole(mode)

        def _whole(self, mode: str) -> None:
            if mode in ("trickle", "dropped in the middle"):
                self.send_response(200)
                self.send_header("content-length", "4096")
                self.end_headers()
                self.wfile.write(b'{"id": "x", "choices"')
                self.wfile.flush()
                if mode == "trickle":
                    server.hang()
                self.close_connection = True
                return
            text = json.dumps(
                {"id": "x", "object": "chat.completion", "created": 1, "model": "m", "choices": CHOICES.get(mode, [])}
            )
            self._send(200, text[: len(text) // 2] if mode == "json cut" else text)

        def _stream(self, mode: str) -> None:
            self.send_response(200)
            self.send_header("content-type", "text/event-stream")
            self.send_header("connection", "close")
            self.end_headers()
            self.close_connection = True
            for number, choices in enumerate(_pieces(mode)):
                text = json.dumps(
                    {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": choices}
                )
                self.wfile.write(f"data: {text[: len(text) // 2] if mode == 'json cut' else text}\n\n".encode())
                self.wfile.flush()
                if mode == "trickle":
                    time.sleep(0.02)
                if mode == "dropped in the middle" and number == 2:
                    return
            self.wfile.write(b"data: [DONE]\n\n")

        def _send(self, status: int, text: str, headers: Mapping[str, str] | None = None) -> None:
            data = text.encode()
            self.send_response(status)
            for name, value in {"content-type": "application/json", **(headers or {})}.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    return Handler


def _pieces(mode: str) -> Iterator[Any]:
    """The choices of a stream's chunks, words and arguments in small pieces."""
    if mode == "trickle":
        while True:
            yield _delta({"content": "and "})
    choices = CHOICES.get(mode, CHOICES["words"])
    if not choices:
        yield choices
        return
    message, finish = choices[0]["message"], choices[0]["finish_reason"]
    yield _delta({"role": "assistant", "content": ""})
    text = message.get("content") or ""
    for start in range(0, len(text), 7):
        yield _delta({"content": text[start : start + 7]})
    if "refusal" in message:
        yield _delta({"refusal": message["refusal"]})
    for index, call in enumerate(message.get("tool_calls", [])):
        yield _delta(
            {"tool_calls": [{"index": index, **call, "function": {"name": call["function"]["name"], "arguments": ""}}]}
        )
        arguments = call["function"]["arguments"]
        for start in range(0, len(arguments or ""), 5):
            yield _delta({"tool_calls": [{"index": index, "function": {"arguments": arguments[start : start + 5]}}]})
    yield _delta({}, finish)


def _delta(delta: Body, finish: str | None = None) -> list[Body]:
    return [{"index": 0, "delta": delta, "finish_reason": finish}]
