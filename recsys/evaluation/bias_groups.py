"""The groups that reasons are compared between, and the explained suggestions of a sample of clients."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence

import numpy as np

from recsys.catalogue import Catalogue
from recsys.data.boutique import Boutique
from recsys.evaluation.bias_audit import GIVEN_BY_CLIENT, ExplainedSuggestion
from recsys.schema import Item
from recsys.seller.explainer import Explainer
from recsys.seller.facts import purchases_of

N_SHOWN = 3
MAX_VALUES = 12  # a recorded preference with more values than this makes no groups
TIERS = ("lower third", "middle third", "upper third")

Labels = list[str | None]


def explain_suggestions(
    explainer: Explainer,
    boutique: Boutique,
    *,
    n_clients: int,
    seed: int = 0,
    on_progress: Callable[[str], None] | None = None,
) -> list[ExplainedSuggestion]:
    """Explain the first suggestions of a random sample of clients, as they would be shown beside one another.

    Args:
        explainer: Writes the explanations.
        boutique: Whose clients; those with a kept purchase are drawn from.
        n_clients: How many at most.
        seed: Of the draw.
        on_progress: Called with a line for every fifty clients.
    """
    everyone = boutique.sequences().clients
    chosen = np.random.default_rng(seed).permutation(len(everyone))[:n_clients]
    found: list[ExplainedSuggestion] = []
    for number, k in enumerate(chosen, start=1):
        found += _explained(explainer, boutique, everyone[int(k)])
        if on_progress and number % 50 == 0:
            on_progress(f"{number} of {len(chosen)} clients")
    return found


def _explained(explainer: Explainer, boutique: Boutique, client_id: str) -> list[ExplainedSuggestion]:
    purchases = purchases_of(boutique.interactions(client_id))
    candidates = explainer.recommender.rank([one.item_id for one in purchases], k=N_SHOWN).candidates
    slate = explainer.work([(purchases, one.item_id) for one in candidates])
    return [
        ExplainedSuggestion(client_id, rank, one.score, explained.explanation, explained.evidence)
        for rank, (one, explained) in enumerate(zip(candidates, slate, strict=True), start=1)
    ]


def groups_of(
    found: Sequence[ExplainedSuggestion], catalogue: Catalogue, boutique: Boutique
) -> dict[str, Sequence[str | None]]:
    """Return the group of each suggestion in every dimension that the boutique's data allow.

    Houses are big where they are the fewest that together have half of all purchases. Price tiers are thirds within
    the broadest category. Bands of purchases are thirds of the clients compared. A recorded preference makes groups
    where it has at most MAX_VALUES values.
    """
    items = [one.evidence.item for one in found]
    groups: dict[str, Sequence[str | None]] = {
        "house size": _house_sizes(items, catalogue, boutique),
        "house": [item.brand for item in items],
        "price tier": _price_tiers(items, catalogue),
        GIVEN_BY_CLIENT: _bands([len(one.evidence.owned) for one in found], [one.client_id for one in found]),
        "preferred category": [_preferred(owned.item for owned in one.evidence.owned) for one in found],
    }
    groups |= _preferences([one.client_id for one in found], boutique)
    return {dimension: labels for dimension, labels in groups.items() if len(set(labels) - {None}) > 1}


def _house_sizes(items: Sequence[Item], catalogue: Catalogue, boutique: Boutique) -> Labels:
    bought = Counter(catalogue.items[int(k) - 1].brand for k in boutique.sequences().values)
    named = [(house, n) for house, n in bought.most_common() if house]
    half, reached, big = sum(n for _, n in named) / 2, 0, set()
    for house, n in named:
        if reached >= half:
            break
        big.add(house)
        reached += n
    return ["no house named" if not item.brand else "big" if item.brand in big else "small" for item in items]


def _price_tiers(items: Sequence[Item], catalogue: Catalogue) -> Labels:
    prices: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for item in catalogue.items:
        if item.price_minor is not None and item.currency == catalogue.currency:
            prices[item.category[:1]].append(item.price_minor)
    bounds = {name: np.quantile(paid, [1 / 3, 2 / 3]) for name, paid in prices.items()}

    def tier(item: Item) -> str | None:
        if item.price_minor is None or item.currency != catalogue.currency:
            return None
        return TIERS[int(np.searchsorted(bounds[item.category[:1]], item.price_minor))]

    return [tier(item) for item in items]


def _bands(lengths: Sequence[int], clients: Sequence[str]) -> Labels:
    """Return bands of numbers of purchases: thirds of the clients, named by their ends."""
    of_client = list(dict(zip(clients, lengths, strict=True)).values())
    low, high = (int(edge) for edge in np.quantile(of_client, [1 / 3, 2 / 3], method="lower"))
    middle = f"{low + 1} or more" if high == max(of_client) else f"{low + 1} to {high}" if high > low + 1 else str(high)
    names = [f"up to {low}", middle, f"{high + 1} or more"]
    return [names[0] if n <= low else names[1] if n <= high else names[2] for n in lengths]


def _preferred(owned: Iterable[Item]) -> str | None:
    """Return the broadest category bought most, the first by name of equals."""
    counts = Counter(item.category[0] for item in owned if item.category)
    return min(counts, key=lambda name: (-counts[name], name)) if counts else None


def _preferences(clients: Sequence[str], boutique: Boutique) -> dict[str, Sequence[str | None]]:
    """Return the recorded preferences that have few values; free text has many and makes no groups."""
    recorded = {one.client_id: one.preferences for one in boutique.clients()}
    values: dict[str, set[str]] = defaultdict(set)
    for preferences in recorded.values():
        for field, value in preferences.items():
            values[field].add(value)
    few = sorted(field for field, known in values.items() if 1 < len(known) <= MAX_VALUES)
    return {field: [recorded[client].get(field) for client in clients] for field in few}
