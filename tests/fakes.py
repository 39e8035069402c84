"""Small real objects that stand in for large ones."""

from agent.events import (
    AttributeBar,
    Card,
    Comparison,
)
from recsys.schema import Evidence, Explanation, Item

TOTE = Item(
    item_id="i1",
    title="Lisière structured tote, cognac",
    brand="Cours Vaillant",
    category=("Bags", "Tote bags"),
    price_minor=169000,
    currency="EUR",
    colour="cognac brown",
    image="drawing:tote?colour=%239e572b&accent=%23d9b27c&pattern=plain&detail=stitch",
)
DRESS = Item(
    item_id="i2",
    title="Giboulée wrap dress, bottle green",
    brand="Mirabel Orvane",
    category=("Dresses", "Day dresses"),
    image="drawing:dress-wrap?colour=%231f4636&accent=%23c8a557&pattern=floral&detail=bow",
)
LOAFERS = Item(
    item_id="i3",
    title="Cordelier penny loafers, burgundy",
    brand="Cours Vaillant",
    category=("Shoes", "Loafers"),
    image="drawing:loafer?colour=%236b2233&accent=%23c99a6b&pattern=plain&detail=stitch",
    available=False,
)
TESTED = Evidence(
    "h1", "history", "i3", "You bought the Cordelier penny loafers in March.", "Cordelier", 0.4, 0.1, tested=True
)
QUALITY = Evidence("a1", "attribute", "craft", "It scores 8 of 9 on craft, and you lean towards craft.", "craft")
REASON = Explanation(
    "The hand-painted edges carry on from the Cordelier loafers you chose in March.",
    (TESTED, QUALITY),
    {"cites a tested cause": True, "is plain text": True},
    "model",
)
TEMPLATE_REASON = Explanation("You lean towards craft, and it has much of it.", (QUALITY,), {}, "template")
NO_REASON = Explanation("No strong reason: it ranks well, but nothing accounts for that.", (), {}, "none")
CARDS = (
    Card(1, TOTE, "€1,690", (AttributeBar("craft", 0.89), AttributeBar("classic", 0.72)), REASON),
    Card(2, DRESS, "€540", (AttributeBar("romantic", 0.81), AttributeBar("natural", 0.4)), TEMPLATE_REASON),
    Card(3, LOAFERS, "€490", (AttributeBar("classic", 0.9), AttributeBar("comfort", 0.66)), NO_REASON),
)
COMPARISON = Comparison(CARDS[:2], {"Price": ("€1,690", "€540"), "Craft": ("high", "middle")})
CHIPS = ("Something cheaper", "Compare 1 and 2", "More romantic")
