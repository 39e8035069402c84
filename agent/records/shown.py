"""What was put before one client, read back: since when they know of a piece."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import func, select

from agent.context import Actor
from agent.policy import require
from agent.records.access import visible
from recsys.data.boutique import Boutique
from recsys.data.service_tables import impressions
from recsys.data.tables import clients, items


def first_shown(boutique: Boutique, actor: Actor, client_id: str) -> dict[str, dt.datetime]:
    """Return when each piece was first put before a client, by item id; raise Refused for a shopper."""
    require(actor, "serve")
    query = select(items.c.item_id, func.min(impressions.c.at).label("at"))
    query = query.join_from(impressions, clients).join(items, impressions.c.item == items.c.number)
    query = query.where(clients.c.client_id == client_id, visible(actor)).group_by(items.c.item_id)
    return {row["item_id"]: row["at"] for row in boutique.database.rows(query)}
