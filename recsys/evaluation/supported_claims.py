"""What raw texts claim, and how much of it is so: qualities, purchases and order, held against tested causes.

Every writer's text is read by one rule, `ClaimReader` for qualities and purchases and `order_claims` for order; no
writer is asked what it meant. What these do not read (ingredients, effects, prices, houses) is no claim here: the share
of texts passing every check of `check_reason` stands beside it, for there no word may come from nowhere.

- A quality is supported if the item is really said to be so and it is a tested cause of the item's score.
- A purchase is supported if it is a tested cause.
- A claim of order is supported if the order is earned for this item and the claim is true of the sequence. One that is
  not understood counts as false, as it does in the checks; a purchase called by a part of its name is not understood.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from recsys.errors import NotReady
from recsys.evaluation.client_ratios import ClientRatio
from recsys.evaluation.text_claims import ClaimReader
from recsys.evaluation.utility_choice import Values
from recsys.faithfulness import TAU, Effects, measure
from recsys.ranker import IntArray
from recsys.recommender import Recommender
from recsys.seller.catalogue_claims import without_novelty
from recsys.seller.checks import check_reason
from recsys.seller.evidence import gather, said_of
from recsys.seller.facts import EvidenceSet, Purchase
from recsys.seller.order_claims import holds, order_claims, speaks_of_order
from recsys.seller.reading import read


@dataclass(frozen=True, eq=False)
class Grounds:
    """What texts about one (client, item) are held against.

    Attributes:
        sequence: Internal ids of the client's purchases, int64, (L,), oldest first.
        item: Internal id.
        effects: What every possible cause does to the item's score.
        evidence: What the checks allow to be said.
    """

    client_id: str
    sequence: IntArray
    item: int
    effects: Effects
    evidence: EvidenceSet

    @classmethod
    def of(cls, recommender: Recommender, client_id: str, purchases: Sequence[Purchase], item_id: str) -> Grounds:
        """Test every possible cause of one item's score.

        Args:
            purchases: What the writer sees, oldest first.
        """
        sequence = recommender.internal([one.item_id for one in purchases])
        item = recommender.catalogue.ids.to_internal(item_id)
        effects = measure(recommender, sequence, item)
        return cls(client_id, sequence, item, effects, gather(recommender, purchases, item_id))

    def is_cause(self, owned: int) -> bool:
        """Whether a purchase is a tested cause: its removal lowers the score enough, and more than another's."""
        effect = self.effects.history.get(owned, 0.0)
        return effect >= TAU["purchase"] and effect > self.effects.history_control(owned)

    def is_quality_cause(self, column: int) -> bool:
        """Whether a quality of the item is a tested cause."""
        if self.effects.attributes is None:
            return False
        effect = float(self.effects.attributes[column])
        return effect >= TAU["attribute"] and effect > self.effects.attribute_control(column)


@dataclass(frozen=True)
class Judged:
    """One text.

    Attributes:
        qualities, purchases, orders: For each claim of the kind, whether it is supported.
        speaks_of_order: Whether it has words of order.
        order_earned: Whether the order matters to the item's score.
        order_true: Whether all it says of order is true of the sequence, earned or not.
        checks: Name of each check and whether the text passed; empty for no text.
    """

    qualities: tuple[bool, ...]
    purchases: tuple[bool, ...]
    orders: tuple[bool, ...]
    speaks_of_order: bool
    order_earned: bool
    order_true: bool
    checks: Mapping[str, bool]

    @property
    def claims(self) -> tuple[bool, ...]:
        """Whether each claim is supported."""
        return (*self.qualities, *self.purchases, *self.orders)

    @property
    def share(self) -> float:
        """Share of the claims that are supported, 0 where nothing is claimed."""
        return sum(self.claims) / len(self.claims) if self.claims else 0.0

    @property
    def order_right(self) -> bool:
        """Whether it speaks of order exactly where that is earned, and truly."""
        return self.order_earned == self.speaks_of_order and (self.order_true or not self.speaks_of_order)


class ClaimJudge:
    """Judges raw texts.

    Args:
        recommender: With guided scores; raises NotReady without.
    """

    def __init__(self, recommender: Recommender) -> None:
        if recommender.guided is None:
            raise NotReady("claims of texts are held against guided scores: run 'clienteller annotate' first")
        self._guided = recommender.guided
        self._reader = ClaimReader(recommender.catalogue, self._guided.attribute_set)

    def judge(self, text: str, grounds: Grounds) -> Judged:
        """Judge one text; "" claims nothing and speaks of nothing."""
        earned = grounds.effects.order_matters
        if not text.strip():
            return Judged((), (), (), False, earned, True, {})
        claims = self._reader.read(text, grounds.sequence, grounds.item)
        reading = read(text, grounds.evidence)
        masked = without_novelty(reading)
        orders = tuple(holds(claim, grounds.evidence.owned) for claim in order_claims(masked, reading.names))
        return Judged(
            qualities=tuple(self._is_so(column, side, grounds) for column, side in claims.qualities),
            purchases=tuple(grounds.is_cause(owned) for owned in (*claims.likened, *claims.named)),
            orders=tuple(is_so and earned for is_so in orders),
            speaks_of_order=speaks_of_order(masked),
            order_earned=earned,
            order_true=all(orders),
            checks=check_reason(text, grounds.evidence, self._guided.attribute_set),
        )

    def judge_all(self, texts: Sequence[str], grounds: Sequence[Grounds]) -> SupportedClaims:
        """Judge one system's texts, one for each case."""
        rows = [self.judge(text, one) for text, one in zip(texts, grounds, strict=True)]
        return SupportedClaims(tuple(one.client_id for one in grounds), tuple(rows))

    def _is_so(self, column: int, side: int, grounds: Grounds) -> bool:
        attribute = self._guided.attribute_set.attributes[column]
        said = said_of(self._guided, grounds.item, column)
        return (
            bool(said) and said == (attribute.high if side > 0 else attribute.low) and grounds.is_quality_cause(column)
        )


@dataclass(frozen=True, eq=False)
class SupportedClaims:
    """One system's texts, judged.

    Attributes:
        clients: Whose each text is, T of them; a client may have several.
        rows: The T texts.
    """

    clients: tuple[str, ...]
    rows: tuple[Judged, ...]

    def measures(self) -> dict[str, ClientRatio]:
        """Return the measures by name.

        written: share of the cases with a text.
        claims: claims in a text; silent: share of the texts that claim nothing.
        supported_share: mean over texts of the share of its claims that are supported, 0 where it claims nothing.
        supported_claims: supported claims of all claims, whoever made them; likewise *_qualities and *_purchases.
        passes_all: share of the texts that pass every check.
        order_spoken: texts that speak of order; order_earned: cases in which they may.
        order_true: of the texts that speak of order, those that say nothing untrue of it, earned or not.
        order_precision: of the texts that speak of order, those that may and say the truth.
        order_recall: of the cases in which order is earned, those whose text speaks of it and says the truth.
        order_accuracy: of all cases, those that speak of order exactly where earned, and truly.
        """
        written = self._column([bool(row.checks) for row in self.rows])
        speaks = self._column([row.speaks_of_order for row in self.rows])
        earned = self._column([row.order_earned for row in self.rows])
        truly = self._column([row.speaks_of_order and row.order_true for row in self.rows])
        claims = self._column([len(row.claims) for row in self.rows])
        pairs: dict[str, tuple[Values, Values | None]] = {
            "written": (written, None),
            "claims": (claims, written),
            "silent": ((claims == 0) * written, written),
            "supported_share": (self._column([row.share for row in self.rows]), written),
            "supported_claims": (self._column([sum(row.claims) for row in self.rows]), claims),
            "passes_all": (written * self._column([all(row.checks.values()) for row in self.rows]), written),
            "order_spoken": (speaks, written),
            "order_earned": (earned, None),
            "order_true": (truly, speaks),
            "order_precision": (truly * earned, speaks),
            "order_recall": (truly * earned, earned),
            "order_accuracy": (self._column([row.order_right for row in self.rows]), None),
        }
        for kind in ("qualities", "purchases"):
            judged: list[tuple[bool, ...]] = [getattr(row, kind) for row in self.rows]
            pairs[f"supported_{kind}"] = (self._column(map(sum, judged)), self._column(map(len, judged)))
        return {name: ClientRatio.of(self.clients, *pair) for name, pair in pairs.items()}

    def passing(self) -> dict[str, float]:
        """Return the share of the texts that pass each check; empty where there is no text."""
        checked = [row.checks for row in self.rows if row.checks]
        return {name: sum(one[name] for one in checked) / len(checked) for name in (checked[0] if checked else ())}

    @staticmethod
    def _column(values: Iterable[float]) -> Values:
        return np.array(list(values), dtype=np.float64)
