"""Who to contact today and why: each suggestion is one fact of the records; silent where no reason is strong."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence, Set
from dataclasses import dataclass

from agent.context import TurnContext
from agent.events import ClientList, ClientRow
from agent.floor.client_lines import clients_in_words
from agent.floor.occasions import SILENT_BELOW, Occasion, occasions_of
from agent.floor.shop import Emit, Shop
from agent.floor.whole_book import Entry, WholeBook, read_book
from agent.intent.dates_said import spoken_day
from agent.records.dismissals import Dismissals
from agent.records.messages import may_contact
from agent.state import TurnResult

N_SHOWN = 5
N_OF_A_KIND = 2  # other than promised follow-ups: five turns of taste would hide everything else
N_LOOKED_AT = 500  # strongest suggestions for which consent and frequency are read


@dataclass(frozen=True)
class Suggested:
    """A client worth a word today, and why."""

    entry: Entry
    occasion: Occasion


@dataclass(frozen=True)
class DayList:
    """Whom to contact on a day.

    Attributes:
        suggested: The strongest reason first.
        today: The day that is counted from.
        from_records: Whether that is the newest record's day instead of the clock's.
        n_clients: How many clients were looked at.
        n_barred: Of those with a strong reason, how many may not be written to now.
        n_aside: Of those with a strong reason, how many were put aside.
    """

    suggested: tuple[Suggested, ...]
    today: dt.date
    from_records: bool
    n_clients: int
    n_barred: int
    n_aside: int


def contact_today(shop: Shop, context: TurnContext, emit: Emit) -> TurnResult:
    """Suggest up to five clients to contact, the strongest reason first, or nobody.

    Left out are clients who may not be written to now (consent, how lately they were), and what was put aside.
    """
    now = shop.clock()
    day = day_list(shop, context, read_book(shop, context))
    counted = f" The newest record is of {spoken_day(day.today)}; days are counted to it." if day.from_records else ""
    barred = f" {clients_in_words(day.n_barred)} with a reason may not be written to now." if day.n_barred else ""
    if not day.suggested:
        nobody = f"Nobody today has a strong reason.{barred}{counted}"
        return TurnResult(nobody, nobody)
    rows = tuple(
        ClientRow(one.entry.client_id, one.entry.name, one.occasion.fact, round(one.occasion.strength, 2))
        for one in day.suggested
    )
    emit(ClientList(f"Who to contact today, {spoken_day(now.date())}", rows))
    lines = [f"{number}. {row.name} ({row.client_id}): {row.why}" for number, row in enumerate(rows, start=1)]
    content = "\n".join(["Shown as a list, strongest reason first:", *lines, (barred + counted).strip()]).strip()
    evidence = [one.occasion.evidence(number) for number, one in enumerate(day.suggested, start=1)]
    spoken = f"{clients_in_words(len(rows))} to contact today; each line says why.{barred}{counted}"
    return TurnResult(content, spoken, evidence=evidence)


def day_list(
    shop: Shop, context: TurnContext, book: WholeBook, *, associate: str = "", with_plans: bool = True
) -> DayList:
    """Return whom to contact today.

    Args:
        book: The reader's book.
        associate: Of whose clients, "" for everybody's.
        with_plans: Whether follow-ups that are due are among the reasons.
    """
    now = shop.clock()
    today, from_records = book.today(now)
    clients = [one for one in book.clients if not associate or one.client.associate_id == associate]
    aside = {(one.client_id, one.occasion) for one in Dismissals(shop.boutique).standing(context.actor, now.date())}
    strong, n_aside = _strong(shop, context, clients, today, aside, with_plans=with_plans)
    shown: list[Suggested] = []
    n_barred = 0
    for one in strong[:N_LOOKED_AT]:
        if len(shown) == N_SHOWN:
            break
        kind = one.occasion.kind
        if kind != "follow-up" and sum(other.occasion.kind == kind for other in shown) == N_OF_A_KIND:
            continue
        if may_contact(shop.boutique, context.actor, one.entry.client_id, None, now).allowed:
            shown.append(one)
        else:
            n_barred += 1
    return DayList(tuple(shown), today, from_records, len(clients), n_barred, n_aside)


def _strong(
    shop: Shop,
    context: TurnContext,
    clients: Sequence[Entry],
    today: dt.date,
    aside: Set[tuple[str, str]],
    *,
    with_plans: bool,
) -> tuple[list[Suggested], int]:
    """Return each client's strongest occasion where it is strong enough, strongest first, then by client id.

    Also returned is how many clients are left without one because it was put aside.
    """
    found: list[Suggested] = []
    n_aside = 0
    for entry, occasions in zip(clients, occasions_of(shop, context.actor, clients, today), strict=True):
        enough = [one for one in occasions if one.strength >= SILENT_BELOW and (with_plans or one.kind != "follow-up")]
        open_ones = [one for one in enough if (entry.client_id, one.key) not in aside]
        if open_ones:
            found.append(Suggested(entry, max(open_ones, key=lambda one: one.strength)))
        n_aside += bool(enough and not open_ones)
    return sorted(found, key=lambda one: (-one.occasion.strength, one.entry.client_id)), n_aside
