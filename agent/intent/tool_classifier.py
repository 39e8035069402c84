"""Which tool a message asks for: multinomial logistic regression, learned at start-up from the known ways to ask.

It learns from prompts/tool_examples.yaml alone, in about two seconds, encoding included; no language model. The planner
decides by it; the embedded chat model weighs it against what the language model expects.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from agent.intent.message_features import SIGNS, STATES, Features, Situation, read_features
from agent.intent.tool_examples import REPLY, ExampleFile, tool_examples
from agent.intent.vocabulary import Vocabulary
from agent.intent.wishes import Encoder
from recsys.ranker import FloatArray

# Chosen by cross-validation on the known ways to ask; the result hardly depends on any of them.
_C = 50.0
_SENTENCE, _WORDS, _LETTERS, _STATE, _CUE, _AFTER = 1.5, 1.0, 0.7, 1.0, 0.5, 2.0
_MAX_ITERATIONS, _TOLERANCE = 60, 1e-4
# A tool that nothing was learned of: the odds that it is meant rise with the cosine similarity of its description and
# the message. Fitted on the known tools as if nothing were learned of them, for one asked for every tenth time.
_SLOPE, _INDIFFERENT = 8.0, 0.45
_LEAST = 1e-9
_ANY_TIME = ("", "draft_message", "", "add_note")
_WHOLE = 3  # words from which a message means the same whatever came before


@dataclass(frozen=True)
class _Lesson:
    """One known way to ask, and what it asks for."""

    situation: Situation
    tool: str
    weight: float


class ToolClassifier:
    """A fitted classifier of messages.

    Args:
        encoder: The sentence encoder.
        file: The known ways to ask.
    """

    def __init__(self, encoder: Encoder, file: ExampleFile) -> None:
        self._encoder = encoder
        words = file.vocabulary
        names = Vocabulary(words.categories, words.brands, words.colours, encoder)
        lessons = list(_lessons(file))
        features = [read_features(lesson.situation, names) for lesson in lessons]
        terms = [one.terms for one in features]
        self._words = TfidfVectorizer(token_pattern=r"\S+", ngram_range=(1, 2), min_df=2, sublinear_tf=True).fit(terms)
        self._letters = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 4), min_df=3, sublinear_tf=True).fit(terms)
        self._model = LogisticRegression(C=_C, max_iter=_MAX_ITERATIONS, tol=_TOLERANCE)
        self._model.fit(
            self._rows(features),
            [lesson.tool for lesson in lessons],
            sample_weight=[lesson.weight for lesson in lessons],
        )

    def log_probabilities(
        self, situation: Situation, vocabulary: Vocabulary, names: Sequence[str], purposes: Mapping[str, str]
    ) -> dict[str, float]:
        """Return how probable it is that a message asks for each tool, as natural logarithms.

        Args:
            situation: The message and what it is said in.
            vocabulary: The boutique's words.
            names: The tools that can be meant; "reply" stands for none of them. Their probabilities sum to 1.
            purposes: What tools say of themselves, by name; needed of those that nothing was learned of.
        """
        features = read_features(situation, vocabulary)
        learned = dict(zip(self._model.classes_, self._model.predict_proba(self._rows([features]))[0], strict=True))
        odds = {name: max(float(learned[name]), _LEAST) for name in names if name in learned}
        total = sum(odds.values()) or 1.0
        odds = {name: value / total for name, value in odds.items()}
        strangers = {name: purposes.get(name, "") for name in names if name not in learned}
        odds |= self._odds_of_strangers(features.sentence, strangers)
        total = sum(odds.values())
        return {name: float(np.log(odds[name] / total)) for name in names}

    def _odds_of_strangers(self, sentence: str, purposes: Mapping[str, str]) -> dict[str, float]:
        """Return the odds of tools that nothing was learned of, against all that are known taken together."""
        if not purposes:
            return {}
        told = [f"{name.replace('_', ' ')}: {purpose}" for name, purpose in purposes.items()]
        vectors = self._encoder.encode([sentence, *told])
        odds = np.exp(_SLOPE * (vectors[1:] @ vectors[0] - _INDIFFERENT))
        return {name: float(value) for name, value in zip(purposes, odds, strict=True)}

    def _rows(self, features: Sequence[Features]) -> sparse.csr_matrix:
        """Return messages as rows to learn from or choose by, (B, F)."""
        sentences = list(dict.fromkeys(one.sentence for one in features))
        place = {sentence: row for row, sentence in enumerate(sentences)}
        encoded = self._encoder.encode(sentences)[[place[one.sentence] for one in features]]
        terms = [one.terms for one in features]
        parts = [
            sparse.csr_matrix(_SENTENCE * encoded),
            _WORDS * self._words.transform(terms),
            _LETTERS * self._letters.transform(terms),
            sparse.csr_matrix(np.stack([one.signs for one in features]) * _SIGN_WEIGHTS),
        ]
        return sparse.csr_matrix(sparse.hstack(parts))


def _sign_weights() -> FloatArray:
    weights = np.full(len(SIGNS), _CUE, dtype=np.float32)
    weights[: len(STATES)] = [_AFTER if state.startswith("after") else _STATE for state in STATES]
    return weights


_SIGN_WEIGHTS = _sign_weights()


def _lessons(file: ExampleFile) -> Iterator[_Lesson]:
    """Yield the known ways to ask. What needs no items is asked for with items on show as well as without."""
    shown = file.slates[file.rail]
    for name in (*file.tools, REPLY):
        known = file.of(name)
        slates = (shown,) if known.needs_items else (shown, ())
        said = [(message, _often_after(place, message)) for place, message in enumerate(known.utterances)]
        said += [(message, after) for after, messages in known.follow_ups.items() for message in messages]
        for message, after in said:
            for slate in slates:
                yield _Lesson(Situation(message, slate, after), name, 1.0 / len(slates))


def _often_after(place: int, message: str) -> str:
    """Return after which tool a message is said: any may come after any, so that alone proves nothing."""
    return _ANY_TIME[place % len(_ANY_TIME)] if len(message.split()) >= _WHOLE else ""


_trained: dict[str, ToolClassifier] = {}
_training = threading.Lock()


def trained_classifier(encoder: Encoder) -> ToolClassifier:
    """Return the classifier for an encoder, fitted once in a process for each version of one."""
    version = str(getattr(encoder, "version", id(encoder)))
    with _training:
        if version not in _trained:
            _trained[version] = ToolClassifier(encoder, tool_examples())
        return _trained[version]
