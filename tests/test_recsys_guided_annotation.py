"""Annotation: what is scored once is never scored again, whatever happens to the process."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from recsys.errors import InputError, NotReady
from recsys.guided.agreement import attribute_reports, measure_agreement
from recsys.guided.annotation import annotate, unscored
from recsys.guided.attributes import AttributeSet, GuidedAttribute
from recsys.guided.score_cache import CACHE_FILE, CacheKey, open_cache, text_hash
from recsys.guided.scorer import calibrate, fingerprint

SET = AttributeSet(
    domain="test",
    stance="Score the item.",
    attributes=(GuidedAttribute(name="length", anchors={}), GuidedAttribute(name="vowels", anchors={})),
)


class LetterScorer:
    """Counts letters; the second reading of `vowels` agrees with nothing. Remembers what it was given."""

    name, prompt_hash, batch, readings = "letter counter", "", 2, 2

    def __init__(self, scale="relative", version=1):
        self.scale = scale
        self.fingerprint = fingerprint("letters", version)
        self.given = []

    def score(self, texts, attribute_set):
        self.given += texts
        rows = [[[len(text), sum(text.count(one) for one in "aeiou")], [2 * len(text), 1]] for text in texts]
        return np.array(rows, dtype=np.float32)


TEXTS = [("a", "silk"), ("b", "a wool coat"), ("c", "silk"), ("d", "tie"), ("e", "braces")]


def test_each_text_is_scored_once_and_a_second_run_scores_nothing(tmp_path):
    first, second, paces = LetterScorer(), LetterScorer(), []
    with open_cache(tmp_path / CACHE_FILE) as cache:
        assert unscored(TEXTS, SET, first, cache) == ["silk", "a wool coat", "tie", "braces"]
        done = annotate(TEXTS, SET, first, cache, paces.append)
    with open_cache(tmp_path / CACHE_FILE) as cache:
        again = annotate(TEXTS, SET, second, cache)

    assert first.given == ["silk", "a wool coat", "tie", "braces"]
    assert second.given == []
    assert [(pace.done, pace.total) for pace in paces] == [(0, 4), (2, 4), (4, 4)]
    assert paces[0].eta_s is None
    assert paces[-1].eta_s == 0
    assert done.item_ids == again.item_ids == ("a", "b", "c", "d", "e")
    assert done.raw.tolist() == again.raw.tolist()
    assert done.raw[:, 0].tolist() == [6, 16.5, 6, 4.5, 9]  # the mean of a reading and its double


def test_another_scorer_or_attribute_set_starts_anew(tmp_path):
    changed = SET.model_copy(update={"version": 2})
    with open_cache(tmp_path / CACHE_FILE) as cache:
        annotate(TEXTS, SET, LetterScorer(), cache)
        for scorer, attributes in ((LetterScorer(version=2), SET), (LetterScorer(), changed)):
            annotate(TEXTS, attributes, scorer, cache)
            assert len(scorer.given) == 4


def test_a_scorer_that_fails_loses_its_batch_alone(tmp_path):
    class Failing(LetterScorer):
        def score(self, texts, attribute_set):
            if "tie" in texts:
                raise InputError("the model is gone")
            return super().score(texts, attribute_set)

    rest = LetterScorer()
    with open_cache(tmp_path / CACHE_FILE) as cache:
        with pytest.raises(InputError, match="the model is gone"):
            annotate(TEXTS, SET, Failing(), cache)
        annotate(TEXTS, SET, rest, cache)

    assert rest.given == ["tie", "braces"]


def test_measured_agreement_is_in_the_scores_that_the_boutique_gets(tmp_path):
    with open_cache(tmp_path / CACHE_FILE) as cache:
        scores = annotate(TEXTS, SET, LetterScorer(), cache).guided_scores()

    assert [one.agreement.mean for one in scores.attribute_set.attributes] == [1, 0]
    assert [one.statable for one in scores.attribute_set.attributes] == [True, False]
    assert scores.scorer == "letter counter"
    np.testing.assert_allclose(scores.values.mean(axis=0), 4.5, atol=1e-5)
    np.testing.assert_allclose(scores.values.std(axis=0), 2, atol=1e-5)


def test_points_are_kept_as_they_are_and_must_be_on_the_scale(tmp_path):
    with open_cache(tmp_path / CACHE_FILE) as cache:
        done = annotate(TEXTS[:1], SET, LetterScorer("points"), cache)
        assert done.points.tolist() == [[6, 1]]
        with pytest.raises(ValueError, match="points must lie on the scale"):
            annotate(TEXTS, SET, LetterScorer("points"), cache)


def test_nothing_to_score_is_said(tmp_path):
    with open_cache(tmp_path / CACHE_FILE) as cache, pytest.raises(InputError, match="no item to score"):
        annotate([], SET, LetterScorer(), cache)


def test_one_process_at_a_time(tmp_path):
    with open_cache(tmp_path / CACHE_FILE):
        with pytest.raises(NotReady, match="another process is scoring"), open_cache(tmp_path / CACHE_FILE):
            pass
    with open_cache(tmp_path / CACHE_FILE):
        pass


def test_a_damaged_cache_is_one_clear_line(tmp_path):
    (tmp_path / CACHE_FILE).write_bytes(b"not a database, not at all" * 100)

    with pytest.raises(InputError, match="move it away and run again"), open_cache(tmp_path / CACHE_FILE):
        pass


CHILD = """
import os, sys, time
import numpy as np
sys.path[:0] = [{root!r}, {tests!r}]
from pathlib import Path
from recsys.guided.annotation import annotate
from recsys.guided.score_cache import open_cache
from test_recsys_guided_annotation import SET, LetterScorer, many

class Logging(LetterScorer):
    batch = 3
    def score(self, texts, attribute_set):
        for text in texts:
            os.write(log, (text + "\\n").encode())
            time.sleep(0.004)
        return super().score(texts, attribute_set)

log = os.open({log!r}, os.O_APPEND | os.O_CREAT | os.O_WRONLY)
with open_cache(Path({cache!r})) as cache:
    annotate(many(), SET, Logging(), cache)
"""


def many():
    return [(f"i{number}", f"item number {number}") for number in range(240)]


def test_kill_9_at_any_point_scores_no_finished_item_twice(tmp_path):
    log, cache = tmp_path / "log", tmp_path / CACHE_FILE
    log.touch()
    root = Path(__file__).parents[1]
    code = CHILD.format(root=str(root), tests=str(root / "tests"), log=str(log), cache=str(cache))
    key = CacheKey(SET.scoring_hash, LetterScorer().fingerprint, (2, 2))
    rng = np.random.default_rng(0)
    kills, finished = 0, set()
    for _ in range(40):
        before = len(log.read_text().split("\n"))
        child = subprocess.Popen([sys.executable, "-c", code], start_new_session=True)
        while child.poll() is None and len(log.read_text().split("\n")) == before:
            time.sleep(0.005)  # until it scores
        if kills < 5:
            time.sleep(rng.uniform(0, 0.25))
            os.kill(child.pid, signal.SIGKILL)
        code_of_child = child.wait()
        kills += code_of_child == -signal.SIGKILL
        given = log.read_text().split("\n")[before - 1 : -1]
        assert not {text_hash(text) for text in given} & finished, "a finished item was scored again"
        with open_cache(cache) as opened:
            finished = set(opened.known(key))
        if code_of_child == 0:
            break

    assert kills >= 3
    assert finished == {text_hash(text) for _, text in many()}
    n_given = len(log.read_text().split())
    assert n_given / 3 - 240 <= kills * 3  # three words a text; a kill loses at most its batch of three


@given(arrays(np.float32, (7, 3), elements=st.floats(-1e3, 1e3, width=32)))
def test_calibrated_scores_lie_on_the_scale_and_keep_the_order(values):
    points = calibrate(values)

    assert points.dtype == np.float32
    assert (points >= 0).all()
    assert (points <= 9).all()
    for before, after in zip(values.T, points.T, strict=True):
        order = np.argsort(before, kind="stable")
        assert (np.diff(after[order]) >= -1e-5).all()


def test_agreement_is_the_mean_and_lowest_correlation_between_readings():
    one = np.array([0, 1, 2, 3], dtype=np.float32)
    readings = np.stack([np.stack([one, one, -one], axis=1)], axis=2)  # (4, 3, 1)

    (agreement,) = measure_agreement(readings, ("shine",)).values()

    assert agreement.mean == pytest.approx(-1 / 3, abs=1e-4)  # 1, -1 and -1
    assert agreement.min == -1
    assert measure_agreement(readings[:2], ("shine",))["shine"].mean == 0  # two items say nothing


def test_the_report_counts_what_lies_at_the_ends():
    values = np.array([[0.5, 4], [8.5, 5], [4, 5], [4, 6]], dtype=np.float32)

    first, second = attribute_reports(values, SET)

    assert (first.name, first.mean, first.at_ends) == ("length", 4.25, 0.5)
    assert (second.mean, second.at_ends) == (5, 0)
