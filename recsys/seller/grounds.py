"""Which facts a sentence rests on."""

from __future__ import annotations

import re

from recsys.schema import Evidence
from recsys.seller.catalogue_claims import HOUSE_WORDS
from recsys.seller.evidence import EvidenceSet
from recsys.seller.order_claims import speaks_of_order
from recsys.seller.quality_claims import facts_of, linked_name
from recsys.seller.reading import Reading, Sentence, read

_KIND_OF_FIRST = re.compile(r"\bfirst\b|\bno other\b|\bnew\b")


def rests_on(sentence: Sentence, masked: str, reading: Reading) -> tuple[Evidence, ...]:
    """Return the facts that one sentence relies on, in the order of the evidence."""
    evidence = reading.evidence
    named = set(sentence.values("purchase"))
    said = {value.casefold() for kind in ("fact", "brand") for value in sentence.values(kind)}
    found = [fact for fact in evidence.evidence if _relies(fact, named, said, masked, evidence)]
    return tuple(found)


def _relies(fact: Evidence, named: set[str], said: set[str], masked: str, evidence: EvidenceSet) -> bool:
    if fact.kind == "history":
        return fact.key in named
    if fact.kind == "house":
        return "<b>" in masked or any(re.search(rf"\b{word}\b", masked) for word in HOUSE_WORDS)
    if fact.kind == "order":
        return bool(named) and speaks_of_order(masked)
    if fact.key.casefold() not in said:
        return fact.kind == "field" and fact.subject.startswith("first") and bool(_KIND_OF_FIRST.search(masked))
    with_name = linked_name(fact, evidence)
    alone = [one for one in facts_of(fact.key, evidence) if linked_name(one, evidence) is None]
    shared = [one for one in facts_of(fact.key, evidence) if linked_name(one, evidence) in named]
    if with_name is not None:
        return with_name in named or not (alone or shared)  # a quality said without its purchase still rests on it
    return not (shared and fact.kind == "attribute")


def cited(text: str, evidence: EvidenceSet) -> tuple[Evidence, ...]:
    """Return the facts that a text relies on, in the order of the evidence."""
    reading = read(text, evidence)
    ids = {fact.evidence_id for one, masked in reading.masked_sentences() for fact in rests_on(one, masked, reading)}
    return tuple(fact for fact in evidence.evidence if fact.evidence_id in ids)
