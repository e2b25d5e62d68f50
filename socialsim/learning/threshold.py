"""Thresholds: act as soon as enough of those one sees do.

    action_t = 1 if x_t >= phi_i, else 0,

where x_t is the share of others that agent i sees active and phi_i its threshold, which never changes. Who has a
threshold of at most 0 acts alone (Granovetter's instigators), who has one above 1 never acts. Thresholds are equal
(Watts), drawn from a uniform or a normal distribution (Granovetter), or given: one number an agent, in a list or in a
CSV file with the column ``threshold`` and, if there are several agent types or another order is meant, the agents' rows
in the column ``agent``. Sources: [Granovetter1978]_, [Watts2002]_.
"""

from __future__ import annotations

import csv
import math
from pathlib import Path
from typing import Any, ClassVar, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError
from socialsim.core.parameters import parameter
from socialsim.core.streams import normal, uniform
from socialsim.engine.interface import Box, Learner, Specification

EQUAL, UNIFORM, NORMAL, GIVEN = 0, 1, 2, 3
DISTRIBUTIONS = {"equal": EQUAL, "uniform": UNIFORM, "normal": NORMAL}


class State(NamedTuple):
    """Everybody's threshold."""

    mean: float
    spread: float
    distribution: int
    threshold: NDArray[np.float64]  # (num_agents,)


class Threshold(Learner):
    """Acts once the share of those it sees active reaches its threshold.

    Examples
    --------
    >>> Threshold(distribution="normal", threshold=0.25, spread=0.122).spread
    0.122
    """

    threshold: float = parameter(0.18, "the threshold of all, or their mean", unit="share of those seen")
    distribution: Literal["equal", "uniform", "normal"] = parameter("equal", "how thresholds are distributed")
    spread: float = parameter(
        0.0, "half the width of the uniform distribution, standard deviation of the normal one", ge=0
    )
    values: tuple[float, ...] = parameter((), "the thresholds of all agents, in their order; drawn if empty")
    file: str = parameter("", "a CSV file of the thresholds, with the column threshold and perhaps agent")

    source: ClassVar[str] = "Granovetter 1978, American Journal of Sociology 83:1420-1443"

    def model_post_init(self, context: Any) -> None:
        """Refuse a spread of equal thresholds, and two sources at once."""
        if self.values and self.file:
            raise ParameterError("values: not accepted beside file; accepted: one of them")
        if self.spread > 0 and self.distribution == "equal":
            raise ParameterError(
                f"spread: {self.spread:g} is not accepted with distribution=equal; accepted: uniform, normal"
            )

    def state(self, specification: Specification, num_agents: int) -> State:
        """Lay out the thresholds; `initialise` draws those that are not given."""
        seen = specification.observations
        if not isinstance(seen, Box) or seen.shape != (2,) or specification.num_actions != 2:
            raise ParameterError(
                "learner: 'threshold' needs an environment in which agents see their own opinion and a share, and do "
                "one of two things, such as cascades with environment.observation=share"
            )
        given = read_thresholds(Path(self.file), num_agents) if self.file else np.array(self.values, float)
        if len(given) and len(given) != num_agents:
            raise ParameterError(
                f"learner.values: {len(given)} thresholds are not accepted; accepted: {num_agents}, one for each agent"
            )
        return State(
            mean=self.threshold,
            spread=self.spread,
            distribution=GIVEN if len(given) else DISTRIBUTIONS[self.distribution],
            threshold=given if len(given) else np.zeros(num_agents),
        )

    @staticmethod
    @compiled
    def initialise(learner, i, stream):
        """Draw one's threshold, unless it is given."""
        if learner.distribution == EQUAL:
            learner.threshold[i] = learner.mean
        elif learner.distribution == UNIFORM:
            learner.threshold[i] = learner.mean + learner.spread * (2.0 * uniform(stream) - 1.0)
        elif learner.distribution == NORMAL:
            learner.threshold[i] = learner.mean + learner.spread * normal(stream)

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """Act if enough others do."""
        return 1 if observation[1] >= learner.threshold[i] else 0


def read_thresholds(path: Path, num_agents: int) -> NDArray[np.float64]:
    """Return the thresholds that a CSV file gives.

    Parameters
    ----------
    path : Path
        With a header that names the column ``threshold`` and perhaps ``agent``, and one line an agent.
    num_agents : int

    Returns
    -------
    ndarray, shape (num_agents,)

    Raises
    ------
    ParameterError
        It names the file, the line (from 1) and the column, and what is accepted.
    """
    where = f"learner.file: {path}"
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            columns = reader.fieldnames or []
            rows = [(reader.line_num, row) for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ParameterError(f"{where}: cannot be read ({error}); accepted: a CSV file in UTF-8") from None
    if "threshold" not in columns:
        raise ParameterError(f"{where}, line 1: no column 'threshold'; accepted: threshold, or agent and threshold")
    if len(rows) != num_agents:
        raise ParameterError(f"{where}: {len(rows)} thresholds; accepted: {num_agents}, one for each agent")
    thresholds = np.full(num_agents, np.nan)
    for place, (number, row) in enumerate(rows):
        agent = _agent(row["agent"], num_agents, f"{where}, line {number}") if "agent" in columns else place
        if not np.isnan(thresholds[agent]):
            raise ParameterError(f"{where}, line {number}, column agent: {agent} is there already; accepted: each once")
        thresholds[agent] = _number(row["threshold"], f"{where}, line {number}")
    return thresholds


def _agent(text: str | None, num_agents: int, where: str) -> int:
    if text is None or not text.strip().isdecimal() or not 0 <= int(text) < num_agents:
        raise ParameterError(f"{where}, column agent: {text!r} is not accepted; accepted: 0 to {num_agents - 1}")
    return int(text)


def _number(text: str | None, where: str) -> float:
    try:
        number = float(text or "")
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise ParameterError(f"{where}, column threshold: {text!r} is not accepted; accepted: a finite number")
    return number
