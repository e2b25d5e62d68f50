"""Cooperators and defectors who may leave each other."""

import math

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from socialsim.core.errors import ParameterError
from socialsim.core.streams import Purpose, seed_streams
from socialsim.engine.links import Links
from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.environments import partnerships
from socialsim.environments.partnerships import METRICS, Partnerships, scenario
from socialsim.networks.network import Network

C, D = 0, 1


def links(network):
    """Return a network as compiled functions see it."""
    arrays = network.indptr, network.sources, network.weights, np.zeros(0, np.int64)
    kind = {"sparse": 0, "complete": 1, "circulant": 2}[network.kind]
    return Links(kind, network.num_agents, *arrays, np.zeros(network.num_agents, np.int8), False)


def linked(num_agents, pairs, strategies, **parameters):
    """Return agents with given strategies on given links."""
    network = links(Network.from_edges(num_agents, [i for i, _ in pairs], [j for _, j in pairs], name="drawn"))
    env = Partnerships(**parameters).state(num_agents)
    Partnerships.initialise(env, network, seed_streams(1, np.arange(1), Purpose.INITIAL)[0])
    env.strategy[:] = strategies
    env.num_cooperators[0] = list(strategies).count(C)
    recount(env)
    return env, network


def partners(env):
    return [set(env.partners[i, : env.size[i]].tolist()) for i in range(len(env.size))]


def friends(env):
    return [sum(env.strategy[j] == C for j in who) for who in partners(env)]


def recount(env):
    env.friends[:] = friends(env)


# --- By hand ---------------------------------------------------------------------------------------------------


def test_the_links_of_the_network_are_made_both_ways_and_cooperators_dealt_out(stream):
    network = links(Network.from_edges(4, [0, 1, 2], [1, 2, 3], name="line"))
    env = Partnerships(cooperators=0.5).state(4)
    Partnerships.initialise(env, network, stream)
    assert partners(env) == [{1}, {0, 2}, {1, 3}, {2}]
    assert (env.strategy == C).sum() == env.num_cooperators[0] == 2
    assert env.friends.tolist() == friends(env)
    assert env.peak[0] == 2


def test_all_partners_pay_together():
    env, _ = linked(4, [(0, 1), (0, 2), (0, 3)], [C, C, D, D])
    assert [partnerships.paid(env, i) for i in range(4)] == [1 - 1 - 1, 1, 2, 2]
    env.strategy[0] = D
    recount(env)
    assert partnerships.paid(env, 0) == 2.0


def test_the_better_paid_prevails_by_the_fermi_function():
    env, _ = linked(4, [(0, 1), (0, 2), (0, 3)], [C, C, D, D], selection=0.5)
    assert partnerships.wins(env, 2, 0) == pytest.approx(1 / (1 + math.exp(-0.5 * 3)))
    assert partnerships.wins(env, 2, 0) + partnerships.wins(env, 0, 2) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("strategies", "payoff_of_0", "left_by"),
    [((C, C), 0, None), ((C, D), 99, 0), ((C, D), -99, None), ((D, C), -99, 1), ((D, C), 99, None), ((D, D), 99, 0)],
)
def test_who_is_dissatisfied_leaves_if_it_prevails(strategies, payoff_of_0, left_by, monkeypatch, stream):
    """0 and 1 are partners; 2 and 3 are others of 1 and of 0."""
    env, network = linked(4, [(0, 1), (1, 2), (0, 3)], [*strategies, C, C])
    monkeypatch.setattr(partnerships, "wins", lambda env, i, j: float(payoff_of_0 * (1 if i == 0 else -1) > 0))
    reconsider = getattr(partnerships.reconsider, "py_func", partnerships.reconsider)
    reconsider(env, network, 0, 1, stream)
    after = {None: [{1, 3}, {0, 2}], 0: [{3, 2}, {2}], 1: [{3}, {2, 3}]}
    assert partners(env)[:2] == after[left_by]
    assert env.friends.tolist() == friends(env)
    assert env.num_moved[0] == (left_by is not None)


def test_where_the_leaver_decides_who_alone_is_dissatisfied_always_goes(stream):
    for _ in range(20):
        env, network = linked(4, [(0, 1), (1, 2), (0, 3)], [C, D, C, C], selection=9.0, decides="leaver")
        partnerships.reconsider(env, network, 0, 1, stream)
        assert partners(env)[0] == {2, 3}


def test_nobody_is_left_alone_and_no_link_doubled(stream):
    env, network = linked(3, [(0, 1), (0, 2)], [C, D, C])
    partnerships.leave(env, network, 0, 1, stream)  # 0 is all that 1 has
    assert partners(env) == [{1, 2}, {0}, {0}]
    env, network = linked(3, [(0, 1), (0, 2), (1, 2)], [C, D, C])
    partnerships.leave(env, network, 0, 1, stream)  # 2 is a partner of 0 already
    assert partners(env) == [{1, 2}, {0, 2}, {0, 1}]


def test_no_agent_takes_more_partners_than_it_can_have(stream):
    env, network = linked(4, [(0, 1), (1, 2), (2, 3)], [C, D, C, C], most_partners=2)
    partnerships.leave(env, network, 0, 1, stream)  # 2 has two
    assert partners(env)[0] == {1}
    crowded, _ = linked(4, [(0, 1), (0, 2), (0, 3)], [C] * 4, most_partners=2)
    assert crowded.size.tolist() == [2, 1, 1, 0]


def test_new_partners_may_be_sought_among_all(stream):
    found = set()
    for _ in range(60):
        env, network = linked(6, [(0, 1), (1, 2)], [C, D, C, C, C, C], seeks="anyone")
        partnerships.leave(env, network, 0, 1, stream)
        found |= partners(env)[0]
    assert found == {1, 2, 3, 4, 5}  # 1: it drew itself, or its old partner


@pytest.mark.parametrize(("leaver", "refusal", "leaves"), [(C, 1.0, True), (D, 1.0, False), (D, 0.0, True)])
def test_defectors_alone_are_refused(leaver, refusal, leaves, stream):
    env, network = linked(3, [(0, 1), (1, 2)], [leaver, D, C], refusal=refusal)
    partnerships.leave(env, network, 0, 1, stream)
    assert partners(env)[0] == ({2} if leaves else {1})
    assert env.friends.tolist() == friends(env)


def test_a_defector_is_refused_as_often_as_the_chance_says(stream):
    moved = 0
    for _ in range(1000):
        env, network = linked(3, [(0, 1), (1, 2)], [D, D, C], refusal=0.3)
        partnerships.leave(env, network, 0, 1, stream)
        moved += int(env.num_moved[0])
    assert moved / 1000 == pytest.approx(0.7, abs=4 * math.sqrt(0.21 / 1000))


def test_assortment_compares_the_partners_of_both():
    env, _ = linked(4, [(0, 1), (1, 2), (2, 3)], [C, C, D, D])
    partnerships.note_assortment(env)
    assert env.assorted[0] == pytest.approx(2 / 3 - 1 / 3)
    env.strategy[:] = C
    recount(env)
    partnerships.note_assortment(env)
    assert env.num_mixed[0] == 1


# --- Properties ------------------------------------------------------------------------------------------------


@given(
    st.integers(2, 9),
    st.floats(0, 5),
    st.sampled_from(["contest", "leaver"]),
    st.sampled_from(["acquaintances", "anyone"]),
    st.integers(0, 2**32),
    st.data(),
)
def test_links_stay_mutual_simple_and_as_many(n, linking, decides, seeks, seed, data):
    pairs = data.draw(st.lists(st.sampled_from([(i, j) for i in range(n) for j in range(i)]), unique=True))
    strategies = data.draw(st.lists(st.integers(0, 1), min_size=n, max_size=n))
    env, network = linked(n, pairs, strategies, linking=linking, decides=decides, seeks=seeks)
    stream, rewards = seed_streams(seed, np.arange(1), Purpose.DYNAMICS)[0], np.zeros(n)
    alone = env.size == 0
    for _ in range(4):
        with np.errstate(over="ignore"):
            Partnerships.advance(env, network, None, rewards, stream)
        now = partners(env)
        assert sum(map(len, now)) == env.size.sum() == 2 * len(pairs)
        assert all(i in now[j] and i != j for i, who in enumerate(now) for j in who)
        assert env.friends.tolist() == friends(env)
        assert env.num_cooperators[0] == (env.strategy == C).sum()
        assert seeks == "anyone" or ((env.size == 0) == alone).all()
        assert env.size.max() <= env.peak[0]
        assert rewards.tolist() == [partnerships.paid(env, i) for i in range(n)]


@given(st.sampled_from(["contest", "leaver"]), st.integers(0, 2**32), st.data())
def test_where_defectors_are_refused_links_between_both_strategies_only_become_fewer(decides, seed, data):
    n = 8
    pairs = data.draw(st.lists(st.sampled_from([(i, j) for i in range(n) for j in range(i)]), unique=True))
    strategies = data.draw(st.lists(st.integers(0, 1), min_size=n, max_size=n))
    env, network = linked(n, pairs, strategies, linking=1e12, decides=decides, refusal=1.0)
    stream, between = seed_streams(seed, np.arange(1), Purpose.DYNAMICS)[0], math.inf
    for _ in range(6):
        with np.errstate(over="ignore"):
            Partnerships.advance(env, network, None, np.zeros(n), stream)
        now = sum((env.strategy[i] != env.strategy[j]) for i, who in enumerate(partners(env)) for j in who)
        assert now <= between
        between = now


def test_at_no_linking_the_network_stands_still():
    found = run(scenario().replace({"environment.linking": 0.0, "network.n": 20, "horizon.steps": 20}), seed=1).runs
    assert found.partners_variance.item() == found.moves.item() == 0.0


def test_whoever_is_alike_is_at_rest():
    for share, verdict in ((1.0, 0), (0.0, 1)):
        found = run(scenario().replace({"environment.cooperators": share, "network.n": 12}), seed=1).runs
        assert (found.stop.item(), found.verdict.item(), found.steps.item()) == ("done", verdict, 0)


# --- Two roads -------------------------------------------------------------------------------------------------


def fixation(payoffs, selection, n, k):
    """Return the chance that k cooperators of n who all meet take over, equation (3)."""
    (r, s), (t, p) = payoffs
    gains = [(i - 1) * r + (n - i) * s - i * t - (n - i - 1) * p for i in range(1, n)]
    q = np.exp(-selection * np.concatenate([[0.0], np.cumsum(gains)]))
    return float(q[:k].sum() / q.sum())


@pytest.mark.compiled
@pytest.mark.parametrize("linking", [0.0, 3.0])
def test_where_all_meet_fixation_has_its_closed_form(linking):
    game = Partnerships(payoffs=((3.0, 1.0), (4.0, 0.0)), selection=0.1, linking=linking, cooperators=1 / 3)
    found = run(Scenario(game, "innate", "complete:n=6", 4000, METRICS), replications=6000, seed=2)
    assert (found.runs.stop == "done").all()
    share = found.metrics["cooperation_fixed"]
    assert abs(share.value - fixation(game.payoffs, 0.1, 6, 2)) < 4 * share.standard_error


def by_sets(seed, n, d, linking, selection, refusal, generations):
    """Play by sets of partners and another generator; return the share of cooperators."""
    rng = np.random.default_rng(seed)
    graph = nx.random_regular_graph(d, n, seed=seed)
    who = [set(graph[i]) for i in range(n)]
    cooperates = rng.permutation(n) < n // 2

    def earned(i):
        good = sum(cooperates[j] for j in who[i])
        return 1.0 * good - (len(who[i]) - good) if cooperates[i] else 2.0 * good

    def prevails(i, j):
        return rng.random() < 1.0 / (1.0 + math.exp(-selection * (earned(i) - earned(j))))

    for _ in range(generations * n):
        i = rng.integers(n)
        j = rng.choice(sorted(who[i]))
        if rng.random() < 1.0 / (1.0 + linking):
            if prevails(j, i):
                cooperates[i] = cooperates[j]
        elif not (cooperates[i] and cooperates[j]):
            stays, goes = (j, i) if prevails(i, j) else (i, j)
            if not cooperates[stays] and len(who[stays]) > 1:
                new = rng.choice(sorted(who[stays] - {goes}))
                is_refused = not cooperates[goes] and rng.random() < refusal
                if new not in who[goes] and not is_refused:
                    who[stays].remove(goes)
                    who[goes] = (who[goes] - {stays}) | {new}
                    who[new].add(goes)
    return cooperates.mean(), np.var([len(w) for w in who])


@pytest.mark.compiled
@pytest.mark.parametrize("refusal", [0.0, 0.7])
def test_another_program_of_the_same_rules_gives_the_same_in_the_mean(refusal):
    theirs = np.array([by_sets(seed, 20, 4, 2.0, 0.2, refusal, 12) for seed in range(150)])
    game = Partnerships(selection=0.2, linking=2.0, refusal=refusal)
    ours = run(Scenario(game, "innate", "random_regular:n=20,d=4", 12, METRICS), replications=3000, seed=3).runs
    ours = ours.assign(partners_variance=ours.partners_variance)
    for column, name in enumerate(("cooperation", "partners_variance")):
        moving = theirs[:, column][(theirs[:, 0] > 0) & (theirs[:, 0] < 1)] if column else theirs[:, column]
        values = ours[name][(ours.stop == "horizon")] if column else ours[name]
        error = math.hypot(moving.std() / math.sqrt(len(moving)), values.std() / math.sqrt(len(values)))
        assert abs(moving.mean() - values.mean()) < 4 * error


@pytest.mark.compiled
def test_cooperators_prevail_where_links_move_fast_enough():
    shares = [
        run(scenario().replace({"environment.linking": w}), replications=20, seed=4).metrics["final_cooperation"].value
        for w in (0.0, 6.0)
    ]
    assert shares[0] < 0.1
    assert shares[1] > 0.9


# --- Bad input -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("payoffs", [[1.0, 2.0]], "accepted: 2 rows of 2 finite numbers"),
        ("payoffs", [[1.0], [2.0]], "accepted: 2 rows of 2 finite numbers"),
        ("payoffs", [[1.0, math.nan], [2.0, 0.0]], "accepted: a list"),
        ("cooperators", 1.5, "accepted: a float, >= 0, <= 1"),
        ("linking", -1.0, "accepted: a float, >= 0"),
        ("refusal", 1.5, "accepted: a float, >= 0, <= 1"),
        ("seeks", "friends", "accepted: one of"),
        ("most_partners", 0, "accepted: an int, >= 1"),
    ],
)
def test_what_makes_no_sense_is_refused(name, value, problem):
    with pytest.raises(ParameterError, match=rf"^environment\.{name}: .*{problem}"):
        scenario().replace({f"environment.{name}": value})
