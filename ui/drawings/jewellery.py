# ruff: noqa: E501  (one path, one line: breaking coordinates up helps nobody)
"""Jewellery: the thing's colour is its metal, the accent is its stone."""

from __future__ import annotations

import math

from ui.drawings.pen import Pen


def ring(pen: Pen) -> None:
    """Draw a ring with a cut stone."""
    pen.ground(160, 272, 70)
    pen.ring(160, 196, 66, 68, 13, "base")
    pen.line("M104 176 C110 148 132 134 150 132", 3, "light")
    pen.line("M216 224 C206 246 186 258 164 259", 3, "dark", 0.7)
    if pen.has("signet"):
        pen.part(
            "M108 146 C116 120 128 108 138 104 H182 C192 108 204 120 212 146 C196 134 180 130 160 130 C140 130 124 134 108 146 Z",
            "base",
        )
        pen.disc(160, 106, 40, 26, tone="light")
        pen.disc(160, 106, 31, 19, tone="base")
        pen.line("M160 94 L166 103 L178 106 L166 109 L160 118 L154 109 L142 106 L154 103 Z", 1.8)
        return
    pen.part("M132 118 L142 136 H178 L188 118 Z", "dark")
    _gem(pen, 160, 88, 1.0)


def _gem(pen: Pen, x: float, y: float, scale: float) -> None:
    with pen.moved(f"translate({x} {y}) scale({scale})"):
        pen.part("M-42 -14 L-24 -36 H24 L42 -14 L0 42 Z", "accent", "accent_dark")
        pen.shine("M-24 -36 L-14 -14 H-42 Z M24 -36 H-24 L-14 -14 H14 Z", 0.45)
        pen.shine("M-14 -14 H14 L0 42 Z", 0.22)
        pen.flat("M14 -14 H42 L0 42 Z", "accent_dark", 0.28)
        pen.line(
            "M-42 -14 H42 M-24 -36 L-14 -14 L0 42 M24 -36 L14 -14 L0 42 M-14 -14 L0 -36 L14 -14",
            1.5,
            "accent_dark",
            0.75,
        )


def necklace(pen: Pen) -> None:
    """Draw a fine chain with a pendant, or a string of pearls."""
    if pen.has("pearl") or pen.has("pearls"):
        for step in range(29):
            angle = math.radians(34 + step * (292 / 28))
            size = 7.5 + 5.5 * (1 - abs(step - 14) / 14)
            pen.disc(160 + 92 * math.sin(angle), 152 - 104 * math.cos(angle), size, tone="white")
            pen.shine(
                f"M{157 + 92 * math.sin(angle):.1f} {148 - 104 * math.cos(angle):.1f} q2 -4 5 -2 q-3 1 -5 2 Z", 0.9
            )
        return
    pen.line("M74 44 C60 150 118 220 160 222 C202 220 260 150 246 44", 5.4, "line")
    pen.line("M74 44 C60 150 118 220 160 222 C202 220 260 150 246 44", 3, "base")
    for step in range(1, 40):
        t = step / 40
        y = _bezier(min(t, 1 - t) * 2, (44, 150, 220, 222))
        x = _bezier(t * 2, (74, 60, 118, 160)) if t < 0.5 else 320 - _bezier((1 - t) * 2, (74, 60, 118, 160))
        pen.disc(x, y, 2.8, tone="light")
    pen.ring(160, 229, 5, 6, 2.6, "base")
    if pen.has("locket") or pen.has("disc"):
        pen.disc(160, 258, 24, tone="base")
        pen.disc(160, 258, 13, tone="light")
    else:
        pen.part(
            "M160 234 C178 256 184 264 184 274 C184 290 173 300 160 300 C147 300 136 290 136 274 C136 264 142 256 160 234 Z",
            "base",
        )
        pen.part(
            "M160 250 C171 264 175 269 175 276 C175 286 168 292 160 292 C152 292 145 286 145 276 C145 269 149 264 160 250 Z",
            "accent",
            "accent_dark",
        )
        pen.shine("M152 270 Q154 262 160 256 Q158 268 156 280 Q150 278 152 270 Z", 0.55)


def _bezier(t: float, p: tuple[float, float, float, float]) -> float:
    return (1 - t) ** 3 * p[0] + 3 * (1 - t) ** 2 * t * p[1] + 3 * (1 - t) * t**2 * p[2] + t**3 * p[3]


def earrings(pen: Pen) -> None:
    """Draw a pair of drop earrings, hoops or studs."""
    for x in (100, 220):
        with pen.moved(f"translate({x - 160} 0)"):
            if pen.has("hoop") or pen.has("hoops"):
                pen.ring(160, 178, 46, 54, 9, "base")
                pen.line("M126 150 C132 136 144 128 154 126", 2.6, "light")
                pen.disc(160, 120, 8, tone="accent", outline="accent_dark")
            elif pen.has("stud") or pen.has("studs"):
                pen.disc(160, 160, 38, tone="white" if pen.has("pearl") else "base")
                if pen.has("pearl"):
                    pen.shine("M138 150 Q144 134 160 134 Q148 142 144 158 Z", 0.95)
                else:
                    _gem(pen, 160, 160, 0.62)
            else:
                pen.line("M152 84 C146 60 172 52 174 74 C175 90 160 92 160 108", 5, "line")
                pen.line("M152 84 C146 60 172 52 174 74 C175 90 160 92 160 108", 2.8, "base")
                pen.disc(160, 122, 13, tone="base")
                pen.disc(160, 122, 6.5, tone="accent", outline="accent_dark")
                pen.ring(160, 140, 4, 5, 2.2, "base")
                pen.part(
                    "M160 144 C182 176 196 196 196 214 C196 236 180 250 160 250 C140 250 124 236 124 214 C124 196 138 176 160 144 Z",
                    "base",
                )
                pen.part(
                    "M160 172 C174 192 182 204 182 216 C182 230 172 238 160 238 C148 238 138 230 138 216 C138 204 146 192 160 172 Z",
                    "accent",
                    "accent_dark",
                )
                pen.shine("M146 212 Q148 198 158 184 Q158 202 152 224 Q145 220 146 212 Z", 0.5)


def bracelet(pen: Pen) -> None:
    """Draw a charm bracelet lying on the table, or a cuff."""
    pen.ground(160, 236, 118)
    if pen.has("cuff") or pen.has("bangle"):
        pen.body("M62 146 C62 96 258 96 258 146 L258 176 C258 130 62 130 62 176 Z", "dark")
        pen.body("M62 146 C62 206 258 206 258 146 L258 186 C258 248 62 248 62 186 Z")
        pen.line("M66 158 C78 210 242 210 254 158", 1.8, opacity=0.6)
        _gem(pen, 160, 212, 0.36)
        return
    links = 26
    for index in sorted(range(links), key=lambda i: math.sin(2 * math.pi * i / links)):
        angle = 2 * math.pi * index / links
        x, y = 160 + 100 * math.cos(angle), 160 + 52 * math.sin(angle)
        turn = math.degrees(math.atan2(52 * math.cos(angle), -100 * math.sin(angle)))
        with pen.moved(f"translate({x:.1f} {y:.1f}) rotate({turn:.1f})"):
            pen.ring(0, 0, 12, 7 if index % 2 else 5, 4, "base" if y > 140 else "dark")
    for x, y, tone in ((118, 214, "accent"), (160, 222, "base"), (202, 214, "accent")):
        pen.line(f"M{x} {y - 10} V{y + 8}", 3, "line")
        if tone == "accent":
            pen.disc(x, y + 18, 11, tone="accent", outline="accent_dark")
            pen.shine(f"M{x - 6} {y + 14} q2 -5 7 -5 q-3 4 -4 8 Z", 0.6)
        else:
            pen.part(
                f"M{x} {y + 40} C{x - 26} {y + 22} {x - 14} {y + 4} {x} {y + 14} C{x + 14} {y + 4} {x + 26} {y + 22} {x} {y + 40} Z",
                "base",
            )
