"""What a remark amounts to: liked or not, a helpful reason or a wrong one, a yes or a no; and where a piece is kept."""

from __future__ import annotations

import re
from typing import Literal

_NO = re.compile(
    r"\b(?:no|not|nope|nah|never|hates?|dislikes?|ugly|horribl[ey]|awful|terrible|boring|tacky|thumbs down|meh"
    r"|can(?:no|')?t stand"
    r"|(?:do|does|did|would|is|was|are)n['´`]?t)\b",
    re.IGNORECASE,
)
_YES = re.compile(
    r"\b(?:lov|lik|ador|beautiful|gorgeous|perfect|great|nice|lovely|favou?rite|yes|fanc(?:y|ies)|heart|thumbs up"
    r"|thrilled|rave|smiled)",
    re.IGNORECASE,
)
_LESS = re.compile(r"\b(?:too|bad|cheap|hurt)\b", re.IGNORECASE)
_FALSE = re.compile(
    r"\b(?:wrong|false|incorrect|mistaken?|untrue|a lie|lies|nonsense|rubbish|(?:not|isn'?t|is not|aren'?t"
    r"|wasn'?t) (?:true|right|correct|why)"
    r"|i never|never (?:said|bought|owned)|is off)\b",
    re.IGNORECASE,
)
_NO_HELP = re.compile(
    r"\b(?:unhelpful|useless|no (?:use|help|sense)|(?:not|n't|nothing) (?:\w+ )?(?:help\w*|useful|convinc\w*"
    r"|tell\w*|say\w*)|vague|general|odd|bad|weak"
    r"|poor|(?:tells?|says?) (?:me |us )?nothing|doesn'?t (?:help|tell|say|convince))\b",
    re.IGNORECASE,
)
_HELP = re.compile(
    r"\b(?:helpful|helped|helps|useful|good|nice|great|convinc\w+|spot on|makes sense|agree|thanks|clear|right"
    r"|true|excellent)\b",
    re.IGNORECASE,
)
_BASKET = re.compile(
    r"\b(?:basket|cart|trolley|shopping bag|check ?out|(?:in|into|from|out of|to) (?:the|my|her|his|their) bag"
    r"|buy|buys|buying|purchase|order|orders|(?:i'?ll|i will|she'?ll|he'?ll|she|he|i|will|let's) (?:take|takes"
    r"|have|go with)|take the|i take)\b",
    re.IGNORECASE,
)
_NOT_YET = re.compile(r"\b(?:not|never|n't|won't|without) (?:\w+ )?(?:buy\w*|take|order\w*)\b", re.IGNORECASE)
_LIST = re.compile(
    r"\b(?:wi?sh ?-?list|whishlist|wishlst|wish|bookmark|favou?rites?|(?:my|the|her|his) list|for later|aside)\b",
    re.IGNORECASE,
)
_REJECT = re.compile(
    r"\b(?:no|not|don'?t|do not|reject\w*|declin\w*|discard|dismiss|refus\w*|turn(?:ed)? down|wrong|leave|drop"
    r"|neither|none|keep (?:her|his) taste)\b",
    re.IGNORECASE,
)
_ONLY = re.compile(r"\bonly\b", re.IGNORECASE)


def verdict(message: str) -> Literal["like", "dislike"] | None:
    """Return what a remark about an item amounts to; None where it is not plain."""
    if _NO.search(message):
        return "dislike"
    if _YES.search(message):
        return "like"
    return "dislike" if _LESS.search(message) else None


def verdict_on_reason(message: str) -> Literal["helpful", "unhelpful", "wrong"] | None:
    """Return what a remark about a reason amounts to; None where it is not plain."""
    no_sense = re.search(r"\bno sense\b", message, re.IGNORECASE)
    if _FALSE.search(message) and not no_sense:
        return "wrong"
    if _NO_HELP.search(message):
        return "unhelpful"
    return "helpful" if _HELP.search(message) else None


def place(message: str) -> Literal["wishlist", "basket"]:
    """Return where a piece is kept: the basket for what is bought, else the wish list."""
    bought = _BASKET.search(_NOT_YET.sub(" ", message))
    return "basket" if bought and not _LIST.search(message) else "wishlist"


def names_place(message: str) -> bool:
    """Whether a message says where a piece is kept."""
    return _BASKET.search(message) is not None or _LIST.search(message) is not None


def decision(message: str) -> Literal["accept", "reject"]:
    """Return what is decided of proposals."""
    return "reject" if _REJECT.search(_ONLY.sub("", message)) else "accept"
