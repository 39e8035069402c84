"""Was written what had to be written, and nothing else? Numbers are references of the slate before the turn."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence

from agent.journeys.file import ClientsAre, DraftIs, FeedbackIs, FollowUpIs, RecordsAre
from agent.journeys.tool_checks import within
from agent.journeys.transcript import PlayedTurn, Row, Written
from agent.journeys.world import World, belongs

_ASKED = frozenset(("approvals",))  # asking for leave writes a row, and changes nothing that counts
_LANGUAGES = {"fr": "french", "it": "italian", "de": "german", "en": "english", "es": "spanish"}


def record_faults(wanted: RecordsAre, played: PlayedTurn, today: dt.date) -> list[str]:
    """Return which expectations the records do not satisfy after a turn."""
    wrote = {table: rows for table, rows in played.wrote.items() if table not in _ASKED}
    faults = [f"wrote into {', '.join(sorted(wrote))}, expected nothing"] if wanted.nothing and wrote else []
    faults += _saved_faults(wanted, played)
    faults += _opinion_faults(wanted.feedback, "feedback", played)
    faults += _opinion_faults(wanted.reason_feedback, "reason_feedback", played)
    faults += _word_faults(wanted, played)
    decided = [row for row in _rows(played, "proposals") if row["state"] == wanted.decided]
    if wanted.decided is not None and not decided:
        faults.append(f"no proposal was {wanted.decided}")
    if len(_written(played, "proposals").added) < wanted.proposals:
        faults.append(f"{len(_written(played, 'proposals').added)} proposals, expected {wanted.proposals} or more")
    if wanted.follow_up is not None:
        faults += _follow_up_faults(wanted.follow_up, _rows(played, "follow_ups"), today)
    if wanted.draft is not None:
        faults += _draft_faults(wanted.draft, played)
    if wanted.look_book and not _written(played, "look_books").added:
        faults.append("no look-book was made")
    if len(sent(played)) != wanted.sent:
        faults.append(f"{len(sent(played))} messages went out, expected {wanted.sent}")
    return faults


def client_faults(wanted: ClientsAre, played: PlayedTurn, world: World) -> list[str]:
    """Return which expectations the clients listed do not satisfy."""
    listed = [str(row["client_id"]) for event in played.of_kind("ClientList") for row in event["rows"]]
    faults = [f"{len(listed)} clients, expected {wanted.n_min} or more"] if len(listed) < wanted.n_min else []
    if wanted.n_max is not None and len(listed) > wanted.n_max:
        faults.append(f"{len(listed)} clients, expected at most {wanted.n_max}")
    faults += [f"{one} is not listed" for one in wanted.includes if one not in listed]
    for client_id in listed:
        had = [world.catalogue.item(one) for one in world.bought(client_id)]
        kept = [world.catalogue.item(one) for one in world.kept(client_id)]
        if wanted.bought and not any(belongs(item, wanted.bought) for item in had):
            faults.append(f"{client_id} bought no {wanted.bought}")
        if wanted.not_bought and any(belongs(item, wanted.not_bought) for item in kept):
            faults.append(f"{client_id} bought {wanted.not_bought}")
    return faults


def sent(played: PlayedTurn) -> list[Row]:
    """Return the messages that left for the outbox in a turn."""
    return [row for row in _rows(played, "drafts") if row["state"] == "outbox"]


def erased(played: PlayedTurn) -> list[Row]:
    """Return the facts that a turn erased."""
    return _written(played, "facts").removed


def _saved_faults(wanted: RecordsAre, played: PlayedTurn) -> list[str]:
    faults = []
    rows = {(row["item_id"], row["place"]): row["state"] for row in _rows(played, "saved")}
    expected = [
        ("wishlist", "kept", wanted.wishlist),
        ("wishlist", "removed", wanted.not_wishlist),
        ("basket", "kept", wanted.basket),
        ("basket", "removed", wanted.not_basket),
    ]
    for place, state, numbers in expected:
        for number in numbers:
            item_id = _item(played, number)
            if rows.get((item_id, place)) != state:
                faults.append(f"number {number} ({item_id}) is not {state} in the {place}")
    return faults


def _opinion_faults(wanted: FeedbackIs | None, table: str, played: PlayedTurn) -> list[str]:
    if wanted is None:
        return []
    item_id = _item(played, wanted.item)
    for row in _rows(played, table):
        if row["item_id"] == item_id and row["verdict"] == wanted.verdict:
            text = f"{row['reason']} {row.get('comment', '')}"
            return [f"{word!r} is not in {text!r}" for word in wanted.words if not within(word, text)]
    return [f"no {wanted.verdict!r} of number {wanted.item} ({item_id}) in {table}"]


def _word_faults(wanted: RecordsAre, played: PlayedTurn) -> list[str]:
    faults = []
    sources = [("fact", wanted.fact, _rows(played, "facts")), ("note", wanted.note, _rows(played, "notes"))]
    sources.append(("forgotten fact", wanted.forgotten, erased(played)))
    for what, expected, rows in sources:
        texts = [json.dumps(row, ensure_ascii=False, default=str) for row in rows]
        if expected and not any(all(within(word, text) for word in expected) for text in texts):
            faults.append(f"no {what} with {', '.join(expected)}")
    return faults


def _follow_up_faults(wanted: FollowUpIs, rows: Sequence[Row], today: dt.date) -> list[str]:
    if not rows:
        return ["no follow-up was written"]
    row = rows[-1]
    faults = [f"{word!r} is not in {row['what']!r}" for word in wanted.words if not within(word, str(row["what"]))]
    due = str(row["due"])[:10]
    if wanted.days is not None and due != (today + dt.timedelta(days=wanted.days)).isoformat():
        faults.append(f"due {due}, expected in {wanted.days} days")
    return faults + ([] if due.endswith(wanted.due_ends) else [f"due {due}, expected {wanted.due_ends}"])


def _draft_faults(wanted: DraftIs, played: PlayedTurn) -> list[str]:
    rows = _rows(played, "drafts")
    if not rows:
        return ["no draft was written"]
    row = rows[-1]
    faults = [
        f"the draft's {field} is {row[field]!r}, expected {value!r}"
        for field, value in (("channel", wanted.channel), ("language", wanted.language), ("tone", wanted.tone))
        if value and _word(value) not in _word(str(row[field]))
    ]
    missing = {_item(played, number) for number in wanted.items} - set(row["items"])
    return faults + ([f"the draft is not about {', '.join(sorted(missing))}"] if missing else [])


def _word(value: str) -> str:
    """Return a channel, tone or language in one spelling."""
    plain = value.casefold().replace("-", "").replace("_", " ")
    return _LANGUAGES.get(plain, plain)


def _item(played: PlayedTurn, number: int) -> str:
    return played.before[number - 1] if number <= len(played.before) else f"number {number}, which is not on show"


def _rows(played: PlayedTurn, table: str) -> list[Row]:
    return _written(played, table).now()


def _written(played: PlayedTurn, table: str) -> Written:
    return played.wrote.get(table, Written())
