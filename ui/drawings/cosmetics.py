# ruff: noqa: E501  (one path, one line: breaking coordinates up helps nobody)
"""Make-up, soap, brushes, hair tools, and the wrapped box that stands for anything else."""

from __future__ import annotations

from ui.drawings.pen import Pen, symmetric


def lipstick(pen: Pen) -> None:
    """Draw an open lipstick beside its cap."""
    case = ("accent", "accent_dark") if pen.has("case") else ("ink", "ink")
    pen.ground(166, 272, 104)
    pen.body("M106 116 C106 92 132 60 152 54 Q158 54 158 62 V150 H106 Z")
    pen.shade("M106 116 C118 124 146 100 157 60 L158 62 V82 C148 108 122 130 106 124 Z", 0.2)
    pen.metal("M100 146 H164 V196 H100 Z")
    pen.line("M100 156 H164", 1.6, "metal_line", 0.5)
    pen.part("M92 192 H172 V262 Q172 270 164 270 H100 Q92 270 92 262 Z", *case)
    pen.shine("M100 198 H110 V264 H100 Z M106 150 H113 V192 H106 Z", 0.35)
    pen.part("M190 158 Q190 146 202 146 H240 Q252 146 252 158 V262 Q252 270 244 270 H198 Q190 270 190 262 Z", *case)
    pen.metal("M190 250 H252 V262 Q252 270 244 270 H198 Q190 270 190 262 Z")
    pen.shine("M198 156 H208 V246 H198 Z", 0.3)


def compact(pen: Pen) -> None:
    """Draw an open powder compact with its mirror."""
    pen.ground(160, 272, 116)
    pen.disc(160, 112, 86, 84, tone="accent", outline="accent_dark")
    pen.disc(160, 112, 72, 70, tone="white", outline="accent_dark")
    pen.flat("M160 42 A72 70 0 0 1 232 112 A72 70 0 0 1 160 182 A72 70 0 0 1 88 112 A72 70 0 0 1 160 42 Z", "disc")
    pen.shine("M112 92 L152 48 L172 46 L100 132 Z M108 146 L186 52 L196 56 L116 156 Z", 0.8)
    pen.metal("M136 188 H184 V200 H136 Z")
    pen.part("M68 226 C68 188 252 188 252 226 V240 C252 280 68 280 68 240 Z", "accent", "accent_dark")
    pen.disc(160, 226, 90, 34, tone="accent_light", outline="accent_dark")
    with pen.moved("translate(0 0)"):
        pen.body("M84 226 A76 26 0 1 0 236 226 A76 26 0 1 0 84 226 Z")
    for turn in range(-2, 3):
        pen.line(f"M160 240 Q{160 + turn * 16} 226 {160 + turn * 20} {212 + abs(turn) * 3}", 1.7, opacity=0.6)


def palette(pen: Pen) -> None:
    """Draw an eyeshadow palette with four pans."""
    pen.ground(160, 268, 120)
    pen.part("M62 56 Q62 48 70 48 H250 Q258 48 258 56 V138 H62 Z", "accent", "accent_dark")
    pen.flat("M74 60 H246 V132 H74 Z", "disc")
    pen.shine("M96 126 L150 64 H172 L118 126 Z M136 126 L190 64 H198 L144 126 Z", 0.8)
    pen.part("M56 140 H264 L272 252 Q272 264 260 264 H60 Q48 264 48 252 Z", "accent", "accent_dark")
    for x, tone in ((72, "light"), (119, "base"), (166, "dark"), (213, "deep")):
        pen.part(f"M{x} 156 h38 v56 h-38 Z", tone)
        pen.shine(f"M{x + 4} 160 h12 l-12 22 Z", 0.35)
    pen.line("M76 240 H216", 7, "ink")
    pen.part("M212 234 L240 228 Q250 240 240 252 L212 246 Z", "base")


def mascara(pen: Pen) -> None:
    """Draw a mascara tube and its wand."""
    pen.ground(150, 276, 84)
    pen.part("M92 118 Q92 110 100 110 H140 Q148 110 148 118 V262 Q148 272 138 272 H102 Q92 272 92 262 Z", "base")
    pen.metal("M100 92 H140 V112 H100 Z")
    pen.shine("M100 118 H110 V266 H102 Z", 0.35)
    pen.line("M120 150 V240", 2, "metal_light", 0.7)
    with pen.moved("rotate(14 214 160)"):
        pen.line("M210 132 V210", 5.4, "ink")
        pen.part("M190 40 Q190 30 200 30 H220 Q230 30 230 40 V132 H190 Z", "base")
        pen.metal("M192 128 H228 V142 H192 Z")
        pen.part("M202 196 Q210 190 218 196 L222 256 Q210 274 198 256 Z", "ink", "ink")
        for y in range(198, 262, 7):
            pen.line(f"M194 {y} L226 {y + 5}", 2, "ink")
        pen.shine("M197 40 H205 V126 H197 Z", 0.35)


def lashes(pen: Pen) -> None:
    """Draw a pair of false lashes on their card."""
    pen.body("M70 78 Q70 66 82 66 H238 Q250 66 250 78 V246 Q250 258 238 258 H82 Q70 258 70 246 Z")
    for top in (92, 172):
        pen.part(f"M88 {top} H232 V{top + 62} H88 Z", "white", "dark")
        for step in range(15):
            x = 104 + step * 8
            y = top + 40 - 22 * (step / 14) * (1 - step / 14)
            lean = (step - 4) * 1.5
            pen.line(f"M{x} {y:.1f} q{lean * 0.2:.1f} 12 {lean:.1f} 19", 1.8, "ink")
        pen.line(f"M104 {top + 40} Q160 {top + 29} 216 {top + 40}", 3.4, "ink")
    pen.line("M136 163 H184", 2.4, "seam")


def hair(pen: Pen) -> None:
    """Draw a tress of hair tied with a ribbon (wigs, extensions)."""
    pen.body(
        "M136 54 C116 60 112 84 120 104 C96 140 84 190 104 238 C112 262 132 280 158 292 C148 272 148 254 158 238 "
        "C164 262 180 276 204 282 C190 262 196 244 206 222 C226 180 220 134 200 104 C208 84 204 60 184 54 Q160 46 136 54 Z"
    )
    pen.line(
        "M132 112 C112 154 106 204 124 250 M146 114 C130 160 126 206 146 262 M164 114 C160 152 152 196 158 238",
        1.8,
        opacity=0.5,
    )
    pen.line("M178 112 C186 152 180 200 170 236 M192 112 C206 152 206 196 192 236", 1.8, opacity=0.5)
    pen.line("M138 60 C132 74 132 86 138 96 M160 54 V94 M182 60 C188 74 188 86 182 96", 1.6, opacity=0.5)
    pen.part("M118 92 Q160 106 202 92 L203 112 Q160 126 117 112 Z", "accent", "accent_dark")
    pen.part("M160 108 L124 90 Q114 110 124 130 Z M160 108 L196 90 Q206 110 196 130 Z", "accent", "accent_dark")
    pen.disc(160, 109, 9, tone="accent", outline="accent_dark")


def pencil(pen: Pen) -> None:
    """Draw two cosmetic pencils, one with its cap off."""
    for turn, shift, tone in ((-34, -6, "dark"), (-18, 26, "base")):
        with pen.moved(f"rotate({turn} 160 160) translate({shift} 0)"):
            pen.body("M146 86 H174 V276 Q160 284 146 276 Z", tone)
            pen.shine("M150 90 H157 V274 H150 Z", 0.35)
            pen.metal("M145 236 H175 V248 H145 Z")
            pen.part("M146 88 L156 44 H164 L174 88 Q160 96 146 88 Z", "accent_light", "line")
            pen.part("M153.6 54 L156 40 Q160 28 164 40 L166.4 54 Q160 58 153.6 54 Z", tone)


def soap(pen: Pen) -> None:
    """Draw a bar of soap with a paper band and bubbles."""
    pen.ground(160, 248, 122)
    pen.part("M54 178 Q54 238 84 240 H236 Q266 238 266 178 Z", "dark")
    pen.body(
        "M54 170 C54 134 84 124 112 122 H208 C236 124 266 134 266 170 C266 206 236 214 208 216 H112 C84 214 54 206 54 170 Z"
    )
    pen.part("M120 120 H200 L204 240 H116 Z", "white", "dark")
    pen.disc(160, 168, 26, 24, tone="white", outline="dark")
    pen.line("M160 154 C172 162 172 174 160 182 C148 174 148 162 160 154 Z", 2, "base")
    pen.line("M128 206 H192 M140 218 H180", 1.9, "ink", 0.5)
    pen.shine("M72 152 C80 142 92 136 108 135 C92 146 82 158 78 172 Q70 164 72 152 Z", 0.55)
    for x, y, r in ((228, 96, 18), (256, 116, 10), (206, 84, 8), (84, 100, 12), (64, 116, 6)):
        pen.shine(f"M{x - r} {y} a{r} {r} 0 1 0 {2 * r} 0 a{r} {r} 0 1 0 {-2 * r} 0 Z", 0.65)
        pen.line(f"M{x - r} {y} a{r} {r} 0 1 0 {2 * r} 0 a{r} {r} 0 1 0 {-2 * r} 0 Z", 1.3, "dark", 0.5)


def brush(pen: Pen) -> None:
    """Draw a make-up brush."""
    with pen.moved("rotate(34 160 160)"):
        pen.part("M151 158 H169 L173 236 Q172 292 160 300 Q148 292 147 236 Z", "accent", "accent_dark")
        pen.shine("M154 164 H159 L158 284 Q152 270 151 240 Z", 0.35)
        pen.metal("M142 112 Q160 108 178 112 L170 164 H150 Z")
        pen.line("M144 124 Q160 121 176 124 M148 154 H172", 1.6, "metal_line", 0.6)
        pen.body("M143 114 C118 84 116 44 136 26 Q160 8 184 26 C204 44 202 84 177 114 Q160 108 143 114 Z")
        pen.line(
            "M148 110 C136 84 134 54 142 34 M156 109 C150 84 150 50 154 24 M164 109 C170 84 170 50 166 24 M172 110 C184 84 186 54 178 34",
            1.4,
            opacity=0.45,
        )


def hair_brush(pen: Pen) -> None:
    """Draw a paddle brush."""
    with pen.moved("rotate(28 160 160)"):
        pen.body("M146 170 H174 L178 280 Q176 304 160 304 Q144 304 142 280 Z")
        pen.body("M160 8 C204 8 222 36 222 88 C222 146 204 178 160 182 C116 178 98 146 98 88 C98 36 116 8 160 8 Z")
        pen.part(
            "M160 22 C194 22 208 44 208 88 C208 134 194 162 160 166 C126 162 112 134 112 88 C112 44 126 22 160 22 Z",
            "accent_light",
        )
        for row in range(8):
            for column in range(5):
                x, y = 132 + column * 14 + (row % 2) * 3, 42 + row * 15
                if abs(x - 160) < 40:
                    pen.flat(f"M{x - 2.4:g} {y} a2.4 2.4 0 1 0 4.8 0 a2.4 2.4 0 1 0 -4.8 0 Z", "ink", 0.8)
        pen.flat("M156 286 a4 4 0 1 0 8 0 a4 4 0 1 0 -8 0 Z", "deep")


def hair_dryer(pen: Pen) -> None:
    """Draw a hair dryer."""
    pen.body("M150 164 L196 160 L212 264 Q212 278 198 280 H176 Q164 280 162 268 Z", "dark")
    pen.line("M190 280 C192 300 230 300 252 288", 5, "ink")
    pen.part("M166 194 H188 V222 H168 Z", "accent", "accent_dark")
    pen.body("M96 84 H196 C238 84 264 102 264 130 C264 158 238 176 196 176 H96 C84 150 84 110 96 84 Z")
    pen.part("M54 92 L98 82 V178 L54 168 Q46 130 54 92 Z", "ink", "ink")
    pen.disc(226, 130, 25, 28, tone="accent", outline="accent_dark")
    pen.line("M214 114 H238 M209 124 H243 M209 136 H243 M214 146 H238", 2.4, "accent_dark", 0.8)
    pen.shine("M104 94 H190 Q206 94 214 98 L208 106 Q200 104 190 104 H104 Z", 0.4)


def hair_iron(pen: Pen) -> None:
    """Draw a hair straightener, half open."""
    pen.line("M244 250 C262 276 280 254 296 276", 5, "ink")
    for turn, tone in ((22, "dark"), (40, "base")):
        with pen.moved(f"translate(8 -14) rotate({turn} 232 252)"):
            pen.body("M60 236 Q44 250 60 268 L226 270 Q250 268 250 252 Q250 238 226 236 Z", tone)
            pen.part("M58 238 Q50 252 58 266 L140 267 V237 Z", "accent", "accent_dark")
            pen.shine("M64 242 H214 V248 H62 Z", 0.4)
    pen.disc(240, 238, 7, outline="metal_line")


def comb(pen: Pen) -> None:
    """Draw a comb."""
    with pen.moved("rotate(-24 160 160)"):
        for x in range(52, 268, 10):
            pen.part(f"M{x} 150 h6 V214 q-3 10 -6 0 Z", "base")
        pen.body("M38 128 Q38 110 60 108 H260 Q282 110 282 128 V152 Q282 160 272 160 H48 Q38 160 38 152 Z")
        pen.shine("M50 118 H268 V124 H50 Z", 0.4)


def hair_clip(pen: Pen) -> None:
    """Draw a claw clip."""
    for _ in pen.mirrored():
        for x in (176, 200, 224, 246):
            drop = 232 - (x - 176) * 0.42
            pen.part(
                f"M{x - 8} 150 C{x - 6} 190 {x - 18} {drop - 22:g} {x - 24} {drop:g} C{x + 2} {drop - 14:g} {x + 12} 186 {x + 12} 150 Z",
                "base",
            )
    pen.body(
        "M160 92 C212 92 256 108 266 138 C270 160 244 170 216 168 H104 C76 170 50 160 54 138 C64 108 108 92 160 92 Z"
    )
    pen.part("M128 96 C120 66 138 54 150 62 L154 96 Z M192 96 C200 66 182 54 170 62 L166 96 Z", "dark")
    pen.shine("M84 124 C104 108 140 104 166 106 L160 114 C132 112 108 118 92 132 Z", 0.45)


def nail_file(pen: Pen) -> None:
    """Draw a nail file and a buffer."""
    with pen.moved("rotate(-38 160 160)"):
        pen.body("M52 116 Q36 130 52 146 H268 Q284 130 268 116 Z")
        pen.part("M52 116 Q36 130 52 146 H160 V116 Z", "accent_light")
        pen.line("M60 124 H152 M60 131 H152 M60 138 H152", 1.3, "accent_dark", 0.35)
        pen.part(
            "M84 178 H236 Q244 178 244 186 V214 Q244 222 236 222 H84 Q76 222 76 214 V186 Q76 178 84 178 Z",
            "accent",
            "accent_dark",
        )
        pen.part("M84 178 H236 Q244 178 244 186 V196 H76 V186 Q76 178 84 178 Z", "light")


def mirror(pen: Pen) -> None:
    """Draw a hand mirror."""
    with pen.moved("rotate(18 160 160)"):
        pen.body("M148 190 H172 L178 280 Q178 300 160 300 Q142 300 142 280 Z")
        pen.disc(160, 110, 88, tone="base")
        pen.disc(160, 110, 73, tone="disc")
        pen.shine("M116 96 L160 46 H182 L102 136 Z M114 148 L200 54 L210 64 L126 160 Z", 0.85)


def sachet(pen: Pen) -> None:
    """Draw a sachet (masks, wipes, salts)."""
    pen.ground(160, 276, 92)
    pen.body("M84 52 H236 L242 264 Q160 274 78 264 Z")
    pen.part("M82 46 H238 L237 70 H83 Z", "dark")
    pen.line(" ".join(f"M{x} 50 V66" for x in range(90, 236, 8)), 1.3, "line", 0.5)
    pen.part("M112 102 H208 V206 Q160 214 112 206 Z", "white", "dark")
    pen.part("M160 120 C182 148 186 158 182 170 C176 184 144 184 138 170 C134 158 142 144 160 120 Z", "base")
    pen.line("M130 194 H190", 1.9, "ink", 0.5)
    pen.shine("M94 78 L106 78 L102 258 L92 256 Z", 0.3)


def box(pen: Pen) -> None:
    """Draw a wrapped box with a ribbon: anything without a drawing of its own."""
    pen.ground(160, 266, 118)
    pen.body("M72 138 H248 V252 Q248 262 238 262 H82 Q72 262 72 252 Z")
    pen.shade("M72 138 H248 V150 H72 Z", 0.28)
    pen.body("M62 104 Q62 98 68 98 H252 Q258 98 258 104 V140 H62 Z", "light")
    pen.part("M146 98 H174 V140 H146 Z", "accent", "accent_dark")
    pen.part("M147 140 H173 V262 H147 Z", "accent", "accent_dark")
    pen.part(symmetric("M160 98 C172 66 214 44 228 62 C240 80 206 98 160 98"), "accent", "accent_dark")
    pen.part(
        "M152 96 C142 112 130 124 114 130 L128 138 C146 128 158 112 164 98 Z M168 96 C178 112 190 124 206 130 L192 138 C174 128 162 112 156 98 Z",
        "accent",
        "accent_dark",
    )
    pen.disc(160, 94, 12, 10, tone="accent", outline="accent_dark")
    pen.line("M176 84 C190 72 206 64 218 68 M144 84 C130 72 114 64 102 68", 1.6, "accent_dark", 0.6)
