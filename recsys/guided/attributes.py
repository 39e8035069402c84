"""Guided attribute sets: named, human-readable qualities with anchors, read from prompts/attributes/*.yaml."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

import prompts
from recsys.data.text_files import check_file
from recsys.errors import InputError

SCALE = (0, 9)
STATE_FROM_AGREEMENT = 0.6  # below this mean test-retest correlation an attribute may rank but not be stated


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Agreement(_Strict):
    """Mean and lowest pairwise Pearson correlation between independent scorings of the same items."""

    mean: Annotated[float, Field(ge=-1, le=1)]
    min: Annotated[float, Field(ge=-1, le=1)]


Phrases = Annotated[tuple[Annotated[str, StringConstraints(min_length=2, max_length=80)], ...], Field(min_length=2)]


class Poles(_Strict):
    """What items at either end of an attribute are like: phrases that complete "This item is ...".

    Each begins with its most telling word, because a language model is asked for that word alone, and says what the
    items are, never what they are not: a sentence encoder does not hear "without".
    """

    low: Phrases
    high: Phrases


class GuidedAttribute(_Strict):
    """One named quality an item is scored on, 0 to 9.

    Attributes:
        anchors: What a score means, keyed by the score ("0", "5", "9", or a span such as "4 to 5").
        low, high: How to say to a client that an item has little or much of it ("understated", "bold"); "" where
            that is no reason anybody would give.
        more, less: Words with which people ask for more or less of it ("more daring"), for critiques.
        poles: Exemplar phrases of both ends for scorers that compare texts; None where there are none.
        agreement: None where the scores are defined by rule and so have no disagreement.
    """

    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_]{1,30}$")]
    anchors: dict[str, str]
    low: str = ""
    high: str = ""
    more: tuple[str, ...] = ()
    less: tuple[str, ...] = ()
    poles: Poles | None = None
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

    @property
    def label(self) -> str:
        """Domain and version as people read them."""
        return f"{self.domain} {self.version}"

    @property
    def scoring_hash(self) -> str:
        """16 hex digits that change with all that can change a score: not with wordings for clients or agreement."""
        content = self.model_dump(mode="json")
        content["attributes"] = [
            {key: one[key] for key in ("name", "anchors", "poles")} for one in content["attributes"]
        ]
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]

    def with_agreement(self, measured: Mapping[str, Agreement]) -> AttributeSet:
        """Return the set with the agreement that a scorer reached; attributes not named keep theirs."""
        changed = (
            one.model_copy(update={"agreement": measured.get(one.name, one.agreement)}) for one in self.attributes
        )
        return self.model_copy(update={"attributes": tuple(changed)})


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


def read_attribute_set(name: str) -> AttributeSet:
    """Read an attribute set by the name of a packaged one ("beauty") or from a file that ends in .yaml.

    Raises:
        InputError: If there is none of that name, or the file is not an attribute set.
    """
    if name.endswith((".yaml", ".yml")):
        path = Path(name)
        check_file(path)
        try:
            return parse_attribute_set(path.read_text(encoding="utf-8-sig"), name)
        except UnicodeDecodeError as error:
            raise InputError(f"{name}: not UTF-8 text; save it as UTF-8") from error
    file = f"attributes/{name}.yaml"
    try:
        text = prompts.load(file) if re.fullmatch(r"[a-z_]+", name) else None
    except FileNotFoundError:
        text = None
    if text is None:
        raise InputError(f"no packaged attribute set {name!r}: name a file that ends in .yaml")
    return parse_attribute_set(text, f"prompts/{file}")


def with_poles(attribute_set: AttributeSet) -> AttributeSet:
    """Return the packaged set of the same domain, version and names where the given one has no poles to score by."""
    if all(one.poles for one in attribute_set.attributes):
        return attribute_set
    try:
        packaged = read_attribute_set(attribute_set.domain)
    except InputError:
        return attribute_set
    same = (packaged.names, packaged.version) == (attribute_set.names, attribute_set.version)
    return packaged if same else attribute_set
