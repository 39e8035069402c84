"""What hands pressed on cards: hearts, bags, thumbs on pieces and on their reasons; read for show, and set.

A press says what it wants, not "the other way round": sent twice it is one. Positions in a slate go stale, so a card is
meant by the id of its item.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, cast, get_args

from agent.context import TurnContext
from agent.floor.shop import Shop
from agent.records.opinions import ReasonFeedback, ReasonVerdict, Verdict
from agent.records.saved import Place
from recsys.errors import InputError
from recsys.schema import Explanation

Mark = Literal["wishlist", "basket", "like", "dislike", "helpful", "unhelpful", "wrong"]
MARKS: tuple[Mark, ...] = get_args(Mark)
_PLACES, _VERDICTS = get_args(Place), get_args(Verdict)


@dataclass(frozen=True)
class Pressed:
    """What is on record, to show buttons as pressed.

    Attributes:
        of_items: Mark and item id.
        of_reasons: Verdict, item id and the reason's text, of this reader.
    """

    of_items: frozenset[tuple[str, str]] = frozenset()
    of_reasons: frozenset[tuple[str, str, str]] = frozenset()

    def has(self, mark: str, item_id: str, reason: Explanation | None = None) -> bool:
        """Whether a mark is set on an item, or on the reason given for it."""
        if mark in _PLACES or mark in _VERDICTS:
            return (mark, item_id) in self.of_items
        return reason is not None and (mark, item_id, reason.text) in self.of_reasons

    def marks(self) -> dict[str, list[str]]:
        """Return the ids of the items that have each mark, for buttons that know only their item."""
        return {
            mark: sorted({one[1] for one in (*self.of_items, *self.of_reasons) if one[0] == mark}) for mark in MARKS
        }


def pressed(shop: Shop, context: TurnContext) -> Pressed:
    """Read what is marked about the client of the conversation."""
    actor, client_id = context.actor, shop.client_id(context)
    places = {(str(one.place), one.item_id) for one in shop.saved.all(actor, client_id)}
    thumbs = {one.item_id: str(one.verdict) for one in shop.opinions.all(actor, client_id)}  # the latest counts
    said = {
        (one.item_id, one.reason): str(one.verdict)
        for one in shop.opinions.of_reasons(actor, client_id)
        if one.author == actor.actor_id
    }
    return Pressed(
        frozenset(places | {(verdict, item_id) for item_id, verdict in thumbs.items()}),
        frozenset((verdict, item_id, reason) for (item_id, reason), verdict in said.items()),
    )


def press(
    shop: Shop, context: TurnContext, item_id: str, mark: str, reasons: Iterable[Explanation], *, wanted: bool | None
) -> bool:
    """Set or take away a mark, and return whether it is set now.

    Args:
        reasons: Those that the conversation showed for the item, newest first; a thumb on a reason means the newest.
        wanted: Whether it shall be set; None for the other way round.

    Raises:
        InputError: If there is no such mark, or no reason for the item to judge.
        NotFound: If there is no such item.
    """
    if mark not in MARKS:
        raise InputError(f"there is no mark {mark[:20]!r}: it must be one of {', '.join(MARKS)}")
    shop.catalogue.item(item_id)
    reason = next(iter(reasons), None)
    is_set = pressed(shop, context).has(mark, item_id, reason)
    wanted = not is_set if wanted is None else wanted
    if wanted != is_set:
        _write(shop, context, item_id, mark, reason, wanted)
    return wanted


def _write(shop: Shop, context: TurnContext, item_id: str, mark: str, reason: Explanation | None, wanted: bool) -> None:
    actor, client_id, now = context.actor, shop.client_id(context), shop.clock()
    if mark in _PLACES:
        change = shop.saved.put if wanted else shop.saved.remove
        key = f"pressed:{client_id}:{item_id}:{mark}"
        change(actor, client_id, item_id, cast(Place, mark), key=key, at=now)
    elif mark in _VERDICTS:
        shop.opinions.press(actor, client_id, item_id, cast(Verdict, mark) if wanted else None, now)
    elif reason is None:
        raise InputError("no reason for this piece is on record in this conversation: ask why it was suggested first")
    else:
        verdict = cast(ReasonVerdict, mark)
        said = ReasonFeedback(item_id, verdict, reason.text, reason.source, "", actor.actor_id, now)
        shop.opinions.press_of_reason(actor, client_id, said, takes_back=not wanted)
