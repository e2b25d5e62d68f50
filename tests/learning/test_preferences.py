import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from socialsim.core.errors import ParameterError
from socialsim.engine.links import Links, pack
from socialsim.learning.preferences import (
    SORTED_FROM,
    InequityAversion,
    SharedReward,
    SocialValueOrientation,
    num_up_to,
    sort_ascending,
)
from socialsim.networks.sources import parse

PREFERENCES = (InequityAversion, SocialValueOrientation, SharedReward)
rewards_of = st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=12)


def links(network, away=()):
    """Return a network as compiled functions see it, some agents failed or absent."""
    drawn = parse(network).draw(np.random.default_rng(1))
    packed = pack([drawn], 1, weighted=False)
    presence = np.zeros(drawn.num_agents, np.int8)
    presence[list(away)] = 2
    return Links(
        *(int(packed.extent[0, 0]), drawn.num_agents, packed.indptr[0], packed.sources, packed.weights),
        *(packed.offsets[0], presence, bool(len(away))),
    )


def plain(function):
    return getattr(function, "py_func", function)


def felt(preference, network, *steps, version=plain):
    """Return what everybody feels at the last of some steps; where agents are away, only the present."""
    state, cls = preference.state(network.num_agents), type(preference)
    for rewards in np.asarray(steps, float):
        version(cls.prepare)(state, network, rewards)
        present = np.flatnonzero(network.presence == 0)
        subjective = [version(cls.feel)(state, network, i, rewards) for i in present]
    return subjective


# --- By hand ---------------------------------------------------------------------------------------------------


def test_envy_and_guilt_of_three(version):
    preference = InequityAversion(envy=5.0, guilt=0.5, trace_decay=0.0)
    subjective = felt(preference, links("complete:n=3"), [1.0, 2.0, 5.0], version=version)
    # agent 0: 1 - 5/2 (1 + 4); agent 1: 2 - 5/2 3 - .5/2 1; agent 2: 5 - .5/2 (4 + 3)
    assert subjective == pytest.approx([-11.5, -5.75, 3.25], rel=1e-15)


def test_being_ahead_lowers_the_reward():
    ahead, _ = felt(InequityAversion(envy=0.0, guilt=0.05, trace_decay=0.0), links("path:n=2"), [1.0, 0.0])
    assert ahead == 0.95


@pytest.mark.parametrize(("guilt", "defects"), [(0.3, True), (0.39, True), (0.41, False), (0.9, False)])
def test_guilt_above_two_fifths_makes_cooperation_the_best_reply_to_cooperation(guilt, defects):
    preference = InequityAversion(envy=0.0, guilt=guilt, trace_decay=0.0)
    defector, _ = felt(preference, links("path:n=2"), [5.0, 0.0])
    cooperator, _ = felt(preference, links("path:n=2"), [3.0, 3.0])
    assert (defector > cooperator) == defects


def test_inequity_is_that_of_smoothed_rewards():
    preference = InequityAversion(envy=2.0, guilt=0.25, discount=0.5, trace_decay=0.5)
    # e = (4, 0), then (1 + 0, 0 + 2), although only agent 1 is paid now
    assert felt(preference, links("path:n=2"), [4.0, 0.0], [0.0, 2.0]) == [0 - 2 * 1, 2 - 0.25 * 1]


def test_the_published_parameters():
    assert dict(InequityAversion()) == {"envy": 5.0, "guilt": 0.05, "discount": 0.99, "trace_decay": 0.975}
    assert InequityAversion().state(2).decay == pytest.approx(0.96525)


@pytest.mark.parametrize(
    ("angle", "expected"),
    [(0, [4, 1, 1]), (90, [1, 2.5, 2.5]), (180, [-4, -1, -1]), (45, np.array([5, 3.5, 3.5]) / math.sqrt(2))],
)
def test_orientations_by_the_name_of_their_angle(version, angle, expected):
    preference = SocialValueOrientation(angle=angle)
    assert felt(preference, links("complete:n=3"), [4, 1, 1], version=version) == pytest.approx(list(expected))


def test_competitors_like_to_be_ahead():
    [ahead, behind] = felt(SocialValueOrientation(angle=-45), links("path:n=2"), [3.0, 1.0])
    assert (ahead, behind) == (pytest.approx(math.sqrt(2)), pytest.approx(-math.sqrt(2)))


def test_reward_is_shared_with_neighbours_alone(version):
    shared = felt(SharedReward(weight=0.5), links("path:n=4"), [8.0, 0.0, 0.0, 4.0], version=version)
    assert shared == pytest.approx([(8 + 4) / 2, (0 + 8 / 3) / 2, (0 + 4 / 3) / 2, (4 + 2) / 2])


def test_an_agent_starts_again_with_nothing(version):
    state = InequityAversion().state(2)
    state.levels[:] = 3.0
    version(InequityAversion.initialise)(state, 1)
    assert state.levels.tolist() == [3.0, 0.0]


# --- Properties ------------------------------------------------------------------------------------------------


@given(st.floats(-1e3, 1e3), st.sampled_from(["complete:n=5", "cycle:n=5", "star:n=5", f"complete:n={SORTED_FROM}"]))
def test_among_equals_there_is_neither_envy_nor_guilt(reward, network):
    who = links(network)
    everybody = [reward] * who.num_agents
    assert felt(InequityAversion(guilt=1.0), who, everybody, everybody) == everybody
    assert felt(SharedReward(), who, everybody) == pytest.approx(everybody)


@given(rewards_of, st.floats(0, 9), st.floats(0, 9))
def test_inequity_only_lowers_rewards(rewards, envy, guilt):
    who = links(f"complete:n={len(rewards)}")
    subjective = felt(InequityAversion(envy=envy, guilt=guilt), who, rewards, rewards[::-1])
    assert all(after <= before for after, before in zip(subjective, rewards[::-1], strict=True))


@given(rewards_of, st.floats(0, 1))
def test_sharing_with_everybody_keeps_the_sum(rewards, weight):
    shared = felt(SharedReward(weight=weight), links(f"complete:n={len(rewards)}"), rewards)
    assert math.fsum(shared) == pytest.approx(math.fsum(rewards), abs=1e-9)


@given(rewards_of)
def test_whoever_is_paid_most_feels_no_envy_and_whoever_is_paid_least_no_guilt(rewards):
    who = links(f"complete:n={len(rewards)}")
    envious = felt(InequityAversion(envy=3.0, guilt=0.0), who, rewards)
    guilty = felt(InequityAversion(envy=0.0, guilt=3.0), who, rewards)
    assert envious[np.argmax(rewards)] == max(rewards)
    assert guilty[np.argmin(rewards)] == min(rewards)


# --- Two roads -------------------------------------------------------------------------------------------------


@given(st.lists(st.integers(-4, 4).map(float), max_size=40), st.integers(0, 40))
def test_sorting_and_counting_agree_with_numpy(values, size):
    size, sorted_part = min(size, len(values)), np.array(values)
    plain(sort_ascending)(sorted_part, size)
    assert sorted_part.tolist() == [*sorted(values[:size]), *values[size:]]
    for bound in (-5.0, 0.0, 0.5, 4.0):
        for including, side in ((False, "left"), (True, "right")):
            expected = np.searchsorted(sorted_part[:size], bound, side=side)
            assert plain(num_up_to)(sorted_part, size, bound, including) == expected


def complete_but_listed(num_agents, away=()):
    """Return a complete network with its edges written out, which no quick path knows."""
    quick = links(f"complete:n={num_agents}", away)
    sources = np.array([j for i in range(num_agents) for j in range(num_agents) if j != i], np.int32)
    return quick._replace(kind=0, indptr=np.arange(num_agents + 1) * (num_agents - 1), sources=sources)


@pytest.mark.parametrize("preference", [cls() for cls in PREFERENCES], ids=lambda preference: preference.name())
@pytest.mark.parametrize(
    ("num_agents", "away"), [(7, ()), (7, (0, 3)), (120, ()), (120, (0, 3, 118, 119)), (98, (1, 2, 3))]
)
def test_the_quick_path_of_complete_networks_gives_what_a_pass_over_edges_gives(preference, num_agents, away):
    steps = np.random.default_rng(num_agents).integers(-3, 9, (3, num_agents)) * 0.1  # with ties
    quick = felt(preference, links(f"complete:n={num_agents}", away), *steps)
    slow = felt(preference, complete_but_listed(num_agents, away), *steps)
    assert len(quick) == num_agents - len(away)
    assert quick == pytest.approx(slow, abs=1e-12)


# --- Limits ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "preference",
    [InequityAversion(envy=0, guilt=0), SocialValueOrientation(angle=0), SharedReward(weight=0)],
    ids=lambda preference: preference.name(),
)
@pytest.mark.parametrize("network", ["complete:n=9", "cycle:n=9", "complete:n=110"])
def test_the_selfish_limit_is_exact(preference, network):
    who = links(network)
    rewards = np.random.default_rng(3).normal(size=who.num_agents)
    assert felt(preference, who, rewards, rewards) == rewards.tolist()


@pytest.mark.parametrize("preference", [cls() for cls in PREFERENCES], ids=lambda preference: preference.name())
@pytest.mark.parametrize("network", ["complete:n=3", "cycle:n=3"])
def test_whoever_is_alone_learns_from_its_own_reward(preference, network):
    assert felt(preference, links(network, away=(0, 2)), [1.0, 0.7, 5.0]) == [0.7]


# --- Bad input -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cls", "values", "message"),
    [
        (InequityAversion, {"envy": -1}, "envy: -1 is not accepted; accepted: a float, >= 0"),
        (InequityAversion, {"guilt": math.nan}, "guilt: nan"),
        (InequityAversion, {"trace_decay": 1.1}, "trace_decay: 1.1"),
        (SocialValueOrientation, {"angle": 200}, "angle: 200 is not accepted; accepted: a float, >= -180, <= 180"),
        (SharedReward, {"weight": 1.5}, "weight: 1.5 is not accepted; accepted: a float, >= 0, <= 1"),
        (SharedReward, {"share": 1}, "unknown parameter 'share'"),
    ],
)
def test_parameters_have_ranges(cls, values, message):
    with pytest.raises(ParameterError) as caught:
        cls(**values)
    assert message in str(caught.value)
