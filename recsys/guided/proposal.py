"""Drafting an attribute set for a new domain with a chat model, one attribute at a time, for a person to edit.

One attribute a question is what a small model can do well, and an answer that cannot be used costs one question. What
a small model does badly is done without: a phrase it gives for both ends is dropped, and the sentences with which it
describes the ends stand in where too few phrases are left.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

import prompts
from recsys.errors import InputError
from recsys.guided.attributes import AttributeSet, GuidedAttribute, Poles
from recsys.guided.chat_scorer import Ask, object_schema
from recsys.guided.scorer import as_data

ATTEMPTS = 2  # at describing one quality; then another quality is tried
MOST_CATEGORIES, MOST_SAMPLES, SAMPLE_LETTERS = 24, 8, 120  # a small model reads a short prompt in seconds
_PRINTABLE = r"^[^\x00-\x1f\x7f]*$"
_Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=90, pattern=_PRINTABLE)]
_Phrases = Annotated[tuple[_Line, ...], Field(min_length=2, max_length=6)]
_Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_]{1,30}$")]

# What a salesperson looks at in an item, whatever the shop sells; more of them than attributes that are usual.
ASPECTS = (
    "how it looks",
    "when and where it is used",
    "what it does for the client",
    "what it is made of",
    "how it feels, sounds, tastes or smells",
    "whom it suits",
    "how easy it is to use",
    "how special it is, as a gift or a treat",
    "how long it lasts and how it is cared for",
    "how bold or quiet it is",
    "how traditional or new it is",
    "how practical or playful it is",
    "how light or heavy it is",
    "how it goes with other things",
    "the season",
    "where it comes from and how it is made",
)
_EMPTY_NAMES = frozenset(
    ("brand", "category", "client", "item", "name", "popularity", "price", "quality", "style", "value")
)

_COMPLETED = re.compile(r"^(this item|it) is (a |an )?(?=.)", re.IGNORECASE)

OnStep = Callable[[str, int, int], None]


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Quality(_Answer):
    name: _Name
    meaning: _Line


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
        for one, other in (("anchor_0", "anchor_9"), ("say_low", "say_high")):
            if _plain(getattr(self, one)).casefold() == _plain(getattr(self, other)).casefold():
                raise ValueError(f"{one} and {other} are the same")
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
        InputError: If the model does not describe enough qualities.
    """
    if not 2 <= count <= 32:
        raise InputError(f"{count} attributes: ask for 2 to 32")
    system = prompts.render(
        "propose_attributes.md",
        domain=domain.label,
        categories=[as_data(name) for name in domain.categories[:MOST_CATEGORIES]],
        samples=[as_data(text)[:SAMPLE_LETTERS] for text in domain.samples[:MOST_SAMPLES]],
    )
    attributes: list[GuidedAttribute] = []
    problems: list[str] = []
    for quality in _qualities(domain, count, ask, system, problems):
        if on_step is not None:
            on_step(quality.name, len(attributes), count)
        described = _describe(domain, quality, ask, system, problems)
        attributes += [described] if described else []
        if len(attributes) == count:
            break
    if len(attributes) < count:
        reason = problems[-1] if problems else "nothing new came"
        raise InputError(
            f"the chat model described {len(attributes)} of {count} qualities ({reason}): ask for fewer attributes, "
            "choose a larger chat model with --model, or write the file by hand after prompts/attributes/"
        )
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


def _qualities(domain: Domain, count: int, ask: Ask, system: str, problems: list[str]) -> Iterator[_Quality]:
    """Yield different qualities: as many as wanted at once, then more, with one aspect of an item after another.

    A small model asked for "others" says the same again; asked about another aspect, it names something else.
    `problems` gains what was wrong with answers.
    """
    taken: list[str] = []
    wrong: list[str] = []
    for aspect in ("", *ASPECTS):
        request = prompts.render(
            "propose_attribute_names.md",
            count=2 if aspect else count,
            domain=domain.label,
            aspect=aspect,
            taken=taken,
            problems=wrong,
        )
        answer, wrong = _read(_Qualities, ask(system, request, _names_schema(2 if aspect else count)))
        problems += wrong
        for quality in answer.qualities if answer else ():
            if quality.name not in _EMPTY_NAMES and not any(_same(quality.name, name) for name in taken):
                yield quality
            taken += [quality.name] if quality.name not in taken else []


def _describe(domain: Domain, quality: _Quality, ask: Ask, system: str, problems: list[str]) -> GuidedAttribute | None:
    """Return a quality as an attribute, None if the model cannot; `problems` gains what was wrong with answers."""
    wrong: list[str] = []
    for _ in range(ATTEMPTS):
        request = prompts.render(
            "propose_attribute.md",
            name=quality.name.replace("_", " "),
            meaning=as_data(quality.meaning),
            domain=domain.label,
            problems=wrong,
        )
        answer, wrong = _read(_Description, ask(system, request, _DESCRIPTION_SCHEMA))
        if answer is not None:
            try:
                return _attribute(quality, answer)
            except ValidationError as error:  # fit for an answer, unfit for an attribute: too long, too few
                wrong = _faults(error)
        problems += wrong
    return None


def _attribute(quality: _Quality, said: _Description) -> GuidedAttribute:
    label = quality.name.replace("_", " ")
    low_poles, high_poles = _apart(said.low_items, said.high_items)
    more, less = _apart(said.ask_more, said.ask_less)
    low, high = _plain(said.say_low), _plain(said.say_high)
    return GuidedAttribute(
        name=quality.name,
        anchors={"0": said.anchor_0, "5": said.anchor_5, "9": said.anchor_9},
        low=low,
        high=high,
        more=_distinct([f"more {label}", *more]),
        less=_distinct([f"less {label}", *less]),
        poles=Poles(
            low=_distinct([*low_poles, low, _plain(said.anchor_0)]),
            high=_distinct([*high_poles, high, _plain(said.anchor_9)]),
        ),
    )


def _apart(low: Sequence[str], high: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the phrases of both ends without those that stand at both."""
    ends = [{_plain(phrase).casefold() for phrase in phrases} for phrases in (low, high)]
    both = ends[0] & ends[1]
    first, second = ([_plain(one) for one in end if _plain(one).casefold() not in both] for end in (low, high))
    return first, second


def _plain(phrase: str) -> str:
    """Return a phrase without the words that it was to complete, and without a full stop."""
    return _COMPLETED.sub("", phrase).rstrip(". ") or phrase


def _read(kind: type[Any], answer: Any) -> tuple[Any, list[str]]:
    """Return the validated answer, or None and what is wrong with it."""
    try:
        return kind.model_validate(answer), []
    except ValidationError as error:
        return None, _faults(error)


def _faults(error: ValidationError) -> list[str]:
    return [f"{'.'.join(map(str, one['loc'])) or 'answer'}: {one['msg']}" for one in error.errors()[:3]]


def _same(one: str, other: str) -> bool:
    """Whether two names are one word in other forms ("formal", "formality"), as far as their letters tell."""
    short, long = sorted((one.replace("_", ""), other.replace("_", "")), key=len)
    return long.startswith(short[: max(4, len(short) - 2)])


def _distinct(phrases: Sequence[str]) -> tuple[str, ...]:
    """Return each phrase once, whatever its case, the first spelling first."""
    first: dict[str, str] = {}
    for phrase in phrases:
        first.setdefault(phrase.casefold(), phrase)
    return tuple(first.values())


def _names_schema(count: int) -> dict[str, Any]:
    name = {"type": "string", "pattern": "^[a-z][a-z_]{1,20}$"}
    quality = object_schema({"name": name, "meaning": _text(90)})
    listed = {"type": "array", "items": quality, "minItems": 1, "maxItems": count}
    return {"title": "qualities", "description": "Qualities of items.", **object_schema({"qualities": listed})}


def _text(longest: int) -> dict[str, Any]:
    return {"type": "string", "minLength": 2, "maxLength": longest}


def _listed(count: int, longest: int) -> dict[str, Any]:
    return {"type": "array", "items": _text(longest), "minItems": count, "maxItems": count}


_DESCRIPTION_SCHEMA = {
    "title": "quality",
    "description": "One quality, described.",
    **object_schema(
        {
            **dict.fromkeys(("anchor_0", "anchor_5", "anchor_9"), _text(80)),
            **dict.fromkeys(("say_low", "say_high"), _text(50)),
            **dict.fromkeys(("ask_more", "ask_less"), _listed(3, 40)),
            **dict.fromkeys(("low_items", "high_items"), _listed(4, 60)),
        }
    ),
}
