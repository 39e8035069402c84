"""SELLER's interface: from a client's sequence and an item to an explanation that passed its checks.

This is the API form: the ordered, dated, tested evidence is put into words for any chat model. The model's text is
shown only if every check holds; else the template speaks, and where no cause was found, "no strong reason".
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

import prompts
from recsys.recommender import Recommender
from recsys.schema import Explanation
from recsys.seller.checks import check_reason, citations
from recsys.seller.evidence import EvidenceSet, Purchase, gather, short_title
from recsys.seller.template import reason_by_template


class Writer(Protocol):
    """A chat model as the explainer needs it: one system text, one request, one short answer."""

    def write(self, system: str, request: str) -> str | None:
        """Return the answer's text, or None if the model cannot answer now."""
        ...


class Explainer:
    """Explains suggestions of one recommender.

    Args:
        recommender: The recommender whose suggestions are explained; causes are tested against its ranker.
        writer: The chat model that puts evidence into words; None for templates only.
    """

    def __init__(self, recommender: Recommender, writer: Writer | None = None) -> None:
        self.recommender = recommender
        self.writer = writer

    def explain(
        self,
        purchases: Sequence[Purchase],
        item_id: str,
        moves: Mapping[str, float] | None = None,
        said: Collection[str] = (),
    ) -> Explanation:
        """Explain one suggestion.

        Args:
            purchases: The client's kept purchases, oldest first.
            item_id: The suggested item.
            moves: Moves on guided attributes that were in force when it was suggested.
            said: Phrases used for the other items on show, so that three cards do not say the same.
        """
        evidence = gather(self.recommender, purchases, item_id, moves, said)
        return self._from_model(evidence) or self._from_template(evidence)

    def _from_model(self, evidence: EvidenceSet) -> Explanation | None:
        if self.writer is None or not evidence.causes:
            return None
        answer = self.writer.write(prompts.render("explain_system.md"), verbalise(evidence))
        if answer is None:
            return None
        text = " ".join(answer.split()).strip('"')
        checks = self._check(text, evidence)
        if not all(checks.values()):
            return None
        return Explanation(text, citations(text, evidence), checks, "model")

    def _from_template(self, evidence: EvidenceSet) -> Explanation:
        text, cited = reason_by_template(evidence)
        if not cited:
            return Explanation(text, (), {}, "none")
        return Explanation(text, cited, self._check(text, evidence), "template")

    def _check(self, text: str, evidence: EvidenceSet) -> Mapping[str, bool]:
        guided = self.recommender.guided
        return check_reason(text, evidence, guided.attribute_set if guided is not None else None)


def verbalise(evidence: EvidenceSet) -> str:
    """Put the evidence into the request to a chat model, purchases in their order, each with its time."""
    facts = evidence.to_say()
    return prompts.render(
        "explain_request.md",
        name=short_title(evidence.item),
        facts=[fact.statement for fact in facts],
        order_matters=evidence.order_matters,
        opening=_opening(evidence),
    )


def _opening(evidence: EvidenceSet) -> str:
    """Return how the sentence begins: with the purchase, the wish or the taste that carries it."""
    first = evidence.to_say()[0]
    if first.kind == "request":
        return "As you asked,"
    if first.kind == "attribute":
        return "Like much of what you have chosen,"
    shared = [fact for fact in evidence.causes if evidence.links.get(fact.evidence_id) == first.evidence_id]
    return f"Like your {first.key}," if shared else f"Because you bought the {first.key},"
