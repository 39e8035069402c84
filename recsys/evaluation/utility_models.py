"""The small models of the utility axis: a choice model (U2) and a ridge regression (U4), fitted on validation."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax
from scipy.stats import rankdata

from recsys.evaluation.utility_choice import Values

PENALTY = 1.0  # of the choice model's weights over standardised features: a standard normal prior
RIDGE_PENALTIES = (0.1, 1.0, 10.0, 100.0, 1000.0)
N_FOLDS = 5

Places = NDArray[np.int64]


def fit_choice_model(features: Values, true: Places) -> Values:
    """Fit the logit of a choice among candidates: P(c) ~ exp(weights . features[c]).

    Args:
        features: Standardised features, float64, (U, C, F).
        true: Which candidate was bought, int64, (U,).

    Returns:
        Weights, float64, (F,).
    """
    everyone = np.arange(len(true))
    bought = features[everyone, true]

    def loss(weights: Values) -> tuple[float, Values]:
        utility = features @ weights
        expected = np.einsum("uc,ucf->uf", softmax(utility, axis=1), features)
        fit = log_softmax(utility, axis=1)[everyone, true].sum()
        return float(PENALTY / 2 * weights @ weights - fit), PENALTY * weights - (bought - expected).sum(axis=0)

    return np.asarray(minimize(loss, np.zeros(features.shape[2]), jac=True, method="L-BFGS-B").x)


def judge_choice_model(features: Values, true: Places, weights: Values) -> tuple[Values, Values]:
    """Return each client's AUC (share of wrong candidates below the true one, ties half) and log-loss, both (U,)."""
    utility = features @ weights
    everyone = np.arange(len(true))
    mine = utility[everyone, true][:, None]
    below = (utility < mine).sum(axis=1) + ((utility == mine).sum(axis=1) - 1) / 2
    return below / (utility.shape[1] - 1), -log_softmax(utility, axis=1)[everyone, true]


def fit_ridge(features: Values, target: Values) -> tuple[Values, float, float]:
    """Fit a ridge regression with the penalty that does best on clients left out.

    Args:
        features: Float64, (U, C, F).
        target: Float64, (U, C).

    Returns:
        Weights, (F,); intercept; the penalty chosen.
    """
    folds = np.arange(len(features)) % N_FOLDS
    errors = np.zeros(len(RIDGE_PENALTIES))
    for fold in range(min(N_FOLDS, len(features))):
        weights, intercepts = _solve(features[folds != fold], target[folds != fold])
        left_out = features[folds == fold] @ weights + intercepts
        errors += ((left_out - target[folds == fold][..., None]) ** 2).sum(axis=(0, 1))
    best = int(errors.argmin())
    weights, intercepts = _solve(features, target)
    return weights[:, best], float(intercepts[best]), RIDGE_PENALTIES[best]


def _solve(features: Values, target: Values) -> tuple[Values, Values]:
    """Return weights, (F, penalties), and intercepts, (penalties,), of all RIDGE_PENALTIES from one decomposition."""
    rows, values = features.reshape(-1, features.shape[-1]), target.reshape(-1)
    mean, level = rows.mean(axis=0), values.mean()
    left, spread, right = np.linalg.svd(rows - mean, full_matrices=False)
    shrunk = spread[:, None] / (spread[:, None] ** 2 + np.array(RIDGE_PENALTIES))
    weights = right.T @ (shrunk * (left.T @ (values - level))[:, None])
    return weights, level - mean @ weights


def spearman(predicted: Values, known: Values) -> float:
    """Return the rank correlation of two vectors, 0 where one of them is constant."""
    one, other = (rankdata(np.round(values, 9)) for values in (predicted, known))
    one, other = one - one.mean(), other - other.mean()
    length = float(np.linalg.norm(one) * np.linalg.norm(other))
    return float(one @ other) / length if length > 0 else 0.0


def spearman_within(predicted: Values, known: Values) -> Values:
    """Return each client's rank correlation over her candidates, (U,), from two arrays of (U, C)."""
    pairs: Sequence[tuple[Values, Values]] = list(zip(predicted, known, strict=True))
    return np.array([spearman(*pair) for pair in pairs], dtype=np.float64)
