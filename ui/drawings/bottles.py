# ruff: noqa: E501  (one path, one line: breaking coordinates up helps nobody)
"""Bottles, jars and tubes: the thing's colour is what is in them, the accent is the cap."""

from __future__ import annotations

from ui.drawings.pen import Pen, symmetric


def perfume(pen: Pen) -> None:
    """Draw a square flacon with a heavy cap."""
    pen.ground(160, 272, 92)
    pen.part("M132 54 Q132 46 140 46 H180 Q188 46 188 54 V98 H132 Z", "accent", "accent_dark")
    pen.metal("M140 98 H180 V116 H140 Z")
    glass = symmetric("M160 114 L210 116 Q232 118 232 140 L232 248 Q232 268 212 268 L160 268")
    pen.flat(glass, "white", 0.85)
    pen.body(symmetric("M160 150 L220 150 L220 242 Q220 256 206 256 L160 256"))
    pen.line(glass, 2.6, "line")
    pen.shine("M98 130 H112 V254 H104 Q96 254 97 244 Z", 0.65)
    pen.part("M132 182 H188 V226 H132 Z", "white", "dark")
    pen.line("M144 198 H176 M150 210 H170", 2, "ink", 0.6)
    pen.line("M88 150 H100 M220 150 H232", 1.4, "line", 0.5)


def nail_polish(pen: Pen) -> None:
    """Draw a small bottle of lacquer with its tall cap."""
    pen.ground(160, 272, 74)
    pen.part("M136 46 Q137 38 146 38 H174 Q183 38 184 46 L192 160 H128 Z", "accent" if pen.has("cap") else "ink")
    pen.shine("M144 48 H153 L148 154 H136 Z", 0.3)
    pen.metal("M126 158 H194 V172 H126 Z")
    outline = symmetric("M160 170 L194 172 C216 180 226 200 226 222 L226 246 Q226 268 204 268 L160 268")
    pen.body(outline)
    pen.shade("M94 238 Q160 254 226 238 V246 Q226 268 204 268 H116 Q94 268 94 246 Z", 0.2)
    pen.shine("M112 196 Q120 184 130 184 Q118 206 118 250 Q108 250 108 240 Z", 0.5)
    pen.shine("M206 200 Q214 212 214 236 L208 238 Q209 214 202 204 Z", 0.25)


def jar(pen: Pen) -> None:
    """Draw a jar of cream, its lid leaning behind."""
    pen.ground(160, 262, 124)
    pen.disc(214, 134, 64, 62, tone="accent", outline="accent_dark")
    pen.disc(208, 132, 52, 50, tone="accent", outline="accent_dark")
    pen.line("M176 104 C186 92 204 86 220 88", 3, "accent_light", 0.8)
    pen.part("M58 168 C58 148 218 148 218 168 V184 H58 Z", "white")
    pen.flat("M66 166 C72 154 204 154 210 166 C204 180 72 180 66 166 Z", "light")
    pen.part("M92 168 C96 148 120 150 132 138 C138 152 176 152 182 168 C160 178 112 178 92 168 Z", "white")
    pen.line("M112 166 C122 156 140 160 146 152", 2, "dark", 0.5)
    pen.body("M52 182 C80 196 196 196 224 182 L220 238 Q218 258 196 259 H80 Q58 258 56 238 Z")
    pen.part("M92 206 Q138 214 184 206 V236 Q138 244 92 236 Z", "white", "dark")
    pen.line("M108 219 Q138 224 168 219 M120 230 Q138 233 156 230", 1.8, "ink", 0.6)
    pen.shine("M64 192 L74 195 L78 252 Q68 250 66 236 Z", 0.4)


def pump_bottle(pen: Pen) -> None:
    """Draw a bottle with a pump."""
    pen.ground(160, 276, 78)
    pen.part("M152 58 H168 V92 H152 Z", "accent_light", "accent_dark")
    pen.part(
        "M100 54 C104 40 118 36 134 36 H178 Q190 36 190 46 V60 H128 C118 60 112 66 110 76 L98 74 Q97 62 100 54 Z",
        "accent",
        "accent_dark",
    )
    pen.part("M134 88 H186 V118 H134 Z", "accent", "accent_dark")
    pen.line("M144 92 V116 M154 92 V116 M166 92 V116 M176 92 V116", 1.4, "accent_dark", 0.5)
    pen.body(symmetric("M160 116 L190 117 Q214 122 214 150 L214 250 Q214 272 192 272 L160 272"))
    _label(pen, 120, 172, 80, 60)
    pen.shine("M116 140 Q120 128 130 126 V158 H116 Z M116 240 H126 V262 Q116 260 116 250 Z", 0.45)


def bottle(pen: Pen) -> None:
    """Draw a bottle with a flip cap (shampoo, lotion)."""
    pen.ground(160, 276, 80)
    pen.part("M124 58 Q124 50 132 50 H188 Q196 50 196 58 V92 H124 Z", "accent", "accent_dark")
    pen.line("M124 76 H196", 1.8, "accent_dark", 0.7)
    pen.shade("M148 72 H172 V80 H148 Z", 0.3)
    pen.body(symmetric("M160 92 L192 92 C216 106 220 132 218 160 C214 188 214 216 220 250 Q220 272 198 272 L160 272"))
    _label(pen, 122, 150, 76, 78)
    pen.shine("M112 128 Q116 110 128 104 Q122 128 120 146 H110 Z", 0.4)


def spray(pen: Pen) -> None:
    """Draw an aerosol can (hair spray, mist)."""
    pen.ground(160, 278, 66)
    pen.part("M146 40 Q146 34 152 34 H172 Q178 34 178 40 V66 H146 Z", "white", "line")
    pen.flat("M147 44 H154 V52 H147 Z", "ink", 0.6)
    pen.part("M126 90 C126 72 136 64 146 64 H174 C184 64 194 72 194 90 Z", "metal", "metal_line")
    pen.body("M116 96 Q116 88 124 88 H196 Q204 88 204 96 V262 Q204 272 194 273 H126 Q116 272 116 262 Z")
    pen.part("M116 112 H204 V126 H116 Z", "accent", "accent_dark")
    pen.part("M116 238 H204 V250 H116 Z", "accent", "accent_dark")
    _label(pen, 132, 148, 56, 68)
    pen.shine("M124 98 H134 V266 Q124 266 124 258 Z", 0.35)
    for x, y in ((120, 40), (104, 30), (104, 46), (88, 24), (88, 40), (88, 56)):
        pen.shine(f"M{x - 3} {y} a3 3 0 1 0 6 0 a3 3 0 1 0 -6 0 Z", 0.9)


def tube(pen: Pen) -> None:
    """Draw a squeeze tube standing on its cap."""
    pen.ground(160, 280, 70)
    pen.body("M102 46 H218 L204 232 H116 Z")
    pen.part("M100 34 H220 L219 54 H101 Z", "dark")
    pen.line(" ".join(f"M{x} 36 V52" for x in range(108, 218, 8)), 1.4, "line", 0.5)
    pen.part("M116 230 H204 L200 266 Q199 274 192 274 H128 Q121 274 120 266 Z", "accent", "accent_dark")
    pen.line(" ".join(f"M{x} 240 V266" for x in range(130, 196, 10)), 1.4, "accent_dark", 0.5)
    _label(pen, 130, 92, 60, 84)
    pen.shine("M112 62 H124 L132 222 H122 Z", 0.4)


def dropper(pen: Pen) -> None:
    """Draw a serum bottle with its dropper."""
    pen.ground(160, 276, 74)
    pen.part("M146 42 C146 24 174 24 174 42 L178 82 H142 Z", "accent", "accent_dark")
    pen.metal("M134 80 H186 V114 H134 Z")
    pen.line("M142 84 V110 M150 84 V110 M158 84 V110 M166 84 V110 M174 84 V110", 1.4, "metal_line", 0.5)
    glass = symmetric("M160 114 L182 116 C182 130 212 134 212 160 L212 252 Q212 272 192 272 L160 272")
    pen.flat(glass, "light", 0.8)
    pen.body("M108 174 Q160 182 212 174 V252 Q212 272 192 272 H128 Q108 272 108 252 Z")
    pen.part("M154 116 H166 V214 L162 226 H158 L154 214 Z", "white", "line")
    pen.line(glass, 2.4, "line")
    _label(pen, 124, 192, 72, 58)
    pen.shine("M114 162 Q116 150 128 144 V176 H114 Z", 0.6)


def candle(pen: Pen) -> None:
    """Draw a candle in a glass."""
    pen.ground(160, 274, 92)
    pen.flat("M160 46 C186 82 192 98 186 114 C180 130 140 130 134 114 C128 98 142 84 160 46 Z", "metal_light", 0.75)
    pen.flat("M160 66 C174 90 178 102 174 112 C170 122 150 122 146 112 C142 102 150 88 160 66 Z", "white")
    pen.line("M160 108 V142", 3, "ink")
    pen.part("M86 132 C86 118 234 118 234 132 V160 H86 Z", "white", "line")
    pen.part("M94 134 C100 124 220 124 226 134 C220 146 100 146 94 134 Z", "light")
    pen.line("M160 112 V138", 3, "ink")
    pen.body("M84 134 C84 150 236 150 236 134 L234 250 Q232 270 212 271 H108 Q88 270 86 250 Z")
    pen.part("M114 176 Q160 183 206 176 V236 Q160 243 114 236 Z", "white", "dark")
    pen.line("M132 196 Q160 200 188 196 M142 210 Q160 213 178 210 M150 222 Q160 224 170 222", 1.9, "ink", 0.6)
    pen.shine("M94 150 L104 153 L106 262 Q96 258 95 246 Z", 0.4)


def _label(pen: Pen, x: float, y: float, width: float, height: float) -> None:
    pen.part(f"M{x} {y} h{width} v{height} h{-width} Z", "white", "dark")
    middle = x + width / 2
    for share, length in ((0.32, 0.66), (0.52, 0.44), (0.7, 0.54)):
        half = width * length / 2
        pen.line(f"M{middle - half:g} {y + height * share:g} H{middle + half:g}", 1.9, "ink", 0.5)
