"""The file `evaluations.npz` of Stable-Baselines3: what an agent earned at each evaluation, as CSV."""

from __future__ import annotations

from io import BytesIO
from itertools import chain

import numpy as np
from numpy.lib import format as npy

from curvewise.errors import MalformedError
from curvewise.model.series import FloatArray
from curvewise.parsing.zip_members import lists, member

_STEPS, _REWARDS, _LENGTHS = "timesteps.npy", "results.npy", "ep_lengths.npy"
_NAMES = "total_timesteps,eval/mean_reward,eval/mean_ep_length"


def is_of_evaluations(data: bytes) -> bool:
    """Whether an archive lists the steps and the rewards of evaluations."""
    return lists(data, _STEPS.encode(), _REWARDS.encode())


def as_csv(data: bytes) -> bytes:
    """Return the mean over the episodes of each evaluation, a line for each."""
    steps = _array(data, _STEPS).ravel()
    columns = [steps, *(_mean(_array(data, name), len(steps)) for name in (_REWARDS, _LENGTHS))]
    rows = zip(*(column.tolist() for column in columns), strict=True)
    return "\n".join(chain([_NAMES], (",".join(map(_cell, row)) for row in rows), [""])).encode()


def _cell(value: float) -> str:
    return repr(
        int(value) if value == value and abs(value) != float("inf") and value == int(value) else value
    )


def _mean(values: FloatArray, count: int) -> FloatArray:
    """Return the mean of each evaluation, whose episodes are a row."""
    if not values.size:
        return np.full(count, np.nan)
    if len(values) != count:
        raise MalformedError(
            f"the archive holds {count:,} steps and rewards of {len(values):,} evaluations",
            hint="it is probably cut: copy it again",
        )
    mean: FloatArray = values.reshape(count, -1).mean(axis=1)
    return mean


def _array(data: bytes, name: str) -> FloatArray:
    """Return an array of numbers; what its header tells is believed as far as it is long."""
    content = member(data, name)
    if not content:
        return np.zeros(0)
    file = BytesIO(content)
    try:
        if npy.read_magic(file) != (1, 0):
            raise ValueError("an unknown version")
        shape, _, dtype = npy.read_array_header_1_0(file)
        if dtype.kind not in "iuf":
            raise ValueError("not numbers")
        values = np.frombuffer(content, dtype, offset=file.tell()).reshape(shape)
    except ValueError as error:
        raise MalformedError(
            f"the array cannot be read: {error}", hint="write it again with NumPy", field=name
        ) from error
    return values.astype(np.float64)
