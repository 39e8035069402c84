"""What every system writes about in one evaluation, and the file of texts that each leaves.

Every system writes for the same cases: the test references' (client, item), and every candidate of the choices of
validation and test clients, so that no text gives away which candidate was bought.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from recsys.data.boutique import Boutique
from recsys.evaluation.utility_choice import Choice, draw_choice
from recsys.recommender import Recommender
from recsys.seller.facts import Purchase, purchases_of
from recsys.seller.references import Reference

TEXTS = "texts.jsonl"
OPEN, BEST = "open", "best"  # what a text leads with: left to the writer, or the best style that the evidence supports

Key = tuple[str, str, str]
"""Client id, item id, and what the text leads with."""


@dataclass(frozen=True)
class Cases:
    """What is written about.

    Attributes:
        references: Test references; their texts are compared with what a system writes.
        valid, test: Choices of validation and test clients.
        purchases: Client id to the purchases that the writer sees before the held-out one, oldest first.
    """

    references: list[Reference]
    valid: list[Choice]
    test: list[Choice]
    purchases: dict[str, list[Purchase]]

    def to_write(self, catalogue_ids: Callable[[int], str]) -> Iterable[tuple[list[Purchase], str, str, str]]:
        """Yield (purchases, client id, item id, lead) for everything that a system writes."""
        for one in self.references:
            yield [Purchase(item_id, None) for item_id in one.history], one.user, one.target, OPEN
        for choice in (*self.valid, *self.test):
            for candidate in choice.candidates:
                yield self.purchases[choice.client_id], choice.client_id, catalogue_ids(int(candidate)), BEST


def draw_cases(
    boutique: Boutique,
    recommender: Recommender,
    references: Sequence[Reference],
    seed: int,
    *,
    n_valid: int,
    n_candidates: int,
) -> Cases:
    """Return what is written about: the held-out purchase is each client's last one, among wrong candidates.

    Args:
        boutique: Holds the clients of the references.
        recommender: Ranks the wrong candidates.
        references: Of every split; validation and test clients are those of theirs.
        seed: Of the candidates and their order.
        n_valid: Validation clients at most.
        n_candidates: A client, the bought one included.
    """
    purchases: dict[str, list[Purchase]] = {}
    choices: dict[str, list[Choice]] = {"valid": [], "test": []}
    for split, most in (("valid", n_valid), ("test", len(references))):
        clients = [one.user for one in references if one.split == split]
        for place, client_id in enumerate(list(dict.fromkeys(clients))[:most]):
            whole = purchases_of(boutique.interactions(client_id))
            seen, bought = whole[:-1], [one.item_id for one in whole]
            if not seen or bought[-1] in bought[:-1]:
                continue
            held_out = recommender.catalogue.ids.to_internal(bought[-1])
            sequence = recommender.internal(bought[:-1])
            rng = np.random.default_rng((seed, place, split == "test"))
            purchases[client_id] = seen
            choices[split].append(
                draw_choice(
                    recommender, client_id, sequence, held_out, rng, n_candidates=n_candidates, near_target=True
                )
            )
    tested = [one for one in references if one.split == "test"]
    return Cases(tested, choices["valid"], choices["test"], purchases)


def texts_path(folder: Path, name: str) -> Path:
    """Return the file of one system's texts; its folder is made if missing."""
    own = folder / name.replace(" ", "-").replace(",", "").lower()
    own.mkdir(parents=True, exist_ok=True)
    return own / TEXTS


def append_texts(path: Path, texts: Mapping[Key, str]) -> None:
    """Add texts to a system's file, on lines of their own also after one that was cut off."""
    is_cut = path.is_file() and not path.read_bytes().endswith(b"\n")
    with path.open("a", encoding="utf-8") as file:
        file.write("\n" * is_cut)
        for key, text in texts.items():
            file.write(json.dumps([*key, text], ensure_ascii=False) + "\n")


def read_texts(path: Path) -> dict[Key, str]:
    """Return the texts that a run left, none where there is no file; a last line that was cut off is left out."""
    found: dict[Key, str] = {}
    if path.is_file():
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
            try:
                client_id, item_id, lead, text = json.loads(line)
            except ValueError:
                continue
            found[client_id, item_id, lead] = text
    return found
