"""Learners that need to know more than some environments tell refuse those."""

import pytest

from socialsim.core.errors import ParameterError
from socialsim.engine.interface import Discrete, Specification
from socialsim.environments.repeated_game import RepeatedGame
from socialsim.learning.experience_weighted_attraction import ExperienceWeightedAttraction
from socialsim.learning.fictitious_play import FictitiousPlay
from socialsim.learning.knowledge import reward_ends
from socialsim.learning.regret_matching import RegretMatching


@pytest.mark.parametrize("learner", [ExperienceWeightedAttraction(), FictitiousPlay(), RegretMatching()])
def test_foregone_payoffs_must_be_shown(learner):
    needs = rf"^learner: '{learner.name()}' needs an environment that shows what each action would have paid"
    with pytest.raises(ParameterError, match=rf"{needs}$"):
        learner.state(Specification(Discrete(2)), 1)
    with pytest.raises(ParameterError, match=rf"{needs}; accepted: environment.observation=payoffs$"):
        learner.state(RepeatedGame().specification("row", 2), 1)
    learner.state(RepeatedGame(observation="payoffs").specification("row", 2), 1)


@pytest.mark.parametrize(
    ("low", "high", "ends"), [(None, None, (0.0, 5.0)), (-1.0, None, (-1.0, 5.0)), (None, 9.0, (0.0, 9.0))]
)
def test_what_is_given_goes_before_what_is_told(low, high, ends):
    assert reward_ends("exp3", RepeatedGame().specification("row", 2), low, high) == ends


def test_a_game_that_pays_the_same_whatever_one_does_has_no_range():
    with pytest.raises(ParameterError, match=r"^learner.reward_high: 1.0 is not accepted; accepted: more than the low"):
        reward_ends("exp3", RepeatedGame(payoffs=[[1.0]]).specification("row", 2), None, None)
