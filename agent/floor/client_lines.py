"""What is known of a client as lines, each of which is a fact of the records. Words only, no reading and no ranking."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from agent.events import ClientRow, TasteMove
from agent.floor.dossier import Dossier, days_of, usual_price
from agent.floor.follow_ups import how_to_close
from agent.floor.memory import fact_line
from agent.floor.phrasing import price_of
from agent.floor.sizes import size_lines
from agent.intent.dates_said import spoken_day
from agent.intent.facts_said import taste_phrase
from agent.records.addresses import without as without_addresses
from agent.records.facts import Fact
from agent.records.messages import ContactDecision
from recsys.catalogue import Catalogue
from recsys.drift import AttributeMove, DriftPoint
from recsys.guided.attributes import AttributeSet
from recsys.money import format_price
from recsys.schema import Evidence, EvidenceKind
from recsys.seller.facts import Owned
from recsys.seller.titles import month, short_title
from recsys.trajectory import MIN_PURCHASES, Trajectory

N_RECENT = 3
_N_MOVED = 2
_UNIT = "catalogue standard deviations"
# How far a taste moved is said in words, by these bounds in catalogue standard deviations. They are our choice: half of
# one is hardly seen in a row of purchases, one and a half parts most of the catalogue.
A_LITTLE_BELOW, MUCH_FROM = 0.5, 1.5


@dataclass(frozen=True)
class Line:
    """One fact in words.

    Attributes:
        subject: The item's id of a purchase, else the name of the record it stands in.
        measured: Figures that stand in the evidence and are said to nobody.
    """

    text: str
    subject: str
    at: dt.date | None = None
    bought: bool = False
    measured: str = ""

    @property
    def statement(self) -> str:
        """The fact with its figures."""
        return f"{self.text} ({self.measured})" if self.measured else self.text


def as_evidence(lines: Iterable[Line]) -> list[Evidence]:
    """Return lines as numbered facts: h for purchases, f for the other records."""
    found: list[Evidence] = []
    counts = Counter[str]()
    for line in lines:
        letter = "h" if line.bought else "f"
        counts[letter] += 1
        kind: EvidenceKind = "history" if line.bought else "field"
        found.append(Evidence(f"{letter}{counts[letter]}", kind, line.subject, line.statement, line.text, at=line.at))
    return found


def rows_as_evidence(rows: Sequence[ClientRow], count: str) -> list[Evidence]:
    """Return the rows of a list of clients as numbered facts, and what was counted as the last one."""
    facts = [(row.client_id, f"{row.name}: {row.why}") for row in rows] + [("book", count)]
    return [Evidence(f"f{number}", "field", one, text, text) for number, (one, text) in enumerate(facts, start=1)]


def purchase_lines(dossier: Dossier) -> list[Line]:
    """Say what was bought: how much, of what kind, what lately, at what prices, and what came back."""
    owned = dossier.owned
    if not owned:
        return [Line("no purchases on record yet", "purchases")]
    days = days_of(owned)
    kinds = Counter(one.item.category[0] for one in owned if one.item.category).most_common(3)
    mostly = ", ".join(f"{kind.casefold()} ({count})" for kind, count in kinds)
    since = f" since {month(days[0])}" if days else ""
    lines = [Line(f"{_pieces(len(owned))} kept{since}{f': {mostly}' if mostly else ''}", "purchases")]
    lines += [bought_line(one) for one in owned[: -N_RECENT - 1 : -1]]
    usual = usual_price(owned)
    if usual is not None:
        low, high = (format_price(price, usual[2]) for price in usual[:2])
        lines.append(Line(f"half of the pieces have catalogue prices between {low} and {high}", "prices"))
    if dossier.returned:
        last = dossier.returned[-1]
        when = f" in {month(last.at)}" if last.at else ""
        lines.append(
            Line(f"{_pieces(len(dossier.returned))} brought back, last the {last.name}{when}", "returns", last.at)
        )
    return lines


def bought_line(one: Owned) -> Line:
    """Say what one purchase was, when, and what the catalogue asks for it now."""
    price = price_of(one.item)
    parts = [f"the {one.name}", month(one.at) if one.at else "", f"catalogue price {price}" if price else ""]
    return Line(", ".join(part for part in parts if part), one.item.item_id, one.at, bought=True)


def date_lines(dossier: Dossier) -> list[Line]:
    """Say when the client first and last bought, in what rhythm, and which dates are known."""
    days = days_of(dossier.owned)
    lines = [Line(f"last purchase on {spoken_day(days[-1])}", "purchases", days[-1])] if days else []
    gaps = gaps_between(days)
    if len(gaps) >= 3:
        buys = "you usually buy" if dossier.is_reader else "usually buys"
        measured = f"median of {len(gaps)} gaps"
        lines.append(Line(f"{buys} every {median(gaps):g} days", "purchases", measured=measured))
    known = {name: value for name, value in dossier.client.preferences.items() if is_date(name)}
    lines += [Line(f"{name}: {value} (on file)", name) for name, value in known.items()]
    return lines + [remembered_line(fact, you=dossier.is_reader) for fact in dossier.facts if fact.kind == "date"]


def gaps_between(days: Sequence[dt.date]) -> list[int]:
    """Return the days from each day to the next."""
    return [(later - earlier).days for earlier, later in zip(days, days[1:], strict=False)]


def is_date(name: str) -> bool:
    """Whether an entry of the record is about a date."""
    return any(word in name.casefold() for word in ("birthday", "anniversary", "date"))


def saved_lines(dossier: Dossier, catalogue: Catalogue) -> list[Line]:
    """Say what is on the wish list and in the basket."""
    lines = []
    for one in dossier.saved:
        item = catalogue.item(one.item_id)
        place = "wish list" if one.place == "wishlist" else "basket"
        since = f"since {month(one.at.date())}" if one.at else ""
        parts = [
            f"{place}: the {short_title(item)}",
            price_of(item),
            since,
            "" if item.available else "not available now",
        ]
        lines.append(Line(", ".join(part for part in parts if part), one.item_id, one.at.date() if one.at else None))
    return lines


def opinion_lines(dossier: Dossier, catalogue: Catalogue, verdict: str | None = None) -> list[Line]:
    """Say what the client thinks of items: the latest word on each."""
    lines, (likes, refused) = [], ("you like", "you turned down") if dossier.is_reader else ("likes", "turned down")
    for one in {said.item_id: said for said in dossier.opinions}.values():
        if verdict in (None, one.verdict):
            done = likes if one.verdict == "like" else refused
            why = f': "{one.reason}"' if one.reason else ""
            text = f"{done} the {short_title(catalogue.item(one.item_id))} ({spoken_day(one.at.date())}){why}"
            lines.append(Line(text, one.item_id, one.at.date()))
    return lines


def remembered_line(fact: Fact, *, you: bool = False) -> Line:
    """Say one remembered fact with its source and date, to the client themselves or to the staff."""
    source = fact.source.replace("by the client", "by you") if you else fact.source
    said = f"{fact_line(fact, you=you)} ({source}, {spoken_day(fact.at.date())})"
    return Line(said, fact.subject, fact.at.date())


def filed_lines(dossier: Dossier) -> list[Line]:
    """Say what the client's record holds beside sizes, dates and addresses."""
    preferences = without_addresses(dossier.client.preferences).items()
    kept = [(name, value) for name, value in preferences if "size" not in name.casefold() and not is_date(name)]
    return [Line(f"{name}: {value}", name) for name, value in kept]


def remark_lines(dossier: Dossier, n: int | None = None) -> list[Line]:
    """Say the staff's notes, newest first, all or the `n` newest."""
    return [
        Line(f"{spoken_day(one.at)}{f', {one.author}' if one.author else ''}: {one.text}", "note", one.at)
        for one in list(reversed(dossier.remarks))[:n]
    ]


def follow_up_lines(dossier: Dossier) -> list[Line]:
    """Say what was promised and is not done, soonest first."""
    return [
        Line(f"due {spoken_day(one.due)}: {one.what} ({one.author}); {how_to_close(one.number)}", "follow-up", one.due)
        for one in dossier.follow_ups
    ]


def look_book_lines(dossier: Dossier) -> list[Line]:
    """Say which look-books were made, newest first."""
    return [
        Line(f"{one.title}, {_pieces(len(one.pages))} ({one.author})", "look-book", one.at.date())
        for one in reversed(dossier.look_books)
    ]


def contact_lines(dossier: Dossier, n: int = 1) -> list[Line]:
    """Say when the house was last in touch, newest first."""
    newest = list(reversed(dossier.contacts))[:n]
    lines = [
        Line(f"{one.channel} on {spoken_day(one.at.date())} by {one.author}: {one.purpose}", "contact", one.at.date())
        for one in newest
    ]
    return lines or [Line("no contact on record", "contact")]


def consent_lines(dossier: Dossier) -> list[Line]:
    """Say to which channels the client agreed and, to the staff, whether they may be written to now."""
    lines = [
        Line(
            f"{one.channel}: {'given' if one.given else 'withdrawn'} on {spoken_day(one.at.date())} ({one.source})",
            "consent",
            one.at.date(),
        )
        for one in dossier.consents
    ]
    if dossier.contact is not None:
        lines.append(Line(contact_state(dossier.contact), "consent"))
    return lines or [Line("nothing said about messages, beside what is on file", "consent")]


def contact_state(decision: ContactDecision) -> str:
    """Say whether a client may be written to now."""
    return (
        f"may be written to by {decision.channel}" if decision.allowed else f"not to be written to: {decision.reason}"
    )


def sizes(dossier: Dossier) -> list[Line]:
    """Say which sizes are known or concluded."""
    return [Line(text, "sizes") for text in size_lines(dossier)]


def taste_lines(dossier: Dossier) -> list[Line]:
    """Say what the choices lean towards, and how far the taste went from the first purchase to the last."""
    leans = "you lean" if dossier.is_reader else "leans"
    lines = [Line(f"{leans} towards what is {', '.join(dossier.taste_words)}", "taste")] if dossier.taste_words else []
    path = dossier.trajectory
    if path is None or not len(path):
        return lines
    if not path.tells:
        return [*lines, Line(f"{_pieces(len(path))}, too few to tell a path: {MIN_PURCHASES} are needed", "taste")]
    moved_most = [_travelled(path, name, dossier.attributes) for name in path.most_moved(_N_MOVED)]
    lines += [line for line in moved_most if line is not None]
    if not dossier.drifts:
        lines.append(Line("no sign that the taste turned", "taste"))
    return lines


def taste_moves(dossier: Dossier) -> tuple[TasteMove, ...]:
    """Say where the taste turned, along which attributes, and which purchases show it most."""
    return tuple(
        TasteMove(
            when_turned(dossier.owned, drift),
            tuple(_moved(move, dossier.attributes) for move in drift.moves),
            tuple(_dated(dossier.owned[place]) for place in drift.bent_by),
        )
        for drift in dossier.drifts
    )


def clients_in_words(count: int) -> str:
    """Write how many clients."""
    return f"{count} {'client' if count == 1 else 'clients'}"


def when_turned(owned: Sequence[Owned], drift: DriftPoint) -> str:
    """Say when a taste turned: the month of the first purchase of the new taste, else its number."""
    at = owned[drift.index].at
    return month(at) if at else f"purchase {drift.index + 1}"


def turned(owned: Sequence[Owned], drift: DriftPoint, attributes: AttributeSet | None) -> str:
    """Say when a taste turned and how far, in words."""
    return f"turned in {when_turned(owned, drift)}: {', '.join(_moved(move, attributes) for move in drift.moves)}"


def measured_turn(drift: DriftPoint) -> str:
    """Return the figures of a turn, for its evidence."""
    moves = ", ".join(f"{move.attribute.replace('_', ' ')} {move.size:+.1f}" for move in drift.moves)
    return f"{moves} {_UNIT}, p = {drift.p_value:.3f}"


def turn_lines(dossier: Dossier) -> list[Line]:
    """Say each turn of the taste and the purchases that show it most."""
    lines = []
    for drift, move in zip(dossier.drifts, taste_moves(dossier), strict=True):
        text = f"{turned(dossier.owned, drift, dossier.attributes)}, shown most by {'; '.join(move.purchases)}"
        lines.append(Line(text, "taste", dossier.owned[drift.index].at, measured=measured_turn(drift)))
    return lines


def _moved(move: AttributeMove, attributes: AttributeSet | None) -> str:
    """Say one move, for example "clearly more minimal"; without a degree where the means do not go its way."""
    degree = _degree(move.size) if move.size * move.direction > 0 else ""
    return f"{degree} {_phrase(move.attribute, move.direction, attributes)}".strip()


def _degree(size: float) -> str:
    """Say how far a taste went: "a little", "clearly" or "much", by A_LITTLE_BELOW and MUCH_FROM."""
    return "a little" if abs(size) < A_LITTLE_BELOW else "much" if abs(size) >= MUCH_FROM else "clearly"


def _phrase(name: str, direction: float, attributes: AttributeSet | None) -> str:
    """Return a move along an attribute in its own words, for example "more minimal"."""
    known = {one.name: one for one in attributes.attributes} if attributes is not None else {}
    if name in known:
        return taste_phrase(known[name], direction)
    return f"{'more' if direction > 0 else 'less'} {name.replace('_', ' ')}"


def without_empty(sections: Mapping[str, Sequence[Line]]) -> dict[str, list[Line]]:
    """Leave out sections without a line."""
    return {heading: list(lines) for heading, lines in sections.items() if lines}


def _travelled(path: Trajectory, name: str, attributes: AttributeSet | None) -> Line | None:
    """Say how far the taste went along an attribute, None where that is within the spread of single purchases."""
    column = path.names.index(name)
    first, last = float(path.smooth[0, column]), float(path.smooth[-1, column])
    spread = float(path.spread[-1, column])
    if abs(last - first) <= spread:
        return None
    phrase = f"{_degree(last - first)} {_phrase(name, last - first, attributes)}"
    measured = f"{name.replace('_', ' ')} from {first:+.1f} to {last:+.1f} {_UNIT}, give or take {spread:.1f}"
    return Line(f"{phrase} than at first, over {len(path)} purchases", name, measured=measured)


def _dated(one: Owned) -> str:
    return f"the {one.name}{f' ({month(one.at)})' if one.at else ''}"


def _pieces(count: int) -> str:
    return f"{count} {'piece' if count == 1 else 'pieces'}"
