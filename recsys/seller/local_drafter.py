"""SELLER's local form: the trained adapter and the frozen language model write, within what the evidence allows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from recsys.faithfulness import measure
from recsys.recommender import Recommender
from recsys.schema import ExplanationStyle
from recsys.seller.adapter import SoftPrompt
from recsys.seller.constraint import Bounded, bound
from recsys.seller.drafters import Task
from recsys.seller.examples import case_of, request_of, sayable
from recsys.seller.facts import EvidenceSet
from recsys.seller.generator import BATCH, generate
from recsys.seller.lexicon import lexicon
from recsys.seller.model import Seller
from recsys.seller.template import styles_of


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

    def draft(self, tasks: Sequence[Task]) -> list[str | None]:
        """Write one text for each task, None where no purchase or quality that the model is told of carries it."""
        return [None if one is None else one.text for one in self.write(tasks)]

    def write(self, tasks: Sequence[Task]) -> list[Written | None]:
        """Write one text for each task, in batches; a second draft leads with the next style."""
        texts: list[Written | None] = [None] * len(tasks)
        leads = [_lead(task) for task in tasks]
        rows = [row for row, lead in enumerate(leads) if lead is not None]
        for start in range(0, len(rows), BATCH):
            chosen = rows[start : start + BATCH]
            styles = [lead for row in chosen if (lead := leads[row]) is not None]
            for row, written in zip(chosen, self._batch([tasks[row] for row in chosen], styles), strict=True):
                texts[row] = written
        return texts

    def _batch(self, tasks: Sequence[Task], styles: Sequence[ExplanationStyle]) -> list[Written]:
        recommender, network = self._recommender, self.seller.network
        cases, requests, bounds = [], [], []
        for task, style in zip(tasks, styles, strict=True):
            item_id = task.evidence.item.item_id
            sequence = recommender.internal([purchase.item_id for purchase in task.purchases])
            effects = measure(recommender, sequence, recommender.catalogue.ids.to_internal(item_id))
            cases.append(case_of(recommender, task.purchases, item_id, effects))
            requests.append(request_of(recommender, task.purchases, item_id, style, self.seller.describe))
            bounds.append(bound(network.tokenizer, self._units(task)))
        features = self.seller.paths.features(cases)
        texts, soft = generate(network, features, requests, Bounded(network.tokenizer, bounds))
        return [
            Written(_with_wish(text, task.evidence), style, soft.of(row))
            for row, (text, task, style) in enumerate(zip(texts, tasks, styles, strict=True))
        ]

    def _units(self, task: Task) -> list[str]:
        guided = self._recommender.guided
        allowed = lexicon(
            sayable(task.evidence), guided.attribute_set if guided is not None else None, tested_only=True
        )
        return [unit for unit in allowed.units if unit not in task.offending]


def _lead(task: Task) -> ExplanationStyle | None:
    """Return the style of a draft: the best supported one, the next best where a draft failed."""
    styles = styles_of(sayable(task.evidence))
    if not styles:
        return None
    return styles[1] if task.offending and len(styles) > 1 else styles[0]


def _with_wish(text: str, evidence: EvidenceSet) -> str:
    """Put before the text that a wish was met; wishes come from the chat, so no training text knew them."""
    wish = next(iter(evidence.of_kind("request")), None)
    return text if wish is None or wish.key in text else f"It is {wish.key}, as you asked. {text}"
