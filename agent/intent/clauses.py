"""The part of a message that is the matter itself: a note without "note that", a fact without "remember that"."""

from __future__ import annotations

import re

from agent.intent.dates import find_date, without_date
from agent.intent.spoken import content_words

_PLEASE = re.compile(
    r"^(?:(?:please|pls|kindly|hey|hi|ok|okay|and|also|can you|could you|would you|will you|you can|i want you to"
    r"|i'd like you to)[\s,]+)+|[\s,]*\b(?:please|pls|thanks|thank you)\s*[.!?]*$",
    re.IGNORECASE,
)
_THAT = r"(?:that|dass|daß|qu['’]|que|che)"
_NOTE_WORD = (
    r"(?:notes?|jot|write|put|mark|record|log|add|document|save|keep|memo|take|make|file|entry|notiz"
    r"|notiere|nota|schreib\w*|ajoute)"
)
_NOTE = (
    re.compile(rf"^[^:]{{0,60}}\b{_NOTE_WORD}\b[^:]{{0,40}}(?::|\s[-–]\s)\s*(?P<rest>.+)", re.IGNORECASE | re.DOTALL),
    re.compile(
        rf"^.{{0,40}}?\b{_NOTE_WORD}\b(?:(?!\b{_THAT}).){{0,40}}?(?:\b{_THAT}\s*|\bsaying\s+(?:that\s+)?)(?P<rest>.+)",
        re.IGNORECASE | re.DOTALL,
    ),
    re.compile(
        r"^(?:(?:for|to|in) (?:her|his|their|the)(?: client)? (?:files?|notes?|records?)\W+)(?P<rest>.+)",
        re.IGNORECASE | re.DOTALL,
    ),
    re.compile(
        r"^(?:(?:make|take|add|write) a note,?\s+|(?:note|record|log|jot down|put down|write down|nota)\s+(?:down\s+)?)"
        r"(?P<rest>.+)",
        re.IGNORECASE | re.DOTALL,
    ),
)
_NOTE_TAIL = re.compile(
    r"(?:[,;.]|\s+-)?\s*\b(?:(?:please )?note (?:it|that|this)(?: down)?|(?:put|write|add) (?:it|that"
    r"|this) (?:down|in|into|to) "
    r"(?:her|his|the|their)(?: client)? (?:notes?|file)|(?:to|in) (?:her|his|the|their)(?: client)? (?:notes?"
    r"|file))\s*[.!]*$",
    re.IGNORECASE,
)
_EMPTY_NOTE = re.compile(
    r"^(?:please |can you |could you )*(?:add|make|take|write|put)?(?: down)? ?(?:a |an |the )?(?:new )?"
    r"(?:note|notiz|nota)"
    r"(?: (?:for|on|about|in|to) (?:her|him|this client|the client|the file|her file|his file))?(?: please)?[.!:]*$",
    re.IGNORECASE,
)
_REMEMBER = (
    re.compile(
        r"^(?:do not forget|don'?t forget|remember|remeber|keep in mind|bear in mind|you should know|just so you know"
        r"|for the record|for your information|just for your information|fyi|know|store|save|note"
        r"|for (?:next time|the future|later)|merk dir|merke dir|retiens|ricorda(?:ti)?|ti)\b\W*(?:(?:that|dass"
        r"|que|che)\b|qu['’])?"
        r"\W*(?P<rest>.+)",
        re.IGNORECASE | re.DOTALL,
    ),
)
_REMEMBER_TAIL = re.compile(
    r"(?:[,;.]|\s+-)?\s*(?:and )?\b(?:(?:please )?(?:remember|store|save|keep|note) (?:it|that|this)(?: (?:please"
    r"|in mind|for next time))*"
    r"|(?:please )?(?:keep|bear) (?:it|that|this) in mind|(?:please )?remember|keep that|btw|by the way)\s*[.!]*$",
    re.IGNORECASE,
)
_FORGET = re.compile(
    r"^(?:(?:please|you can|you may|you need not|i want you to|she asked us to|he asked us to)\s+)*"
    r"(?:forget|forgt|delete|erase|remove|wipe|drop|clear|unlearn|stop (?:remembering|keeping)"
    r"|no longer (?:remember|keep)"
    r"|(?:do not|don'?t|not) (?:remember|keep|store|know)|take|know|oublie[rz]?|efface[rz]?|supprime[rz]?|vergiss"
    r"|lösche|dimentica|cancella)\s+"
    r"(?:everything |all |what )?(?:(?:you|we) (?:know|remember|stored?|kept|keep)|(?:i|she|he) (?:said"
    r"|told (?:you|us))|is stored)?\s*"
    r"(?:the (?:fact|thing|note|bit)s?\s+)?(?:(?:about|on|of|that|que|dass|che)\b|qu['’])?\s*(?P<rest>.+)",
    re.IGNORECASE | re.DOTALL,
)
_AFTER_ALL = re.compile(r"^.*[,;.]\s*(?=(?:please )?forget (?:that|about)\b)", re.IGNORECASE)
_FORGET_TAIL = re.compile(
    r"\s*(?:[,;.]|\b(?:from (?:my|her|his|your|the) (?:file|memory|records?)|any ?more|any longer|out of (?:my|her"
    r"|his) file"
    r"|(?:is|isn'?t|are|has)(?: not| no longer)? (?:true|right|outdated|changed|wrong)[^,;.]*)\b).*$",
    re.IGNORECASE | re.DOTALL,
)
_OWNER = re.compile(
    r"^(?:i said |i told you )?(?:my|her|his|the|their|mon|ma|mes|meine?n?|la mia|il mio|le mie)\s+", re.IGNORECASE
)
_TASK = re.compile(
    r"^(?:(?:please|can you|could you|and)\s+)*(?:(?:re?mi?e?nd|rappelle|ping|erinnere) (?:me|us)(?: again)?"
    r"|remember me"
    r"|(?:don'?t|do not) let (?:me|us) forget|let me|let us|i (?:need|have|want) to|i (?:should|must)"
    r"|have (?:someone|somebody)"
    r"|(?:set|add|create|make|schedule|plan|put|note|book)(?: in)? (?:an?|the|my)? ?(?:follow[- ]?up|reminder|task"
    r"|appointment reminder|diary)?(?: call)?"
    r"|i promised(?: her| him| them)?(?= to\b)"
    r"|follow[- ]?up(?! (?:with|on|about|regarding)\b)|tasks?|reminder|to do|due)\b",  # "follow up with" is the task
    re.IGNORECASE,
)
_JOINER = re.compile(
    r"^(?:\W+|(?:to|that|for|i should|i must|i have to|is|it|then|of|about)\b)+|,? remind me$", re.IGNORECASE
)


def note_text(message: str) -> str | None:
    """Return a note itself: what follows "note that", "add a note:", or stands before "note it"; None without one."""
    if _EMPTY_NOTE.match(message.strip()):
        return None
    said = _PLEASE.sub("", message.strip())
    for pattern in _NOTE:
        if found := pattern.match(said):
            said = found["rest"]
            break
    return _NOTE_TAIL.sub("", said).strip(" ,;") or message


def fact_text(message: str) -> str:
    """Return the fact that is to be remembered, in the person's own words."""
    said = _PLEASE.sub("", message.strip())
    for pattern in _REMEMBER:
        if found := pattern.match(said):
            said = found["rest"]
    return _PLEASE.sub("", _REMEMBER_TAIL.sub("", said)).strip(" ,;.!") or message


def forgotten_text(message: str) -> str:
    """Return words of the fact that is to be forgotten: "shoe size" of "forget my shoe size"."""
    said = _PLEASE.sub("", message.strip())
    if found := _FORGET.match(_AFTER_ALL.sub("", said)):
        said = found["rest"]
    short = _FORGET_TAIL.sub("", said) or said
    return _OWNER.sub("", re.sub(r"^the (?:thing|fact) (?:about|on) ", "", short)).strip(" ,;.!?") or message


def task_text(message: str) -> str:
    """Return what is to be done later, without when."""
    rest = without_date(_PLEASE.sub("", message.strip()))
    for _ in range(2):
        rest = _JOINER.sub("", _TASK.sub("", rest, count=1).strip(" ,;:.-"))
    rest = rest.strip(" ,;:.-?!")
    return rest or without_date(message) or message


_STOP = (
    r"(?=\s+(?:but|and|without|yet|from|last|this|in|before|who|that|or|for|already|recently|lately|ever|by"
    r"|again|with)\b|[,.;?!]|$)"
)
_PIECE = rf"(?:an?\s+|the\s+|any\s+|some\s+|our\s+|one\s+|something\s+)?(?P<piece>[\w&'’ -]{{2,40}}?){_STOP}"
_NEVER = re.compile(
    r"\b(?:never (?:bought|had|owned|got|purchased|ordered)|(?:did not|didn'?t|have not|haven'?t|has not"
    r"|hasn'?t) (?:buy|bought|own|owned|purchased?)"
    r"|(?:but|and|yet) (?:has |have |had |owns? |bought )?(?:no|not|never)(?: bought| yet)?|without|(?:has|have"
    r"|owns?|bought) (?:no|not)|do not own|not)\s+" + _PIECE
)
_BOUGHT = re.compile(
    r"\b(?:bought|purchased|ordered|owns?|collects?|buys? (?!only)"
    r"|(?:has|(?<!i )(?<!we )have|with)(?! (?:never|no|not))"
    r"(?: bought| got| had)?|got)\s+(?:from |by )?" + _PIECE
)
_NO_PIECE = re.compile(r"\b(?:us|tastes?|styles?|eye|look|budget|sizes?|birthday|allerg\w+)\b")
_SAID_OF_CLIENTS = frozenset(
    (
        "client clients customer customers people ladies lady women men somebody anyone everyone everybody book list "
        "look search named called name pull mine called find among filter those give us our who whom whose mr mrs ms "
        "miss collect into known all every other them they has have had owned bought purchased own owns buy without "
        "never but not no last year years someone before names ever yet only and "
        "speak speaks speaking live lives living likes loves prefers mean means things own collects"
    ).split()
)


def bought_pieces(message: str) -> tuple[str | None, str | None]:
    """Return what the clients looked for bought, and what they did not buy."""
    said = message.casefold()
    never = _NEVER.search(said)
    rest = said[: never.start()] + said[never.end() :] if never else said
    bought = _BOUGHT.search(rest)
    return _piece(bought), _piece(never)


def _piece(found: re.Match[str] | None) -> str | None:
    words = content_words(found["piece"]) if found and not _NO_PIECE.search(found["piece"]) else ""
    return words or None


_PERIOD = re.compile(
    r"\b(?:for|in|over|since|within)(?: (?:at least|more than|over|the|last|past))*"
    r" (?P<long>(?:(?:\d{1,3}|(?!last|past)[a-z]+) )?(?:day|week|month|year)s?)\b",
    re.IGNORECASE,
)
_DENIED = re.compile(r"\b(?:not|never|no|nothing)\b|n['’]t\b", re.IGNORECASE)


def client_query(message: str, used: tuple[str | None, ...]) -> str | None:
    """Return what is said of the clients looked for beside their purchases: a name, a size, a taste, how long away.

    Of named pieces no period is read: each line of the answer says when they were bought.
    """
    period = _PERIOD.search(message)
    said = message if period is None else message[: period.start()] + message[period.end() :]
    taken = {word for one in used if one for word in one.split()} | _SAID_OF_CLIENTS
    rest = [word for word in content_words(said).split() if word not in taken and not _DENIED.search(word)]
    if period is not None and not any(used):
        asked = "no purchase for" if _DENIED.search(said) else "a purchase within"
        rest.append(f"{asked} {'' if ' ' in period['long'] else 'a '}{period['long'].casefold()}")
    sizes = re.findall(r"\b(?:3[2-9]|4\d|5[0-8])\b", message)
    return " ".join([*rest, *sizes]) or None


def due_words(message: str) -> str | None:
    """Return the words that say when something is due."""
    date = find_date(message)
    return re.sub(r"^the coming ", "", date.casefold()) if date else None
