"""The catalogue on two guided attributes, the client's taste among it, and where the scores come from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from recsys.errors import InputError
from recsys.guided.attributes import GuidedAttribute
from recsys.guided.embedding import GuidedEmbeddings
from recsys.trajectory import dated_sequence, follow
from ui.attribute_map import AttributeMap, draw_map
from ui.web.house import House
from ui.web.rules import Rule, What
from ui.web.talking import Here
from ui.web.talks import Talk
from ui.web.templating import page

RULES: Mapping[tuple[str, str], Rule] = {("GET", "/room/developer/attributes"): Rule("manage", ("manager",))}
MAX_CATEGORIES = 60  # of the most frequent
FOCUSED = 300  # dots at most that the keyboard stops at; of more, the corners' list leads to them
router = APIRouter()


@dataclass(frozen=True)
class MapView:
    """What the room shows of the attributes; `drawn` is None where no item was scored.

    Attributes:
        across, up: The attributes of the two axes.
        radius: Of a dot; the more there are, the smaller.
        focused: Whether the keyboard stops at each dot.
        client: The name of whose taste is drawn, "" for nobody's.
    """

    drawn: AttributeMap | None = None
    attributes: Sequence[GuidedAttribute] = ()
    across: GuidedAttribute | None = None
    up: GuidedAttribute | None = None
    category: str = ""
    categories: Sequence[str] = ()
    scorer: str = ""
    set_label: str = ""
    radius: float = 0.0
    focused: bool = False
    client: str = ""


@router.get("/room/developer/attributes")
def show_attributes(
    request: Request,
    house: What,
    talk: Here,
    x: Annotated[str, Query(max_length=64)] = "",
    y: Annotated[str, Query(max_length=64)] = "",
    category: Annotated[str, Query(max_length=500)] = "",
) -> Response:
    """The map on two attributes, of one category or all."""
    return page(request, "developer_attributes.html", map=map_view(house, talk, x, y, category))


def map_view(house: House, talk: Talk, x: str = "", y: str = "", category: str = "") -> MapView:
    """Return the map of a conversation; an empty name stands for the first attributes, or every category.

    Raises:
        InputError: If there is no such attribute or category.
    """
    shop = house.assistant.shop
    guided = shop.recommender.guided
    if guided is None:
        return MapView()
    axes = _column(guided, x, 0), _column(guided, y, min(1, len(guided.names) - 1))
    if category and category not in shop.catalogue.categories:
        raise InputError(f"there is no category {category[:60]!r}: choose one of the list")
    bought, path, client = _taste(house, talk, guided)
    drawn = draw_map(shop.catalogue, guided, axes, category, bought, path)
    attributes = guided.attribute_set.attributes
    return MapView(
        drawn=drawn,
        attributes=attributes,
        across=attributes[axes[0]],
        up=attributes[axes[1]],
        category=category,
        categories=shop.catalogue.categories[:MAX_CATEGORIES],
        scorer=guided.scorer,
        set_label=guided.attribute_set.label,
        radius=7.0 if len(drawn.dots) <= 150 else 5.0 if len(drawn.dots) <= 800 else 3.5,
        focused=len(drawn.dots) <= FOCUSED,
        client=client,
    )


def _column(guided: GuidedEmbeddings, name: str, otherwise: int) -> int:
    if not name:
        return otherwise
    if name not in guided.names:
        raise InputError(f"there is no attribute {name!r}: choose one of the list")
    return guided.names.index(name)


def _taste(house: House, talk: Talk, guided: GuidedEmbeddings) -> tuple[np.ndarray, np.ndarray, str]:
    """Return what the client in conversation bought, their taste after each purchase, and their name."""
    context, shop = talk.context, house.assistant.shop
    if context.client_id is None:
        return np.zeros(0, dtype=np.int64), np.zeros((0, len(guided.names)), dtype=np.float32), ""
    client = shop.client(context)
    item_ids, dates = dated_sequence(shop.book.interactions(context.actor, context.client_id))
    bought = shop.recommender.internal(item_ids)
    return bought, follow(guided, bought, dates).path, client.called
