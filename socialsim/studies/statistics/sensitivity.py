"""Sensitivity: how strongly an outcome depends on each factor of a study.

For an outcome f(u) of independent factors u_1, ..., u_d with variance V

    S1_i = Var(E[f | u_i]) / V                 first order: what is gained by fixing factor i
    ST_i = E[Var(f | all but u_i)] / V         total: what is left when all others are fixed
    S2_ij = Var(E[f | u_i, u_j]) / V - S1_i - S1_j    second order: what the two do only together

and for the elementary effects EE_i = (f(u + delta e_i) - f(u)) / delta along the trajectories of Morris

    mu_i = mean EE_i,      mu_star_i = mean |EE_i|,      sigma_i = standard deviation of EE_i

The samples are those of the designs ``saltelli`` (S1, ST, and S2 with ``second_order``), ``fast`` (S1, ST) and
``morris`` (mu, mu_star, sigma); SALib computes the estimates. The bootstrap intervals that it offers for ``fast`` are
unreliable and are not reported. Where the outcome is the same everywhere, S1 and ST are undefined.

The outcome at a setting is an estimate from so many replications. Its sampling error is a part of V that no factor
explains: S1 becomes smaller, and ST, which takes it for interaction, larger. Take replications enough that the squared
standard errors are small against V.
"""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from socialsim.core.errors import ParameterError
from socialsim.core.extras import require
from socialsim.studies.design.designs import Design, Fast, Morris, Saltelli, unit_cube, unit_rows

Indices = dict[str, tuple[Any, Any]]


def sensitivity_indices(design: Design, factors: Sequence[str], outcomes: ArrayLike, seed: int) -> pd.DataFrame:
    """Return how strongly an outcome depends on each factor.

    Parameters
    ----------
    design : Saltelli, Morris or Fast
    factors : sequence of str
        Paths of the study's factors, in its order.
    outcomes : array_like, shape (num_settings,)
        The outcome at each of the design's settings, in its order, those that come twice included.
    seed : int
        That of the study; the bootstrap draws from it too.

    Returns
    -------
    DataFrame
        Columns factor, index, value, low and high: a 95% bootstrap interval. NaN where there is none. A second-order
        index stands at its two factors, such as ``"network.n x environment.effect"``.

    Raises
    ------
    ParameterError
        If the design is another one, or the outcomes are not finite or not as many as the settings.
    MissingExtraError
        If SALib is not installed.

    Source
    ------
    [Saltelli2010]_, table 2, b and f; [Morris1991]_, with mu_star of [Campolongo2007]_; [Saltelli1999]_.

    Examples
    --------
    >>> from socialsim.studies.design.designs import Full
    >>> sensitivity_indices(Full(), ["environment.effect"], [1.0, 2.0], seed=0)
    Traceback (most recent call last):
    ...
    socialsim.core.errors.ParameterError: the design full has no indices; accepted: saltelli, morris or fast
    """
    if not isinstance(design, Saltelli | Morris | Fast):
        raise ParameterError(f"the design {design.kind} has no indices; accepted: saltelli, morris or fast")
    values, rows = np.asarray(outcomes, float), unit_rows(design, len(factors), seed)
    if values.shape != rows.shape[:1] or not np.isfinite(values).all():
        raise ParameterError(f"outcomes: shape {values.shape} is not accepted; accepted: {len(rows)} finite numbers")
    found = _indices(design, rows, values, seed)
    pairs = [" x ".join(pair) for pair in itertools.combinations(factors, 2)]
    tables = [
        pd.DataFrame(
            {
                "factor": pairs if name == "S2" else factors,
                "index": name,
                "value": value,
                "low": value - half,
                "high": value + half,
            }
        )
        for name, (value, half) in found.items()
    ]
    return pd.concat(tables, ignore_index=True)


def _indices(
    design: Saltelli | Morris | Fast, rows: NDArray[np.float64], outcomes: NDArray[np.float64], seed: int
) -> Indices:
    """Return each index and the half-width of its interval, by name."""
    cube, none = unit_cube(rows.shape[1]), np.full(rows.shape[1], np.nan)
    pairs = np.triu_indices(rows.shape[1], 1)
    if not isinstance(design, Morris) and np.ptp(outcomes) == 0.0:
        undefined = {"S1": (none, none), "ST": (none, none)}
        no_pairs = np.full(len(pairs[0]), np.nan)
        return undefined | ({"S2": (no_pairs, no_pairs)} if getattr(design, "second_order", False) else {})
    if isinstance(design, Saltelli):
        found = require("SALib.analyze.sobol", "sensitivity").analyze(
            cube,
            outcomes,
            calc_second_order=design.second_order,
            seed=seed + 1,  # SALib takes 0 for none
        )
        indices = {name: (found[name], found[f"{name}_conf"]) for name in ("S1", "ST")}
        return indices | ({"S2": (found["S2"][pairs], found["S2_conf"][pairs])} if design.second_order else {})
    if isinstance(design, Morris):
        found = require("SALib.analyze.morris", "sensitivity").analyze(
            cube, rows, outcomes, num_levels=design.grid, seed=seed + 1
        )
        halves = {"mu": none, "mu_star": found["mu_star_conf"], "sigma": none}
        return {name: (np.asarray(found[name]), np.asarray(half)) for name, half in halves.items()}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the intervals that are not reported
        found = require("SALib.analyze.fast", "sensitivity").analyze(cube, outcomes, num_resamples=2)
    return {name: (np.asarray(found[name]), none) for name in ("S1", "ST")}
