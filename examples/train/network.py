"""A tiny language model: the tokens of a fixed context, embedded, through one hidden layer."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Tokens = NDArray[np.int64]


class Network(NamedTuple):
    """Weights; the same shape holds gradients and Adam's moments.

    Parameters
    ----------
    embedding
        One row a token, shape (vocabulary, width).
    hidden, hidden_bias
        From the concatenated context to the hidden layer, shapes (context * width, units) and (units,).
    output, output_bias
        From the hidden layer to the scores of the next token, shapes (units, outputs) and (outputs,).
    """

    embedding: Floats
    hidden: Floats
    hidden_bias: Floats
    output: Floats
    output_bias: Floats


class Pass(NamedTuple):
    """What a forward pass leaves for the backward pass."""

    inputs: Floats
    units: Floats
    log_probabilities: Floats


def new_network(
    rng: np.random.Generator, *, vocabulary: int, outputs: int, context: int, width: int, units: int
) -> Network:
    """Return a network with random weights; it predicts the first `outputs` tokens of the vocabulary."""
    inputs = context * width
    return Network(
        rng.normal(0.0, 1.0, (vocabulary, width)),
        rng.normal(0.0, inputs**-0.5, (inputs, units)),
        np.zeros(units),
        rng.normal(0.0, 0.5 * units**-0.5, (units, outputs)),
        np.zeros(outputs),
    )


def forward(network: Network, contexts: Tokens) -> Pass:
    """Predict the token after each context of shape (n, context)."""
    inputs = network.embedding[contexts].reshape(len(contexts), -1)
    units = np.tanh(inputs @ network.hidden + network.hidden_bias)
    scores = units @ network.output + network.output_bias
    scores -= scores.max(axis=1, keepdims=True)
    return Pass(inputs, units, scores - np.log(np.exp(scores).sum(axis=1, keepdims=True)))


def log_likelihood(seen: Pass, targets: Tokens) -> Floats:
    """Return the log-probability of each target, shape (n,)."""
    return seen.log_probabilities[np.arange(len(targets)), targets]


def backward(network: Network, contexts: Tokens, targets: Tokens, weights: Floats, seen: Pass) -> Network:
    """Return the gradient of ``-sum(weights * log p(target))``; supervised or policy gradient alike."""
    scores = np.exp(seen.log_probabilities)
    scores[np.arange(len(targets)), targets] -= 1.0
    scores *= weights[:, None]
    units = (scores @ network.output.T) * (1.0 - seen.units**2)
    tokens, width = network.embedding.shape
    inputs = (units @ network.hidden.T).reshape(-1, width)
    embedding = [np.bincount(contexts.ravel(), column, tokens) for column in inputs.T]
    return Network(
        np.stack(embedding, axis=1),
        seen.inputs.T @ units,
        units.sum(axis=0),
        seen.units.T @ scores,
        scores.sum(axis=0),
    )


def norm(gradient: Network) -> float:
    """Return the Euclidean norm over all weights."""
    return float(np.sqrt(sum(float((part**2).sum()) for part in gradient)))


class Adam:
    """Adam (Kingma and Ba, 2015), with the gradient clipped to a norm.

    Parameters
    ----------
    network
        The weights to start from; `step` returns new ones and leaves these alone.
    clip
        Largest norm of a gradient.
    """

    def __init__(self, network: Network, *, clip: float = 1.0) -> None:
        self.mean = Network(*(np.zeros_like(part) for part in network))
        self.square = Network(*(np.zeros_like(part) for part in network))
        self.clip = clip
        self.steps = 0

    def step(self, network: Network, gradient: Network, learning_rate: float) -> Network:
        """Return the network after one step against the gradient."""
        self.steps += 1
        scale = min(1.0, self.clip / max(norm(gradient), 1e-12))
        moved = []
        for weights, part, mean, square in zip(network, gradient, self.mean, self.square, strict=True):
            mean += 0.1 * (scale * part - mean)
            square += 0.001 * ((scale * part) ** 2 - square)
            direction = (mean / (1 - 0.9**self.steps)) / (np.sqrt(square / (1 - 0.999**self.steps)) + 1e-8)
            moved.append(weights - learning_rate * direction)
        return Network(*moved)
