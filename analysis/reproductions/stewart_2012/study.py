"""Stewart & Plotkin 2012: who wins a tournament that zero-determinant strategies enter?

Run it with ``socialsim reproduce stewart_2012 [--full]``.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from socialsim.core.estimate import Estimate
from socialsim.core.result import Result
from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.environments.tournament import Tournament, scenario
from socialsim.environments.tournament.automata import SWAPPED, Automaton
from socialsim.environments.tournament.exact import long_run_shares, ranks, score_matrix
from socialsim.environments.tournament.zero_determinant import Game
from socialsim.metrics.estimates import mean, proportion


class Mirrored(Tournament):
    """A mutation: all take what they did for what the other did, and the other way round."""

    def automata(self) -> list[Automaton]:
        """Exchange where the strategies go after CD and DC."""
        return [automaton._replace(moves=automaton.moves[:, SWAPPED]) for automaton in super().automata()]


MUTATIONS: dict[str, Tournament] = {
    "matches of ten turns": Tournament(turns=10),
    "one act in twenty goes wrong": Tournament(noise=0.05),
    "nobody meets itself": Tournament(self_play=False),
    "one's own act is taken for the other's": Mirrored(),
}
NOT_SHOWN = ("tit_for_tat", "cooperator", "calculator")  # whose published places are not known here
SAMPLED = ("zdgtft_2", "generous_tit_for_tat", "win_stay_lose_shift", "random", "extort_2", "defector")


def measure(replications: int, seed: int, full: bool, mutation: str | None = None) -> dict[str, Estimate]:
    """Return every quantity of ``expected.json``."""
    game = MUTATIONS[mutation] if mutation else Tournament()
    plain = scenario()
    model = Scenario(game, plain.learners["agent"], plain.network, plain.horizon, plain.metrics)
    scores = score_matrix(game.automata(), game.turns, game.noise)
    expected = _means(scores, self_play=game.self_play)
    result = run(model, replications=replications, seed=seed, record="counts", record_every=None)
    return {
        **_exact_places(game, scores),
        **_sampled_places(game, result),
        **{
            f"score of {name}, sampled minus exact": mean(
                result.runs[f"score_{name}"] - expected[game.strategies.index(name)]
            )
            for name in ("zdgtft_2", "random", "extort_2")
        },
        **_lines(game),
        "sampled tournaments that zdgtft_2 wins": proportion(result.runs.winner == game.strategies.index("zdgtft_2")),
    }


def _means(scores: NDArray[np.float64], *, self_play: bool) -> NDArray[np.float64]:
    """Return each strategy's mean over its opponents."""
    counts = np.ones_like(scores) - (0.0 if self_play else np.eye(len(scores)))
    return np.asarray((scores * counts).sum(axis=1) / counts.sum(axis=1))


def _exact_places(game: Tournament, scores: NDArray[np.float64]) -> dict[str, Estimate]:
    places = ranks(scores, self_play=game.self_play)
    return {
        f"place of {name}, exact scores": _certain(place)
        for name, place in zip(game.strategies, places, strict=True)
        if name not in NOT_SHOWN
    }


def _sampled_places(game: Tournament, result: Result) -> dict[str, Estimate]:
    """Return the places by mean score, and by the share of matches won, over all tournaments."""
    scores = np.array([result.runs[f"score_{name}"].mean() for name in game.strategies])
    wins = result.agents.groupby("agent").wins.mean().to_numpy()
    measured = {}
    for what, values, names in (("sampled scores", scores, SAMPLED), ("matches won", wins, ("defector", "extort_2"))):
        places = np.argsort(np.argsort(-values, kind="stable")) + 1
        for name in names:
            measured[f"place of {name}, {what}"] = _certain(places[game.strategies.index(name)])
    return measured


def _lines(game: Tournament) -> dict[str, Estimate]:
    """Return the slopes that two zero-determinant strategies enforce on a random opponent."""
    payoffs, slopes = Game(), []
    for name, baseline in (("extort_2", payoffs.punishment), ("zdgtft_2", payoffs.reward)):
        player, opponent = (game.automata()[game.strategies.index(who)] for who in (name, "random"))
        shares = long_run_shares(player, opponent, game.noise)
        slopes.append((shares @ payoffs.own() - baseline) / (shares @ payoffs.other() - baseline))
    return {
        "extort_2 against random: (own - P) / (other - P)": _certain(slopes[0]),
        "zdgtft_2 against random: (R - own) / (R - other)": _certain(slopes[1]),
    }


def _certain(value: float) -> Estimate:
    """Return a value that is computed, not sampled."""
    return Estimate(float(value), float(value), float(value), 1)
