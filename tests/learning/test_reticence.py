import math

import numpy as np
import pytest

from socialsim.core.errors import ParameterError
from socialsim.engine.interface import Discrete, Specification
from socialsim.engine.run import run
from socialsim.engine.simulation import Simulation
from socialsim.environments.epistemic import scenario
from socialsim.learning.reticence import Reticent
from socialsim.learning.standing import POLARISED

COMMUNITY = {"network": "complete:n=10", "environment.effect": 0.01, "environment.trials": 100}


def one_agent(**parameters):
    facts = {"trials": 10, "better_rate": 0.6}
    return Reticent(**parameters).state(Specification(Discrete(2), facts=facts), 1)


def ends(learner, seed=1):
    return run(scenario().replace(COMMUNITY | {"learner": learner}), replications=500, seed=seed, record_every=None)


@pytest.mark.parametrize(("sharing", "shared"), [("all", (1, 1)), ("favourable", (1, 0)), ("none", (0, 0))])
def test_what_is_shared(version, stream, sharing, shared):
    state, weight = one_agent(sharing=sharing), math.log(1.5)
    for reward, is_shared in zip((7.0, 3.0), shared, strict=True):
        evidence = (2 * reward - 10) * weight
        message = version(Reticent.report)(state, 0, 0, 1, reward, stream)
        assert message == pytest.approx(evidence * is_shared)
    assert version(Reticent.report)(state, 0, 0, 0, 7.0, stream) == 0.0


def test_ones_own_result_always_counts(version, stream):
    for sharing in ("all", "favourable", "none"):
        state = one_agent(sharing=sharing)
        version(Reticent.learn)(state, 0, 0, 1, 3.0, 0, stream)
        assert state.log_odds[0] == pytest.approx(-4 * math.log(1.5))


def test_who_shares_all_is_a_bayesian():
    found = []
    for learner in ("reticent:sharing=all", "bayesian"):
        simulation = Simulation(scenario().replace(COMMUNITY | {"learner": learner}), seed=4, replications=range(50))
        simulation.advance(5)
        found.append(simulation.columns()["credence"])
    assert np.allclose(found[0], found[1], rtol=1e-12)


@pytest.mark.compiled
def test_alone_everybody_succeeds_as_walds_martingale_says_and_communities_polarise():
    """One who starts with x > 0 is right in the end with chance 1 - e^-x where steps are small: 1 - ln 2 of all."""
    small_steps = scenario().replace(COMMUNITY | {"learner": "reticent:sharing=none", "environment.effect": 0.002})
    result = run(small_steps, replications=500, seed=1, record_every=None)
    assert (result.runs.stop == "settled").all()
    assert result.metrics["polarisation_rate"].value > 0.9
    right = result.runs[result.runs.verdict == POLARISED].num_on_better.sum() / (10 * len(result.runs))
    assert right == pytest.approx(1 - math.log(2), abs=0.02)


def test_good_news_only_leaves_hardly_anybody_behind():
    honest, selective = (ends(f"reticent:sharing={policy}").metrics["success_rate"] for policy in ("all", "favourable"))
    assert selective.low > honest.high


def test_an_unknown_policy_is_refused():
    with pytest.raises(ParameterError, match=r"^sharing: 'some' is not accepted; accepted: one of"):
        Reticent(sharing="some")
