# ruff: noqa: E501  (one path, one line: breaking coordinates up helps nobody)
"""Dresses, skirts, trousers and other things worn from the waist or in one piece, laid flat from the front."""

from __future__ import annotations

from ui.drawings.pen import Pen, symmetric


def dress_slip(pen: Pen) -> None:
    """Draw a long slip dress with thin straps and a soft neckline."""
    pen.flat("M128 78 Q160 92 192 78 L176 104 H144 Z", "deep")
    for _ in pen.mirrored():
        pen.line("M192 76 C193 44 188 22 181 22 C174 22 175 52 178 88", 4.4, "line")
        pen.line("M192 76 C193 44 188 22 181 22 C174 22 175 52 178 88", 2.2, "base")
    pen.body(
        symmetric(
            "M160 104 C174 102 184 90 192 72 C196 92 200 104 210 116 C206 142 198 158 202 178 C208 214 218 252 226 292 C206 299 182 300 160 300"
        )
    )
    pen.line("M130 84 Q160 128 190 84", 1.5, opacity=0.55)
    pen.line("M135 98 Q160 142 185 98", 1.3, opacity=0.35)
    pen.line("M122 182 C118 220 110 256 104 294 M198 182 C202 220 208 250 212 276", 1.5, opacity=0.4)
    pen.line("M150 200 C147 232 145 266 144 299", 1.4, opacity=0.4)
    pen.shade("M206 296 C204 268 200 246 192 226 C206 246 216 268 222 293 Z", 0.35)
    if pen.has("lace"):
        pen.line(
            "M96 290 q6 8 12 2 q6 8 12 2 q6 8 13 2 q6 8 13 1 q6 8 13 1 q6 8 13 -1 q6 8 13 -1 q6 8 13 -2 q6 7 13 -2 q6 7 12 -2",
            2,
            "accent",
        )


def dress_wrap(pen: Pen) -> None:
    """Draw a wrap dress tied at the waist."""
    for _ in pen.mirrored():
        pen.body("M196 54 C216 60 228 74 236 96 L252 142 C244 150 230 154 218 154 L200 112 Z")
        pen.line("M221 148 C232 148 242 144 249 138", 1.5, opacity=0.6)
    pen.flat("M128 52 Q160 66 192 52 L164 112 Z", "deep", 0.85)
    pen.body(
        symmetric(
            "M160 112 L190 50 C198 52 206 56 210 62 C208 96 204 128 200 152 C214 196 232 238 246 274 C218 288 190 291 160 291"
        )
    )
    pen.shade("M166 160 C158 206 150 250 148 291 H160 C214 291 230 284 246 274 C232 238 214 196 200 152 Z", 0.1)
    pen.line("M130 50 C140 84 158 110 190 152", 2.2)
    pen.line("M190 50 C184 76 174 94 164 112", 2.2)
    pen.line("M178 158 C166 204 156 250 152 291", 2)
    pen.line("M128 162 C118 206 104 246 92 282 M200 166 C208 208 216 246 222 284", 1.5, opacity=0.4)
    pen.part("M120 146 Q160 158 200 146 L200 162 Q160 172 120 162 Z", "accent", "accent_dark")
    pen.part("M190 156 C204 172 210 198 212 222 L200 224 C198 202 192 178 184 164 Z", "accent", "accent_dark")
    pen.part("M188 158 C190 176 188 196 182 212 L172 208 C178 192 180 176 180 162 Z", "accent", "accent_dark")
    pen.disc(188, 157, 8, tone="accent", outline="accent_dark")


def dress_gown(pen: Pen) -> None:
    """Draw a full-length evening gown."""
    with pen.moved("translate(14 -36) scale(.91 1.13)"):
        _gown(pen)


def _gown(pen: Pen) -> None:
    pen.body(symmetric("M160 134 L192 132 C206 168 236 222 262 282 C232 296 196 299 160 299"))
    for end, lean in ((92, 130), (124, 146), (196, 174), (228, 190)):
        pen.line(f"M{lean} 142 C{(lean + end) / 2} 190 {end + (lean - end) * 0.2} 240 {end} 293", 1.7, opacity=0.5)
    pen.shade("M150 140 C146 196 140 250 138 299 H184 C180 250 176 196 172 140 Z", 0.12)
    pen.body(symmetric("M160 62 C168 50 186 48 196 58 C200 84 196 112 192 132 L160 138"))
    pen.line("M146 66 C142 92 142 116 146 136 M174 66 C178 92 178 116 174 136", 1.5, opacity=0.6)
    pen.part("M127 128 Q160 140 193 128 L195 142 Q160 154 125 142 Z", "accent", "accent_dark")
    if pen.has("straps"):
        for _ in pen.mirrored():
            pen.line("M191 56 C193 48 192 42 190 34", 6, "line")
            pen.line("M191 56 C193 48 192 42 190 34", 3.6, "base")


def jumpsuit(pen: Pen) -> None:
    """Draw a belted jumpsuit with wide legs."""
    for _ in pen.mirrored():
        pen.body("M194 42 C212 46 222 58 228 76 L236 108 L212 114 L198 84 Z")
    pen.flat("M132 40 Q160 52 188 40 L160 88 Z", "deep", 0.85)
    pen.body(
        symmetric(
            "M160 88 L188 38 C196 40 204 44 208 50 C206 84 202 112 198 136 C208 186 222 240 230 292 L174 296 C170 260 166 224 160 190"
        )
    )
    pen.line("M132 40 L160 90 L188 40", 2.2)
    pen.line("M160 90 V190", 1.8)
    pen.line("M132 154 C126 200 116 248 112 290 M188 154 C194 200 204 248 208 290", 1.5, opacity=0.45)
    for y in (102, 116):
        pen.button(160, y, 3.4)
    pen.part("M121 130 Q160 138 199 130 L200 146 Q160 154 120 146 Z", "accent", "accent_dark")
    pen.ring(160, 142, 10, 8, 3.2)
    pen.line("M128 160 L146 172 M192 160 L174 172", 1.8)


def swimsuit(pen: Pen) -> None:
    """Draw a one-piece swimsuit."""
    pen.flat("M136 70 C142 96 178 96 184 70 L182 116 L160 134 L138 116 Z", "deep")
    pen.body(
        symmetric(
            "M160 132 C176 126 184 92 184 40 L198 40 C197 78 202 100 213 114 C206 142 202 160 206 180 "
            "C210 200 214 210 221 222 C198 228 182 250 174 288 L160 290"
        )
    )
    pen.line("M213 219 C191 227 176 250 167 286 M107 219 C129 227 144 250 153 286", 1.3, opacity=0.55)
    pen.line("M127 44 C128 94 140 136 160 141 C180 136 192 94 193 44", 1.3, opacity=0.5)
    pen.line("M118 168 C136 178 148 178 160 172 C172 178 184 178 202 168", 1.4, opacity=0.4)
    if pen.has("belt"):
        pen.part("M116 168 Q160 180 204 168 L206 182 Q160 194 114 182 Z", "accent", "accent_dark")
        pen.ring(160, 183, 9, 9, 3)


def trousers(pen: Pen) -> None:
    """Draw tailored trousers with a crease."""
    pen.body(
        symmetric("M160 44 L206 44 C212 80 220 120 222 160 C224 204 220 250 218 290 L174 292 C172 230 168 170 160 126")
    )
    pen.shade(
        "M160 126 C168 170 172 230 174 292 L182 292 C180 230 176 160 164 104 Z M160 126 C152 170 148 230 146 292 L138 292 C140 230 144 160 156 104 Z",
        0.14,
    )
    pen.line("M132 84 C126 150 122 220 122 290 M188 84 C194 150 198 220 198 290", 1.6, opacity=0.6)
    pen.line("M122 64 C120 78 114 88 105 94 M198 64 C200 78 206 88 215 94", 2)
    pen.line("M138 66 L134 92 M182 66 L186 92", 1.6, opacity=0.7)
    pen.line("M160 66 V126 M160 112 Q172 106 172 66", 1.7)
    pen.part("M113 42 H207 L209 64 H111 Z", "dark")
    for x in (130, 186):
        pen.part(f"M{x - 3} 40 H{x + 4} V67 H{x - 3} Z", "base")
    pen.button(160, 53)
    if pen.has("belt"):
        pen.part("M112 46 H208 L209 60 H111 Z", "accent", "accent_dark")
        pen.ring(160, 53, 10, 8, 3)
    if pen.has("cuff"):
        for _ in pen.mirrored():
            pen.part("M173 276 L219 274 L218 292 L174 294 Z", "dark")


def jeans(pen: Pen) -> None:
    """Draw straight jeans with pockets, rivets and turned-up hems."""
    pen.body(
        symmetric("M160 44 L204 44 C212 76 217 110 217 150 C218 196 220 244 220 288 L173 290 C172 230 169 176 160 130")
    )
    pen.shine(
        "M126 122 C122 160 122 200 126 236 C136 200 140 160 138 126 Z M194 122 C198 160 198 200 194 236 C184 200 180 160 182 126 Z",
        0.14,
    )
    pen.line("M120 66 C120 92 132 98 152 96 M200 66 C200 92 188 98 168 96", 2)
    pen.stitch("M116 66 C116 98 132 104 152 102 M204 66 C204 98 188 104 168 102", "metal", 1)
    pen.line("M160 66 V132", 1.8)
    pen.stitch("M176 66 C177 92 174 110 162 120", "metal", 1)
    pen.stitch("M110 112 C106 170 106 230 105 270 M210 112 C214 170 214 230 215 270", "metal", 0.75)
    for x, y in ((118, 70), (152, 99), (168, 99), (202, 70)):
        pen.disc(x, y, 2.2, outline="metal_line")
    pen.part("M113 42 H207 L209 66 H111 Z", "base")
    pen.stitch("M116 47 H204 M114 61 H206", "metal", 1)
    for x in (128, 186):
        pen.part(f"M{x - 4} 40 H{x + 5} V69 H{x - 4} Z", "base")
    pen.disc(160, 54, 5, outline="metal_line")
    for _ in pen.mirrored():
        pen.part("M171 272 L222 270 L222 290 L172 293 Z", "light")


def skirt(pen: Pen) -> None:
    """Draw a midi skirt, pleated unless it is a pencil skirt."""
    if pen.has("pencil"):
        pen.body(symmetric("M160 70 L202 70 C214 106 216 140 212 180 L204 270 L160 273"))
        pen.line("M204 240 L196 272", 1.8)
        pen.line("M134 94 L130 130 M186 94 L190 130", 1.6, opacity=0.6)
    else:
        pen.body(symmetric("M160 68 L198 68 C214 120 238 190 258 252 C226 268 194 272 160 272"))
        for top, end in ((130, 84), (142, 112), (154, 142), (166, 178), (178, 208), (190, 236)):
            bottom = 272 - abs(end - 160) ** 2 / 640
            pen.line(f"M{top} 92 C{top + (end - top) * 0.3:g} 150 {end} 210 {end} {bottom:g}", 1.7, opacity=0.6)
            pen.shade(
                f"M{top} 92 C{top + (end - top) * 0.3:g} 150 {end} 210 {end} {bottom:g} L{end + 13} {bottom:g} Z", 0.13
            )
    pen.part("M119 60 H201 L205 86 H115 Z", "accent", "accent_dark")
    if pen.has("buttons"):
        for y in range(104, 270, 26):
            pen.button(160, y, 4)
