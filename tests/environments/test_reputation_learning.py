"""Reputation that is learned from, and what is refused."""

from dataclasses import replace

import numpy as np
import pytest

from socialsim.core.errors import ParameterError
from socialsim.engine.run import run
from socialsim.engine.scenario import PresenceEvent, Scenario
from socialsim.engine.simulation import Simulation
from socialsim.environments.reputation import Reputation, scenario, small
from socialsim.environments.reputation.norms import (
    NORMS,
    assessment_table,
)


def learned(norm, **values):
    return Reputation(norm=norm, behaviour="learned", **values)


@pytest.mark.compiled
def test_the_impatient_do_not_give():
    group = Scenario(
        learned("simple_standing", benefit=5.0, cost=1.0, endowment=1.0, burn_in=50_000),
        "q_learning:discount=0.0",
        "complete:n=10",
        100_000,
        scenario().metrics,
    )
    found = run(group, replications=10, seed=1, record_every=None).metrics["cooperation_rate"].value
    assert found == pytest.approx(0.05, abs=0.01)  # who explores


def test_learners_see_their_own_reputation_and_that_of_whom_they_meet():
    group = learned("stern_judging")
    simulation = Simulation(Scenario(group, "q_learning", "complete:n=5", 30), seed=1, replications=range(1))
    simulation.advance(30)
    state = type(simulation.environment)(
        *[field[0] if isinstance(field, np.ndarray) and field.ndim > 1 else field for field in simulation.environment]
    )
    for i in range(5):
        partner = state.partner[i]
        assert partner != i
        expected = 2 * state.image[0, i] + state.image[0, partner]
        assert group.observe(state._replace(is_learned=1, is_private=0), None, i) == expected


@pytest.mark.parametrize("information", ["public", "private"])
def test_one_alone_meets_nobody(information):
    alone = Scenario(Reputation(information=information), "innate", "complete:n=1", 20, scenario().metrics)
    result = run(alone, seed=1)
    assert result.runs.meetings[0] == 0
    assert result.metrics["cooperation_rate"].reason


def test_the_mean_eye_is_that_of_others():
    group = Reputation(norm="scoring", information="private")
    state = group.state(3)
    state.image[:] = [[0, 1, 0], [1, 0, 0], [1, 0, 1]]
    batch = state._replace(image=state.image[None], last=state.last[None], strategy=state.strategy[None])
    assert group.columns(batch)["reputation"].tolist() == [[1.0, 0.5, 0.0]]


def test_agents_may_leave():
    gone = tuple(PresenceEvent(0, i, "leave") for i in range(1, 6))
    lonely = replace(small(), presence_events=gone)
    assert run(lonely, seed=1).runs.meetings[0] == 0


# --- Bad input -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"norm": "GGBB"}, r"environment\.norm: unknown norm 'GGBB'"),
        ({"strategies": ["discriminator"]}, r"unknown strategy 'discriminator'.*under image scores"),
        ({"strategies": ["k=7"]}, r"unknown strategy 'k=7'"),
        ({"norm": "scoring", "strategies": ["CD"]}, r"unknown strategy 'CD'.*or four letters C and D"),
        ({"norm": "scoring", "strategies": ["CCCC", "CCCC"]}, r"accepted: each strategy once"),
        ({"assignment_error": 0.1}, r"environment\.assignment_error: 0\.1 is not accepted under image scores"),
        (
            {"behaviour": "learned", "generation": 125},
            r"environment\.generation: 125 is not accepted with environment\.behaviour=learned",
        ),
        (
            {"cost": 0.2, "generation": 50},
            r"environment\.endowment: 0\.1 is not accepted: .*at least the cost, 0\.2",
        ),
        (
            {"behaviour": "learned", "norm": "scoring", "cost": 0.2},
            r"environment\.endowment: 0\.1 is not accepted: .*some learners add them up; .* at least the cost, 0\.2",
        ),
        ({"observed": 1.2}, r"observed: 1\.2 is not accepted; accepted: a float, >= 0, <= 1"),
        ({"information": "secret"}, r"information: 'secret' is not accepted"),
    ],
)
def test_what_does_not_fit_is_refused(values, message):
    with pytest.raises(ParameterError, match=message):
        Reputation(**values)


def test_learners_are_refused_where_strategies_are_innate():
    with pytest.raises(ParameterError, match=r"learner: 'q_learning' has nothing to decide in reputation"):
        run(scenario().replace({"learner": "q_learning", "horizon.steps": 5}), seed=1)


def test_all_named_norms_are_tables_of_eight():
    assert len({assessment_table(name).tobytes() for name in NORMS}) == 10  # five of the leading eight have two names
