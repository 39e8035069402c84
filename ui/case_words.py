"""The sentences of a case study: figures in, plain English out. Every word is decided by a figure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from recsys.drift import AttributeMove, DriftPoint
from recsys.guided.attributes import AttributeSet, GuidedAttribute
from recsys.schema import Item
from recsys.trajectory import MIN_PURCHASES, Trajectory

NOTABLE = 0.5  # catalogue standard deviations from which purchases lean to a side worth a word
_N_QUALITIES = 3
_SMALL = (
    "no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
)  # fmt: skip


def joined(parts: Sequence[str]) -> str:
    """Join parts as a sentence does: "a", "a and b", "a, b and c"."""
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def spelled(number: int) -> str:
    """Write small numbers in letters, as a sentence wants them."""
    return _SMALL[number] if 0 <= number < len(_SMALL) else f"{number:,}"


def ordinal(number: int) -> str:
    """Write a place: 1st, 2nd, 113th."""
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number:,}{ending}"


def sentence(text: str) -> str:
    """Begin with a capital letter and end with a full stop."""
    return f"{text[:1].upper()}{text[1:]}."


def brief(title: str, limit: int = 64) -> str:
    """Shorten a catalogue title at a word's end, with an ellipsis where something is left out."""
    if len(title) <= limit:
        return title
    kept = title[:limit].rsplit(" ", 1)[0] if " " in title[:limit] else title[:limit]
    return kept.rstrip(" ,;:(-") + "\u2026"


def basket(items: Sequence[Item]) -> str:
    """Say what the purchases are, by their broadest categories."""
    names = Counter(item.category[0] for item in items if item.category)
    most = [(name.lower().replace("&", "and"), n) for name, n in names.most_common(2)]
    others = len(items) - sum(n for _, n in most)
    counts = [(n, name) for name, n in most] + ([(others, "other things")] if others > 1 and most else [])
    word = spelled if len(items) < len(_SMALL) else "{:,}".format  # one way of writing numbers in one sentence
    total = f"{word(len(items))} {'purchase' if len(items) == 1 else 'purchases'}"
    parts = ", ".join(f"{word(n)} {name}" for n, name in counts)
    return sentence(f"{total}: {parts}" if parts else total)


def leaning(trajectory: Trajectory, attributes: AttributeSet) -> str:
    """Say on which qualities the purchases differ most from the catalogue."""
    mean = trajectory.points.mean(axis=0)
    order = [int(column) for column in np.argsort(-np.abs(mean), kind="stable") if abs(mean[column]) >= NOTABLE]
    told = [k for k in order if attributes.attributes[k].statable][:_N_QUALITIES]
    if not told:
        return "On the whole what they buy is like the catalogue: no quality stands out."
    sides = [
        f"{word} on {joined([f'{attributes.attributes[k].label} ({signed(float(mean[k]))})' for k in side])}"
        for word, side in (("higher", [k for k in told if mean[k] > 0]), ("lower", [k for k in told if mean[k] < 0]))
        if side
    ]
    return f"Next to the average item, what they buy scores {', '.join(sides)}."


def signed(value: float) -> str:
    """Write a value with its sign and one decimal."""
    return f"{value:+.1f}".replace("-", "\u2212")


def signed_fine(value: float) -> str:
    """Write a value with its sign and two decimals."""
    return f"{value:+.2f}".replace("-", "\u2212")


def chance(p_value: float) -> str:
    """Say a p-value as a share of random orders."""
    if p_value < 0.01:
        return f"{spelled(max(1, round(1000 * p_value)))} of 1,000 random orders"
    return f"{spelled(round(100 * p_value))} of a hundred random orders"


def turning(drifts: Sequence[DriftPoint], p_value: float | None, attributes: AttributeSet) -> list[str]:
    """Say where the taste turned, or that nothing shows it did.

    Args:
        drifts: The drift points, oldest first.
        p_value: Of the best split, None where there are too few purchases to tell.
        attributes: For the words.
    """
    if p_value is None:
        return [f"Too few purchases to tell whether the taste turned: that takes {spelled(MIN_PURCHASES)}."]
    if not drifts:
        return [
            "Nothing shows that the taste turned: shuffle the same purchases, and "
            f"{chance(p_value)} show a break as clear as the clearest here."
        ]
    return [_turn(drift, attributes) for drift in drifts]


def _turn(drift: DriftPoint, attributes: AttributeSet) -> str:
    known = {attribute.name: attribute for attribute in attributes.attributes}
    told = [_move(move, known[move.attribute]) for move in drift.moves if known[move.attribute].statable]
    what = f" towards {joined(told)}" if told else ""
    only = "" if drift.p_value > 0.05 else "only "
    return (
        f"At purchase {drift.index + 1} the taste turned{what}. A break this clear comes up in {only}"
        f"{chance(drift.p_value)} of the same purchases."
    )


def _move(move: AttributeMove, attribute: GuidedAttribute) -> str:
    words = f"{'more' if move.direction > 0 else 'less'} {attribute.label}"
    # The choice model looks at all attributes together; where the plain means disagree no size is given.
    return f"{words} ({signed(move.size)})" if move.size * move.direction > 0 else words


def outcome(title: str, refined: float, base: float, n_items: int) -> str:
    """Say where the held-out purchase stood in both rankings; a rank of infinity is something owned before."""
    said = f"The purchase held out was \u201c{title}\u201d."
    if np.isinf(refined):
        return f"{said} They had bought it before, and what is owned is not suggested again."
    places = f"The refined ranking puts it {ordinal(int(refined))} of {n_items:,}, the base {ordinal(int(base))}."
    return f"{said} {places} {_verdict(int(refined), int(base))}"


def _verdict(refined: int, base: int) -> str:
    if min(refined, base) > 100:
        return "Neither comes near showing it."
    if max(refined, base) <= 10:
        return "Both would have shown it among the first ten."
    if max(refined, base) < 1.5 * min(refined, base):
        return "The two are close."
    return "The refined one did better here." if refined < base else "The base did better here."
