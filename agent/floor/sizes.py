"""A client's sizes: what the record and the remembered facts say, and what the pieces kept allow to conclude."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence

from agent.floor.dossier import Dossier
from agent.intent.dates_said import spoken_day
from recsys.seller.facts import Owned

_RANGE = re.compile(r"^(\d+(?:\.\d+)?)\s*[–-]\s*(\d+(?:\.\d+)?)(\s*[a-z]+)?$")  # 35–41, 70–100 cm
_FEWEST = 2  # pieces from which a conclusion is drawn


def size_lines(dossier: Dossier) -> tuple[str, ...]:
    """Return one line for each size known or concluded, each with where it comes from."""
    filed = {name: value for name, value in dossier.client.preferences.items() if "size" in name.casefold()}
    lines = [f"{name} {value} (on file)" for name, value in filed.items()]
    for fact in (one for one in dossier.facts if one.kind == "size"):
        other = filed.get(fact.subject)
        differs = f"; the file has {other}" if other is not None and other != fact.value else ""
        lines.append(f"{fact.subject} {fact.value} ({fact.source}, {spoken_day(fact.at.date())}{differs})")
    return (*lines, *concluded(dossier.owned))


def concluded(owned: Sequence[Owned]) -> list[str]:
    """Conclude sizes from pieces kept, with how sure that is.

    Where an item is one size, the most frequent size of its kind is named with its share. Where it is made in a span of
    sizes, the record does not hold which one was bought: only the span common to all pieces of the kind is known.
    """
    by_kind: dict[str, list[Owned]] = defaultdict(list)
    for one in owned:
        if one.item.category:
            by_kind[one.item.category[0]].append(one)
    lines = []
    for kind, pieces in by_kind.items():
        line = _from_single(kind, pieces) or _from_spans(kind, pieces)
        if line:
            lines.append(line)
    return lines


def _from_single(kind: str, pieces: Sequence[Owned]) -> str:
    sizes = Counter(one.item.attributes["size"] for one in pieces if one.item.attributes.get("size"))
    if sum(sizes.values()) < _FEWEST:
        return ""
    size, count = sizes.most_common(1)[0]
    return f"{kind}: size {size} in {count} of the {sum(sizes.values())} kept pieces that carry a size"


def _from_spans(kind: str, pieces: Sequence[Owned]) -> str:
    spans: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for one in pieces:
        found = _RANGE.match(one.item.attributes.get("sizes", ""))
        if found:
            spans[(found[3] or "").strip()].append((float(found[1]), float(found[2])))
    if not spans:
        return ""
    unit, made = max(spans.items(), key=lambda pair: len(pair[1]))
    low, high = max(span[0] for span in made), min(span[1] for span in made)
    if len(made) < _FEWEST or low > high:
        return ""
    between = f"{low:g} to {high:g}{f' {unit}' if unit else ''}"
    return f"{kind}: all {len(made)} kept pieces with sizes are made in {between}; which was bought is not on record"
