"""The bundled demo boutique: Maison Orvane, an invented house, its simulated clients, and the truth behind them.

The data files of this folder are written by `python -m recsys.data.demo.build`; reading them needs none of the
modules that make them. The simulator's assumptions are told in `choice_model` and `personas`.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from recsys.seller.references import Reference, read_references


@dataclass(frozen=True)
class TasteSpan:
    """A latent taste and the day from which it holds.

    Attributes:
        weights: Utility of one standard deviation of each guided attribute.
    """

    start: dt.date
    weights: Mapping[str, float]


@dataclass(frozen=True)
class TasteDrift:
    """A change of the latent taste: each named attribute is wanted more (+1) or less (-1) from that day on.

    Attributes:
        cause: Why, in words ("a new job"); "" where nobody knows.
    """

    at: dt.date
    moves: Mapping[str, int]
    cause: str


@dataclass(frozen=True)
class ClientTruth:
    """What the simulator knows of a client and the boutique does not.

    Attributes:
        tastes: Oldest first, one more than there are drifts.
        needs: Utility of a broadest category over the average; what is missing is never bought.
        price_level: Wanted price against the middle of a category, log units.
        cap_minor: What one piece may cost, cents.
    """

    client_id: str
    tastes: tuple[TasteSpan, ...]
    drifts: tuple[TasteDrift, ...]
    needs: Mapping[str, float]
    price_level: float
    cap_minor: int
    favourite_colours: tuple[str, ...]


def open_source() -> Path:
    """Return the folder to ingest; its clienteller.yaml says which file holds what."""
    return Path(__file__).parent


def load_truth() -> list[ClientTruth]:
    """Read what the simulator knows of every client, in the order of clients.jsonl."""
    lines = (open_source() / "truth.jsonl").read_text(encoding="utf-8").splitlines()
    return [_truth(json.loads(line)) for line in lines]


def load_references() -> list[Reference]:
    """Read the reference explanations: what truly drove each client's last training purchase, in words."""
    return read_references(open_source() / "explanations.jsonl")


def _truth(record: Mapping[str, Any]) -> ClientTruth:
    return ClientTruth(
        client_id=record["client_id"],
        tastes=tuple(TasteSpan(dt.date.fromisoformat(span["start"]), span["weights"]) for span in record["tastes"]),
        drifts=tuple(
            TasteDrift(dt.date.fromisoformat(drift["at"]), drift["moves"], drift["cause"]) for drift in record["drifts"]
        ),
        needs=record["needs"],
        price_level=record["price_level"],
        cap_minor=record["cap_minor"],
        favourite_colours=tuple(record["favourite_colours"]),
    )
