"""Forms of words that ask for one tool whatever they are about: no example of a kind of thing need be known.

What is learned from examples decides everything else; here stand only forms that leave no doubt.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from agent.intent.message_features import Names, Situation
from agent.intent.spoken import content_words, read_colour, read_name, read_prices, read_references
from agent.intent.traits import read_superlative

_NO_THING = (
    r"(?:these|those|them|this|that|it|(?:\w+ )?(?:information|data|details|history)|me|him|her|one|ones|my|his|their"
    r"|gift ?cards?|vouchers?)\b"
)
_SELLS = re.compile(
    rf"\b(?:do|does|did|don't|would) (?:you|u|ya|we|they|the (?:shop|boutique|store|house))(?: guys)? "
    rf"(?:also |even |still |ever |happen to |by any chance )*(?:sell|stock|carry)\b(?! {_NO_THING})(?= ?\w)"
)
_ABOUT = re.compile(r"^(?:and |or |ok(?:ay)?,? |so |then |well,? |hm+,? )*(?:what|how) about (?P<what>[^?.!,]+)[?.!]*$")
_NO_SUBJECT = re.compile(
    r"\b(?:something|anything|more|less|fewer|other|others|another|different|me|my|her|his|him|you|your|us|our|them"
    r"|these|those|this|that|it|one|ones|in|sizes?|under|over|below|with|without|from|numbers?|the \w+th|both|all"
    r"|deliver(?:y|ies)|shipping|returns?|refunds?|repairs?|exchanges?|hours?|opening|payments?|parking|privacy|rain|weather|sale|discounts?"
    r"|today|tomorrow|now|next|notes?|birthday|clients?|(?!leather|silver|jumper|sweater|loafer|blazer|trainer|sneaker"
    r"|slipper|wrapper|watcher)\w{3,}er)\b"
)
_WHOLE_SHOP = re.compile(
    r"\b(?:you|u|we|they|the (?:shop|boutique|store|house)) (?:have|has|got|sell|sells|carry|carries|stocks?|own)\b"
    r"|\b(?:you|we)(?:'ve| have) got\b"
    r"|\bin (?:the|your|this) (?:whole |entire )?(?:shop|store|boutique|catalogue|range)\b"
    r"|\b(?:the|your) (?:very )?(?:\w+est|(?:most|least) \w+) (?:thing|item|piece|product)\b(?! (?:here|shown|of))"
)
_SHOWN = re.compile(
    r"\b(?:these|those|them|two|three|of the (?:ones|suggestions)|she|he|her|his|my|i|did|buys?|bought)\b"
)
_BOTH_ENDS = re.compile(r"\b(?:cheap|but|and yet|at the same time)\b.*\b(?:most|least|\w+est)\b")
_FIRST = re.compile(
    r"\bwhat (?:would|does|will|might) (?:it|have|need) \w*\s?(?:take|need|happen|change)?\b.*"
    r"\b(?:first|win|lead|top|number one)\b"
    r"|\bwhat (?:would|does) it take (?:for|until|before)\b"
)
_BETWEEN = frozenset(
    (
        "fine then okay let's lets say make it only now please go well alright right so but spend can could want "
        "budget raise limit price keep between euros euro dollars pounds money that's stay total all in again not "
        "nothing no anything everything try range pay would will i'll we'll my her his be is was mean meant actually "
        "rather something one ones"
    ).split()
)
_AGREED = re.compile(r"\b(?:approved?|approval|i approve|confirmed|i confirm)\b", re.IGNORECASE)
_PROPOSAL = re.compile(
    r"\b(?:propos\w+|suggest\w* (?:\w+ )?changes?|changes?|suggestions? (?:from|of) the note|her (?:taste|profile)"
    r"|his (?:taste|profile)|vorschl\w+|propost\w+)\b",
    re.IGNORECASE,
)
_REMOVES = re.compile(
    r"\b(?:remov\w*|delet\w*|eras\w*|tak\w+|took|put|out|off|drop\w*|clear\w*|un\w+|cancel\w*|scratch|kick|strike|cross"
    r"|empty|rid|leave|away|back|basket|cart|trolley|bag|lists?|wish ?-?lists?|saved?|saving|favou?rites?|kept|keep)\b",
    re.IGNORECASE,
)
_WHAT_ELSE = re.compile(
    r"\bwhat else (?:would|might|could|do|have|is|should)\b[^.?!]*\b(?:suits?|fits?|recommend|suggest|go for"
    r"|like|love|for (?:me|her|him|them))\b(?! (?:with|like)\b)"
)
_SOMETHING = re.compile(
    r"^(?:(?:please|ok(?:ay)?|and|so|now|then|well|hm+|yes|no),? )*(?:(?:can|could|would|will) you (?:please )?)?"
    r"(?:(?:show|find|give|get|suggest|recommend)(?: me| us| her| him| them)? )?something (?P<what>[^?.!]+)[?.!]*$"
)
_BY_THE_WAY = re.compile(
    r"\b(?:and|or|but|a bit|a little|rather|really|very|quite|truly|please|instead|today|now"
    r"|(?:for|to) (?:me|her|him|them))\b|,"
)
_OCCASION = re.compile(r"^for (?:[^\W\d]+ ?){1,4}$")
_COMPARED = re.compile(r"\b(?:more|less|fewer|\w{2,}er)\b")
_SUITS = re.compile(r"\bsuits? (?:me|her|him|them|us|you|(?:the|my|this|our) client)\b")
_WHICH_CLIENTS = re.compile(
    r"^(?:and |so |ok(?:ay)?,? )*(?:who|which (?:of (?:my|our) )?clients?)(?: (?:of mine|(?:in|from) my book))? "
    r"(?:speaks?|wears?|collects?|owns?|prefers?|(?:has|have)(?: not|n't| never)? (?:bought|been in)"
    r"|did(?: not|n't) buy)\b"
)
# After these, proposed changes may be open.
_OPENS_PROPOSALS = ("add_note", "decide_proposals", "client_profile", "handover_brief")


def plain_ask(situation: Situation, names: Names, tools: Collection[str], before: str = "") -> str | None:
    """Return the tool that a message asks for in so many words; None where that is a matter of judgement.

    Args:
        situation: The message, in English, and what it is said in.
        names: The boutique's words.
        tools: The tools that can be meant.
        before: What the person said before.
    """
    said = " ".join(situation.message.casefold().replace("’", "'").split())
    suits = _SUITS.search(said) is not None and "why" not in said.split()
    asked = (
        ("find_clients", _WHICH_CLIENTS.search(said) is not None),
        ("recommend", suits and not read_references(situation.message, situation.shown)),
        ("what_would_it_take", _FIRST.search(said) is not None),
        ("search_catalogue", _SELLS.search(said) is not None),
        ("search_catalogue", _asks_for_most(said)),
        ("search_catalogue", _asks_about_another_kind(situation.message, situation.shown, names)),
        ("recommend", _wishes_for_quality(said, situation.shown, names)),
        ("refine", is_bare_price(situation.message)),
        ("search_catalogue", is_bare_price(situation.message) and bool(content_words(before))),
        ("recommend", is_bare_price(situation.message) or _WHAT_ELSE.search(said) is not None),
    )
    return next((tool for tool, holds in asked if holds and tool in tools), None)


def is_bare_price(message: str) -> bool:
    """Whether a message says a price bound and nothing else: "fine, then up to 900 euros"."""
    prices = read_prices(message)
    if prices.low is None and prices.high is None:
        return False
    return set(content_words(message).split()) <= _BETWEEN


def gives_leave(message: str) -> bool:
    """Whether a message gives leave in its own words, which no tool takes: "yes, approved!"."""
    return _AGREED.search(message) is not None and len(message.split()) <= 8


def may_decide_proposals(message: str, after: str) -> bool:
    """Whether a yes or a no can be meant for changes proposed after a note."""
    return after in _OPENS_PROPOSALS or _PROPOSAL.search(message) is not None


def asking_part(message: str) -> str:
    """Return the question of "I was happy with the wool coat. What else would suit me?": the coat is no wish."""
    found = re.search(r"\bwhat else\b", message, re.IGNORECASE)
    return message[found.start() :] if found and _WHAT_ELSE.search(message.casefold()) else message


def may_remove(message: str) -> bool:
    """Whether a piece can be meant to be taken off a list: "I don't want the third" alone is an opinion."""
    return _REMOVES.search(message) is not None


def _wishes_for_quality(said: str, shown: Sequence[str], names: Names) -> bool:
    """Whether something is wished for by its qualities alone: "show me something minimal", "something bold and warm".

    With pieces on show a comparative ("something warmer") changes those; "something warm" is a wish of its own.
    """
    found = _SOMETHING.match(said)
    if found is None:
        return False
    rest, asked = found["what"], []
    for phrase in sorted(names.qualities, key=len, reverse=True):
        if re.search(rf"\b{re.escape(phrase)}\b", rest):
            rest = re.sub(rf"\b{re.escape(phrase)}\b", " ", rest)
            asked.append(phrase)
    left = " ".join(_BY_THE_WAY.sub(" ", rest).split())
    if not asked or (shown and any(_COMPARED.search(phrase) for phrase in asked)):
        return False
    if read_name(left, names.categories) or read_name(left, names.brands) or read_colour(left, names.colours):
        return False
    return not left or (_OCCASION.match(left) is not None and not read_references(left, shown))


def _asks_for_most(said: str) -> bool:
    """Whether the most of something in the whole shop is asked for."""
    if read_superlative(said) is None or _SHOWN.search(said) or _BOTH_ENDS.search(said):
        return False
    return _WHOLE_SHOP.search(said) is not None


def _asks_about_another_kind(message: str, shown: Sequence[str], names: Names) -> bool:
    """Whether something not yet spoken of is named: "what about umbrellas?"."""
    found = _ABOUT.match(" ".join(message.casefold().replace("’", "'").split()))
    if found is None or len(found["what"].split()) > 4:
        return False
    what = found["what"]
    if read_name(what, names.categories) or read_name(what, names.brands):
        return not read_references(what, ()) and not _NO_SUBJECT.search(what)
    if _NO_SUBJECT.search(what) or read_references(what, shown) or not content_words(what):
        return False
    return read_colour(what, names.colours) is None
