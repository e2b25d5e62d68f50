"""One way to name a parameter."""

from __future__ import annotations

import pytest

from socialsim.core.errors import NetworkError, ParameterError
from socialsim.engine.scenario import Horizon, Scenario
from socialsim.environments import epistemic, repeated_game, researchers, signalling
from socialsim.learning.bayesian import Bayesian


def test_every_parameter_that_is_listed_can_be_replaced_by_its_path():
    scenario = epistemic.scenario().replace({"network": "watts_strogatz:n=20,k=4,p=0.2"})
    changed = {
        "environment.effect": 0.01,
        "environment.trials": 7,
        "learner.threshold": 0.99,
        "network.p": 0.5,
        "network.shared": True,
        "horizon.steps": 12,
    }
    parameters = scenario.replace(changed).parameters()
    assert {path: parameters[path] for path in changed} == changed


def test_the_network_is_replaced_before_its_parameters():
    scenario = epistemic.scenario().replace({"network.n": 20, "network": "star"})
    assert scenario.network.spec == "star:n=20"


def test_a_learner_is_replaced_for_all_types_or_for_one():
    scenario = signalling.scenario().replace({"learner.sender.initial_weight": 2.0})
    assert scenario.learners["sender"].initial_weight == 2.0
    assert scenario.learners["receiver"].initial_weight == 1.0
    both = signalling.scenario().replace({"learner.initial_weight": 3.0})
    assert [learner.initial_weight for learner in both.learners.values()] == [3.0, 3.0]
    one = signalling.scenario().replace({"learner.receiver": "uniform_random"})
    assert one.learners["receiver"].name() == "uniform_random"


def test_optional_parts_appear_when_they_are_named():
    scenario = epistemic.scenario().replace({"turnover.fail_rate": 0.1, "rewiring.rate": 0.2})
    assert scenario.turnover.fail_rate == 0.1
    assert scenario.rewiring.rate == 0.2


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("environment.efect", 0.1, "unknown parameter 'environment.efect'; did you mean 'environment.effect'"),
        ("environment.effect", 0.7, r"environment.effect: 0.7 is not accepted; accepted: a float, > 0, < 0.5"),
        ("environment.effect", "big", r"environment.effect: 'big' is not accepted"),
        ("environment.effect", float("nan"), r"environment.effect: nan is not accepted"),
        ("environment.trials", 1.5, r"environment.trials: 1.5 is not accepted; accepted: an int"),
        ("environment.trials", True, r"environment.trials: True is not accepted"),
        ("horizon.steps", -1, r"horizon.steps: -1 is not accepted"),
        ("learner.alpha", 0.1, "unknown parameter 'learner.alpha'"),
        ("learner", "bayesien", "unknown learner 'bayesien'; did you mean 'bayesian'"),
        ("learner", 7, "learner: 7 is not accepted; accepted: a learner or its spec string"),
        ("network.shared", 1, r"network.shared: 1 is not accepted; accepted: true or false"),
        ("network.q", 1, "unknown"),
        ("effect", 0.1, "unknown parameter 'effect'; did you mean 'environment.effect'"),
    ],
)
def test_a_wrong_path_or_value_is_named_with_what_is_accepted(path, value, message):
    with pytest.raises(ParameterError, match=message) as error:
        epistemic.scenario().replace({path: value})
    assert "\n" not in str(error.value)


def test_an_unknown_network_suggests_the_nearest():
    with pytest.raises(NetworkError, match="did you mean 'karate'"):
        epistemic.scenario().replace({"network": "karrate"})


def test_every_agent_type_needs_a_learner():
    with pytest.raises(ParameterError, match="none for agent type 'column'"):
        Scenario(repeated_game.RepeatedGame(), {"row": "q_learning"}, "path:n=2")
    with pytest.raises(ParameterError, match="unknown agent type 'speaker'"):
        Scenario(signalling.Signalling(), {"speaker": "roth_erev_sender"}, "path:n=2")


def test_a_scenario_takes_objects_as_well_as_names():
    scenario = Scenario(epistemic.Epistemic(), Bayesian(threshold=0.9), "karate", Horizon(steps=5))
    assert scenario.learners["agent"].threshold == 0.9
    assert scenario.name == "epistemic"


def test_parameters_of_an_environment_that_depend_on_each_other_are_replaced_together():
    changed = researchers.scenario().replace({"environment.base_rates": [0.3], "environment.novelty": [2.0]})
    assert (changed.environment.base_rates, changed.environment.novelty) == ((0.3,), (2.0,))
    with pytest.raises(ParameterError, match=r"^environment\.novelty: 2 values for 1 base_rates"):
        researchers.scenario().replace({"environment.base_rates": [0.3]})
    with pytest.raises(ParameterError) as error:
        researchers.scenario().replace({"environment.threshold": 2.0, "environment.memory": 0})
    assert "environment.threshold: 2.0" in str(error.value)
    assert "; environment.memory: 0" in str(error.value)
