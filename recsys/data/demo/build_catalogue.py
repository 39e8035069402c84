"""The catalogue of Maison Orvane: authored models and variants become items, with their guided scores.

Nothing in a title, price or description is drawn at random; only which few items are sold out is.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray

import prompts
from recsys.data.demo.authored import Model, Tables, Variant, load_tables
from recsys.data.demo.guided_rules import Piece, score
from recsys.guided.attributes import AttributeSet, parse_attribute_set
from recsys.schema import Item

CURRENCY = "EUR"
SOLD_OUT = 0.04
_PACKED = 8.0  # travel score from which something is bought for the journey
_CARRIED = ("Bags", "Small leather goods")
CODES = {
    "Bags": "bag",
    "Small leather goods": "slg",
    "Shoes": "sho",
    "Ready-to-wear": "rtw",
    "Dresses": "drs",
    "Tailoring": "tlr",
    "Knitwear": "knt",
    "Outerwear": "out",
    "Scarves & silks": "slk",
    "Eyewear": "eye",
    "Hats & gloves": "hat",
    "Jewellery": "jwl",
    "Watches": "wat",
    "Fragrance": "fra",
    "Make-up": "mak",
    "Skin care": "ski",
    "Home & travel": "hom",
}
BEAUTY = frozenset({"Fragrance", "Make-up", "Skin care"})  # used where and when the client likes
SEASONLESS = frozenset({"Make-up", "Jewellery", "Watches", "Small leather goods"})
_DRAWN_NAMES = ("tall", "roll-neck", "hoop", "pencil", "bangle", "cuff")  # words of a name that a drawing can show
_METALS = {  # the first word that occurs in the material decides
    "blackened": "gunmetal",
    "rose gold": "rose-gold",
    "silver": "silver",
    "steel": "silver",
    "platinum": "silver",
}
_LINE_METALS = {"Acier Doux": "gunmetal", "Rive Blanche": "silver", "Grand Large": "silver"}

Department = Literal["everyone", "women"]


@dataclass(frozen=True, eq=False)
class DemoCatalogue:
    """The items and what the simulator must know of them beyond their text.

    Attributes:
        scores: Guided scores, float64, (N, A), 0..9, rows in item order, columns in attribute order.
        types: Each item's product type; lasts_days: when a used-up one is needed again, 0 for what is kept.
        models: Each item's model name: variants of one model share it.
    """

    items: tuple[Item, ...]
    attribute_set: AttributeSet
    scores: NDArray[np.float64]
    types: tuple[str, ...]
    models: tuple[str, ...]
    worn_by: tuple[Department, ...]
    lasts_days: tuple[int, ...]


def boutique_attributes() -> AttributeSet:
    """Return the guided attributes of the demo boutique."""
    name = "attributes/boutique.yaml"
    return parse_attribute_set(prompts.load(name), name)


def build_catalogue(seed: int) -> DemoCatalogue:
    """Make all items and their guided scores from the authored tables; `seed` picks the sold-out ones."""
    tables, attributes = load_tables(), boutique_attributes()
    pieces = list_pieces(tables)
    scores = score(pieces, attributes.names)
    sold_out = np.random.default_rng([seed, 0]).random(len(pieces)) < SOLD_OUT
    items = tuple(
        _item(piece, dict(zip(attributes.names, row, strict=True)), tables, available=not gone)
        for piece, row, gone in zip(pieces, scores.tolist(), sold_out, strict=True)
    )
    return DemoCatalogue(
        items=items,
        attribute_set=attributes,
        scores=scores,
        types=tuple(piece.kind.type for piece in pieces),
        models=tuple(piece.model.name for piece in pieces),
        worn_by=tuple(piece.kind.worn_by for piece in pieces),
        lasts_days=tuple(piece.kind.lasts_days for piece in pieces),
    )


def list_pieces(tables: Tables) -> list[Piece]:
    """Return every variant of every model, numbered within its category."""
    pieces, numbers = list[Piece](), Counter[str]()
    for model in tables.models:
        kind = tables.types[model.type]
        for variant in model.variants:
            numbers[kind.family] += 1
            pieces.append(
                Piece(
                    item_id=f"{CODES[kind.family]}-{numbers[kind.family]:03d}",
                    kind=kind,
                    line=tables.lines[model.line],
                    material=tables.materials[variant.material or model.material],
                    colour_scores=tables.colours[variant.colour].scores,
                    pattern_scores=tables.patterns[_pattern(model, variant)],
                    model=model,
                    variant=variant,
                    price=variant.price or model.price,
                )
            )
    return pieces


def _item(piece: Piece, scores: Mapping[str, float], tables: Tables, available: bool) -> Item:
    model, variant = piece.model, piece.variant
    return Item(
        item_id=piece.item_id,
        title=_title(model, variant),
        brand=model.line,
        category=piece.kind.category,
        price_minor=piece.price * 100,
        currency=CURRENCY,
        colour=tables.colours[variant.colour].field or None,
        material=variant.material or model.material,
        description=f"{model.text} {variant.text}".strip(),
        attributes=_facts(piece, scores, tables),
        image=_drawing(piece, tables),
        available=available,
    )


def _title(model: Model, variant: Variant) -> str:
    if variant.label is None:
        return f"{model.name} in {variant.colour} {variant.material or model.material}"
    return f"{model.name}{'' if variant.label[0] in ', ' else ' '}{variant.label}"


def _pattern(model: Model, variant: Variant) -> str:
    return variant.pattern or model.pattern


def _facts(piece: Piece, scores: Mapping[str, float], tables: Tables) -> dict[str, str]:
    """Return the further catalogue facts; season and occasion follow from the guided scores."""
    facts = {piece.kind.cut_is: piece.model.cut, "care": tables.care[piece.material.care]}
    if piece.kind.family not in BEAUTY:
        facts["pattern"] = _pattern(piece.model, piece.variant)
        occasion = _occasion(scores, piece.kind.family)
        facts |= {"occasion": occasion} if occasion else {}
    if piece.kind.family not in SEASONLESS:
        facts["season"] = _season(scores)
    if piece.kind.sizes:
        facts["sizes"] = piece.kind.sizes
    return facts


def _season(scores: Mapping[str, float]) -> str:
    if scores["warmth"] < 2.5:
        return "spring and summer"
    return "autumn and winter" if scores["warmth"] > 6.5 else "all year"


def _occasion(scores: Mapping[str, float], family: str) -> str:
    if family == "Home & travel":
        return "travel" if scores["travel"] >= _PACKED else ""
    rules = (
        (scores["evening"] >= 6.5 and scores["formality"] >= 7, "evenings and ceremonies"),
        (scores["evening"] >= 6.5, "evenings out"),
        (scores["evening"] >= 4.5 and scores["formality"] >= 6.5, "dinners and formal days"),
        (scores["formality"] >= 6.5, "the office and formal days"),
        (scores["sporty"] >= 6, "active days"),
        (scores["travel"] >= _PACKED and family in _CARRIED, "travel"),
        (scores["comfort"] >= 7.5, "weekends and home"),
    )
    return next((occasion for holds, occasion in rules if holds), "every day")


def _drawing(piece: Piece, tables: Tables) -> str:
    colour = tables.colours[piece.variant.colour]
    name = piece.model.name.casefold()
    shown = [word.replace("-", "") for word in _DRAWN_NAMES if word in name]
    details = dict.fromkeys([piece.kind.detail, piece.model.detail, *shown, _metal(piece)])
    parts = {
        "colour": colour.hex,
        "accent": colour.accent,
        "pattern": _pattern(piece.model, piece.variant),
        "detail": ",".join(detail for detail in details if detail),
    }
    query = "&".join(f"{key}={quote(value, safe=',-')}" for key, value in parts.items() if value)
    return f"drawing:{piece.kind.silhouette}?{query}"


def _metal(piece: Piece) -> str:
    material = piece.variant.material or piece.model.material
    found = next((metal for word, metal in _METALS.items() if re.search(rf"\b{word}\b", material)), "")
    return found or _LINE_METALS.get(piece.model.line, "")
