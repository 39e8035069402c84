"""Suggestions to many clients as SELLER's gates weigh them, with what kind of reason, item and client each is of."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import get_args

import numpy as np
import torch

from recsys.catalogue import Catalogue
from recsys.data.boutique import Boutique
from recsys.faithfulness import measure
from recsys.recommender import Recommender
from recsys.schema import Item
from recsys.seller.adapter import TOKENS
from recsys.seller.evidence import gather
from recsys.seller.examples import case_of, sayable
from recsys.seller.facts import Purchase, purchases_of
from recsys.seller.gate_report import BAND, CATEGORY, REASON, Suggestions
from recsys.seller.gate_weights import PathName
from recsys.seller.model import Seller
from recsys.seller.template import styles_of

N_SHOWN = 3  # suggestions a client, those that a slate would show
NO_REASON = "nothing, no cause being strong"

Report = Callable[[str], None]


def draw_histories(
    boutique: Boutique, n_clients: int, seed: int, without: Collection[str] = ()
) -> list[list[Purchase]]:
    """Return the kept purchases of random clients who have any, oldest first, without those of the given clients."""
    everyone = [one for one in boutique.sequences().clients if one not in without]
    drawn = np.random.default_rng(seed).permutation(len(everyone))[:n_clients]
    return [purchases_of(boutique.interactions(everyone[int(place)])) for place in drawn]


def weigh_suggestions(
    seller: Seller, recommender: Recommender, histories: Sequence[Sequence[Purchase]], on_progress: Report | None = None
) -> Suggestions:
    """Let the gates weigh the first suggestions to each client.

    Nothing is generated: the gates read the frozen features alone.

    Args:
        seller: Trained for the recommender's catalogue.
        recommender: Its suggestions are weighed, its ranker is asked for their causes.
        histories: Clients' kept purchases, oldest first.
        on_progress: Called with a line for every fifty clients.
    """
    cases, clients = [], []
    kinds: dict[str, list[str]] = {REASON: [], CATEGORY: [], BAND: []}
    depth, bands = _useful_depth(recommender.catalogue), _bands([len(one) for one in histories])
    for client, purchases in enumerate(histories):
        owned = [purchase.item_id for purchase in purchases]
        for candidate in recommender.rank(owned, k=N_SHOWN).candidates:
            item_id = candidate.item_id
            target = recommender.catalogue.ids.to_internal(item_id)
            effects = measure(recommender, recommender.internal(owned), target)
            cases.append(case_of(recommender, purchases, item_id, effects))
            clients.append(client)
            kinds[REASON].append(next(iter(styles_of(sayable(gather(recommender, purchases, item_id)))), NO_REASON))
            kinds[CATEGORY].append(_category(recommender.catalogue.item(item_id), depth))
            kinds[BAND].append(bands[client])
        if on_progress is not None and (client + 1) % 50 == 0:
            on_progress(f"{client + 1} of {len(histories)} clients weighed")
    adapter = seller.network.adapter.eval()
    with torch.inference_mode():
        soft = adapter(seller.paths.features(cases))
    return Suggestions(
        tokens=TOKENS,
        clients=np.array(clients, dtype=np.int64),
        kinds=kinds,
        gates={path: soft.gates[path].double().numpy() for path in get_args(PathName)},
        present=soft.present.numpy(),
    )


def _useful_depth(catalogue: Catalogue) -> int:
    """Return how many of a category's names are needed, from the broadest, to tell items apart at all; 0 for none."""
    deepest = max((len(item.category) for item in catalogue.items), default=0)
    depths = range(1, deepest + 1)
    return next((k for k in depths if len({item.category[:k] for item in catalogue.items}) > 1), 0)


def _category(item: Item, depth: int) -> str:
    return item.category[:depth][-1] if item.category and depth else "no category"


def _bands(lengths: Sequence[int]) -> list[str]:
    """Return bands of numbers of purchases, named by their ends: thirds of the clients, as far as they differ."""
    low, high = (int(edge) for edge in np.quantile(lengths, [1 / 3, 2 / 3], method="lower")) if lengths else (0, 0)
    middle = f"{low + 1} to {high} purchases" if high > low + 1 else f"{high} purchases"
    names = (f"up to {low} purchases", middle, f"{high + 1} or more purchases")
    return [names[0] if n <= low else names[1] if n <= high else names[2] for n in lengths]
