"""A fixed policy does what it says."""

import numpy as np
import pytest

from socialsim.core.errors import ParameterError
from socialsim.core.streams import Purpose, seed_streams
from socialsim.engine.interface import Discrete, Specification
from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.environments.dilemmas import Dilemmas
from socialsim.learning.fixed_policy import FixedPolicy

THREE = Specification(Discrete(3), Discrete(2))


def draws(chances, num_draws=3000):
    """Return how often each action was drawn."""
    state = FixedPolicy().state(THREE, 1)._replace(chances=np.array(chances)[None, None])
    stream = seed_streams(1, np.arange(1), Purpose.LEARNERS)[0]
    with np.errstate(over="ignore"):
        actions = [FixedPolicy.act(state, 0, 0, stream) for _ in range(num_draws)]
    return np.bincount(actions, minlength=3) / num_draws


def test_two_who_play_tit_for_tat_go_on_as_they_began():
    """Observation 0 is the first round, 1 + k that k neighbours cooperated."""
    strangers = Dilemmas(observation="neighbours", most_counted=1)
    learner = FixedPolicy(policies=((0, 1, 0), (1, 1, 0)))  # the second begins with defection
    result = run(Scenario(strangers, learner, "complete:n=2", 6), replications=2, seed=1, record="events")
    acts = result.table("act").query("run == 0").pivot(index="step", columns="agent", values="action").to_numpy()
    assert acts.tolist() == [[0, 1], [1, 0]] * 3


def test_actions_are_drawn_by_their_chances():
    assert draws([0.2, 0.0, 0.8]) == pytest.approx([0.2, 0.0, 0.8], abs=0.03)
    assert draws([0.0, 1.0, 0.0]).tolist() == [0.0, 1.0, 0.0]
    assert draws([0.1] * 3)[:2] == pytest.approx([0.1, 0.1], abs=0.03)  # what rounding leaves is the last one's


def test_probabilities_are_the_policy():
    out = np.zeros(3)
    FixedPolicy.probabilities(FixedPolicy(policies=((2, 1),)).state(THREE, 4), 3, 1, out)
    assert out.tolist() == [0.0, 1.0, 0.0]


@pytest.mark.parametrize(
    ("policies", "message"),
    [
        (((0,), (1,)), "2 rows are not accepted; accepted: one, or one for each of 4 agents"),
        (((0, 1, 2),), "row 0 has 3 actions; accepted: one, or one for each of 2 observations"),
        (((0, 3),), "action 3 in row 0 is not accepted; accepted: 0 to 2"),
        (((-1,),), "action -1 in row 0"),
        ((), "0 rows are not accepted"),
    ],
)
def test_policies_that_do_not_fit_are_refused(policies, message):
    with pytest.raises(ParameterError, match=message):
        FixedPolicy(policies=policies).state(THREE, 4)


@pytest.mark.parametrize(
    ("chances", "message"),
    [
        ((((0.5, 0.5, 0.0),),), r"learner.chances: policy 0 has 1 observations; accepted: 2"),
        (
            (((0.5, 0.5), (1.0, 0.0)),),
            r"\[0.5, 0.5\] of policy 0 on observation 0 is not accepted; accepted: 3 chances",
        ),
        ((((0.5, 0.6, 0.0),) * 2,), r"\[0.5, 0.6, 0.0\] of policy 0 on observation 0 .* sum to 1"),
        ((((1.0, 0.0, 0.0),) * 2,) * 2, r"2 policies are not accepted; accepted: one, or one for each of 3 agents"),
    ],
)
def test_chances_that_do_not_fit_are_refused(chances, message):
    with pytest.raises(ParameterError, match=message):
        FixedPolicy(chances=chances).state(THREE, 3)


def test_each_agent_may_have_its_own_chances():
    own = (((0.5, 0.5, 0.0), (1.0, 0.0, 0.0)), ((0.0, 0.0, 1.0), (0.2, 0.3, 0.5)))
    assert np.array_equal(FixedPolicy(chances=own).state(THREE, 2).chances, np.array(own))
