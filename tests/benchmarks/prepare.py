"""Prepares a data set once: ingests it, writes the split, and embeds the items' texts if a system reads them.

A process of its own, so that the driver stays small: a child's peak memory is counted from its parent's.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from recsys.data.boutique import Boutique
from recsys.data.ingest import ingest
from recsys.data.sequences import leave_one_out
from tests.benchmarks.measured_process import say
from tests.benchmarks.split_files import FACTS, TEXTS, write_split


def prepare(source: Path, folder: Path, with_texts: bool) -> None:
    """Write what is missing of `folder`: the boutique, the split files, the text embeddings.

    Args:
        source: A folder that `clienteller ingest` reads.
        folder: Gets the subfolders boutique and split.
        with_texts: Whether to embed the texts, float32, (N + 1, 384), row 0 zero.
    """
    path, split = folder / "boutique", folder / "split"
    if not (split / FACTS).exists():
        say(f"ingesting {source.name}")
        ingest(source, path)
        _write(path, split)
    if with_texts and not (split / TEXTS).exists():
        from recsys.text_encoder import DIMENSION, TextEncoder  # ten seconds that only one system is worth

        boutique = Boutique.open(path)
        texts = [item.text() for item in boutique.items()]
        boutique.close()
        say(f"embedding {len(texts):,} texts")
        np.save(split / TEXTS, np.vstack([np.zeros((1, DIMENSION), np.float32), TextEncoder.load().encode(texts)]))


def _write(path: Path, split: Path) -> None:
    boutique = Boutique.open(path)
    sequences = boutique.sequences()
    boutique.close()
    parts = leave_one_out(sequences)
    write_split(split, len(sequences.items), parts.train, parts.test_inputs, parts.test_targets)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("source", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--with-texts", action="store_true")
    prepare(**vars(parser.parse_args()))
