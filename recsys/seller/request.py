"""The request that SELLER's language model is given: the same in training and in use, catalogue text made harmless."""

from __future__ import annotations

import re
from dataclasses import dataclass

import prompts

SOFT = "\ue000"  # a private-use character that catalogue text cannot hold; stands where a soft-prompt token goes
_CONTROL = re.compile(r"[<>|\ue000-\uf8ff]+")
LEADS = {
    "feature": "what it shares with a purchase",
    "style": "her taste",
    "occasion": "what it is for",
    "sequence": "the order of her purchases",
    "best": "what matters most",
    "open": "what you see",
}


@dataclass(frozen=True)
class Request:
    """What the language model may read of one case, besides the soft prompt.

    Attributes:
        lead: A key of LEADS: the style of the reason; "best" leaves the style to the model, "open" also the words, as
            in written references.
        purchases: Names of the latest purchases, oldest first.
        item: Name and relevant metadata of the item.
    """

    lead: str
    purchases: tuple[str, ...]
    item: str

    def messages(self) -> list[dict[str, str]]:
        """Return the conversation so far, in the form of a chat template, SOFT where a soft-prompt token goes."""
        content = prompts.render(
            "seller_request.md",
            lead=LEADS[self.lead],
            soft=SOFT,
            purchases=[harmless(name) for name in self.purchases],
            item=harmless(self.item),
        )
        return [{"role": "system", "content": prompts.render("seller_system.md")}, {"role": "user", "content": content}]


def harmless(text: str) -> str:
    """Return catalogue text without what a tokenizer could read as control tokens or soft-prompt places."""
    return " ".join(_CONTROL.sub(" ", text).split())
