# ruff: noqa: E501  (one path, one line: breaking coordinates up helps nobody)
"""Bags and small leather goods."""

from __future__ import annotations

from ui.drawings.pen import Pen, symmetric


def tote(pen: Pen) -> None:
    """Draw an open bag with two long handles."""
    pen.ground(160, 270, 118)
    pen.band("M122 130 C122 44 198 44 198 130", 7, "accent_dark")
    pen.flat("M88 128 L232 128 L228 142 L92 142 Z", "deep")
    pen.body(symmetric("M160 132 L236 126 L252 254 Q253 266 242 267 L160 267"))
    pen.shade(symmetric("M160 238 L249 232 L252 254 Q253 266 242 267 L160 267"))
    pen.stitch("M90 141 H230")
    pen.line("M73 236 Q160 243 247 236")
    pen.band("M110 176 V128 C110 30 210 30 210 128 V176", 8.5, "accent")
    for x in (110, 210):
        pen.part(f"M{x - 9} 150 H{x + 9} V186 L{x} 197 L{x - 9} 186 Z", "accent", "accent_dark")
        pen.disc(x, 178, 3.4, outline="metal_line")
        pen.stitch(f"M{x - 5} 154 V184 L{x} 190 L{x + 5} 184 V154", "accent_light")


def shoulder_bag(pen: Pen) -> None:
    """Draw a flap bag on a chain or strap."""
    pen.ground(160, 262, 108)
    if pen.has("chain"):
        _chain(pen)
    else:
        pen.band("M82 148 C78 22 242 22 238 148", 9, "accent")
        pen.stitch("M82 148 C78 22 242 22 238 148", "accent_light", 0.6)
    pen.body(symmetric("M160 142 L232 140 Q244 141 246 154 L254 240 Q255 258 238 259 L160 259"))
    pen.shade("M68 236 Q160 250 252 236 L254 246 Q254 258 238 259 H82 Q66 258 66 246 Z", 0.14)
    pen.body(
        symmetric("M160 134 L230 134 Q245 135 246 152 C248 188 226 214 160 217"), "light" if pen.has("flap") else "base"
    )
    pen.stitch("M82 152 C80 184 104 205 160 208 C216 205 240 184 238 152")
    pen.metal("M146 200 Q146 195 151 195 H169 Q174 195 174 200 V223 Q174 228 169 228 H151 Q146 228 146 223 Z")
    pen.flat("M155 205 H165 V217 Q160 222 155 217 Z", "metal_line", 0.55)
    for x in (82, 238):
        pen.ring(x, 144, 7, 7, 3.4)


def _chain(pen: Pen) -> None:
    for step in range(25):
        angle = step / 24
        x = 82 + 156 * angle
        y = 148 - 400 * angle * (1 - angle) * 1.06
        pen.ring(x, y, 6 if step % 2 else 3.6, 4.4, 2.4)


def clutch(pen: Pen) -> None:
    """Draw an envelope clutch with a wrist loop."""
    pen.ground(160, 243, 116)
    pen.band("M258 140 C292 156 304 214 286 228 C268 236 264 190 258 146", 5, "accent")
    pen.body("M58 124 Q58 114 68 114 H252 Q262 114 262 124 V226 Q262 236 252 236 H68 Q58 236 58 226 Z")
    pen.shade("M58 214 H262 V226 Q262 236 252 236 H68 Q58 236 58 226 Z", 0.14)
    pen.line("M62 232 L124 172 M258 232 L196 172", 1.6, opacity=0.5)
    pen.body("M60 118 Q62 112 70 112 H250 Q258 112 260 118 L170 190 Q160 197 150 190 Z")
    pen.stitch("M72 121 L154 184 Q160 188 166 184 L248 121")
    pen.disc(160, 183, 11, outline="metal_line")
    pen.disc(160, 183, 5, tone="metal_light", outline="metal_line")


def backpack(pen: Pen) -> None:
    """Draw a backpack from the front."""
    pen.ground(160, 272, 96)
    pen.band("M138 66 C138 36 182 36 182 66", 8, "accent")
    for _ in pen.mirrored():
        pen.band("M98 118 C64 140 62 214 88 248", 11, "accent_dark")
    pen.body(symmetric("M160 60 L186 60 C222 62 234 92 234 132 L238 246 Q239 269 216 269 L160 269"))
    pen.line("M98 98 C116 78 204 78 222 98", 2.2)
    pen.body(symmetric("M160 184 L208 184 Q216 184 216 192 L219 244 Q219 256 206 256 L160 256"), "dark")
    pen.stitch("M114 194 H206 M112 250 H208", opacity=0.6)
    pen.body(symmetric("M160 78 L196 80 C214 86 220 108 221 132 Q222 152 206 156 C192 160 176 161 160 161"))
    pen.stitch("M110 134 Q111 146 124 149 Q160 154 196 149 Q209 146 210 134")
    for x in (130, 190):
        pen.part(f"M{x - 8} 140 H{x + 8} V202 L{x} 210 L{x - 8} 202 Z", "accent", "accent_dark")
        pen.metal(f"M{x - 11} 168 H{x + 11} V186 H{x - 11} Z")
        pen.flat(f"M{x - 6} 172 H{x + 6} V182 H{x - 6} Z", "accent_dark")


def weekender(pen: Pen) -> None:
    """Draw a travel bag with two handles and leather ends."""
    pen.ground(160, 266, 132)
    pen.band("M118 154 C118 66 202 66 202 154", 7, "accent_dark")
    outline = symmetric("M160 126 L222 128 C254 130 270 148 274 180 L280 244 Q281 263 262 263 L160 263")
    pen.body(outline)
    with pen.clipped("bag", outline):
        for _ in pen.mirrored():
            pen.part("M30 110 H84 C72 160 66 220 66 270 H30 Z", "accent", "accent_dark")
            pen.stitch("M79 128 C69 170 62 220 61 262", "accent_light")
        pen.shade("M30 246 H290 V270 H30 Z", 0.2)
    pen.line("M88 140 Q160 133 232 140", 4.5, "deep")
    pen.line("M88 140 Q160 133 232 140", 2, "metal")
    pen.band("M108 257 V160 C108 46 212 46 212 160 V257", 9, "accent")
    for x in (108, 212):
        pen.stitch(f"M{x} 176 V258", "accent_light")
        pen.disc(x, 184, 3.4, outline="metal_line")
        pen.disc(x, 250, 3.4, outline="metal_line")
    pen.line("M214 108 L226 150", 2, "accent_dark")
    pen.part("M217 148 L237 146 L241 182 Q232 190 221 184 Z", "accent", "accent_dark")
    pen.flat("M222 155 L233 154 L235 174 L225 175 Z", "white", 0.85)


def wallet(pen: Pen) -> None:
    """Draw a fold wallet with notes and cards looking out."""
    pen.ground(160, 246, 112)
    pen.part("M78 92 H238 V170 H78 Z", "white")
    pen.line("M92 104 H224", 1.6, "dark", 0.35)
    pen.part("M92 106 H250 V180 H92 Z", "accent_light")
    pen.body("M62 122 Q62 112 72 112 H246 Q256 112 256 122 V228 Q256 238 246 238 H72 Q62 238 62 228 Z", "dark")
    pen.part("M100 118 H238 V160 H100 Z", "accent")
    pen.flat("M112 128 H134 V142 H112 Z", "metal", 0.9)
    pen.body("M62 132 Q62 126 70 126 Q160 134 248 126 Q256 126 256 134 V230 Q256 242 244 242 H74 Q62 242 62 230 Z")
    pen.stitch("M70 136 Q160 143 248 136 V228 Q248 234 242 234 H76 Q70 234 70 228 Z")
    pen.part("M256 168 H224 Q210 168 210 183 Q210 198 224 198 H256 Z", "accent", "accent_dark")
    pen.disc(225, 183, 6.4, outline="metal_line")
    pen.line("M88 214 H122", 2.4, "metal")


def card_case(pen: Pen) -> None:
    """Draw a card case with slanted slots and two cards."""
    pen.ground(160, 252, 94)
    with pen.moved("rotate(-5 160 170)"):
        pen.part("M96 84 Q96 78 102 78 H222 Q228 78 228 84 V150 H96 Z", "accent_light")
        pen.flat("M96 94 H228 V108 H96 Z", "ink", 0.5)
        pen.part("M88 106 Q88 100 94 100 H222 Q228 100 228 106 V170 H88 Z", "white")
        pen.metal("M102 114 H126 V130 H102 Z")
        pen.line("M142 118 H206 M142 127 H190", 2, "dark", 0.4)
    pen.body(
        "M82 140 Q82 132 90 132 H142 Q148 132 150 138 Q160 152 170 138 Q172 132 178 132 H230 Q238 132 238 140 V236 Q238 248 226 248 H94 Q82 248 82 236 Z"
    )
    pen.stitch("M90 142 V234 Q90 240 96 240 H224 Q230 240 230 234 V142")
    pen.line("M84 176 L236 164", 2.2)
    pen.line("M84 206 L236 194", 2.2)
    pen.shade("M84 206 L236 194 V199 L84 211 Z", 0.2)
    pen.shade("M84 176 L236 164 V169 L84 181 Z", 0.2)
    pen.line("M196 228 H218", 2.4, "metal")


def pouch(pen: Pen) -> None:
    """Draw a zipped pouch with a wrist loop."""
    pen.ground(160, 252, 108)
    pen.band("M80 132 C40 150 26 216 46 232 C64 240 74 190 80 136", 5.5, "accent")
    pen.body(symmetric("M160 124 L232 124 Q242 124 243 134 C250 164 256 198 252 226 Q249 247 226 248 L160 248"))
    pen.shade("M67 222 Q160 246 253 222 Q252 246 226 248 H94 Q68 246 67 222 Z", 0.16)
    pen.part("M76 126 Q76 116 86 116 H234 Q244 116 244 126 V138 H76 Z", "accent", "accent_dark")
    pen.line("M84 127 H236", 4.6, "metal_line")
    pen.line("M84 127 H236", 2, "metal_light")
    pen.line("M100 142 Q102 170 94 188 M220 142 Q218 170 226 188", 1.8, opacity=0.55)
    pen.metal("M222 121 H240 V133 H222 Z")
    pen.line("M234 132 L246 152", 2.4, "metal_line")
    _tassel(pen, 248, 150)


def _tassel(pen: Pen, x: float, y: float) -> None:
    with pen.moved(f"translate({x} {y})"):
        pen.disc(0, 4, 5, tone="accent", outline="accent_dark")
        pen.part("M-6 9 H6 L10 46 Q0 50 -10 46 Z", "accent", "accent_dark")
        pen.line("M-5 14 L-6 45 M-1 14 V47 M3 14 L5 46", 1.2, "accent_dark", 0.7)
        pen.metal("M-6 9 H6 V15 H-6 Z")
