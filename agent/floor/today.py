"""Who to contact today and why: each suggestion is one fact of the records; silent where no reason is strong."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from agent.context import TurnContext
from agent.events import ClientList, ClientRow
from agent.floor.client_lines import clients_in_words
from agent.floor.occasions import Occasion, occasions_of
from agent.floor.shop import Emit, Shop
from agent.floor.whole_book import Entry, WholeBook, read_book
from agent.intent.dates_said import spoken_day
from agent.records.messages import may_contact
from agent.state import TurnResult

N_SHOWN = 5
N_OF_A_KIND = 2  # other than promised follow-ups: five turns of taste would hide everything else
N_LOOKED_AT = 500  # strongest suggestions for which consent and frequency are read
SILENT_BELOW = 0.5  # strength of an occasion from which it is worth a message; see agent.floor.occasions


def contact_today(shop: Shop, context: TurnContext, emit: Emit) -> TurnResult:
    """Suggest up to five clients to contact, the strongest reason first, or nobody.

    Left out are clients who may not be written to now (consent, how lately they were).
    """
    now = shop.clock()
    book = read_book(shop, context)
    today, from_records = book.today(now)
    strong = _strong(shop, context, book, today)
    shown: list[tuple[Entry, Occasion]] = []
    n_barred = 0
    for entry, occasion in strong[:N_LOOKED_AT]:
        if len(shown) == N_SHOWN:
            break
        if occasion.kind != "follow-up" and sum(one.kind == occasion.kind for _, one in shown) == N_OF_A_KIND:
            continue
        if may_contact(shop.boutique, context.actor, entry.client_id, None, now).allowed:
            shown.append((entry, occasion))
        else:
            n_barred += 1
    counted = f" The newest record is of {spoken_day(today)}; days are counted to it." if from_records else ""
    barred = f" {clients_in_words(n_barred)} with a reason may not be written to now." if n_barred else ""
    if not shown:
        nobody = f"Nobody today has a strong reason.{barred}{counted}"
        return TurnResult(nobody, nobody)
    rows = tuple(ClientRow(one.client_id, one.name, cause.fact, round(cause.strength, 2)) for one, cause in shown)
    emit(ClientList(f"Who to contact today, {spoken_day(now.date())}", rows))
    lines = [f"{number}. {row.name} ({row.client_id}): {row.why}" for number, row in enumerate(rows, start=1)]
    content = "\n".join(["Shown as a list, strongest reason first:", *lines, (barred + counted).strip()]).strip()
    evidence = [cause.evidence(number) for number, (_, cause) in enumerate(shown, start=1)]
    spoken = f"{clients_in_words(len(rows))} to contact today; each line says why.{barred}{counted}"
    return TurnResult(content, spoken, evidence=evidence)


def _strong(shop: Shop, context: TurnContext, book: WholeBook, today: dt.date) -> Sequence[tuple[Entry, Occasion]]:
    """Return each client's strongest occasion where it is strong enough, strongest first, then by client id."""
    found = [
        (entry, max(occasions, key=lambda one: one.strength))
        for entry, occasions in zip(book.clients, occasions_of(shop, context.actor, book.clients, today), strict=True)
        if occasions
    ]
    enough = [(entry, best) for entry, best in found if best.strength >= SILENT_BELOW]
    return sorted(enough, key=lambda pair: (-pair[1].strength, pair[0].client_id))
