"""Case studies: what there is to tell of a client, worked out for the page of `ui.case_page`.

The last purchase of each client is held out: the taste, the turns and both rankings are made from those before it, as
in `clienteller evaluate ranking`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

import numpy as np
from markupsafe import Markup

from recsys.attribution import Attribution, attribute, because
from recsys.data.sequences import Sequences
from recsys.drift import DriftPoint, DriftSettings, find_drifts, find_splits
from recsys.errors import InputError, NotFound
from recsys.evaluation.ranking_metrics import target_ranks
from recsys.evaluation.ranking_report import rank_targets
from recsys.guided.embedding import GuidedEmbeddings
from recsys.ranker import IntArray
from recsys.recommender import Recommender
from recsys.schema import Item
from recsys.seller.evidence import month
from recsys.trajectory import Trajectory, follow
from ui import case_words
from ui.case_page import Bar, Case, Everyone, Panel, PurchaseLine, Suggestion
from ui.case_plots import TastePath, signed_bar, taste_panel

MIN_LENGTH = 12  # purchases from which a client may be drawn
_N_SUGGESTIONS, _N_PANELS, _N_BARS = 3, 3, 5
_N_OPEN, _N_SPARED = 12, 4  # purchases shown at once; so few more are not worth folding away
_LEAST_REACH = 0.1  # standard deviations that the bars show at least

Dates = Callable[[str], Sequence[dt.date | None]]


class CaseStudy:
    """Tells clients of one boutique.

    Args:
        refined: A recommender over refined embeddings, with guided embeddings.
        base: One over the base embeddings and the same catalogue.
        sequences: All clients' purchases.
        dates: From a client id to the day of each purchase, None where only an order is known.
    """

    def __init__(self, refined: Recommender, base: Recommender, sequences: Sequences, dates: Dates) -> None:
        if refined.guided is None:
            raise InputError("case studies tell of guided attributes, and this boutique has none: ingest scores first")
        self.guided: GuidedEmbeddings = refined.guided
        self.refined, self.base, self.sequences, self.dates = refined, base, sequences, dates
        self._where = {client_id: index for index, client_id in enumerate(sequences.clients)}

    def draw(self, n: int, seed: int) -> tuple[str, ...]:
        """Return the first `n` clients of a random order of those with at least MIN_LENGTH purchases."""
        eligible = self._eligible()
        order = np.random.default_rng(seed).permutation(len(eligible))
        return tuple(self.sequences.clients[eligible[int(place)]] for place in order[:n])

    def everyone(self) -> Everyone:
        """Rank the held-out purchase of every client that could have been drawn."""
        chosen = [self.sequences.of(index) for index in self._eligible()]
        inputs, targets = [one[:-1] for one in chosen], np.array([one[-1] for one in chosen], dtype=np.int64)
        found = [
            float((rank_targets(one.ranker, inputs, targets) <= 10).mean()) if chosen else 0.0
            for one in (self.refined, self.base)
        ]
        return Everyone(MIN_LENGTH, len(chosen), *found)

    def tell(self, client_id: str) -> Case:
        """Work out everything that the page says of one client.

        Raises:
            NotFound: If no purchases of this client are on record.
            InputError: If there are too few to hold one out.
        """
        if client_id not in self._where:
            raise NotFound(f"client {client_id!r} has no purchases on record; list clients with 'clienteller clients'")
        whole = self.sequences.of(self._where[client_id])
        if len(whole) < 2:
            raise InputError(f"client {client_id!r} has one purchase: a case study holds one out and needs another")
        sequence, target = whole[:-1], int(whole[-1])
        dates = list(self.dates(client_id))[: len(sequence)]
        trajectory = follow(self.guided, sequence, dates)
        drifts = find_drifts(self.guided, sequence)
        lines = self._lines(trajectory, drifts)
        n_folded = len(lines) - _N_OPEN if len(lines) > _N_OPEN + _N_SPARED else 0
        best, base = self._best(self.refined, sequence), self._best(self.base, sequence)
        return Case(
            client_id=client_id,
            lede=self._lede(trajectory, drifts),
            moved_note=_moved_note(drifts),
            panels=self._panels(trajectory, drifts),
            earlier_words=_earlier_words(lines[:n_folded]),
            earlier=lines[:n_folded],
            latest=lines[n_folded:],
            suggestions=self._suggestions(sequence, best),
            base=self._base_list(base, best),
            outcome=self._outcome(sequence, target),
        )

    def _eligible(self) -> list[int]:
        lengths = np.diff(self.sequences.offsets)
        return [int(index) for index in np.flatnonzero(lengths >= MIN_LENGTH)]

    def _item(self, index: int) -> Item:
        return self.refined.catalogue.items[index - 1]

    def _lede(self, trajectory: Trajectory, drifts: Sequence[DriftPoint]) -> tuple[str, ...]:
        splits = find_splits(self.guided, trajectory.sequence, DriftSettings())
        attributes = self.guided.attribute_set
        return (
            case_words.basket([self._item(int(index)) for index in trajectory.sequence]),
            case_words.leaning(trajectory, attributes),
            *case_words.turning(drifts, splits[0].p_value if splits else None, attributes),
        )

    def _panels(self, trajectory: Trajectory, drifts: Sequence[DriftPoint]) -> tuple[Panel, ...]:
        known = {one.name: (k, one) for k, one in enumerate(self.guided.attribute_set.attributes)}
        moved = [move.attribute for drift in drifts for move in drift.moves]
        names = [
            name for name in dict.fromkeys([*moved, *trajectory.most_moved(len(known))]) if known[name][1].statable
        ]
        turns = [drift.index for drift in drifts]
        panels = []
        for k, one in (known[name] for name in names[:_N_PANELS]):
            path = TastePath(
                one.label, trajectory.points[:, k], trajectory.smooth[:, k], trajectory.spread[:, k], turns
            )
            ends = [f"{way}: {words}" for way, words in (("up", one.high), ("down", one.low)) if words]
            panels.append(Panel(one.label, " \u00b7 ".join(ends), taste_panel(path)))
        return tuple(panels)

    def _lines(self, trajectory: Trajectory, drifts: Sequence[DriftPoint]) -> tuple[PurchaseLine, ...]:
        turns = {drift.index for drift in drifts}
        bends = {place for drift in drifts for place in drift.bent_by}
        return tuple(
            PurchaseLine(
                number=place + 1,
                title=self._item(int(index)).title,
                when=month(day) if day else "",
                turns=place in turns,
                bends=place in bends,
            )
            for place, (index, day) in enumerate(zip(trajectory.sequence, trajectory.dates, strict=True))
        )

    def _best(self, recommender: Recommender, sequence: IntArray) -> list[int]:
        ids = recommender.catalogue.ids
        ranking = recommender.rank([ids.to_external(int(one)) for one in sequence], k=_N_SUGGESTIONS)
        return [ids.to_internal(one.item_id) for one in ranking.candidates]

    def _suggestions(self, sequence: IntArray, best: Sequence[int]) -> tuple[Suggestion, ...]:
        parts = attribute(self.refined, sequence, best)
        values = [value for one in parts for _, value in self._parts(one)[0]]
        ends = min([0.0, *values]), max([_LEAST_REACH, *values])
        number = {int(index): place + 1 for place, index in enumerate(sequence)}  # of a repeat: the latest
        return tuple(self._suggestion(one, ends, number) for one in parts)

    def _suggestion(self, one: Attribution, ends: tuple[float, float], number: dict[int, int]) -> Suggestion:
        behind = because(one)

        def named(pairs: Sequence[tuple[int, float]]) -> tuple[tuple[int, str, str], ...]:
            return tuple(
                (number[index], case_words.brief(self._item(index).title), case_words.signed_fine(value))
                for index, value in pairs
            )

        item = self._item(one.item)
        bars, rest = self._parts(one)
        return Suggestion(
            title=case_words.brief(item.title),
            category=" \u203a ".join(item.category[-2:]),
            score=case_words.signed_fine(one.score),
            bars=tuple(Bar(label, case_words.signed_fine(value), signed_bar(value, *ends)) for label, value in bars),
            rest=tuple(Bar(label, case_words.signed_fine(value), Markup("")) for label, value in rest),
            carried_by=named(behind.carried_by),
            despite=named(behind.despite),
        )

    def _parts(self, one: Attribution) -> tuple[list[tuple[str, float]], list[tuple[str, float]]]:
        """Return the score in parts that add up: the strongest attributes, and what else there is."""
        if one.attributes is None:
            return [], []
        known = self.guided.attribute_set.attributes
        order = [int(k) for k in np.argsort(-np.abs(one.attributes), kind="stable") if known[int(k)].statable]
        shown = order[:_N_BARS]
        others = float(one.attributes.sum()) - float(one.attributes[shown].sum())
        strongest = [(known[k].label, float(one.attributes[k])) for k in shown]
        loyalty = [("loyalty to the house", one.house)] if one.house else []
        return strongest, [("the other attributes", others), *loyalty, ("everything else", one.rest)]

    def _base_list(self, base: Sequence[int], best: Sequence[int]) -> tuple[tuple[str, str, bool], ...]:
        items = [(self._item(index), index in best) for index in base]
        return tuple(
            (case_words.brief(item.title), " \u203a ".join(item.category[-2:]), shared) for item, shared in items
        )

    def _outcome(self, sequence: IntArray, target: int) -> str:
        ranks = [
            float(target_ranks(one.ranker.score([sequence]), [sequence], np.array([target], dtype=np.int64))[0])
            for one in (self.refined, self.base)
        ]
        return case_words.outcome(
            case_words.brief(self._item(target).title), ranks[0], ranks[1], len(self.refined.catalogue)
        )


def _moved_note(drifts: Sequence[DriftPoint]) -> str:
    if drifts:
        turn = "turn" if len(drifts) == 1 else "turns"
        return f"What moved at the {turn} comes first, then where the line travelled furthest."
    return "Where the line travelled furthest. A line always wanders; no turn is claimed."


def _earlier_words(lines: Sequence[PurchaseLine]) -> str:
    turned = sum(line.turns for line in lines)
    among = "" if not turned else ", the turn among them" if turned == 1 else ", the turns among them"
    return f"The first {case_words.spelled(len(lines))}{among}"
