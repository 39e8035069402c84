"""Reference explanations of the demo boutique: what truly drove each client's last training purchase, in words.

The causes come from the simulator (choice_causes), the sentences from tables/reference_voices.yaml. Where several
causes are strong, the form that was used least so far is taken, so that no way of speaking takes over.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from string import Formatter
from typing import Any

import numpy as np

from recsys.data.demo.authored import load_yaml
from recsys.data.demo.build_catalogue import DemoCatalogue
from recsys.data.demo.choice_causes import Cause, Causes, Choice, Form, Speech, last_choice
from recsys.data.demo.choice_model import ChoiceModel, Owned
from recsys.data.demo.personas import Person
from recsys.data.demo.simulator import Course
from recsys.seller.references import Angle, Reference, Split
from recsys.seller.titles import month, short_title

MIN_WORDS, MAX_WORDS = 14, 40
_SHARE_TRAIN, _SHARE_VALID = 0.7, 0.15
ANGLE_OF: Mapping[Form, Angle] = {
    "taste": "style", "colour": "style", "drift": "style", "pair": "need", "next": "need", "family": "need",
    "routine": "routine", "routine_next": "routine", "brand": "brand", "novelty": "novelty", "occasion": "occasion",
    "repeat": "repeat", "repeat_same": "repeat",
}  # fmt: skip
_IN_ORDER = frozenset({"drift", "next", "routine_next"})  # the forms whose sentences rely on the order
_PLURAL = frozenset(
    "pump heeled-sandal flat-sandal loafer boot sneaker trousers jeans suit-trousers sunglasses gloves earrings".split()
)
_SINGULAR_WORDS = {
    "is": "is",
    "was": "was",
    "it": "it",
    "It": "It",
    "has": "has",
    "s": "s",
    "es": "es",
    "them": "it",
    "its": "its",
}
_PLURAL_WORDS = {
    "is": "are",
    "was": "were",
    "it": "they",
    "It": "They",
    "has": "have",
    "s": "",
    "es": "",
    "them": "them",
}
_PLURAL_WORDS |= {"its": "their"}


@dataclass(frozen=True)
class _Draft:
    """One sentence filled in, and which of its names it used."""

    cause: Cause
    pattern: str
    text: str
    names: frozenset[str]


def make_references(
    catalogue: DemoCatalogue, model: ChoiceModel, people: Sequence[Person], courses: Sequence[Course], seed: int
) -> list[Reference]:
    """Explain the last training purchase of every client who has bought enough before it.

    Args:
        people: The clients; `courses` are their events, in the same order.
        seed: Seed of the whole boutique; decides the split by client and the wording.
    """
    writer = _Writer(catalogue, model, seed)
    rows = {item.item_id: row for row, item in enumerate(catalogue.items)}
    choices = (last_choice(person, course, rows) for person, course in zip(people, courses, strict=True))
    written = [writer.write(choice) for choice in choices if choice is not None]
    references = [reference for reference in written if reference is not None]
    splits = _splits(len(references), np.random.default_rng([seed, 7]))
    return [one.model_copy(update={"split": split}) for one, split in zip(references, splits, strict=True)]


def _splits(n: int, rng: np.random.Generator) -> list[Split]:
    """Draw the split of each of `n` clients, in exact shares."""
    n_train, n_valid = round(_SHARE_TRAIN * n), round(_SHARE_VALID * n)
    names: list[Split] = [*["train"] * n_train, *["valid"] * n_valid, *["test"] * (n - n_train - n_valid)]  # type: ignore[list-item]
    return [names[int(index)] for index in rng.permutation(n)]


class _Writer:
    """Words the causes and remembers what has been used."""

    def __init__(self, catalogue: DemoCatalogue, model: ChoiceModel, seed: int) -> None:
        table: dict[str, Any] = load_yaml("reference_voices")
        self._forms: Mapping[str, Sequence[str]] = table["forms"]
        self._families: Mapping[str, str] = table["families"]
        self._qualities, self._likes = table["qualities"], table["likes"]
        self._catalogue, self._model, self._seed = catalogue, model, seed
        self._causes = Causes(catalogue, model, Speech(self._qualities, table["unsaid"]))
        self._used_forms, self._used_patterns = Counter[str](), Counter[str]()

    def write(self, choice: Choice) -> Reference | None:
        """Return the reference of one choice, its split still open; None where nothing fits or no cause is strong."""
        rng = np.random.default_rng([self._seed, 6, int(choice.person.client_id[1:])])
        for cause in sorted(self._causes.of(choice), key=lambda cause: self._used_forms[cause.form]):
            drafts = list(self._drafts(choice, cause, rng))
            if drafts:
                best = min(drafts, key=lambda draft: self._used_patterns[draft.pattern])
                self._used_forms[cause.form] += 1
                self._used_patterns[best.pattern] += 1
                return self._reference(choice, best)
        return None

    def _drafts(self, choice: Choice, cause: Cause, rng: np.random.Generator) -> Iterable[_Draft]:
        """Yield the sentences of a form that can be filled and are neither too short nor too long, shuffled."""
        values = self._values(choice, cause, rng)
        patterns = self._forms[cause.form]
        for index in rng.permutation(len(patterns)):
            names = frozenset(name for _, name, _, _ in Formatter().parse(patterns[int(index)]) if name)
            same_month = values.get("own_month") == values.get("other_month")
            if not names <= values.keys() or (same_month and {"own_month", "other_month"} <= names):
                continue
            text = patterns[int(index)].format(**values)
            if MIN_WORDS <= len(text.split()) <= MAX_WORDS:
                yield _Draft(cause, patterns[int(index)], text, names)

    def _values(self, choice: Choice, cause: Cause, rng: np.random.Generator) -> dict[str, str]:
        item, family = self._catalogue.items[choice.row], self._model.families[choice.row]
        values = {"item": self._name(choice.row), "brand": item.brand or "", "family": self._families[family]}
        values |= {"colour": item.colour or "", **self._agreement(choice.row)}
        values |= self._owned("own", cause.own)
        if cause.other is not None:
            values |= self._owned("other", cause.other)
        if cause.trait is not None:
            values |= self._trait(choice.row, cause.trait, rng)
        return values | {name.capitalize(): _capital(values[name]) for name in ("brand", "family", "colour")}

    def _owned(self, name: str, one: Owned) -> dict[str, str]:
        agreement = {f"{name}_{word}": form for word, form in self._agreement(one.row).items()}
        return {name: self._name(one.row), f"{name}_month": month(one.day), **agreement}

    def _agreement(self, row: int) -> Mapping[str, str]:
        """Return the small words that agree with an item's name."""
        return _PLURAL_WORDS if str(self._model.types[row]) in _PLURAL else _SINGULAR_WORDS

    def _trait(self, row: int, column: int, rng: np.random.Generator) -> dict[str, str]:
        name, side = self._catalogue.attribute_set.names[column], str(self._causes.sides[row, column])
        quality = self._qualities[name][side]
        likes = self._likes[name][side]
        return {
            "quality": quality[int(rng.integers(len(quality)))],
            "likes": likes[int(rng.integers(len(likes)))],
            "occasion": self._causes.occasion(row, column),
        }

    def _name(self, row: int) -> str:
        return short_title(self._catalogue.items[row])

    def _reference(self, choice: Choice, draft: _Draft) -> Reference:
        cause, items = draft.cause, self._catalogue.items
        owned = [cause.own] if draft.names & {"own", "own_month"} else []
        if cause.other is not None and draft.names & {"other", "other_month"}:
            owned.append(cause.other)
        says_trait = cause.trait is not None and bool(draft.names & {"quality", "likes", "occasion"})
        return Reference(
            split="train",
            user=choice.person.client_id,
            history=tuple(items[one.row].item_id for one in choice.history),
            target=items[choice.row].item_id,
            text=draft.text,
            cites=tuple(dict.fromkeys(items[one.row].item_id for one in owned)),
            attributes=(self._catalogue.attribute_set.names[cause.trait],)
            if says_trait and cause.trait is not None
            else (),
            angle=ANGLE_OF[cause.form],
            order=cause.form in _IN_ORDER,
        )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
