"""Games of the literature that MFGLib and OpenSpiel have too."""

import doctest
from pathlib import Path

import numpy as np
import pytest

from socialsim.core.errors import ParameterError
from socialsim.limits.games import Game
from socialsim.limits.library.beach_bar import BeachBar
from socialsim.limits.library.crowd_motion import CrowdMotion
from socialsim.limits.library.left_right import LeftRight
from socialsim.limits.library.linear_quadratic import LinearQuadratic
from socialsim.limits.library.ring import Ring
from socialsim.limits.library.rock_paper_scissors import RockPaperScissors
from socialsim.limits.library.sis import susceptible_infected
from socialsim.limits.mean_field import MeanField
from socialsim.limits.solvers import solve

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "solve-a-game.md"

# exploitability after 0, 1 and 10 iterations: MFGLib 0.3.0, double precision
PEERS = [
    (RockPaperScissors, "fictitious_play", {}, (0.33333333333333337, 0.7499999999999999, 0.27548209366391196)),
    (RockPaperScissors, "mirror_descent", {"rate": 0.1}, (0.33333333333333337, 0.362094959433198, 0.1607916305805257)),
    (BeachBar, "fictitious_play", {}, (1.22126225529653, 0.40143711297554163, 0.05801913474363052)),
    (BeachBar, "mirror_descent", {}, (1.22126225529653, 0.5316852096715952, 0.07609383801372349)),
    (susceptible_infected, "fictitious_play", {}, (5.466873913228518, 3.656916928346014, 1.1168072467973147)),
    (LeftRight, "mirror_descent", {}, (0.25, 0.050070200991507385, 1.989844092276094e-06)),
    (LeftRight, "prior_descent", {}, (0.25, 0.050070200991507385, 0.12797019172993096)),
]


@pytest.mark.parametrize(("game", "method", "options", "published"), PEERS)
def test_exploitabilities_are_those_of_mfglib(game, method, options, published):
    found = solve(MeanField(game()), method, 10, **options).exploitabilities
    assert found[[0, 1, 10]] == pytest.approx(np.array(published), rel=1e-9)


def test_linear_quadratic_is_that_of_mfglib():
    found = solve(MeanField(LinearQuadratic()), "fictitious_play", 2).exploitabilities
    assert found[:2] == pytest.approx([2.1381226265902207, 1.0690613132951103], rel=1e-9)


def test_ring_is_the_crowd_of_openspiel_without_the_move_that_its_states_forget():
    limit = MeanField(Ring(num_steps=10))
    assert limit.exploitability(limit.uniform_policy()) == pytest.approx(2.824096936442622, rel=1e-12)


def test_a_lone_agent_on_the_ring_walks_to_the_better_place():
    limit = MeanField(Ring(num_places=6, num_steps=4, noise=0.0, floor=1e12))  # crowding all the same
    best = limit.evaluate(limit.uniform_policy()).best_response()[0, 0, 0]
    assert best[:, 2].tolist() == [0.0, 1.0, 1.0, 0.0, 0.0, 0.0]  # right
    assert best[4:, 0].tolist() == [1.0, 1.0]  # left; the place opposite may go either way and takes the first
    assert best[0, 0] == 1.0


def test_congestion_holds_a_share_that_grows_with_the_crowd():
    game = Game(Ring(congestion=0.5))
    crowd = np.full(10, 0.05)
    crowd[3] = 0.55
    _, chances = game.step(0, crowd)
    assert chances[3, :, 3] == pytest.approx(2.75 / 3.75)  # c n mu = .5 * 10 * .55
    assert chances[4, :, 3] == pytest.approx(0.25 / 1.25)


def test_in_equilibrium_the_beach_is_fullest_at_the_bar():
    found = solve(MeanField(BeachBar()), "mirror_descent", 300, tolerance=1e-3, strict=True)
    assert found.evaluation.flow.states[-1, 0].argmax() == 2


def test_everybody_keeps_away_where_to_be_ill_is_dear_and_nobody_where_it_is_free():
    dear = susceptible_infected().replace(num_steps=4, illness=100.0, effort=0.01)
    free = susceptible_infected().replace(num_steps=4, illness=0.0)
    for game, action in ((dear, 1), (free, 0)):
        limit = MeanField(game)
        best = limit.evaluate(limit.uniform_policy()).best_response()
        assert (best[:3, 0, 0, 0, action] == 1.0).all()


def test_a_crowd_follows_the_bar():
    game = CrowdMotion(height=5, width=5, bars=((0, 0), (4, 4)), num_steps=6, attraction=50.0)
    limit = MeanField(game)
    best = limit.evaluate(limit.uniform_policy()).best_response()
    row, column = np.divmod(limit.flow(best).states[-1, 0].argmax(), 5)
    assert row + column >= 6


def test_noise_without_strength_leaves_the_line_to_pushes_and_the_mean():
    successors, chances = Game(LinearQuadratic(sigma=0.0, delta=1.0, draw=0.0)).step(0, 0.0)
    assert chances.sum(axis=-1) == pytest.approx(1.0)
    assert (successors[5] == np.arange(3, 8)[:, None]).all()  # from x = 0 by -2 .. 2
    assert (successors[10, 4] == 10).all()  # held at the end


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: BeachBar(bar=4), "environment.bar: 4 is not accepted; accepted: 0 to 3"),
        (lambda: CrowdMotion(bars=()), "environment.bars: .* one place or more"),
        (lambda: CrowdMotion(num_steps=0, discount=0.5), "environment.bars: 4 places are not .* accepted: one place"),
        (lambda: CrowdMotion(bars=((20, 0),)), r"environment.bars: \(20, 0\) is not accepted; accepted: rows 0 to 19"),
    ],
)
def test_a_bar_that_is_not_there_is_refused(make, message):
    with pytest.raises(ParameterError, match=message):
        make()


def test_the_examples_of_the_page_are_correct():
    failed, attempted = doctest.testfile(str(PAGE), module_relative=False, encoding="utf-8")
    assert attempted > 10
    assert failed == 0
