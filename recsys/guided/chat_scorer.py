"""A scorer that asks a chat model for numbers: several items a call, each asked twice with the attributes shuffled."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

import prompts
from recsys.errors import InputError
from recsys.guided.attributes import AttributeSet, GuidedAttribute
from recsys.guided.scorer import Scale, as_data, fingerprint
from recsys.ranker import FloatArray

READINGS = 2
ATTEMPTS = 3
SYSTEM, REQUEST = "score_items.md", "score_items_request.md"
_LETTERS_PER_TOKEN = 4  # a rule of thumb for English; good enough to say hundreds from millions


class Ask(Protocol):
    """Asks a chat model; agent.chat_models.annotation makes one of any backend."""

    def __call__(self, system: str, request: str, schema: Mapping[str, Any]) -> Any:
        """Return the answer: the JSON value that the model wrote, or its text where that was none."""
        ...


@dataclass(frozen=True)
class Estimate:
    """What scoring will ask of the model, retries aside."""

    n_calls: int
    tokens_in: int
    tokens_out: int


class ChatScorer:
    """Points from 0 to 9 by a chat model.

    Args:
        ask: The chat model.
        model: Its name; part of the fingerprint.
        batch: Items a call.
        seed: Decides the orders of the attributes, together with the batch.
    """

    scale: Scale = "points"
    readings = READINGS

    def __init__(self, ask: Ask, model: str, batch: int, seed: int = 0) -> None:
        self._ask = ask
        self._model = model
        self.batch = batch
        self._seed = seed

    @property
    def name(self) -> str:
        """Who scores."""
        return f"chat model {self._model}"

    @property
    def prompt_hash(self) -> str:
        """Changes with the prompts."""
        return fingerprint(prompts.load(SYSTEM), prompts.load(REQUEST))

    @property
    def fingerprint(self) -> str:
        """Changes with model, prompts, items a call and seed."""
        return fingerprint("chat 1", self._model, self.prompt_hash, self.batch, self._seed)

    def score(self, texts: Sequence[str], attribute_set: AttributeSet) -> FloatArray:
        """Return the points of two readings, float32, (B, 2, A).

        Raises:
            InputError: If an item is still not scored after three answers; names item and attribute.
        """
        rng = np.random.default_rng([self._seed, int(fingerprint(list(texts)), 16)])
        columns = len(attribute_set.names)
        result = np.empty((len(texts), READINGS, columns), dtype=np.float32)
        for reading in range(READINGS):
            order = rng.permutation(columns)
            result[:, reading, order] = self._read(texts, attribute_set, [attribute_set.attributes[k] for k in order])
        return result

    def estimate(self, texts: Sequence[str], attribute_set: AttributeSet) -> Estimate:
        """Return the calls and tokens that scoring these texts will take, counted in letters."""
        n_calls = -(-len(texts) // self.batch) * READINGS
        attributes = attribute_set.attributes
        fixed = len(_system(attribute_set, attributes)) + len(_request({}, attributes, []))
        answer = len(json.dumps({one.name: 5 for one in attributes})) + len('"item_1": , ')
        letters_in = n_calls * fixed + READINGS * sum(len(text) + len('<item key="item_1"></item>\n') for text in texts)
        letters_out = READINGS * len(texts) * answer
        return Estimate(n_calls, letters_in // _LETTERS_PER_TOKEN, letters_out // _LETTERS_PER_TOKEN)

    def _read(
        self, texts: Sequence[str], attribute_set: AttributeSet, attributes: Sequence[GuidedAttribute]
    ) -> FloatArray:
        """Score a batch once, (B, A) in the order of `attributes`; what is missing is asked for again."""
        open_items = {f"item_{number}": text for number, text in enumerate(texts, start=1)}
        system, names = _system(attribute_set, attributes), [one.name for one in attributes]
        scored: dict[str, list[int]] = {}
        problems: list[str] = []
        for _ in range(ATTEMPTS):
            request = _request(open_items, attributes, problems)
            answer = self._ask(system, request, _schema(list(open_items), names))
            good, problems = read_answer(answer, list(open_items), names)
            scored |= good
            open_items = {key: text for key, text in open_items.items() if key not in good}
            if not open_items:
                return np.array([scored[f"item_{number}"] for number in range(1, len(texts) + 1)], dtype=np.float32)
        first = next(iter(open_items.values()))
        raise InputError(
            f"{self.name} gave no usable scores for {first[:60]!r} in {ATTEMPTS} answers ({problems[0]}): "
            "run again to go on from here, or choose another model"
        )


def read_answer(answer: Any, keys: Sequence[str], names: Sequence[str]) -> tuple[dict[str, list[int]], list[str]]:
    """Read an answer strictly.

    Args:
        answer: A JSON value, or text where the model wrote none.
        keys: Items that were asked for.
        names: Attributes, in the order of the result.

    Returns:
        The points of the items that are whole, by key; and what is wrong with the others, at least one line if any.
    """
    if not isinstance(answer, dict):
        return {}, ["it is not a JSON object"]
    good, problems = {}, []
    for key in keys:
        row = answer.get(key)
        if not isinstance(row, dict):
            problems.append(f"{key}: is missing")
        elif unknown := row.keys() - set(names):
            problems.append(f"{key}: {min(unknown)[:40]!r} is not one of the qualities")
        elif bad := [name for name in names if not _is_point(row.get(name))]:
            given = f"is {str(row[bad[0]])[:20]!r}, not a whole number from 0 to 9" if bad[0] in row else "is missing"
            problems.append(f"{key}: {bad[0]!r} {given}")
        else:
            good[key] = [int(row[name]) for name in names]
    return good, problems


def _is_point(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value in range(10)


def _schema(keys: Sequence[str], names: Sequence[str]) -> dict[str, Any]:
    """Return the JSON schema of an answer; a title and a description are what providers ask for."""
    point = {"type": "integer", "minimum": 0, "maximum": 9}
    row = object_schema(dict.fromkeys(names, point))
    return {"title": "scores", "description": "Scores of each item.", **object_schema(dict.fromkeys(keys, row))}


def object_schema(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return the JSON schema of an object that has all of these properties and no others."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }


def _system(attribute_set: AttributeSet, attributes: Sequence[GuidedAttribute]) -> str:
    lowest, highest = attribute_set.scale
    return prompts.render(
        SYSTEM, lowest=lowest, highest=highest, stance=attribute_set.stance.strip(), attributes=attributes
    )


def _request(items: Mapping[str, str], attributes: Sequence[GuidedAttribute], problems: Sequence[str]) -> str:
    example = json.dumps({"item_1": {one.name: 5 for one in attributes}})
    told = {key: as_data(text) for key, text in items.items()}
    return prompts.render(REQUEST, items=told, example=example, problems=problems)
