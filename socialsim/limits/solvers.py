r"""Equilibria of a limit: five iterations from a policy to a policy that nobody gains by leaving.

Each iteration evaluates the policy pi^n at its own flow mu^n (`Limit.evaluate`) and forms the next one from what it
finds there: Q^*, what is best at mu^n, and Q^pi, what pi^n earns. With BR(mu) the best response to a flow,

    fixed_point          pi^{n+1} = mix of pi^n and BR(mu^n), a fixed share of it
    fictitious_play      the same with the share 1 / (n + 2): the average of all best responses so far
    mirror_descent       y^{n+1} = y^n + rate Q^pi,  pi^{n+1} = softmax(y^{n+1})
    boltzmann_iteration  pi^{n+1} = softmax(Q^pi / temperature)
    prior_descent        pi^{n+1} = q exp(Q^* / temperature) / normalisation;  q <- pi after every few iterations

Policies are mixed **by the flow**, as agents are who split into groups: with the share alpha of BR,

                      (1 - alpha) mu^n(s) pi^n(a | s) + alpha mu^BR(s) BR(a | s)
    pi^{n+1}(a | s) = ----------------------------------------------------------
                               (1 - alpha) mu^n(s) + alpha mu^BR(s)

at each time and node, where mu^BR is where BR takes everybody. Where nobody comes it is BR.

None of them converges in all games. Fixed points cycle as best responses do unless they are contractions; fictitious
play and mirror descent converge where rewards fall with crowding (monotone games); Boltzmann iteration and prior
descent with a prior that stays come to rest at temperatures that are high enough, at a policy that responds with noise
and whose exploitability is not 0: to Q^pi, what actions earn if one goes on with the same noise, or to Q^*, what they
earn if one goes on without it, the Boltzmann equilibrium of [CuiKoeppl2021]_. [Lauriere2022]_
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any

import numpy as np

from socialsim.core.errors import ParameterError, SolverError, unknown
from socialsim.limits.limit import Evaluation, Floats, Limit

Iterates = Generator[Floats, Evaluation, None]


@dataclass(frozen=True)
class Solution:
    """What a solver found.

    Parameters
    ----------
    policy : ndarray, shape (T, n, G, S, A)
        The last one.
    exploitabilities : ndarray, shape (iterations + 1,)
        Of every policy, from the start on.
    evaluation : Evaluation
        Of the last policy.
    method : str
    tolerance : float or None
        What the exploitability was to come down to.
    """

    policy: Floats
    exploitabilities: Floats
    evaluation: Evaluation
    method: str
    tolerance: float | None

    @property
    def converged(self) -> bool | None:
        """Whether the last exploitability is within the tolerance; None if there was none."""
        return None if self.tolerance is None else self.exploitability <= self.tolerance

    @property
    def exploitability(self) -> float:
        """The last one."""
        return float(self.exploitabilities[-1])

    @property
    def num_iterations(self) -> int:
        """Iterations after the start."""
        return len(self.exploitabilities) - 1

    @property
    def num_ties(self) -> int:
        """In how many places several actions are best at the end, see `Evaluation.num_ties`."""
        return self.evaluation.num_ties

    def __str__(self) -> str:
        """Say how it ended, in one line."""
        found = f"{self.method}: exploitability {self.exploitability:.6g} after {self.num_iterations} iterations"
        if self.converged is not None:
            found += f", {'within' if self.converged else 'NOT within'} the tolerance of {self.tolerance:g}"
        return found + (f"; {self.num_ties} ties" if self.num_ties else "")


def solve(
    limit: Limit,
    method: str = "mirror_descent",
    iterations: int = 100,
    *,
    start: Any = None,
    tolerance: float | None = None,
    strict: bool = False,
    **options: Any,
) -> Solution:
    """Return where a solver comes to.

    Parameters
    ----------
    limit : Limit
        A mean field or a graphon; with an end, or discounted without.
    method : str
        One of `METHODS`.
    iterations : int
        At most so many.
    start : array, optional
        The first policy, see `Limit.policy`; by default all actions are alike.
    tolerance : float, optional
        Stop as soon as the exploitability is so low, in units of reward.
    strict : bool
        Whether not to come within the tolerance is an error.
    **options
        Of the method: see `fixed_point`, `fictitious_play`, `mirror_descent`, `boltzmann_iteration`, `prior_descent`.

    Raises
    ------
    SolverError
        If it is strict and has not converged; if an endless flow does not settle.
    ParameterError
        If a reward is not finite, or a transition not accepted, at what a policy of the iteration leads to.

    Examples
    --------
    >>> from socialsim.limits.library.left_right import rules
    >>> from socialsim.limits.mean_field import MeanField
    >>> print(solve(MeanField(rules()), iterations=50, tolerance=1e-8))
    mirror_descent: exploitability 8.18856e-09 after 15 iterations, within the tolerance of 1e-08; 3 ties
    """
    if not isinstance(limit, Limit):
        raise ParameterError(f"limit: {limit!r} is not accepted; accepted: a Limit, such as game.mean_field()")
    if method not in METHODS:
        raise ParameterError(unknown("method", method, METHODS))
    if iterations < 0:
        raise ParameterError(f"iterations: {iterations} is not accepted; accepted: 0 or more")
    if tolerance is not None and not tolerance >= 0.0:
        raise ParameterError(f"tolerance: {tolerance} is not accepted; accepted: 0 or more")
    if strict and tolerance is None:
        raise ParameterError("strict: needs a tolerance; accepted: tolerance= with it")
    _check_options(method, options)
    iterates = METHODS[method](limit, limit.uniform_policy() if start is None else limit.policy(start), **options)
    policy, found = next(iterates), []
    for n in range(iterations + 1):
        evaluation = limit.evaluate_full(policy)
        found.append(evaluation.exploitability)
        if n == iterations or (tolerance is not None and found[-1] <= tolerance):
            break
        policy = iterates.send(evaluation)
    solution = Solution(policy, np.array(found), evaluation, method, tolerance)
    if strict and not solution.converged:
        raise SolverError(
            f"{method}: has not converged to {tolerance:g} in {iterations} iterations; its last exploitability is "
            f"{found[-1]:.6g}, the lowest {min(found):.6g}; accepted: more iterations, other options, another method"
        )
    return solution


def _check_options(method: str, options: dict[str, Any]) -> None:
    """Refuse what a method does not know, and values out of range."""
    known = list(inspect.signature(METHODS[method]).parameters)[2:]
    for name, value in options.items():
        if name not in known:
            raise ParameterError(unknown(f"option of {method}", name, known))
        if name == "share" and not 0.0 < value <= 1.0:
            raise ParameterError(f"share: {value} is not accepted; accepted: above 0, at most 1")
        if name in ("rate", "temperature") and not (value > 0.0 and np.isfinite(value)):
            raise ParameterError(f"{name}: {value} is not accepted; accepted: above 0")
        if name == "every" and value is not None and (value != int(value) or value < 1):
            raise ParameterError(f"every: {value} is not accepted; accepted: 1, 2, ... or None")


# --- Methods: each yields a policy and is sent its evaluation --------------------------------------------------------


def fixed_point(limit: Limit, policy: Floats, *, share: float = 1.0, split: bool = False) -> Iterates:
    """Let a share of the agents go over to the best response; with all of them, a fixed-point iteration.

    Parameters
    ----------
    limit : Limit
    policy : ndarray, shape (T, n, G, S, A)
    share : float
        alpha, share of the agents; below 1 the iteration is damped.
    split : bool
        Whether the best response takes all actions that are best alike; else the first of them. [Guo2019]_
    """
    while True:
        evaluation = yield policy
        policy = _mix(limit, evaluation, evaluation.best_response(split=split), share)


def fictitious_play(limit: Limit, policy: Floats, *, split: bool = False) -> Iterates:
    """Average all best responses so far, the first policy among them: the share is 1/2, 1/3, 1/4, ...

    Where transitions do not depend on z the flow of the average is the average of the flows. In monotone games the
    exploitability falls as 1 / n where time is continuous. [Perrin2020]_

    Parameters
    ----------
    limit : Limit
    policy : ndarray, shape (T, n, G, S, A)
    split : bool
        Whether the best response takes all actions that are best alike; else the first of them.
    """
    n = 0
    while True:
        evaluation = yield policy
        policy = _mix(limit, evaluation, evaluation.best_response(split=split), 1.0 / (n + 2.0))
        n += 1


def mirror_descent(limit: Limit, policy: Floats, *, rate: float = 1.0) -> Iterates:
    """Add up what each action has earned, and take the softmax of it.

    y starts at ln pi^0, so that an action with no chance at first never has any. [Perolat2022]_

    Parameters
    ----------
    limit : Limit
    policy : ndarray, shape (T, n, G, S, A)
    rate : float
        alpha, weight of Q in y, per unit of reward.
    """
    scores = _logarithm(policy)
    while True:
        evaluation = yield policy
        scores = scores + rate * evaluation.value_q[:, :, None]
        policy = softmax(scores)


def boltzmann_iteration(limit: Limit, policy: Floats, *, temperature: float = 1.0) -> Iterates:
    """Take the softmax of what each action earns now, forgetting what it earned before.

    Converges where the temperature is high enough; at rest pi = softmax(Q^pi / temperature). The response to Q^* in
    place of Q^pi is `prior_descent` with a uniform prior that stays. [Lauriere2022]_

    Parameters
    ----------
    limit : Limit
    policy : ndarray, shape (T, n, G, S, A)
    temperature : float
        In units of reward.
    """
    while True:
        evaluation = yield policy
        policy = softmax(np.broadcast_to(evaluation.value_q[:, :, None] / temperature, policy.shape))


def prior_descent(limit: Limit, policy: Floats, *, temperature: float = 1.0, every: int | None = None) -> Iterates:
    """Weigh a prior by the exponential of the best values, and let the policy become the prior now and then.

    With a prior that stays and gives all actions alike it is the Boltzmann response softmax(Q^* / temperature).
    Relative entropy to the prior counts for the present action alone: Q^* holds none of later ones. [CuiKoeppl2021]_

    Parameters
    ----------
    limit : Limit
    policy : ndarray, shape (T, n, G, S, A)
        The first prior too.
    temperature : float
        eta, in units of reward.
    every : int, optional
        Iterations after which the policy becomes the prior; by default it never does.
    """
    prior, n = _logarithm(policy), 0
    while True:
        evaluation = yield policy
        scores = prior + evaluation.best_q[:, :, None] / temperature
        policy = softmax(scores)
        n += 1
        if every is not None and n % every == 0:
            prior = _logarithm(policy)


METHODS: dict[str, Callable[..., Iterates]] = {
    method.__name__: method
    for method in (fixed_point, fictitious_play, mirror_descent, boltzmann_iteration, prior_descent)
}


# --- Their parts -----------------------------------------------------------------------------------------------------


def softmax(scores: Floats) -> Floats:
    """Return exp(y_a) / sum_b exp(y_b) over the last axis.

    Examples
    --------
    >>> softmax(np.array([[0.0, 0.0], [1000.0, 0.0]])).tolist()
    [[0.5, 0.5], [1.0, 0.0]]
    """
    raised = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=-1, keepdims=True))


def _logarithm(policy: Floats) -> Floats:
    return np.log(policy, out=np.full(policy.shape, -np.inf), where=policy > 0.0)


def _mix(limit: Limit, evaluation: Evaluation, response: Floats, share: float) -> Floats:
    """Return the policy of a population of which a share follows the response."""
    before = (1.0 - share) * _occupied(limit, evaluation.flow)
    after = share * _occupied(limit, limit.flow_full(response))
    total = before + after
    mixed = (before * evaluation.policy + after * response) / np.where(total > 0.0, total, 1.0)
    return np.where(total > 0.0, mixed, response)


def _occupied(limit: Limit, flow: Any) -> Floats:
    """Return how many see a signal and are in a state, shape (T, n, G, S, 1)."""
    num_steps, _, num_signals, _, _ = limit.policy_shape
    seen = np.arange(num_signals) == flow.signals[:num_steps, :, None]
    return np.asarray(seen[..., None, None] * flow.states[:num_steps, :, None, :, None])
