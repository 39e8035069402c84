"""Money as integer minor units: how it is written for people. The only place that formats a price."""

from __future__ import annotations

_EXPONENT = {"JPY": 0, "KRW": 0, "VND": 0, "CLP": 0, "ISK": 0, "KWD": 3, "BHD": 3, "TND": 3}
_SIGN = {"EUR": "€", "GBP": "£", "USD": "$", "JPY": "¥", "CHF": "CHF "}


def exponent(currency: str) -> int:
    """Return how many decimal places a currency's minor unit has (ISO 4217; 2 unless listed)."""
    return _EXPONENT.get(currency, 2)


def format_price(price_minor: int | None, currency: str | None) -> str:
    """Write a price as people read it, for example "€1,250" or "$9.50"; "" without a price."""
    if price_minor is None or currency is None:
        return ""
    places = exponent(currency)
    whole, rest = divmod(price_minor, 10**places)
    sign = _SIGN.get(currency, f"{currency} ")
    return f"{sign}{whole:,}" if rest == 0 else f"{sign}{whole:,}.{rest:0{places}d}"


def to_minor(amount: float, currency: str | None) -> int:
    """Return an amount in major units as minor units, rounded to the nearest."""
    return round(amount * float(10 ** exponent(currency or "EUR")))
