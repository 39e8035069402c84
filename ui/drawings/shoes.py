# ruff: noqa: E501  (one path, one line: breaking coordinates up helps nobody)
"""Shoes, in profile with the toe to the left."""

from __future__ import annotations

from ui.drawings.pen import Pen


def pump(pen: Pen) -> None:
    """Draw a court shoe on a slim heel."""
    pen.ground(156, 262, 122)
    pen.part("M228 186 C242 180 256 172 266 160 C268 190 264 226 261 257 H250 C250 226 248 202 228 186 Z", "accent")
    pen.part("M108 212 C146 200 196 158 238 108 Q252 98 262 112 L210 190 L150 232 Z", "deep")
    pen.part(
        "M36 245 C70 252 122 254 152 236 C188 212 216 176 266 162 L264 173 C220 184 192 219 156 244 C124 263 66 260 38 252 Z",
        "accent",
    )
    pen.body(
        "M36 246 C42 236 78 226 108 211 C120 219 138 218 156 208 C192 188 216 152 240 114 C250 104 262 106 265 116 "
        "C269 134 270 150 266 165 C216 178 190 214 152 238 C122 256 66 254 36 246 Z"
    )
    pen.line("M232 178 C236 158 246 138 262 124", 1.5, opacity=0.5)
    pen.line("M116 221 C134 226 150 220 166 210 C202 188 226 152 246 122", 1.2, opacity=0.45)


def sandal(pen: Pen) -> None:
    """Draw a sandal with an ankle strap, on a block heel or flat."""
    if pen.has("flat"):
        return _flat_sandal(pen)
    pen.ground(156, 262, 122)
    pen.part("M214 198 C232 186 250 176 264 170 L262 257 H228 C226 234 222 214 214 198 Z", "accent")
    pen.part(
        "M40 240 C80 248 116 242 146 224 C184 200 212 172 262 160 L265 172 C220 182 192 210 154 236 C120 258 76 260 42 252 Q34 246 40 240 Z",
        "accent_light",
    )
    pen.part(
        "M40 248 C80 255 118 250 150 230 C186 205 214 178 264 168 L264 175 C220 186 192 214 156 240 C122 262 78 264 44 257 Q36 254 40 248 Z",
        "accent",
    )
    pen.band("M66 246 C64 212 98 200 124 238", 10)
    pen.band("M94 247 C94 206 128 190 152 224", 10)
    pen.band("M262 118 C236 96 192 100 172 122", 8, "dark")
    pen.part("M232 174 C250 160 256 140 255 114 H269 C274 136 273 154 268 170 Z", "base")
    pen.band("M263 118 C240 138 200 140 172 122", 9)
    pen.ring(212, 133, 9, 7, 3)


def _flat_sandal(pen: Pen) -> None:
    pen.ground(158, 258, 130)
    pen.part("M36 244 C60 232 240 230 280 240 Q288 250 276 256 C220 259 90 260 44 257 Q32 252 36 244 Z", "accent")
    pen.part("M36 242 C60 230 240 228 280 238 Q284 244 278 247 C220 242 90 244 40 250 Q34 247 36 242 Z", "accent_light")
    pen.band("M70 242 C76 200 118 192 150 240", 15)
    pen.band("M112 240 C108 202 142 186 176 208", 12)
    pen.band("M250 178 C226 160 192 164 176 184", 9, "dark")
    pen.part("M222 240 C238 222 246 200 244 174 H260 C270 196 274 222 270 240 Z", "base")
    pen.band("M252 180 C234 198 198 200 176 184 L176 206", 10)
    pen.ring(212, 195, 9, 8, 3)


def loafer(pen: Pen) -> None:
    """Draw a loafer: with a slotted saddle, or with a metal bit or tassels."""
    pen.ground(158, 258, 128)
    with pen.moved("translate(0 46) scale(1 .83)"):
        _loafer(pen)


def _loafer(pen: Pen) -> None:
    pen.part("M204 236 H274 V256 H210 Z", "accent_dark")
    pen.part("M36 236 C100 246 210 244 274 234 Q278 240 274 247 C220 254 90 259 42 253 Q30 246 36 236 Z", "accent")
    pen.part("M122 168 C150 148 226 142 266 160 L250 182 L150 190 Z", "deep")
    pen.body(
        "M36 240 C28 224 40 210 64 201 C92 191 108 182 122 166 C140 172 156 175 176 175 C210 175 242 170 266 159 "
        "C278 180 280 210 274 238 C206 247 100 249 36 240 Z"
    )
    pen.line("M50 220 C64 202 100 200 130 192 M50 220 C50 228 58 231 70 231 C92 231 108 230 122 228", 1.7)
    pen.stitch("M56 222 C70 208 102 207 128 200", opacity=0.6)
    pen.line("M224 173 C222 194 224 216 228 241", 1.6, opacity=0.7)
    pen.part("M122 167 C136 172 152 174 168 173 C176 196 178 220 174 244 L118 245 C128 218 132 192 122 167 Z", "base")
    if pen.has("horsebit") or pen.has("chain"):
        pen.line("M132 204 C144 198 156 198 168 203", 6, "metal_line")
        pen.line("M132 204 C144 198 156 198 168 203", 3.6, "metal")
        pen.ring(130, 206, 7, 8, 3.4)
        pen.ring(168, 206, 7, 8, 3.4)
    elif pen.has("tassel"):
        for x in (138, 156):
            pen.part(f"M{x - 5} 192 H{x + 5} L{x + 9} 224 H{x - 9} Z", "accent", "accent_dark")
            pen.line(f"M{x} 200 V222", 1.2, "accent_dark")
    else:
        pen.part("M124 190 C138 196 154 198 172 195 L174 217 C156 220 140 218 126 213 Z", "dark")
        pen.flat("M136 203 Q150 199 164 205 Q150 213 136 203 Z", "ink", 0.85)


def boot(pen: Pen) -> None:
    """Draw an ankle boot with elastic sides, or a tall one."""
    tall = pen.has("tall") or pen.has("knee")
    top = 48 if tall else 92
    pen.ground(156, 266, 112)
    pen.part("M196 228 H252 L250 264 H206 Z", "accent_dark")
    pen.part(
        "M48 242 C90 250 150 250 200 236 L250 228 L251 240 C210 246 196 252 160 256 C116 262 76 260 50 254 Q44 248 48 242 Z",
        "accent_dark",
    )
    pen.body(
        f"M46 244 C40 226 52 212 76 204 C108 194 132 182 142 160 C150 140 148 118 146 {top + 6} "
        f"C176 {top - 4} 214 {top - 4} 242 {top + 6} C244 140 252 190 252 234 C200 240 170 250 136 252 C100 254 66 252 46 244 Z"
    )
    if tall:
        pen.line("M206 56 C206 120 206 190 208 238", 1.6, opacity=0.5)
    else:
        pen.part("M176 94 H216 C218 128 214 158 206 186 H190 C182 158 176 128 176 94 Z", "accent", "accent_dark")
        for x in (184, 192, 200, 208):
            pen.line(f"M{x} 100 Q{x} 150 {(x + 198) / 2} 180", 1.3, "accent_dark", 0.6)
    pen.line("M142 166 C156 182 178 190 204 190 C226 188 240 184 249 180", 1.7)
    pen.stitch("M62 222 C84 214 104 214 116 232", opacity=0.55)
    pen.band(
        f"M234 {top + 10} V{top - 10} Q234 {top - 20} 227 {top - 20} Q221 {top - 20} 221 {top - 10} V{top + 8}",
        4.5,
        "accent",
    )
    if pen.has("buckle"):
        pen.band("M146 172 C180 188 220 186 248 176", 10, "accent")


def sneaker(pen: Pen) -> None:
    """Draw a low sneaker with laces."""
    pen.ground(158, 262, 126)
    pen.part("M134 160 C132 134 144 108 158 104 C172 106 178 124 178 144 Z", "dark")
    pen.part("M164 134 C176 114 230 112 250 138 L226 164 H182 Z", "deep")
    pen.body(
        "M46 236 C40 216 54 204 82 196 C108 188 126 172 142 150 L162 128 C170 136 176 148 188 153 C208 160 230 153 "
        "248 138 C258 136 266 142 268 152 C272 184 272 210 270 238 L50 240 Z"
    )
    pen.part("M46 236 C40 216 54 204 80 197 C98 204 108 220 110 240 L50 240 Z", "light")
    pen.part("M240 144 C258 132 266 142 268 152 C272 184 272 210 270 238 H240 C248 206 248 176 240 144 Z", "accent")
    pen.part("M92 201 C118 190 140 164 162 128 L180 148 C164 178 142 202 116 218 C110 210 102 204 92 201 Z", "light")
    for x, y in ((112, 202), (127, 187), (141, 171), (154, 153)):
        pen.line(f"M{x - 9} {y - 9} L{x + 9} {y + 5}", 7, "line")
        pen.line(f"M{x - 9} {y - 9} L{x + 9} {y + 5}", 4.8, "white")
    pen.line("M178 238 C184 214 196 190 216 168 M196 238 C200 216 212 194 230 176", 5.2, "accent")
    pen.part("M40 234 C100 244 220 244 276 232 Q282 246 272 257 C210 264 96 264 48 257 Q34 250 40 234 Z", "white")
    pen.line("M44 248 C110 255 214 255 276 246", 2.2, "accent")
    pen.stitch("M58 214 C72 206 86 208 94 220", opacity=0.5)
