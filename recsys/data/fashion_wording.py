"""Turns a reason written about "the user" into one said to the client, by rule, or refuses it and says why.

Only what can be changed without understanding the text is changed: who is spoken of, the verbs that go with them, and
long shop titles. A text in which something else would have to change is refused.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from recsys.schema import Item
from recsys.seller.references import Angle
from recsys.seller.titles import short_title

MIN_WORDS, MAX_WORDS = 12, 45
_VERBS = {"has": "have", "is": "are", "was": "were", "does": "do", "enjoys": "enjoy", "wishes": "wish"}
_REGULAR = frozenset(
    "value prefer like appreciate tend seem want need look love favor favour prioritize care show wear own lean "
    "gravitate seek buy purchase choose dislike".split()
)
_FIXED = frozenset(
    "may might will would could can should had liked disliked enjoyed purchased bought appreciated loved preferred "
    "owned valued showed chose found".split()
)
_ADVERBS = r"(?:(?:also|generally|typically|likely|often|previously|already|clearly|usually|particularly|still) )?"
_SUBJECT = re.compile(rf"\b([Tt])he user ({_ADVERBS})(\w+)")
_THEY = re.compile(rf"\bthey ({_ADVERBS})(have|like|liked|value|prefer|appreciate|enjoy|want|are looking|seem)\b")
_THEIR = re.compile(
    r"\btheir((?: \w+){0,2}? (?:preferences?|tastes?|style|wardrobe|closet|collection|likes?|liking|interests?|"
    r"previous|past|needs?|desire|history|fashion))\b"
)
_LEFT = re.compile(
    r"\b(?:users?|users?'s?|they|them|their|themselves|customers?|he|she|his|her|profile|the description)\b", re.I
)
_UNSAID = re.compile(
    r"\b(?:although|however|despite|even though|while|may not|might not|not a|cheap\w*|weak\w*|poor\w*|issues?|"
    r"concerns?|dislikes?d?|lacks?|disappoint\w*|cons|overlook|outweigh|problems?|drawbacks?|flimsy|defect\w*|smell\w*|"
    r"run small|run large|runs small|runs large|price\w*|affordab\w*|inexpensive|expensive|budget|cost\w*|next item|"
    r"compliments?|pictures?d?|arriv\w*|promptly|shipping|shipment|delivery|recommended|loved item|expectations|"
    r"booty|breasts?|bust|curves|body|bodies|models|larger|smaller|figure|figures|plus size|petite|"
    r"reviews?|described|product description|features?)\b|[$%]|\d\.$",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z\"])")
_OPENING = re.compile(
    r"^The user (?:will|would|is likely to|may|should) (?:likely |probably |most likely )?"
    r"(?:like|enjoy|appreciate|love) (?:the next |the |this )?(?P<what>.{0,300}?),? "
    r"(?P<why>(?:because|as|since|due to)\b.*)$"
)
_OCCASIONS = re.compile(
    r"\b(?:wedding|party|parties|prom|halloween|costume|office|work|summer|winter|beach|occasions?|evening|holiday|"
    r"christmas|gym|workout|travel)\b",
    re.IGNORECASE,
)


class Refused(ValueError):
    """A reason that cannot become a reference; its text is the reason why, the same for all of a kind."""


@dataclass(frozen=True)
class Wording:
    """A reason as said to the client, the ids it names and what it leads with."""

    text: str
    cites: tuple[str, ...]
    angle: Angle


def to_client(answer: str, target: Item, history: Sequence[Item]) -> Wording:
    """Reword the second paragraph of an answer.

    Args:
        answer: "Prediction: Yes", a first paragraph about the client, a second one with the reason.
        target: The item explained; it is named by its short title.
        history: What the client bought; full titles of it are shortened and count as cited.

    Raises:
        Refused: If the answer is cut off, has no such paragraph, or the rules do not reach.
    """
    answer = " ".join(answer.split())
    if not answer.endswith((".", "!", '."')):
        raise Refused("cut off: no final full stop")
    _, _, reason = answer.partition(" 2. ")
    if not reason.strip():
        raise Refused("no second paragraph")
    text, cited = _with_short_titles(reason.strip(), target, history)
    first, *rest = _SENTENCE_END.split(text)
    opening = _OPENING.match(first)
    if opening is None:
        raise Refused("does not begin with what the client will like")
    said = [_addressed(f"You may like the {short_title(target)} {opening['why']}")]
    if rest and len(said[0].split()) + len(rest[0].split()) <= MAX_WORDS:
        said += _if_it_fits(rest[0])
    result = " ".join(said)
    if not MIN_WORDS <= len(result.split()) <= MAX_WORDS:
        raise Refused(f"not {MIN_WORDS} to {MAX_WORDS} words")
    cites = tuple(dict.fromkeys(item.item_id for item in cited if short_title(item) in result))
    return Wording(result, cites, _angle(result, target))


def _with_short_titles(text: str, target: Item, history: Sequence[Item]) -> tuple[str, list[Item]]:
    """Replace full titles by short ones, longest first; return the items of the history that were named."""
    named: list[Item] = []
    for item in sorted([target, *history], key=lambda one: -len(one.title)):
        pattern = re.compile(rf"(?:\b[Tt]he )?[\"“']?{re.escape(item.title)}[\"”']?")
        said = f"the {short_title(item)}".replace("\\", "")  # a backslash would be read as a group
        text, count = pattern.subn(said, text)
        if count and item is not target:
            named.append(item)
    return text, named


def _addressed(sentence: str) -> str:
    """Return a sentence said to the client.

    Raises:
        Refused: If it still speaks of somebody else, or says what no associate would.
    """
    text = re.sub(r"\b([Tt])he user's\b", lambda m: "Your" if m[1] == "T" else "your", sentence)
    text = _SUBJECT.sub(_second_person, text)
    text = _THEY.sub(lambda m: f"you {m[1]}{m[2]}", text)
    text = _THEIR.sub(r"your\1", text)
    text = re.sub(r"\b(to|for|of|with|by) the user\b", r"\1 you", text)
    if _LEFT.search(text):
        raise Refused("still speaks of somebody else")
    if _UNSAID.search(text):
        raise Refused("a doubt, a price, a delivery or a remark on the body")
    return text


def _second_person(match: re.Match[str]) -> str:
    you, verb = ("You" if match[1] == "T" else "you"), match[3]
    if verb in _VERBS:
        return f"{you} {match[2]}{_VERBS[verb]}"
    if verb.removesuffix("s") in _REGULAR:
        return f"{you} {match[2]}{verb.removesuffix('s')}"
    return f"{you} {match[2]}{verb}" if verb in _FIXED else match[0]


def _if_it_fits(sentence: str) -> list[str]:
    try:
        return [_addressed(sentence)] if sentence.endswith(".") else []
    except Refused:
        return []


def _angle(text: str, target: Item) -> Angle:
    """Tell by simple evidence what a text leads with; style where nothing else shows."""
    if re.search(r"\bbrand\b", text, re.IGNORECASE) or (target.brand and f"by {target.brand}" in text):
        return "brand"
    return "occasion" if _OCCASIONS.search(text) else "style"
