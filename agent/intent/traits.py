"""What a message says of the piece it looks for beside kind, brand, colour and price: material, season, size, order."""

from __future__ import annotations

import re

from agent.intent.spoken import is_ruled_out

_MATERIALS = (
    "wool merino cashmere alpaca mohair angora silk satin linen cotton velvet denim leather suede calfskin lambskin "
    "tweed corduroy jersey lace tulle chiffon nylon polyester viscose raffia straw canvas shearling fur felt fleece"
).split()
_MATERIAL = re.compile(rf"\b(?:{'|'.join(_MATERIALS)})\b")
_SEASON = re.compile(r"(?<!last )(?<!this )(?<!next )\b(spring|summer|autumn|fall|winter)(?:s|y|'s)?\b(?! sale)")
_LETTER_SIZE = r"x{0,3}s|m|x{0,4}l"
_SIZES = (
    re.compile(rf"\bsizes?:?\s+(\d{{1,3}}(?:[.,]5)?|{_LETTER_SIZE}|small|medium|large)\b"),
    re.compile(r"\b(?:in|a|an)\s+(3[2-9]|4[0-9]|5[0-8])\b(?!\s*(?:€|\$|£|eur|dollars|pounds|%))"),
    re.compile(rf"\bin (?:an? )?({_LETTER_SIZE})\b"),
    re.compile(r"\b(\d{2})[ -]?inch(?:es)?\b"),
)
_WORD_SIZES = {"small": "S", "medium": "M", "large": "L"}
_MOST = re.compile(r"\b(most|least)\s+(?!of\b|part\b|likely\b|people\b|probably\b|items\b|important\b)([a-z-]{4,})\b")
# Words that end like a superlative: endings "-rest", "-gest" and the like are told from "warmest" by this list.
_NO_SUPERLATIVE = frozenset(
    (
        "interest latest nearest honest modest forest harvest request guest contest suggest invest protest arrest west "
        "east rest test vest best chest nest quest digest next manifest tempest conquest bequest inquest finest"
    ).split()
)
_SUPERLATIVE = re.compile(r"\b([a-z]{3,}(?:iest|est))\b")


def read_material(message: str) -> str | None:
    """Return the material that a message asks for; one that it rules out does not count."""
    said = message.casefold()
    return next((found[0] for found in _MATERIAL.finditer(said) if not is_ruled_out(said, found[0])), None)


def read_season(message: str) -> str | None:
    """Return the season that a message asks something for."""
    found = _SEASON.search(message.casefold())
    return ("autumn" if found[1] == "fall" else found[1]) if found else None


def read_size(message: str) -> str | None:
    """Return the size that a message names: "38", "39.5", "M"."""
    said = message.casefold()
    found = next((match[1] for pattern in _SIZES if (match := pattern.search(said))), None)
    return _WORD_SIZES.get(found, found.replace(",", ".").upper()) if found else None


def without_size(message: str) -> str:
    """Return a message without the words that name a size."""
    said = message.casefold()
    found = next((match for pattern in _SIZES if (match := pattern.search(said))), None)
    return f"{said[: found.start()]} {said[found.end() :]}" if found else message


def read_superlative(message: str) -> str | None:
    """Return the words of an order over the whole catalogue: "cheapest", "most formal"."""
    said = message.casefold()
    if found := _MOST.search(said):
        return f"{found[1]} {found[2]}"
    return next((word for word in _SUPERLATIVE.findall(said) if word not in _NO_SUPERLATIVE), None)
