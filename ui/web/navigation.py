"""The rooms of the page: which there are, who has them, and whether they are about the client in conversation."""

from __future__ import annotations

from dataclasses import dataclass

from agent.context import ROLES, Role
from agent.translatable import _

_STAFF: tuple[Role, ...] = ("associate", "manager")


@dataclass(frozen=True)
class Tab:
    """One room.

    Attributes:
        name: Its name in addresses and in the page's markup.
        label: As people read it, in English.
        path: The route of its fragment.
        roles: Who has it.
        about_client: Whether it shows the client of the conversation, so it is there only once one is open.
    """

    name: str
    label: str
    path: str
    roles: tuple[Role, ...] = ROLES
    about_client: bool = False


TABS = (
    Tab("today", _("Today"), "/room/today", _STAFF),
    Tab("clients", _("Clients"), "/room/clients", _STAFF),
    Tab("pieces", _("Pieces"), "/room/pieces", _STAFF),
    Tab("follow-ups", _("Follow-ups"), "/room/follow-ups", _STAFF),
    Tab("outbox", _("Outbox"), "/room/outbox", _STAFF),
    Tab("dashboard", _("Dashboard"), "/room/dashboard", ("manager",)),
    Tab("developer", _("Developer"), "/room/developer", ("manager",)),
    Tab("client", _("Client"), "/room/client", _STAFF, about_client=True),
    Tab("shelf", _("Suggestions"), "/room/shelf", about_client=True),
    Tab("taste", _("Taste"), "/room/taste", about_client=True),
    Tab("saved", _("Saved"), "/room/saved", about_client=True),
    Tab("messages", _("Messages"), "/room/messages", _STAFF, about_client=True),
    Tab("look-books", _("Look-books"), "/room/look-books", _STAFF, about_client=True),
    Tab("you", _("You"), "/room/you", ("shopper",), about_client=True),
)
FIRST: dict[Role, str] = {"shopper": "shelf", "associate": "today", "manager": "dashboard"}
"""The room that each role sees first."""


def tabs_of(role: Role) -> tuple[tuple[Tab, ...], tuple[Tab, ...]]:
    """Return a role's rooms: those of the whole book, and those about one client."""
    own = [tab for tab in TABS if role in tab.roles]
    return tuple(tab for tab in own if not tab.about_client), tuple(tab for tab in own if tab.about_client)
