"""One example of everything that a turn can show, each with a word of its own in every field."""

import datetime as dt

from agent.events import (
    ApprovalRequest,
    AttributeBar,
    Brief,
    Claim,
    ClientCard,
    ClientList,
    ClientRow,
    LookBook,
    MessageDraft,
    Proposal,
    Proposals,
    SavedList,
    Shown,
    TasteMove,
)
from tests.fakes import CARDS, COMPARISON

SHOWN: tuple[Shown, ...] = (
    CARDS[0],
    COMPARISON,
    SavedList(wishlist=CARDS[:1], basket=CARDS[1:2]),
    ClientList("Worth a call today", (ClientRow("c001", "Hélène Marchetti", "her anniversary is on Friday", 0.8),)),
    ClientCard(
        "c001",
        "Hélène Marchetti",
        {"Sizes": ("shoes 39",), "Dates": ("birthday 12 March",)},
        (AttributeBar("craft", 0.86), AttributeBar("classic", 0.74), AttributeBar("playful", 0.22)),
        (TasteMove("May 2026", ("more minimal",), ("the Cordelier loafers", "the Lisière tote")),),
    ),
    MessageDraft(
        "d17", "e-mail", "warm", "English", "A tote in cognac", "Dear Hélène,\n\nThe Lisière tote has come in.",
        (Claim("The Lisière tote has come in.", ("it is available since Monday",)), Claim("Dear Hélène,", ())),
    ),
    ApprovalRequest(
        "K7QX", "Send draft d17", "to Hélène Marchetti by e-mail\n\nDear Hélène",
        dt.datetime(2026, 6, 1, 12, 15, tzinfo=dt.UTC),
    ),
    Proposals((Proposal(1, "more minimal", "she found it too busy"), Proposal(2, "no wool", "wool itches"))),
    LookBook("l3", "For the gala", CARDS[:2]),
    Brief("Hand-over of Hélène Marchetti", {"Open": ("call back on Friday",), "Lately": ("bought the loafers",)}),
)  # fmt: skip
# Words of each that must reach whoever looks, in the order above.
SAID = (
    ("Lisière structured tote", "Cours Vaillant", "€1,690", "hand-painted edges"),
    ("Price", "€540", "Craft", "middle"),
    ("Wish list", "Lisière", "Basket", "Giboulée"),
    ("Worth a call today", "Hélène Marchetti", "c001", "her anniversary is on Friday"),
    (
        "Hélène Marchetti", "Sizes", "shoes 39", "birthday 12 March", "playful", "May 2026", "more minimal",
        "the Lisière tote",
    ),
    ("not sent", "e-mail", "warm", "English", "A tote in cognac", "Dear Hélène,", "available since Monday"),
    ("Send draft d17", "by e-mail", "approve K7QX", "decline K7QX", "12:15 UTC"),
    ("more minimal", "too busy", "no wool", "wool itches"),
    ("For the gala", "Lisière", "Giboulée"),
    ("Hand-over of Hélène Marchetti", "Open", "call back on Friday", "bought the loafers"),
)  # fmt: skip
