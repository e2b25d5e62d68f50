"""How often is a certificate right? Controls and planted norms, certified many times over.

`CASES` names scenarios with the verdict that is true of each. `verdicts` runs one of them once, with as many runs as
all certificates together need, and judges block after block of them: certificates of independent runs, at the price of
one. An error rate k/n is bounded by the exact one-sided limit of Clopper and Pearson ([Clopper1934]_),

    p_max: P(B <= k) = .05 for B ~ binomial(n, p_max);    0 of 200 gives 1.5%.
"""

from __future__ import annotations

from collections import Counter

from socialsim.engine.scenario import Scenario
from socialsim.environments.pricing import Pricing
from socialsim.environments.repeated_game import RepeatedGame
from socialsim.inference.certificate import certificate_of, competitive_reward, effects_of
from socialsim.inference.interventions import Protocol
from socialsim.testing.planted import BREAK, ForgivingCartel, Habit, MutualPunisher, Scold, Sticky, Village

STEPS = 100
TWO, SIX = "path:n=2", "complete:n=6"
DILEMMA, ROADS = RepeatedGame(), RepeatedGame(payoffs=((1.0, 0.0), (0.0, 1.0)))
LOOPHOLE = RepeatedGame(payoffs=((3.0, 0.0, 3.0), (5.0, 1.0, 5.0), (4.0, 0.0, 4.0)))
MONOPOLY_PRICE = 12


def _sellers(learner: Habit | Sticky | ForgivingCartel | str) -> Scenario:
    return Scenario(Pricing(num_prices=15), {"seller": learner}, "complete:n=2", STEPS)


CASES: dict[str, tuple[str, Scenario]] = {
    "dilemma: all cooperate by habit": ("neither", Scenario(DILEMMA, Habit(), TWO, STEPS)),
    "dilemma: all defect by habit": ("neither", Scenario(DILEMMA, Habit(action=1), TWO, STEPS)),
    "dilemma: sticky": ("neither", Scenario(DILEMMA, Sticky(), TWO, STEPS)),
    "dilemma: at random": ("neither", Scenario(DILEMMA, "uniform_random", TWO, STEPS)),
    "dilemma: a defection ends it all": (
        "neither",
        Scenario(DILEMMA, MutualPunisher(tremble=0.0, length=1000), TWO, STEPS),
    ),
    "village: all wear red by habit": ("neither", Scenario(Village(), Habit(), SIX, STEPS)),
    "village: all wear blue by habit": ("neither", Scenario(Village(bonus=0.5), Habit(action=BREAK), SIX, STEPS)),
    "village: sticky": ("neither", Scenario(Village(), Sticky(), SIX, STEPS)),
    "prices: monopoly by habit": ("neither", _sellers(Habit(action=MONOPOLY_PRICE))),
    "prices: sticky": ("neither", _sellers(Sticky())),
    "roads: one side by habit": ("convention", Scenario(ROADS, Habit(), TWO, STEPS)),
    "dilemma: another act pays unpunished": ("neither", Scenario(LOOPHOLE, MutualPunisher(), TWO, STEPS)),
    "village: to frown costs nothing": ("neither", Scenario(Village(scolding=0.0), Scold(), SIX, STEPS)),
    "dilemma: defection is punished": ("norm", Scenario(DILEMMA, MutualPunisher(), TWO, STEPS)),
    "village: blue is scolded": ("norm", Scenario(Village(), Scold(), SIX, STEPS)),
    "village: blue pays and is scolded": ("norm", Scenario(Village(bonus=1.0), Scold(), SIX, STEPS)),
    "prices: undercutting is punished": ("collusion", _sellers(ForgivingCartel())),
}


def verdicts(case: str, num_certificates: int, runs: int, seed: int) -> Counter[str | None]:
    """Return how often each verdict was reached.

    Parameters
    ----------
    case : str
        A key of `CASES`.
    num_certificates : int
    runs : int
        Behind each certificate.
    seed : int

    Examples
    --------
    >>> verdicts("dilemma: all cooperate by habit", num_certificates=5, runs=30, seed=1)
    Counter({'neither': 5})
    """
    scenario, protocol = CASES[case][1], Protocol()
    effects = effects_of(scenario, at="end", replications=num_certificates * runs, seed=seed, protocol=protocol)
    competitive = competitive_reward(scenario, scenario.network.draw(None).num_agents)
    blocks = (effects.rows(slice(first, first + runs)) for first in range(0, len(effects), runs))
    return Counter(certificate_of(block, case, "end", protocol, competitive).verdict for block in blocks)


def most(count: int, total: int, confidence: float = 0.95) -> float:
    """Return the upper limit of Clopper and Pearson for a rate of ``count`` in ``total``.

    Examples
    --------
    >>> round(most(0, 200), 4), most(5, 5)
    (0.0149, 1.0)
    """
    from scipy.special import betaincinv

    return 1.0 if count == total else float(betaincinv(count + 1, total - count, confidence))
