"""The splits of the forms in which false reasons are planted; apart from their code, for the command line's help."""

from typing import Literal, get_args

Split = Literal["dev", "test", "held_out_3", "held_out_4"]
SPLITS: tuple[Split, ...] = get_args(Split)
