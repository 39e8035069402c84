"""Dates, amounts and numbers as a language writes them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from decimal import Decimal

from babel.core import Locale
from babel.dates import format_date
from babel.numbers import format_currency, format_decimal, get_currency_precision


def formats(language: str) -> Mapping[str, Callable[..., str]]:
    """Return filters that write dates, amounts and numbers as a language does."""
    whole = Locale.parse(language).currency_formats["standard"].pattern.replace(".00", "")

    def day(value: dt.date | dt.datetime | str) -> str:
        when = dt.datetime.fromisoformat(value) if isinstance(value, str) else value
        return format_date(when, "d MMMM y" if language == "en" else "long", locale=language)

    def money(minor: int, currency: str) -> str:
        amount = Decimal(minor).scaleb(-get_currency_precision(currency))
        if amount != amount.to_integral_value():
            return format_currency(amount, currency, locale=language)
        return format_currency(amount, currency, whole, language, currency_digits=False)

    def number(value: float) -> str:
        return format_decimal(value, locale=language)

    return {"day": day, "money": money, "number": number}
