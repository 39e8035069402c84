# ruff: noqa: E501  (one path, one line: breaking coordinates up helps nobody)
"""Tailored jackets and coats, laid flat from the front."""

from __future__ import annotations

from ui.drawings.pen import Pen, symmetric

SLIM = "translate(19.2 -2) scale(.88 1.02)"  # long coats read as long when they are narrow


def blazer(pen: Pen) -> None:
    """Draw a single-breasted blazer over its lining."""
    _sleeves(pen, 238)
    pen.flat("M130 46 Q160 58 190 46 L168 160 H152 Z", "accent_light")
    pen.line("M160 60 V160", 1.4, "accent_dark", 0.3)
    pen.body("M128 44 C110 50 96 58 90 72 L98 136 L90 258 C112 268 140 270 158 266 C168 246 166 200 160 166 Z")
    pen.body("M192 44 C210 50 224 58 230 72 L222 136 L230 258 C208 268 182 270 164 266 C150 244 152 200 158 166 Z")
    pen.part("M128 44 L114 52 L104 92 L116 98 L110 108 L158 168 C152 130 138 84 128 44 Z", "base")
    pen.part("M192 44 L206 52 L216 92 L204 98 L210 108 L158 168 C168 130 182 84 192 44 Z", "base")
    pen.part("M118 212 L146 216 L145 227 L117 223 Z", "dark")
    pen.part("M202 212 L174 216 L175 227 L203 223 Z", "dark")
    pen.line("M184 134 L208 129", 3.2, "dark")
    pen.line("M132 150 C128 170 126 190 128 214 M188 150 C192 170 194 190 192 214", 1.4, opacity=0.5)
    for y in (182, 206):
        pen.button(160, y, 5)


def coat(pen: Pen) -> None:
    """Draw a long double-breasted coat with wide lapels."""
    with pen.moved(SLIM):
        _coat(pen)


def _coat(pen: Pen) -> None:
    _sleeves(pen, 226)
    pen.flat("M132 38 Q160 50 188 38 L164 118 Z", "accent")
    pen.body("M130 34 C112 40 98 48 92 62 L100 130 L84 288 C112 296 146 297 172 293 L178 134 Z")
    pen.body("M190 34 C208 40 222 48 228 62 L220 130 L236 288 C208 296 188 297 172 293 C176 240 172 190 140 128 Z")
    pen.part("M190 34 L206 40 L226 88 L204 94 L208 106 L142 130 C166 104 182 68 190 34 Z", "base")
    pen.part("M130 34 L114 40 L94 88 L116 94 L112 106 L160 124 C148 100 136 68 130 34 Z", "base")
    pen.line("M142 130 C162 176 174 236 172 292", 2)
    for y in (148, 182, 216):
        pen.button(146 if y > 148 else 144, y, 5)
        pen.button(186, y, 5)
    pen.part("M104 206 L130 212 L128 224 L102 218 Z", "dark")
    pen.part("M216 206 L198 210 L200 222 L218 218 Z", "dark")


def trench(pen: Pen) -> None:
    """Draw a belted trench coat with storm flap and epaulettes."""
    with pen.moved(SLIM):
        _trench(pen)


def _trench(pen: Pen) -> None:
    _sleeves(pen, 222)
    for _ in pen.mirrored():
        pen.part("M236 198 L264 190 L266 200 L238 208 Z", "dark")
    pen.flat("M134 36 Q160 46 186 36 L162 106 Z", "accent")
    pen.body(
        symmetric("M160 70 L190 36 C208 40 222 48 228 62 L214 160 C226 206 240 248 250 284 C220 298 190 298 160 296")
    )
    pen.line("M148 176 C146 216 142 258 140 296", 2)
    pen.line("M188 178 C196 216 208 254 216 290 M126 178 C118 216 108 254 102 290", 1.5, opacity=0.4)
    pen.part("M188 44 C206 46 220 52 228 62 L218 126 C204 132 188 128 176 116 Z", "light")
    pen.stitch("M186 112 C194 122 206 126 213 122", opacity=0.6)
    pen.part("M190 34 L206 40 L218 78 L196 84 L158 128 C174 98 184 66 190 34 Z", "base")
    pen.part("M130 34 L114 40 L102 78 L124 84 L162 128 C146 98 136 66 130 34 Z", "base")
    for x, y in ((140, 130), (180, 130), (144, 198), (182, 198), (140, 232), (184, 232)):
        pen.button(x, y, 4.6)
    for _ in pen.mirrored():
        pen.part("M204 46 L226 58 L222 66 L200 54 Z", "dark")
        pen.button(219, 58, 2.6)
        pen.part("M202 206 L216 202 L224 236 L210 240 Z", "base")
    pen.part("M105 152 Q160 164 215 152 L216 170 Q160 182 104 170 Z", "dark")
    pen.part("M150 166 C146 190 140 210 130 228 L116 222 C128 204 134 186 136 166 Z", "dark")
    pen.part("M140 154 Q160 158 180 155 L181 178 Q160 182 139 178 Z", "dark")
    pen.ring(162, 167, 13, 12, 4.4, "accent")


def parka(pen: Pen) -> None:
    """Draw a hooded parka with a furry edge."""
    _sleeves(pen, 226)
    hood = "M160 20 C196 20 214 50 210 84 C196 102 178 108 160 108 C142 108 124 102 110 84 C106 50 124 20 160 20 Z"
    tufts = "M112 92 C98 78 98 44 114 28 C128 10 192 10 206 28 C222 44 222 78 208 92 C196 82 200 50 188 40 C174 30 146 30 132 40 C120 50 124 82 112 92 Z"
    pen.body(symmetric("M160 84 L204 68 C218 72 228 80 232 90 L222 150 L226 270 Q192 278 160 278"))
    pen.body(hood, "dark")
    pen.flat(
        "M160 38 C184 38 196 58 192 82 C182 94 172 98 160 98 C148 98 138 94 128 82 C124 58 136 38 160 38 Z",
        "accent_light",
        0.9,
    )
    pen.flat(
        "M160 48 C178 48 186 62 184 84 C176 92 168 95 160 95 C152 95 144 92 136 84 C134 62 142 48 160 48 Z", "deep"
    )
    pen.part(tufts, "accent_light", "accent_dark")
    for x, y, lean in (
        (108, 70, -5),
        (110, 48, -6),
        (122, 30, -4),
        (142, 22, -2),
        (160, 19, 0),
        (178, 22, 2),
        (198, 30, 4),
        (210, 48, 6),
        (212, 70, 5),
    ):
        pen.line(
            f"M{x} {y} q{lean} -4 {lean * 1.4} 4 M{x + lean} {y + 9} q{lean} -3 {lean * 1.2} 4", 1.5, "accent_dark", 0.6
        )
    pen.part("M150 104 H170 V278 H150 Z", "base")
    pen.line("M160 106 V277", 2.4, "metal")
    for y in (122, 158, 194, 230, 264):
        pen.disc(154, y, 3, outline="metal_line")
    pen.line("M97 172 Q160 182 223 172", 2.2)
    for _ in pen.mirrored():
        pen.line("M180 180 q5 16 2 26", 2, "accent_dark")
        pen.part("M182 200 H218 V246 Q218 252 212 252 H188 Q182 252 182 246 Z", "base")
        pen.part("M180 196 H220 V212 L200 220 L180 212 Z", "dark")
        pen.disc(200, 211, 2.8, outline="metal_line")


def _sleeves(pen: Pen, end: float) -> None:
    for _ in pen.mirrored():
        pen.body(
            f"M222 60 C240 68 250 92 256 124 L272 {end - 4} C262 {end + 8} 246 {end + 12} 236 {end + 8} L214 140 Z"
        )
        pen.line(f"M238 {end - 8} C250 {end - 8} 262 {end - 14} 269 {end - 20}", 1.5, opacity=0.6)
