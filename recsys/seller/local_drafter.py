"""SELLER's local form: the trained adapter and the frozen language model write, within what the evidence allows.

Decoding is bounded to what the phrasebook can say of tested evidence: which style, which purchase, which quality and
which words come is the model's choice, token by token. Left free, a language model of this size mostly writes
sentences that no check lets pass ('clienteller seller evaluate' measures both).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from recsys.faithfulness import measure
from recsys.recommender import Recommender
from recsys.schema import ExplanationStyle
from recsys.seller.adapter import SoftPrompt
from recsys.seller.constraint import Bounded
from recsys.seller.drafters import Task
from recsys.seller.examples import case_of, request_of
from recsys.seller.generator import BATCH, generate
from recsys.seller.model import Seller
from recsys.seller.request import harmless
from recsys.seller.template import every_reason

SLATE = 3  # cards that are seen together
LEAD = "best"  # the model chooses the style itself


@dataclass(frozen=True)
class Written:
    """A text with the soft prompt that it was written from (of one case) and the style that it leads with."""

    text: str
    style: ExplanationStyle
    soft: SoftPrompt


class LocalDrafter:
    """Writes with a trained SELLER; meets Drafter.

    Args:
        seller: Trained for the recommender's catalogue.
        recommender: Its ranker is asked what each purchase did for the item's score.
    """

    source: Literal["seller", "model"] = "seller"

    def __init__(self, seller: Seller, recommender: Recommender) -> None:
        self.seller = seller
        self._recommender = recommender

    def draft(self, tasks: Sequence[Task]) -> Iterator[str | None]:
        """Write one text for each task, None where nothing that may be said carries it."""
        return (None if one is None else one.text for one in self.write(tasks))

    def write(self, tasks: Sequence[Task]) -> Iterator[Written | None]:
        """Write one text for each task, in batches, in the order of the tasks."""
        for start in range(0, len(tasks), BATCH):
            batch = tasks[start : start + BATCH]
            choices = [_choices(task, start + row) for row, task in enumerate(batch)]
            told = [row for row, reasons in enumerate(choices) if reasons]
            written = iter(self._batch([batch[row] for row in told], [choices[row] for row in told]) if told else [])
            yield from (next(written) if reasons else None for reasons in choices)

    def _batch(self, tasks: Sequence[Task], choices: Sequence[Mapping[str, ExplanationStyle]]) -> list[Written]:
        recommender, network = self._recommender, self.seller.network
        cases, requests = [], []
        for task in tasks:
            item_id = task.evidence.item.item_id
            sequence = recommender.internal([purchase.item_id for purchase in task.purchases])
            effects = measure(recommender, sequence, recommender.catalogue.ids.to_internal(item_id))
            cases.append(case_of(recommender, task.purchases, item_id, effects))
            requests.append(request_of(recommender, task.purchases, item_id, LEAD, self.seller.describe))
        features = self.seller.paths.features(cases)
        texts, soft = generate(network, features, requests, Bounded(network.tokenizer, choices))
        return [
            Written(text, reasons[text], soft.of(row))
            for row, (text, reasons) in enumerate(zip(texts, choices, strict=True))
        ]


def _choices(task: Task, row: int) -> dict[str, ExplanationStyle]:
    """Return what may be said: reasons of the phrasebook without what made a draft before fail.

    One that holds catalogue text which a tokenizer could read as a control token is no choice: it would end a text
    before its end.

    Neighbours in a batch, as the cards of a slate are, draw on different thirds of the phrasebook.
    """
    offending = [one.casefold() for one in task.offending]
    reasons = every_reason(task.evidence, row, SLATE)
    return {
        text: style
        for text, style in reasons.items()
        if harmless(text) == " ".join(text.split()) and not any(one in text.casefold() for one in offending)
    }
