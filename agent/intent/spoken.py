"""What a message says in so many words: prices, colours, brands, kinds of item, and which items on show are meant.

Rules only. Both local chat models rest on them: a figure or a reference that can be read is never left to a guess.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache

from recsys.catalogue import words
from recsys.steering import mentioned

_CURRENCY = r"(?:€|\$|£|(?:eur(?:os?)?|usd|gbp|dollars?|pounds?)\b)"
_AMOUNT = rf"[€$£]?\s?(\d[\d,.]*\s?k?)\b(?!\s?(?:(?:st|nd|rd|th)\b|%))\s?{_CURRENCY}?"
_RANGE = re.compile(rf"(?:between|from)?\s*{_AMOUNT}\s*(?:-|–|to|and|up to|till|until)\s*{_AMOUNT}")
_MAX = re.compile(
    rf"(?:under|below|less than|(?:not|no|nothing) (?:more than|above|over)|at most|max(?:imum)?(?: of)?|up to|within"
    rf"|cheaper than|budget(?: is| of|:)?|beneath|only have)\s*(?:the\s+)?{_AMOUNT}"
)
_MAX_AFTER = re.compile(rf"{_AMOUNT}\s*(?:max\b|maximum|at most|or less|or under|tops|limit|ceiling|budget)")
_MIN = re.compile(rf"(?:over|above|more than|at least|min(?:imum)?(?: of)?|starting at|upwards of)\s*{_AMOUNT}")
_MIN_AFTER = re.compile(rf"{_AMOUNT}\s*(?:min\b|minimum|or more|and up|upwards|\+)")
_SIZE = re.compile(r"\bsizes?\s+[\d.]+(?:\s*(?:-|–|to|or|and)\s*[\d.]+)?")
_NUMBER_WORD = re.compile(r"\b(?:ten|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand)\b")
_NEGATED = (
    r"(?:not|no|nothing|but|without|except(?: for)?|other than|apart from|hates?|never|avoid"
    r"|isn't|aren't|don't|doesn't|n't)"
    r"(?:\s+(?:from|by|any|anything|the|an?|in|of|more|like|likes?|wants?|wears?|wearing|this|that|made))*\s+"
)
_NUMBER_WORDS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_NUMBER_IN_WORDS = re.compile(rf"\b(?:number|no\.?|nr\.?|#)\s*({'|'.join(_NUMBER_WORDS)})\b")
_RULED_OUT = re.compile(rf"\b(?:(?:any|every)(?:thing|one)\s+)?{_NEGATED}(?:too\s+|so\s+|very\s+)?['\"]?[\w-]+")
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
_REFERENCE = re.compile(
    rf"\b(?:(\d{{1,2}})(?:st|nd|rd|th)?|({'|'.join(_ORDINALS)})|(last))\b"
    r"(?! (?:year|month|week|day|time|spring|summer|autumn|winter|place|of all|size|percent|euro|dollar|pound))"
)
# A place in the ranking, not an item: "what would it take for the tote to come first".
_RANK = re.compile(
    r"\b(?:(?:to )?(?:be|come|comes|rank|ranks|ranked|lead)(?: in)? (?:the )?(?:very )?(?:first|number (?:one|1))"
    r"|(?:isn't|is not|not|it|them|him|her) (?:first|number (?:one|1))"
    r"|(?:your|my|her|his|top|a) first (?:pick|choice)"
    r"|(?:be|become|as|it) (?:your|my|her|his|the|a) (?:very )?(?:first|top|number (?:one|1))"
    r" (?:suggestion|recommendation|tip)"
    r"|first (?:place|position|pick|choice)|(?<=\d )(?:the )?number (?:one|1)"
    r"|(?<!the)(?<!and)(?<!or)(?<!vs)(?<!with)(?<!than)(?<!number)(?<!number \d)"
    r" first(?=\s*(?:[?.!,]|$)))(?! (?:one|two|three|and|or)\b)"
)
_SEVERAL = re.compile(r"\bfirst (two|three|2|3)\b")
_ALL = re.compile(
    r"\b(?:both|all(?: of)? (?:them|these|those|three|four|five)|(?:the|these|those) (?:two|three|four)"
    r"|them|these|those)\b"
)
_TYPO = 0.84  # similarity of two spellings from which they are one word; "sunglases" and "sunglasses" have .95
_VAGUE = frozenset("small large big long short plain new made item piece one thing style size look set".split())

_GREETING = re.compile(r"\bgood (?:morning|afternoon|evening|day)\b(?! (?:bag|dress|gown|wear|coat|shoe)s?\b)")
_EVERYDAY = frozenset(
    (
        "a an the and or of in on at by for from with to me my i im i'm i'd you u your she her he him his it is are "
        "am be do does did have has had got get can could would will should there here this that these those what "
        "which who how any some something anything one ones please pls show find see want need like look looking sell "
        "stock carry happen also too just maybe under below over above between less more than most least max maximum "
        "min minimum up budget price about around hi hello hey ok okay yes "
        "thanks thank thx cheers need needs needed hold holds really just now then than i've i'll we've we'll let "
        "let's was were been wondering you've what's somebody someone give going go take bring us "
        "our holds fits hmm hm u ur pls"
    ).split()
)


@dataclass(frozen=True)
class Prices:
    """Bounds in major units of the boutique's currency, None where none was said."""

    low: float | None = None
    high: float | None = None


def read_prices(message: str) -> Prices:
    """Read price bounds: "under 300", "between 200 and 450", "1.2k max", "not more than €1,200"."""
    said = _SIZE.sub(" ", message.casefold())
    for low, high in _RANGE.findall(said):
        bounds = sorted((_amount(low), _amount(high)))
        if bounds[0] >= 20:  # "1 and 3" and "2 to 4" are numbers of items
            return Prices(*bounds)
    high = [*_MAX.findall(said), *_MAX_AFTER.findall(said)]
    rest = _MAX_AFTER.sub(" ", _MAX.sub(" ", said))
    low = [*_MIN.findall(rest), *_MIN_AFTER.findall(rest)]
    return Prices(_amount(low[0]) if low else None, _amount(high[0]) if high else None)


def names_amount(message: str) -> bool:
    """Whether an amount occurs in words, for example "two hundred"."""
    return _NUMBER_WORD.search(message.casefold()) is not None


def _amount(figures: str) -> float:
    """Return "1,200", "1.200", "1.2k" or "300" as a number; a point or comma before three figures groups them."""
    text = figures.strip().rstrip(".,")
    thousands = 1000.0 if text.endswith("k") else 1.0
    text = re.sub(r"[.,](?=\d{3}(?:\D|$))", "", text.removesuffix("k").strip()).replace(",", ".")
    try:
        return float(text) * thousands
    except ValueError:
        return 0.0


def read_name(message: str, names: Sequence[str]) -> str | None:
    """Return the catalogue name that a message mentions, misspelt or not; one that it rules out does not count."""
    said = message.casefold().replace("’", "'")
    exact = mentioned(message, names)
    if exact is not None and not is_ruled_out(said, exact):
        return exact
    if exact is not None:
        return mentioned(without_name(said, exact), [name for name in names if not is_ruled_out(said, name)])
    known = _single_words(tuple(names))
    for word in words(message):
        close = difflib.get_close_matches(word, known, n=1, cutoff=_TYPO) if len(word) >= 5 else []
        if close and not is_ruled_out(said, word):
            return known[close[0]]
    return None


@lru_cache(maxsize=16)
def _single_words(names: tuple[str, ...]) -> dict[str, str]:
    """Return the names that are one longer word, by that word."""
    return {word: name for name in names if len(spelt := words(name)) == 1 for word in spelt if len(word) >= 5}


def is_ruled_out(said: str, name: str) -> bool:
    """Whether a text, case folded, names something only to rule it out: "anything but Duna", "no Duna please"."""
    spelt = r"\W+".join(rf"{re.escape(word)}s?" for word in words(name)) or re.escape(name)
    return re.search(rf"\b{_NEGATED}['\"]?{spelt}\b", said) is not None


def without_ruled_out(message: str) -> str:
    """Return a message without what it rules out: "a coat" of "a coat, anything but black"."""
    return _RULED_OUT.sub(" ", message.casefold().replace("’", "'"))


def read_colour(message: str, colours: Sequence[str]) -> str | None:
    """Return the colour that a message mentions, in the catalogue's words ("dusty pink") or one of them ("pink")."""
    single = dict.fromkeys(word for colour in colours for word in words(colour) if len(word) > 2)
    return read_name(message, [*colours, *single])


def occurs(value: str, message: str) -> bool:
    """Whether any word of a value occurs in a message, a plural or a slip of the pen in a longer word apart."""
    spoken = words(message)
    return any(
        word in spoken or (len(word) >= 5 and difflib.get_close_matches(word, spoken, n=1, cutoff=_TYPO))
        for word in words(value)
    )


def without_name(text: str, name: str) -> str:
    """Return a text without a name that occurs in it."""
    pattern = r"\W+".join(re.escape(word) for word in name.split())
    return " ".join(re.sub(rf"\b{pattern}(?:'s)?\b", " ", text, flags=re.IGNORECASE).split())


def content_words(message: str) -> str:
    """Return the words of a message that can describe an item: no figures, no prices, no everyday words."""
    said = _GREETING.sub(" ", message.casefold().replace("’", "'"))
    said = re.sub(rf"{_CURRENCY}|[\d.,]*\d\w*", " ", said)
    return " ".join(word for word in re.findall(r"[^\W_]+(?:['-][^\W_]+)*", said) if word not in _EVERYDAY)


def read_references(message: str, shown: Sequence[str]) -> list[int]:
    """Return the numbers of the items on show that a message means, from 1, in the order they are said.

    Numbers and ordinals count first, then names: a word that only one item's line holds means that item.
    """
    said = _NUMBER_IN_WORDS.sub(
        lambda found: f"number {_NUMBER_WORDS.index(found[1]) + 1}", _RANK.sub(" ", message.casefold())
    )
    said = _SIZE.sub(" ", said)
    if several := _SEVERAL.search(said):
        return list(range(1, min({"two": 2, "2": 2}.get(several[1], 3), len(shown)) + 1))
    numbers = [_number(match, len(shown)) for match in _REFERENCE.findall(said)]
    found = [number for number in numbers if 1 <= number <= len(shown)]
    return list(dict.fromkeys(found or _named(said, shown)))


def means_all(message: str) -> bool:
    """Whether a message means several items without saying which: "both", "all of them", "these two"."""
    return _ALL.search(message.casefold()) is not None


def _number(match: tuple[str, str, str], n_shown: int) -> int:
    figures, ordinal, last = match
    return int(figures) if figures else n_shown if last else _ORDINALS.index(ordinal) + 1


def _named(said: str, shown: Sequence[str]) -> list[int]:
    """Return the items named by words that only their own lines hold; misspelt ones count where none is spelt right."""
    lines = [_telling_words(line) for line in shown]
    others = [set().union(*(other for other in lines if other is not line)) for line in lines]
    own = [line - other for line, other in zip(lines, others, strict=True)]
    spoken = words(said)
    return _in_order(spoken, own, _is_one_of) or _in_order(spoken, own, _resembles)


def _in_order(
    spoken: Sequence[str], own: Sequence[set[str]], matches: Callable[[str, Collection[str]], bool]
) -> list[int]:
    places = [next((place for place, word in enumerate(spoken) if matches(word, line)), None) for line in own]
    found = sorted((place, number) for number, place in enumerate(places, start=1) if place is not None)
    return [number for _, number in found]


def _is_one_of(word: str, telling: Collection[str]) -> bool:
    return word in telling


def _resembles(word: str, telling: Collection[str]) -> bool:
    return len(word) >= 5 and word not in _EVERYDAY and bool(difflib.get_close_matches(word, telling, 1, _TYPO))


def _telling_words(line: str) -> set[str]:
    return {word for word in words(line) if len(word) > 2 and word not in _VAGUE}


def mask(message: str, shown: Sequence[str], brands: Sequence[str]) -> str:
    """Return a message with what varies from shop to shop put into plain words: brands, figures, names of items."""
    text = message
    for brand in brands:
        text = re.sub(rf"\b{re.escape(brand)}\b", "that brand", text, flags=re.IGNORECASE)
    telling = set().union(*(_telling_words(line.split(",")[0]) for line in shown)) if shown else set()
    return " ".join(_masked_word(word, telling) for word in text.split())


def _masked_word(word: str, telling: Collection[str]) -> str:
    if any(sign.isdecimal() for sign in word):
        return "100" if read_prices(f"under {word}").high and float(_digits(word)) >= 20 else "number 1"
    return "item" if any(one in telling for one in words(word)) else word


def _digits(word: str) -> str:
    return "".join(sign for sign in word if sign.isdecimal()) or "0"
