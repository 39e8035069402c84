"""Guided attribute sets: named, human-readable qualities with anchors, read from prompts/attributes/*.yaml."""

from __future__ import annotations

from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from recsys.errors import InputError

SCALE = (0, 9)
STATE_FROM_AGREEMENT = 0.6  # below this mean test-retest correlation an attribute may rank but not be stated


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Agreement(_Strict):
    """Mean and lowest pairwise Pearson correlation between independent scorings of the same items."""

    mean: Annotated[float, Field(ge=-1, le=1)]
    min: Annotated[float, Field(ge=-1, le=1)]


class GuidedAttribute(_Strict):
    """One named quality an item is scored on, 0 to 9.

    Attributes:
        anchors: What a score means, keyed by the score ("0", "5", "9", or a span such as "4 to 5").
        low, high: How to say to a client that an item has little or much of it ("understated", "bold"); "" where
            that is no reason anybody would give.
        more, less: Words with which people ask for more or less of it ("more daring"), for critiques.
        agreement: None where the scores are defined by rule and so have no disagreement.
    """

    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_]{1,30}$")]
    anchors: dict[str, str]
    low: str = ""
    high: str = ""
    more: tuple[str, ...] = ()
    less: tuple[str, ...] = ()
    agreement: Agreement | None = None

    @property
    def statable(self) -> bool:
        """Whether the attribute may be named in a reason shown to a client."""
        return self.agreement is None or self.agreement.mean >= STATE_FROM_AGREEMENT

    @property
    def label(self) -> str:
        """The name as people read it."""
        return self.name.replace("_", " ")


class AttributeSet(_Strict):
    """The guided attributes of one domain, in the fixed order of the guided embedding's columns."""

    domain: str
    version: int = 1
    scale: tuple[int, int] = SCALE
    stance: str
    attributes: tuple[GuidedAttribute, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Attribute names in column order."""
        return tuple(attribute.name for attribute in self.attributes)


def parse_attribute_set(text: str, source: str) -> AttributeSet:
    """Read an attribute set from YAML.

    Args:
        text: The YAML document.
        source: Where it came from, for the error message.

    Raises:
        InputError: If it is not YAML or not an attribute set.
    """
    try:
        return AttributeSet.model_validate(yaml.safe_load(text))
    except yaml.YAMLError as error:
        raise InputError(f"{source}: not YAML ({str(error).splitlines()[0]}); fix the file and run again") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise InputError(f"{source}: {where or 'document'}: {first['msg']}; see prompts/attributes/") from error
