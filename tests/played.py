"""Turns as the journeys' referee sees them, made by hand, and a world of three clients to hold them to."""

from __future__ import annotations

import datetime as dt
from typing import Any

from agent.context import Role
from agent.journeys.file import Turn
from agent.journeys.gates import gate_faults
from agent.journeys.transcript import PlayedJourney, PlayedTurn
from agent.journeys.world import Event, World, canary
from recsys.schema import Client, Note
from tests.small_world import CATALOGUE, SCORES

TODAY = dt.date(2026, 3, 1)
NOTE = Note(at=dt.date(2025, 1, 1), text="She asked twice for the quilted one in another red.")
CLIENTS = {
    "c1": Client(client_id="c1", name="Ada Lindt", associate_id="a1", preferences={"shoe size": "39"}),
    "c2": Client(client_id="c2", name="Bo Winter", associate_id="a2", notes=(NOTE,)),
    "c3": Client(client_id="c3", name="Cleo Marsh", associate_id="a1"),
}
WORLD = World(
    catalogue=CATALOGUE,
    scores=SCORES,
    clients=CLIENTS,
    events={
        "c1": tuple(Event(one, "purchase", dt.date(2025, 5, 17)) for one in ("i1", "i3")),
        "c3": (Event("i5", "purchase", None), Event("i5", "return", None)),
    },
    canaries={client_id: canary(client_id) for client_id in CLIENTS},
    fingerprint="f",
)


def turn(say: str = "hello", tool: Any = "reply", **expected: Any) -> Turn:
    return Turn.model_validate({"say": say, "tool": tool, **expected})


def card(item_id: str, price: str | None = None) -> dict[str, Any]:
    item = CATALOGUE.item(item_id)
    shown = f"€{(item.price_minor or 0) // 100:,}" if price is None else price
    return {"event": "Card", "reference": 1, "item": item.model_dump(mode="json"), "price": shown, "reason": None}


def words(text: str) -> dict[str, Any]:
    return {"event": "TextDelta", "text": text}


def played(*events: dict[str, Any], said: str = "hello", number: int = 0, **more: Any) -> PlayedTurn:
    slate = [event["item"]["item_id"] for event in events if event["event"] == "Card"]
    found = {
        "before": [],
        "slate": slate,
        "calls": [],
        "at": dt.datetime(2026, 3, 1, 9, tzinfo=dt.UTC),
        "first_s": 0.1,
        "whole_s": 0.2,
        **more,
    }
    return PlayedTurn(number=number, said=said, events=list(events), **found)


def journey_of(actor: str = "c1", role: Role = "shopper", client: str | None = "c1") -> PlayedJourney:
    return PlayedJourney(
        journey="j", day="2026-03-01", run=1, stamp="s", model="m", actor=actor, role=role, client=client
    )


def gates(one: PlayedTurn, *earlier: PlayedTurn, actor: str = "c1", role: Role = "shopper") -> dict[str, list[str]]:
    return gate_faults(one, earlier, journey_of(actor, role, "c1" if role == "shopper" else None), WORLD)
