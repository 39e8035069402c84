"""One client as the staff see them."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import APIRouter

from ui.web.rules import Rule

RULES: Mapping[tuple[str, str], Rule] = {}
router = APIRouter()
