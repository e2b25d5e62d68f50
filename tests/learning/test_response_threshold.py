"""Response thresholds, fixed and reinforced."""

import numpy as np
import pytest

from socialsim.core.errors import ParameterError
from socialsim.engine.interface import Box, Discrete, Specification
from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.environments.opinions import Opinions
from socialsim.learning.response_threshold import ResponseThreshold, response


def tasks(num_tasks):
    return Specification(
        Discrete(num_tasks + 1), Box(low=0.0, shape=(num_tasks,)), {"observation": "stimulus of each task"}
    )


def made(num_agents=1, num_tasks=1, **parameters):
    return ResponseThreshold(**parameters).state(tasks(num_tasks), num_agents)


def shares_of(act, state, stimuli, stream, num_draws=4000):
    with np.errstate(over="ignore"):
        drawn = [act(state, 0, np.array(stimuli), stream) for _ in range(num_draws)]
    return np.bincount(drawn, minlength=len(stimuli) + 1) / num_draws


def test_the_response_is_the_hill_function(version):
    chance = version(response)
    assert chance(made(), 8.0, 8.0) == 0.5
    assert chance(made(), 16.0, 8.0) == 0.8
    assert chance(made(steepness=1.0), 16.0, 8.0) == pytest.approx(2 / 3)
    assert chance(made(), 0.0, 8.0) == 0.0
    assert chance(made(steepness=100.0), 1e-6, 1000.0) == pytest.approx(0.0, abs=1e-300)  # too large a power
    assert chance(made(steepness=100.0), 1000.0, 1e-6) == 1.0


def test_an_idle_agent_begins_the_first_task_that_it_responds_to(stream, version):
    state = made(num_tasks=2, thresholds=((8.0, 8.0),))
    found = shares_of(version(ResponseThreshold.act), state, [16.0, 8.0], stream)
    first, second = 0.8, 0.5  # each is met first half of the time
    expected = [(1 - first) * (1 - second), first * (1 + 1 - second) / 2, second * (1 + 1 - first) / 2]
    assert found == pytest.approx(expected, abs=4 * 0.5 / np.sqrt(4000))


def test_three_tasks_that_call_alike_are_begun_alike(stream):
    found = shares_of(ResponseThreshold.act, made(num_tasks=3, thresholds=((1.0,),)), [1e9] * 3, stream)
    assert found == pytest.approx([0.0, 1 / 3, 1 / 3, 1 / 3], abs=4 * 0.5 / np.sqrt(4000))


def test_an_active_agent_goes_on_or_gives_up(stream, version):
    state = made(num_tasks=2, thresholds=((8.0,),), stopping=0.2)
    state.task[0] = 2
    found = shares_of(version(ResponseThreshold.act), state, [1e9, 0.0], stream)
    assert found == pytest.approx([0.2, 0.0, 0.8], abs=4 * 0.5 / np.sqrt(4000))


def test_thresholds_fall_for_what_one_does_and_rise_for_the_rest(version):
    learn = version(ResponseThreshold.learn)
    state = made(num_tasks=3, thresholds=((500.0, 5.0, 999.5),), learning=10.0, forgetting=1.0)
    learn(state, 0, None, 2, 0.0, None, None)
    assert state.threshold[0].tolist() == [501.0, 1.0, 1000.0]  # between lowest and highest
    assert state.task[0] == 2
    learn(state, 0, None, 0, 0.0, None, None)
    assert state.threshold[0].tolist() == [502.0, 2.0, 1000.0]


def test_fixed_thresholds_stay(version):
    state = made(num_tasks=1, thresholds=((5000.0,),))
    version(ResponseThreshold.learn)(state, 0, None, 1, 0.0, None, None)
    assert state.threshold[0].tolist() == [5000.0]


def test_castes_have_their_shares():
    learner = ResponseThreshold(thresholds=((8.0, 20.0), (20.0, 8.0), (9.0,)), shares=(0.5, 0.3, 0.2))
    caste, thresholds = learner.castes(10, 2)
    assert np.bincount(caste).tolist() == [5, 3, 2]
    assert thresholds[[0, 5, 9]].tolist() == [[8.0, 20.0], [20.0, 8.0], [9.0, 9.0]]


def test_thresholds_that_are_not_given_are_drawn_evenly(stream):
    state = made(num_agents=2000, thresholds=(), lowest=1.0, highest=101.0)
    with np.errstate(over="ignore"):
        for i in range(2000):
            ResponseThreshold.initialise(state, i, stream)
    assert 1.0 <= state.threshold.min() < 2.0 < 100.0 < state.threshold.max() <= 101.0
    assert state.threshold.mean() == pytest.approx(51.0, abs=4 * 100 / np.sqrt(12 * 2000))


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"thresholds": ((8.0,), (0.0,))}, "for each caste one or more numbers > 0"),
        ({"thresholds": ((8.0,), (-1.0,))}, "for each caste one or more numbers > 0"),
        ({"thresholds": ((8.0,), ())}, "for each caste one or more numbers > 0"),
        ({"lowest": 10.0, "highest": 5.0}, "lowest: 10 is not accepted; accepted: at most highest, 5"),
        ({"lowest": 0.0}, "lowest: 0.0 is not accepted; accepted: a float, > 0"),
        ({"shares": (0.5, 0.4)}, "accepted: 2 numbers >= 0, one for each caste, whose sum is 1"),
        ({"shares": (1.0,)}, "accepted: 2 numbers >= 0"),
        ({"thresholds": ((0.5,),), "learning": 1.0}, "accepted: numbers between lowest and highest, 1 to 1000"),
        ({"stopping": 1.5}, "stopping: 1.5 is not accepted"),
    ],
)
def test_thresholds_that_cannot_be_are_refused(parameters, message):
    with pytest.raises(ParameterError) as error:
        ResponseThreshold(**parameters)
    assert message in str(error.value)


def test_castes_must_know_every_task():
    with pytest.raises(ParameterError, match=r"learner.thresholds: 2 numbers for a caste .* accepted: 1 or 3"):
        made(num_tasks=3, thresholds=((8.0, 9.0),))


def test_elsewhere_it_says_what_it_needs():
    with pytest.raises(ParameterError, match="shows the stimulus of each task, such as thresholds"):
        run(Scenario(Opinions(), "response_threshold", "complete:n=3", 5), seed=1)
