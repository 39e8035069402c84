"""Drafts to a client, with what each sentence rests on."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import APIRouter

from ui.web.rules import Rule

RULES: Mapping[tuple[str, str], Rule] = {}
router = APIRouter()
