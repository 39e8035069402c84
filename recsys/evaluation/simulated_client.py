"""U3: a simulated client who sees titles and reasons, looks, buys one item or none, and then finds out.

Ours, not one of the two methods'. What happens, in this order:

1. **True utility.** Over the item space of `item_space` she wants half her taste (the held-out purchase included) and
   half that purchase; an item's true utility is its likeness to that, in standard deviations of the catalogue, plus
   a part that no data holds (`unseen`). Writers see neither.
2. **Title only.** She sees each candidate through noise of `view_noise` standard deviations on every number, and
   believes the noisy view as far as it deserves: at noise 1, half.
3. **Reason.** She moves what she believes of the item towards what its text says, by `trust`: first towards the item
   that the words bring to mind, as far as they describe any (its title she has read already); then, by a part of
   `trust`, towards purchases of hers that the item is likened to, and less towards those merely named; last, towards
   what the named qualities mean. A true claim moves her to the truth, a false one away from it: nobody tells her
   which is which.
4. **Look, buy, live with it.** She looks at what seems better than nine in ten items of the boutique are for her, and
   buys the best-looking of those, or nothing, which is worth exactly that bar. Then she gets the true utility.

Every system meets the same draws of noise, so that systems differ by their texts alone.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from recsys.evaluation.item_space import ItemSpace
from recsys.evaluation.text_claims import ClaimReader, TextClaims
from recsys.evaluation.utility_choice import Choice, Texts, Values, World, check_aligned
from recsys.ranker import IntArray

# A likeness is in one thing or another, so it says half of what a description says; a name alone half of that.
LIKENESS, NAMING = 0.5, 0.25
BAR = 0.9  # quantile of her true utilities over the catalogue from which an item is worth a look

OUTCOMES = ("click_rate", "conversion", "wrong_acceptance", "lured", "regret", "experienced")


@dataclass(frozen=True)
class Temper:
    """How the simulated client takes what she sees and hears. Set by reason, never fitted; see `sensitivity`.

    Attributes:
        trust: How far a text moves her, 0 (deaf) to 1 (believes anything); .5 weighs it like her own look.
        view_noise: Noise of the title-only view in standard deviations of the catalogue; at 1 a title tells half.
        unseen: Standard deviation of the part of her true utility that no data holds.
        n_draws: Repetitions of the noise for each client.
    """

    trust: float = 0.5
    view_noise: float = 1.0
    unseen: float = 0.5
    n_draws: int = 32

    def __post_init__(self) -> None:
        if not (0 <= self.trust <= 1 and self.view_noise >= 0 and self.unseen >= 0 and self.n_draws >= 1):
            raise ValueError("trust is within 0 and 1, noise is not negative, and there is at least one draw")


@dataclass(frozen=True, eq=False)
class Hearing:
    """What a client hears in the texts of one choice; independent of her temper.

    Attributes:
        picture: Item that each text brings to mind, (C, F).
        clarity: How clear that picture is, 0 to 1, (C,).
        likeness: What the purchases named are like, (C, F).
        related: Strength of that: LIKENESS, NAMING or 0 where none is named, (C,).
        stated: What claimed qualities mean, (C, F); NaN where nothing is claimed.
    """

    picture: Values
    clarity: Values
    likeness: Values
    related: Values
    stated: Values

    def move(self, seen: Values, trust: float) -> Values:
        """Return what she believes of the items after reading, (R, C, F), from what she saw, (R, C, F)."""
        believed = seen + (trust * self.clarity)[:, None] * (self.picture - seen)
        believed = believed + (trust * self.related)[:, None] * (self.likeness - believed)
        return np.where(np.isnan(self.stated), believed, believed + trust * (np.nan_to_num(self.stated) - believed))


class Listener:
    """Hears texts: reads their claims and turns them into what they make a client expect.

    Args:
        world: The boutique.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.space = ItemSpace(world)
        self._reader = ClaimReader(world.catalogue, world.guided.attribute_set)

    def hear_all(self, choices: Sequence[Choice], texts: Texts) -> list[Hearing]:
        """Hear the texts of all choices."""
        check_aligned(choices, texts)
        return [self.hear(choice, some) for choice, some in zip(choices, texts, strict=True)]

    def hear(self, choice: Choice, texts: Sequence[str]) -> Hearing:
        """Hear the texts of one choice's candidates."""
        read = [
            self._reader.read(text, choice.sequence, int(item))
            for text, item in zip(texts, choice.candidates, strict=True)
        ]
        self.world.encode([one.rest for one in read])  # together, which is faster than one at a time
        pictures = [self.space.imagine(one.rest) for one in read]
        related = [self._related(one) for one in read]
        return Hearing(
            picture=np.stack([picture for picture, _ in pictures]),
            clarity=np.array([clarity for _, clarity in pictures]),
            likeness=np.stack([likeness for likeness, _ in related]),
            related=np.array([strength for _, strength in related]),
            stated=np.stack([self._stated(one) for one in read]),
        )

    def _related(self, claims: TextClaims) -> tuple[Values, float]:
        items = self.space.items
        if claims.likened:
            return items[list(claims.likened)].mean(axis=0), LIKENESS
        if claims.named:
            return items[list(claims.named)].mean(axis=0), NAMING
        return np.zeros(items.shape[1]), 0.0

    def _stated(self, claims: TextClaims) -> Values:
        stated = np.full(self.space.items.shape[1], np.nan)
        for column, side in claims.qualities:
            stated[column] = self.space.claimed[column, 0 if side > 0 else 1]
        return stated


@dataclass(frozen=True, eq=False)
class Outcomes:
    """What became of each client, means over her draws, float64, (U,).

    Attributes:
        click_rate: Share of the candidates that she looked at.
        conversion: She bought the held-out purchase.
        wrong_acceptance: She bought another candidate.
        lured: The text made her buy another candidate, and she got less than without it: over-trust.
        regret: Utility of the best she could have done minus what she got.
        experienced: True utility of what she got, in standard deviations of the catalogue; "total utility".
    """

    click_rate: Values
    conversion: Values
    wrong_acceptance: Values
    lured: Values
    regret: Values
    experienced: Values

    def as_dict(self) -> dict[str, Values]:
        """Return the arrays by name, in the order of OUTCOMES."""
        return {name: getattr(self, name) for name in OUTCOMES}


def simulate(
    choices: Sequence[Choice],
    heard: Sequence[Hearing] | None,
    space: ItemSpace,
    temper: Temper | None = None,
    seed: int = 0,
) -> Outcomes:
    """Let every client choose.

    Args:
        choices: U clients before C candidates.
        heard: What each hears of her candidates, from `Listener.hear_all`; None for no texts at all.
        space: The space that the listener hears in.
        temper: How clients take what they hear.
        seed: Of all noise, together with the client's id: the same for every system.
    """
    temper = temper or Temper()
    if heard is not None and len(heard) != len(choices):
        raise ValueError(f"{len(choices)} choices, but {len(heard)} were heard")
    rows = [
        _live(choice, space, heard[index] if heard is not None else None, temper, seed)
        for index, choice in enumerate(choices)
    ]
    return Outcomes(*np.array(rows, dtype=np.float64).reshape(len(rows), len(OUTCOMES)).T)


def _live(choice: Choice, space: ItemSpace, hearing: Hearing | None, temper: Temper, seed: int) -> list[float]:
    """Return one client's outcomes, means over her draws, in the order of OUTCOMES."""
    rng = np.random.default_rng([seed, zlib.crc32(choice.client_id.encode())])
    shape = (temper.n_draws, len(choice.candidates))
    wanted = space.wishes(choice.sequence, choice.target)
    everything = space.items[1:] @ wanted
    middle, spread = everything.mean(), everything.std() or 1.0
    bar = float(np.quantile((everything - middle) / spread, BAR))
    items = space.items[choice.candidates]
    true = (items @ wanted - middle) / spread + temper.unseen * rng.standard_normal(shape)
    view = items + temper.view_noise * rng.standard_normal((*shape, items.shape[1]))
    seen = view / (1.0 + temper.view_noise**2)  # posterior mean, as items have mean 0 and variance 1
    alone = _decide((seen @ wanted - middle) / spread, bar)
    appeal = alone if hearing is None else _decide((hearing.move(seen, temper.trust) @ wanted - middle) / spread, bar)
    looked, bought = appeal
    got, got_alone = _worth(true, bought, bar), _worth(true, alone[1], bar)
    wrong = (bought >= 0) & (bought != choice.true)
    best = np.maximum(true.max(axis=1), bar)
    columns = (looked, bought == choice.true, wrong, wrong & (got < got_alone), best - got, got)
    return [float(np.mean(column)) for column in columns]


def _worth(true: Values, bought: IntArray, bar: float) -> Values:
    """Return the true utility of what she bought, (R,); nothing is worth the bar."""
    return np.where(bought < 0, bar, np.take_along_axis(true, np.maximum(bought, 0)[:, None], axis=1)[:, 0])


def _decide(appeal: Values, bar: float) -> tuple[Values, IntArray]:
    """Return which candidates she looks at, (R, C), and which one she buys, (R,); -1 for none."""
    looked = appeal > bar
    best = appeal.argmax(axis=1)
    return looked.astype(np.float64), np.where(looked.any(axis=1), best, -1)
