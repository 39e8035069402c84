"""What the choice of a tool is learned from: a message as words, as a sentence to embed, and as signs that hold or not.

What varies from shop to shop is put into plain words first, so that what was learned holds for every catalogue.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from agent.intent.dates import find_date
from agent.intent.foreign import in_english
from agent.intent.spoken import mask, read_colour, read_name, read_prices, read_references
from recsys.catalogue import words
from recsys.ranker import FloatArray


class Names(Protocol):
    """The words that a catalogue is asked for by."""

    @property
    def categories(self) -> Sequence[str]:
        """Kinds of item."""
        ...

    @property
    def brands(self) -> Sequence[str]:
        """Brands."""
        ...

    @property
    def colours(self) -> Sequence[str]:
        """Colours."""
        ...

    @property
    def qualities(self) -> Sequence[str]:
        """How people ask for more or less of what items are scored on."""
        ...


@dataclass(frozen=True)
class Situation:
    """A message and what it is said in.

    Attributes:
        message: What the person typed.
        shown: Items on show, by name.
        after: The tool that answered last, "" for none.
    """

    message: str
    shown: tuple[str, ...] = ()
    after: str = ""


@dataclass(frozen=True)
class Features:
    """One message as a model reads it.

    Attributes:
        sentence: In English, brands, figures and names of items masked; to be embedded.
        terms: The same as plain terms parted by spaces, kinds of item and colours masked as well.
        signs: Which of SIGNS hold, float32, (S,).
    """

    sentence: str
    terms: str
    signs: FloatArray


_TERM = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*|[?!:]")
_PERSON = re.compile(r"\b(?:mrs?|ms|miss|mister|madame|mme|herr|frau|signora?)\b\.? [^\W\d_]+", re.IGNORECASE)
_CUES = {
    "why": r"why|how come|justif\w*|explain\w*|what made|thinking behind|logic|grounds|rationale|talk me through",
    "reason": r"reason\w*|explanation|argument|justification|why[- ]text|what you (?:say|said|wrote) (?:about|of|on)",
    "judged": r"wrong|false|incorrect|mistaken?|nonsense|helpful|useful|useless|unhelpful|(?:not|isn't"
    r"|is not) (?:true|right)"
    r"|helped|no use|vague|spot on|convinc\w+|makes? (?:no )?sense",
    "compare": r"compar\w+|versus|vs|differ\w*|side by side|next to (?:each|one)|pros and cons|torn between"
    r"|hesitate\w*",
    "better": r"better|nicer|or|against|between",
    "first place": r"(?:be|come|comes|is|rank\w*|put|puts|isn't|not|of) (?:\w+ ){0,3}(?:first|top|number one)"
    r"|to the top|on top"
    r"|first place|wins?|leads?|lacks?|rank\w*|first (?:pick|choice)|top (?:pick|choice)",
    "condition": r"would (?:it|have|need|make|put|tip|change|bring|push|get)|what if|should (?:be|change)|must"
    r"|under (?:what|which)"
    r"|how (?:far|close|could|would)|what (?:keeps|stops|is missing|separates|prevents)|to see|it take",
    "place": r"wish ?-?li?st\w*|whishlist|basket|cart|trolley|shopping bag|(?:my|the|her|his) (?:bag|list)"
    r"|favou?rites?|bookmark\w*",
    "saved": r"saved?|kept|(?:set|put|lay) (?:\w+ ){0,3}aside|for later|stash|reserve",
    "buy": r"(?:i'?ll|i|she|he|she'll|he'll|will|would like to) (?:buy|take|takes|have|order)|(?:i'm )?buying"
    r"|purchase|order",
    "put": r"add|put|pop|throw|stick|place|mark",
    "out": r"remove\w*|delete\w*|erase\w*|take (?:\w+ ){0,4}(?:out|off)|drop|clear|cross|strike|scratch|get rid"
    r"|unsave|un\w+mark"
    r"|out of|off (?:my|her|his|the)|any ?more|no (?:longer|more)|cancel|wipe",
    "like": r"lov\w+|likes?|liked|ador\w+|beautiful|gorgeous|perfect|lovely|thrilled|great|fancies|heart|raved",
    "dislike": r"hates?|dislikes?|ugly|(?:not|isn't|aren't|doesn't|don't) (?:me|keen|for|her|his|my|like|a fan)"
    r"|nope|never|awful|horrible"
    r"|can't stand|boring|tacky|meh|nah",
    "remember": r"remember\w*|(?:keep|bear) in mind|don'?t forget|for the record|you should know|just so you know"
    r"|for (?:next|the future)"
    r"|store|fyi|for your information|btw",
    "forget": r"forget|unlearn|no longer|(?:stop|don't|do not) (?:remember|keep|stor)\w*|delete|erase|wipe|outdated",
    "personal": r"sizes?|birthday|allerg\w+|anniversary|measurements?|vegan|vegetarian|address|waist|collar"
    r"|ring size|preferences?",
    "self": r"i(?:'m| am| have| wear| never| prefer| hate| like| take| can't)|my",
    "note": r"notes?|jot|write (?:it |this |that )?(?:down|in)|log|files?|record|memo|put (?:it |this )?down|document",
    "proposal": r"propos\w+|suggested changes?|changes? (?:of|to|in) (?:\w+ )?(?:taste|profile)|(?:change"
    r"|leave) (?:her|his) \w+",
    "decide": r"accept\w*|reject\w*|approve|decline|apply|dismiss|discard|refuse|confirm|agree\w*|turn down"
    r"|take (?:them )?over",
    "remind": r"remind\w*|follow(?:ing)?[- ]?ups?|tasks?|schedule|diary|(?:call|get|check) (?:\w+ )?back|ping"
    r"|let me forget|due",
    "write": r"draft\w*|write|compose|prepare|word|rewrite|shorten|drop (?:\w+ )?a line|(?:few|some) lines"
    r"|message her|text (?:her|him)|email",
    "message": r"messages?|e-?mails?|mail|letter|sms|whatsapp|invitation|thank-you|text message|lines",
    "send": r"sen[dt]|dispatch|post|deliver|release|go(?:es)? out|off it goes|submit|forward|fire off|mail it",
    "manner": r"warmer|friendl\w+|personal|polite|pushy|shorter|translate|in (?:french|german|italian|spanish"
    r"|english)|tone|stiff",
    "book": r"look[- ]?books?|booklet|brochure|album|pdf|print\w*|(?:a|one) (?:page|sheet)|mood ?board|style ?book"
    r"|presentation|catalogue i",
    "clients": r"clients|customers|people|my book|ladies|anyone|buyers|takers|book for|among my",
    "client": r"clients?|customer",
    "who": r"who|whom|who'd|whose|which (?:of my |of our )?(?:clients|customers|people|ladies)",
    "bought": r"bought|purchas\w+|owns?|ordered|has (?:no|never|a|got)|history",
    "colleague": r"colleagues?|hand(?:ing)?[- ]?over|(?:take|takes|taking|taken) over|replac\w+|brief\w*|cover"
    r"|pass(?:ing)? (?:\w+ ){1,3}on"
    r"|stand-in|new associate|shift|on leave|up to speed",
    "contact": r"contact\w*|calls?|reach out|outreach|in touch|hear from|phone|ring|neglected|attention|overdue"
    r"|nudge|priorities",
    "outfit": r"outfit|go(?:es)? (?:\w+ )?with|pairs?|match\w*|wear (?:\w+ ){0,3}with|style|the look|combine"
    r"|complete|complements?|accessor\w+"
    r"|round (?:it )?off|around the",
    "similar": r"similar|(?:more|something|anything|one|others?|pieces|items?) (?:\w+ ){0,2}like|resembl\w*"
    r"|same (?:style|genre|spirit|vein)"
    r"|lookalikes?|twin|clos\w+ (?:to|match)|alike|lines of|sibling|comes? near|comparable",
    "change": r"more|less|too|cheaper|other|others|another|different|instead|without|undo|revert|back|nothing from"
    r"|rather|next|else|same but",
    "comparative": r"(?!never|other|another|number|order|her|under|over|after|whether|leather|silver|jumper"
    r"|wrapper|sweater)\w{3,}er",
    "superlative": r"(?:most|least) \w+|(?!best|interest|latest|suggest|request|nearest|guest|west|vest|rest"
    r"|test)\w{3,}est",
    "ask for": r"(?:do|have|would|did) (?:you|u|we)|looking for|find|any|sell|carry|stock|need|search\w*|got any",
    "recommend": r"suggest\w*|recommend\w*|suits? (?:me|her|him)|pick|choose|select\w*|advi[sc]e|inspir\w+|ideas?"
    r"|surprise|trust|inspire",
    "for client": r"for (?:me|her|him|the client|this client)|show (?:her|him)",
    "know": r"know (?:about|of)|tell me about|overview|recap|remember (?:of|what|about)|usually|normally"
    r"|on (?:file|record)|does (?:she|he)",
    "greeting": r"hi|hello|hey|good (?:morning|day|evening|afternoon)|thanks?|thank you|bye|goodbye|cheers|see you",
    "hostile": r"ignore|rules?|instructions|prompt|system|database|all (?:\w+ )?(?:clients|customers|records)"
    r"|other (?:clients|customers)|admin"
    r"|password|pretend|debug|developer",
    "payment": r"pay(?:ment|pal|ing)?|credit card|visa|cash|charge|check ?out|invoice",
    "house": r"opening|hours|shipping|delivery|returns?|parking|parcel|loyalty|gift wrap\w*|data|privacy|allowed"
    r"|permitted|access",
}
_CUE_PATTERNS = tuple(re.compile(rf"\b(?:{pattern})(?!\w)", re.IGNORECASE) for pattern in _CUES.values())
STATES = (
    "items on show",
    "one item meant",
    "several items meant",
    "kind named",
    "kind named, no item meant",
    "brand named",
    "colour named",
    "price bound",
    "date",
    "after a draft",
    "after a note",
    "person named",
    "short",
    "question",
)
SIGNS = (*STATES, *_CUES)


def read_features(situation: Situation, names: Names) -> Features:
    """Return what is learned from, and chosen by, of one message."""
    message = in_english(situation.message, names.brands)
    sentence = _PERSON.sub("the client", mask(message, situation.shown, names.brands))
    states = _states(situation, message, names)
    cues = [pattern.search(message) is not None for pattern in _CUE_PATTERNS]
    return Features(sentence, _terms(sentence, names), np.array([*states, *cues], dtype=np.float32))


def _states(situation: Situation, message: str, names: Names) -> list[bool]:
    shown = situation.shown
    meant = len(read_references(message, shown))
    kind = read_name(message, names.categories) is not None
    prices = read_prices(message)
    return [
        bool(shown),
        meant == 1,
        meant > 1,
        kind,
        kind and not meant,
        read_name(message, names.brands) is not None,
        read_colour(message, names.colours) is not None,
        prices.low is not None or prices.high is not None,
        find_date(message) is not None,
        situation.after == "draft_message",
        situation.after == "add_note",
        _PERSON.search(message) is not None,
        len(message.split()) <= 3,
        "?" in message,
    ]


def _terms(sentence: str, names: Names) -> str:
    kinds = {word for name in names.categories for word in words(name)}
    colours = {word for name in names.colours for word in words(name)}
    text = re.sub(r"\bthat brand\b", "xbrand", re.sub(r"\bnumber 1\b", "xitem", sentence.casefold()))
    return " ".join(_term(found, kinds, colours) for found in _TERM.findall(text))


def _term(found: str, kinds: set[str], colours: set[str]) -> str:
    spelt = words(found)
    if found == "100":
        return "xprice"
    if spelt and spelt[0] in kinds:
        return "xkind"
    return "xcolour" if spelt and spelt[0] in colours else found
