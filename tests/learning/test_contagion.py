import math

import numpy as np
import pytest
from scipy import stats

from socialsim.core.errors import ParameterError
from socialsim.engine.interface import Discrete, Specification
from socialsim.environments.herding import FUNDAMENTALIST, OPTIMIST, PESSIMIST, Herding
from socialsim.learning.contagion import Contagion, changes_at

CALM = (0.0, 0.0, 10.0, 10.0)  # opinion index, trend, price, fundamental price
EXCITED = (0.4, 0.5, 9.0, 10.0)
UNLIKELY = 1e-4


def num_changes(own, met, market, stream, tries=40_000):
    """Return how often a trader changes, to what, and of how many tries."""
    learner = Contagion().state(Herding().specification("agent", 500), 1)
    seen = np.array([own, met, *market])
    moods = [Contagion.act(learner, 0, seen, stream) for _ in range(tries)]
    changed = [mood for mood in moods if mood != own]
    assert len(set(changed)) <= 1
    return len(changed), changed[0] if changed else None, tries


@pytest.mark.parametrize(
    ("own", "met", "market", "to", "rate"),
    [
        (OPTIMIST, PESSIMIST, CALM, PESSIMIST, 3.0),
        (OPTIMIST, OPTIMIST, CALM, PESSIMIST, 3.0),  # the crowd counts, not whom one meets
        (PESSIMIST, OPTIMIST, EXCITED, OPTIMIST, 3.0 * math.exp(0.6 * 0.4 + 0.2 * 0.5 / 3.0)),
        (OPTIMIST, PESSIMIST, EXCITED, PESSIMIST, 3.0 * math.exp(-0.6 * 0.4 - 0.2 * 0.5 / 3.0)),
        (FUNDAMENTALIST, OPTIMIST, CALM, OPTIMIST, 2.0),
        (
            *(FUNDAMENTALIST, OPTIMIST, EXCITED, OPTIMIST),
            2.0 * math.exp(0.5 * ((0.004 + 0.5 / 2.0) / 9.0 - 0.0004 - 0.75 / 9.0)),
        ),
        (
            *(OPTIMIST, FUNDAMENTALIST, EXCITED, FUNDAMENTALIST),
            2.0 * math.exp(-0.5 * ((0.004 + 0.5 / 2.0) / 9.0 - 0.0004 - 0.75 / 9.0)),
        ),
        (
            *(FUNDAMENTALIST, PESSIMIST, EXCITED, PESSIMIST),
            2.0 * math.exp(0.5 * (0.0004 - (0.004 + 0.5 / 2.0) / 9.0 - 0.75 / 9.0)),
        ),
        (
            *(PESSIMIST, FUNDAMENTALIST, EXCITED, FUNDAMENTALIST),
            2.0 * math.exp(-0.5 * (0.0004 - (0.004 + 0.5 / 2.0) / 9.0 - 0.75 / 9.0)),
        ),
    ],
)
def test_rates_are_those_of_the_module(own, met, market, to, rate, stream):
    count, became, tries = num_changes(own, met, market, stream)
    assert became == to
    assert stats.binomtest(count, tries, rate / Herding().meeting_rate).pvalue > UNLIKELY


def test_meetings_at_which_the_rate_was_cut_are_counted(stream):
    learner = Contagion().state(Herding().specification("agent", 500), 2)
    crash = np.array([OPTIMIST, FUNDAMENTALIST, 0.0, 0.0, 0.1, 10.0])  # at a hundredth of what it is worth
    calm = np.array([OPTIMIST, FUNDAMENTALIST, *CALM])
    for seen in (crash, calm, crash):
        Contagion.act(learner, 1, seen, stream)
    assert learner.num_cut.tolist() == [0, 2]
    assert Contagion().columns(learner)["num_cut"].tolist() == [0, 2]
    Contagion.initialise(learner, 1, stream)
    assert learner.num_cut.tolist() == [0, 0]


def test_fundamentalists_who_meet_remain_so(stream):
    assert num_changes(FUNDAMENTALIST, FUNDAMENTALIST, EXCITED, stream, tries=100)[0] == 0


def test_no_force_makes_a_rate_infinite(version):
    assert math.isfinite(version(changes_at)(2.0, 1e9))
    assert version(changes_at)(2.0, -1e9) == 0.0


def test_traders_must_meet_often_enough_for_the_largest_rate():
    rarely = Herding(meeting_rate=6.0).specification("agent", 500)
    with pytest.raises(ParameterError) as error:
        Contagion().state(rarely, 1)
    assert str(error.value) == (
        "environment.meeting_rate: 6 is less than the largest rate of a change of opinion; accepted: 7.63 or more"
    )


def test_it_needs_an_environment_in_which_traders_meet():
    with pytest.raises(ParameterError, match=r"^learner: 'contagion' needs an environment in which traders meet"):
        Contagion().state(Specification(Discrete(3)), 1)
