"""Best replies: by hand, and the community of two that chases itself."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from socialsim.core.errors import ParameterError
from socialsim.core.streams import Purpose, seed_streams
from socialsim.engine.interface import Box, Discrete, Specification
from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.environments.credit import Credit
from socialsim.environments.repeated_game import RepeatedGame
from socialsim.learning.best_reply import BestReply, best_reply

TWINS = Credit(ceilings=(0.5, 0.5), rates=(1.0, 1.0), values=(1.0, 1.0))  # fair shares: better apart


def a_state(num_actions=3, num_agents=1, **parameters):
    facts = {"observation": "payoff of each action"}
    seen = Box(shape=(num_actions,))
    return BestReply(**parameters).state(Specification(Discrete(num_actions), seen, facts), num_agents)


@pytest.mark.parametrize(
    ("payoffs", "action", "reply"),
    [
        ([1, 2, 3], 0, 2),
        ([1, 3, 3], 0, 1),
        ([1, 3, 3], 2, 2),
        ([2, 2, 2], 1, 1),
        ([-3, -2, -2], 0, 1),
        ([0, 0], 1, 1),
    ],
)
def test_the_reply_is_the_first_of_the_best_unless_ones_own_is_as_good(version, payoffs, action, reply):
    assert version(best_reply)(np.array(payoffs, float), action) == reply


def test_rounding_moves_nobody(version):
    assert version(best_reply)(np.array([0.3, 0.1 + 0.2]), 0) == 0


@given(st.lists(st.floats(-10, 10), min_size=1, max_size=8), st.data())
def test_whoever_replied_best_stays(payoffs, data):
    action = data.draw(st.integers(0, len(payoffs) - 1))
    reply = best_reply(np.array(payoffs), action)
    assert payoffs[reply] >= payoffs[action]
    assert payoffs[reply] >= max(payoffs) - 1e-9 * 10
    assert best_reply(np.array(payoffs), reply) == reply


@pytest.mark.parametrize("rate", [0.25, 1.0])
def test_an_agent_reconsiders_with_the_stated_chance(version, rate):
    stream, state = seed_streams(3, np.arange(1), Purpose.LEARNERS)[0], a_state(revision_rate=rate)
    num_draws, moved = 2000, 0
    for _ in range(num_draws):
        state.action[0] = 0
        moved += version(BestReply.act)(state, 0, np.array([0.0, 1.0, 0.5]), stream) == 1
    assert abs(moved / num_draws - rate) <= 4 * np.sqrt(rate * (1 - rate) / num_draws)


def test_an_agent_is_settled_when_it_would_stay(version):
    state = a_state()
    version(BestReply.learn)(state, 0, None, 1, 0.0, np.array([0.0, 1.0, 2.0]), None)
    assert (state.action[0], version(BestReply.settled)(state, 0)) == (1, -1)
    version(BestReply.learn)(state, 0, None, 2, 0.0, np.array([0.0, 1.0, 2.0]), None)
    assert (state.action[0], version(BestReply.settled)(state, 0)) == (2, 0)


def test_two_who_always_reply_at_once_meet_for_ever_or_never():
    """Two equal projects, shared credit: who begin together move together; who begin apart stay."""
    runs = run(Scenario(TWINS, "best_reply:revision_rate=1", "path:n=2", 200), replications=2000, seed=1).runs
    assert set(runs.steps) == {1, 200}
    assert ((runs.steps == 1) == (runs.stop == "settled")).all()
    assert abs((runs.steps == 1).mean() - 0.5) < 4 * np.sqrt(0.25 / 2000)


@pytest.mark.parametrize("rate", [0.1, 0.5])
def test_two_part_when_one_alone_reconsiders(rate):
    """They begin together with chance 1/2 and part with chance 2r(1 - r) a step: E(steps) = 1 + 1 / [4r(1 - r)]."""
    result = run(Scenario(TWINS, f"best_reply:revision_rate={rate}", "path:n=2", 10_000), replications=4000, seed=1)
    steps = result.runs.steps.to_numpy()
    assert (result.runs.stop == "settled").all()
    assert abs(steps.mean() - (1 + 1 / (4 * rate * (1 - rate)))) < 4 * steps.std() / np.sqrt(len(steps))


def test_an_environment_that_does_not_show_payoffs_is_refused():
    with pytest.raises(ParameterError, match=r"^learner: 'best_reply' needs an environment that shows"):
        BestReply().state(RepeatedGame().specification("row", 2), 1)


@pytest.mark.parametrize("rate", [0.0, 1.1])
def test_the_revision_rate_is_a_chance_above_zero(rate):
    with pytest.raises(ParameterError, match=r"^revision_rate: .* is not accepted; accepted: a float, > 0, <= 1$"):
        BestReply(revision_rate=rate)
