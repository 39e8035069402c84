"""The command that measures the page under load: the real site, many visitors at once, what they wait for."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from agent.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.context import Role
    from ui.load_sessions import Waits, Words
    from ui.load_site import Login, Memory, Site, Visitor

SEED = 20260601
AIMS_S = {10: 0.5, 25: 1.0}
"""Seconds within which 95 of 100 turns should end, by visitors at once, with the deterministic planner."""
PAGE_AIM_S = 3.0
MEMORY_AIM_MB = 2500.0
_N_WORDS = 12
_TITLES = ("p50", "p95", "max", "1st event p95", "room p95", "page p95", "kB a turn")


@dataclass(frozen=True)
class Row:
    """What was measured of one number of visitors; seconds.

    Attributes:
        at_once: Whether all of them pressed in the same moment.
        aim_s: What `p95_s` should not exceed, None where nothing is said.
    """

    sessions: int
    at_once: bool
    turns: int
    p50_s: float
    p95_s: float
    max_s: float
    first_event_p95_s: float
    room_p95_s: float
    page_p95_s: float
    kb_a_turn: float
    errors: tuple[str, ...]
    aim_s: float | None


@click.command()
@click.option("--sessions", "counts", multiple=True, type=click.IntRange(1, 200), help="Visitors at once [10 and 25].")
@click.option("--turns", "n_turns", default=5, show_default=True, type=click.IntRange(1, 50), help="Messages each.")
@click.option(
    "--think", "think_s", default=8.0, show_default=True, type=click.FloatRange(0, 120), help="Mean pause, s."
)
@click.option("--seed", default=SEED, show_default=True, help="Of messages and pauses.")
@click.option("--no-browser", is_flag=True, help="Do not measure the first page in Chromium.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.pass_context
def load(
    ctx: click.Context,
    counts: tuple[int, ...],
    n_turns: int,
    think_s: float,
    seed: int,
    no_browser: bool,
    as_json: bool,
) -> None:
    """Measure the page with many visitors at once, on a copy of the boutique.

    The deterministic planner answers, so that what is measured is all but the language model; with 'clienteller
    --model embedded load' the embedded one does, which is for the memory.
    """
    from ui.load_site import copy_boutique, make_people, serving

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # also then the site is stopped and the copy deleted
    settings: Settings = ctx.obj
    given = ctx.find_root().params.get("model")  # the environment's model is not meant: it may cost money
    model = str(given) if given else "none"
    counts = counts or tuple(AIMS_S)
    with tempfile.TemporaryDirectory(prefix="clienteller-load-") as place:
        folder = Path(place) / "boutique"
        copy_boutique(settings.boutique, folder)
        people, logins = make_people(folder, sum(counts))
        words = _words(folder)
        click.echo(f"starting the site with the chat model {model!r} ...", err=True)
        with serving(folder, model, Path(place) / "site.log") as site:
            document: dict[str, Any] = {
                "chat_model": model, "turns_each": n_turns, "think_s": think_s, "seed": seed,
                "start_s": round(site.start_s, 1), "memory_at_start": asdict(site.memory()),
            }  # fmt: skip
            document["first_page_s"], document["no_browser"] = _pages(site, logins, no_browser)
            rows = _measured(site, people, words, counts, n_turns, think_s, seed, planned=model == "none")
            document["rows"] = [asdict(row) for row in rows]
            document["memory"] = asdict(site.memory())
            memory = site.memory()
    if as_json:
        click.echo(json.dumps(document, indent=2))
        return
    click.echo("\n".join(_lines(document, rows, memory)))


def _measured(
    site: Site, people: Sequence[Visitor], words: Words, counts: Sequence[int], n_turns: int, think_s: float, seed: int,
    *, planned: bool,
) -> list[Row]:  # fmt: skip
    from ui.load_sessions import visit

    rows, at = list[Row](), 0
    for count in counts:
        click.echo(f"{count} visitors ...", err=True)
        visitors, at = people[at : at + count], at + count
        talk = visit(site.address, visitors, words, n_turns=n_turns, think_s=think_s, seed=seed)
        waits, burst = asyncio.run(talk)
        rows.append(_row(count, waits, waits, at_once=False, aim_s=AIMS_S.get(count) if planned else None))
        rows.append(_row(count, burst, waits, at_once=True, aim_s=None))
    return rows


def _row(count: int, waits: Waits, opened: Waits, *, at_once: bool, aim_s: float | None) -> Row:
    from ui.load_sessions import percentile

    return Row(
        sessions=count,
        at_once=at_once,
        turns=len(waits.turns),
        p50_s=round(percentile(waits.turns, 0.5), 3),
        p95_s=round(percentile(waits.turns, 0.95), 3),
        max_s=round(percentile(waits.turns, 1.0), 3),
        first_event_p95_s=round(percentile(waits.first_events, 0.95), 3),
        room_p95_s=round(percentile(waits.rooms, 0.95), 3),
        page_p95_s=round(percentile(opened.pages, 0.95), 3),
        kb_a_turn=round(waits.received / 1000 / max(len(waits.turns), 1), 1),
        errors=tuple(waits.errors),
        aim_s=aim_s,
    )


def _pages(site: Site, logins: Sequence[Login], no_browser: bool) -> tuple[dict[Role, float], str]:
    from ui.load_browser import NoBrowser, first_pages

    if no_browser:
        return {}, "not asked for"
    try:
        return {role: round(seconds, 2) for role, seconds in first_pages(site.address, logins).items()}, ""
    except NoBrowser as error:
        return {}, str(error)


def _words(folder: Path) -> Words:
    """Return words of the boutique that visitors may use."""
    from recsys.artifacts import load_catalogue
    from recsys.data.boutique import Boutique
    from ui.load_sessions import Words

    boutique = Boutique.open(folder)
    try:
        catalogue, guided = load_catalogue(boutique)
    finally:
        boutique.close()
    attributes = guided.attribute_set.attributes if guided is not None else ()
    return Words([one.high for one in attributes if one.high and one.statable], catalogue.categories[:_N_WORDS])


def _lines(document: dict[str, Any], rows: Sequence[Row], memory: Memory) -> list[str]:
    mean = document["think_s"]
    lines = [
        f"Chat model {document['chat_model']}; {document['turns_each']} messages each, a pause of {mean:g} s on average"
        f" before the next ({mean / 2:g} to {mean * 1.5:g}); a turn lasts from the press to its last event.",
        "",
        f"{'visitors':<25}{'turns':>6}" + "".join(f"{title:>15}" for title in _TITLES) + "  errors  aim",
    ]
    lines += [_line(row) for row in rows]
    lines += [f"  error: {error}" for error in dict.fromkeys(error for row in rows for error in row.errors[:3])]
    pages = ", ".join(f"{role} {seconds:.2f} s" for role, seconds in document["first_page_s"].items())
    if pages:
        pages += f" (aim {PAGE_AIM_S:g} s: {_met(max(document['first_page_s'].values()), PAGE_AIM_S)})"
    lines += ["", f"First page in a browser, from the door until one can type: {pages or document['no_browser']}"]
    if memory.peak_mb is not None and memory.now_mb is not None:
        met = f"aim {MEMORY_AIM_MB:,.0f} MB: {_met(memory.peak_mb, MEMORY_AIM_MB)}"
        lines.append(f"Memory of the server: {memory.now_mb:,.0f} MB, at most {memory.peak_mb:,.0f} MB ({met})")
    return [*lines, f"The site answered {document['start_s']:g} s after its start."]


def _line(row: Row) -> str:
    who = f"{row.sessions}{', all pressing at once' if row.at_once else ''}"
    waits = (row.p50_s, row.p95_s, row.max_s, row.first_event_p95_s, row.room_p95_s, row.page_p95_s)
    cells = [*(f"{wait:.2f} s" for wait in waits), f"{row.kb_a_turn:.0f}"]
    verdict = "" if row.aim_s is None else f"p95 {row.aim_s:g} s: {_met(row.p95_s, row.aim_s)}"
    numbers = "".join(f"{cell:>15}" for cell in cells)
    return f"{who:<25}{row.turns:>6}{numbers}{len(row.errors):>8}  {verdict}".rstrip()


def _met(value: float, aim: float) -> str:
    return "met" if value <= aim else "missed"
