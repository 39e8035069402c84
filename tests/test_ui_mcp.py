import asyncio
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, get_args

import httpx
import httpx2
import pytest
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError

from recsys.schema import EvidenceKind
from tests.surface_world import STRANGERS, World, open_world, serving
from ui.callers import NotRecognised
from ui.limits import Limits
from ui.mcp.serving import PATH, build_http, serve_stdio
from ui.rest.gate import HEADERS

TOOLS = {"search_catalog", "get_product", "recommend", "explain", "compare"}
LIST = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
ASK = {"accept": "application/json, text/event-stream"}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with open_world(tmp_path_factory.mktemp("mcp") / "boutique") as made:
        yield made


@pytest.fixture(scope="module")
def address(world: World) -> Iterator[str]:
    with serving(build_http(world.assistant, "127.0.0.1", Limits(1_000, 1_000, 2), world.clock)) as found:
        yield found + PATH


@asynccontextmanager
async def connected(address: str, headers: dict[str, str]) -> AsyncIterator[Client]:
    async with httpx2.AsyncClient(headers=headers, timeout=30) as http:
        async with Client(streamable_http_client(address, http_client=http)) as client:
            yield client


def ask(address: str, headers: dict[str, str], does: Callable[[Client], Awaitable[Any]]) -> Any:
    async def run() -> Any:
        async with connected(address, headers) as client:
            return await does(client)

    return asyncio.run(run())


def called(world: World, address: str, who: str, tool: str, **arguments: Any) -> Any:
    return ask(address, world.header(who), lambda client: client.call_tool(tool, arguments))


def answered(result: Any) -> dict[str, Any]:
    assert not result.is_error, result.content
    return dict(result.structured_content)


def refused(result: Any) -> str:
    assert result.is_error
    assert result.structured_content is None
    return str(result.content[0].text)


def test_a_client_lists_the_five_tools_with_schemas_and_no_identity(world: World, address: str) -> None:
    listed = ask(address, world.header("own"), lambda client: client.list_tools()).tools
    assert {tool.name for tool in listed} == TOOLS
    for tool in listed:
        assert tool.description
        assert tool.output_schema is not None
        assert tool.annotations is not None
        assert tool.annotations.read_only_hint
        assert not {"ctx", "actor", "actor_id", "role", "associate_id"} & set(tool.input_schema["properties"])
    factors = next(tool for tool in listed if tool.name == "recommend").output_schema
    kinds = factors["$defs"]["Match"]["properties"]["match_factors"]["items"]["enum"]
    assert set(kinds) == set(get_args(EvidenceKind))


def test_every_tool_answers_with_references_and_evidence(world: World, address: str) -> None:
    found = answered(called(world, address, "own", "search_catalog", query="scarf", max_price=200))
    references = [product["reference"] for product in found["products"]]
    assert set(references) == {"i8", "i10"}
    product = answered(called(world, address, "own", "get_product", item_id=references[0]))
    assert product["item"]["price"]["text"] in ("€120", "€180")
    suggested = answered(called(world, address, "own", "recommend", client_id="c1", count=2))["matches"]
    assert len(suggested) == 2
    for match in suggested:
        facts = match["reason"]["evidence"]
        assert match["match_factors"] == list(dict.fromkeys(fact["kind"] for fact in facts))
        assert all(fact["statement"] for fact in facts)
    first = suggested[0]["product"]["reference"]
    told = answered(called(world, address, "own", "explain", client_id="c1", item_id=first))
    assert told["trial"]["place"] < told["trial"]["place_without"]
    assert told["trial"]["evidence_id"] in {fact["evidence_id"] for fact in told["match"]["reason"]["evidence"]}
    table = answered(called(world, address, "own", "compare", client_id="c1", item_ids=["i5", "i6"]))
    assert table["references"] == ["i5", "i6"]
    assert table["rows"]["Price"] == ["€500", "€600"]


def test_moves_shift_what_is_recommended(world: World, address: str) -> None:
    def top(**moves: float) -> list[str]:
        told = answered(called(world, address, "own", "recommend", client_id="c1", moves=moves))
        return [match["product"]["reference"] for match in told["matches"]]

    assert "i5" in top(warmth=3.0)
    assert top(warmth=3.0) != top()
    assert "the attributes are minimal" in refused(
        called(world, address, "own", "recommend", client_id="c1", moves={"elegance": 1})
    )


@pytest.mark.parametrize("who", STRANGERS)
def test_whoever_has_no_valid_key_is_refused(world: World, address: str, who: str) -> None:
    answer = httpx.post(address, json=LIST, headers={**ASK, **world.header(who)})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    with pytest.raises(ExceptionGroup) as refusal:
        ask(address, world.header(who), lambda client: client.list_tools())
    assert refusal.group_contains(MCPError)


@pytest.mark.parametrize("method", ["GET", "DELETE", "PUT"])
def test_no_method_is_open_to_anonymous_callers(address: str, method: str) -> None:
    assert httpx.request(method, address).status_code == 401


@pytest.mark.parametrize("tool", ["recommend", "explain", "compare"])
@pytest.mark.parametrize("who", ["shopper", "foreign"])
def test_nobody_asks_about_a_client_whom_they_do_not_see(world: World, address: str, who: str, tool: str) -> None:
    other = "c2" if who == "shopper" else "c1"
    arguments = {"explain": {"item_id": "i5"}, "compare": {"item_ids": ["i5", "i6"]}}.get(tool, {})
    told = refused(called(world, address, who, tool, client_id=other, **arguments))
    unknown = refused(called(world, address, who, tool, client_id="c9", **arguments))
    assert f"no client '{other}' in your book" in told
    assert told.replace(other, "c9") == unknown


def test_a_shopper_means_themselves_and_the_staff_must_name_somebody(world: World, address: str) -> None:
    own = answered(called(world, address, "shopper", "recommend"))
    assert own["client_id"] == "c1"
    assert own["matches"]
    assert "give client_id" in refused(called(world, address, "own", "recommend"))


def test_a_body_and_the_requests_of_a_key_are_limited(world: World, address: str) -> None:
    large = httpx.post(address, content=b"x" * 64_001, headers={**ASK, **world.header("own")})
    assert large.status_code == 413
    with serving(build_http(world.assistant, "127.0.0.1", Limits(requests_a_minute=2), world.clock)) as tight:
        statuses = [
            httpx.post(tight + PATH, json=LIST, headers={**ASK, **world.header("own")}).status_code for _ in range(3)
        ]
    assert statuses[-1] == 429


def test_another_host_name_is_refused_on_loopback(world: World, address: str) -> None:
    answer = httpx.post(address, json=LIST, headers={**ASK, **world.header("own"), "host": "evil.example"})
    assert answer.status_code == 421


def test_a_fault_of_ours_tells_nothing_of_the_inside(world: World, address: str) -> None:
    shop = world.assistant.shop
    whole = shop.explainer

    class Broken:
        def work(self, *_: Any) -> Any:
            raise RuntimeError("dsn://user:password@host SECRET")

    shop.__dict__["explainer"] = Broken()
    try:
        told = refused(called(world, address, "own", "recommend", client_id="c1"))
    finally:
        shop.__dict__["explainer"] = whole
    assert told == "Error executing tool recommend"


SERVER = """
import datetime as dt, sys
from pathlib import Path
from types import SimpleNamespace
from agent.context import Actor
from agent.records.access_keys import AccessKeys
from tests.desk import Desk
from ui.mcp.serving import serve_stdio
desk = Desk(Path(sys.argv[1]))
key = AccessKeys(desk.boutique).add(Actor("c1", "shopper"), "", days=1, now=dt.datetime.now(dt.UTC)).text
serve_stdio(SimpleNamespace(shop=desk.shop), key)
desk.close()
"""
ROOT = Path(__file__).parents[1]


def test_over_standard_input_and_output_the_key_decides_too(tmp_path: Path) -> None:
    child = StdioServerParameters(
        command=sys.executable,
        args=["-c", SERVER, str(tmp_path / "boutique")],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        cwd=ROOT,
    )

    async def run() -> tuple[set[str], Any, Any]:
        async with Client(stdio_client(child)) as client:
            listed = await client.list_tools()
            own = await client.call_tool("recommend", {})
            other = await client.call_tool("recommend", {"client_id": "c2"})
            return {tool.name for tool in listed.tools}, own, other

    tools, own, other = asyncio.run(run())
    assert tools == TOOLS
    assert answered(own)["client_id"] == "c1"
    assert "no client 'c2'" in refused(other)


@pytest.mark.parametrize("who", STRANGERS)
def test_without_a_valid_key_nothing_is_served_over_standard_input(world: World, who: str) -> None:
    with pytest.raises(NotRecognised, match="clienteller keys add"):
        serve_stdio(world.assistant, world.keys.get(who))
