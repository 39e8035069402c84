"""SELLER's interface: from a client's sequence and an item to an explanation that passed its checks.

A draft is shown only if every check holds. One that fails is repaired once (a failing sentence left out, else written
again without what offended); then the template speaks, and where no cause was found, "no strong reason".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat

from recsys.guided.attributes import AttributeSet
from recsys.recommender import Recommender
from recsys.schema import Explanation
from recsys.seller.checks import check_reason, citations, failing_words
from recsys.seller.drafters import Drafter, Task
from recsys.seller.evidence import gather
from recsys.seller.facts import EvidenceSet, Purchase
from recsys.seller.ledger import ledger, repair_by_omission
from recsys.seller.template import NO_STRONG_REASON, reason_by_template


@dataclass(frozen=True)
class Rejected:
    """A text that was written and not shown, who wrote it, and the checks that it failed."""

    text: str
    source: str
    failed: tuple[str, ...]


@dataclass(frozen=True)
class Explained:
    """An explanation with its whole way: the evidence and the drafts before it."""

    explanation: Explanation
    evidence: EvidenceSet
    rejected: tuple[Rejected, ...] = ()


class Explainer:
    """Explains suggestions of one recommender.

    Args:
        recommender: The recommender whose suggestions are explained; causes are tested against its ranker.
        drafter: Puts evidence into words; None for the template only.
    """

    def __init__(self, recommender: Recommender, drafter: Drafter | None = None) -> None:
        self.recommender = recommender
        self.drafter = drafter

    def explain(
        self,
        purchases: Sequence[Purchase],
        item_id: str,
        moves: Mapping[str, float] | None = None,
    ) -> Explanation:
        """Explain one suggestion.

        Args:
            purchases: The client's kept purchases, oldest first.
            item_id: The suggested item.
            moves: Moves on guided attributes that were in force when it was suggested.
        """
        return next(self.work([(purchases, item_id)], moves)).explanation

    def work(
        self,
        suggestions: Sequence[tuple[Sequence[Purchase], str]],
        moves: Mapping[str, float] | None = None,
    ) -> Iterator[Explained]:
        """Explain several suggestions together, as for the cards of a slate or the pages of a look-book.

        Suggestions beside one another with the same list of purchases are seen together: where other facts hold as
        well, a later one does not say what an earlier one says.

        Args:
            suggestions: Each client's kept purchases, oldest first, and the suggested item.
            moves: Moves on guided attributes that were in force.
        """
        used, tasks = set[str](), list[Task]()
        for purchases, item_id in suggestions:
            if tasks and tasks[-1].purchases is not purchases:
                used = set()  # another client, who sees none of the cards before
            evidence = gather(self.recommender, purchases, item_id, moves, used)
            tasks.append(Task(purchases, evidence))
            used |= {fact.key for fact in evidence.to_say()}
        sayable = [task for task in tasks if task.evidence.causes]
        drafts = iter(self.drafter.draft(sayable)) if self.drafter is not None else repeat(None)
        for task in tasks:
            yield self._finish(task, next(drafts) if task.evidence.causes else None)

    def _finish(self, task: Task, draft: str | None) -> Explained:
        """Return the draft where it passes, else its repair, else the template's text."""
        rejected: list[Rejected] = []
        if draft is not None and self.drafter is not None:
            attributes = self._attributes
            for attempt in range(2):
                shown = repair_by_omission(draft, task.evidence, attributes)
                if shown != draft:
                    failed = [name for name, passed in self._check(draft, task.evidence).items() if not passed]
                    rejected.append(Rejected(draft, self.drafter.source, tuple(failed)))
                if shown is not None:
                    return Explained(self._from_draft(shown, task.evidence), task.evidence, tuple(rejected))
                offending = failing_words(draft, task.evidence, attributes)
                again = [Task(task.purchases, task.evidence, offending)] if attempt == 0 else []
                repaired = next(iter(self.drafter.draft(again)), None)
                if repaired is None:
                    break
                draft = repaired
        return Explained(self._from_template(task.evidence), task.evidence, tuple(rejected))

    def _from_draft(self, text: str, evidence: EvidenceSet) -> Explanation:
        assert self.drafter is not None
        checks = self._check(text, evidence)
        return Explanation(text, citations(text, evidence), checks, self.drafter.source, ledger(text, evidence))

    def _from_template(self, evidence: EvidenceSet) -> Explanation:
        text, cited = reason_by_template(evidence)
        checks = self._check(text, evidence)
        if not cited or not all(checks.values()):
            return Explanation(NO_STRONG_REASON, (), {}, "none")
        return Explanation(text, cited, checks, "template", ledger(text, evidence))

    def _check(self, text: str, evidence: EvidenceSet) -> Mapping[str, bool]:
        return check_reason(text, evidence, self._attributes)

    @property
    def _attributes(self) -> AttributeSet | None:
        guided = self.recommender.guided
        return guided.attribute_set if guided is not None else None
