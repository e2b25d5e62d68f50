"""Voters who change their ballots one at a time."""

import itertools
import math
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from socialsim.ballots.forms import points_of, winner_after
from socialsim.core.errors import ParameterError
from socialsim.engine.run import run
from socialsim.engine.simulation import Simulation
from socialsim.environments.iterative_voting import METRICS, IterativeVoting, look_around, scenario, small

# --- By hand ---------------------------------------------------------------------------------------------------


def stand(rankings, ballots=None, rule="plurality"):
    """Return the state of an election with these rankings and ballots."""
    rankings = np.array(rankings)
    env = IterativeVoting(rule=rule, num_candidates=rankings.shape[1]).state(len(rankings))
    env.rankings[:] = rankings
    env.utilities[:] = rankings.shape[1] - 1.0 - np.argsort(rankings, axis=1)
    env.ballot[:] = rankings[:, 0] if ballots is None else ballots
    env.scores[:] = env.points[env.ballot].sum(axis=0)
    look(env)
    return env


def look(env, version=lambda f: f):
    found = version(look_around)(env.points, env.scores, env.utilities, env.ballot, env.gains)
    env.winner[1], env.num_improvers[0] = found


def move(env, i, ballot):
    """Let voter i cast another ballot."""
    actions = env.ballot.copy()
    actions[i] = ballot
    IterativeVoting.advance(env, None, np.array([i]), actions, np.zeros(len(actions)), None)


TOWN = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 1, 0]]


def test_who_gains_is_found_by_hand(version):
    env = stand(TOWN)  # votes 2, 2, 1: candidate 0 wins the tie
    look(env, version)
    assert (env.winner[1], env.num_improvers[0], env.gains.tolist()) == (0, 1, [0, 0, 0, 0, 1])
    assert IterativeVoting.done(env) == -1


def test_one_vote_for_the_runner_up_ends_the_election(version, stream):
    env = stand(TOWN)
    rewards = np.zeros(5)
    version(IterativeVoting.advance)(env, None, np.array([4]), np.array([0, 0, 1, 1, 1]), rewards, stream)
    assert env.scores.tolist() == [2, 3, 0]
    assert (env.num_moves[0], env.winner[1], env.num_improvers[0]) == (1, 1, 0)
    assert rewards.tolist() == [0, 0, 0, 0, 1.0]
    assert version(IterativeVoting.done)(env) == 1


def test_who_casts_the_same_ballot_again_does_not_move(stream):
    env = stand(TOWN)
    IterativeVoting.advance(env, None, np.array([0]), np.array([0, 0, 1, 1, 2]), np.zeros(5), stream)
    assert env.num_moves[0] == 0


def test_a_voter_sees_points_utilities_and_its_ballot(version):
    env, out = stand(TOWN), np.zeros(7)
    version(IterativeVoting.observe)(env, None, 1, out)
    assert out.tolist() == [2, 2, 1, 2, 0, 1, 0]


def test_only_those_who_gain_are_woken_each_as_often_as_the_others(stream):
    env = stand([[0, 1, 2]] * 2 + [[1, 2, 0]] * 2 + [[2, 1, 0]] * 2)
    assert env.gains.tolist() == [0, 0, 1, 1, 1, 1]
    wake = getattr(IterativeVoting.wake, "py_func", IterativeVoting.wake)
    woken, active = [], np.zeros(1, np.int64)
    for _ in range(2000):
        assert wake(env, None, active, stream) == 1
        woken.append(int(active[0]))
    assert np.bincount(woken) / 2000 == pytest.approx([0, 0, 0.25, 0.25, 0.25, 0.25], abs=0.04)


# --- Theorems --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", ["plurality", "veto"])
@pytest.mark.parametrize("sizes", [(4, 3), (9, 4), (30, 6)])
def test_restricted_best_replies_end_in_an_equilibrium(rule, sizes):
    """Meir et al. 2010, theorem 3; Lev and Rosenschein 2016 for veto."""
    election = scenario().replace({"environment.rule": rule, "environment.num_candidates": sizes[1]})
    runs = run(election.replace({"network.n": sizes[0]}), replications=400, seed=1, record_every=None).runs
    assert (runs.stop == "done").all()
    if rule == "plurality":
        assert runs.moves.max() <= sizes[0] * (sizes[1] - 1)


def test_from_sincere_ballots_a_voter_moves_to_whom_it_likes_less():
    simulation = Simulation(
        scenario().replace({"environment.num_candidates": 5, "network.n": 25}), seed=3, replications=range(200)
    )
    simulation.advance(0)
    env = simulation.environment
    place = np.argsort(env.rankings, axis=2)
    before = np.take_along_axis(place, env.ballot[:, :, None], axis=2)[:, :, 0]
    assert (before == 0).all()
    for event in range(1, 20):
        simulation.advance(event)
        now = np.take_along_axis(place, env.ballot[:, :, None], axis=2)[:, :, 0]
        assert (now >= before).all()
        before = now
    assert (before > 0).any()


def better_replies(env, i):
    """Return the ballots by which voter i gains."""
    points, scores, winner = env.points, env.scores, env.winner[1]
    others = [winner_after(scores, points, env.ballot[i], form) for form in range(len(points))]
    return [form for form, other in enumerate(others) if env.utilities[i, other] > env.utilities[i, winner]]


def test_better_replies_may_go_in_circles_under_plurality_from_sincere_ballots():
    """Voters 0 to 2 move, by better replies alone, and come back to ballots that they have cast before."""
    rest = [[c, *(b for b in range(4) if b != c)] for c in (1, 1, 2, 2, 3, 3)]
    start = (0, 0, 3)
    env = stand([[0, 1, 2, 3], [0, 1, 2, 3], [3, 0, 2, 1], *rest])
    reached, waiting, loop = {start: None}, [start], None
    while waiting and loop is None:
        ballots = waiting.pop()
        env.ballot[:3] = ballots
        env.scores[:] = env.points[env.ballot].sum(axis=0)
        look(env)
        for i in range(3):
            for form in better_replies(env, i):
                following = (*ballots[:i], form, *ballots[i + 1 :])
                chain = [ballots]
                while reached[chain[-1]] is not None:
                    chain.append(reached[chain[-1]])
                if following in chain:
                    loop = [following, *reversed(chain[: chain.index(following) + 1])]
                if following not in reached:
                    reached[following] = ballots
                    waiting.append(following)
    assert loop is not None
    assert loop[0] in loop[1:]


def test_two_voters_go_in_circles_under_borda_for_ever(tmp_path):
    path = tmp_path / "two.csv"
    path.write_text("1,2,3\nA,B,C\nB,C,A\n")
    change = {"environment.rule": "borda", "environment.culture": "file", "environment.ballots": str(path)}
    simulation = Simulation(scenario().replace({"network.n": 2} | change), seed=1, replications=range(1))
    seen = []
    for event in range(12):
        simulation.advance(event)
        env = simulation.environment
        assert env.num_improvers[0, 0] == 1  # nobody else could move: chance plays no part
        seen.append(tuple(env.ballot[0]))
    assert seen[:4] == seen[4:8] == seen[8:]
    assert len(set(seen)) == 4


# --- Two roads: all electorates and all orders of movers, with their probabilities ---------------------------------


def exact(num_voters, m=3):
    """Return mean moves, and the Condorcet efficiency of sincere and of last ballots, under plurality."""
    orders = list(itertools.permutations(range(m)))

    def elected(votes):
        return max(range(m), key=lambda c: (votes[c], -c))

    @cache
    def play(state):  # how many voters of each ranking vote for each candidate
        votes = [sum(row[c] for row in state) for c in range(m)]
        winner = elected(votes)
        steps = []
        for t, row in enumerate(state):
            for v in (v for v in range(m) if row[v]):
                able = [
                    x
                    for x in range(m)
                    if x != v and elected([n - (c == v) + (c == x) for c, n in enumerate(votes)]) == x
                ]
                best = min([*able, winner], key=orders[t].index)
                if best != winner:
                    after = [list(r) for r in state]
                    after[t][v] -= 1
                    after[t][best] += 1
                    steps.append((row[v], tuple(map(tuple, after))))
        if not steps:
            return 0.0, tuple(float(c == winner) for c in range(m))
        total, moves, ends = sum(weight for weight, _ in steps), 1.0, [0.0] * m
        for weight, after in steps:
            more, chances = play(after)
            moves += weight / total * more
            ends = [e + weight / total * p for e, p in zip(ends, chances, strict=True)]
        return moves, tuple(ends)

    moves = exists = truthful = iterated = 0.0
    for cuts in itertools.combinations(range(num_voters + 5), 5):
        held = np.diff([-1, *cuts, num_voters + 5]) - 1
        chance = math.factorial(num_voters) / math.prod(map(math.factorial, held.tolist())) / 6**num_voters
        state = tuple(tuple(int(n) * (order[0] == c) for c in range(m)) for n, order in zip(held, orders, strict=True))
        more, ends = play(state)
        moves += chance * more
        beats = [
            all(
                2 * sum(n for n, o in zip(held, orders, strict=True) if o.index(a) < o.index(b)) > num_voters
                for b in range(m)
                if b != a
            )
            for a in range(m)
        ]
        if any(beats):
            best = beats.index(True)
            exists += chance
            iterated += chance * ends[best]
            truthful += chance * (elected([sum(row[c] for row in state) for c in range(m)]) == best)
    return moves, truthful / exists, iterated / exists


@pytest.mark.compiled
@pytest.mark.parametrize("num_voters", [4, 7])
def test_moves_and_efficiencies_are_those_of_all_electorates(num_voters):
    found = run(scenario().replace({"network.n": num_voters}), replications=20_000, seed=2, record_every=None).metrics
    expected = exact(num_voters)
    for name, value in zip(("moves", "truthful_condorcet_efficiency", "condorcet_efficiency"), expected, strict=True):
        assert found[name].value == pytest.approx(value, abs=4 * found[name].standard_error + 1e-12)


@pytest.mark.full
def test_eleven_voters_are_those_of_the_reproduction():
    assert exact(11) == pytest.approx((0.60661, 0.80535, 0.92319), abs=5e-6)


# --- Properties, other settings ---------------------------------------------------------------------------------


@settings(max_examples=40)
@given(st.lists(st.permutations(range(4)), min_size=1, max_size=7), st.data())
def test_points_follow_the_ballots_however_they_change(rankings, data):
    env = stand(rankings)
    for _ in range(6):
        move(env, data.draw(st.integers(0, len(rankings) - 1)), data.draw(st.integers(0, 3)))
        assert env.scores.tolist() == env.points[env.ballot].sum(axis=0).tolist()
        assert env.winner[1] == env.scores.argmax()
        assert env.num_improvers[0] == sum(bool(better_replies(env, i)) for i in range(len(rankings)))


@pytest.mark.compiled
def test_the_order_of_movers_hardly_matters():
    election = scenario().replace({"environment.num_candidates": 4})
    both = [
        run(election.replace({"environment.order": order}), replications=4000, seed=1, record_every=None).metrics
        for order in ("improvers", "anyone")
    ]
    for name in ("moves", "condorcet_efficiency"):
        error = math.hypot(both[0][name].standard_error, both[1][name].standard_error)
        assert both[0][name].value == pytest.approx(both[1][name].value, abs=4 * error)


def test_sincere_ballots_are_marked_and_parties_counted():
    for rule in ("plurality", "veto", "borda"):
        result = run(small().replace({"environment.rule": rule}), replications=30, seed=1)
        start = result.table("series").query("step == 0")
        assert (start.mean_sincere == 1.0).all()
        assert (result.runs.truthful_parties <= 3.0 + 1e-12).all()
    assert len(METRICS) == len(result.metrics)


def test_utilitarian_efficiency_is_a_ratio_of_sums_and_undefined_for_files(tmp_path):
    result = run(small(), replications=200, seed=1, record_every=None)
    for kind, name in (
        ("truthful", "truthful_utilitarian_efficiency"),
        ("iterated", "utilitarian_efficiency_at_the_end"),
    ):
        gained, possible = result.runs[f"{kind}_gain"], result.runs.possible_gain
        assert result.metrics[name].value == pytest.approx(gained.sum() / possible.sum())
        assert result.metrics[name].value != pytest.approx((gained / possible).mean(), abs=1e-4)
    path = tmp_path / "town.csv"
    path.write_text("1,2,3\nA,B,C\nB,C,A\n")
    town = {"environment.culture": "file", "environment.ballots": str(path)}
    metrics = run(small().replace(town), replications=3, seed=1).metrics
    assert metrics["truthful_utilitarian_efficiency"].reason == "ballot files say nothing of utilities"


def test_with_one_voter_nothing_happens():
    result = run(small().replace({"network": "complete:n=1"}), replications=20, seed=1)
    assert (result.runs.moves == 0).all()
    assert (
        result.metrics["condorcet_efficiency"].value == result.metrics["utilitarian_efficiency_at_the_end"].value == 1.0
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            {"environment.num_candidates": 1},
            "environment.num_candidates: 1 is not accepted; accepted: an int, >= 2, <= 20",
        ),
        ({"environment.rule": "approval"}, "environment.rule: 'approval' is not accepted"),
        ({"environment.culture": "file"}, "environment.ballots: '' is not accepted with culture file"),
        ({"environment.ballots": "town.csv"}, "environment.ballots: 'town.csv' is not read with culture impartial"),
        ({"learner": "q_learning"}, "needs discrete observations; in this environment they are arrays"),
        ({"learner": "best_reply"}, "needs an environment that shows what each action would pay"),
    ],
)
def test_bad_input_is_refused_in_one_line(change, words):
    with pytest.raises(ParameterError) as error:
        run(small().replace(change), replications=1)
    assert words in str(error.value)
    assert "\n" not in str(error.value)


def test_points_are_those_of_the_rule():
    assert points_of("plurality", 3).tolist() == np.eye(3).tolist()
