"""Small ornaments that any silhouette can carry: where they sit, and how each is drawn."""

from __future__ import annotations

from collections.abc import Callable

from ui.drawings.pen import Pen

# x, y of the ornament's middle, and its half width; a silhouette without an entry carries none.
ANCHORS: dict[str, tuple[float, float, float]] = {
    "tote": (160, 186, 22),
    "clutch": (160, 184, 20),
    "weekender": (160, 206, 18),
    "pouch": (160, 200, 20),
    "wallet": (112, 190, 15),
    "card-case": (160, 224, 14),
    "hat": (216, 188, 19),
    "scarf": (116, 128, 15),
    "pump": (104, 216, 14),
    "sandal": (100, 214, 12),
    "loafer": (148, 212, 13),
    "boot": (196, 184, 12),
    "dress-slip": (160, 116, 12),
    "dress-wrap": (176, 110, 13),
    "dress-gown": (184, 122, 18),
    "swimsuit": (160, 138, 13),
    "skirt": (188, 76, 13),
    "sweater": (194, 112, 13),
    "cardigan": (204, 112, 12),
    "tee": (192, 122, 14),
    "blazer": (204, 96, 11),
    "coat": (202, 84, 11),
}


def add_ornaments(pen: Pen, silhouette: str) -> None:
    """Draw the ornaments that the specification asks for, where the silhouette has a place for one."""
    if silhouette not in ANCHORS:
        return
    x, y, size = ANCHORS[silhouette]
    for name, motif in MOTIFS.items():
        if pen.has(name):
            with pen.moved(f"translate({x:g} {y:g}) scale({size / 20:g})"):
                motif(pen)
            return


def _bow(pen: Pen) -> None:
    pen.part("M-2 4 L-12 26 L-2 24 L4 6 Z M2 4 L12 26 L2 24 L-4 6 Z", "accent", "accent_dark")
    pen.part("M0 0 C-10 -14 -28 -18 -28 -8 V8 C-28 18 -10 14 0 0 Z", "accent", "accent_dark")
    pen.part("M0 0 C10 -14 28 -18 28 -8 V8 C28 18 10 14 0 0 Z", "accent", "accent_dark")
    pen.disc(0, 0, 6, 7, tone="accent", outline="accent_dark")


def _flower(pen: Pen) -> None:
    for turn in range(0, 360, 60):
        with pen.moved(f"rotate({turn})"):
            pen.part("M0 0 C-12 -8 -10 -24 0 -24 C10 -24 12 -8 0 0 Z", "accent", "accent_dark")
    for turn in range(30, 390, 72):
        with pen.moved(f"rotate({turn}) scale(.62)"):
            pen.part("M0 0 C-12 -8 -10 -24 0 -24 C10 -24 12 -8 0 0 Z", "accent_light", "accent_dark")
    pen.disc(0, 0, 5, outline="metal_line")


def _stone(pen: Pen) -> None:
    pen.disc(0, 0, 20, 17, outline="metal_line")
    pen.part("M-14 0 L-7 -11 H7 L14 0 L7 11 H-7 Z", "accent", "accent_dark")
    pen.shine("M-7 -11 H7 L3 -3 H-3 Z M-14 0 L-7 -11 L-3 -3 Z", 0.6)


def _pearl(pen: Pen) -> None:
    for x, y, r in ((-12, 4, 9), (12, 4, 9), (0, -4, 11)):
        pen.disc(x, y, r, tone="white")
        pen.shine(f"M{x - 5} {y - 3} q2 -4 6 -3 q-4 1 -5 5 Z", 0.95)


def _buckle(pen: Pen) -> None:
    pen.line("M-16 -13 H16 V13 H-16 Z", 8.4, "metal_line")
    pen.line("M-16 -13 H16 V13 H-16 Z", 5.4, "metal")
    pen.line("M-16 0 H14", 5.4, "metal_line")
    pen.line("M-16 0 H14", 3, "metal_light")


def _tassel(pen: Pen) -> None:
    pen.disc(0, -12, 6, tone="accent", outline="accent_dark")
    pen.part("M-7 -7 H7 L12 34 Q0 39 -12 34 Z", "accent", "accent_dark")
    pen.line("M-5 0 L-7 33 M0 0 V35 M5 0 L7 33", 1.2, "accent_dark", 0.7)
    pen.metal("M-7 -7 H7 V0 H-7 Z")


def _print(pen: Pen) -> None:
    pen.disc(0, 0, 21, 21, tone="accent", outline="accent_dark")
    pen.flat("M0 -13 L4 -4 L13 0 L4 4 L0 13 L-4 4 L-13 0 L-4 -4 Z", "accent_light")


MOTIFS: dict[str, Callable[[Pen], None]] = {
    "bow": _bow,
    "ribbon": _bow,
    "flower": _flower,
    "stone": _stone,
    "pearl": _pearl,
    "buckle": _buckle,
    "tassel": _tassel,
    "print": _print,
}
