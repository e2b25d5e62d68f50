"""Nissen et al. 2016: how often is a false claim canonised as a fact when negative results stay in the drawer?

Every point is computed twice: by the absorbing chain, and by simulation. Run it with ``socialsim reproduce nissen_2016
[--full]``.
"""

from __future__ import annotations

from typing import Any

from scipy.optimize import brentq

from socialsim.core.compiled import compiled
from socialsim.core.estimate import Estimate
from socialsim.engine.interface import Specification
from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.environments.publication import Publication
from socialsim.environments.publication.measures import false_canonisation_rate, true_canonisation_rate
from socialsim.environments.publication.theory import absorption
from socialsim.learning.reader import Reader, State
from socialsim.metrics.estimates import difference_of_proportions

RATES = (".025", ".05", ".1", ".2", ".3", ".4", "1")
TESTS = ((".05", ".2", ".9"), (".05", ".2", ".999"), (".05", ".4", ".999"))  # a, b, t
MOST_EXPERIMENTS = 1_000_000
ANY_RATE = [k / 20 for k in range(1, 21)]


class Tally(Reader):
    """A mutation: a negative result weighs as much as a positive one."""

    def state(self, specification: Specification, num_agents: int) -> State:
        """Return the state with the wrong weight of negative results."""
        state = super().state(specification, num_agents)
        state.weights.flags.writeable = True
        state.weights[1] = -state.weights[0]
        state.weights.flags.writeable = False
        return state


class Contrarian(Reader):
    """A mutation: the thresholds are swapped."""

    @staticmethod
    @compiled
    def settled(learner, i):
        """Canonise what should be rejected, and reject what should be canonised."""
        if learner.log_odds[i] > learner.canonised_above:
            return 0
        return 1 if learner.log_odds[i] < learner.rejected_below else -1


MUTATIONS: dict[str, tuple[type[Reader], dict[str, float]]] = {
    "all results published": (Reader, {"negative_publication_rate": 1.0}),
    "wrong likelihood": (Tally, {}),
    "thresholds swapped": (Contrarian, {}),
}


class Laboratory:
    """Claims tested by simulation, each question on streams of its own."""

    def __init__(self, replications: int, seed: int, mutation: str | None) -> None:
        self.replications, self.seed = replications, seed
        self.reader, self.changes = MUTATIONS[mutation] if mutation is not None else (Reader, {})

    def canonised(self, environment: Publication, **reading: Any) -> Estimate:
        """Return the simulated share of claims that are canonised."""
        self.seed += 1
        environment = environment.replace(**self.changes)
        metric = true_canonisation_rate if environment.base_rate == 1.0 else false_canonisation_rate
        community = Scenario(environment, self.reader(**reading), "complete:n=1", MOST_EXPERIMENTS, (metric,))
        result = run(community, replications=self.replications, seed=self.seed, record_every=None)
        return result.metrics[metric.__name__]

    def against_exact(self, environment: Publication, **reading: Any) -> Estimate:
        """Return the simulated share minus the exact probability."""
        is_true = environment.base_rate == 1.0
        found = self.canonised(environment, **reading)
        return minus(found, absorption(environment, is_true=is_true, **reading).canonised)


def measure(replications: int, seed: int, full: bool, mutation: str | None = None) -> dict[str, Estimate]:
    """Return every quantity of ``expected.json``."""
    laboratory = Laboratory(replications, 1000 * seed, mutation)
    measured = {}
    for a, b, t in TESTS:
        for r in RATES:
            point, claims = f"a {a}, b {b}, t {t}, r {r}", setting(a, b, t, r)
            measured[f"exact, {point}"] = exact(claims)
            measured[f"simulated, {point}"] = laboratory.canonised(claims)
    return measured | two_roads(laboratory) | exact_claims() | simulated_claims(laboratory, measured)


def two_roads(laboratory: Laboratory) -> dict[str, Estimate]:
    """Return simulated minus exact probabilities for the paper's further rules."""
    hacked = {"false_positive_rate": 0.05, "false_negative_rate": 0.2, "threshold": 0.999}
    return {
        "simulated minus exact, true claim, t .9, r 1": laboratory.against_exact(
            setting(".05", ".2", ".9", "1", base_rate=1.0)
        ),
        "simulated minus exact, a .25 for .05, r 1": laboratory.against_exact(
            Publication(**hacked, negative_publication_rate=1.0, p_hacking=5.0)
        ),
        "simulated minus exact, a .15 for .05, r .4": laboratory.against_exact(
            Publication(**hacked, negative_publication_rate=0.4, p_hacking=3.0)
        ),
        "simulated minus exact, surprise, a .05, r .05": laboratory.against_exact(
            setting(".05", ".2", ".999", ".05"), surprise=1.0
        ),
        "simulated minus exact, surprise, a .25, r .4": laboratory.against_exact(
            setting(".25", ".4", ".9", ".4"), surprise=1.0
        ),
        "simulated minus exact, corrected, r .1": laboratory.against_exact(
            setting(".05", ".2", ".9", ".1"), corrected=True
        ),
    }


def exact_claims() -> dict[str, Estimate]:
    """Return what the paper says in words and the chain answers."""
    lax, strict = ".9", ".999"
    return {
        "r*, where the drift is 0": known(brentq(lambda r: drift(setting(".05", ".2", lax, r)), 1e-6, 1.0, xtol=1e-12)),
        **{
            f"true claims, least over r, t {t}": known(
                min(absorption(setting(".05", ".2", t, r), is_true=True).canonised for r in ANY_RATE)
            )
            for t in (lax, strict)
        },
        "figure 5C, prior .9 minus .1": _by_prior(setting(".05", ".2", strict, ".4"), 0.9, 0.1),
        "figure 5B, prior .8 minus .2": _by_prior(setting(".2", ".4", lax, ".4"), 0.8, 0.2),
        **{
            f"figure {panel}, strict minus lax, r {r}": known(
                exact(setting(a, ".2", strict, r)).value - exact(setting(a, ".2", lax, r)).value
            )
            for panel, a, r in (("6A", ".05", ".05"), ("6A", ".05", ".2"), ("6B", ".25", ".2"))
        },
    }


def simulated_claims(laboratory: Laboratory, measured: dict[str, Estimate]) -> dict[str, Estimate]:
    """Return what the paper says in words and the simulation answers."""
    constant = "simulated, a .05, b .2, t .999, r .1"
    standard = f"{1.0 - 1e-12}"
    claims = {
        "below r*, t 1 - 1e-12, r .07": setting(".05", ".2", standard, ".07"),
        "above r*, t 1 - 1e-12, r .12": setting(".05", ".2", standard, ".12"),
        "figure 8, a .25 for .05, r 1": setting(".05", ".2", ".999", "1", p_hacking=5.0),
    }
    found = {name: laboratory.canonised(environment) for name, environment in claims.items()}
    for r in (".1", ".3"):
        found[f"figure 4D, r {r}"] = measured[f"simulated, a .05, b .4, t .999, r {r}"]
    surprised = laboratory.canonised(setting(".05", ".2", ".999", ".1"), surprise=1.0)
    found["figure 9, surprise minus none, r .1"] = difference_of_proportions(surprised, measured[constant])
    found["corrected reader, r .05"] = laboratory.canonised(setting(".05", ".2", ".999", ".05"), corrected=True)
    return found


def setting(a: str, b: str, t: str, r: str | float, **further: float) -> Publication:
    """Return the environment of a point, whose numbers are written as in ``expected.json``."""
    return Publication(
        false_positive_rate=float(a),
        false_negative_rate=float(b),
        threshold=float(t),
        negative_publication_rate=float(r),
        **further,
    )


def drift(environment: Publication) -> float:
    """Return the expected change of the log-odds of a false claim per publication (eq. 7)."""
    up, down = environment.evidence()
    a, r = environment.false_positive_rate, environment.negative_publication_rate
    share = a / (a + (1.0 - a) * r)
    return up * share + down * (1.0 - share)


def exact(environment: Publication) -> Estimate:
    """Return the exact probability that a false claim is canonised."""
    return known(absorption(environment).canonised)


def known(value: float) -> Estimate:
    """Return a computed value, which has no error."""
    return Estimate(value, value, value, 1)


def minus(found: Estimate, value: float) -> Estimate:
    """Return an estimate from which a computed value is taken."""
    ends = (found.low - value, found.high - value)
    return Estimate(found.value - value, *ends, found.num_runs, standard_error=found.standard_error)


def _by_prior(environment: Publication, high: float, low: float) -> Estimate:
    first, second = (absorption(environment, prior=prior).canonised for prior in (high, low))
    return known(first - second)
