"""The two forms of SELLER behind one interface: each puts tested evidence into words, once more if a text failed.

The API form puts the evidence, ordered and dated, into a request to any chat model. The local form gives the case to
the trained adapter and the frozen language model, which choose their words within what the evidence allows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import prompts
from recsys.seller.facts import EvidenceSet, Purchase
from recsys.seller.request import harmless
from recsys.seller.titles import short_title


@dataclass(frozen=True)
class Task:
    """One text to write.

    Attributes:
        purchases: The client's kept purchases, oldest first.
        evidence: What may be said, with at least one cause.
        offending: What made the draft before fail, as words; empty for a first draft.
    """

    purchases: Sequence[Purchase]
    evidence: EvidenceSet
    offending: tuple[str, ...] = ()


class Drafter(Protocol):
    """Writes drafts of reasons; whether they may be shown is for the checks to say."""

    source: Literal["seller", "model"]

    def draft(self, tasks: Sequence[Task]) -> Iterable[str | None]:
        """Write one text for each task, in order, each as soon as it is there; None where it cannot."""
        ...


class Writer(Protocol):
    """A chat model as the explainer needs it: one system text, one request, one short answer."""

    def write(self, system: str, request: str) -> str | None:
        """Return the answer's text, or None if the model cannot answer now."""
        ...


class ChatDrafter:
    """The API form: any chat model, asked once for each task."""

    source: Literal["seller", "model"] = "model"

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    def draft(self, tasks: Sequence[Task]) -> Iterator[str | None]:
        """Write one text for each task, None where the chat model did not answer."""
        for task in tasks:
            request = verbalise(task.evidence, task.offending)
            answer = self._writer.write(prompts.render("explain_system.md"), request)
            yield None if answer is None else " ".join(answer.split()).strip('"')


def verbalise(evidence: EvidenceSet, offending: Sequence[str] = ()) -> str:
    """Put the evidence into the request to a chat model, purchases in their order, each with its time.

    Args:
        evidence: With at least one cause.
        offending: What a draft before must not have said.
    """
    return prompts.render(
        "explain_request.md",
        name=harmless(short_title(evidence.item)),
        facts=[harmless(fact.statement) for fact in evidence.to_say()],
        order_matters=evidence.order_matters,
        opening=harmless(_opening(evidence)),
        offending=list(offending),
    )


def _opening(evidence: EvidenceSet) -> str:
    """Return how the sentence begins: with the purchase, the wish or the taste that carries it."""
    first = evidence.to_say()[0]
    if first.kind == "request":
        return "As you asked,"
    if first.kind != "history":
        return "Like much of what you have chosen,"
    shared = evidence.shared_with(first)
    return (
        f"Like your {first.key}," if shared is not None and shared.is_cause else f"Because you bought the {first.key},"
    )
