"""Is a regularity of behaviour a norm, a convention, collusion, or nothing of the kind?

That most people do something is no evidence of a norm. People may do it because it suits them whatever the others do,
because the others do it, or because the others would not let them do otherwise. What tells these apart is what follows
a deviation, so agents are made to deviate (`socialsim.inference.interventions`). With

    S    share of acts that are regular: by habit, in what an agent observes (`socialsim.inference.regularity`)
    g    what the most tempting deviation gains while it lasts; g_off: the same if everybody else is off as well
    G    what it gains up to the last period, the others' responses included
    G+   the same of the deviation that gains most up to then, be it tempting or not
    U    the same if everybody else went on as if nothing had happened: an unanswered deviation
    Q    share of the others' acts that change after a deviation, less the share that change after a placebo
    B    share of acts that are regular at the end after a shock, over the share without one
    X    reward above that of the one-shot equilibrium, where a third party pays for it

a regularity, S > 3/4, that returns after a shock, B > 9/10, and from which it does not pay to deviate, neither in the
most tempting way, G < 0, nor in any other, G+ < 0, is

- a **convention** if it costs at once, g < 0, if the greater part of the cost is there without any response, U < G/2,
  and is owed to the others' conforming, g_off > g/2: to conform serves each as long as the others do ([Lewis1969]_).
  Without the last, people would do the same alone: a custom;
- a **norm** if the others respond, Q > 0, and the response makes the greater part of the cost, U > G/2: left alone, a
  deviation would pay, or cost less than half as much ([UllmannMargalit1977]_, [Bicchieri2006]_). What is regular may
  itself be of no use to anybody ([Koster2022]_);
- **collusion** if it is a norm by which its followers have more than the one-shot equilibrium would give them, X > 0,
  from somebody who is not among them, such as buyers ([Calvano2020]_);
- **neither** in all other cases.

Each condition holds if its whole 95% interval over runs satisfies it: a test of size 2.5%. A verdict needs all of its
conditions, so that where it is wrong the chance of reaching it is at most the size of the test of a condition that
does not hold (intersection-union test, [Berger1982]_; nothing needs to be corrected for the number of tests). Norm and
collusion exclude convention, so that the chance of any wrong verdict other than "neither" is at most 5%. Intervals are
Student's, which presumes a fair number of runs: with fewer than 30 nothing is said.

A certificate is about the population as it is: that a response is there, not that it is meant as a punishment, nor that
the agents could have learnt it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from socialsim.core.errors import ParameterError
from socialsim.core.estimate import Estimate, holds
from socialsim.engine.fork import come_to
from socialsim.engine.scenario import Scenario
from socialsim.engine.simulation import draw_networks
from socialsim.inference.interventions import Effects, Protocol, check, intervene
from socialsim.metrics.estimates import mean, ratio

LEAST_RUNS = 30
NOBODY_REGULAR = "in no run was anybody about to do what is regular"
COMMON = {"regular": "> .75", "gain": "< 0", "best gain": "< 0", "return": "> .9"}
NORM = COMMON | {"response": "> 0", "owed to response": "> 0"}
VERDICTS: dict[str, dict[str, str]] = {
    "collusion": NORM | {"excess": "> 0"},
    "norm": NORM,
    "convention": COMMON | {"temptation": "< 0", "owed to response": "< 0", "owed to conformity": "> 0"},
}
MEANINGS = {
    "regular": "share of acts that are regular",
    "temptation": "gain by deviating while it lasts",
    "gain": "gain by deviating up to the last period",
    "best gain": "the same of the deviation that is best in the long run",
    "unanswered gain": "the same if nobody responded",
    "response": "share of the others' acts that change, less those after a placebo",
    "owed to response": "unanswered gain less half the gain",
    "owed to conformity": "temptation when everybody else is off, less half of it when they conform",
    "return": "share of regular acts after a shock, over that without",
    "excess": "reward above that of the one-shot equilibrium",
}


@dataclass(frozen=True)
class Certificate:
    """What was measured, and what it says.

    Parameters
    ----------
    scenario : str
    at : int or str
        Step of the fork.
    protocol : Protocol
    estimates : mapping of str to Estimate
        Those of `MEANINGS`.
    courses : mapping of str to sequence of float
        A table: "period", and for each of six courses over the periods from the deviation on its mean and the ends of
        its interval (NAME, NAME_low, NAME_high).
    asked_for : int
        Runs that were asked for; of these only some may have come to the fork.
    num_runs, num_deviators : int
        Runs that came to the fork, and those in which somebody was about to do what is regular and could deviate.
    """

    scenario: str
    at: int | str
    protocol: Protocol
    estimates: Mapping[str, Estimate]
    courses: Mapping[str, list[float]]
    asked_for: int = 0
    num_runs: int = 0
    num_deviators: int = 0

    def judged(self, verdict: str) -> dict[str, bool | None]:
        """Return which conditions of a verdict hold; None where an estimate is undefined."""
        return {name: self._holds(name, claim) for name, claim in VERDICTS[verdict].items()}

    def _holds(self, name: str, claim: str) -> bool | None:
        if name not in self.estimates:
            return False
        estimate = self.estimates[name]
        return None if estimate.reason else holds(estimate, claim, "qualitative")

    @property
    def verdict(self) -> str | None:
        """The verdict: "collusion", "norm", "convention" or "neither"; None if what is undefined could decide."""
        for verdict in VERDICTS:
            judged = self.judged(verdict).values()
            if all(judged):
                return verdict
            if False not in judged:
                return None
        return "neither"

    @property
    def reason(self) -> str:
        """Why there is no verdict; empty if there is one."""
        if self.verdict is not None:
            return ""
        return "; ".join(dict.fromkeys(each.reason for each in self.estimates.values() if each.reason))

    def rows(self) -> list[tuple[str, str, str, str]]:
        """Return what was measured in words: name, estimate, for which verdicts it speaks, what it is."""
        rows = []
        for name, estimate in self.estimates.items():
            speaks = [verdict for verdict in VERDICTS if VERDICTS[verdict].get(name) and self.judged(verdict)[name]]
            rows.append((name, str(estimate), ", ".join(speaks) or "-", MEANINGS[name]))
        return rows

    def to_json(self) -> dict[str, Any]:
        """Return everything in the types of JSON."""
        return {
            "scenario": self.scenario,
            "verdict": self.verdict,
            "reason": self.reason,
            "at": self.at,
            "runs": {"asked for": self.asked_for, "at the fork": self.num_runs, "with a deviator": self.num_deviators},
            "protocol": asdict(self.protocol),
            "estimates": {name: estimate.to_json(full=True) for name, estimate in self.estimates.items()},
            "conditions": {
                verdict: {
                    name: {"claim": claim, "holds": self._holds(name, claim)} for name, claim in conditions.items()
                }
                for verdict, conditions in VERDICTS.items()
            },
            "courses": dict(self.courses),
        }

    def __str__(self) -> str:
        """Return the verdict and what was measured."""
        lines = [f"{self.scenario}: {self.verdict or f'undecided ({self.reason})'}"]
        return "\n".join([*lines, *(f"  {name:18}  {estimate}" for name, estimate, _, _ in self.rows())])


def certify(
    scenario: Scenario,
    *,
    at: int | Literal["end", "settled"] = "end",
    replications: int = 200,
    seed: int = 0,
    **protocol: Any,
) -> Certificate:
    """Put the regularities of a scenario to the test.

    Parameters
    ----------
    scenario : Scenario
        With discrete actions and at least two agents.
    at : int, "end" or "settled"
        Step from which runs are watched. "end": the last from which all is within the horizon; "settled": as for
        `socialsim.engine.fork.fork`.
    replications, seed : int
        As for `socialsim.engine.run.run`.
    **protocol
        Of `socialsim.inference.interventions.Protocol`: window, duration, steps, shock, discount, agent_type.

    Returns
    -------
    Certificate

    Raises
    ------
    ParameterError
        If the scenario cannot be put to the test, or a number is not accepted.

    Examples
    --------
    Two who always defect need nobody to keep them from cooperating: no norm, and no convention either.

    >>> from socialsim.environments.repeated_game import small
    >>> alone = small().replace({"learner": "constant:action=1", "horizon.steps": 100})
    >>> print(certify(alone, replications=30))
    repeated_game: neither
      regular             1
      temptation          -1
      gain                -1
      best gain           -1
      unanswered gain     -1
      response            0
      owed to response    -0.5
      owed to conformity  -1.5
      return              1
    """
    how = Protocol(**protocol)
    effects = effects_of(scenario, at=at, replications=replications, seed=seed, protocol=how)
    competitive = competitive_reward(scenario, _num_agents(scenario, seed))
    return replace(certificate_of(effects, scenario.name, at, how, competitive), asked_for=replications)


def effects_of(
    scenario: Scenario, *, at: int | Literal["end", "settled"], replications: int, seed: int, protocol: Protocol
) -> Effects:
    """Return what follows a deviation in each run; arguments as for `certify`."""
    num_agents = _num_agents(scenario, seed)
    check(scenario, num_agents, protocol)
    num_steps = protocol.num_periods * (num_agents if scenario.environment.loop == "events" else 1)
    if at == "end":
        at = scenario.horizon.steps - num_steps
        if at < 0:
            raise ParameterError(
                f"horizon.steps: {scenario.horizon.steps} is too short: the window, the deviation and what follows "
                f"take {num_steps} steps; accepted: a longer horizon, or a shorter window or steps"
            )
    past = come_to(scenario, at=at, steps=num_steps, replications=replications, seed=seed)
    return intervene(past, protocol, seed)


def certificate_of(
    effects: Effects, scenario: str, at: int | str, protocol: Protocol, competitive: float | None = None
) -> Certificate:
    """Return the certificate of measured effects.

    Parameters
    ----------
    effects : Effects
        Of all runs, or of some.
    scenario : str
        Its name.
    at : int or str
        Step of the fork.
    protocol : Protocol
    competitive : float, optional
        Mean reward an act in the one-shot equilibrium, where a third party pays for what exceeds it.
    """
    e = effects
    estimates = {
        "regular": _over_runs(e.regular, "nobody acts in the window"),
        "temptation": _over_runs(e.tempting),
        "gain": _over_runs(e.answered),
        "best gain": _over_runs(e.best),
        "unanswered gain": _over_runs(e.unanswered),
        "response": _over_runs(e.response - e.sham),
        "owed to response": _over_runs(e.unanswered - e.answered / 2),
        "owed to conformity": _over_runs(e.tempting_off - e.tempting / 2),
        "return": _enough(len(e)) or ratio(e.after_shock, e.without_shock),
    }
    if competitive is not None:
        estimates["excess"] = _over_runs(e.reward - competitive)
    num_deviators = int(np.isfinite(e.answered).sum())
    return Certificate(scenario, at, protocol, estimates, _courses(e), len(e), len(e), num_deviators)


def competitive_reward(scenario: Scenario, num_agents: int) -> float | None:
    """Return the mean reward of an agent in the one-shot equilibrium, if the environment gives it to every type as the
    fact ``competitive_rewards``, shape (num_agents of the type,); None otherwise.

    Examples
    --------
    >>> from socialsim.environments import pricing, repeated_game
    >>> round(competitive_reward(pricing.small(), 2), 5), competitive_reward(repeated_game.small(), 2)
    (0.22293, None)
    """
    types = [name for name, count in scenario.environment.counts(num_agents).items() if count]
    facts = [scenario.environment.specification(name, num_agents).facts for name in types]
    if any("competitive_rewards" not in each for each in facts):
        return None
    return float(np.mean(np.concatenate([each["competitive_rewards"] for each in facts])))


def _num_agents(scenario: Scenario, seed: int) -> int:
    return draw_networks(scenario, seed, np.zeros(1, np.int64))[0].num_agents


def _over_runs(values: NDArray[np.float64], reason: str = NOBODY_REGULAR) -> Estimate:
    """Return the mean over the runs in which a quantity is defined."""
    defined = values[np.isfinite(values)]
    if not len(defined):
        return Estimate.undefined(reason)
    return _enough(len(defined)) or mean(defined)


def _enough(num_runs: int) -> Estimate | None:
    if num_runs >= LEAST_RUNS:
        return None
    return Estimate.undefined(f"{num_runs} runs are too few; accepted: {LEAST_RUNS} or more", num_runs)


def _courses(effects: Effects) -> dict[str, list[float]]:
    """Return means and intervals over time, of all runs in which somebody deviates."""
    table: dict[str, list[float]] = {"period": [float(k) for k in range(effects.shock_course.shape[1])]}
    for name in ("response", "sham", "answered", "unanswered", "shock", "regular"):
        course = getattr(effects, f"{name}_course")
        course = course[np.isfinite(course).all(axis=1)]
        each = [mean(column) for column in course.T] if len(course) > 1 else []
        table[name] = [estimate.value for estimate in each]
        table[f"{name}_low"] = [estimate.low for estimate in each]
        table[f"{name}_high"] = [estimate.high for estimate in each]
    return table
