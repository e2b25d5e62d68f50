"""Agents that decide nothing, and environments in which there is nothing to decide."""

import pytest

from socialsim.core.errors import ParameterError
from socialsim.engine.run import run
from socialsim.environments.dilemmas import small as dilemmas
from socialsim.environments.evolution import small as evolution
from socialsim.environments.incentives import small as incentives


@pytest.mark.parametrize("model", [evolution, incentives])
@pytest.mark.parametrize("learner", ["constant", "roth_erev"])
def test_a_learner_with_nothing_to_decide_is_refused(model, learner):
    with pytest.raises(ParameterError, match=f"learner: '{learner}' has nothing to decide .*accepted: innate"):
        run(model().replace({"learner": learner}))


def test_agents_that_choose_need_a_learner_that_does():
    with pytest.raises(ParameterError, match="'innate' decides nothing, and here agents choose among 2 actions"):
        run(dilemmas().replace({"learner": "innate"}))


def test_what_is_innate_needs_no_compiled_act_and_leaves_actions_alone():
    result = run(evolution(), replications=2, seed=1)
    assert (result.agents.choice == 0).all()
