"""Training examples of SELLER: what the encoder reads of a case, what the language model is asked, what it answers.

Two kinds of answers. Tested ones say what survived the counterfactual test, in the words of the phrasebook, led by a
style; they exist for any client and suggestion. References were written by people or a large model for given purchases
and choose for themselves what to lead with.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from recsys.faithfulness import Effects, measure
from recsys.ranker import IntArray
from recsys.recommender import Recommender
from recsys.schema import ExplanationStyle, Item
from recsys.seller.evidence import EvidenceSet, Purchase, gather, short_title
from recsys.seller.features import N_LATEST, UNKNOWN_GAP, Case
from recsys.seller.references import Reference
from recsys.seller.request import Request, harmless
from recsys.seller.template import reason_by_template, styles_of

LEFT_TO_THE_MODEL = 0.5  # of the examples: the request does not say with which style to lead

N_PATTERNS = 3  # of those that fit best, among which the words of an example are drawn

Describe = Callable[[Item], str]
"""Puts an item's relevant metadata into words for the request."""


@dataclass(frozen=True)
class Example:
    """One case with its answer, and the same case with the history in another order."""

    request: Request
    case: Case
    text: str
    shuffled_request: Request
    shuffled: Case


def case_of(recommender: Recommender, purchases: Sequence[Purchase], item_id: str, effects: Effects) -> Case:
    """Return a case as the encoder reads it, in internal ids."""
    sequence = recommender.internal([purchase.item_id for purchase in purchases])
    return Case(sequence, recommender.catalogue.ids.to_internal(item_id), _days(purchases), effects)


def request_of(
    recommender: Recommender, purchases: Sequence[Purchase], item_id: str, lead: str, describe: Describe
) -> Request:
    """Return what the language model is asked about a case."""
    latest = purchases[-N_LATEST:]
    names = tuple(short_title(recommender.catalogue.item(purchase.item_id)) for purchase in latest)
    return Request(lead, names, describe(recommender.catalogue.item(item_id)))


def sayable(evidence: EvidenceSet) -> EvidenceSet:
    """Leave out purchases that the request does not name, their order, and what is linked to them alone."""
    named = {owned.item.item_id for owned in evidence.owned[-N_LATEST:]}
    gone = {
        fact.evidence_id
        for fact in evidence.evidence
        if fact.kind in ("history", "order") and not named.issuperset(fact.subject.split())
    }
    gone |= {one for one, other in evidence.links.items() if other in gone}
    kept = tuple(fact for fact in evidence.evidence if fact.evidence_id not in gone)
    links = {one: other for one, other in evidence.links.items() if one not in gone}
    return replace(evidence, evidence=kept, links=links)


def phrasebook_examples(
    recommender: Recommender,
    histories: Iterable[Sequence[Purchase]],
    describe: Describe,
    rng: np.random.Generator,
    *,
    n_suggestions: int,
) -> list[Example]:
    """Return an example of a tested reason for each history, where one of its suggestions has a reason.

    Args:
        recommender: Its suggestions are explained and its scores tested.
        histories: Clients' purchases, oldest first.
        describe: Puts an item's relevant metadata into words.
        rng: Draws the suggestion, the style, the pattern and the other order.
        n_suggestions: The suggestion is drawn among the best so many.
    """
    examples = []
    for purchases in histories:
        ranking = recommender.rank([purchase.item_id for purchase in purchases], k=n_suggestions)
        if not ranking.candidates:
            continue  # she owns everything that is there
        item_id = ranking.candidates[int(rng.integers(len(ranking.candidates)))].item_id
        evidence = sayable(gather(recommender, purchases, item_id))
        styles = styles_of(evidence)
        if styles:
            chooses = bool(rng.random() < LEFT_TO_THE_MODEL)
            style: ExplanationStyle = styles[0 if chooses else int(rng.integers(len(styles)))]
            text, _ = reason_by_template(evidence, style, rng, N_PATTERNS)
            lead = "best" if chooses else style
            examples.append(_example(recommender, purchases, item_id, lead, text, describe, rng))
    return examples


def reference_examples(
    recommender: Recommender,
    references: Sequence[Reference],
    describe: Describe,
    rng: np.random.Generator,
) -> list[Example]:
    """Return the examples of written references whose items the catalogue holds."""
    known = recommender.catalogue.ids
    return [
        _example(
            recommender,
            [Purchase(item_id, None) for item_id in one.history],
            one.target,
            "open",
            harmless(one.text),
            describe,
            rng,
        )
        for one in references
        if one.target in known and one.history and all(item_id in known for item_id in one.history)
    ]


def blank_example(
    recommender: Recommender,
    purchases: Sequence[Purchase],
    item_id: str,
    lead: str,
    describe: Describe,
    rng: np.random.Generator,
) -> Example:
    """Return a case that is to be written about, without an answer."""
    return _example(recommender, purchases, item_id, lead, "", describe, rng)


def _example(
    recommender: Recommender,
    purchases: Sequence[Purchase],
    item_id: str,
    lead: str,
    text: str,
    describe: Describe,
    rng: np.random.Generator,
) -> Example:
    order = _another_order(len(purchases), rng)
    # the dates stay where they are: gaps between them would tell that the purchases were shuffled
    shuffled_purchases = [
        replace(purchases[int(place)], at=one.at) for place, one in zip(order, purchases, strict=True)
    ]
    found: list[tuple[Request, Case]] = []
    for one in (purchases, shuffled_purchases):
        sequence = recommender.internal([purchase.item_id for purchase in one])
        effects = measure(recommender, sequence, recommender.catalogue.ids.to_internal(item_id))
        request = request_of(recommender, one, item_id, lead, describe)
        found.append((request, case_of(recommender, one, item_id, effects)))
    (request, case), (shuffled_request, shuffled) = found
    return Example(request, case, text, shuffled_request, shuffled)


def _another_order(n: int, rng: np.random.Generator) -> IntArray:
    """Return a random order that is not the given one, where there is another."""
    order = rng.permutation(n)
    return order[::-1].copy() if n > 1 and (order == np.arange(n)).all() else order


def _days(purchases: Sequence[Purchase]) -> IntArray:
    """Return days since the purchase before, int64, (L,), UNKNOWN_GAP where one of the two has no date."""
    days = [UNKNOWN_GAP] * len(purchases)
    for place in range(1, len(purchases)):
        earlier, later = purchases[place - 1].at, purchases[place].at
        if earlier is not None and later is not None:
            days[place] = max(0, (later - earlier).days)
    return np.array(days, dtype=np.int64)
