"""Two wishes in one message: where one clause ends and the next begins."""

from __future__ import annotations

import re

_JOINT = re.compile(
    r"(?:\s*[,;.]\s*|\s+)(?:and\s+)?(?:then|after that|afterwards)\s+|\s*;\s*(?:and\s+)?|\s*[,.]\s+and\s+"
    r"|\s+and\s+(?:also\s+)?",
    re.IGNORECASE,
)
_THEN = re.compile(r"then|after", re.IGNORECASE)
_LEAST_WORDS = 2


def clauses_of(message: str) -> list[tuple[str, str, bool]]:
    """Return the ways to part a message into two clauses of two words or more, and whether they are parted by "then".

    Those at "then" come first.

    Whether both ask for something is for the choice of a tool to say: "the first and the last" asks for one thing.
    """
    found = [
        (message[: one.start()].strip(), message[one.end() :].strip(), _THEN.search(one[0]) is not None)
        for one in _JOINT.finditer(message)
    ]
    whole = [one for one in found if min(len(one[0].split()), len(one[1].split())) >= _LEAST_WORDS]
    return sorted(whole, key=lambda one: not one[2])
