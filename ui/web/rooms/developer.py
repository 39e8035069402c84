"""How a turn came about, which model answers, and the catalogue along its attributes."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import APIRouter

from ui.web.rules import Rule

RULES: Mapping[tuple[str, str], Rule] = {}
router = APIRouter()
