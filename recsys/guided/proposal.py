"""Drafting an attribute set for a new domain with a chat model, one attribute at a time, for a person to edit.

One attribute a question is what a small model can do well, and an answer that cannot be used costs one question.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator, model_validator

import prompts
from recsys.errors import InputError
from recsys.guided.attributes import AttributeSet, GuidedAttribute, Poles
from recsys.guided.chat_scorer import Ask
from recsys.guided.scorer import as_data

ATTEMPTS = 4
MOST_CATEGORIES, MOST_SAMPLES, SAMPLE_LETTERS = 24, 8, 120  # a small model reads a short prompt in seconds
_PRINTABLE = r"^[^\x00-\x1f\x7f]*$"
_Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=90, pattern=_PRINTABLE)]
_Phrases = Annotated[tuple[_Line, ...], Field(min_length=2, max_length=6)]
_Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_]{1,30}$")]

_EMPTY_NAMES = frozenset(("brand", "category", "item", "name", "popularity", "price", "quality", "style", "value"))

OnStep = Callable[[str, int, int], None]


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Quality(_Answer):
    name: _Name
    meaning: _Line

    @field_validator("name")
    @classmethod
    def _tells_items_apart(cls, name: str) -> str:
        if name in _EMPTY_NAMES:
            raise ValueError(f"{name!r} says nothing of what the item is like; name something else")
        return name


class _Qualities(_Answer):
    qualities: Annotated[tuple[_Quality, ...], Field(min_length=1, max_length=40)]


class _Description(_Answer):
    anchor_0: _Line
    anchor_5: _Line
    anchor_9: _Line
    say_low: _Line
    say_high: _Line
    ask_more: _Phrases
    ask_less: _Phrases
    low_items: _Phrases
    high_items: _Phrases

    @model_validator(mode="after")
    def _ends_differ(self) -> Self:
        for one, other in (("low_items", "high_items"), ("ask_more", "ask_less")):
            low, high = _folded(getattr(self, one)), _folded(getattr(self, other))
            if both := low & high:
                raise ValueError(f"{min(both)[:40]!r} is in {one} and in {other}; give each its own phrases")
            for name, phrases in ((one, low), (other, high)):
                if len(phrases) < 2:
                    raise ValueError(f"{name} says the same phrase again and again; give different ones")
        if self.anchor_0.casefold() == self.anchor_9.casefold():
            raise ValueError("anchor_0 and anchor_9 are the same")
        return self


@dataclass(frozen=True)
class Domain:
    """What an attribute set is drafted for.

    Attributes:
        name: Its name, which the attribute set and its file carry ("garden_tools").
        categories: The catalogue's categories, the most frequent first.
        samples: Texts of some items.
    """

    name: str
    categories: Sequence[str]
    samples: Sequence[str]

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z][a-z_]{1,30}", self.name):
            raise InputError(f"domain {self.name!r}: give a name of small letters and _ such as garden_tools")

    @property
    def label(self) -> str:
        """The name as people read it."""
        return self.name.replace("_", " ")


def propose(domain: Domain, count: int, ask: Ask, on_step: OnStep | None = None) -> AttributeSet:
    """Draft an attribute set.

    Args:
        domain: What for.
        count: Attributes to draft, 2 to 32.
        ask: The chat model.
        on_step: Told the attribute being drafted, how many are done, and the total.

    Raises:
        InputError: If the model gives no usable answer after four attempts at the same question.
    """
    if not 2 <= count <= 32:
        raise InputError(f"{count} attributes: ask for 2 to 32")
    system = prompts.render(
        "propose_attributes.md",
        domain=domain.label,
        categories=[as_data(name) for name in domain.categories[:MOST_CATEGORIES]],
        samples=[as_data(text)[:SAMPLE_LETTERS] for text in domain.samples[:MOST_SAMPLES]],
    )
    attributes = []
    for done, quality in enumerate(_name_all(domain, count, ask, system)):
        if on_step is not None:
            on_step(quality.name, done, count)
        attributes.append(_describe(domain, quality, ask, system))
    stance = (
        f"Think like an experienced sales associate of a shop that sells {domain.label}: what does a client who buys "
        "this item want, and what would they reach for next? Score the item itself, not its popularity."
    )
    return AttributeSet(domain=domain.name, stance=stance, attributes=tuple(attributes))


def as_yaml(attribute_set: AttributeSet, author: str) -> str:
    """Return a drafted set as the YAML file that a person edits."""
    head = (
        f"# Guided attributes of {attribute_set.domain}, scored 0 to 9; drafted by {author}: edit before use.\n"
        '# `low` and `high` complete "it is ..."; leave one empty ("") where it is no reason anybody would give.\n'
        '# `poles` complete "This item is ..."; change `version` whenever scores would change.\n'
    )
    content = attribute_set.model_dump(mode="json", exclude={"scale": True}, exclude_none=True)
    return head + yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=110)


def _name_all(domain: Domain, count: int, ask: Ask, system: str) -> list[_Quality]:
    """Ask for names until there are enough different ones; one round may bring too few or repeat some."""
    found: dict[str, _Quality] = {}
    problems: list[str] = []
    fruitless = 0
    while len(found) < count:
        request = prompts.render(
            "propose_attribute_names.md",
            count=count - len(found),
            domain=domain.label,
            taken=list(found),
            problems=problems,
        )
        before = len(found)
        answer, problems = _read(_Qualities, ask(system, request, _names_schema(count - before)))
        for quality in answer.qualities if answer else ():
            if not any(_same(quality.name, name) for name in found):
                found[quality.name] = quality
        if answer and len(found) < count:
            problems = [f"{count - before} new qualities were wanted, {len(found) - before} are new"]
        fruitless = fruitless + 1 if len(found) == before else 0
        if fruitless == ATTEMPTS:
            raise _gave_up(f"the names of {count} qualities ({len(found)} found)", problems)
    return list(found.values())[:count]


def _describe(domain: Domain, quality: _Quality, ask: Ask, system: str) -> GuidedAttribute:
    problems: list[str] = []
    for _ in range(ATTEMPTS):
        request = prompts.render(
            "propose_attribute.md",
            name=quality.name.replace("_", " "),
            meaning=as_data(quality.meaning),
            domain=domain.label,
            problems=problems,
        )
        answer, problems = _read(_Description, ask(system, request, _DESCRIPTION_SCHEMA))
        if answer is not None:
            return _attribute(quality, answer)
    raise _gave_up(f"the quality {quality.name!r}", problems)


def _attribute(quality: _Quality, said: _Description) -> GuidedAttribute:
    return GuidedAttribute(
        name=quality.name,
        anchors={"0": said.anchor_0, "5": said.anchor_5, "9": said.anchor_9},
        low=said.say_low.rstrip("."),
        high=said.say_high.rstrip("."),
        more=_distinct(said.ask_more),
        less=_distinct(said.ask_less),
        poles=Poles(low=_distinct(said.low_items), high=_distinct(said.high_items)),
    )


def _read(kind: type[Any], answer: Any) -> tuple[Any, list[str]]:
    """Return the validated answer, or None and what is wrong with it."""
    try:
        return kind.model_validate(answer), []
    except ValidationError as error:
        return None, [f"{'.'.join(map(str, one['loc'])) or 'answer'}: {one['msg']}" for one in error.errors()[:3]]


def _gave_up(what: str, problems: Sequence[str]) -> InputError:
    reason = problems[0] if problems else "nothing new came"
    return InputError(
        f"the chat model gave no usable answer for {what} in {ATTEMPTS} attempts ({reason}): ask for fewer attributes, "
        "choose a larger chat model with --model, or write the file by hand after prompts/attributes/"
    )


def _same(one: str, other: str) -> bool:
    """Whether two names are one word in other forms ("formal", "formality"), as far as their letters tell."""
    short, long = sorted((one.replace("_", ""), other.replace("_", "")), key=len)
    return long.startswith(short[: max(4, len(short) - 2)])


def _folded(phrases: Sequence[str]) -> set[str]:
    return {phrase.casefold().rstrip(".") for phrase in phrases}


def _distinct(phrases: Sequence[str]) -> tuple[str, ...]:
    return tuple({phrase.casefold().rstrip("."): phrase.rstrip(".") for phrase in phrases}.values())


def _names_schema(count: int) -> dict[str, Any]:
    name = {"type": "string", "pattern": "^[a-z][a-z_]{1,20}$"}
    quality = _object({"name": name, "meaning": _text(90)})
    listed = {"type": "array", "items": quality, "minItems": 1, "maxItems": count}
    return {"title": "qualities", "description": "Qualities of items.", **_object({"qualities": listed})}


def _object(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }


def _text(longest: int) -> dict[str, Any]:
    return {"type": "string", "minLength": 2, "maxLength": longest}


def _listed(count: int, longest: int) -> dict[str, Any]:
    return {"type": "array", "items": _text(longest), "minItems": count, "maxItems": count}


_DESCRIPTION_SCHEMA = {
    "title": "quality",
    "description": "One quality, described.",
    **_object(
        {
            **dict.fromkeys(("anchor_0", "anchor_5", "anchor_9"), _text(80)),
            **dict.fromkeys(("say_low", "say_high"), _text(50)),
            **dict.fromkeys(("ask_more", "ask_less"), _listed(3, 40)),
            **dict.fromkeys(("low_items", "high_items"), _listed(4, 60)),
        }
    ),
}
