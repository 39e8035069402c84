"""Whether a client meets what was asked, and why: by name, record, memory, note, taste or purchases."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from agent.floor.bought_words import Bought
from agent.floor.client_lines import remembered_line
from agent.floor.piece_words import spoken_words
from agent.floor.shop import Shop
from agent.floor.whole_book import Entry, owned_by
from agent.intent.dates_said import spoken_day
from agent.records.addresses import without as without_addresses
from agent.records.service_book import StaffNote
from recsys.guided.embedding import GuidedEmbeddings
from recsys.seller.titles import month
from recsys.steering import parse_moves

_PERIOD = re.compile(
    r"\b(no|not|never|nothing|a) (?:bought|purchases?|visits?|been in)\b.*?"
    r"\b(\d{1,3}|[a-z]+) (day|week|month|year)s?\b",
    re.IGNORECASE,
)
_DAYS = {"day": 1, "week": 7, "month": 30, "year": 365}
_NUMBERS = dict(
    zip("one two three four five six seven eight nine ten eleven twelve".split(), range(1, 13), strict=True)
)
_NUMBERS |= {"a": 1, "an": 1}
LEANS_FROM = 0.25  # standard deviations from which a taste is spoken of, as in a client's profile
_TYPO = 0.8  # likeness of two words from which one is the other with a slip of the finger
_NEAR_WORDS = 2  # words up to which the taste of nearest meaning is looked for: of more, it would leave some out
_FILLER = frozenset(
    "who whom which find show look up all any every our the for on to and is are was has have had takes take wears "
    "wear needs likes like liked loves love prefers prefer wants want speaks speak me client customer person people "
    "someone anybody everybody please that whose named called do does she he they their her his what i more "
    "anyone speaking lot".split()
)


@dataclass(frozen=True)
class Match:
    """Why a client is in the list, with figures from the records; `score` orders where there is an order."""

    why: str
    score: float = 0.0


Test = Callable[[Entry], Match | None]


def who_is(shop: Shop, clients: Sequence[Entry], remarks: Mapping[str, Sequence[StaffNote]], part: str) -> Test:
    """Return the test that one part of a query asks for.

    All its words must be met: by a name, an entry of the record, what is remembered, a note, a taste, or a taste and
    one of the others. Where nobody meets them so, a misspelt name is looked for, then the taste nearest in meaning.
    """
    wanted = telling(part)
    guided = shop.recommender.guided
    moves = _moves_named(guided, part, wanted) if guided is not None else {}
    left = wanted - _words_of(guided, moves) if guided is not None else wanted

    def written(words: frozenset[str]) -> Test:
        ways: list[Test] = [
            lambda entry: _by_name(entry, words),
            lambda entry: _by_record(entry, words),
            lambda entry: _by_remark(entry, remarks.get(entry.client_id, ()), words),
        ]
        return lambda entry: next((found for way in ways if (found := way(entry)) is not None), None)

    ways = [written(wanted)]
    if guided is not None and moves:
        leaning = _who_leans(guided, moves)
        ways.append(_both(leaning, written(left)) if left else leaning)
    ways.append(lambda entry: _by_misspelt_name(entry, wanted))
    if not moves and guided is not None and len(wanted) <= _NEAR_WORDS:
        ways.append(_near_taste(shop, guided, part))
    return next((way for way in ways if any(way(entry) is not None for entry in clients)), ways[0])


def by_last_purchase(part: str, today: dt.date) -> Test | None:
    """Return the test of "no purchase for six months" or "a purchase within a year", None where a part asks neither."""
    found = _PERIOD.search(part)
    many = found and (int(found[2]) if found[2].isdecimal() else _NUMBERS.get(found[2].casefold()))
    if not found or not many:
        return None
    since, stayed_away = today - dt.timedelta(days=many * _DAYS[found[3].casefold()]), found[1].casefold() != "a"

    def test(entry: Entry) -> Match | None:
        last = max((one.at for one in entry.purchases if one.at is not None), default=None)
        met = last is not None and (last < since) == stayed_away
        return Match(f"last purchase on {spoken_day(last)}") if last is not None and met else None

    return test


def _both(first: Test, second: Test) -> Test:
    def test(entry: Entry) -> Match | None:
        one, other = first(entry), second(entry)
        return Match(f"{other.why}; {one.why}", one.score) if one is not None and other is not None else None

    return test


def _by_name(entry: Entry, wanted: frozenset[str]) -> Match | None:
    if wanted <= telling(entry.name) or wanted == telling(entry.client_id):
        return Match(f"{len(entry.purchases)} pieces kept")
    return None


def _by_misspelt_name(entry: Entry, wanted: frozenset[str]) -> Match | None:
    """Match each word with the nearest word of the name; short words must be right."""
    names = telling(entry.name)
    near = [max((SequenceMatcher(None, word, name).ratio() for name in names), default=0.0) for word in wanted]
    if not near or min(near) < _TYPO:
        return None
    return Match(f"the name is near to what you wrote; {len(entry.purchases)} pieces kept", min(near))


def _by_record(entry: Entry, wanted: frozenset[str]) -> Match | None:
    filed = [f"{name} {value} (on file)" for name, value in without_addresses(entry.client.preferences).items()]
    said = [remembered_line(fact).text for fact in entry.facts]
    found = [line for line in [*filed, *said] if wanted <= telling(line)]
    return Match(", ".join(found)) if found else None


def _by_remark(entry: Entry, written: Sequence[StaffNote], wanted: frozenset[str]) -> Match | None:
    remarks = [(note.at, note.text) for note in entry.client.notes]
    remarks += [(note.at.date(), note.text) for note in written]
    for at, text in sorted(remarks, key=lambda pair: pair[0], reverse=True):
        if wanted <= telling(text):
            return Match(f'note of {spoken_day(at)}: "{text}"')
    return None


def _moves_named(guided: GuidedEmbeddings, part: str, wanted: frozenset[str]) -> dict[str, float]:
    """Return the tastes that words name: an attribute, or how one says that something has much or little of it."""
    moves = dict(parse_moves(part.casefold(), guided.attribute_set))
    for one in guided.attribute_set.attributes:
        for phrase, sign in ((one.high, 1.0), (one.low, -1.0)):
            if phrase and telling(phrase) <= wanted:
                moves.setdefault(one.name, sign)
    return moves


def _words_of(guided: GuidedEmbeddings, moves: Mapping[str, float]) -> frozenset[str]:
    """Return the words by which tastes are named, and those that turn a taste round."""
    named = [one for one in guided.attribute_set.attributes if one.name in moves]
    phrases = [phrase for one in named for phrase in (one.label, one.high, one.low, *one.more, *one.less)]
    return telling(" ".join([*phrases, "less too not"]))


def _near_taste(shop: Shop, guided: GuidedEmbeddings, part: str) -> Test:
    """Return the test of the taste nearest in meaning to words that nothing on record holds."""
    moves = shop.wishes.critique(part).moves
    return _who_leans(guided, moves) if moves else lambda entry: None


def _who_leans(guided: GuidedEmbeddings, moves: Mapping[str, float]) -> Test:
    mean = guided.raw[1:].mean(axis=0)

    def test(entry: Entry) -> Match | None:
        taste, whys, score = guided.taste(entry.sequence), [], 0.0
        for name, sign in moves.items():
            column = guided.names.index(name)
            leaning = float(taste[column]) * (1 if sign > 0 else -1)
            if leaning < LEANS_FROM:
                return None
            own = float(guided.recency(len(entry.sequence)) @ guided.raw[entry.sequence, column])
            label = guided.attribute_set.attributes[column].label
            whys.append(
                f"{label} {own:.1f} of 9 over {len(entry.sequence)} purchases, recent ones weighing more "
                f"(the catalogue: {float(mean[column]):.1f})"
            )
            score += leaning
        return Match("; ".join(whys), score)

    return test


def who_bought(shop: Shop, meant: Bought) -> Test:
    """Return the test of having bought, and kept, one of the pieces meant."""

    def test(entry: Entry) -> Match | None:
        hits = meant.among(owned_by(shop, entry))
        if not hits:
            return None
        last = hits[-1]
        others = f" and {len(hits) - 1} more before" if len(hits) > 1 else ""
        return Match(f"bought the {last.name}{f' in {month(last.at)}' if last.at else ''}{others}")

    return test


def who_did_not_buy(shop: Shop, meant: Bought) -> Test:
    """Return the test of having kept none of the pieces meant."""

    def test(entry: Entry) -> Match | None:
        return None if meant.among(owned_by(shop, entry)) else Match(f"no {meant.what}")

    return test


def telling(text: str) -> frozenset[str]:
    """Return the words and numbers of a text that tell anything."""
    numbers = re.findall(r"\w*\d\w*", text.casefold())
    return (spoken_words(text) | frozenset(numbers)) - _FILLER
