r"""How far N agents are from their limit, and how fast they come closer.

For each number of agents N, over many runs, with m_t the shares of the states in a run and mu_t those in the limit,

    RMS error        sqrt(E mean_t |m_t - mu_t|^2)                what one population is off by
    bias             sqrt(mean_t |E m_t - mu_t|^2)                what the mean of many populations is off by
    exploitability   E_N = what an agent of N could earn more by leaving the policy alone; its gap is E_N - E

and each one's slope in log N. **Theory.** With functions of z that are Lipschitz, the RMS error falls as N^(-1/2): the
law of large numbers, handed on from step to step; and the gap of the exploitability at least as fast
([CuiKoeppl2022]_). Where they are smooth, what is of order N^(-1/2) cancels in the mean, so that the bias falls as
N^(-1) ([Gast2017]_), and the gap as well. On W-random graphs a graph is drawn anew for each seed, and its
randomness adds to the RMS error.

**The bias is small** beside what one run is off by, as N^(-1) beside N^(-1/2). Two things keep its slope honest. From
each run is taken what it owes to chance alone, carried along as the limit would carry it,

    c_{t+1} = J_t c_t + xi_{t+1},            J_t = the derivative of the limit's step at mu_t,

with xi the surprises of `Play`: their mean is 0, so that of c is, whatever J; what is left is of order 1/N, as the bias
is, where all hear all and there is no common state. What a random graph adds, or a common state hands on, is not in c:
it stays as noise. And the squared bias that chance alone would show, variance over number of runs, is subtracted.

**Few deviate.** A graph has more agents than can be made to deviate one by one. With e(x) what one at node x gains in
the limit, the mean gain of all N is estimated by that of the deviants, drawn evenly, less their mean of e, plus that of
all N: without bias, and without the noise of where the deviants happen to be.

The seed is the unit of all intervals (Student's; that of the bias is a jackknife): each has its own runs and, where
graphs are random, its own graph. Runs of the same number share their first draws at all N, so that errors at two sizes
are a little correlated; a slope takes them as independent, and its standard error is too large rather than too small.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from socialsim.core.errors import ParameterError, unknown
from socialsim.engine.aggregative import AggregativeGame
from socialsim.limits.agents import Crowd
from socialsim.limits.games import Game
from socialsim.limits.limit import Evaluation, Floats, Limit
from socialsim.limits.rates import MEANINGS, Slope, fit_slope, root
from socialsim.limits.solvers import solve
from socialsim.networks.graphon_sampling import draw_positions, sample
from socialsim.networks.graphon_specs import parse_graphon
from socialsim.networks.graphons import Graphon, as_graphon
from socialsim.networks.network import Network
from socialsim.networks.sources import NetworkSource, parse

if TYPE_CHECKING:
    import pandas as pd

QUANTITIES = ("rms", "bias", "gap")
LARGEST_DERIVATIVE = 512  # numbers of a flow at one step, above which the surprises are not carried along
NUDGE = 1e-6


@dataclass(frozen=True)
class Comparison:
    """Agents against their limit.

    Parameters
    ----------
    game : str
    table : DataFrame
        A row for each size, in which ``size``; ``rms``, ``bias``, ``exploitability`` and ``gap``, each with ``_low``,
        ``_high`` (95%) and ``_se``; and ``noise``, the bias that chance alone would show, already subtracted.
    slopes : dict of str to Slope
        Of "rms", "bias" and "gap".
    exploitability : float
        In the limit, E.
    limit : Limit
    evaluation : Evaluation
        Of the policy, in the limit.
    """

    game: str
    table: pd.DataFrame
    slopes: dict[str, Slope]
    exploitability: float
    limit: Limit
    evaluation: Evaluation

    def __str__(self) -> str:
        """Give each slope beside its theory."""
        lines = [f"{name:5} {self.slopes[name]!s:16} theory: {MEANINGS[name]}" for name in self.slopes]
        return "\n".join([f"{self.game}: slopes in log N", *lines])

    def to_json(self) -> dict[str, Any]:
        """Return table and slopes as plain objects."""
        slopes = {
            name: {key: getattr(slope, key) for key in ("value", "standard_error", "theory", "num_sizes", "is_zero")}
            for name, slope in self.slopes.items()
        }
        return {
            "game": self.game,
            "exploitability_of_limit": self.exploitability,
            "sizes": self.table.to_dict("records"),
            "slopes": slopes,
        }


def compare(
    game: Game | AggregativeGame,
    sizes: Sequence[int] = (20, 40, 80, 160, 320),
    graph: Any = "complete",
    seeds: Sequence[int] = range(20),
    *,
    policy: Any = None,
    limit: Limit | None = None,
    nodes: int = 64,
    runs: int = 50,
    deviants: int = 4,
    steps: int = 50,
) -> Comparison:
    """Measure how far N agents are from their limit.

    Parameters
    ----------
    game : Game or AggregativeGame
    sizes : sequence of int
        Numbers of agents.
    graph : str, callable, array, number or Graphon
        "complete", or another spec with a number of agents ``n``, beside the mean field; "graphon:W=..." beside that
        graphon; or a graphon as `as_graphon` takes it, whose W-random graphs have agents at evenly spaced positions.
    seeds : sequence of int
        Roots of all randomness; at least two.
    policy : array or "uniform", optional
        What all follow; by default what `solve` finds in the limit.
    limit : Limit, optional
        In place of the one that goes with the graph.
    nodes : int
        Nodes of the graphon.
    runs : int
        Runs for each seed and size.
    deviants : int
        Agents on each graph whose deviation is played; 0 leaves the exploitability out.
    steps : int
        How long a game without end is played, from its beginning; its policy is that of the game without end.

    Raises
    ------
    ParameterError
        If sizes, seeds or the graph are not accepted.

    Examples
    --------
    >>> from socialsim.limits.library.left_right import rules
    >>> print(compare(rules(), sizes=(20, 40), seeds=range(3), runs=50, policy="uniform").slopes["rms"].num_sizes)
    2
    """
    game = game if isinstance(game, Game) else Game(game)
    sizes, seeds = _checked(sizes, seeds, runs, deviants)
    graph = _as_graph(graph)
    limit = limit_of(game, graph, nodes) if limit is None else limit
    chances = _policy(limit, policy)
    if not limit.game.num_steps:
        limit = limit_of(Game(limit.game.replace(num_steps=steps)), graph, nodes)
    evaluation = limit.evaluate(chances)
    carry = derivatives(limit, evaluation)
    rows = []
    for size in sizes:
        samples = [_sample(limit, evaluation, carry, _draw(graph, size, seed), seed, runs, deviants) for seed in seeds]
        rows.append({"size": size} | _summary(samples, evaluation.exploitability))
    import pandas as pd

    table = pd.DataFrame(rows)
    slopes = {name: fit_slope(table, name) for name in QUANTITIES if f"{name}_se" in table}
    return Comparison(game.rules.name(), table, slopes, evaluation.exploitability, limit, evaluation)


def derivatives(limit: Limit, evaluation: Evaluation) -> Floats | None:
    """Return how a step of the flow hands on small changes, in shares of all agents, shape (T, n S, n S).

        J_t = d(w mu_{t+1}) / d(w mu_t) at the flow, by differences;

    None where the flow has more than `LARGEST_DERIVATIVE` numbers a step.

    Examples
    --------
    >>> from socialsim.limits.library.left_right import rules
    >>> limit = Game(rules()).mean_field()
    >>> derivatives(limit, limit.evaluate(limit.uniform_policy()))[0].round(6).tolist()  # from any place to both roads
    [[0.0, 0.0, 0.0], [0.5, 0.5, 0.5], [0.5, 0.5, 0.5]]
    """
    num_steps, n, _, num_states, _ = evaluation.policy.shape
    width = n * num_states
    if width > LARGEST_DERIVATIVE:
        return None
    found = np.empty((num_steps, width, width))
    for t in range(num_steps):
        for k in range(width):
            middle = evaluation.flow.states[t].reshape(-1)[k]
            ends = (max(0.0, middle - NUDGE), middle + NUDGE)  # below 0 nobody is there to be moved on
            low, high = (_stepped(limit, evaluation, t, k, end) for end in ends)
            found[t, :, k] = (high - low) / (ends[1] - ends[0])
    mass = np.repeat(limit.weights, num_states)
    return found * mass[:, None] / mass[None, :]


def _stepped(limit: Limit, evaluation: Evaluation, t: int, k: int, value: float) -> Floats:
    """Return where a step leads if one number of the flow is another, shape (n S,)."""
    states = evaluation.flow.states[t].copy()
    states.reshape(-1)[k] = value
    return limit.next_states(t, evaluation.policy, states, evaluation.flow).reshape(-1)


def limit_of(game: Game, graph: Any, nodes: int = 64) -> Limit:
    """Return the limit that goes with a graph: a mean field, or a graphon.

    Parameters
    ----------
    game : Game
    graph : str, callable, array, number or Graphon
        As `compare` takes it.
    nodes : int
        Of a graphon.

    Raises
    ------
    ParameterError
        If the game sums over neighbours without dividing by their number, and the graph says nothing of that.

    Examples
    --------
    >>> from socialsim.limits.library.sis import rules
    >>> limit_of(Game(rules()), "graphon:W=minimum", nodes=5).num_nodes
    5
    """
    graph = _as_graph(graph)
    if isinstance(graph, Graphon):
        return game.graphon(graph, nodes=nodes)
    if graph.spec.partition(":")[0] == "graphon":
        if game.rules.normalise == "N" and graph.parameters["rho"] != 1.0:
            raise ParameterError("graph: with normalise = 'N' a rho other than 1 is not accepted; accepted: rho=1")
        return game.graphon(parse_graphon(graph.parameters["W"]), nodes=nodes)
    if game.rules.normalise == "N" and graph.spec.partition(":")[0] != "complete":
        raise ParameterError(
            f"graph: {_without_size(graph)!r} has no limit of its own with normalise = 'N'; accepted: 'complete', a "
            "graphon, or normalise = 'degree'"
        )
    return game.mean_field()


def carried(surprises: Floats, carry: Floats) -> Floats:
    """Return what each run owes to chance, c, over all nodes, shape (num_runs, T + 1, S).

    Parameters
    ----------
    surprises : ndarray, shape (num_runs, T + 1, n, S)
    carry : ndarray, shape (T, n S, n S)
        As `derivatives` gives it.

    Examples
    --------
    >>> carried(np.array([[[[0.1]], [[0.0]], [[0.2]]]]), np.array([[[0.5]], [[0.5]]]))[0, :, 0].tolist()
    [0.1, 0.05, 0.225]
    """
    num_runs, num_times, n, num_states = surprises.shape
    found = np.empty((num_runs, num_times, num_states))
    now = np.zeros((num_runs, n * num_states))
    for t in range(num_times):
        now = surprises[:, t].reshape(num_runs, -1) + (now @ carry[t - 1].T if t else 0.0)
        found[:, t] = now.reshape(num_runs, n, num_states).sum(axis=1)
    return found


def squared_bias(means: Floats) -> tuple[float, float]:
    """Return the squared bias of the mean over seeds, and the square that chance alone would show, subtracted in it.

    Parameters
    ----------
    means : ndarray, shape (num_seeds, T + 1, S)
        What the mean of each seed is off by.

    Examples
    --------
    >>> squared_bias(np.array([[[1.0]], [[-1.0]]]))  # no bias, and a standard error of 1
    (-1.0, 1.0)
    """
    noise = means.var(axis=0, ddof=1) / len(means)
    return float((means.mean(axis=0) ** 2 - noise).sum(axis=-1).mean()), float(noise.sum(axis=-1).mean())


def _checked(sizes: Any, seeds: Any, runs: int, deviants: int) -> tuple[list[int], list[int]]:
    sizes, seeds = list(sizes), list(seeds)
    if not sizes or any(isinstance(n, bool) or not isinstance(n, int | np.integer) or n < 2 for n in sizes):
        raise ParameterError(f"sizes: {sizes} is not accepted; accepted: numbers of agents >= 2")
    if len(set(seeds)) < 2 or any(not isinstance(seed, int | np.integer) or seed < 0 for seed in seeds):
        raise ParameterError(f"seeds: {seeds} is not accepted; accepted: at least two different integers >= 0")
    if runs < 2:
        raise ParameterError(f"runs: {runs} is not accepted; accepted: an integer >= 2")
    if deviants < 0:
        raise ParameterError(f"deviants: {deviants} is not accepted; accepted: an integer >= 0")
    return sizes, seeds


def _as_graph(given: Any) -> NetworkSource | Graphon:
    if not isinstance(given, str | NetworkSource):
        return as_graphon(given)
    source = parse(given)
    if "n" not in source.parameters:
        raise ParameterError(
            f"graph: {source.name!r} is a network of fixed size; accepted: one with n, such as complete, "
            "erdos_renyi:p=0.2 or graphon:W=minimum"
        )
    return source


def _without_size(source: NetworkSource) -> str:
    """Return a spec in which no number of agents stands."""
    return ",".join(part for part in source.spec.replace(":", ":,").split(",") if part[:2] != "n=").replace(":,", ":")


def _policy(limit: Limit, policy: Any) -> Floats:
    if policy is None:
        return solve(limit).policy
    if isinstance(policy, str):
        if policy != "uniform":
            raise ParameterError(unknown("policy", policy, ["uniform"]))
        return limit.uniform_policy()
    return limit.policy(policy)


def _draw(graph: NetworkSource | Graphon, size: int, seed: int) -> Network:
    """Return the network of one seed and size."""
    rng = np.random.default_rng((seed, size))
    if isinstance(graph, Graphon):
        return sample(graph, draw_positions(size, "grid", rng), rng=rng)
    source = graph.replace(n=size)
    return source.draw(rng if source.is_random else None)


@dataclass(frozen=True)
class _Sample:
    """What the runs of one seed say: mean square, mean error of shape (T + 1, S), exploitability."""

    square: float
    mean: Floats
    exploitability: float


def _sample(
    limit: Limit,
    evaluation: Evaluation,
    carry: Floats | None,
    network: Network,
    seed: int,
    runs: int,
    deviants: int,
) -> _Sample:
    crowd = Crowd(limit, evaluation.policy, network)
    play = crowd.play(range(runs), seed=seed)
    target = np.einsum("x,txs->ts", limit.weights, evaluation.flow.states)
    off = play.shares.sum(axis=2) - target
    rest = off if carry is None else off - carried(play.surprises, carry)
    gain = math.nan
    if deviants:
        agents = crowd.deviants(deviants, seed=seed)
        measured = crowd.exploitability(range(runs), seed=seed, agents=agents, samples=4 * runs).mean.value
        alone = (evaluation.flow.states[0] * evaluation.regret).sum(axis=1)[crowd.node]  # of each agent, in the limit
        gain = measured + float(alone.mean() - alone[agents].mean())
    return _Sample(float((off**2).sum(axis=2).mean()), rest.mean(axis=0), gain)


def _summary(samples: list[_Sample], limit_value: float) -> dict[str, float]:
    """Return a row of the table."""
    from scipy.special import stdtrit

    count = len(samples)
    reach = float(stdtrit(count - 1, 0.975))  # Student's, since seeds are few
    squares = np.array([sample.square for sample in samples])
    found = root("rms", float(squares.mean()), _spread(squares), reach)
    if count > 2:
        means = np.stack([sample.mean for sample in samples])
        value, noise = squared_bias(means)
        left_out = np.array([squared_bias(np.delete(means, k, axis=0))[0] for k in range(count)])
        error = math.sqrt((count - 1) / count * float(((left_out - left_out.mean()) ** 2).sum()))
        found |= root("bias", value, error, reach) | {"noise": math.sqrt(noise)}
    gains = np.array([sample.exploitability for sample in samples])
    if np.isfinite(gains).all():
        error = _spread(gains)
        for name, value in (("exploitability", float(gains.mean())), ("gap", float(gains.mean() - limit_value))):
            ends = {f"{name}_low": value - reach * error, f"{name}_high": value + reach * error}
            found |= {name: value} | ends | {f"{name}_se": error}
    return found


def _spread(values: Floats) -> float:
    """Return the standard error of a mean."""
    return float(values.std(ddof=1)) / math.sqrt(len(values))
