"""Rewrite the data files of the demo boutique: `python -m recsys.data.demo.build`.

The files depend on the authored tables and the seed alone: a rebuild gives the same bytes.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from recsys.data.demo import open_source
from recsys.data.demo.build_catalogue import DemoCatalogue, build_catalogue
from recsys.data.demo.choice_model import ChoiceModel
from recsys.data.demo.client_book import ClientBook
from recsys.data.demo.personas import Person, make_people
from recsys.data.demo.references import make_references
from recsys.data.demo.simulator import Course, simulate
from recsys.schema import Interaction
from recsys.seller.references import reference_lines

SEED = 20260901
N_CLIENTS = 400


def build(folder: Path) -> None:
    """Write items, guided scores, clients, interactions, the truth and what it would say into `folder`."""
    catalogue = build_catalogue(SEED)
    model, book = ChoiceModel(catalogue, SEED), ClientBook(catalogue, SEED)
    item_ids = [item.item_id for item in catalogue.items]
    people = make_people(N_CLIENTS, catalogue.attribute_set.names, SEED)
    courses = [simulate(person, model, item_ids, SEED) for person in people]
    clients = [book.client(person, course) for person, course in zip(people, courses, strict=True)]
    truths = [_truth(person, course, catalogue) for person, course in zip(people, courses, strict=True)]
    events = [event for course in courses for event in course.events]
    _write(folder / "items.jsonl", _lines(item.model_dump(mode="json") for item in catalogue.items))
    _write(folder / "guided_scores.csv", _scores_csv(catalogue))
    _write(folder / "clients.jsonl", _lines(client.model_dump(mode="json") for client in clients))
    _write(folder / "interactions.csv", _interactions_csv(events))
    _write(folder / "truth.jsonl", _lines(truths))
    references = make_references(catalogue, model, people, courses, SEED)
    _write(folder / "explanations.jsonl", reference_lines(references))


def _truth(person: Person, course: Course, catalogue: DemoCatalogue) -> dict[str, Any]:
    names = catalogue.attribute_set.names
    return {
        "client_id": person.client_id,
        "tastes": [
            {
                "start": start.isoformat(),
                "weights": {name: round(float(weight), 2) for name, weight in zip(names, taste, strict=True)},
            }
            for start, taste in person.tastes
        ],
        "drifts": [
            {"at": drift.at.isoformat(), "moves": dict(drift.moves), "cause": drift.cause} for drift in person.drifts
        ],
        "needs": {family: round(need, 2) for family, need in person.needs.items()},
        "price_level": round(person.spend, 2),
        "cap_minor": person.cap * 100,
        "favourite_colours": list(course.favourites),
    }


def _lines(records: Iterable[dict[str, Any]]) -> str:
    return "".join(json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n" for record in records)


def _csv(header: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()


def _scores_csv(catalogue: DemoCatalogue) -> str:
    scores = catalogue.scores.tolist()
    rows = ([item.item_id, *(f"{value:g}" for value in row)] for item, row in zip(catalogue.items, scores, strict=True))
    return _csv(["item_id", *catalogue.attribute_set.names], rows)


def _interactions_csv(events: Iterable[Interaction]) -> str:
    rows = (
        (event.client_id, event.item_id, event.kind, f"{event.at:%Y-%m-%dT%H:%M:%SZ}", event.quantity)
        for event in events
    )
    return _csv(("client_id", "item_id", "kind", "at", "quantity"), rows)


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    build(open_source())
