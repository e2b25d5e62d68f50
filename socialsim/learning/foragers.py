"""Fixed strategies on a plane of apples: greedy, cautious, patrolling, conditionally cooperative.

They read a window of codes (`socialsim.grids.codes`), step without turning, and learn nothing; they are the controls of
a commons, and the two kinds of a Schelling diagram ([Hughes2018]_):

- **greedy**: a step along a shortest path to the nearest apple in sight, uniformly among equally short ones. Walls and
  other agents are in the way; where every way is blocked by agents, only those right beside one are.
- **cautious**: as greedy, but takes an apple only if at least ``num_left`` others lie within ``radius`` of it, as far
  as it sees, and does not step on the rest. With regrowth that depends on the apples around a cell ([Perolat2017]_)
  the last apples of a patch are its seed.
- **patrolling**: cautious, and fires when an agent within the beam's reach stands at a thin patch.
- **conditional co-operator**: cautious as long as at least a share ``threshold`` of those that it hears and sees is
  restrained, else greedy ([Fischbacher2001]_).

A **thin** apple has fewer than ``num_left`` others within ``radius``; an agent stands at a thin patch if a thin apple
lies within ``radius`` of it. Who finds nothing to take **wanders**: ahead, to a random side where something is in the
way, and now and then to a random side anyway, lest it follow walls for ever; where nobody turns, by random steps. A
cautious agent that waits for thin patches to grow wanders too, around their apples.
"""

from __future__ import annotations

from typing import Any, ClassVar

from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError
from socialsim.core.parameters import parameter
from socialsim.engine.interface import Box, Learner, Specification
from socialsim.grids.codes import AGENT, APPLE, FIRE, LEFT, TURN_RIGHT, WALL
from socialsim.learning.sight import AMPLE, NO_APPLES, THIN, Sight, apples_around, forage, look, patch_at, sight

SIDES = ("ahead", "behind", "left", "right")
RADIUS = 2.0  # of growth in the published versions of the harvest game, where an environment does not say


class Greedy(Learner):
    """Takes the nearest apple in sight.

    Examples
    --------
    >>> Greedy(turn_rate=0.2).turn_rate
    0.2
    """

    turn_rate: float = parameter(0.1, "chance of turning while it wanders", unit="per step", ge=0, le=1)

    def state(self, specification: Specification, num_agents: int) -> Sight:
        """Lay out what the strategy needs of the window, after checking that there is one and that agents step."""
        shape = tuple(specification.fact(a) + 1 + specification.fact(b) for a, b in (SIDES[:2], SIDES[2:]))
        seen = specification.observations
        if not isinstance(seen, Box) or seen.shape != shape or seen.dtype != "uint8":
            raise ParameterError(
                f"learner: {self.name()!r} reads a window of codes, uint8 of shape {shape}; here agents observe {seen}"
            )
        self._check_actions(specification)
        facts = specification.facts
        turns = specification.num_actions > TURN_RIGHT
        return sight(facts, num_agents, turns=turns, turn_rate=self.turn_rate, **self._restraint(facts))

    def _check_actions(self, specification: Specification) -> None:
        if specification.num_actions <= LEFT:
            raise ParameterError(
                f"learner: {self.name()!r} steps, actions 0 to {LEFT}; here agents have {specification.num_actions} "
                "actions"
            )

    def _restraint(self, facts: Any) -> dict[str, Any]:
        """Return the part of the rule that a greedy agent lacks."""
        return {}

    def columns(self, state: Sight) -> dict[str, NDArray[Any]]:
        """Nothing is remembered."""
        return {}

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """Step towards the nearest apple, or wander."""
        look(learner, observation)
        return forage(learner, 0, stream)


class Cautious(Greedy):
    """Takes an apple only if enough others are left around it.

    Examples
    --------
    >>> Cautious(num_left=3).num_left
    3
    """

    num_left: int = parameter(2, "other apples that an apple must have around it to be taken", unit="apples", ge=0)
    radius: float = parameter(
        0.0, "Euclidean distance that counts as around; 0: the one of growth, or 2", unit="cells", ge=0, le=10
    )

    def _restraint(self, facts: Any) -> dict[str, Any]:
        return {"enough": self.num_left, "radius": self.radius or facts.get("growth_radius", RADIUS)}

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """Step towards the nearest apple that may be taken, or wander."""
        look(learner, observation)
        return forage(learner, learner.enough, stream)


@compiled
def sees_offender(learner):
    """Return whether one would hit an agent that stands at a thin patch; a ray ends at the first wall or agent."""
    for ray in range(learner.rays.shape[0]):
        for k in range(learner.rays.shape[1]):
            step = learner.rays[ray, k]
            code = learner.field[learner.home + step]
            if step == 0 or code == WALL:
                break
            if code >= AGENT:
                if patch_at(learner, learner.home + step) == THIN:
                    return True
                break
    return False


class Patrolling(Cautious):
    """Is cautious, and fires at agents at thin patches.

    Examples
    --------
    >>> Patrolling().num_left
    2
    """

    def _check_actions(self, specification: Specification) -> None:
        if specification.num_actions <= FIRE or not specification.fact("beam"):
            raise ParameterError("learner: 'patrolling' fires; here agents have no beam")

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """Fire at an offender, or forage with caution."""
        look(learner, observation)
        return FIRE if sees_offender(learner) else forage(learner, learner.enough, stream)


@compiled
def restrained_share(learner, heard, num_heard):
    """Return the share of restraint among the agents heard and those in sight at a patch; 1 where there are none."""
    for cell in range(learner.field.shape[0]):
        if learner.field[cell] >= AGENT and cell != learner.home:
            patch = patch_at(learner, cell)
            heard += patch == AMPLE
            num_heard += patch != NO_APPLES
    return heard / num_heard if num_heard > 0.0 else 1.0


class ConditionalForager(Cautious):
    """Is cautious while enough of the others are restrained, else greedy.

    Before acting it says 1 if the last apple that it went for was not thin, or if there was none yet, else 0. It
    believes what it hears, and counts an agent in sight as restrained if that stands at an ample patch, as not if at a
    thin one; one away from apples shows nothing. Where it hears nobody, it goes by what it sees.

    Examples
    --------
    >>> ConditionalForager(threshold=0.8).threshold
    0.8
    """

    threshold: float = parameter(0.5, "share of restrained others from which on it co-operates", ge=0, le=1)

    source: ClassVar[str] = "Fischbacher, Gaechter & Fehr 2001, Economics Letters 71:397-404"

    def _restraint(self, facts: Any) -> dict[str, Any]:
        return {**super()._restraint(facts), "threshold": self.threshold}

    def columns(self, state: Sight) -> dict[str, NDArray[Any]]:
        """Return what each agent says of itself."""
        return {"restrained": state.restrained}

    @staticmethod
    @compiled
    def initialise(learner, i, stream):
        """Begin with a clean record."""
        learner.heard[i] = 0.0
        learner.num_heard[i] = 0.0
        learner.restrained[i] = 1.0

    @staticmethod
    @compiled
    def speak(learner, i, observation, stream):
        """Say whether one was restrained."""
        return learner.restrained[i]

    @staticmethod
    @compiled
    def hear(learner, i, j, weight, message):
        """Count what another says of itself."""
        learner.heard[i] += weight * message
        learner.num_heard[i] += weight

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """Judge the others, forage, and note how."""
        look(learner, observation)
        share = restrained_share(learner, learner.heard[i], learner.num_heard[i])
        learner.heard[i] = 0.0
        learner.num_heard[i] = 0.0
        action = forage(learner, learner.enough if share >= learner.threshold else 0, stream)
        if 1 <= action <= 4:
            target = learner.home + learner.neighbours[action - 1]
            if learner.field[target] == APPLE:
                learner.restrained[i] = 1.0 if apples_around(learner, target, learner.enough) >= learner.enough else 0.0
        return action
