"""How a message to a client is to be worded: tone, language, channel, each in the words it was asked for."""

from __future__ import annotations

import re

_ADJECTIVES = (
    "warm friendly formal informal casual personal polite playful elegant neutral professional relaxed discreet "
    "cordial enthusiastic serious brief short concise festive light cheerful respectful pushy stiff"
).split()
_COMPARATIVES = "warmer friendlier shorter briefer lighter softer politer kinder simpler".split()
_TONE_WORD = rf"(?:{'|'.join([*_COMPARATIVES, *_ADJECTIVES])})"
_TONE = re.compile(rf"\b(?:(?:more|less|too|not so|not too)\s+)?{_TONE_WORD}(?:(?:,| and| but)?\s+{_TONE_WORD})*\b")
_TOO = re.compile(r"^(?:too|not so|not too)\s+")
_MEANT = {"less stiff": "less formal", "less pushy": "more neutral", "kinder": "warmer", "softer": "warmer"}
_SHORTEN = re.compile(r"\bshorten\b")
_LANGUAGES = (
    "english french german italian spanish portuguese dutch danish swedish norwegian finnish polish russian japanese "
    "chinese mandarin arabic turkish korean greek czech"
).split()
_LANGUAGE = re.compile(rf"\b({'|'.join(_LANGUAGES)})\b")
_CHANNELS = (
    ("WhatsApp", re.compile(r"\bwhats ?app\b")),
    (
        "text message",
        re.compile(
            r"\b(?:sms|text messages?|texts?\b(?=\s+(?:her|him|them|the client|mrs?|ms|to|for|instead|now))"
            r"|as a text)\b"
        ),
    ),
    ("letter", re.compile(r"\b(?:letter|leter|card by post|by post)\b")),
    ("e-mail", re.compile(r"\b(?:e-?mails?|mail)\b")),
)


def read_tone(message: str) -> str | None:
    """Return the tone that is asked for: "warmer", "more formal"; "too stiff" asks for "less stiff"."""
    said = message.casefold()
    if _SHORTEN.search(said):
        return "shorter"
    found = _TONE.search(said)
    return _MEANT.get(asked := _TOO.sub("less ", found[0]), asked) if found else None


def read_language(message: str) -> str | None:
    """Return the language that is asked for: "French"."""
    found = _LANGUAGE.search(message.casefold())
    return found[1].capitalize() if found else None


def read_channel(message: str) -> str | None:
    """Return how the message is to reach the client: "e-mail", "text message", "WhatsApp" or "letter"."""
    said = message.casefold()
    return next((channel for channel, pattern in _CHANNELS if pattern.search(said)), None)
