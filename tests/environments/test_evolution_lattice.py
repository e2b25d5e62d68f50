"""The torus of bits against the general rule."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from socialsim.core.streams import Purpose, seed_streams
from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario, Turnover
from socialsim.engine.simulation import Simulation
from socialsim.environments.evolution import Evolution
from socialsim.environments.evolution.lattice import (
    FEWEST,
    NUM_PLANES,
    generation,
    num_ones,
    pack,
    plane_words,
    unpack,
    walk_order,
)

GAMES = {
    "Nowak and May": ((1.0, 0.0), (1.85, 0.0)),
    "neutral": ((1.0, 1.0), (1.0, 1.0)),
    "many ties": ((2.0, 1.0), (3.0, 0.0)),
    "stag hunt": ((4.0, 0.0), (3.0, 2.0)),
    "cooperators win": ((1.0, 0.5), (0.5, 0.0)),
    "not monotone": ((-1.0, 2.0), (1.0, -1.0)),
}


def torus(rows, columns):
    return f"grid:rows={rows},columns={columns},periodic=true,neighbourhood=moore"


def both_roads(environment, rows, columns, steps, seed=0):
    """Return everybody's strategy after each step, by bits and by the general rule."""
    scenario = Scenario(environment, "innate", torus(rows, columns), steps)
    simulations = [Simulation(scenario, seed=seed, replications=range(1)) for _ in range(2)]
    for simulation in simulations:
        simulation.advance(0)
    assert simulations[0].environment.lattice[0].tolist() == [rows, columns, -(-columns // 60)]
    simulations[1].environment.lattice[:] = 0
    for step in range(1, steps + 1):
        for simulation in simulations:
            simulation.advance(step)
        yield [
            (s.columns()["strategy"][0].tolist(), s.environment.holders[0].tolist(), s.clock.tolist())
            for s in simulations
        ]


@pytest.mark.parametrize("game", GAMES)
@pytest.mark.parametrize("self_play", [False, True])
@pytest.mark.parametrize("size", [(16, 16), (16, 61)])
def test_bits_agree_with_the_general_rule(game, self_play, size):
    environment = Evolution(payoffs=GAMES[game], self_play=self_play, initial=(0.7, 0.3))
    for bits, general in both_roads(environment, *size, steps=4):
        assert bits == general


@settings(max_examples=15, deadline=None)
@given(
    payoffs=st.lists(st.integers(-3, 3), min_size=4, max_size=4),
    rows=st.integers(16, 18),
    columns=st.integers(16, 20),
    share=st.floats(0.05, 0.95),
    averaged=st.booleans(),
    self_play=st.booleans(),
)
def test_bits_agree_with_the_general_rule_in_any_game(payoffs, rows, columns, share, averaged, self_play):
    environment = Evolution(
        payoffs=((float(payoffs[0]), float(payoffs[1])), (float(payoffs[2]), float(payoffs[3]))),
        payoff="averaged" if averaged else "accumulated",
        self_play=self_play,
        initial=(share, 1.0 - share),
    )
    for bits, general in both_roads(environment, rows, columns, steps=2):
        assert bits == general


@pytest.mark.compiled
@pytest.mark.parametrize("columns", [59, 60, 61, 120, 121, 200])
def test_words_of_all_lengths_agree(columns):
    for bits, general in both_roads(Evolution(self_play=True, initial=(0.8, 0.2)), 20, columns, steps=30):
        assert bits == general


@given(st.integers(0, 2**64 - 1))
def test_the_ones_of_a_word_are_counted(word):
    assert int(num_ones(np.uint64(word))) == bin(word).count("1")


@given(st.integers(FEWEST, 40), st.integers(FEWEST, 200), st.integers(0, 2**32 - 1))
@settings(deadline=None)
def test_what_is_packed_is_unpacked(rows, columns, seed):
    strategy = np.random.default_rng(seed).integers(0, 2, rows * columns).astype(np.int8)
    planes, lattice = np.zeros((NUM_PLANES, plane_words(rows * columns)), np.uint64), np.zeros(3, np.int64)
    pack(planes, lattice, strategy, columns)
    assert (rows + 4) * lattice[2] <= planes.shape[1]
    assert (unpack(planes, lattice) == strategy).all()


def test_a_chain_of_words_repeats_its_borders():
    """A lone defector in the corner turns its eight neighbours, across all four borders."""
    strategy = np.zeros((16, 61), np.int8)
    strategy[0, 0] = 1
    planes, lattice = np.zeros((NUM_PLANES, plane_words(strategy.size)), np.uint64), np.zeros(3, np.int64)
    pack(planes, lattice, strategy.ravel(), 61)
    order = walk_order(np.array(GAMES["Nowak and May"]), self_play=True, averaged=False)
    assert generation(planes, lattice, order) == 16 * 61 - 9
    rows, columns = np.nonzero(unpack(planes, lattice).reshape(16, 61))
    assert set(zip(rows.tolist(), columns.tolist(), strict=True)) == {(r, c) for r in (15, 0, 1) for c in (60, 0, 1)}


@pytest.mark.parametrize(
    ("network", "options"),
    [
        (torus(15, 30), {}),  # too few rows
        ("grid:rows=20,columns=20,neighbourhood=moore", {}),  # with borders
        ("grid:rows=20,columns=20,periodic=true", {}),  # four neighbours
        ("ring_lattice:n=400,k=8", {}),
        (torus(20, 20), {"turnover": Turnover(fail_rate=0.1)}),
    ],
)
def test_other_networks_take_the_general_rule(network, options):
    simulation = Simulation(Scenario(Evolution(), "innate", network, 2, **options), seed=0, replications=range(1))
    simulation.advance(1)
    assert not simulation.environment.lattice.any()


def test_three_strategies_take_the_general_rule():
    environment = Evolution(payoffs=((1.0, 0.0, 0.0), (1.5, 0.0, 0.0), (0.5, 0.5, 0.5)))
    simulation = Simulation(Scenario(environment, "innate", torus(16, 16), 2), seed=0, replications=range(1))
    simulation.advance(2)
    assert not simulation.environment.lattice.any()


def test_the_outcomes_of_a_torus_of_bits_follow_its_cells():
    scenario = Scenario(Evolution(self_play=True, burn_in=2, initial=(0.8, 0.2)), "innate", torus(16, 20), 6)
    result = run(scenario, seed=2, record_every=1)
    shares = result.series[result.series.step > 2].mean_cooperates
    assert result.runs.share_0[0] == pytest.approx(shares.mean(), rel=1e-12)
    assert result.runs.final_share[0] == pytest.approx((result.agents.strategy == 0).mean())


def test_streams_are_not_drawn_from_by_a_deterministic_rule():
    simulation = Simulation(Scenario(Evolution(), "innate", torus(16, 16), 5), seed=0, replications=range(1))
    simulation.advance(5)
    assert (simulation.streams[:, 1] == seed_streams(0, np.arange(1), Purpose.DYNAMICS)).all()
