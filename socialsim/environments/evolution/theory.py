r"""Exact results on selection in finite populations.

**Where everybody meets everybody** the number k of holders of one of two strategies moves by one, up with the chance
T+_k and down with T-_k. From one holder the strategy takes over with the chance

    rho = 1 / (1 + sum_{k=1}^{N-1} prod_{j=1}^{k} T-_j / T+_j)                                                 (1)

([Traulsen2006]_). Under Moran's rule with relative fitness r the ratio is 1/r, and rho = (1 - 1/r) / (1 - r^-N)
([Moran1958]_); under pairwise comparison with the Fermi function it is exp(-w (P_k - Q_k)), P_k and Q_k the payoffs
of holders and others. With rare mutations all hold one strategy nearly always, and the population moves from s to s'
at the rate rho_s's / (m - 1): a chain of m states ([Fudenberg2006]_).

**On any network**, with weights w_ij, steps p_ij = w_ij / w_i and pi_i = w_i / W, two random walks, of which one,
either with chance 1/2, moves at a time, meet after tau_ij moves in the mean:

    tau_ij = 1 + (1/2) sum_k (p_ik tau_jk + p_jk tau_ik),    i != j;    tau_ii = 0                              (2)
    t_n = sum_ij pi_i p^(n)_ij tau_ij;    (b/c)* = t_2 / (t_3 - t_1)                                            (3)

Under death-birth updating with mean payoffs, weak selection favours cooperators, who pay c for each neighbour to get b,
if b (t_3 - t_1) > c t_2 ([Allen2017]_, eqs. 1 and 2): above (b/c)*, or nowhere where t_3 <= t_1. Where all agents are
alike and have k neighbours (b/c)* = (N - 2) / (N/k - 2) ([Taylor2007]_, [Ohtsuki2006]_).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from socialsim.core.errors import ParameterError
from socialsim.networks.network import Network

Matrix = NDArray[np.float64]
MOST_AGENTS_EXACTLY = 12  # of a chain of 2^N states


# --- Everybody meets everybody -------------------------------------------------------------------------------------


def moran_fixation(fitness: float, num_agents: int) -> float:
    """Return the chance that one mutant of a relative fitness r takes over, (1 - 1/r) / (1 - r^-N).

    Examples
    --------
    >>> round(moran_fixation(1.1, 100), 10), round(moran_fixation(1.1, 10), 10), moran_fixation(1.0, 10)
    (0.0909156883, 0.147950359, 0.1)
    """
    if fitness == 1.0:
        return 1.0 / num_agents
    return math.expm1(-math.log(fitness)) / math.expm1(-num_agents * math.log(fitness))


def payoff_gaps(payoffs: ArrayLike, num_agents: int, *, averaged: bool = False) -> Matrix:
    """Return P_k - Q_k for k = 1 .. N - 1 holders of strategy 0 of two, nobody playing against itself.

    Examples
    --------
    >>> payoff_gaps([[1.0, 0.0], [2.0, 0.0]], num_agents=4).tolist()
    [-2.0, -3.0, -4.0]
    """
    a, k = np.asarray(payoffs, float), np.arange(1, num_agents)
    holders = a[0, 0] * (k - 1) + a[0, 1] * (num_agents - k)
    others = a[1, 0] * k + a[1, 1] * (num_agents - k - 1)
    return np.asarray((holders - others) / (num_agents - 1 if averaged else 1))


def fixation_probability(
    payoffs: ArrayLike, num_agents: int, selection: float, *, averaged: bool = False, mutant: int = 0
) -> float:
    """Return the chance (1) that one mutant takes over under pairwise comparison, of two strategies.

    Parameters
    ----------
    payoffs : array_like, shape (2, 2)
    num_agents : int
    selection : float
        w of the Fermi function.
    averaged : bool
        Whether payoffs are means.
    mutant : {0, 1}
        The strategy of the one.

    Examples
    --------
    >>> fixation_probability([[1.0, 1.0], [1.0, 1.0]], 20, selection=5.0)
    0.05
    >>> round(fixation_probability([[3.0, 0.0], [5.0, 1.0]], 20, 0.1, averaged=True), 6)
    0.007384
    """
    matrix = np.asarray(payoffs, float)
    matrix = matrix if mutant == 0 else matrix[::-1, ::-1]
    exponents = np.concatenate([[0.0], np.cumsum(-selection * payoff_gaps(matrix, num_agents, averaged=averaged))])
    largest = exponents.max()
    return float(np.exp(-largest) / np.exp(exponents - largest).sum())


def rare_mutation_distribution(
    payoffs: ArrayLike, num_agents: int, selection: float, *, averaged: bool = False
) -> Matrix:
    """Return the share of time for which all hold each of m strategies, under pairwise comparison with rare mutations.

    Examples
    --------
    >>> rare_mutation_distribution([[0, -1, 1], [1, 0, -1], [-1, 1, 0]], 10, selection=0.5).round(6).tolist()
    [0.333333, 0.333333, 0.333333]
    """
    matrix = np.asarray(payoffs, float)
    m = len(matrix)
    moves = np.zeros((m, m))
    for s in range(m):
        for other in range(m):
            if s != other:
                pair = matrix[np.ix_([other, s], [other, s])]
                moves[s, other] = fixation_probability(pair, num_agents, selection, averaged=averaged) / (m - 1)
        moves[s, s] = 1.0 - moves[s].sum()
    return _stationary(moves)


def stationary_distribution(
    payoffs: ArrayLike, num_agents: int, selection: float, mutation: float, *, averaged: bool = False
) -> Matrix:
    """Return how often 0 .. N agents hold strategy 0 of two, under pairwise comparison with mutation.

        T+_k = (N - k)/N [(1 - u) k/(N - 1) / (1 + exp(-w (P_k - Q_k))) + u], T-_k likewise,
        pi_k T+_k = pi_{k+1} T-_{k+1}

    Examples
    --------
    >>> stationary_distribution([[1.0, 1.0], [1.0, 1.0]], 2, selection=1.0, mutation=1.0).tolist()
    [0.25, 0.5, 0.25]
    """
    k = np.arange(num_agents + 1)
    gaps = np.zeros(num_agents + 1)
    gaps[1:-1] = payoff_gaps(payoffs, num_agents, averaged=averaged)
    meet = (1.0 - mutation) / (num_agents - 1)
    up = (num_agents - k) / num_agents * (meet * k * _fermi(selection * gaps) + mutation)
    down = k / num_agents * (meet * (num_agents - k) * _fermi(-selection * gaps) + mutation)
    with np.errstate(divide="ignore"):
        logs = np.concatenate([[0.0], np.cumsum(np.log(up[:-1]) - np.log(down[1:]))])
    weights = np.exp(logs - logs.max())
    return np.asarray(weights / weights.sum())


def _fermi(x: Matrix) -> Matrix:
    """Return 1 / (1 + exp(-x))."""
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * x)))


def _stationary(moves: Matrix) -> Matrix:
    """Return the stationary distribution of a chain."""
    m = len(moves)
    system = np.vstack([moves.T - np.eye(m), np.ones(m)])
    return np.asarray(np.linalg.lstsq(system, np.append(np.zeros(m), 1.0), rcond=None)[0])


# --- Any network ---------------------------------------------------------------------------------------------------


def weight_matrix(network: Network, *, weighted: bool = True) -> Matrix:
    """Return the weights w_ij of a network's links as a matrix, all 1 if they are not to matter.

    Raises
    ------
    ParameterError
        If some link lacks its reverse of the same weight, or somebody has no neighbour.

    Examples
    --------
    >>> from socialsim.networks.regular import cycle
    >>> weight_matrix(cycle(n=3)).tolist()
    [[0.0, 1.0, 1.0], [1.0, 0.0, 1.0], [1.0, 1.0, 0.0]]
    """
    targets, sources, weights = network.edges()
    matrix = np.zeros((network.num_agents, network.num_agents))
    np.add.at(matrix, (targets, sources), weights if weighted else 1.0)
    return _checked(matrix)


def _checked(weights: ArrayLike) -> Matrix:
    matrix = np.asarray(weights, float)
    if matrix.ndim != 2 or not np.array_equal(matrix, matrix.T) or (matrix < 0).any() or np.diag(matrix).any():
        raise ParameterError("weights: accepted: a symmetric matrix >= 0 with zeros on the diagonal")
    if (matrix.sum(axis=1) == 0).any():
        raise ParameterError("weights: somebody has no neighbour; accepted: a connected network")
    return matrix


def coalescence_times(weights: ArrayLike) -> Matrix:
    """Return tau_ij (2), by conjugate gradients: in x_ij = (pi_i pi_j)^(1/2) tau_ij the system is symmetric.

    Parameters
    ----------
    weights : array_like, shape (num_agents, num_agents)
        Symmetric, of a connected network; to some 1500 agents.

    Examples
    --------
    >>> coalescence_times([[0, 1, 1], [1, 0, 1], [1, 1, 0]]).round(12).tolist()
    [[0.0, 2.0, 2.0], [2.0, 0.0, 2.0], [2.0, 2.0, 0.0]]
    """
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import connected_components

    matrix = _checked(weights)
    if connected_components(csr_matrix(matrix))[0] > 1:
        raise ParameterError("weights: the network falls apart; accepted: a connected network")
    root = np.sqrt(matrix.sum(axis=1))
    steps = csr_matrix(matrix / np.outer(root, root))
    scale = np.outer(root, root) / root.dot(root)
    apart = ~np.eye(len(matrix), dtype=bool)
    return np.asarray(_conjugate_gradients(steps, scale * apart, apart) / scale)


def _conjugate_gradients(steps: Any, right: Matrix, apart: NDArray[np.bool_], tolerance: float = 1e-14) -> Matrix:
    """Solve x - (S x + x S) / 2 = right for symmetric matrices x that vanish where agents are not apart."""
    x, residual = np.zeros_like(right), right.copy()
    direction, size = residual.copy(), float((residual**2).sum())
    target = tolerance**2 * size
    for _ in range(20 * len(right)):
        if size <= target:
            break
        moved = steps @ direction
        applied = (direction - 0.5 * (moved + moved.T)) * apart
        stride = size / float((direction * applied).sum())
        x += stride * direction
        residual -= stride * applied
        before, size = size, float((residual**2).sum())
        direction = residual + (size / before) * direction
    return x


def meeting_times(weights: ArrayLike, lengths: tuple[int, ...]) -> list[float]:
    """Return t_n (3) for some lengths n of walks.

    Examples
    --------
    >>> [round(t, 10) for t in meeting_times([[0, 1, 1], [1, 0, 1], [1, 1, 0]], (0, 1, 2, 3))]
    [0.0, 2.0, 1.0, 1.5]
    """
    matrix = _checked(weights)
    tau, strength = coalescence_times(matrix), matrix.sum(axis=1)
    steps, walks = matrix / strength[:, None], {0: np.eye(len(matrix))}
    for n in range(max(lengths)):
        walks[n + 1] = walks[n] @ steps
    return [float(strength @ (walks[n] * tau).sum(axis=1) / strength.sum()) for n in lengths]


def critical_ratio(weights: ArrayLike) -> float:
    """Return (b/c)* (3): beyond it weak selection favours cooperators under death-birth updating.

    Parameters
    ----------
    weights : array_like, shape (num_agents, num_agents)
        See `weight_matrix`.

    Returns
    -------
    float
        Negative where only spite is favoured, below that ratio; infinite where neither is.

    Examples
    --------
    >>> from socialsim.networks.regular import ring_lattice, star
    >>> [round(critical_ratio(weight_matrix(ring_lattice(n=100, k=k))), 4) for k in (2, 4, 10)]
    [2.0417, 4.2609, 12.25]
    >>> critical_ratio(weight_matrix(star(n=10)))
    inf
    """
    one, two, three = meeting_times(weights, (1, 2, 3))
    gap = three - one
    return two / gap if abs(gap) > 1e-9 * two else math.inf


def critical_ratio_of_alike(num_agents: int, num_neighbours: int) -> float:
    """Return (b/c)* where all agents are alike (a vertex-transitive network): (N - 2) / (N/k - 2).

    Examples
    --------
    >>> [round(critical_ratio_of_alike(100, k), 4) for k in (2, 4, 10)]
    [2.0417, 4.2609, 12.25]
    """
    gap = num_agents / num_neighbours - 2.0
    return (num_agents - 2.0) / gap if gap else math.inf


def death_birth_fixation(weights: ArrayLike, payoffs: ArrayLike, selection: float) -> float:
    """Return the chance that one agent of strategy 0, drawn uniformly, takes over under death-birth updating with mean
    payoffs and fitness 1 - w + w P, from the chain of all 2^N states.

    Parameters
    ----------
    weights : array_like, shape (num_agents, num_agents)
        Of a connected network of at most 12 agents.
    payoffs : array_like, shape (2, 2)
    selection : float

    Examples
    --------
    >>> round(death_birth_fixation([[0, 1, 1], [1, 0, 1], [1, 1, 0]], [[1, 1], [1, 1]], selection=0.5), 10)
    0.3333333333
    """
    matrix, game = _checked(weights), np.asarray(payoffs, float)
    n = len(matrix)
    if n > MOST_AGENTS_EXACTLY:
        raise ParameterError(f"weights: {n} agents are not accepted; accepted: at most {MOST_AGENTS_EXACTLY}")
    states = np.arange(2**n)
    system, right = np.eye(2**n), np.zeros(2**n)
    right[-1] = 1.0
    for state in states[1:-1]:
        holds = (state >> np.arange(n) & 1).astype(float)
        others = matrix @ holds / matrix.sum(axis=1)  # share of strategy 0 among the neighbours
        paid = np.where(holds == 1, game[0, 0] * others + game[0, 1] * (1 - others), 0.0)
        paid += np.where(holds == 0, game[1, 0] * others + game[1, 1] * (1 - others), 0.0)
        claims = matrix * (1.0 - selection + selection * paid)
        total = claims.sum(axis=1)  # where nobody is fit nobody takes the place
        wins = np.where(total > 0, claims @ holds / np.where(total > 0, total, 1.0), holds)
        for i in range(n):
            system[state, state | 1 << i] -= wins[i] / n
            system[state, state & ~(1 << i)] -= (1.0 - wins[i]) / n
    chances = np.linalg.solve(system, right)
    return float(np.mean([chances[1 << i] for i in range(n)]))


def donation_game(benefit: float, cost: float) -> Matrix:
    """Return the payoffs where strategy 0 pays a cost for the other to get a benefit.

    Examples
    --------
    >>> donation_game(3.0, 1.0).tolist()
    [[2.0, -1.0], [3.0, 0.0]]
    """
    return np.array([[benefit - cost, -cost], [benefit, 0.0]])
