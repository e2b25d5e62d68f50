import numpy as np
import pytest

from socialsim.core.errors import ParameterError
from socialsim.engine.interface import Discrete, Specification
from socialsim.learning.q_talk import QReceiver, QSender


def a_state(learner, **parameters):
    facts = {"num_messages": 4, "misheard": parameters.pop("misheard", 0.0)}
    return learner(**parameters).state(Specification(Discrete(3), Discrete(2), facts), 1)


def test_a_sender_values_messages_and_acts_as_it_spoke(version, stream):
    state = a_state(QSender, epsilon=0.0, alpha=0.5)
    assert state.values.shape == (1, 2, 4)
    said = version(QSender.speak)(state, 0, 1, stream)
    assert version(QSender.act)(state, 0, 1, stream) == said
    version(QSender.learn)(state, 0, 1, int(said), 1.0, 0, stream)
    assert state.values[0, 1, int(said)] == 0.5
    assert {version(QSender.speak)(state, 0, 1, stream) for _ in range(20)} == {said}


def test_a_receiver_values_acts_on_what_it_heard(version, stream):
    state = a_state(QReceiver, epsilon=0.0, alpha=0.25)
    assert state.values.shape == (1, 4, 3)
    version(QReceiver.hear)(state, 0, 0, 1.0, 2.0)
    done = version(QReceiver.act)(state, 0, 0, stream)
    version(QReceiver.learn)(state, 0, 0, done, 2.0, 0, stream)
    assert state.values[0, 2, done] == 0.5
    assert state.values.sum() == 0.5


def test_exploration_fades():
    state, stream = a_state(QSender, epsilon=0.8, beta=0.5), np.ones(4, np.uint64)
    for _ in range(3):
        QSender.speak(state, 0, 0, stream)
    assert state.exploration[0] == pytest.approx(0.8 * np.exp(-1.5))


def test_what_is_misheard_is_learnt_on(version, stream):
    state = a_state(QReceiver, misheard=1.0)
    rows = set()
    for _ in range(100):
        version(QReceiver.hear)(state, 0, 0, 1.0, 2.0)
        version(QReceiver.act)(state, 0, 0, stream)
        rows.add(int(state.row[0]))
    assert rows == {0, 1, 2, 3}


@pytest.mark.parametrize("learner", [QSender, QReceiver])
def test_an_environment_without_messages_is_refused(learner):
    with pytest.raises(ParameterError, match="needs the fact 'num_messages'"):
        learner().state(Specification(Discrete(2)), 1)
