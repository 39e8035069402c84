import pytest
import torch
from torch.nn import functional

from recsys.models.softmax_loss import ROWS_AT_ONCE, linear_cross_entropy

N_ITEMS, DIM = 300, 16


def problem(n_positions):
    generator = torch.Generator().manual_seed(n_positions)
    hidden = torch.randn(n_positions, DIM, generator=generator, requires_grad=True)
    embeddings = torch.randn(N_ITEMS + 1, DIM, generator=generator, requires_grad=True)
    targets = torch.randint(1, N_ITEMS + 1, (n_positions,), generator=generator)
    return hidden, embeddings, targets


def plain(hidden, embeddings, targets):
    """Return the loss with all logits at once, the padding column left out."""
    return functional.cross_entropy((hidden @ embeddings.t())[:, 1:], targets - 1)


def gradients(loss, *inputs):
    return torch.autograd.grad(3.0 * loss, inputs)  # a factor, so that the incoming gradient matters


@pytest.mark.parametrize("n_positions", [1, ROWS_AT_ONCE, 2 * ROWS_AT_ONCE + 5])
def test_equals_torch_cross_entropy_in_value_and_gradient(n_positions):
    hidden, embeddings, targets = problem(n_positions)
    ours = linear_cross_entropy(hidden, embeddings, targets, torch.float32)
    reference = plain(hidden, embeddings, targets)
    torch.testing.assert_close(ours, reference)
    for got, wanted in zip(gradients(ours, hidden, embeddings), gradients(reference, hidden, embeddings), strict=True):
        torch.testing.assert_close(got, wanted, rtol=1e-4, atol=1e-6)


def test_bfloat16_is_close():
    hidden, embeddings, targets = problem(200)
    ours = linear_cross_entropy(hidden, embeddings, targets, torch.bfloat16)
    reference = plain(hidden, embeddings, targets)
    torch.testing.assert_close(ours, reference, rtol=0.01, atol=0)
    for got, wanted in zip(gradients(ours, hidden, embeddings), gradients(reference, hidden, embeddings), strict=True):
        assert (got - wanted).norm() < 0.01 * wanted.norm()


def test_padding_gets_no_gradient():
    hidden, embeddings, targets = problem(10)
    _, gradient = gradients(linear_cross_entropy(hidden, embeddings, targets, torch.float32), hidden, embeddings)
    assert not gradient[0].any()


def test_hopeless_targets_keep_the_loss_finite():
    hidden = torch.tensor([[200.0, 0.0]])
    embeddings = torch.tensor([[0.0, 0.0], [1.0, 0.0], [-1.0, 0.0]])
    assert linear_cross_entropy(hidden, embeddings, torch.tensor([2]), torch.float32).isfinite()
