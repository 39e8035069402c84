"""The text axis: how close explanations come to references, how varied they are, and whether they fit their own case.

Overlap with a reference (BLEU, ROUGE-L) rewards one fixed sentence, so three measures stand beside it that such a
sentence cannot win: specificity (its own item is found among 100 from the text alone), reference specificity (its own
reference is) and the gap between its own reference and that of another case.

Conventions
- BLEU: sacrebleu's corpus BLEU, 0-100, 13a tokens, case kept, exponential smoothing.
- ROUGE-L: F1 of rouge-score with the Porter stemmer, 0-100; it knows the letters a-z and digits only.
- Similarity: cosine of the sentence encoder's vectors.
- Distinct-n: different n-grams over all n-grams of all texts. Unique-sentence ratio: different texts over texts, a
  text counted as one sentence, as XRec and PETER do. Both fall with the number of texts: compare equal numbers.
- What is drawn (rival items, the other case's reference) depends on the seed, the items and the references, never on
  the texts or the order of cases: every system meets the same rivals.
- Intervals: 95 % percentile bootstrap over clients, all texts of a client drawn together. Corpus BLEU has no mean over
  texts: its n-gram counts and lengths are resampled and the score worked out anew. Distinct-n and the unique-sentence
  ratio are sums of shares (a text that occurs three times counts a third each time); the shares are held fixed, since
  drawing a client twice would itself make repetitions.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from recsys.errors import InputError
from recsys.evaluation.ranking_report import Interval, resampled_means
from recsys.guided.sentence_scorer import SentenceEncoder
from recsys.ranker import FloatArray

N_CHOICES = 100  # the own item and 99 others
_WORD = re.compile(r"\w+(?:['’-]\w+)*")

Values = NDArray[np.float64]


class RememberingEncoder:
    """A sentence encoder that encodes each distinct text once: systems of one run share items and references."""

    def __init__(self, encoder: SentenceEncoder) -> None:
        self._encoder = encoder
        self.version = encoder.version
        self._rows: dict[str, FloatArray] = {}

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """Return unit vectors, float32, (B, D)."""
        fresh = list(dict.fromkeys(text for text in texts if text not in self._rows))
        if fresh:
            self._rows.update(zip(fresh, self._encoder.encode(fresh), strict=True))
        return np.stack([self._rows[text] for text in texts])


@dataclass(frozen=True)
class ReferenceScores:
    """What needs references; one row per text.

    Attributes:
        bleu_counts: int64, (T, 10): length, reference length, matching 1- to 4-grams, all 1- to 4-grams.
        rouge_l: 0-100, (T,).
        similarity: Cosine to the own reference, (T,).
        shuffled_gap: `similarity` minus the cosine to the reference of a case of another item, (T,).
        specificity: 1 where the own reference is nearest to the text, else 0, (T,).
        n_choices: References to choose from; chance is 1 / n_choices.
    """

    bleu_counts: NDArray[np.int64]
    rouge_l: Values
    similarity: Values
    shuffled_gap: Values
    specificity: Values
    n_choices: int


@dataclass(frozen=True)
class TextScores:
    """One system's scores, one row per text; float64 unless said otherwise.

    Attributes:
        clients: Whose text each is; texts of one client are resampled together.
        n_words: Words, (T,).
        distinct_1: Share of each word's occurrences that is this one, summed over the text, and words, (T, 2).
        distinct_2: The same for neighbouring pairs of words, (T, 2).
        unique: 1 / how often the text occurs among all, (T,).
        specificity: 1 where the own item is nearest to the text, else 0; ties count against it, (T,).
        n_choices: Items to choose from, 100 where there are as many; chance is 1 / n_choices.
        against_references: None where there are no references.
    """

    clients: tuple[str, ...]
    n_words: Values
    distinct_1: Values
    distinct_2: Values
    unique: Values
    specificity: Values
    n_choices: int
    against_references: ReferenceScores | None

    def summary(self, seed: int = 0) -> dict[str, Interval]:
        """Return each metric with its interval over clients, those that need references first.

        Args:
            seed: Of the resampling.
        """
        return {name: _interval(*figures) for name, figures in _resampled(self, seed).items()}

    def difference(self, other: TextScores, seed: int = 0) -> dict[str, Interval]:
        """Return this system minus another on the same cases, from the same resamples of clients.

        Args:
            other: Scores of the same number of texts for each client, with references if this has them.
            seed: Of the resampling.

        Raises:
            InputError: If the two do not hold the same cases.
        """
        if Counter(self.clients) != Counter(other.clients):
            raise InputError("the two systems have texts for different clients: score both on the same cases")
        own, theirs = _resampled(self, seed), _resampled(other, seed)
        if own.keys() != theirs.keys():
            raise InputError("only one of the two systems was scored with references: give them to both")
        pairs = {name: (own[name], theirs[name]) for name in own}
        return {name: _interval(a[0] - b[0], a[1] - b[1]) for name, (a, b) in pairs.items()}


def score_texts(
    texts: Sequence[str],
    references: Sequence[str] | None,
    items: Sequence[str],
    item_texts: Mapping[str, str],
    encoder: SentenceEncoder,
    seed: int = 0,
    *,
    clients: Sequence[str] | None = None,
) -> TextScores:
    """Score one system's explanations.

    Args:
        texts: T explanations.
        references: The T texts to compare with, or None where nothing was written for these items.
        items: The id of the item that each text explains.
        item_texts: The text of every item that may be a rival, the explained ones among them. A text that is made of
            its own item's text finds it trivially: reference specificity is the fairer measure there.
        encoder: Wrap it in `RememberingEncoder` where several systems are scored.
        seed: Of rivals and of the shuffled references.
        clients: Whose text each is; None if every text has a client of its own.

    Raises:
        InputError: If there is no text, an item without text, or fewer than two items; with references also if more
            than half of the cases are about one item.
        ValueError: If the arguments differ in length.
    """
    owners = tuple(clients) if clients is not None else tuple(map(str, range(len(texts))))
    if not len(texts) == len(items) == len(owners) == len(texts if references is None else references):
        raise ValueError("texts, references, items and clients must be of one length")
    if not texts:
        raise InputError("no texts to score")
    if missing := sorted(set(items) - item_texts.keys()):
        raise InputError(f"item {missing[0]!r} has no text (of {len(missing)} such): give the text of every item")
    vectors = encoder.encode(texts)
    tokens = [_WORD.findall(text.casefold()) for text in texts]
    whole = Counter(" ".join(text.split()) for text in texts)
    return TextScores(
        clients=owners,
        n_words=np.array([len(row) for row in tokens], dtype=np.float64),
        distinct_1=_distinct([[(word,) for word in row] for row in tokens]),
        distinct_2=_distinct([list(pairwise(row)) for row in tokens]),
        unique=np.array([1.0 / whole[" ".join(text.split())] for text in texts]),
        specificity=_finds(vectors, items, [item_texts[item] for item in items], item_texts, encoder, seed),
        n_choices=min(N_CHOICES, len(item_texts)),
        against_references=None
        if references is None
        else _against_references(texts, vectors, references, items, encoder, seed),
    )


def _distinct(ngrams: Sequence[Sequence[tuple[str, ...]]]) -> Values:
    counts = Counter(ngram for row in ngrams for ngram in row)
    return np.array([(sum(1.0 / counts[ngram] for ngram in row), len(row)) for row in ngrams])


def _against_references(
    texts: Sequence[str],
    vectors: FloatArray,
    references: Sequence[str],
    items: Sequence[str],
    encoder: SentenceEncoder,
    seed: int,
) -> ReferenceScores:
    # Imported here: rouge-score loads nltk and, through it, scipy, which takes a second.
    from rouge_score.rouge_scorer import RougeScorer  # type: ignore[import-untyped]

    rouge = RougeScorer(["rougeL"], use_stemmer=True)
    overlaps = [
        rouge.score(reference, text)["rougeL"].fmeasure for text, reference in zip(texts, references, strict=True)
    ]
    encoded = encoder.encode(references)
    similarity = _cosine(vectors, encoded)
    # One reference an item stands for it among the rivals: the first in alphabetical order.
    of_item = dict(sorted(zip(items, references, strict=True), reverse=True))
    return ReferenceScores(
        bleu_counts=_bleu_counts(texts, references),
        rouge_l=100.0 * np.array(overlaps, dtype=np.float64),
        similarity=similarity,
        shuffled_gap=similarity - _cosine(vectors, encoded[_other_case(items, references, seed)]),
        specificity=_finds(vectors, items, references, of_item, encoder, seed),
        n_choices=min(N_CHOICES, len(of_item)),
    )


def _finds(
    vectors: FloatArray,
    items: Sequence[str],
    own_texts: Sequence[str],
    rival_texts: Mapping[str, str],
    encoder: SentenceEncoder,
    seed: int,
) -> Values:
    """Return 1 where a text is nearer to its own item's text than to those of the rivals, else 0."""
    pool = sorted(rival_texts)
    if len(pool) < 2:
        raise InputError("specificity needs the texts of at least two items: there is nothing to be mistaken for")
    rivals = {item: _rivals(item, pool, seed) for item in set(items)}
    needed = sorted({rival for drawn in rivals.values() for rival in drawn})
    row = {rival: place for place, rival in enumerate(needed)}
    candidates = encoder.encode([rival_texts[rival] for rival in needed])
    own = _cosine(vectors, encoder.encode(own_texts))
    best = [
        _cosine(candidates[[row[rival] for rival in rivals[item]]], vector).max()
        for item, vector in zip(items, vectors, strict=True)
    ]
    found: Values = (own > np.array(best)).astype(np.float64)
    return found


def _cosine(rows: FloatArray, others: FloatArray) -> Values:
    cosine: Values = np.sum(rows * others, axis=-1, dtype=np.float64)  # of unit vectors
    return cosine


def _rivals(item: str, pool: Sequence[str], seed: int) -> list[str]:
    """Return 99 other items, or all others of a smaller pool; the same for every text about this item."""
    rng = np.random.default_rng([seed, zlib.crc32(item.encode())])
    drawn = (pool[place] for place in rng.choice(len(pool), min(N_CHOICES, len(pool)), replace=False))
    return [other for other in drawn if other != item][: N_CHOICES - 1]


def _other_case(items: Sequence[str], references: Sequence[str], seed: int) -> NDArray[np.int64]:
    """Return for each case the index of one of another item; a permutation.

    Cases stand in a row, those of one item together and the items shuffled. Each takes the reference of the case that
    stands as far ahead as the largest item has cases, which is always another item's.
    """
    counts = Counter(items)
    step = max(counts.values())
    if 2 * step > len(items):
        raise InputError("more than half of the cases are about one item: the shuffled-reference gap needs other items")
    shuffled = np.random.default_rng(seed).permutation(sorted(counts)).tolist()
    place = {item: number for number, item in enumerate(shuffled)}
    row = np.array(sorted(range(len(items)), key=lambda case: (place[items[case]], references[case])))
    other = np.empty(len(items), dtype=np.int64)
    other[row] = np.roll(row, -step)
    return other


def _bleu_counts(texts: Sequence[str], references: Sequence[str]) -> NDArray[np.int64]:
    from sacrebleu.metrics.bleu import BLEU

    bleu = BLEU(effective_order=True)  # what is asked of it are the counts; the order bears on its score alone
    found = [bleu.sentence_score(text, [reference]) for text, reference in zip(texts, references, strict=True)]
    return np.array([(one.sys_len, one.ref_len, *one.counts, *one.totals) for one in found], dtype=np.int64)


def _resampled(scores: TextScores, seed: int) -> dict[str, tuple[float, Values]]:
    """Return each metric over all texts, and in each of the bootstrap's resamples of clients."""
    parts = _parts(scores)
    names, index = np.unique(scores.clients, return_inverse=True)
    sums = np.zeros((len(names), sum(part.shape[1] for part in parts.values())))
    np.add.at(sums, index, np.concatenate(list(parts.values()), axis=1))
    drawn = len(names) * resampled_means(sums, seed)
    figures, start = {}, 0
    for name, part in parts.items():
        columns = slice(start, start := start + part.shape[1])
        figure = _bleu if name == "bleu" else _ratio
        figures[name] = (float(figure(sums[:, columns].sum(axis=0)[None])[0]), figure(drawn[:, columns]))
    return figures


def _parts(scores: TextScores) -> dict[str, Values]:
    """Return what each metric sums over texts: numerator and denominator, (T, 2); for BLEU its counts, (T, 10)."""
    plain: dict[str, Values] = {}
    parts: dict[str, Values] = {}
    if known := scores.against_references:
        parts["bleu"] = known.bleu_counts.astype(np.float64)
        plain |= {"rouge_l": known.rouge_l, "similarity": known.similarity, "shuffled_gap": known.shuffled_gap}
        plain |= {"reference_specificity": known.specificity}
    plain |= {"specificity": scores.specificity, "unique_sentence_ratio": scores.unique, "n_words": scores.n_words}
    parts |= {name: np.stack([values, np.ones_like(values)], axis=1) for name, values in plain.items()}
    return parts | {"distinct_1": scores.distinct_1, "distinct_2": scores.distinct_2}


def _ratio(sums: Values) -> Values:
    # Texts without a single word have no n-grams and no distinct ones: 0 of 1.
    ratio: Values = sums[:, 0] / np.maximum(sums[:, 1], 1.0)
    return ratio


def _bleu(sums: Values) -> Values:
    from sacrebleu.metrics.bleu import BLEU

    rows = np.rint(sums).astype(np.int64).tolist()
    found = [BLEU.compute_bleu(row[2:6], row[6:], row[0], row[1], smooth_method="exp").score for row in rows]
    return np.array(found, dtype=np.float64)


def _interval(figure: float, resampled: Values) -> Interval:
    low, high = np.percentile(resampled, [2.5, 97.5])
    return Interval(figure, float(low), float(high))
