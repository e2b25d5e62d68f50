"""Comparison of fits to the same choices, with each other and with uniform choice.

Models of k free parameters on n trials are compared by

    AIC = 2 k - 2 ln L*,    BIC = k ln n - 2 ln L*,    R2 = 1 - ln L* / ln L(chance)        ([Wilson2019]_, step 5)

where ln L(chance) = -n ln K for K actions. The lower AIC or BIC is the better; BIC charges more for parameters.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

import numpy as np

from socialsim.core.errors import ParameterError

if TYPE_CHECKING:
    import pandas as pd


class Fitted(Protocol):
    """What is compared: a fit to all subjects together, or those to each."""

    @property
    def log_likelihood(self) -> float:
        """Ln L*."""

    @property
    def num_parameters(self) -> int:
        """Number of free parameters."""

    @property
    def num_trials(self) -> int:
        """Number of choices."""

    @property
    def chance(self) -> float:
        """Log-likelihood of uniform choice."""

    @property
    def aic(self) -> float:
        """Akaike's criterion."""

    @property
    def bic(self) -> float:
        """Schwarz's criterion."""


def compare(fits: Mapping[str, Fitted]) -> pd.DataFrame:
    """Return a table of fits to the same choices, and of uniform choice, the best by BIC first.

    Parameters
    ----------
    fits : mapping of str to Fit or SubjectFits

    Returns
    -------
    DataFrame
        Indexed by name: parameters, log_likelihood, aic, bic, r2 and ``weight``, the share of exp(-BIC / 2) in the sum.

    Raises
    ------
    ParameterError
        If the fits are not to the same number of trials.

    Examples
    --------
    >>> from socialsim.inference.choices import Choices
    >>> from socialsim.inference.maximum_likelihood import fit
    >>> from socialsim.learning.roth_erev import RothErev
    >>> choices = Choices.of([[0, 1] * 20], [[1.0, 0.0] * 20])
    >>> compare({"roth_erev": fit(RothErev(), choices, ["initial_weight"])}).index.tolist()
    ['chance', 'roth_erev']
    """
    import pandas as pd

    trials = {(item.num_trials, item.chance) for item in fits.values()}
    if len(trials) != 1:
        raise ParameterError("fits: they are not to the same choices; accepted: fits to the same")
    chance = next(iter(trials))[1]
    rows = {
        name: (item.num_parameters, item.log_likelihood, item.aic, item.bic, 1.0 - item.log_likelihood / chance)
        for name, item in fits.items()
    }
    rows["chance"] = (0, chance, -2.0 * chance, -2.0 * chance, 0.0)
    columns = ["parameters", "log_likelihood", "aic", "bic", "r2"]
    table = pd.DataFrame(list(rows.values()), pd.Index(list(rows), name="learner"), columns)
    table = table.sort_values("bic", kind="stable")
    ahead = np.exp(-0.5 * (table.bic - table.bic.min()))
    return table.assign(weight=ahead / ahead.sum())
