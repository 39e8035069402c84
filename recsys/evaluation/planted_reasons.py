"""False reasons, planted to see whether the checks catch them, and an audit of the reasons an explainer gives.

A false reason is made from a real case: its client's purchases, its tested evidence, its honest text. The surface forms
stand in planted_forms.yaml, fluent and persuasive ones and such as use allowed words only, in four splits: the checks
were mended on "dev", and "test" was written afterwards. "held_out_3" was written without sight of the checks, which
were mended on its few misses; "held_out_4" came after that, and nothing was mended on it.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources

import numpy as np
import yaml

from recsys.catalogue import words
from recsys.errors import InputError
from recsys.evaluation.planted_splits import Split
from recsys.guided.attributes import AttributeSet
from recsys.recommender import Recommender
from recsys.schema import Evidence, Item
from recsys.seller.catalogue_claims import n_of_brand
from recsys.seller.checks import check_reason
from recsys.seller.evidence import EvidenceSet, Owned, Purchase, gather, said_of, short_title
from recsys.seller.explainer import Explainer
from recsys.seller.reading import sayings

ASKED_FOR = ("wrong item", "wrong attribute", "wrong order", "invented price")  # the kinds a boutique asks about first
N_TRIES = 20  # draws from the catalogue until one fits
_SLOT = re.compile(r"{(\w+)}")
_INVENTED = {
    "ingredient": ("retinol", "argan oil", "snail extract", "cashmere", "calfskin", "rose water", "mulberry silk"),
    "price": ("$19.99", "49 euros", "29.50", "EUR 120", "12 dollars"),
    "price_in_words": ("twenty dollars", "less than half the price", "a small price", "fifty euros"),
}


@dataclass(frozen=True)
class Planted:
    """One false reason: what is false about it, its text, and the evidence it is checked against."""

    kind: str
    text: str
    evidence: EvidenceSet


@dataclass(frozen=True)
class CatchRate:
    """How many false reasons the checks caught.

    Attributes:
        caught, planted: Counts by kind.
        missed: The false reasons that passed every check.
    """

    caught: Mapping[str, int]
    planted: Mapping[str, int]
    missed: tuple[Planted, ...]

    def totals(self, kinds: Sequence[str] | None = None) -> tuple[int, int]:
        """Return how many were caught and planted, of some kinds or of all."""
        chosen = [kind for kind in self.planted if kinds is None or kind in kinds]
        return sum(self.caught.get(kind, 0) for kind in chosen), sum(self.planted[kind] for kind in chosen)

    def as_dict(self) -> dict[str, object]:
        """Return what a command prints as JSON."""
        return {
            "caught": self.totals()[0],
            "planted": self.totals()[1],
            "kinds": {kind: {"caught": self.caught.get(kind, 0), "planted": n} for kind, n in self.planted.items()},
            "missed": [{"kind": one.kind, "text": one.text} for one in self.missed],
        }


def kinds() -> tuple[str, ...]:
    """Return the kinds of false reasons."""
    return tuple(_forms())


@cache
def _forms() -> dict[str, dict[Split, list[str]]]:
    text = resources.files("recsys.evaluation").joinpath("planted_forms.yaml").read_text(encoding="utf-8")
    forms: dict[str, dict[Split, list[str]]] = yaml.safe_load(text)
    return forms


def plant(
    honest: str,
    evidence: EvidenceSet,
    recommender: Recommender,
    rng: np.random.Generator,
    *,
    kind: str,
    split: Split = "test",
) -> Planted | None:
    """Make one false reason of a kind.

    Args:
        honest: A true reason for the case; some forms change one thing in it.
        evidence: What may be said about the case.
        recommender: Its catalogue lends names, its guided embeddings say which qualities are false.

    Returns:
        The false reason, or None where the case offers nothing to be false about.
    """
    if kind not in _forms():
        raise InputError(f"no kind of false reason {kind!r}: choose from {', '.join(kinds())}")
    slots = {name: value for name, value in _slots(honest, evidence, recommender, rng).items() if value}
    usable = [form for form in _forms()[kind][split] if set(_SLOT.findall(form)) <= set(slots)]
    if not usable:
        return None
    text = usable[int(rng.integers(len(usable)))].format(**slots)
    # An order that is false is planted where words of order are earned: else any word of order gives it away.
    case = replace(evidence, order_matters=True) if kind == "wrong order" else evidence
    return Planted(kind, text[:1].upper() + text[1:], case)


def plant_many(
    cases: Sequence[tuple[str, EvidenceSet]],
    recommender: Recommender,
    n: int,
    seed: int,
    *,
    only: Sequence[str] | None = None,
    split: Split = "test",
) -> tuple[Planted, ...]:
    """Make n different false reasons, as many of each kind, as far as the cases offer them.

    Args:
        cases: Honest texts with their evidence.
        only: The kinds; all where None.
    """
    rng = np.random.default_rng(seed)
    chosen, found = list(only or kinds()), dict[tuple[str, str], Planted]()
    for place, kind in enumerate(chosen):
        wanted = len(found) + math.ceil((n - len(found)) / (len(chosen) - place))
        for _ in range(N_TRIES * n):
            if len(found) >= wanted:
                break
            honest, evidence = cases[int(rng.integers(len(cases)))]
            planted = plant(honest, evidence, recommender, rng, kind=kind, split=split)
            if planted is not None:
                found.setdefault((planted.text, planted.evidence.item.item_id), planted)
    return tuple(found.values())


def catch_rate(planted: Iterable[Planted], attributes: AttributeSet | None) -> CatchRate:
    """Count the false reasons that fail at least one check."""
    caught, total, missed = Counter[str](), Counter[str](), list[Planted]()
    for one in planted:
        total[one.kind] += 1
        if all(check_reason(one.text, one.evidence, attributes).values()):
            missed.append(one)
        else:
            caught[one.kind] += 1
    return CatchRate(dict(caught), dict(total), tuple(missed))


def _slots(
    honest: str, evidence: EvidenceSet, recommender: Recommender, rng: np.random.Generator
) -> dict[str, str | None]:
    """Return what the forms may be filled with; None where the case has no such thing."""
    item = evidence.item
    causes = evidence.of_kind("history")
    bought = causes[int(rng.integers(len(causes)))] if causes else None
    # The same article in another shade has the same name: nothing said of one is false of the other.
    name = bought.key if bought and bought.key.casefold() != short_title(item).casefold() else None
    wrong = _other_name(evidence, recommender.catalogue.items, rng)
    untested = [one.name for one in evidence.owned if one.name not in {fact.key for fact in causes}]
    held = [fact for fact in evidence.causes if fact.kind == "attribute"]
    false = _false_quality(evidence, recommender, rng)
    first = held[0].key if held else None
    title = short_title(item)
    slots = {
        "honest": honest,
        "item": None if title.casefold() in {one.name.casefold() for one in evidence.owned} else title,
        "bought": name,
        "wrong": wrong,
        "untested": _one(untested, rng),
        "quality": first,
        "false": false,
        "unshared": _unshared(bought, held, recommender),
        "kind": _kind(item),
        "brand": item.brand,
        "mixed": _mixed(name, title),
        "honest_wrong_name": _put(honest, name, wrong),
        "honest_mixed": _put(honest, name, _mixed(name, title)),
        "honest_wrong_quality": _put(honest, first, false),
        "honest_swapped": _swapped(honest, name, title),
        **{slot: _one(values, rng) for slot, values in _INVENTED.items()},
        **_order(evidence, rng),
        **_house(evidence, bought, recommender, rng),
    }
    if (slots["ingredient"] or "").split()[0] in words(item.text()):
        slots["ingredient"] = None
    return slots


def _one(values: Sequence[str], rng: np.random.Generator) -> str | None:
    return values[int(rng.integers(len(values)))] if values else None


def _put(text: str, old: str | None, new: str | None) -> str | None:
    return text.replace(old, new) if old and new and old in text and old != new else None


def _swapped(text: str, name: str | None, title: str) -> str | None:
    """Name the suggestion where the purchase stands, and as the suggestion the purchase."""
    if not name or name not in text or name.casefold() == title.casefold():
        return None
    return re.sub(r"\bit is\b", f"the {name} is", text.replace(name, title), count=1)


def _other_name(evidence: EvidenceSet, items: Sequence[Item], rng: np.random.Generator) -> str | None:
    """Return the name of an item that the client does not own and that is not suggested."""
    known = {short_title(evidence.item).casefold(), *(one.name.casefold() for one in evidence.owned)}
    for _ in range(N_TRIES):
        name = short_title(items[int(rng.integers(len(items)))])
        if name.casefold() not in known and len(name.split()) > 1:
            return name
    return None


def _false_quality(evidence: EvidenceSet, recommender: Recommender, rng: np.random.Generator) -> str | None:
    """Return a quality of the attribute set that the item does not have."""
    guided = recommender.guided
    if guided is None:
        return None
    row = recommender.catalogue.ids.to_internal(evidence.item.item_id)
    has = {said_of(guided, row, column) for column in range(len(guided.names))}
    has |= {saying for fact in evidence.evidence for saying in sayings(fact.key)}
    poles = [one for attribute in guided.attribute_set.attributes for one in (attribute.high, attribute.low) if one]
    return _one([one for one in poles if one not in has], rng)


def _unshared(bought: Evidence | None, held: Sequence[Evidence], recommender: Recommender) -> str | None:
    """Return a quality that the suggestion has and the purchase has not."""
    guided = recommender.guided
    if bought is None or guided is None:
        return None
    row = recommender.catalogue.ids.to_internal(bought.subject)
    theirs = {said_of(guided, row, column) for column in range(len(guided.names))}
    return next((fact.key for fact in held if fact.key not in theirs), None)


def _kind(item: Item) -> str | None:
    """Return the last word of the narrowest category in small letters ("scarf" only where it is one)."""
    found = words(item.category[-1]) if item.category else ()
    return found[-1] if found else None


def _mixed(name: str | None, title: str) -> str | None:
    """Return the beginning of one name with the end of the other."""
    if not name or len(name.split()) < 2 or len(title.split()) < 2:
        return None
    mixed = (
        f"{' '.join(name.split()[: (len(name.split()) + 1) // 2])} {' '.join(title.split()[len(title.split()) // 2 :])}"
    )
    return mixed if mixed.casefold() not in (name.casefold(), title.casefold()) else None


def _order(evidence: EvidenceSet, rng: np.random.Generator) -> dict[str, str | None]:
    """Return two tested purchases of which one was surely bought before the other, and one that is not the latest."""
    tested = {fact.key for fact in evidence.of_kind("history")}
    owned = [one for one in evidence.owned if one.name in tested]
    counts = Counter(one.name for one in evidence.owned)
    pairs = [
        (one, other)
        for place, one in enumerate(owned)
        for other in owned[place + 1 :]
        if counts[one.name] == counts[other.name] == 1 and _before(one, other)
    ]
    old = [one.name for one in evidence.owned[:-3] if one.name in tested and _is_old(one, evidence, counts)]
    pair = pairs[int(rng.integers(len(pairs)))] if pairs else None
    return {
        "earlier": pair[0].name if pair else None,
        "later": pair[1].name if pair else None,
        "old": _one(old, rng),
    }


def _before(one: Owned, other: Owned) -> bool:
    return one.at is None or other.at is None or one.at < other.at


def _is_old(one: Owned, evidence: EvidenceSet, counts: Mapping[str, int]) -> bool:
    return counts[one.name] == 1 and _before(one, evidence.owned[-3])


def _house(
    evidence: EvidenceSet, bought: Evidence | None, recommender: Recommender, rng: np.random.Generator
) -> dict[str, str | None]:
    """Return a brand that is not the item's, a purchase of another house, and what would be false firsts."""
    item, brand = evidence.item, (evidence.item.brand or "").casefold()
    brands = [one for one in recommender.catalogue.brands if one.casefold() != brand and len(one) > 2]
    theirs = [one for one in evidence.owned if bought and one.item.item_id == bought.subject]
    foreign = [one.name for one in theirs if brand and (one.item.brand or "").casefold() != brand]
    n = n_of_brand(evidence)
    same_kind = [one for one in evidence.owned if item.category and item.category[-1] in one.item.category]
    return {
        "wrong_brand": _one(brands[:200], rng),
        "foreign": _one(foreign, rng),
        "few": item.brand if brand and n < 2 else None,
        "known_brand": item.brand if n else None,
        "wrong_count": _one(_wrong_counts(evidence), rng) if brand else None,
        "known_kind": _kind(item) if same_kind and _kind(item) in words(item.title) else None,
        "any_known_kind": "kind" if same_kind else None,
    }


def _wrong_counts(evidence: EvidenceSet) -> list[str]:
    """Return numbers that count neither purchases of the item's brand nor different items of it."""
    brand = (evidence.item.brand or "").casefold()
    theirs = [one.item.item_id for one in evidence.owned if (one.item.brand or "").casefold() == brand]
    numbers = {"two": 2, "three": 3, "five": 5, "seven": 7}
    return [word for word, number in numbers.items() if number not in (len(theirs), len(set(theirs)))]


@dataclass(frozen=True)
class ReasonAudit:
    """How many of the shown reasons pass every check.

    Attributes:
        shown, passed: Counts by source; "none" (no strong reason) claims nothing and is counted as shown only.
        failures: How often each check failed.
        failed: The texts that failed, with the checks they failed.
    """

    shown: Mapping[str, int]
    passed: Mapping[str, int]
    failures: Mapping[str, int]
    failed: tuple[tuple[str, tuple[str, ...]], ...]

    @property
    def share(self) -> float:
        """Share of the reasons that claim something and pass every check; 1.0 where none claims anything."""
        claiming = sum(n for source, n in self.shown.items() if source != "none")
        return sum(self.passed.values()) / claiming if claiming else 1.0

    def as_dict(self) -> dict[str, object]:
        """Return what a command prints as JSON."""
        return {
            "shown": sum(self.shown.values()),
            "share": round(self.share, 4),
            "sources": {name: {"shown": n, "passed": self.passed.get(name, 0)} for name, n in self.shown.items()},
            "failures": dict(self.failures),
            "failed": [{"text": text, "checks": list(checks)} for text, checks in self.failed],
        }


def audit(
    explainer: Explainer,
    clients: Iterable[Sequence[Purchase]],
    *,
    k: int = 1,
    on_progress: Callable[[int], None] | None = None,
) -> ReasonAudit:
    """Explain each client's k best suggestions and check every text anew, against evidence gathered anew.

    Args:
        clients: The purchases of each client, oldest first.
        on_progress: Called with the number of reasons so far.
    """
    recommender = explainer.recommender
    attributes = recommender.guided.attribute_set if recommender.guided is not None else None
    shown, passed, failures = Counter[str](), Counter[str](), Counter[str]()
    failed = list[tuple[str, tuple[str, ...]]]()
    suggestions = [
        (
            list(purchases),
            candidate.item_id,
        )  # a list of its own: each reason stands alone, as if no card were beside it
        for purchases in clients
        for candidate in recommender.rank([one.item_id for one in purchases], k=k).candidates
    ]
    for (purchases, item_id), found in zip(suggestions, explainer.work(suggestions), strict=True):
        explanation = found.explanation
        shown[explanation.source] += 1
        if explanation.source != "none":
            checks = check_reason(explanation.text, gather(recommender, purchases, item_id), attributes)
            wrong = tuple(name for name, held in checks.items() if not held)
            passed[explanation.source] += not wrong
            failures.update(wrong)
            failed += [(explanation.text, wrong)] if wrong else []
        if on_progress is not None:
            on_progress(sum(shown.values()))
    return ReasonAudit(dict(shown), dict(passed), dict(failures), tuple(failed))
