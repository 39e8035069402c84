"""The authored tables behind the demo boutique (folder `tables`), read and checked: types, lines, colours, models.

Everything a person wrote is in these tables; `build_catalogue`, `guided_rules` and `simulator` only combine it.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter

TABLES = Path(__file__).parent / "tables"
MODEL_FILES = (
    "bags",
    "leather_goods",
    "shoes",
    "ready_to_wear",
    "dresses_tailoring",
    "knitwear_outerwear",
    "accessories",
    "jewellery",
    "fragrance_makeup",
    "skin_home",
)

Deltas = dict[str, float]
Path3 = Annotated[tuple[str, ...], BeforeValidator(lambda text: tuple(text.split(" > ")))]


class _Authored(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class ProductType(_Authored):
    """A kind of product: where it hangs, how it is drawn, who wears it, how it starts on each guided attribute.

    Attributes:
        cut_is: Under which name a model's `cut` is told ("silhouette", "scent", "finish", "texture", "shape").
        lasts_days: When a client who uses it up needs a new one; 0 for what is kept.
        scores: Starting score of every guided attribute but prestige, which follows from the price.
    """

    type: str
    category: Path3
    silhouette: str
    detail: str = ""
    worn_by: Literal["everyone", "women"] = Field(alias="for")
    sizes: str = ""
    cut_is: str
    lasts_days: int
    scores: Deltas

    @property
    def family(self) -> str:
        """The broadest category."""
        return self.category[0]


class Line(_Authored):
    """One of the house's lines."""

    character: str
    scores: Deltas


class Colour(_Authored):
    """A colour of a title; `field` is the catalogue's colour ("" where the thing has none)."""

    field: str
    hex: str
    accent: str
    scores: Deltas


class Material(_Authored):
    """A material and the care it asks for."""

    care: str
    scores: Deltas


class Variant(_Authored):
    """One colour, size or shade of a model; what is None is the model's own.

    Attributes:
        label: The end of the title, where it is not "in <colour> <material>".
    """

    colour: str
    text: str = ""
    label: str | None = None
    material: str | None = None
    pattern: str | None = None
    price: int | None = None
    traits: Deltas = {}


class Model(_Authored):
    """A product of a line with its variants; prices in EUR."""

    name: str
    type: str
    line: str
    material: str
    price: int
    cut: str
    text: str
    variants: tuple[Variant, ...]
    pattern: str = "plain"
    detail: str = ""
    traits: Deltas = {}


@dataclass(frozen=True)
class Tables:
    """All authored tables of the catalogue."""

    types: Mapping[str, ProductType]
    lines: Mapping[str, Line]
    colours: Mapping[str, Colour]
    patterns: Mapping[str, Deltas]
    materials: Mapping[str, Material]
    care: Mapping[str, str]
    models: tuple[Model, ...]


def load_yaml(name: str) -> Any:
    """Return the content of tables/<name>.yaml."""
    return yaml.safe_load((TABLES / f"{name}.yaml").read_text(encoding="utf-8"))


def load_tables() -> Tables:
    """Read and check every table of the catalogue; a wrong entry raises pydantic's ValidationError."""
    materials = load_yaml("materials")
    return Tables(
        types={kind.type: kind for kind in _types()},
        lines=TypeAdapter(dict[str, Line]).validate_python(load_yaml("lines")),
        colours=TypeAdapter(dict[str, Colour]).validate_python(load_yaml("colours")),
        patterns=TypeAdapter(dict[str, Deltas]).validate_python(load_yaml("patterns")),
        materials=TypeAdapter(dict[str, Material]).validate_python(materials["materials"]),
        care=TypeAdapter(dict[str, str]).validate_python(materials["care"]),
        models=tuple(Model.model_validate(entry) for name in MODEL_FILES for entry in load_yaml(f"models/{name}")),
    )


def _types() -> Iterator[ProductType]:
    facts = {"type", "category", "silhouette", "detail", "for", "sizes", "cut_is", "lasts_days"}
    with (TABLES / "types.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            scores = {name: value for name, value in row.items() if name not in facts}
            yield ProductType.model_validate({**{name: row[name] for name in facts}, "scores": scores})
