"""Everyday names of things that catalogues often call otherwise; a search tries those that the catalogue knows."""

from __future__ import annotations

from collections.abc import Callable

from recsys.catalogue import words

_GROUPS = """
sweater pullover jumper jersey knit
turtleneck rollneck polo-neck sweater
bag handbag purse
crossbody shoulder
scarf shawl stole wrap
heels stilettos pumps
sneakers trainers
trousers pants slacks
sunglasses shades
spectacles eyeglasses glasses eyewear
weekender duffel holdall weekend
swimwear swimsuit bikini bathing-suit
coat overcoat topcoat
raincoat trench
jacket windbreaker
gown dress frock
tee t-shirt
jeans denim
earrings studs hoops
bangle bracelet cuff
necklace pendant choker
watch wristwatch timepiece
perfume fragrance parfum scent cologne
lipstick rouge lip
moisturiser moisturizer cream
sunscreen sunblock spf sun
nail-polish varnish lacquer polish
razor shaver
hairdryer dryer
straightener iron
wallet billfold
beanie hat cap bonnet
mirror looking-glass
soap cleanser
"""
_LIKE: dict[str, tuple[str, ...]] = {}
for _line in _GROUPS.strip().splitlines():
    _group = words(_line)
    for _word in _group:
        _LIKE[_word] = tuple(dict.fromkeys([*_LIKE.get(_word, ()), *(other for other in _group if other != _word)]))


def with_synonyms(said: str, known: Callable[[str], bool]) -> str:
    """Return a text in which a word that the catalogue's titles and kinds do not know gives way to one they do.

    Args:
        said: Words of a search.
        known: Whether titles or kinds hold a word.
    """
    return " ".join(token for word in said.split() for token in _said_otherwise(word, known))


def _said_otherwise(word: str, known: Callable[[str], bool]) -> list[str]:
    spelt = words(word)
    if len(spelt) != 1 or spelt[0] not in _LIKE or known(spelt[0]):
        return [word]
    return [next((other for other in _LIKE[spelt[0]] if known(other)), word)]
