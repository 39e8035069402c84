"""Drawn pictures of products: an SVG for every catalogue item, made here, so that no image is ever fetched."""

from ui.drawings.drawing import data_uri, draw, draw_specification
from ui.drawings.silhouettes import SILHOUETTES
from ui.drawings.specification import Specification, specify

__all__ = ["SILHOUETTES", "Specification", "data_uri", "draw", "draw_specification", "specify"]
