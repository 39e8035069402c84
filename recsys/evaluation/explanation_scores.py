"""SELLER beside other writers on both axes: how texts read and fit, what of them is so, and what they are good for.

Every system writes for the same cases. References are compared with on the texts that they were written for; all else
is measured on the candidates of the test clients. Weights of the utility axis are fitted on validation clients.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from recsys.catalogue import Catalogue
from recsys.errors import InputError
from recsys.evaluation.client_ratios import ClientRatio
from recsys.evaluation.explanation_cases import BEST, OPEN, Cases, Key
from recsys.evaluation.explanation_controls import Ground
from recsys.evaluation.simulated_client import Listener
from recsys.evaluation.supported_claims import ClaimJudge, SupportedClaims
from recsys.evaluation.text_metrics import TextScores, score_texts
from recsys.evaluation.utility import UtilityReport, measure_utility
from recsys.evaluation.utility_choice import Choice, World
from recsys.guided.sentence_scorer import SentenceEncoder
from recsys.ranker import FloatArray


def item_rows(catalogue: Catalogue, encoder: SentenceEncoder, path: Path) -> FloatArray:
    """Encode the texts of all items, once: the rows are kept in a file and read back where they fit.

    Args:
        catalogue: All items.
        encoder: Of their texts.
        path: An .npz file.

    Returns:
        float32, (N + 1, D), unit rows; row 0 is padding and zero.
    """
    texts = [item.text() for item in catalogue.items]
    stamp = hashlib.sha256("\n".join([encoder.version, *texts]).encode()).hexdigest()
    if path.is_file():
        with np.load(path) as kept:
            if str(kept["stamp"]) == stamp:
                return np.asarray(kept["rows"], dtype=np.float32)
    encoded = encoder.encode(texts)
    rows = np.concatenate([np.zeros((1, encoded.shape[1]), dtype=np.float32), encoded])
    unfinished = path.with_suffix(".part.npz")
    np.savez(unfinished, stamp=np.array(stamp), rows=rows)
    unfinished.replace(path)
    return rows


class CatalogueEncoder:
    """A sentence encoder that knows the catalogue's texts already, and encodes any other text once.

    Args:
        world: Its encoder and its rows of the items.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self.version = world.encoder.version
        self._items = {item.text(): row for item, row in zip(world.catalogue.items, world.item_rows[1:], strict=True)}

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """Return unit vectors, float32, (B, D); zero for a text of white space only."""
        other = [text for text in texts if text not in self._items]
        rows = iter(self._world.encode(other) if other else ())
        return np.stack([self._items[text] if text in self._items else next(rows) for text in texts])


class Material:
    """What systems are measured with, built once for all of them.

    Args:
        cases: What every system wrote about.
        ground: The tested causes of each case.
        listener: The simulated client's ear, over the boutique.
        seed: Of rivals, noise and resampling.
    """

    def __init__(self, cases: Cases, ground: Ground, listener: Listener, seed: int) -> None:
        self.cases, self.ground, self.listener, self.seed = cases, ground, listener, seed
        self.encoder: SentenceEncoder = CatalogueEncoder(self.world)
        self.judge = ClaimJudge(self.world.recommender)
        self.item_texts = {item.item_id: item.text() for item in self.world.catalogue.items}

    @property
    def world(self) -> World:
        """The boutique."""
        return self.listener.world

    def keys(self, choices: Sequence[Choice]) -> list[list[Key]]:
        """Return the keys of all candidates, a list a choice."""
        name = self.world.catalogue.ids.to_external
        return [[(one.client_id, name(int(item)), BEST) for item in one.candidates] for one in choices]

    @property
    def reference_keys(self) -> list[Key]:
        """The keys of the references' cases."""
        return [(one.user, one.target, OPEN) for one in self.cases.references]

    @property
    def candidate_keys(self) -> list[Key]:
        """The keys of the test clients' candidates."""
        return [key for keys in self.keys(self.cases.test) for key in keys]


@dataclass(frozen=True, eq=False)
class SystemScores:
    """One system on both axes.

    Attributes:
        on_references: Text metrics against the references; None where it wrote none of those texts.
        on_candidates: Text metrics of the candidates' texts; None where it wrote none.
        claims: The candidates' texts, judged.
        utility: None for a system that did not write for every candidate.
    """

    on_references: TextScores | None
    on_candidates: TextScores | None
    claims: SupportedClaims
    utility: UtilityReport | None

    def measures(self) -> dict[str, ClientRatio]:
        """Return every measure that systems are compared by, by name."""
        found = self.claims.measures()
        if self.on_candidates is not None:
            found["specificity"] = ClientRatio.of(self.on_candidates.clients, self.on_candidates.specificity)
        if self.utility is not None:
            values = self.utility.values.items()
            found |= {name: ClientRatio.of(self.utility.clients, one) for name, one in values}
        return found


def score_system(texts: Mapping[Key, str], material: Material) -> SystemScores:
    """Measure one system on both axes.

    Args:
        texts: Its text for every case, "" where it has none to show.

    Raises:
        InputError: If a case has no text.
    """
    missing = [key for key in material.ground.keys if key not in texts]
    if missing:
        raise InputError(f"{len(missing)} cases have no text, the first is {missing[0]}: let the system write on")
    valid, test = (
        [[texts[key] for key in keys] for keys in material.keys(side)]
        for side in (material.cases.valid, material.cases.test)
    )
    utility = measure_utility(
        material.cases.valid,
        valid,
        material.cases.test,
        test,
        material.world,
        material.seed,
        listener=material.listener,
    )
    return score_parts(texts, material, material.reference_keys, material.candidate_keys, utility)


def score_parts(
    texts: Mapping[Key, str],
    material: Material,
    reference_keys: Sequence[Key],
    candidate_keys: Sequence[Key],
    utility: UtilityReport | None = None,
) -> SystemScores:
    """Measure one system on some of the cases.

    Args:
        texts: Its text for each of them.
        reference_keys: Cases of references; none for no comparison with references.
        candidate_keys: Cases of which the claims are judged, one at least.
        utility: What was measured of it on that axis.
    """
    references = {(one.user, one.target, OPEN): one.text for one in material.cases.references}
    judged = material.judge.judge_all(
        [texts[key] for key in candidate_keys], [material.ground[key] for key in candidate_keys]
    )
    written = [texts[key] for key in reference_keys]
    return SystemScores(
        _score(texts, material, reference_keys, [references[key] for key in reference_keys]) if any(written) else None,
        _score(texts, material, candidate_keys, None) if any(texts[key] for key in candidate_keys) else None,
        judged,
        utility,
    )


def _score(
    texts: Mapping[Key, str], material: Material, keys: Sequence[Key], references: Sequence[str] | None
) -> TextScores:
    return score_texts(
        [texts[key] for key in keys],
        references,
        [key[1] for key in keys],
        material.item_texts,
        material.encoder,
        material.seed,
        clients=[key[0] for key in keys],
    )
