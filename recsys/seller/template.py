"""The honest floor: a grammatical reason put together from tested evidence, without a language model."""

from __future__ import annotations

from recsys.schema import Evidence
from recsys.seller.evidence import EvidenceSet, month

NO_STRONG_REASON = "No strong reason: it ranks well for you, but no single purchase or quality of it accounts for that."


def reason_by_template(evidence: EvidenceSet) -> tuple[str, tuple[Evidence, ...]]:
    """Put the facts worth saying into one to three short sentences.

    Returns:
        The text, and the facts that it cites (none of them for NO_STRONG_REASON).
    """
    facts = evidence.to_say()
    if not facts:
        return NO_STRONG_REASON, ()
    bought = next((fact for fact in facts if fact.kind == "history"), None)
    sentences = []
    for fact in facts:
        if fact.kind == "request":
            sentences.append(f"It is {fact.key}, as you asked.")
        elif fact.kind == "history":
            shared = next((one for one in facts if evidence.links.get(one.evidence_id) == fact.evidence_id), None)
            sentences.append(_purchase_sentence(fact, shared))
        elif fact.evidence_id not in evidence.links:
            also = "also " if bought else ""
            sentences.append(f"It is {also}{fact.key}, as is much of what you have chosen.")
    return " ".join(sentences), facts


def _purchase_sentence(bought: Evidence, shared: Evidence | None) -> str:
    when = f" of {month(bought.at)}" if bought.at else ""
    if shared is None:
        return f"Suggested because of your {bought.key}{when}."
    if shared.is_cause:
        return f"Like your {bought.key}{when}, it is {shared.key}."
    predicate = shared.statement.removeprefix(f"Like your {bought.key}, it ")
    return f"Suggested because of your {bought.key}{when}: it too {predicate}."
