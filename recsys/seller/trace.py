"""The trace of one explanation: everything there is to show of how it came to be and what holds it; no HTML.

Figures are in standard deviations of the ranker's scores for this client, positions in standard deviations from the
average item of the catalogue. Nothing here is estimated: what can be computed is asked of the recommender, and what
only the writer of the text knows (drafts, attention, the experts' weights) is handed in or is absent.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Literal

import numpy as np

from recsys.attribution import Attribution, attribute
from recsys.faithfulness import measure, places
from recsys.ranker import IntArray
from recsys.recommender import Recommender
from recsys.schema import Evidence, EvidenceKind, Explanation
from recsys.seller.explainer import Rejected
from recsys.seller.facts import Purchase
from recsys.seller.gate_weights import ExpertRole, ExpertWeights, check_weights
from recsys.seller.titles import short_title


@dataclass(frozen=True)
class Fact:
    """One cited fact with its counterfactual figures.

    Attributes:
        place, place_without: Place among all items now and without the fact, 1 is best; both None where the ranker
            does not see it.
    """

    evidence_id: str
    kind: EvidenceKind
    subject: str
    statement: str
    effect: float
    control: float
    at: str | None
    is_cause: bool
    place: int | None
    place_without: int | None


@dataclass(frozen=True)
class Sentence:
    """One sentence of the text and the ids of the facts that it rests on."""

    text: str
    facts: tuple[str, ...]


@dataclass(frozen=True)
class Check:
    """One check of the text that is shown."""

    name: str
    passed: bool


@dataclass(frozen=True)
class HistoryPoint:
    """One purchase.

    Attributes:
        number: From 1, oldest first.
        at: Day as YYYY-MM-DD; None where only the order is known.
        effect: Fall of the score when every purchase of this item is left out.
        is_named: Whether the text rests on it.
        attention: Share of the semantic path's target attention, in [0, 1]; None where there is none.
        in_prompt: Whether one of the soft-prompt tokens stands for it.
    """

    number: int
    item_id: str
    name: str
    at: str | None
    effect: float
    is_named: bool
    attention: float | None
    in_prompt: bool


@dataclass(frozen=True)
class AttributePoint:
    """One guided attribute.

    Attributes:
        low, high: How either end is said to a client; "" where it is not.
        item, client: Positions of the item and of the client's taste.
        contribution: What the score would lose were the item average on it; None where the ranker does not see it.
        is_stated: Whether the text states it.
        may_be_stated: Whether its scorers agree enough.
        agreement: Mean correlation of independent scorings; None where it was not measured.
    """

    name: str
    label: str
    low: str
    high: str
    item: float
    client: float
    contribution: float | None
    is_stated: bool
    may_be_stated: bool
    agreement: float | None


@dataclass(frozen=True)
class Identity:
    """Which models spoke; "" or None where a part had none or is not known.

    Attributes:
        weights_sha256: Of the weights of the ranker.
        adapter_sha256: Of the weights of SELLER's adapter.
        style: What the explanation leads with.
        seconds: Wall-clock time from the evidence to the checked text.
    """

    ranker: str
    weights_sha256: str = ""
    seed: int | None = None
    adapter_sha256: str = ""
    language_model: str = ""
    style: str = ""
    seconds: float | None = None


@dataclass(frozen=True)
class Trace:
    """One explanation, taken apart.

    Attributes:
        place: Of the item among all `n_items` for this client, without moves; 1 is best.
        house: What the score would lose were the item of no house.
        rest: What would be left of the score were the item average on every attribute and of no house.
        order: Score with the purchases in their order minus the mean score with them shuffled.
        order_matters: Whether words of sequence are earned.
        attributes: Empty where the boutique has no guided scores.
        scorer: Who scored the attributes; "" where nobody did.
        experts: None where no local generator took part.
    """

    client_id: str
    item_id: str
    name: str
    title: str
    category: tuple[str, ...]
    n_items: int
    place: int
    score: float
    house: float
    rest: float
    order: float
    order_matters: bool
    text: str
    source: Literal["model", "seller", "template", "none"]
    sentences: tuple[Sentence, ...]
    facts: tuple[Fact, ...]
    drafts: tuple[Rejected, ...]
    checks: tuple[Check, ...]
    history: tuple[HistoryPoint, ...]
    attributes: tuple[AttributePoint, ...]
    scorer: str
    experts: tuple[ExpertWeights, ...] | None
    roles: tuple[ExpertRole, ...]
    identity: Identity

    @property
    def failed(self) -> tuple[str, ...]:
        """Names of the checks that the shown text failed."""
        return tuple(check.name for check in self.checks if not check.passed)

    def to_json(self) -> str:
        """Return the trace as one JSON document, fields named as here."""
        return json.dumps(asdict(self), indent=2, ensure_ascii=False, allow_nan=False)


def trace_of(
    recommender: Recommender,
    purchases: Sequence[Purchase],
    item_id: str,
    explanation: Explanation,
    drafts: Iterable[Rejected] = (),
    experts: Sequence[ExpertWeights] | None = None,
    attention: Sequence[float] | None = None,
    *,
    client_id: str = "",
    identity: Identity | None = None,
    roles: Iterable[ExpertRole] = (),
) -> Trace:
    """Take one explanation apart.

    Args:
        recommender: The recommender that made the suggestion; all figures are asked of it.
        purchases: The client's kept purchases, oldest first; may be empty.
        item_id: The suggested item.
        explanation: What is shown.
        drafts: Texts that were tried before and not shown, in order.
        experts: The gate's weights, one entry a soft-prompt token; None where no local generator took part.
        attention: Target attention over the latest purchases, oldest first, at most one weight a purchase.
        client_id: For the heading.
        identity: Which models spoke; by default only the ranker's name is known.
        roles: The gate report in words.

    Raises:
        NotFound: If the item or a purchase is not in the catalogue.
        ValueError: If there are more attention weights than purchases, tokens differ in the number of experts, or a
            token stands for a purchase that there is not.
    """
    if attention is not None and len(attention) > len(purchases):
        raise ValueError(f"{len(attention)} attention weights for {len(purchases)} purchases")
    check_weights(experts or (), len(purchases))
    sequence = recommender.internal([one.item_id for one in purchases])
    target, item = recommender.catalogue.ids.to_internal(item_id), recommender.catalogue.item(item_id)
    parts = attribute(recommender, sequence, [target])[0]
    effects = measure(recommender, sequence, target)
    scores = recommender.scores([sequence])[0]
    return Trace(
        client_id=client_id,
        item_id=item_id,
        name=short_title(item),
        title=item.title,
        category=tuple(item.category),
        n_items=len(recommender.catalogue),
        place=int((scores > scores[target]).sum()) + 1,
        score=_rounded(parts.score),
        house=_rounded(parts.house),
        rest=_rounded(parts.rest),
        order=_rounded(effects.order),
        order_matters=effects.order_matters,
        text=explanation.text,
        source=explanation.source,
        sentences=_sentences(explanation),
        facts=tuple(_fact(recommender, sequence, target, one) for one in explanation.evidence),
        drafts=tuple(drafts),
        checks=tuple(Check(name, passed) for name, passed in explanation.checks.items()),
        history=_history(recommender, purchases, parts, explanation, experts, attention),
        attributes=_attributes(recommender, sequence, target, parts, explanation),
        scorer=recommender.guided.scorer if recommender.guided is not None else "",
        experts=None if experts is None else tuple(experts),
        roles=tuple(roles),
        identity=identity or Identity(recommender.ranker.name),
    )


def _sentences(explanation: Explanation) -> tuple[Sentence, ...]:
    """Return the ledger; a text without one rests as a whole on all that it cites."""
    if explanation.ledger:
        return tuple(Sentence(text, tuple(ids)) for text, ids in explanation.ledger)
    return (Sentence(explanation.text, tuple(fact.evidence_id for fact in explanation.evidence)),)


def _fact(recommender: Recommender, sequence: IntArray, target: int, one: Evidence) -> Fact:
    now, without = places(recommender, sequence, target, one) if one.tested else (None, None)
    return Fact(
        evidence_id=one.evidence_id,
        kind=one.kind,
        subject=one.subject,
        statement=one.statement,
        effect=_rounded(one.effect),
        control=_rounded(one.control),
        at=one.at.isoformat() if one.at else None,
        is_cause=one.is_cause,
        place=now,
        place_without=without,
    )


def _history(
    recommender: Recommender,
    purchases: Sequence[Purchase],
    parts: Attribution,
    explanation: Explanation,
    experts: Sequence[ExpertWeights] | None,
    attention: Sequence[float] | None,
) -> tuple[HistoryPoint, ...]:
    effect_of = dict(zip(parts.purchases.tolist(), parts.effects.tolist(), strict=True))
    told = (fact for fact in explanation.evidence if fact.kind in ("history", "order"))
    named = {item_id for fact in told for item_id in fact.subject.split()}  # an order may be of two purchases
    in_prompt = {one.purchase for one in experts or ()}
    weights: list[float | None] = [None] * (len(purchases) - len(attention or ())) + list(attention or ())
    catalogue = recommender.catalogue
    return tuple(
        HistoryPoint(
            number=number,
            item_id=one.item_id,
            name=short_title(catalogue.item(one.item_id)),
            at=one.at.isoformat() if one.at else None,
            effect=_rounded(effect_of[catalogue.ids.to_internal(one.item_id)]),
            is_named=one.item_id in named,
            attention=None if weight is None else _rounded(weight),
            in_prompt=number in in_prompt,
        )
        for number, (one, weight) in enumerate(zip(purchases, weights, strict=True), start=1)
    )


def _attributes(
    recommender: Recommender, sequence: IntArray, target: int, parts: Attribution, explanation: Explanation
) -> tuple[AttributePoint, ...]:
    guided = recommender.guided
    if guided is None:
        return ()
    taste = np.asarray(guided.taste(sequence))
    stated = {fact.subject for fact in explanation.evidence if fact.kind == "attribute"}
    return tuple(
        AttributePoint(
            name=one.name,
            label=one.label,
            low=one.low,
            high=one.high,
            item=_rounded(guided.standard[target, column]),
            client=_rounded(taste[column]),
            contribution=None if parts.attributes is None else _rounded(parts.attributes[column]),
            is_stated=one.name in stated,
            may_be_stated=one.statable,
            agreement=None if one.agreement is None else one.agreement.mean,
        )
        for column, one in enumerate(guided.attribute_set.attributes)
    )


def _rounded(value: float | np.floating) -> float:
    return round(float(value), 4)
