"""What was recommended and what came of it, for managers."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from agent.floor.dashboard import PERIODS, WINDOWS, Choice, Dashboard, table_of
from agent.floor.fairness import HEAD
from agent.floor.figure_tables import MIN_BASE
from agent.floor.store_taste import MIN_CLIENTS, MIN_PURCHASES, first_moment, quarter_of
from agent.records.messages import CONTACT_EVERY
from ui import dashboard_plots
from ui.csv_export import to_csv
from ui.web.languages import language_of, translations
from ui.web.rules import Rule, What, Who
from ui.web.templating import page

N_QUALITIES = 6  # panels of the store's taste
N_HOUSES = 10  # rows on the page; the file has all

RULES: Mapping[tuple[str, str], Rule] = {
    ("GET", "/room/dashboard"): Rule("manage", ("manager",)),
    ("GET", "/room/dashboard/taste"): Rule("manage", ("manager",)),
    ("GET", "/room/dashboard/{table}.csv"): Rule("manage", ("manager",)),
}
router = APIRouter()


def chosen(days: int = 90, window: int = 30, associate: Annotated[str, Query(max_length=80)] = "") -> Choice:
    """Return what the manager chose to see; raise InputError for what cannot be chosen."""
    return Choice(days, window, associate)


Chosen = Annotated[Choice, Depends(chosen)]


@router.get("/room/dashboard")
def show_dashboard(request: Request, session: Who, house: What, choice: Chosen) -> Response:
    """The figures of a period, for the store or for one associate's clients."""
    board = Dashboard(house.assistant.shop, session.actor, choice)
    return page(
        request,
        "dashboard.html",
        board=board,
        choice=choice,
        periods=PERIODS,
        windows=WINDOWS,
        min_base=MIN_BASE,
        between=CONTACT_EVERY.days,
        tail=100 - round(100 * HEAD),
        n_houses=N_HOUSES,
        plots=dashboard_plots,
    )


@router.get("/room/dashboard/taste")
def show_taste(request: Request, session: Who, house: What, choice: Chosen) -> Response:
    """The store's taste by quarter, asked for by itself: it reads two years of purchases."""
    board = Dashboard(house.assistant.shop, session.actor, choice)
    return page(
        request,
        "dashboard_taste.html",
        taste=board.taste,
        choice=choice,
        current=quarter_of(board.now),
        left_out=[dashboard_plots.long_quarter(one) for one in board.taste.left_out] if board.taste else [],
        n_qualities=N_QUALITIES,
        min_purchases=MIN_PURCHASES,
        min_clients=MIN_CLIENTS,
        plots=dashboard_plots,
    )


@router.get("/room/dashboard/{table}.csv")
def save_table(request: Request, session: Who, house: What, choice: Chosen, table: str) -> Response:
    """One table as a file."""
    board = Dashboard(house.assistant.shop, session.actor, choice)
    found = table_of(board, table)
    since = first_moment(board.now) if found.name == "store-taste" else board.scope.since
    headers = {"Content-Disposition": f'attachment; filename="{file_name(found.name, since, board)}"'}
    content = to_csv(found, translations(language_of(request)).gettext)
    return Response(content, media_type="text/csv; charset=utf-8", headers=headers)


def file_name(table: str, since: dt.datetime | None, board: Dashboard) -> str:
    """Return the name of a table's file: what it is, whose clients, which period."""
    whose = re.sub(r"[^A-Za-z0-9]+", "-", board.choice.associate).strip("-")
    parts = [table, whose, since.date().isoformat() if since is not None else "beginning", "to"]
    return "-".join(part for part in [*parts, board.now.date().isoformat()] if part) + ".csv"
