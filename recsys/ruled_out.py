"""What a person will not have: names after "not", "no", "without", "anything but", "other than" and their like.

Rules only, over names that the catalogue knows. A negation holds for the names that follow it, across "or" and "and",
up to the next comma, stop or "but".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from recsys.catalogue import words

_AS_NOT = re.compile(
    r"\b(?:(?:any|every)(?:thing|one) but|all but|(?:an)?other(?: [a-z]+)? than|different from|"
    r"apart from|rather than|instead of|free of|"
    r"(?:do|does|did|is|are|was|would|should|can|wo|ca)n[o']?[’']?t (?:want|like|need|wear|do|care for|fancy)|"
    r"(?:do|does) not (?:want|like|need|wear|care for)|"
    r"(?:is|are|would|should)n[’']t|can[’']?t (?:stand|wear|have)|allergic to|tired of|fed up with|enough of|"
    r"(?:hate|dislike|avoid|exclude|excluding|except|skip|drop|ban)(?:s|d|ing)?(?: for)?|nor|neither|never|minus|"
    r"no more|not (?:from|by)|sans)\b"
)
_FREE = re.compile(r"\b([^\W\d_]+)[- ]free\b")
_NO_NEGATION = re.compile(r"\b(?:why not|not only|not just|nothing but|no problem with|not bad)\b")
_TOKEN = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*|[,;.!?]")
_NEGATIONS = frozenset(("not", "no", "without", "non"))
_JOINTS = frozenset(("or", "and", "of"))
_FILLERS = _JOINTS | frozenset(
    "from by any the a an in with this that these those house brand label made more please ones one stuff thing "
    "anything something piece item again her his their my colour color material".split()
)
_ENDS = frozenset((",", ";", ".", "!", "?", "but"))


@dataclass(frozen=True)
class Heard:
    """A text read for what it rules out.

    Attributes:
        ruled_out: The names ruled out, in the order said.
        rest: The text without them and without the words that rule them out.
    """

    ruled_out: tuple[str, ...]
    rest: str


def hear(said: str, names: Sequence[str]) -> Heard:
    """Read which of some names a text rules out.

    Args:
        said: A person's words, for example "no Duna please, and nothing in wool".
        names: Names of brands, colours, materials or kinds; of two that begin at the same word the longer is meant.
    """
    plain = _FREE.sub(r"not \1", _AS_NOT.sub(" not ", _NO_NEGATION.sub(" ", said.casefold())))
    plain = re.sub(r"\bnothing (?=in |from |by |with |made )", "not ", plain)
    tokens = _TOKEN.findall(plain)
    spelt = [words(token)[0] if words(token) else token for token in tokens]
    known = sorted(((words(name), name) for name in names if words(name)), key=lambda one: -len(one[0]))
    ruled_out: list[str] = []
    rest: list[str] = []
    negated, since, held = False, 0, list[str]()
    at = 0
    while at < len(tokens):
        found = next((one for one in known if tuple(spelt[at : at + len(one[0])]) == one[0]), None)
        if found is not None and negated:
            ruled_out.append(found[1])
            held, since = [], 0
        elif spelt[at] in _NEGATIONS:
            rest += held
            negated, since, held = True, 0, [tokens[at]]
        elif negated and spelt[at] in _FILLERS and tokens[at] not in _ENDS:
            held.append(tokens[at])
        elif negated and tokens[at] not in _ENDS and since == 0 and held:
            since += 1  # "no heavy wool": one word may stand between
            held.append(tokens[at])
        else:
            rest += [*held, *tokens[at : at + len(found[0] if found else (at,))]]
            negated, held = False, []
        at += len(found[0]) if found is not None else 1
    if not ruled_out:
        return Heard((), said)
    return Heard(tuple(dict.fromkeys(ruled_out)), " ".join([*rest, *held]))
