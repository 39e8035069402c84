"""Whether a message asks about somebody whom the person who asks may not ask about: it is answered with no data."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

_KIN = (
    r"(?:friend|neighbou?r|sister|brother|mother|mum|mom|father|dad|daughter|son|wife|husband|partner|boss|cousin"
    r"|aunt|uncle|boyfriend|girlfriend|colleague|ex|roommate|flatmate)"
)
_NAME = r"[A-Z][\w'’-]+(?: (?:van |von |de |da |di )?[A-Z][\w'’-]+)+"
_OTHER = re.compile(
    rf"\b(?i:she|he|her|his|him|hers|their|they|somebody else|someone else|my {_KIN}(?:'s)?)\b"
    rf"|\b(?i:about|of|on|does|did|has|is|for|by|with) {_NAME}|\b{_NAME}(?:['’]s?)? (?i:sizes?|purchases?|notes?|file"
    rf"|wish|address|number|data|basket|profile|has|have|bought|buys?|wears?|likes?|orders?)\b"
)
_ASKED_FOR_ONESELF = re.compile(
    r"\b(?:(?:show|tell|give|read|send|let|get|bring|find|help) me|(?:can|could|may|might|would|do|am) i(?: \w+)? "
    r"(?:see|know|have|look|ask|get|allowed)?|i(?:'d| would)? (?:like|want|need) to (?:see|know|have|look)|i wonder"
    r"|i was wondering|let me (?:see|know))\b",
    re.IGNORECASE,
)
_ONESELF = re.compile(rf"\b(?:me|i|i'm|i've|mine|myself|my(?! {_KIN}\b))\b", re.IGNORECASE)
_DATA = re.compile(
    r"\b(?:sizes?|wear|wears|bought|buys?|purchases?|order(?:s|ed)?|notes? (?:about|on|of|your|the staff)|history|file"
    r"|wish ?list|basket|address|phone|e-?mail address|birthday|spen[dt]s?|taste|profile"
    r"|what (?:does|did) (?:she|he))\b",
    re.IGNORECASE,
)
_COLLEAGUES = re.compile(
    r"\b(?:(?:my |a |the |another |other )colleague'?s? (?:own )?(?:client|customer|book)s?"
    r"|(?:client|customer)s? (?:of|with|looked after by) (?:my |a |another )?(?:colleague|associate|advisor)s?"
    r"|(?:is|are|'s) (?:with|looked after by) (?:my|a|another) (?:colleague|associate|advisor)"
    r"|not (?:in my book|my client|one of mine))\b",
    re.IGNORECASE,
)
_OF_ONE_CLIENT = ("client_profile", "show_saved", "handover_brief")


def is_about_another(message: str, best: str, tools: Collection[str], brands: Sequence[str] = ()) -> bool:
    """Whether a message asks for the data of somebody that it may not be given of.

    A shopper may ask of themselves only; an associate not of a colleague's client, which looking the client up would
    say too: the tool that looks clients up keeps to their own book.

    Args:
        message: The message in English.
        best: The tool that the message seems to ask for, "reply" for none.
        tools: The tools that can be meant; a shopper has none that finds clients.
        brands: Names of the catalogue, which are no people.
    """
    if "find_clients" in tools:
        return best in _OF_ONE_CLIENT and _COLLEAGUES.search(message) is not None
    said = message
    for brand in brands:
        said = re.sub(rf"\b{re.escape(brand)}\b", " ", said, flags=re.IGNORECASE)
    if _OTHER.search(said) is None or _ONESELF.search(_ASKED_FOR_ONESELF.sub(" ", said)):
        return False
    return best in _OF_ONE_CLIENT or (best == "reply" and _DATA.search(said) is not None)
