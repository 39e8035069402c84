# ruff: noqa: E501  (one path, one line: breaking coordinates up helps nobody)
"""Shirts, knitwear and other tops, laid flat from the front."""

from __future__ import annotations

from ui.drawings.pen import Pen, symmetric

SLEEVE = "M222 80 C240 92 248 116 252 146 L268 236 C260 244 246 246 238 242 L216 150 Z"


def shirt(pen: Pen) -> None:
    """Draw a shirt with collar, placket and cuffs."""
    for _ in pen.mirrored():
        pen.body(SLEEVE)
        pen.body("M234 218 C246 222 258 220 266 212 L270 240 C262 249 246 251 239 246 Z", "light")
        pen.button(252, 234, 2.8)
    pen.body(symmetric("M160 76 L190 60 C208 64 222 74 230 86 L222 130 L226 252 C216 268 190 270 160 268"))
    pen.line("M222 88 C216 102 218 120 222 132 M98 88 C104 102 102 120 98 132", 1.5, opacity=0.6)
    pen.line("M151 92 V267 M169 92 V267", 1.7, opacity=0.75)
    pen.flat("M132 60 Q160 74 188 60 L160 92 Z", "deep")
    for _ in pen.mirrored():
        pen.part("M186 54 C192 58 196 64 197 70 L182 102 L160 84 Z", "light")
        pen.stitch("M187 62 L192 70 L181 93 L168 82", opacity=0.6)
    for y in (106, 134, 162, 190, 218, 246):
        pen.button(160, y, 3.4)
    pen.part("M180 128 H212 V160 L196 168 L180 160 Z", "base")
    pen.stitch("M184 136 H208", opacity=0.7)


def blouse(pen: Pen) -> None:
    """Draw a blouse with full sleeves and a bow at the neck."""
    for _ in pen.mirrored():
        pen.body("M214 78 C244 84 262 120 268 164 C272 196 268 214 258 226 L238 226 C228 204 222 172 214 142 Z")
        pen.line("M226 92 C240 120 250 170 250 222 M220 120 C232 150 242 190 244 222", 1.4, opacity=0.5)
        pen.part("M236 224 H262 L264 244 Q250 250 236 244 Z", "light")
        pen.button(258, 235, 2.6)
    pen.body(
        symmetric("M160 80 L186 66 C202 68 214 74 222 82 L214 142 C214 180 222 220 228 254 C206 268 184 266 160 266")
    )
    pen.line("M116 84 Q110 112 108 140 M204 84 Q210 112 212 140", 1.4, opacity=0.5)
    pen.line("M132 150 C126 186 120 226 116 260 M188 150 C194 186 200 226 204 260 M160 130 V266", 1.4, opacity=0.4)
    pen.part("M130 64 Q160 52 190 64 L192 78 Q160 94 128 78 Z", "light")
    pen.part("M156 86 C140 64 114 72 110 92 C112 110 138 112 156 94 Z", "light")
    pen.part("M164 86 C180 64 206 72 210 92 C208 110 182 112 164 94 Z", "light")
    pen.part("M154 92 C150 122 140 150 128 172 L148 178 C160 150 164 122 163 94 Z", "light")
    pen.part("M166 92 C174 124 184 146 196 164 L178 176 C166 150 158 122 157 94 Z", "light")
    pen.part("M151 80 Q160 76 169 80 L170 99 Q160 104 150 99 Z", "light")


def tee(pen: Pen) -> None:
    """Draw a short-sleeved tee."""
    for _ in pen.mirrored():
        pen.body("M204 66 C226 72 242 84 252 104 L270 142 C258 156 244 162 230 164 L206 122 Z")
        pen.stitch("M227 158 C242 156 256 148 266 137")
    pen.part("M123 64 Q160 74 197 64 C194 88 182 104 160 104 C138 104 126 88 123 64 Z", "deep")
    pen.body(symmetric("M160 100 C182 100 194 86 197 64 C208 66 218 70 224 76 L220 136 L222 256 Q190 262 160 262"))
    pen.line("M124 74 C128 98 144 108 160 108 C176 108 192 98 196 74", 1.6, opacity=0.7)
    pen.stitch("M99 249 Q160 256 221 249")
    if pen.has("pocket"):
        pen.part("M176 130 H206 V160 L191 168 L176 160 Z", "accent", "accent_dark")


def sweater(pen: Pen) -> None:
    """Draw a knitted sweater, with cables unless it has a pattern."""
    _knit_sleeves(pen)
    high = pen.has("turtleneck") or pen.has("rollneck")
    if not high:
        pen.part("M124 62 Q160 72 196 62 C194 86 180 98 160 98 C140 98 126 86 124 62 Z", "deep")
    pen.body(symmetric("M160 92 C180 92 192 80 196 62 C212 66 224 74 230 84 L224 140 L226 240 Q192 246 160 246"))
    if pen.pattern == "plain":
        for x in (128, 160, 192):
            for y in range(112, 236, 18):
                pen.line(
                    f"M{x - 7} {y} Q{x} {y + 5} {x + 7} {y + 16} M{x + 7} {y} Q{x} {y + 5} {x - 7} {y + 16}",
                    1.5,
                    opacity=0.5,
                )
            pen.line(f"M{x - 12} 108 V238 M{x + 12} 108 V238", 1.3, opacity=0.3)
    _rib(pen, "M94 238 Q160 247 226 238 L224 262 Q160 270 96 262 Z", range(104, 222, 9), 243, 263)
    if high:
        _rib(pen, "M128 40 Q160 34 192 40 L197 78 Q160 100 123 78 Z", range(132, 194, 8), 44, 82)
    elif pen.has("v-neck"):
        pen.flat("M126 64 Q160 60 194 64 L160 128 Z", "deep")
        pen.line("M125 64 L160 130 L195 64", 6, "dark")
    else:
        pen.line("M124 68 C128 92 144 102 160 102 C176 102 192 92 196 68", 9, "line")
        pen.line("M124 68 C128 92 144 102 160 102 C176 102 192 92 196 68", 6.4, "dark")


def cardigan(pen: Pen) -> None:
    """Draw a buttoned V-neck cardigan with pockets."""
    _knit_sleeves(pen)
    pen.part("M128 57 Q160 68 192 57 L176 140 L160 156 L144 140 Z", "deep")
    pen.body(symmetric("M162 152 L192 58 C210 62 224 72 230 84 L224 140 L228 246 Q194 252 162 252"))
    _rib(pen, "M92 242 Q160 251 228 242 L226 264 Q160 272 94 264 Z", range(102, 224, 9), 247, 266)
    for _ in pen.mirrored():
        pen.part("M180 196 H214 V234 H180 Z", "base")
        pen.part("M180 196 H214 V205 H180 Z", "dark")
    pen.part(
        "M128 57 L115 62 C120 102 136 138 152 160 V270 Q160 272 168 270 V160 C184 138 200 102 205 62 L192 57 "
        "C186 96 174 132 160 152 C146 132 134 96 128 57 Z"
    )
    for y in (166, 190, 214, 238, 258):
        pen.button(160, y, 4)


def _knit_sleeves(pen: Pen) -> None:
    for _ in pen.mirrored():
        pen.body("M222 78 C242 92 250 118 256 150 L272 232 C262 242 248 244 238 240 L216 150 Z")
        pen.line("M222 88 C216 104 218 126 224 146", 1.5, opacity=0.6)
        _rib(pen, "M236 226 C250 232 262 228 271 220 L275 246 C266 254 250 256 241 251 Z", range(246, 272, 6), 232, 248)


def _rib(pen: Pen, d: str, columns: range, top: float, bottom: float) -> None:
    pen.part(d, "dark")
    pen.line(" ".join(f"M{x} {top} V{bottom}" for x in columns), 1.3, opacity=0.5)
