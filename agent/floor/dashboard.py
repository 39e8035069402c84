"""The manager's dashboard: a period, a window and perhaps one associate in, figures with their base out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from agent.context import Actor
from agent.floor import fairness, suggestion_figures
from agent.floor.attribution import Followed, attribute, contacts_table, outreach_table, sales_table
from agent.floor.figure_tables import FigureTable, Share
from agent.floor.shop import Shop
from agent.floor.store_taste import StoreTaste, first_moment, store_taste, taste_table
from agent.floor.suggestion_figures import Outcome, outcome
from agent.records.figures import Figures, Patron, Piece, Sale, Scope, Suggested, Touch, Verdict
from agent.records.messages import CONTACT_EVERY
from recsys.errors import InputError, NotFound

PERIODS = (30, 90, 0)
"""Days; 0 is all time."""
WINDOWS = (14, 30, 60)
"""Days after a suggestion or a message within which a purchase counts as one that followed it."""


@dataclass(frozen=True)
class Choice:
    """What the manager chose to see.

    Attributes:
        days: One of PERIODS.
        window: One of WINDOWS.
        associate: Only the clients in this book; "" for the whole store.
    """

    days: int = 90
    window: int = 30
    associate: str = ""

    def __post_init__(self) -> None:
        if self.days not in PERIODS or self.window not in WINDOWS:
            known = ", ".join(str(days) for days in PERIODS)
            raise InputError(f"no such period: use one of {known} days, and a window of 14, 30 or 60 days")


class Dashboard:
    """The figures of one choice; each is counted when it is first asked for.

    Args:
        shop: The floor.
        actor: A manager; anybody else is refused.
        choice: What to count.

    Raises:
        Refused: If the actor may not manage the boutique.
        NotFound: If nobody of this id has a book.
    """

    def __init__(self, shop: Shop, actor: Actor, choice: Choice) -> None:
        self.choice, self.now = choice, shop.clock()
        self._shop = shop
        since = self.now - dt.timedelta(days=choice.days) if choice.days else None
        self.scope = Scope(since, self.now, choice.associate or None)
        self._figures = Figures(shop.boutique, actor, self.scope)
        self.associates = self._figures.associates()
        if choice.associate and choice.associate not in self.associates:
            raise NotFound(f"no associate {choice.associate[:40]!r} has a book: choose one of the list")

    @property
    def window(self) -> dt.timedelta:
        """How long after a suggestion or a message a purchase counts as one that followed."""
        return dt.timedelta(days=self.choice.window)

    @cached_property
    def suggested(self) -> list[Suggested]:
        """Each pair of a client and a piece put before them."""
        return self._figures.suggested()

    @cached_property
    def n_shown(self) -> int:
        """How often a piece was put before a client, also the same one again."""
        return self._figures.n_shown()

    @cached_property
    def outcome(self) -> Outcome:
        """What came of all suggestions."""
        return outcome(self.suggested, self.window, self.now)

    @cached_property
    def verdicts(self) -> list[Verdict]:
        """What was said of reasons."""
        return self._figures.verdicts()

    @cached_property
    def sales(self) -> list[Sale]:
        """The sales of the period."""
        return self._figures.sales()

    @cached_property
    def n_undated(self) -> int:
        """How many purchases belong to no period because they have no date."""
        return self._figures.n_undated()

    @cached_property
    def touches(self) -> list[Touch]:
        """The contacts of the period, and those before it that its sales or contacts may have followed."""
        return self._figures.touches(max(self.window, CONTACT_EVERY))

    @cached_property
    def messages(self) -> list[Touch]:
        """The messages and other contacts of the period that are known to have left the house."""
        since = self.scope.since
        return [one for one in self.touches if one.arrived and (since is None or one.at >= since)]

    @cached_property
    def followed(self) -> list[Followed]:
        """The sales of the period that followed a message."""
        return attribute(self.sales, self.touches, self.window)

    @property
    def n_waiting(self) -> int:
        """How many messages lie in the outbox and have not left the house."""
        return sum(not one.arrived for one in self.touches)

    @cached_property
    def patrons(self) -> list[Patron]:
        """The clients."""
        return self._figures.patrons()

    @cached_property
    def pieces(self) -> list[Piece]:
        """The catalogue."""
        return self._figures.pieces()

    @cached_property
    def taste(self) -> StoreTaste | None:
        """The store's taste by quarter, whatever the period; None where nothing was scored."""
        guided = self._shop.recommender.guided
        if guided is None:
            return None
        bought = self._figures.dated_purchases(first_moment(self.now))
        return store_taste(guided, self._shop.catalogue.ids, bought)

    @property
    def tail_of_purchases(self) -> Share:
        """Which part of all purchases are of the long tail."""
        return fairness.tail_of_purchases(self.pieces)

    # Tables, each counted when it is asked for

    def outcomes(self) -> FigureTable:
        """What came of the suggestions."""
        return suggestion_figures.came_of_it_table(self.suggested, self.window)

    def reasons(self) -> FigureTable:
        """The same by the evidence of the reasons."""
        return suggestion_figures.by_kind_table(self.suggested, self.verdicts, self.window, self.now)

    def wording(self) -> FigureTable:
        """The same by who worded the reasons."""
        return suggestion_figures.by_source_table(self.suggested, self.window, self.now)

    def ways(self) -> FigureTable:
        """The same by how the suggestions came."""
        return suggestion_figures.by_way_table(self.suggested, self.window, self.now)

    def said(self) -> FigureTable:
        """What was said of the reasons."""
        return suggestion_figures.verdicts_table(self.verdicts)

    def outreach(self) -> FigureTable:
        """Sales after a message by the strongest engagement."""
        currency = self._shop.catalogue.currency or ""
        return outreach_table(self.sales, self.followed, self.messages, self.now, currency)

    def followed_sales(self) -> FigureTable:
        """Each sale after a message."""
        return sales_table(self.followed)

    def contacts(self) -> FigureTable:
        """Contacts of each associate."""
        known: Sequence[str] = [self.choice.associate] if self.choice.associate else self.associates
        return contacts_table(known, self.touches, self.scope.since, self.followed)

    def store_taste(self) -> FigureTable | None:
        """The store's taste by quarter."""
        return taste_table(self.taste) if self.taste is not None else None

    def fairness(self) -> FigureTable:
        """Who is shown what."""
        return fairness.fairness_table(self.suggested, self.patrons, self.pieces, self.now)

    def houses(self) -> FigureTable:
        """Which houses are shown."""
        return fairness.houses_table(self.suggested, self.pieces)


TABLES = {
    "outcomes": Dashboard.outcomes,
    "reasons": Dashboard.reasons,
    "wording": Dashboard.wording,
    "ways": Dashboard.ways,
    "verdicts": Dashboard.said,
    "outreach": Dashboard.outreach,
    "sales": Dashboard.followed_sales,
    "contacts": Dashboard.contacts,
    "store-taste": Dashboard.store_taste,
    "fairness": Dashboard.fairness,
    "houses": Dashboard.houses,
}


def table_of(dashboard: Dashboard, name: str) -> FigureTable:
    """Return one table; raise NotFound if there is none of this name, or nothing to fill it from."""
    table = TABLES[name](dashboard) if name in TABLES else None
    if table is None:
        raise NotFound(f"no table {name[:40]!r}: open the dashboard for those that there are")
    return table
