"""Do the items on show satisfy what was asked for, and did a critique move them the way it says?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import fmean, median

from agent.journeys.file import Direction, Extreme, SlateIs
from agent.journeys.tool_checks import within
from agent.journeys.transcript import PlayedTurn
from agent.journeys.world import World, belongs
from recsys.catalogue import words
from recsys.money import to_minor
from recsys.schema import Item


def slate_faults(wanted: SlateIs, played: PlayedTurn, earlier: Sequence[PlayedTurn], world: World) -> list[str]:
    """Return which expectations the items that this turn put on show do not satisfy."""
    on_show = [str(card["item"]["item_id"]) for card in played.of_kind("Card")]
    if wanted.n == 0:
        changed = played.slate != played.before
        return [f"shows {', '.join(played.slate)}, expected no new items"] if changed else []
    if not on_show:
        return ["no item is shown"]
    if played.slate != on_show:
        return [f"the cards {on_show} are not the slate {played.slate}"]
    items = [world.catalogue.item(item_id) for item_id in on_show]
    faults = [] if wanted.n is None or wanted.n == len(items) else [f"{len(items)} items, expected {wanted.n}"]
    faults += [f"{item.item_id} ({item.title}): {fault}" for item in items for fault in _item_faults(wanted, item)]
    faults += [f"no title has {word!r}" for word in wanted.has if not any(within(word, item.title) for item in items)]
    return faults + _history_faults(wanted, played, earlier) + _extreme_faults(wanted.extreme, items[0], world)


def change_faults(change: dict[str, Direction], played: PlayedTurn, world: World) -> list[str]:
    """Return which qualities of the slate did not move as they should."""
    faults = []
    for quality, direction in change.items():
        before, after = _level(quality, played.before, world), _level(quality, played.slate, world)
        if before is None or after is None:
            faults.append(f"{quality} cannot be compared: before {before}, after {after}")
        elif not (after > before if direction == "up" else after < before):
            faults.append(f"{quality} went from {before:.2f} to {after:.2f}, expected {direction}")
    return faults


def _level(quality: str, slate: Sequence[str], world: World) -> float | None:
    if quality == "price":
        prices = [price for one in slate if (price := world.catalogue.item(one).price_minor) is not None]
        return median(prices) if prices else None
    return fmean(world.score(one, quality) for one in slate) if slate else None


def _item_faults(wanted: SlateIs, item: Item) -> list[str]:
    colour, brand, material = f"{item.colour or ''} {item.title}", item.brand or "", item.material or ""
    rules: list[tuple[str, Sequence[str], Callable[[str], bool], bool]] = [
        ("category", wanted.category, lambda word: belongs(item, word), True),
        ("category", wanted.not_category, lambda word: belongs(item, word), False),
        ("colour", wanted.colour, lambda word: _named(word, colour), True),
        ("colour", wanted.not_colour, lambda word: _named(word, item.colour or ""), False),
        ("brand", wanted.brand, lambda word: _named(word, brand), True),
        ("brand", wanted.not_brand, lambda word: _named(word, brand), False),
        ("material", wanted.material, lambda word: within(word, material), True),
        ("material", wanted.not_material, lambda word: within(word, material), False),
        ("text", wanted.text, lambda word: within(word, item.text()), True),
    ]
    faults = [
        f"{field} {'is not' if expected else 'is'} {' or '.join(listed)}"
        for field, listed, holds, expected in rules
        if listed and any(holds(word) for word in listed) != expected
    ]
    return faults + _price_faults(wanted, item)


def _price_faults(wanted: SlateIs, item: Item) -> list[str]:
    price, faults = item.price_minor, []
    if wanted.max_price is not None and (price is None or price > to_minor(wanted.max_price, item.currency)):
        faults.append(f"costs {price} minor units, at most {wanted.max_price} was asked for")
    if wanted.min_price is not None and (price is None or price < to_minor(wanted.min_price, item.currency)):
        faults.append(f"costs {price} minor units, at least {wanted.min_price} was asked for")
    return faults


def _history_faults(wanted: SlateIs, played: PlayedTurn, earlier: Sequence[PlayedTurn]) -> list[str]:
    faults = []
    shown = {one for turn in earlier for one in turn.slate}
    if wanted.new and shown & set(played.slate):
        faults.append(f"shown before: {', '.join(sorted(shown & set(played.slate)))}")
    if wanted.as_after is not None:
        then = next((turn.slate for turn in earlier if turn.number == wanted.as_after - 1), [])
        if played.slate != then:
            faults.append(f"{played.slate}, expected {then} again")
    return faults


def _extreme_faults(extreme: Extreme | None, first: Item, world: World) -> list[str]:
    """Return nothing if the first item is the end of the scale in one of the categories that may be meant."""
    if extreme is None:
        return []
    told = [_extreme_fault(extreme, category, first, world) for category in extreme.category or ("",)]
    return [] if "" in told else told[:1]


def _extreme_fault(extreme: Extreme, category: str, first: Item, world: World) -> str:
    among = [
        item
        for item in world.catalogue.items
        if item.available and (not category or any(words(category) == words(part) for part in item.category))
    ]
    values = {item.item_id: value for item in among if (value := _value(extreme.by, item, world)) is not None}
    if first.item_id not in values:
        return f"{first.item_id} is not one of those whose {extreme.by} is asked for"
    end = max(values.values()) if extreme.end == "most" else min(values.values())
    scale = 0.0 if extreme.by == "price" else max(values.values()) - min(values.values())
    if abs(values[first.item_id] - end) <= extreme.tolerance * scale + 1e-6:
        return ""
    best = next(one for one, value in values.items() if value == end)
    return f"first is {first.item_id} with {extreme.by} {values[first.item_id]:.2f}, {best} has {end:.2f}"


def _value(by: str, item: Item, world: World) -> float | None:
    return item.price_minor if by == "price" else world.score(item.item_id, by)


def _named(word: str, text: str) -> bool:
    return set(words(word)) <= set(words(text))
