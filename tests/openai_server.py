"""A loopback server that speaks the OpenAI protocol as a test tells it to, and notes what it was sent."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

USAGE = {
    "prompt_tokens": 20,
    "completion_tokens": 3,
    "total_tokens": 23,
    "prompt_tokens_details": {"cached_tokens": 12},
}


@dataclass
class Reply:
    text: str = "ready"
    tool: tuple[str, dict[str, Any]] | None = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    raw: str | None = None

    def message(self) -> dict[str, Any]:
        if self.tool is None:
            return {"role": "assistant", "content": self.text}
        name, arguments = self.tool
        function = {"name": name, "arguments": json.dumps(arguments)}
        return {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": "c1", "type": "function", "function": function}],
        }  # noqa: E501

    def body(self) -> bytes:
        if self.raw is not None:
            return self.raw.encode()
        choice = {"index": 0, "finish_reason": "stop", "message": self.message()}
        answer = {
            "id": "1",
            "object": "chat.completion",
            "created": 0,
            "model": "m",
            "choices": [choice],
            "usage": USAGE,
        }  # noqa: E501
        return json.dumps(answer).encode()

    def events(self) -> bytes:
        message = self.message()
        deltas = [{"role": "assistant", "content": ""}]
        if self.tool is not None:
            deltas.append({"tool_calls": [{"index": 0, **message["tool_calls"][0]}]})
        else:
            deltas += [{"content": piece + " "} for piece in self.text.split(" ")]
        frame = {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": "m"}
        chunks = [{**frame, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]} for delta in deltas]
        chunks.append({**frame, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
        chunks.append({**frame, "choices": [], "usage": USAGE})
        return "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks).encode() + b"data: [DONE]\n\n"


@dataclass
class OpenAIServer:
    answer: Callable[[dict[str, Any]], Reply] = lambda body: Reply()
    address: str = ""
    sent: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    models: dict[str, Any] = field(default_factory=dict)


@contextmanager
def openai_server(answer: Callable[[dict[str, Any]], Reply] = lambda body: Reply()) -> Iterator[OpenAIServer]:
    server = OpenAIServer(answer)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            server.sent.append(body)
            server.keys.append(self.headers["authorization"])
            reply = server.answer(body)
            streamed = bool(body.get("stream")) and reply.status == 200 and reply.raw is None
            self._send(reply, reply.events() if streamed else reply.body())

        def do_GET(self) -> None:
            if self.path == "/v1/models" and server.models:
                self._send(Reply(), json.dumps(server.models).encode())
            else:
                self._send(Reply(status=404), b"{}")

        def _send(self, reply: Reply, body: bytes) -> None:
            self.send_response(reply.status)
            for name, value in {"content-type": "application/json", **reply.headers}.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Keep the test's output clean."""

    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    server.address = f"http://127.0.0.1:{httpd.server_port}/v1"
    try:
        yield server
    finally:
        httpd.shutdown()
        thread.join()
        httpd.server_close()
