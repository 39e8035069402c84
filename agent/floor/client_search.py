"""Looking up clients of the reader's own book: by name, by what is on record or remembered, by taste, by purchases."""

from __future__ import annotations

import re
from collections.abc import Sequence

from agent.context import TurnContext
from agent.events import ClientList, ClientRow
from agent.floor.bought_words import read_bought
from agent.floor.client_lines import clients_in_words, rows_as_evidence
from agent.floor.client_matching import Match, Test, by_last_purchase, telling, who_bought, who_did_not_buy, who_is
from agent.floor.shop import Emit, Shop
from agent.floor.whole_book import Entry, read_book
from agent.records.service_book import ServiceBook, by_client
from agent.state import TurnResult

N_SHOWN = 10
_BOUGHT = re.compile(
    r"\bbought (?P<bought>.+?)(?:,? (?:but|and) (?:never bought|not bought|no|not|never) (?P<without>.+?))?[.?!]*$"
)
_PARTS = re.compile(r"\s*(?:,|;|\band\b|\bwho\b|\bbut\b)\s*", re.IGNORECASE)


def find_clients(shop: Shop, context: TurnContext, query: str, bought: str, not_bought: str, emit: Emit) -> TurnResult:
    """List the clients of the reader's book who meet everything asked, at most ten, with the count of all."""
    book = read_book(shop, context)
    today, _from_records = book.today(shop.clock())
    if by_last_purchase(query, today) is None:
        query, bought, not_bought = _read(query, bought, not_bought)
    parts = _parts(query)
    clients = book.clients
    remarks = by_client(ServiceBook(shop.boutique).notes(context.actor))
    tests = [by_last_purchase(part, today) or who_is(shop, clients, remarks, part) for part in parts]
    wanted, unwanted = read_bought(shop, bought), read_bought(shop, not_bought)
    for named in (*wanted, *unwanted):
        if not named.items:
            text = f"No piece of the catalogue is called {named.what!r}: ask with other words."
            return TurnResult(text, text)
    tests += [who_bought(shop, named) for named in wanted]
    tests += [who_did_not_buy(shop, named) for named in unwanted]
    found = _meeting(clients, tests or [lambda entry: Match(f"{len(entry.purchases)} pieces kept")])
    asked = ", ".join(_said(parts, bought, not_bought))
    if not found:
        text = f"None of the {clients_in_words(len(clients))} in your book: {asked}."
        return TurnResult(text, text)
    rows = tuple(found[:N_SHOWN])
    emit(ClientList(f"Clients: {asked}" if asked else "Clients", rows))
    more = f", the first {len(rows)} shown" if len(found) > len(rows) else ""
    spoken = f"{len(found)} of the {clients_in_words(len(clients))} in your book{more}: {asked}."
    if not asked:
        spoken = f"Your book has {clients_in_words(len(clients))}{more}."
    lines = [f"{number}. {row.name} ({row.client_id}): {row.why}" for number, row in enumerate(rows, start=1)]
    content = "\n".join([spoken, "Shown as a list:", *lines])
    return TurnResult(content, spoken, evidence=rows_as_evidence(rows, spoken))


def _meeting(clients: Sequence[Entry], tests: Sequence[Test]) -> list[ClientRow]:
    """Return the clients who meet every test, those with a score first, else in the order of the book."""
    rows = []
    for entry in clients:
        matches = [found for test in tests if (found := test(entry)) is not None]
        if len(matches) == len(tests):
            score = sum(one.score for one in matches)
            rows.append(ClientRow(entry.client_id, entry.name, "; ".join(one.why for one in matches), score or None))
    return sorted(rows, key=lambda row: -(row.score or 0.0))


def _read(query: str, bought: str, not_bought: str) -> tuple[str, str, str]:
    """Take purchases that the query itself names out of it ("who bought a tote but no belt")."""
    found = _BOUGHT.search(query.casefold()) if not bought else None
    if found is None:
        return query, bought, not_bought
    return query[: found.start()], found["bought"], not_bought or found["without"] or ""


def _parts(query: str) -> list[str]:
    return [part for part in _PARTS.split(query) if telling(part)]


def _said(parts: Sequence[str], bought: str, not_bought: str) -> list[str]:
    said = [*(part.strip(" .?!") for part in parts), f"bought “{bought}”" if bought else ""]
    return [part for part in [*said, f"did not buy “{not_bought}”" if not_bought else ""] if part]
