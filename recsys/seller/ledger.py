"""The ledger of a reason: each sentence with the evidence that it rests on; and repair by leaving sentences out."""

from __future__ import annotations

from itertools import combinations

from recsys.guided.attributes import AttributeSet
from recsys.seller.checks import check_reason
from recsys.seller.evidence import EvidenceSet
from recsys.seller.grounds import rests_on
from recsys.seller.reading import read

MAX_SENTENCES = 5  # of a text that is worth repairing


def ledger(text: str, evidence: EvidenceSet) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return each sentence with the ids of the evidence it rests on, none for a sentence that rests on nothing."""
    reading = read(text, evidence)
    return tuple(
        (sentence.text, tuple(fact.evidence_id for fact in rests_on(sentence, masked, reading)))
        for sentence, masked in reading.masked_sentences()
    )


def repair_by_omission(text: str, evidence: EvidenceSet, attributes: AttributeSet | None) -> str | None:
    """Leave out as few sentences as make the rest pass every check.

    Returns:
        The text itself where it passes, what remains of it, or None where nothing does.
    """
    sentences = [sentence.text for sentence in read(text, evidence).sentences]
    if len(sentences) > MAX_SENTENCES:
        return None
    for kept in range(len(sentences), 0, -1):
        for chosen in combinations(sentences, kept):
            shorter = " ".join(chosen)
            if all(check_reason(shorter, evidence, attributes).values()):
                return shorter
    return None
