import json
import secrets
import string
import threading
import time
from collections.abc import Iterable, Iterator
from typing import Any, get_args

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from langchain_core.messages import AIMessage
from starlette.testclient import TestClient

from agent import events
from agent.context import TurnContext
from agent.records.access_keys import AccessKeys
from tests.scripted import call
from tests.small_world import ITEMS, SCORES
from tests.surface_world import ACTORS, STRANGERS, World, open_world, recommended, serving
from ui.limits import Limits
from ui.rest.app import build_api, document
from ui.rest.events import Event, event_of
from ui.rest.gate import HEADERS
from ui.rest.rules import PUBLIC, RULES

JSON = {"accept": "application/json"}
EVERYBODY = tuple(ACTORS)
SEE_C1 = ("own", "shopper", "manager")
OPEN_TO = {  # who of the callers may use each route about client c1, item i5 and a session of "own"
    ("POST", "/v1/sessions"): SEE_C1,
    ("GET", "/v1/sessions/{session_id}"): ("own",),
    ("POST", "/v1/sessions/{session_id}/messages"): ("own",),
    ("POST", "/v1/approvals"): ("own",),
    ("GET", "/v1/clients"): EVERYBODY,
    ("GET", "/v1/clients/{client_id}"): SEE_C1,
    ("GET", "/v1/clients/{client_id}/recommendations"): SEE_C1,
    ("GET", "/v1/clients/{client_id}/explanations/{item_id}"): SEE_C1,
    ("POST", "/v1/clients/{client_id}/feedback"): SEE_C1,
    ("GET", "/v1/attributes"): EVERYBODY,
    ("GET", "/v1/items"): EVERYBODY,
    ("GET", "/v1/items/{item_id}"): EVERYBODY,
}
BODIES = {
    "/v1/sessions": {"client_id": "c1"},
    "/v1/sessions/{session_id}/messages": {"text": "hello"},
    "/v1/approvals": {"session_id": "SESSION", "code": "ABC123", "decision": "approve"},
    "/v1/clients/{client_id}/feedback": {"item_id": "i5", "verdict": "like"},
}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with open_world(tmp_path_factory.mktemp("rest") / "boutique") as made:
        yield made


@pytest.fixture(scope="module")
def app(world: World) -> FastAPI:
    return build_api(world.assistant, Limits(10_000, 10_000, 8), world.clock)


@pytest.fixture(scope="module")
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app, raise_server_exceptions=False) as made:
        yield made


@pytest.fixture(autouse=True)
def _no_script_left(world: World) -> Iterator[None]:
    yield
    world.model.gate.set()
    world.model.script.clear()


def routes_of(routes: Iterable[Any]) -> set[tuple[str, str]]:
    """Every method and path that an application answers; an unknown kind of route fails the test."""
    found: set[tuple[str, str]] = set()
    for route in routes:
        inner = getattr(route, "original_router", None)
        if isinstance(inner, APIRouter):
            found |= routes_of(inner.routes)
            continue
        assert isinstance(route, APIRoute), f"{route!r} is no route that the rules know"
        found |= {(method, route.path) for method in route.methods or ()}
    return found


def begun(world: World, client: TestClient, who: str = "own", client_id: str | None = "c1") -> str:
    answer = client.post("/v1/sessions", json={"client_id": client_id}, headers=world.header(who))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["session_id"])


def read_stream(text: str) -> list[dict[str, str]]:
    """The fields of each server-sent event."""
    blocks = [block for block in text.split("\n\n") if block.strip() and not block.startswith(":")]
    return [dict(line.split(": ", 1) for line in block.split("\n")) for block in blocks]


def require_problem(answer: httpx.Response, status: int) -> str:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert set(told) == {"type", "title", "status", "detail"}
    assert told["status"] == status
    assert "\n" not in told["detail"]
    assert "Traceback" not in told["detail"]
    return str(told["detail"])


# Who may call what


def test_every_route_has_a_rule_and_a_row_in_this_test(app: FastAPI) -> None:
    assert routes_of(app.routes) == set(RULES)
    assert set(RULES) == set(OPEN_TO) | {("GET", path) for path in PUBLIC}


def test_a_route_without_a_rule_is_found_and_closed(world: World) -> None:
    app = build_api(world.assistant, clock=world.clock)

    @app.get("/v1/new")
    def new() -> str:
        return "open"

    assert routes_of(app.routes) != set(RULES)
    with TestClient(app) as client:
        assert "no rule" in require_problem(client.get("/v1/new", headers=world.header("manager")), 403)
        require_problem(client.get("/v1/new"), 401)


@pytest.mark.parametrize("who", [*STRANGERS, *EVERYBODY])
@pytest.mark.parametrize(("method", "path"), sorted(RULES))
def test_the_inventory_of_routes_and_callers(
    world: World, client: TestClient, method: str, path: str, who: str
) -> None:
    session = begun(world, client)
    world.model.script.append(AIMessage("Good day."))
    filled = path.format(session_id=session, client_id="c1", item_id="i5")
    body = {name: session if value == "SESSION" else value for name, value in BODIES.get(path, {}).items()}
    headers = {**JSON, **world.header(who), "idempotency-key": f"inventory-{who}".replace(" ", "-")}
    answer = client.request(
        method, filled, headers=headers, json=body or None, params={"q": "scarf"} if path == "/v1/items" else None
    )
    if path in PUBLIC:
        assert answer.status_code == 200
    elif who in STRANGERS:
        require_problem(answer, 401)
        assert answer.headers["www-authenticate"] == "Bearer"
    elif who in OPEN_TO[method, path]:
        assert answer.status_code in (200, 201), answer.text
        assert "SECRET-BO" not in answer.text
    else:
        require_problem(answer, 404)
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS


def test_a_shopper_and_a_stranger_to_the_book_cannot_talk_across_it(world: World, client: TestClient) -> None:
    require_problem(client.post("/v1/sessions", json={}, headers=world.header("shopper")), 403)
    found = client.get("/v1/clients", headers=world.header("shopper")).json()
    assert [one["client_id"] for one in found["clients"]] == ["c1"]
    assert begun(world, client, "foreign", None)


def test_an_unknown_client_and_a_foreign_one_are_told_in_the_same_words(world: World, client: TestClient) -> None:
    told = [require_problem(client.get(f"/v1/clients/{one}", headers=world.header("own")), 404) for one in ("c2", "c9")]
    assert told[0].replace("c2", "c9") == told[1]
    for body in ({"client_id": "c2"}, {"client_id": "c9"}):
        require_problem(client.post("/v1/sessions", json=body, headers=world.header("own")), 404)


def test_a_key_revoked_between_two_requests_opens_nothing_more(world: World, client: TestClient) -> None:
    keys = AccessKeys(world.assistant.shop.boutique)
    issued = keys.add(ACTORS["own"], "", days=1, now=world.clock())
    header = {"authorization": f"Bearer {issued.text}"}
    assert client.get("/v1/clients", headers=header).status_code == 200
    keys.revoke(issued.record.key_id, now=world.clock())
    require_problem(client.get("/v1/clients", headers=header), 401)


def test_who_loses_a_client_loses_the_conversations_about_them(world: World, client: TestClient) -> None:
    session = begun(world, client, "own", "c3")
    about = world.assistant.shop.boutique.client("c3")
    moves = (about.model_copy(update={"associate_id": "a2"}), about)
    for moved, status in zip(moves, (404, 200), strict=True):
        with world.assistant.shop.boutique.writer() as writer:
            writer.upsert_clients([moved])
        answer = client.get(f"/v1/sessions/{session}", headers=world.header("own"))
        assert answer.status_code == status


def test_no_guess_finds_a_session(world: World, client: TestClient) -> None:
    real = begun(world, client)
    guesses = [real[:-1] + letter for letter in string.ascii_letters if letter != real[-1]]
    guesses += [secrets.token_urlsafe(24) for _ in range(100)]
    statuses = {client.get(f"/v1/sessions/{one}", headers=world.header("own")).status_code for one in guesses}
    assert statuses == {404}


def test_the_staffs_notes_are_not_the_shoppers(world: World, client: TestClient) -> None:
    own, shopper = (client.get("/v1/clients/c1", headers=world.header(who)).json() for who in ("own", "shopper"))
    assert [note["text"] for note in own["notes"]] == ["Likes tea"]
    assert shopper["notes"] == []
    assert shopper["purchases"] == own["purchases"]
    assert [one["item_id"] for one in own["purchases"]] == ["i7", "i2", "i1"]


# What is answered


def test_recommendations_move_with_a_guided_attribute_and_hold_their_evidence(world: World, client: TestClient) -> None:
    def top(moves: str) -> list[dict[str, Any]]:
        answer = client.get(
            "/v1/clients/c1/recommendations", params={"k": 4, **({"moves": moves} if moves else {})},
            headers=world.header("own"),
        )  # fmt: skip
        assert answer.status_code == 200, answer.text
        return list(answer.json()["cards"])

    warmth = {item.item_id: row[2] for item, row in zip(ITEMS, SCORES.values, strict=True)}
    plain, warm = (sum(warmth[card["item"]["item_id"]] for card in top(moves)) for moves in ("", "warmth:2"))
    assert warm > plain
    card = top("")[0]
    assert card["reference"] == 1
    assert card["item"]["price"]["text"].startswith("€")
    assert {fact["kind"] for fact in card["reason"]["evidence"]} <= {"history", "attribute", "house", "order", "field"}
    assert all(card["reason"]["checks"].values())


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/v1/clients/c1/recommendations?moves=elegance:1", 404, "the attributes are minimal, formality, warmth"),
        ("/v1/clients/c1/recommendations?moves=minimal:3.1", 422, "query.moves"),
        ("/v1/clients/c1/recommendations?moves=minimal:1,minimal:2", 422, "twice"),
        ("/v1/clients/c1/recommendations?moves=minimal", 422, "query.moves"),
        ("/v1/clients/c1/recommendations?k=0", 422, "query.k"),
        ("/v1/clients/c1/explanations/i99", 404, "i99"),
        ("/v1/items/i99", 404, "i99"),
        ("/v1/items?q=", 422, "query.q"),
        ("/v1/clients?limit=1000", 422, "query.limit"),
        ("/v1/sessions/unknown", 404, "no such session"),
        ("/v1/nothing", 404, "nothing at this path"),
    ],
)
def test_what_does_not_fit_is_told_in_one_line(
    world: World, client: TestClient, path: str, status: int, words: str
) -> None:
    assert words in require_problem(client.get(path, headers=world.header("own")), status)


def test_an_explanation_tells_what_the_test_found(world: World, client: TestClient) -> None:
    told = client.get("/v1/clients/c1/explanations/i8", headers=world.header("own")).json()
    facts = {fact["evidence_id"]: fact for fact in told["card"]["reason"]["evidence"]}
    trial = told["trial"]
    assert facts[trial["evidence_id"]]["tested"]
    assert facts[trial["evidence_id"]]["effect"] > facts[trial["evidence_id"]]["control"]
    assert trial["place"] < trial["place_without"] <= trial["n_items"] == 12


def test_search_finds_by_words_and_price(world: World, client: TestClient) -> None:
    answer = client.get(
        "/v1/items", params={"q": "scarf", "max_price": 200}, headers=world.header("other shopper")
    ).json()
    assert {card["item"]["item_id"] for card in answer["cards"]} == {"i8", "i10"}
    assert all(card["reason"] is None for card in answer["cards"])
    assert answer["carried"]
    assert answer["missing"] == []


def test_what_is_not_carried_is_said_and_not_replaced(world: World, client: TestClient) -> None:
    for query in ({"q": "scarf", "brand": "Gucci"}, {"q": "motorcycle helmet"}):
        answer = client.get("/v1/items", params=query, headers=world.header("shopper")).json()
        assert not answer["carried"]
        assert answer["cards"] == []
        assert answer["missing"] == (["brand Gucci"] if "brand" in query else [])


def test_feedback_is_written_once_for_each_key(world: World, client: TestClient) -> None:
    said = {"item_id": "i6", "verdict": "dislike", "reason": "too heavy"}
    header = {**world.header("own"), "idempotency-key": "till-3:2026-06-01:1"}
    answers = [client.post("/v1/clients/c1/feedback", json=said, headers=header) for _ in range(3)]
    assert [(one.status_code, one.json()["recorded"]) for one in answers] == [(201, True), (200, False), (200, False)]
    context = TurnContext(ACTORS["own"], "c1", "")
    written = world.assistant.shop.opinions.all(context.actor, "c1")
    assert [one.reason for one in written if one.item_id == "i6"] == ["too heavy"]
    assert "idempotency-key" in require_problem(
        client.post("/v1/clients/c1/feedback", json=said, headers=world.header("own")), 422
    )
    cards = client.get("/v1/clients/c1/recommendations?k=10", headers=world.header("own")).json()["cards"]
    assert "i6" not in {card["item"]["item_id"] for card in cards}


def test_a_message_is_answered_as_a_stream_of_typed_events(world: World, client: TestClient) -> None:
    session = begun(world, client)
    world.model.script += recommended()
    answer = client.post(
        f"/v1/sessions/{session}/messages", json={"text": "what would suit her?"}, headers=world.header("own")
    )
    assert answer.headers["content-type"].startswith("text/event-stream")
    told = read_stream(answer.text)
    kinds = [one["event"] for one in told]
    assert kinds[0] == "acknowledged"
    assert kinds[-1] == "turn_ended"
    assert kinds.count("card") == 3
    assert {"tool_started", "tool_finished", "text", "chips"} <= set(kinds)
    assert [json.loads(one["data"])["type"] for one in told] == kinds
    assert [one["id"].rsplit(".", 1)[1] for one in told] == [str(number) for number in range(1, len(told) + 1)]
    past = client.get(f"/v1/sessions/{session}", headers=world.header("own")).json()
    assert [(turn["message"], turn["state"]) for turn in past["turns"]] == [("what would suit her?", "answered")]
    assert "Three quiet pieces." in past["turns"][0]["answer"]


def test_a_message_is_answered_whole_where_json_is_asked_for(world: World, client: TestClient) -> None:
    session = begun(world, client)
    world.model.script += recommended()
    header = {**world.header("own"), **JSON}
    answer = client.post(f"/v1/sessions/{session}/messages", json={"text": "something for her"}, headers=header)
    told = answer.json()
    assert told["text"] == "Three quiet pieces."
    assert [card["card"]["reference"] for card in told["events"] if card["type"] == "card"] == [1, 2, 3]


def test_an_approval_is_said_in_the_conversation_that_asked(world: World, client: TestClient) -> None:
    session = begun(world, client)
    world.model.script.append(AIMessage("There is nothing to approve."))
    body = {"session_id": session, "code": "ABC123", "decision": "approve"}
    assert client.post("/v1/approvals", json=body, headers=world.header("own")).status_code == 200
    (turn,) = client.get(f"/v1/sessions/{session}", headers=world.header("own")).json()["turns"]
    assert turn["message"] == "approve ABC123"
    for wrong in ({"code": "approve all; and more"}, {"decision": "perhaps"}):
        require_problem(client.post("/v1/approvals", json=body | wrong, headers=world.header("own")), 422)


# Limits


@pytest.mark.parametrize(("length", "status"), [(3_999, 200), (4_000, 200), (4_001, 422)])
def test_a_message_has_at_most_4000_characters(world: World, client: TestClient, length: int, status: int) -> None:
    session = begun(world, client)
    world.model.script.append(AIMessage("Good."))
    answer = client.post(
        f"/v1/sessions/{session}/messages", json={"text": "x" * length}, headers={**world.header("own"), **JSON}
    )
    assert answer.status_code == status
    if status != 200:
        assert "4000" in require_problem(answer, status)


@pytest.mark.parametrize("text", ["", "   ", "\n\t", " " * 4_001])
def test_a_message_of_nothing_is_refused(world: World, client: TestClient, text: str) -> None:
    session = begun(world, client)
    require_problem(
        client.post(f"/v1/sessions/{session}/messages", json={"text": text}, headers=world.header("own")), 422
    )


@pytest.mark.parametrize("declared", [True, False])
def test_a_body_has_at_most_64_kilobytes_whatever_it_declares(world: World, client: TestClient, declared: bool) -> None:
    def pieces() -> Iterator[bytes]:
        yield from (b"x" * 1_000 for _ in range(65))

    content = b"".join(pieces()) if declared else pieces()
    answer = client.post("/v1/sessions", content=content, headers=world.header("own"))
    assert "64 kB" in require_problem(answer, 413)


def test_a_key_sends_at_most_so_many_messages_a_minute(world: World) -> None:
    with TestClient(build_api(world.assistant, Limits(messages_a_minute=2), world.clock)) as client:
        session = begun(world, client)
        world.model.script += [AIMessage("Good.")] * 2

        def send(who: str, session: str) -> httpx.Response:
            return client.post(
                f"/v1/sessions/{session}/messages", json={"text": "hi"}, headers={**world.header(who), **JSON}
            )

        assert [send("own", session).status_code for _ in range(2)] == [200, 200]
        refused = send("own", session)
        assert "2 messages a minute" in require_problem(refused, 429)
        assert 1 <= int(refused.headers["retry-after"]) <= 30
        world.model.script.append(AIMessage("Good."))
        assert send("manager", begun(world, client, "manager")).status_code == 200


def test_a_key_sends_at_most_so_many_requests_a_minute(world: World) -> None:
    with TestClient(build_api(world.assistant, Limits(requests_a_minute=3), world.clock)) as client:
        statuses = [client.get("/v1/attributes", headers=world.header("own")).status_code for _ in range(5)]
        assert statuses == [200, 200, 200, 429, 429]
        assert client.get("/healthz").status_code == 200


def test_one_turn_at_a_time_in_a_session_and_two_for_a_key(world: World) -> None:
    app = build_api(world.assistant, Limits(), world.clock)
    header = {**world.header("own"), **JSON}
    with serving(app) as address, httpx.Client(base_url=address, headers=header, timeout=30) as client:
        sessions = [client.post("/v1/sessions", json={"client_id": "c1"}).json()["session_id"] for _ in range(3)]
        world.model.gate.clear()
        world.model.script += [AIMessage("Good.")] * 3
        answers: list[int] = []

        def send(session: str) -> httpx.Response:
            return httpx.post(
                f"{address}/v1/sessions/{session}/messages", json={"text": "hi"}, headers=header, timeout=30
            )

        before = world.model.asked

        def wait(session: str) -> None:
            answers.append(send(session).status_code)

        waiting = [threading.Thread(target=wait, args=(session,)) for session in sessions[:2]]
        waiting[0].start()
        _until(lambda: world.model.asked == before + 1)
        assert "answering another message" in require_problem(send(sessions[0]), 409)
        waiting[1].start()
        _until(lambda: world.model.asked == before + 2)
        refused = send(sessions[2])
        assert "being worked on" in require_problem(refused, 429)
        assert client.get("/v1/attributes").status_code == 200
        world.model.gate.set()
        for thread in waiting:
            thread.join()
        assert answers == [200, 200]
        assert send(sessions[2]).status_code == 200


def test_a_caller_who_goes_away_frees_the_turn(world: World) -> None:
    app = build_api(world.assistant, Limits(turns_at_once=1), world.clock)
    header = world.header("own")
    with serving(app) as address, httpx.Client(base_url=address, headers=header, timeout=30) as client:
        session = client.post("/v1/sessions", json={"client_id": "c1"}).json()["session_id"]
        path = f"/v1/sessions/{session}/messages"
        world.model.gate.clear()
        world.model.script += [*recommended(), AIMessage("Good.")]
        with client.stream("POST", path, json={"text": "what would suit her?"}) as stream:
            first = next(stream.iter_lines())
        assert first == "event: acknowledged"
        require_problem(client.post(path, json={"text": "hi"}), 429)
        time.sleep(1.5)  # the server looks once a second whether the caller is still there
        world.model.gate.set()

        def answered() -> bool:
            return client.post(path, json={"text": "hi"}, headers=JSON).status_code == 200

        _until(answered)
        turns = client.get(f"/v1/sessions/{session}").json()["turns"]
        assert [(turn["message"], turn["state"]) for turn in turns] == [
            ("what would suit her?", "interrupted"), ("hi", "answered"),
        ]  # fmt: skip


def _until(holds: Any) -> None:
    deadline = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


# What is said of failures, and of the whole


def test_a_fault_of_ours_tells_nothing_of_the_inside(world: World, app: FastAPI, client: TestClient) -> None:
    shop = world.assistant.shop
    explainer = shop.explainer

    class Broken:
        recommender = explainer.recommender

        def work(self, *_: Any) -> Any:
            raise RuntimeError("dsn://user:password@host SECRET")

    shop.__dict__["explainer"] = Broken()
    try:
        answer = client.get("/v1/clients/c1/recommendations", headers=world.header("own"))
    finally:
        shop.__dict__["explainer"] = explainer
    assert "SECRET" not in answer.text
    assert "went wrong on our side" in require_problem(answer, 500)
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS


def test_what_is_sent_wrongly_is_not_sent_back(world: World, client: TestClient) -> None:
    for body in (b"{", b'{"client_id": "SECRET <b>"}', b'{"other": "SECRET"}', b"[]", b"\xff"):
        answer = client.post(
            "/v1/sessions", content=body, headers={**world.header("own"), "content-type": "application/json"}
        )
        assert "SECRET" not in require_problem(answer, 400 if body == b"\xff" else 422)


def test_the_description_names_every_route_and_loads_nothing_from_elsewhere(app: FastAPI, client: TestClient) -> None:
    told = client.get("/openapi.json").json()
    assert told == document(app)
    assert told["openapi"].startswith("3.1")
    listed = {(method.upper(), path) for path, methods in told["paths"].items() for method in methods}
    assert listed == set(RULES) - {("GET", "/openapi.json"), ("GET", "/docs")}
    for path, methods in told["paths"].items():
        for operation in methods.values():
            assert ("security" in operation) == (path in PUBLIC)
            good = next(answer for status, answer in operation["responses"].items() if status.startswith("2"))
            assert good["content"]["application/json"]["schema"], path
            bad = operation["responses"]["404"]["content"]
            assert list(bad) == ["application/problem+json"], path
    page = client.get("/docs").text
    assert all(path in page for _, path in listed)
    assert "http" not in page.replace("http-equiv", "")


def test_every_event_has_one_typed_form() -> None:
    forms = {kind.model_fields["type"].default for kind in get_args(get_args(Event)[0])}
    assert len(forms) == len(get_args(events.TurnEvent)) + 1  # every event of a turn, and the end of the turn
    told = event_of(events.ClientList("Call today", (events.ClientRow("c1", "Ada", "a new tote", 0.5),)))
    assert told.model_dump() == {
        "type": "client_list",
        "title": "Call today",
        "rows": [{"client_id": "c1", "name": "Ada", "why": "a new tote", "score": 0.5}],
    }


def test_a_tool_that_needs_no_client_is_not_asked_across_the_book(world: World, client: TestClient) -> None:
    session = begun(world, client, "own", None)
    world.model.script += [call("recommend"), AIMessage("For whom?")]
    header = {**world.header("own"), **JSON}
    told = client.post(f"/v1/sessions/{session}/messages", json={"text": "suggest"}, headers=header).json()
    assert not [event for event in told["events"] if event["type"] == "card"]
