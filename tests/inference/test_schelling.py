"""Schelling curves of trained agents: games of which it is known whether, and by what, they are dilemmas."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from socialsim.core.errors import ParameterError
from socialsim.core.estimate import Estimate
from socialsim.engine.scenario import PresenceEvent, Scenario, Turnover
from socialsim.engine.simulation import Simulation
from socialsim.environments import encounters, polity
from socialsim.environments.dilemmas import Dilemmas
from socialsim.environments.public_goods import PublicGoods
from socialsim.inference.freezing import freeze
from socialsim.inference.schelling import SchellingCurves, paired_schelling, schelling_curves
from socialsim.metrics.commons import Schelling

LEARNER = "q_learning:alpha=0.05,discount=0.0,epsilon=0.5"
COMPETITIVE = "social_value_orientation:angle=-45"


def curves(environment, num_agents, training=800, learner=LEARNER, **options):
    """Return the curves of a few pairs."""
    scenario = Scenario(environment, learner, f"complete:n={num_agents}", training)
    return schelling_curves(scenario, **{"pairs": 5, "steps": 5, "seed": 1, **options})


def game(reward, sucker, temptation, punishment):
    """Return a matrix game of cooperators and defectors."""
    return Dilemmas(payoffs=((reward, sucker), (temptation, punishment)))


# --- Known answers ---------------------------------------------------------------------------------------------


def test_in_a_public_good_greed_and_fear_are_what_a_contribution_loses():
    found = curves(PublicGoods(multiplier=2.0), 4)
    assert found.verdict == "dilemma by fear and greed"
    for difference in (found.diagram.fear, found.diagram.greed):  # c (1 - r/n), in every step
        assert (difference.low, difference.value, difference.high) == pytest.approx([0.5] * 3)
    assert found.diagram.harmony.value == pytest.approx(1.0)  # c (r - 1)
    for others, (cautious, greedy) in enumerate(zip(found.diagram.restrained, found.diagram.unrestrained, strict=True)):
        assert cautious.value == pytest.approx(2.0 * (others + 1) / 4 - 1)
        assert greedy.value == pytest.approx(2.0 * others / 4)


def test_where_contributing_pays_by_itself_there_is_no_dilemma():
    found = curves(PublicGoods(multiplier=7.0), 4)
    assert found.verdict == "no dilemma"
    assert found.contrast.value == 0.0
    assert found.note.startswith("cooperators learnt much the same")


def test_a_stag_hunt_is_a_dilemma_by_fear_alone():
    found = curves(game(4.0, 0.0, 3.0, 2.0), 2)
    assert found.verdict == "dilemma by fear"
    assert (found.diagram.fear.value, found.diagram.greed.value) == (2.0, -1.0)  # P - S, T - R


def test_a_snowdrift_of_competitive_defectors_is_a_dilemma_by_greed_alone():
    found = curves(game(3.0, 1.0, 4.0, 0.0), 2, defectors=COMPETITIVE)
    assert found.verdict == "dilemma by greed"
    assert (found.diagram.fear.value, found.diagram.greed.value) == (-1.0, 1.0)


def test_what_selfish_learners_learn_in_a_snowdrift_is_not_defection():
    found = curves(game(3.0, 1.0, 4.0, 0.0), 2, pairs=8)
    assert 0.3 < found.contrast.value < 0.7  # one of two gives way
    assert found.diagram.unrestrained[0].value > 1.5  # where both defected they would have nothing


def test_frozen_chances_are_those_of_the_learner():
    scenario = Scenario(Dilemmas(), "bush_mosteller:alpha=0.3,aspiration=2.0", "complete:n=2", 50)
    simulation = Simulation(scenario, seed=1, replications=range(3))
    simulation.advance(50)
    chances, state = freeze(simulation).arrays["chances"], simulation.learners["agent"]
    assert chances.shape == (3, 2, 1, 2)
    assert chances.sum(axis=-1) == pytest.approx(np.ones((3, 2, 1)))
    weights = state.weights[:, :, 0]
    assert chances[:, :, 0] == pytest.approx(weights / weights.sum(axis=-1, keepdims=True))


def test_a_mixed_policy_is_frozen_as_it_is():
    scenario = Scenario(Dilemmas(), "wolf_phc:epsilon=0.1", "complete:n=2", 3)
    simulation = Simulation(scenario, seed=1, replications=range(3))
    simulation.advance(3)
    learnt, chances = simulation.learners["agent"].policy, freeze(simulation).arrays["chances"]
    assert ((learnt > 0.0) & (learnt < 1.0)).all()  # three steps do not make it pure
    assert chances == pytest.approx(learnt)
    assert not np.shares_memory(chances, learnt)


def test_rounding_makes_no_dilemma():
    """A weak dilemma whose fear and greed are 0: what sums of tenths in another order differ by says nothing."""
    paid = np.array([[0.1 + 0.2, 0.1 + 0.2], [1.0, 1.0]])
    diagram = paired_schelling(np.array([[0.3, 0.3], [1.0, 1.0]]), paid)
    assert paid[0, 0] > 0.3
    assert (diagram.fear.low, diagram.fear.high) == (0.0, 0.0)
    assert diagram.harmony.value == pytest.approx(0.7)


def test_equal_values_share_the_chance():
    simulation = Simulation(Scenario(Dilemmas(), LEARNER, "complete:n=2", 5), seed=1, replications=range(2))
    assert freeze(simulation).arrays["chances"].tolist() == [[[[0.5, 0.5]]] * 2] * 2


def test_the_same_seed_gives_the_same_curves():
    assert str(curves(Dilemmas(), 2, 200).to_json()) == str(curves(Dilemmas(), 2, 200).to_json())
    assert curves(Dilemmas(), 2, 20) != curves(Dilemmas(), 2, 20, seed=2)


def test_on_a_network_everybody_has_its_turn():
    """On a star of five a lone defector gains T - R in each of its games: eight ends of games in five places."""
    star = Scenario(Dilemmas(payoff="accumulated"), LEARNER, "star:n=5", 1500)
    found = schelling_curves(star, pairs=2, steps=2, seed=1)
    assert found.contrast.value == 1.0
    assert found.diagram.greed.value == pytest.approx(8 / 5 * (4.0 - 3.0) + 0.0, abs=1e-9)


# --- Verdicts --------------------------------------------------------------------------------------------------


def found_with(**differences):
    """Return curves whose differences have some intervals."""
    made = {name: Estimate((low + high) / 2, low, high, 10) for name, (low, high) in differences.items()}
    nothing = Estimate(1.0, 1.0, 1.0, 10)
    return SchellingCurves("game", "q_learning", "nice", "nasty", 10, 5, 0, Schelling((), (), **made), nothing)


ABOVE, BELOW, ACROSS = (0.1, 0.2), (-0.2, -0.1), (-0.1, 0.1)


@pytest.mark.parametrize(
    ("harmony", "safety", "fear", "greed", "verdict"),
    [
        (ABOVE, ABOVE, ABOVE, ABOVE, "dilemma by fear and greed"),
        (ABOVE, ABOVE, ABOVE, ACROSS, "dilemma by fear"),
        (ABOVE, ABOVE, BELOW, ABOVE, "dilemma by greed"),
        (ABOVE, ABOVE, BELOW, BELOW, "no dilemma"),
        (BELOW, ABOVE, ABOVE, ABOVE, "no dilemma"),
        (ABOVE, BELOW, ABOVE, ABOVE, "no dilemma"),
        (ABOVE, ABOVE, BELOW, ACROSS, "undecided"),
        (ACROSS, ABOVE, ABOVE, ABOVE, "undecided"),
    ],
)
def test_a_verdict_needs_whole_intervals(harmony, safety, fear, greed, verdict):
    assert found_with(harmony=harmony, safety=safety, fear=fear, greed=greed).verdict == verdict


@given(st.integers(2, 6), st.integers(2, 5), st.integers(0, 2**32))
def test_differences_are_taken_within_pairs(num_agents, pairs, seed):
    """What shifts all returns of a pair alike changes no difference."""
    random = np.random.default_rng(seed)
    restrained, unrestrained = random.normal(size=(2, num_agents, pairs))
    shift = 100 * random.normal(size=pairs)
    before = paired_schelling(restrained, unrestrained)
    after = paired_schelling(restrained + shift, unrestrained + shift)
    for name in ("harmony", "safety", "fear", "greed"):
        assert getattr(after, name).low == pytest.approx(getattr(before, name).low, abs=1e-9)


# --- Bad input -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scenario", "options", "message"),
    [
        (Scenario(Dilemmas(), LEARNER, "complete:n=2", 5), {"pairs": 1}, "pairs: 1 is not accepted; accepted: an int"),
        (Scenario(Dilemmas(), LEARNER, "complete:n=2", 5), {"steps": 0.5}, "steps: 0.5 is not accepted"),
        (Scenario(Dilemmas(), LEARNER, "complete:n=2", 5), {"cooperators": "nice"}, "unknown preference 'nice'"),
        (Scenario(Dilemmas(), LEARNER, "complete:n=1", 5), {}, "1 agents of the types agent; accepted: two or more"),
        (Scenario(Dilemmas(), "imitate_best", "complete:n=2", 5), {}, "'imitate_best' has no policy that could be"),
        (
            Scenario(Dilemmas(), LEARNER, "complete:n=4", 5, turnover=Turnover(leave_rate=0.1, enter_rate=0.1)),
            {},
            "dilemmas: agents fail, leave or enter; accepted: a scenario in which all stay",
        ),
        (
            Scenario(Dilemmas(), LEARNER, "complete:n=4", 5, presence_events=(PresenceEvent(1, 0, "fail"),)),
            {},
            "agents fail, leave or enter",
        ),
        (
            Scenario(Dilemmas(observation="payoffs"), "regret_matching", "complete:n=2", 5),
            {},
            r"what 'regret_matching' does on .* cannot be tabulated; accepted: discrete observations",
        ),
        (encounters.scenario(), {}, "accepted: a scenario in which all act at once"),
        (polity.scenario(), {}, "voter, politician, designer; accepted: two or more, of one type"),
    ],
)
def test_what_cannot_be_measured_is_refused(scenario, options, message):
    with pytest.raises(ParameterError, match=message):
        schelling_curves(scenario, **options)
