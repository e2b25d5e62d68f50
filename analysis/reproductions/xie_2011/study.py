"""Xie et al. 2011: how large a committed minority tips a population from one word to another?

Run it with ``socialsim reproduce xie_2011 [--full]``.
"""

from __future__ import annotations

import math

from socialsim.core.compiled import compiled
from socialsim.core.estimate import Estimate
from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.environments.naming import Naming
from socialsim.environments.naming.theory import tipping_point
from socialsim.learning.naming_game import NamingGame
from socialsim.metrics.estimates import mean, proportion

A, B = 0, 1
FEW, MANY = 0.08, 0.12
SIZES = {False: 1000, True: 4000}
GAMES = 200  # per agent
NEVER = 1_000_000  # games per agent


class Open(NamingGame):
    """A mutation: who begins with A listens like anybody."""

    @staticmethod
    @compiled
    def initialise(learner, i, stream):
        """Let nobody be committed; the first agents begin with word A."""
        learner.size[i] = 1
        learner.words[i, 0] = A if i < learner.to_commit[0] else B


class Impatient(NamingGame):
    """A mutation: a hearer takes over whatever it hears."""

    @staticmethod
    @compiled
    def learn(learner, i, observation, action, reward, next_observation, stream):
        """Know the word heard alone."""
        if observation == 0 and not learner.is_committed[i]:
            learner.words[i, 0] = learner.heard[i] if learner.heard[i] >= 0 else action
            learner.size[i] = 1


MUTATIONS = {"the minority listens": Open, "one hearing suffices": Impatient}


def measure(replications: int, seed: int, full: bool, mutation: str | None = None) -> dict[str, Estimate]:
    """Return every quantity of ``expected.json``."""
    size, tip = SIZES[full], _exactly(tipping_point())
    measured = {"tipping point p_c, mean field": tip, "tipping point p_c, as printed": tip}
    for k, p in enumerate((0.05, FEW, MANY)):
        knows_b, tipped = _rest(size, p, replications, seed + k, mutation)
        measured[f"n_B at rest, p {p:g}".replace("0.", ".")] = knows_b
        measured[f"runs that tip, p {p:g}".replace("0.", ".")] = tipped
    measured["time to consensus at N over N/10, p .12"] = _ratio(
        _time(size, MANY, replications, seed + 20, mutation), _time(size // 10, MANY, replications, seed + 21, mutation)
    )
    measured["time to consensus, N 100 over N 50, p .06"] = _ratio(
        _time(100, 0.06, replications, seed + 22, mutation), _time(50, 0.06, replications, seed + 23, mutation)
    )
    return measured


def _model(size: int, p: float, games: int, mutation: str | None) -> Scenario:
    learner = NamingGame if mutation is None else MUTATIONS[mutation]
    rule = learner(first_word=B, committed=p, committed_word=A)
    return Scenario(Naming(vocabulary=2), rule, f"complete:n={size}", games * size)


def _rest(size: int, p: float, replications: int, seed: int, mutation: str | None) -> tuple[Estimate, Estimate]:
    """Return the share of agents who know B alone at the end, and of runs in which all know A alone."""
    result = run(_model(size, p, GAMES, mutation), replications=replications, seed=seed, record="counts")
    knows_b = result.agents.groupby("run").only_word.apply(lambda words: (words == B).mean())
    return mean(knows_b), proportion((result.runs.stop == "settled") & (result.runs.verdict == A))


def _time(size: int, p: float, replications: int, seed: int, mutation: str | None) -> Estimate:
    """Return the mean games per agent until all know one word alone."""
    runs = run(
        _model(size, p, NEVER, mutation), replications=replications, seed=seed, record="counts", record_every=None
    ).runs
    return mean(runs.steps / size)


def _ratio(first: Estimate, second: Estimate) -> Estimate:
    """Return the ratio of two independent means, by the delta method."""
    value = first.value / second.value
    error = value * math.hypot(first.standard_error / first.value, second.standard_error / second.value)
    low, high, num_runs = value - 1.96 * error, value + 1.96 * error, min(first.num_runs, second.num_runs)
    return Estimate(value, low, high, num_runs, method="delta method, 95%", standard_error=error)


def _exactly(value: float) -> Estimate:
    return Estimate(value, value, value, 1, standard_error=0.0)
