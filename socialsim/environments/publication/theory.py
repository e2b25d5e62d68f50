"""How the process of one researcher ends, exactly.

Belief is a function of the numbers of positive and of negative results that are published, so that these two form an
absorbing Markov chain. Nothing about it is closed in general, but its distribution can be carried forward from one
publication to the next until hardly any of it is undecided. Source: [Nissen2016]_, "Computing canonization and
rejection probabilities".
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from socialsim.core.errors import ParameterError

if TYPE_CHECKING:
    from socialsim.environments.publication import Publication

NEGLIGIBLE = 1e-15  # probability of being undecided at which the solution stops
MOST_PUBLICATIONS = 1_000_000
NO_EVIDENCE = 1e-9  # log-odds; what rounding leaves of a publication that tells nothing


class Absorption(NamedTuple):
    """How the process of one researcher ends."""

    canonised: float  # probability
    rejected: float  # probability
    publications: float  # mean number until the verdict
    experiments: float  # mean number until the verdict, unpublished ones included


def absorption(
    environment: Publication,
    *,
    is_true: bool = False,
    prior: float = 0.5,
    corrected: bool = False,
    surprise: float = 0.0,
) -> Absorption:
    """Solve the absorbing chain of the paper.

    p_k(y), the chance that k results are published, y of them positive, and the claim is undecided, obeys

        p_{k+1}(y) = w p_k(y - 1) + (1 - w) p_k(y),

    where w is the chance that a published result is positive (eqs. 1 and 2; with surprise it depends on belief) and
    what is past a threshold leaves. The recursion goes on until less than 1e-15 is undecided.

    Parameters
    ----------
    environment : Publication
        Without citations and retraction; its ``base_rate`` does not matter.
    is_true : bool
        Whether the claim is true.
    prior : float
        Initial belief, in (0, 1).
    corrected : bool
        Whether readers allow for publication bias.
    surprise : float
        Chance that the researcher insists on a negative result, per unit of belief, in [0, 1].

    Returns
    -------
    Absorption

    Raises
    ------
    ParameterError
        If the prior or the surprise is out of range; if there are citations or retraction; if nobody ever learns
        anything, or the claim may stay undecided for a million publications.

    Examples
    --------
    >>> from socialsim.environments.publication import Publication
    >>> biased = absorption(Publication(negative_publication_rate=0.1))
    >>> round(biased.canonised, 3), round(biased.experiments, 1)
    (0.425, 99.0)
    >>> round(absorption(Publication(negative_publication_rate=1.0)).canonised, 3)
    0.0
    """
    if not 0.0 < prior < 1.0:
        raise ParameterError(f"prior: {prior!r} is not accepted; accepted: a float, > 0, < 1")
    for name in ("num_citations", "retraction_rate"):
        if (value := getattr(environment, name)) > 0:
            raise ParameterError(f"environment.{name}: {value!r} has no exact solution; accepted: 0")
    if not 0.0 <= surprise <= (0.0 if corrected else 1.0):
        accepted = "0 where readers correct for the bias" if corrected else "a float, >= 0, <= 1"
        raise ParameterError(f"surprise: {surprise!r} is not accepted; accepted: {accepted}")
    up, down = environment.evidence(corrected=corrected)
    if abs(up) < NO_EVIDENCE:
        raise ParameterError("environment: published results are no evidence, so that the claim is never decided")
    facts = environment.specification("agent", 1).facts
    positive, least_rate = environment.positive_chance(is_true=is_true), environment.negative_publication_rate
    canonised = rejected = publications = experiments = 0.0
    chance, fewest, num_published = np.ones(1), 0, 0  # chance[m]: of fewest + m positive results
    while num_published <= MOST_PUBLICATIONS:
        num_positive = fewest + np.arange(len(chance))
        log_odds = math.log(prior / (1.0 - prior)) + up * num_positive + down * (num_published - num_positive)
        is_fact, is_refuted = log_odds > facts["canonised_above"], log_odds < facts["rejected_below"]
        canonised += float(chance[is_fact].sum())
        rejected += float(chance[is_refuted].sum())
        undecided = np.flatnonzero(~(is_fact | is_refuted))  # neighbours, since log-odds are linear in the positives
        chance, log_odds = chance[undecided], log_odds[undecided]
        if chance.sum() < NEGLIGIBLE:
            return Absorption(canonised, rejected, publications, experiments)
        rate = least_rate + surprise * (1.0 - least_rate) / (1.0 + np.exp(-log_odds))
        published = positive + (1.0 - positive) * rate
        publications += float(chance.sum())
        experiments += float((chance / published).sum())
        to_positive = chance * positive / published
        chance = np.append(chance - to_positive, 0.0)
        chance[1:] += to_positive
        fewest, num_published = fewest + int(undecided[0]), num_published + 1
    raise ParameterError(f"environment: the claim may be undecided after {MOST_PUBLICATIONS} publications")
