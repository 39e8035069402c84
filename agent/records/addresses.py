"""Where a record says that a client is reached: addresses and numbers, which are not what the client likes.

They are used to send and shown to whoever serves the client; no text about the client and no model is given them.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

MAIL = ("e-mail address", "email address", "e-mail", "email", "mail")
PHONE = ("mobile", "phone", "telephone", "phone number", "mobile number")
POST = ("address", "postal address", "home address")
NAMES = (*MAIL, *PHONE, *POST)
_SPACES = re.compile(r"[\s_]+")


def plain(name: str) -> str:
    """Return the name of an entry as it is compared: "E-mail_Address" is "e-mail address"."""
    return _SPACES.sub(" ", name).strip().casefold()


def is_address(name: str) -> bool:
    """Whether an entry of this name says where the client is reached."""
    return plain(name) in NAMES


def without(preferences: Mapping[str, str], names: Collection[str] = NAMES) -> dict[str, str]:
    """Return what a record holds beside addresses, or beside those of some names."""
    return {name: value for name, value in preferences.items() if plain(name) not in names}
