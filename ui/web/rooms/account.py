"""What a shopper sees of themselves: purchases, what is remembered, their data."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import APIRouter

from ui.web.rules import Rule

RULES: Mapping[tuple[str, str], Rule] = {}
router = APIRouter()
