# ruff: noqa: E501  (one path, one line: breaking coordinates up helps nobody)
"""Belts, scarves, hats, gloves, sunglasses, watches and umbrellas."""

from __future__ import annotations

from ui.drawings.pen import Pen


def belt(pen: Pen) -> None:
    """Draw a coiled belt with its buckle in front."""
    pen.ground(160, 240, 128)
    pen.body("M50 150 C50 96 270 96 270 150 L270 186 C270 134 50 134 50 186 Z", "dark")
    pen.shade("M66 166 C80 124 240 124 254 166 C240 140 80 140 66 166 Z", 0.3)
    pen.body("M50 150 C50 214 270 214 270 150 L270 186 C270 252 50 252 50 186 Z")
    pen.stitch("M54 162 C66 212 254 212 266 162 M54 186 C66 238 254 238 266 186")
    for x, y in ((92, 208), (110, 214), (128, 218)):
        pen.flat(f"M{x - 3} {y} a3 3.6 0 1 0 6 0 a3 3.6 0 1 0 -6 0 Z", "ink", 0.8)
    pen.part("M206 190 L220 186 L222 236 L208 240 Z", "accent", "accent_dark")
    pen.ring(174, 216, 25, 27, 6.5)
    pen.line("M174 216 L146 216", 6.4, "metal_line")
    pen.line("M176 216 L147 216", 4, "metal_light")


def scarf(pen: Pen) -> None:
    """Draw a looped scarf with fringed ends, or a silk square."""
    if pen.has("silk") or pen.has("square"):
        return _square(pen)
    for x in range(176, 216, 6):
        pen.line(f"M{x} 262 l{(x - 196) / 12:g} 22", 2.6, "dark")
    for x in range(112, 156, 6):
        pen.line(f"M{x} 274 l{(x - 134) / 12:g} 20", 2.6, "base")
    pen.body("M164 128 C182 170 184 214 170 262 L218 264 C224 214 214 160 196 124 Z", "dark")
    pen.body("M138 134 C122 176 112 226 106 272 L158 278 C158 226 168 178 184 140 Z")
    pen.line("M146 160 C138 196 130 238 128 272 M160 164 C152 200 146 240 144 274", 1.5, opacity=0.45)
    pen.body("M160 44 C226 42 252 74 244 106 C234 142 190 160 160 158 C124 158 84 140 76 106 C68 72 98 44 160 44 Z")
    pen.flat(
        "M160 68 C202 68 218 82 212 96 C200 112 180 116 160 116 C140 116 120 112 108 96 C102 82 118 68 160 68 Z", "deep"
    )
    pen.line(
        "M84 98 C100 132 134 142 164 142 C198 140 224 126 238 98 M92 118 C112 142 140 152 166 150", 1.6, opacity=0.5
    )
    pen.line("M104 62 C126 52 194 52 216 62", 1.6, opacity=0.5)


def hat(pen: Pen) -> None:
    """Draw a brimmed hat with a ribbon, or a knitted beanie."""
    if pen.has("beanie"):
        return _beanie(pen)
    pen.ground(160, 232, 138)
    pen.body(
        "M160 176 C238 176 292 188 290 204 C284 226 222 234 160 234 C98 234 36 226 30 204 C28 188 82 176 160 176 Z",
        "dark",
    )
    pen.body(
        "M96 200 C94 150 102 106 118 92 C132 82 146 92 160 96 C174 92 188 82 202 92 C218 106 226 150 224 200 C204 212 116 212 96 200 Z"
    )
    pen.shade("M130 96 C142 118 178 118 190 96 C180 92 170 98 160 98 C150 98 140 92 130 96 Z", 0.25)
    pen.part("M95 176 C118 190 202 190 225 176 L225 200 C202 214 118 214 95 200 Z", "accent", "accent_dark")
    pen.part("M206 180 L226 172 L230 190 L218 192 L228 204 L208 204 Z", "accent", "accent_dark")
    pen.body(
        "M30 204 C36 192 64 184 96 182 C92 200 92 202 96 204 C116 215 204 215 224 204 C228 202 228 196 224 182 C256 184 284 192 290 204 C284 226 222 236 160 236 C98 236 36 226 30 204 Z"
    )


def _beanie(pen: Pen) -> None:
    pen.disc(160, 72, 24, tone="accent_light", outline="accent_dark")
    pen.body("M84 196 C78 124 110 86 160 86 C210 86 242 124 236 196 Z")
    pen.line(
        "M112 190 C108 140 124 104 152 92 M136 190 C134 146 142 110 158 92 M184 190 C186 146 178 110 162 92 M208 190 C212 140 196 104 168 92",
        1.6,
        opacity=0.5,
    )
    pen.part("M76 186 Q160 202 244 186 L246 232 Q160 250 74 232 Z", "dark")
    pen.line(" ".join(f"M{x} 196 V238" for x in range(88, 240, 12)), 1.5, opacity=0.5)


def gloves(pen: Pen) -> None:
    """Draw a pair of gloves, one lying over the other."""
    hand = (
        "M120 258 L116 196 C104 182 92 166 84 150 C80 140 92 132 101 141 L120 160 L116 84 C115 72 130 71 132 83 "
        "L138 132 L142 66 C143 54 158 55 158 67 L158 132 L170 76 C173 65 187 69 185 80 L178 138 L194 100 "
        "C199 90 212 96 208 107 L192 164 C188 184 184 196 182 208 L184 258 Z"
    )
    for transform, tone in (
        ("rotate(16 160 160) translate(38 6)", "dark"),
        ("rotate(-8 160 160) translate(-18 6)", "base"),
    ):
        with pen.moved(transform):
            pen.body(hand, tone)
            pen.line("M130 140 L134 176 M152 138 V176 M172 142 L168 176", 1.6, opacity=0.6)
            pen.part("M114 232 Q150 240 186 232 L188 264 Q150 272 112 264 Z", "accent", "accent_dark")
            pen.stitch("M118 240 Q150 247 183 240", "accent_light")
            if pen.has("buckle") or pen.has("button"):
                pen.button(150, 252, 4.4)


def sunglasses(pen: Pen) -> None:
    """Draw sunglasses from the front, the arms folded behind."""
    pen.ground(160, 222, 128)
    round_lenses = pen.has("round")
    for _ in pen.mirrored():
        pen.band(
            "M272 148 C284 170 262 208 196 214" if round_lenses else "M274 128 C284 150 262 196 196 206", 6, "dark"
        )
    rim = (
        "M224 116 C256 116 274 136 274 162 C274 190 254 210 226 210 C198 210 178 190 178 162 C178 136 194 116 224 116 Z"
        if round_lenses
        else "M176 124 C206 112 252 110 282 122 Q286 132 278 142 C276 180 258 204 228 204 C196 204 178 182 174 146 Q170 132 176 124 Z"
    )
    glass = (
        "M225 126 C250 126 264 142 264 162 C264 184 248 200 226 200 C204 200 188 184 188 162 C188 142 202 126 225 126 Z"
        if round_lenses
        else "M184 134 C208 124 246 122 270 132 C270 170 254 194 228 194 C202 194 188 174 184 134 Z"
    )
    pen.band("M140 138 Q160 124 180 138", 7)
    for _ in pen.mirrored():
        pen.body(rim)
        pen.part(glass, "ink")
        pen.flat(glass, "accent", 0.5)
        pen.shine("M198 140 L216 134 L204 176 Q196 164 194 150 Z", 0.35)
        pen.shine("M224 132 L232 131 L216 188 L210 184 Z", 0.25)
        if not round_lenses:
            pen.disc(277, 130, 3, outline="metal_line")


def watch(pen: Pen) -> None:
    """Draw a wristwatch from the front."""
    for top in (True, False):
        transform = "" if top else "rotate(180 160 160)"
        with pen.moved(transform or "translate(0 0)"):
            pen.body("M134 108 L140 34 Q160 26 180 34 L186 108 Z")
            pen.stitch("M142 100 L147 42 M178 100 L173 42")
            pen.part("M132 92 H188 L190 112 H130 Z", "metal", "metal_line")
    pen.metal("M222 150 H234 Q238 150 238 154 V166 Q238 170 234 170 H222 Z")
    pen.disc(160, 160, 68, outline="metal_line")
    pen.disc(160, 160, 56, tone="ink" if pen.has("dark-dial") else "white", outline="metal_line")
    hand = "white" if pen.has("dark-dial") else "ink"
    for hour in range(12):
        with pen.moved(f"rotate({hour * 30} 160 160)"):
            pen.line("M160 111 V120" if hour % 3 else "M160 110 V124", 2 if hour % 3 else 4, hand, 0.85)
    pen.line("M160 160 L136 138", 5, hand)
    pen.line("M160 160 L184 120", 3.4, hand)
    pen.line("M160 168 V192", 1.6, "accent")
    pen.disc(160, 160, 4.4, outline="metal_line")
    pen.shine("M118 132 C130 112 150 106 166 108 L126 176 C116 164 114 146 118 132 Z", 0.22)
    for y in (56, 268):
        pen.flat(f"M157 {y} a3 3 0 1 0 6 0 a3 3 0 1 0 -6 0 Z", "deep")


def umbrella(pen: Pen) -> None:
    """Draw an open umbrella."""
    pen.line("M160 62 V236 C160 274 206 276 208 244", 9.4, "metal_line")
    pen.line("M160 62 V236", 6, "metal")
    pen.line("M160 228 V236 C160 274 206 276 208 244", 6.4, "accent")
    pen.line("M160 44 V66", 6, "metal_line")
    pen.body(
        "M160 60 C228 60 282 108 286 170 C274 156 254 156 243 172 C230 154 202 154 188 172 C180 158 168 154 160 154 C152 154 140 158 132 172 C118 154 90 154 77 172 C66 156 46 156 34 170 C38 108 92 60 160 60 Z"
    )
    pen.shade("M160 60 C200 80 228 122 243 172 C254 156 274 156 286 170 C282 108 228 60 160 60 Z", 0.14)
    pen.line(
        "M160 60 C116 80 88 122 77 172 M160 60 C144 90 134 130 132 172 M160 60 C176 90 186 130 188 172 M160 60 C204 80 232 122 243 172",
        1.8,
        opacity=0.7,
    )


def _square(pen: Pen) -> None:
    with pen.moved("rotate(-8 160 160)"):
        pen.body("M62 70 Q160 62 258 70 Q264 160 258 250 Q208 256 150 254 L66 178 Q58 120 62 70 Z")
        pen.line("M78 84 Q160 77 243 84 Q248 160 243 236 Q200 241 156 239 L80 171 Q75 126 78 84 Z", 8, "accent", 0.9)
        pen.line("M92 98 Q160 91 229 98 Q234 160 229 222 Q196 227 161 225 L94 165 Q89 132 92 98 Z", 2, "accent", 0.8)
        pen.body("M66 178 C92 184 124 178 140 172 C142 200 144 230 150 254 C120 236 88 206 66 178 Z", "dark")
