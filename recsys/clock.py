"""The time, for whoever was given no other clock."""

from __future__ import annotations

import datetime as dt


def now() -> dt.datetime:
    """Return the present moment, in UTC."""
    return dt.datetime.now(dt.UTC)
