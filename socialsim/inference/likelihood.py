"""The likelihood of a learner on observed choices: how likely it would have made them.

A learner with parameters theta that has seen and been paid what the subject has seen and been paid up to trial t takes
action a with the probability p_t(a | theta). The probability of all that the subject did is the product,

    ln L(theta) = sum_t ln p_t(a_t | theta),                                                    ([Daw2011]_, section 3)

exact wherever learning itself draws nothing. The learner's own compiled functions are called, in the order in which the
loop of a run calls them, with the subject's act in place of the learner's, as if it had been forced:

    initialise, then for each trial t:    probabilities -> (speak ->) act -> learn with a_t, r_t

`act` is called for what it keeps (a temperature that falls, say); what it draws is not used. A sender's acts are its
messages. `simulate` goes through the same steps with the learner's own acts. The sequences of
`socialsim.inference.choices` are the agents of one replication, each with a stream of its own.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from socialsim.core.errors import ParameterError
from socialsim.core.streams import Purpose, seed_streams
from socialsim.engine.discovery import learner_classes
from socialsim.engine.interface import Box, Discrete, Environment, Learner, Specification
from socialsim.engine.layout import Layout
from socialsim.engine.plan import Plan
from socialsim.engine.program import load
from socialsim.engine.template import bindings
from socialsim.engine.visits import indent
from socialsim.inference.choices import Choices

SHOWN = {"observation": "payoff of each action"}
OWNER = "learner_0"


def log_likelihood(learner: Learner, choices: Choices) -> float:
    """Return ln L of the choices of all subjects; minus infinity where the learner cannot have made one of them.

    Parameters
    ----------
    learner : Learner
        One that offers `probabilities`.
    choices : Choices

    Raises
    ------
    ParameterError
        If the learner offers no probabilities, or needs what the choices do not tell, or cannot learn from rewards such
        as theirs.

    Examples
    --------
    >>> from socialsim.learning.scripted import UniformRandom
    >>> choices = Choices.of([[0, 1, 1]], [[0.0, 1.0, 1.0]])
    >>> round(float(np.exp(log_likelihood(UniformRandom(), choices))), 12)
    0.125
    """
    return Replay(learner, choices).log_likelihood(learner)


def choice_probabilities(learner: Learner, choices: Choices) -> NDArray[np.float64]:
    """Return p_t(a), what the learner would have done in each trial after what had gone before.

    Parameters
    ----------
    learner : Learner
    choices : Choices

    Returns
    -------
    ndarray, shape (num_trials, num_actions)

    Examples
    --------
    >>> from socialsim.learning.roth_erev import RothErev
    >>> choice_probabilities(RothErev(), Choices.of([[0, 1, 1]], [[2.0, 1.0, 1.0]]))[:, 0].tolist()
    [0.5, 0.75, 0.6]
    """
    return Replay(learner, choices).probabilities(learner)


class Replay:
    """Choices laid out for a learner to go through again and again, with other values of its parameters.

    Parameters
    ----------
    learner : Learner
    choices : Choices

    Raises
    ------
    ParameterError
        If the learner offers no probabilities, or needs what the choices do not tell.

    Examples
    --------
    >>> from socialsim.learning.roth_erev import RothErev
    >>> replay = Replay(RothErev(), Choices.of([[0, 1, 1]], [[2.0, 1.0, 1.0]]))
    >>> [round(float(np.exp(replay.log_likelihood(RothErev(initial_weight=weight)))), 6) for weight in (1, 2)]
    [0.05, 0.071429]
    """

    def __init__(self, learner: Learner, choices: Choices) -> None:
        shows_payoffs = sees_payoffs(learner, choices)
        self.choices = choices
        self._memory = _Memory(learner, choices, shows_payoffs)
        self._seen = _seen(choices, shows_payoffs)
        self._streams = seed_streams(0, np.arange(len(choices.subject)), Purpose.LEARNERS)
        self._chosen = np.arange(choices.num_trials), choices.action

    def log_likelihood(self, learner: Learner, trials: NDArray[np.bool_] | slice = slice(None)) -> float:
        """Return ln L of all choices, or of those in some trials, under a learner of the same class."""
        with np.errstate(divide="ignore"):
            return float(np.sum(np.log(self.probabilities(learner)[self._chosen][trials])))

    def probabilities(self, learner: Learner) -> NDArray[np.float64]:
        """Return p_t(a), shape (num_trials, num_actions)."""
        choices, out = self.choices, np.empty((self.choices.num_trials, self.choices.num_actions))
        data = (choices.start, self._seen, choices.action, choices.reward, out)
        self._memory.call("replay", learner, self._streams.copy(), *data)
        if not (out.min() >= 0.0 and out.max() <= 1.0 + 1e-9):
            low, high = choices.reward.min(), choices.reward.max()
            raise ParameterError(
                f"learner: what {learner.name()!r} tells are no probabilities; accepted: choices with rewards that it "
                f"can learn from, here they lie between {low:g} and {high:g}"
            )
        return out


def simulate(
    learner: Learner, payoffs: ArrayLike, *, seed: int = 0, observations: ArrayLike | None = None, first: int = 0
) -> Choices:
    """Let a learner choose, one subject a row, among actions whose payoffs are drawn beforehand.

    Parameters
    ----------
    learner : Learner
        One whose acts depend on observations and payoffs alone.
    payoffs : array_like, shape (num_subjects, num_trials, num_actions)
        What each action would pay in each trial.
    seed : int
        Root of the subjects' random streams, >= 0.
    observations : array_like of int, shape (num_subjects, num_trials), optional
        What subjects see; by default always the same.
    first : int
        Number of the first subject: its stream, and its name.

    Returns
    -------
    Choices
        With ``payoffs``, so that learners from foregone payoffs can be fitted too.

    Examples
    --------
    >>> from socialsim.learning.boltzmann_q import BoltzmannQ
    >>> payoffs = np.broadcast_to([0.0, 1.0], (20, 100, 2))
    >>> choices = simulate(BoltzmannQ(alpha=0.5, discount=0.0, temperature=0.2), payoffs, seed=1)
    >>> bool(choices.reward.mean() > 0.9)
    True
    """
    paid = np.ascontiguousarray(payoffs, float)
    if paid.ndim != 3 or not paid.size or not np.isfinite(paid).all():
        raise ParameterError(
            f"payoffs: shape {paid.shape} is not accepted; accepted: finite numbers of shape (num_subjects, "
            "num_trials, num_actions)"
        )
    num_subjects, num_trials, num_actions = paid.shape
    seen = np.zeros((num_subjects, num_trials), np.int64) if observations is None else np.asarray(observations)
    names = tuple(map(str, range(first, first + num_subjects)))
    choices = Choices(
        subjects=names,
        actions=tuple(map(str, range(num_actions))),
        observations=tuple(map(str, range(int(seen.max()) + 1))),
        subject=np.arange(num_subjects),
        start=np.arange(num_subjects + 1) * num_trials,
        observation=np.broadcast_to(seen, (num_subjects, num_trials)).ravel().astype(np.int64),
        action=np.zeros(num_subjects * num_trials, np.int64),
        reward=np.zeros(num_subjects * num_trials),
        payoffs=paid.reshape(-1, num_actions),
    )
    streams = seed_streams(seed, np.arange(first, first + num_subjects), Purpose.LEARNERS)
    shows_payoffs = sees_payoffs(learner, choices)
    data = (choices.start, _seen(choices, shows_payoffs), choices.action, choices.reward, paid.reshape(-1, num_actions))
    _Memory(learner, choices, shows_payoffs).call("play", learner, streams, *data)
    return choices


def sees_payoffs(learner: Learner, choices: Choices) -> bool:
    """Say whether a learner is shown the payoffs of the trial before, and not the observation: if it insists.

    Raises
    ------
    ParameterError
        If it can do with neither, or does not tell the chances of its actions.
    """
    if not hasattr(type(learner), "probabilities"):
        known = ", ".join(sorted(fitted_learners()))
        raise ParameterError(f"learner: {learner.name()!r} does not tell the chances of its actions; accepted: {known}")
    refused = _refusal(learner, choices, shows_payoffs=False)
    if refused is None:
        return False
    if _refusal(learner, choices, shows_payoffs=True) is not None:
        raise refused
    if choices.payoffs is None:
        raise ParameterError(f"{refused}; accepted: choices with a column foregone_ACTION for each action")
    return True


def _refusal(learner: Learner, choices: Choices, shows_payoffs: bool) -> ParameterError | None:
    """Return why a learner can do nothing with what it would be shown, None if it can."""
    try:
        learner.state(_specification(choices, shows_payoffs), 1)
    except ParameterError as error:
        return error
    return None


def fitted_learners() -> dict[str, type[Learner]]:
    """Return the learners that can be fitted to choices, by name: those that offer `probabilities`.

    Examples
    --------
    >>> "boltzmann_q" in fitted_learners(), "imitation" in fitted_learners()
    (True, False)
    """
    return {name: cls for name, cls in learner_classes().items() if hasattr(cls, "probabilities")}


def _specification(choices: Choices, shows_payoffs: bool) -> Specification:
    if shows_payoffs:
        return Specification(Discrete(choices.num_actions), Box(shape=(choices.num_actions,)), SHOWN)
    paid = choices.reward if choices.payoffs is None else choices.payoffs
    facts = {
        "num_messages": choices.num_actions,  # for those whose acts are messages
        "reward_range": (float(paid.min()), float(paid.max())),
    }
    return Specification(Discrete(choices.num_actions), Discrete(len(choices.observations)), facts)


def _seen(choices: Choices, shows_payoffs: bool) -> NDArray[Any]:
    """Return what is seen before each trial and after the last one of each sequence: row t + i in sequence i.

    Payoffs are those of the trial before, 0 before the first; an observation stands until the next one.
    """
    num_sequences = len(choices.subject)
    places = np.arange(choices.num_trials) + np.repeat(np.arange(num_sequences), np.diff(choices.start))
    if shows_payoffs:
        payoffs = np.zeros((choices.num_trials + num_sequences, choices.num_actions))
        payoffs[places + 1] = choices.payoffs
        return payoffs
    seen = np.zeros(choices.num_trials + num_sequences, np.int64)
    seen[places + 1] = choices.observation
    seen[places] = choices.observation
    return seen


class _Memory:
    """The memory of a learner whose agents are the sequences of some choices, and its compiled functions.

    It is laid out once; at each call constants and state are those of a learner with other values.
    """

    def __init__(self, learner: Learner, choices: Choices, shows_payoffs: bool) -> None:
        self._specification, self._num_agents = _specification(choices, shows_payoffs), len(choices.subject)
        state = learner.state(self._specification, self._num_agents)
        layout = Layout({OWNER: state}, self._num_agents)
        self._fields, self._vector = layout.fields[OWNER], layout.vector
        self._program = load(Plan(Environment, (type(learner),), layout), write=write_replay)
        self._buffers = layout.allocate(1)
        self._constants = {dtype: layout.constants[dtype].copy() for dtype in layout.constant_dtypes}

    def call(self, function: str, learner: Learner, *data: NDArray[Any]) -> None:
        """Start afresh and run one of the two functions of `write_replay` over all sequences."""
        state = learner.state(self._specification, self._num_agents)
        for field in self._fields:
            block = self._constants[field.dtype] if field.is_constant else self._buffers[field.dtype][0]
            block[field.start : field.stop] = np.ravel(getattr(state, field.name))
        self._program.call(function, *self._buffers.values(), *self._constants.values(), self._vector, *data)


def write_replay(plan: Plan, *, cache: bool) -> str:
    """Return the source of the module in which a learner goes through choices.

    Parameters
    ----------
    plan : Plan
        Of one learner.
    cache : bool
        Whether numba keeps the machine code between processes.
    """
    layout, learner = plan.layout, plan.learners[0]
    names = [f"state_{dtype}" for dtype in layout.state_dtypes]
    names += [f"constant_{dtype}" for dtype in layout.constant_dtypes]
    names += ["layout", "streams", "start", "seen", "actions", "rewards"]
    view = ", ".join(item.expression() for item in layout.fields[OWNER])
    act = "learner_0_act(learner, i, seen[t + i], stream)"
    speak = ["learner_0_speak(learner, i, seen[t + i], stream)"] if hasattr(learner, "speak") else []
    learn = "learner_0_learn(learner, i, seen[t + i], actions[t], rewards[t], seen[t + i + 1], stream)"
    initialise = ["learner_0_initialise(learner, i, stream)"] if hasattr(learner, "initialise") else []
    learning = ["if t + 1 < start[i + 1]:", f"    {learn}"] if hasattr(learner, "learn") else []
    bodies = {
        ("replay", "chances"): ["learner_0_probabilities(learner, i, seen[t + i], chances[t])", *speak, act, *learning],
        ("play", "payoffs"): [*speak, f"actions[t] = {act}", "rewards[t] = payoffs[t, actions[t]]", *learning],
    }
    text = f"""\
from collections import namedtuple

import math

import numba
import numpy as np

from socialsim.engine.borrowing import borrow

{bindings(plan)}
"""
    for (function, last), body in bodies.items():
        arguments = [*names, last]
        text += f"""
@numba.njit(nogil=True, error_model="numpy", _nrt=False, cache={cache})
def {function}({", ".join(arguments)}):
{indent([f"{name} = borrow({name})" for name in arguments], 1)}
    r = 0
    learner = Learner_0({view})
    for i in range(start.shape[0] - 1):
        stream = streams[i]
{indent(initialise, 2)}
        for t in range(start[i], start[i + 1]):
{indent(body, 3)}

"""
    return text
