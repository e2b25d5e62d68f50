"""Sums over the messages near one's own, against all pairs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from socialsim.core.compiled import compiled
from socialsim.engine.nearness import end_within, first_within, sort_messages
from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.environments.deliberation import Deliberation

MESSAGES = st.lists(st.sampled_from([0.0, 0.125, 0.25, 0.5, 0.75, 1.0, np.nan]), min_size=1, max_size=30)


class Overheard(Deliberation):
    """Everybody may hear everybody, but the environment is asked about each pair."""

    @staticmethod
    @compiled
    def audible(env, network, i, j):
        """Return true."""
        return True


@given(MESSAGES, st.sampled_from([0.0, 0.125, 0.3, 1.0]), st.randoms(use_true_random=False))
def test_sums_of_a_window_are_those_over_all_pairs(messages, reach, random):
    messages, n = np.array(messages), len(messages)
    order, values, sums = np.array(random.sample(range(n), n)), np.zeros(n), np.zeros(n + 1)
    count = sort_messages(messages, order, values, sums)
    assert sorted(order.tolist()) == list(range(n))
    assert values[:count].tolist() == sorted(messages[~np.isnan(messages)].tolist())
    for own in values[:count]:
        begin, end = first_within(values, count, own, reach), end_within(values, count, own, reach)
        near = values[:count][abs(values[:count] - own) <= reach]
        assert (end - begin, sums[end] - sums[begin]) == (len(near), near.sum())


def test_a_thousand_messages_in_any_order_are_sorted():
    messages = np.random.Generator(np.random.SFC64(1)).random(1000)
    order, values, sums = np.arange(1000), np.zeros(1000), np.zeros(1001)
    assert sort_messages(messages, order, values, sums) == 1000
    assert np.array_equal(values, np.sort(messages))
    assert sums[1000] == pytest.approx(messages.sum())


@pytest.mark.parametrize("confidence", [0.05, 0.2])
def test_a_complete_network_gives_what_all_its_edges_give(confidence):
    learner = f"hegselmann_krause:confidence={confidence}"
    sorted_, pairs = (
        run(Scenario(environment, learner, "complete:n=101", 300), replications=4, seed=3)
        for environment in (Deliberation(), Overheard())
    )
    assert sorted_.runs.steps.tolist() == pairs.runs.steps.tolist()
    assert np.allclose(sorted_.agents.opinion, pairs.agents.opinion, rtol=0, atol=1e-12)
    assert not np.array_equal(sorted_.agents.opinion, pairs.agents.opinion)  # they are two roads
