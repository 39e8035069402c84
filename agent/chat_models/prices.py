"""What chat models cost: prices per million tokens, from a file of the boutique's own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from recsys.errors import InputError


class Price(BaseModel):
    """What a model costs per million tokens."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    input: float = Field(ge=0)
    cached_input: float = Field(ge=0)
    output: float = Field(ge=0)
    currency: str = Field(pattern="^[A-Z]{3}$")

    def of(self, n_read: int, n_cached: int, n_written: int) -> float:
        """Return what one call costs; `n_cached` of the tokens read came from the server's cache."""
        fresh = n_read - n_cached
        return (fresh * self.input + n_cached * self.cached_input + n_written * self.output) / 1e6


Prices = Mapping[str, Price]
_PRICES = TypeAdapter(dict[str, Price])
NO_PRICES: Prices = {}


def read_prices(path: Path | None) -> Prices:
    """Read the prices of models.

    Args:
        path: A YAML file, for each model's name its prices: "openai:NAME: {input: 1.0, cached_input: 0.5, output: 2.0,
            currency: EUR}"; None where no price is known.

    Raises:
        InputError: If there is no such file or it has another form.
    """
    if path is None:
        return NO_PRICES
    try:
        return _PRICES.validate_python(yaml.safe_load(path.read_text(encoding="utf-8")) or {})
    except OSError:
        raise InputError(f"the prices (CLIENTELLER_PRICES) cannot be read from {str(path)!r}: check the path") from None
    except (yaml.YAMLError, UnicodeDecodeError):
        raise InputError(
            f"{str(path)!r} is no YAML: give prices as MODEL: {{input, cached_input, output, currency}}"
        ) from None
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(step) for step in first["loc"])
        raise InputError(f"{str(path)!r}, {place}: {first['msg']}") from None


def price_of(backend: str, prices: Prices) -> Price | None:
    """Return the price of a backend's model, None where it is not known; a name may end in its server's."""
    return prices.get(backend) or prices.get(backend.rpartition("@")[0])
