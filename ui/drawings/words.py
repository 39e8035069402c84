"""Which silhouette suits an item that brings no drawing: a small table of category and title words."""

from __future__ import annotations

import re
from collections.abc import Sequence


def _compiled(table: tuple[tuple[str, str], ...]) -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(rf"\b(?:{words})\b"), name) for words, name in table)


# Read from the top: the first row with one of its words in the text decides, so narrow names stand before wide ones.
TABLE: tuple[tuple[str, str], ...] = (
    (r"removers?", "bottle"),
    (r"shower caps?|wig caps?|towels?|rollers?", "box"),
    (r"nail (polish|lacquer|enamel|varnish)|(top|base) coats?|nail treatments?|cuticle oil", "nail-polish"),
    (r"nail (files?|buffers?|tools?|art|brush)|clippers?|tweezers?|false nails", "nail-file"),
    (r"mascaras?|eyebrow gel", "mascara"),
    (r"(eye)?lash(es)?", "lashes"),
    (r"wigs?|extensions|hairpieces?|braids?|weaves?", "hair"),
    (r"eyeliner|lip ?liner|pencil|brow|eye(brow)? colou?r|cotton swab|pens?", "pencil"),
    (r"eye ?shadow|palettes?|makeup sets?|glitter", "palette"),
    (r"lip (gloss|stain|plumper)|lipstick|lip balm|chapstick|lips", "lipstick"),
    (r"primers?|curl enhancers?", "tube"),
    (r"liquid foundation|tinted moisturi[sz]er", "pump-bottle"),
    (r"powder|blush|bronzer|highlighter|compact|foundation|concealer", "compact"),
    (r"sponges?|puffs?|(make-?up|cosmetic|face|kabuki|powder|cleansing|nail) brush|brushes & applicators", "brush"),
    (r"hair ?dryers?|blow ?dryers?|hot-air|diffuser", "hair-dryer"),
    (r"(flat|curling|styling) irons?|irons|straightener|curler|crimper", "hair-iron"),
    (r"combs?", "comb"),
    (r"clips?|claws?|hair pins?|barrettes?|headbands?|ponytail|bobby", "hair-clip"),
    (r"styling tools > brushes|hair ?brush|paddle|bath brush", "hair-brush"),
    (r"mirrors?", "mirror"),
    (r"perfume|parfum|toilette|cologne|fragrance|body mist", "perfume"),
    (r"candles?|diffusers?", "candle"),
    (r"hair ?sprays?|sprays?|aerosol|mousses?|dry shampoo|deodorant", "spray"),
    (r"serums?|drops|essential oil|ampoule|retinol|acid|peels?|elixir", "dropper"),
    (r"soaps?|cleansing bar|bars|bath bomb", "soap"),
    (r"wipes?|towelettes?|sheet masks?|sachet|strips|minerals & salts|bath salts?", "sachet"),
    (r"hand cream|hand lotion|sunscreens?|skin protection|spf|self-?tanners?|toothpaste|hair colou?r|gels?", "tube"),
    (r"shampoos?|conditioners?|body washe?s?|bubble bath|toners?|astringents?|remover|relaxers?", "bottle"),
    (r"hand soaps?|lotions?|cleansers?|oils?|moisturi[sz]ers? > oils|fluids?", "pump-bottle"),
    (r"cr[eè]mes?|creams?|butters?|balms?|masks?|scrubs?|exfoliators?|moisturi[sz]ers?", "jar"),
    (r"pomades?|waxe?s?|treatments?|refillable", "jar"),
    (r"(card|credit card)[ -]?(case|holder)|cardholder", "card-case"),
    (r"wallets?|purse organi[sz]er|billfold", "wallet"),
    (r"cosmetic bags?|toiletry|pouch(es)?|train cases?|travel cases?|wristlet", "pouch"),
    (r"backpacks?|rucksack", "backpack"),
    (r"weekenders?|duffle?s?|holdalls?|luggage|suitcase|travel bags?", "weekender"),
    (r"clutch(es)?|evening bags?|minaudi[eè]re", "clutch"),
    (r"totes?|shoppers?|top-handle", "tote"),
    (r"shoulder bags?|cross-?body|satchels?|handbags?|saddle bag|bags?", "shoulder-bag"),
    (r"sneakers?|trainers?|plimsolls?|running shoes?", "sneaker"),
    (r"boots?|booties", "boot"),
    (r"sandals?|slides?|flip-?flops?|espadrilles?|mules?", "sandal"),
    (r"loafers?|moccasins?|oxfords?|brogues?|derby|flats|ballerinas?|formal shoes?", "loafer"),
    (r"(slingback|court|kitten|suede|leather|heeled|pointed) pump|pumps|heels?|stilettos?", "pump"),
    (r"court shoes?|footwear|shoes?", "pump"),
    (r"swim\w*|bikini|bathing suit", "swimsuit"),
    (r"jumpsuits?|playsuit|romper|dungarees", "jumpsuit"),
    (r"gowns?|evening dress(es)?|ball dress", "dress-gown"),
    (r"wrap dress(es)?|shirt dress(es)?|tea dress(es)?", "dress-wrap"),
    (r"dress(es)?", "dress-slip"),
    (r"trench", "trench"),
    (r"parkas?|anoraks?|puffers?|rain ?coats?|ski jacket|down jacket", "parka"),
    (r"blazers?|jackets?|suits?|tuxedo", "blazer"),
    (r"coats?|overcoat|cape", "coat"),
    (r"cardigans?", "cardigan"),
    (r"sweaters?|jumpers?|pullovers?|knitwear|hoodies?|sweatshirts?", "sweater"),
    (r"blouses?", "blouse"),
    (r"t-?shirts?|tees?|tank top|camisole|tops?", "tee"),
    (r"shirts?", "shirt"),
    (r"jeans|denim", "jeans"),
    (r"trousers?|pants|chinos|leggings|shorts|culottes", "trousers"),
    (r"skirts?", "skirt"),
    (r"silk (scarf|scarves|square|twill)|carr[eé]|foulard|bandana", "scarf"),
    (r"scarf|scarves|shawls?|stole|wrap", "scarf"),
    (r"beanies?", "hat"),
    (r"hats?|(baseball|flat) caps?|fedora|beret", "hat"),
    (r"gloves?|mittens?", "gloves"),
    (r"sunglasses|glasses|eyewear", "sunglasses"),
    (r"umbrellas?", "umbrella"),
    (r"belts?", "belt"),
    (r"watch(es)?", "watch"),
    (r"hoops?", "earrings"),
    (r"earrings?|studs", "earrings"),
    (r"necklaces?|pendants?|chains?|chokers?", "necklace"),
    (r"bracelets?|bangles?|cuffs?|anklets?", "bracelet"),
    (r"rings?|jewellery|jewelry", "ring"),
)  # fmt: skip

# Asked only when the table knows no word of the item: what a whole department mostly holds.
DEPARTMENTS: tuple[tuple[str, str], ...] = (
    (r"hair care|bath & body", "bottle"),
    (r"skin care", "jar"),
    (r"eyes", "palette"),
    (r"makeup", "compact"),
)

# Words of a title or category that change how a silhouette is drawn.
DETAILS: dict[str, dict[str, str]] = {
    "scarf": {"silk": r"silk (scarf|scarves|squares?|twill|bandana)|carr[eé]|foulard|bandana"},
    "hat": {"beanie": r"beanies?"},
    "shoulder-bag": {"chain": r"chain"},
    "sandal": {"flat": r"flat|slides?|flip-?flops?|jelly"},
    "boot": {"tall": r"tall|knee|riding|over-the-knee"},
    "skirt": {"pencil": r"pencil|column|leather skirt|mini"},
    "sweater": {"turtleneck": r"turtle-?neck|roll-?neck|polo-?neck", "v-neck": r"v-neck"},
    "trousers": {"cuff": r"cuffed|turn-?ups?"},
    "sunglasses": {"round": r"round"},
    "watch": {"dark-dial": r"dive|black dial"},
    "ring": {"signet": r"signet|bands?|chevali[eè]re|wedding|thorn|grain"},
    "earrings": {"hoop": r"hoops?", "stud": r"studs?|boutons?"},
    "necklace": {"pearl": r"pearls?|perles"},
    "bracelet": {"cuff": r"cuffs?|bangles?"},
}

# The metal that a piece of jewellery is made of, by the words for it; the first row found decides.
JEWELLERY = frozenset({"ring", "necklace", "earrings", "bracelet"})
METAL_WORDS: tuple[tuple[str, str], ...] = (
    (r"rose gold|pink gold|copper", "rose-gold"),
    (r"white gold|platinum|silver|steel|palladium|chrome", "silver"),
    (r"gold|vermeil|brass|gilt", "gold"),
    (r"gunmetal|titanium|ruthenium", "gunmetal"),
)

_ROWS = _compiled(TABLE)
_METALS = _compiled(METAL_WORDS)
_LAST = _compiled(DEPARTMENTS)


def silhouette_from_words(category: Sequence[str], title: str) -> str | None:
    """Return the silhouette for an item, or None.

    The narrowest category name is read first, then the title, then the wider categories: a shop's own
    classification is more reliable than a title, which may name what an item goes with.
    """
    path = " > ".join(category)
    texts = [(category[-1] if category else "", _ROWS), (" > ".join(category[-2:]), _ROWS), (title, _ROWS)]
    for text, rows in [*texts, (path, _ROWS), (path, () if "tools" in path.casefold() else _LAST)]:
        for words, name in rows:
            if words.search(text.casefold()):
                return name
    return None


def metal_from_words(text: str) -> str | None:
    """Return the name of the metal that `text` speaks of, or None."""
    return next((name for words, name in _METALS if words.search(text.casefold())), None)


def details_from_words(silhouette: str, category: Sequence[str], title: str) -> frozenset[str]:
    """Return the details that the item's words ask of `silhouette`."""
    text = " ".join([*category, title]).casefold()
    rows = DETAILS.get(silhouette, {}).items()
    return frozenset(detail for detail, words in rows if re.search(rf"\b(?:{words})\b", text))
