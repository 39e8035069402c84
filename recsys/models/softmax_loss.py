"""Cross-entropy over the whole catalogue, without ever holding all logits.

The plain form makes a (positions, items) tensor of logits and one of probabilities. Here both live for a few rows at a
time in buffers small enough for the processor's cache, and the gradients are formed on the way.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

ROWS_AT_ONCE = (
    128  # 128 rows x 12,000 items x 2 bytes = 3 MB; with 1,024 rows the softmax alone takes four times as long
)
SMALLEST = torch.finfo(torch.float32).tiny  # of a probability, so that a reported loss is finite


def matmul_dtype() -> torch.dtype:
    """Return bfloat16 where the processor multiplies it natively (AVX512_BF16), else float32."""
    return torch.bfloat16 if torch.cpu._is_avx512_bf16_supported() else torch.float32


def linear_cross_entropy(hidden: Tensor, embeddings: Tensor, targets: Tensor, dtype: torch.dtype) -> Tensor:
    """Return the mean cross-entropy of softmax(hidden @ embeddings.T) at the targets, padding left out.

    Args:
        hidden: Queries at real positions, float32, (P, D).
        embeddings: Item embeddings, float32, (N + 1, D); row 0 is padding, gets no probability and no gradient.
        targets: Internal ids 1..N, int64, (P,).
        dtype: Of the matrix products and of the logits; sums and gradients are float32.

    Returns:
        The loss, float32, scalar, differentiable once in `hidden` and `embeddings`.
    """
    loss: Tensor = _LinearCrossEntropy.apply(hidden, embeddings, targets, dtype)  # type: ignore[no-untyped-call]
    return loss


class _LinearCrossEntropy(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, hidden: Tensor, embeddings: Tensor, targets: Tensor, dtype: torch.dtype) -> Tensor:
        n_positions = len(hidden)
        rows, columns = hidden.to(dtype), embeddings.to(dtype)
        grad_hidden, grad_embeddings = torch.empty_like(hidden), torch.zeros_like(embeddings)
        buffer = torch.empty(min(ROWS_AT_ONCE, n_positions), len(embeddings), dtype=dtype)
        probabilities = torch.empty_like(buffer)
        loss = hidden.new_zeros(())
        for start in range(0, n_positions, ROWS_AT_ONCE):
            chunk = slice(start, start + ROWS_AT_ONCE)
            target = targets[chunk, None]
            logits = torch.mm(rows[chunk], columns.t(), out=buffer[: len(target)])
            logits[:, 0] = -torch.inf
            error = torch.softmax(logits, dim=1, out=probabilities[: len(target)])
            loss -= error.gather(1, target).float().clamp_min(SMALLEST).log().sum()
            error.scatter_add_(1, target, error.new_full(target.shape, -1.0))
            grad_hidden[chunk] = error @ columns
            grad_embeddings += error.t() @ rows[chunk]
        ctx.save_for_backward(grad_hidden.div_(n_positions), grad_embeddings.div_(n_positions))
        return loss / n_positions

    @staticmethod
    def backward(ctx: Any, grad_loss: Tensor) -> tuple[Tensor, Tensor, None, None]:
        grad_hidden, grad_embeddings = ctx.saved_tensors
        return grad_hidden * grad_loss, grad_embeddings * grad_loss, None, None
