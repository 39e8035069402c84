"""The honest floor: a grammatical reason put together from tested evidence, without a language model."""

from __future__ import annotations

from collections.abc import Sequence

from recsys.schema import Evidence
from recsys.seller.evidence import EvidenceSet, month

NO_STRONG_REASON = "No strong reason: it ranks well for you, but no single purchase or quality of it accounts for that."


def reason_by_template(evidence: EvidenceSet) -> tuple[str, tuple[Evidence, ...]]:
    """Put the tested causes into one or two sentences.

    Returns:
        The text, and the facts that it cites (none of them for NO_STRONG_REASON).
    """
    requests = [fact for fact in evidence.causes if fact.kind == "request"]
    history = [fact for fact in evidence.causes if fact.kind == "history"]
    attributes = [fact for fact in evidence.causes if fact.kind == "attribute"]
    asked = {fact.key for fact in requests}
    attributes = [fact for fact in attributes if fact.key not in asked]
    sentences, cited = list[str](), list[Evidence]()
    if requests:
        sentences.append(f"It is {_join([fact.key for fact in requests])}, as you asked.")
        cited += requests
    if history:
        support = [fact for fact in evidence.evidence if fact.kind == "field"][:1]
        sentences.append(_history_sentence(history, support))
        cited += [*history, *support]
    if attributes and len(sentences) < 2:
        sentences.append(f"It is {_join([fact.key for fact in attributes])}, as is much of what you have chosen.")
        cited += attributes
    if not sentences:
        return NO_STRONG_REASON, ()
    return " ".join(sentences), tuple(cited)


def _history_sentence(history: Sequence[Evidence], support: Sequence[Evidence]) -> str:
    owned = _join([f"your {fact.key}{f' of {month(fact.at)}' if fact.at else ''}" for fact in history])
    sentence = f"Suggested because of {owned}"
    if not support:
        return f"{sentence}."
    shared = support[0].statement
    return f"{sentence}; {shared[0].lower()}{shared[1:]}."


def _join(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
