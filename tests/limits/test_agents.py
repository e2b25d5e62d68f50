"""N agents who play a policy of a limit, and what one of them could earn more."""

import itertools

import networkx as nx
import numpy as np
import pytest

from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError
from socialsim.core.parameters import parameter
from socialsim.engine.aggregative import AggregativeGame
from socialsim.engine.simulation import Simulation
from socialsim.limits.agents import Crowd, nodes_of, player
from socialsim.limits.games import Game
from socialsim.limits.library import left_right
from socialsim.networks.graphons import StepGraphon


class Epidemic(AggregativeGame):
    """Ill or well; to protect oneself costs something."""

    num_states, num_actions, num_successors = 2, 2, 2
    num_steps: int = parameter(3, "T", ge=0)

    @staticmethod
    @compiled
    def feature(env, s, a, features):
        features[0] = s

    @staticmethod
    @compiled
    def step(env, t, s, a, z, successors, probabilities):
        leave = 0.2 if s == 1 else 0.8 * (1 - a) * z[0]
        successors[0], probabilities[0] = s, 1.0 - leave
        successors[1], probabilities[1] = 1 - s, leave

    @staticmethod
    @compiled
    def reward(env, t, s, a, z):
        return -2.0 * s - 0.5 * a


GAME = Game(Epidemic(discount=0.9))
PATH = nx.path_graph(3)


def values(graph, policies):
    """Return what each agent earns, by the distribution of all joint states; policies of shape (N, T, S, A)."""
    n, num_steps = len(policies), GAME.rules.num_steps
    adjacency = nx.to_numpy_array(graph)
    adjacency /= adjacency.sum(axis=1, keepdims=True)
    chance = dict.fromkeys(itertools.product(range(2), repeat=n), 0.5**n)
    earned = np.zeros(n)
    for t in range(num_steps):
        after = dict.fromkeys(chance, 0.0)
        for state, weight in chance.items():
            felt = adjacency @ state
            moves = []
            for i in range(n):
                rewards, (to, each) = GAME.reward(t, felt[i]), GAME.step(t, felt[i])
                own = policies[i][t, state[i]]
                earned[i] += 0.9**t * weight * own @ rewards[state[i]]
                moves.append(sum(own[a] * np.bincount(to[state[i], a], each[state[i], a], 2) for a in range(2)))
            for ahead in after:
                after[ahead] += weight * np.prod([moves[i][ahead[i]] for i in range(n)])
        chance = after
    return earned


def test_an_agent_has_the_policy_of_its_block_or_of_the_nearest_node():
    blocks = GAME.graphon(StepGraphon([[1.0, 0.2], [0.2, 1.0]], [0.25, 0.75]))
    assert nodes_of(blocks, 4).tolist() == [0, 1, 1, 1]
    assert nodes_of(blocks, 3, [0.9, 0.1, 0.25]).tolist() == [1, 0, 1]
    assert nodes_of(GAME.graphon(lambda x, y: x * y, nodes=2), 4).tolist() == [0, 0, 1, 1]
    gauss = GAME.graphon(lambda x, y: x * y, nodes=3, rule="gauss")  # at .113, .5, .887
    assert nodes_of(gauss, 4, [0.0, 0.3, 0.32, 1.0]).tolist() == [0, 0, 1, 2]
    assert nodes_of(GAME.mean_field(), 3).tolist() == [0, 0, 0]


@pytest.mark.parametrize("positions", [[0.1, 0.2], [0.1, 0.2, 1.1], [0.1, float("nan"), 0.3]])
def test_positions_that_are_not_as_many_or_lie_outside_are_refused(positions):
    with pytest.raises(ParameterError, match="accepted: 3 numbers from 0 to 1"):
        nodes_of(GAME.mean_field(), 3, positions)


def test_the_learner_plays_what_the_crowd_plays_to_the_same_bits():
    limit = GAME.graphon(lambda x, y: x * y, nodes=2)
    policy = np.random.default_rng(1).dirichlet([1, 1], size=limit.policy_shape[:-1])
    play = Crowd(limit, policy, PATH).play(range(3), seed=5)
    scenario = GAME.agents(PATH, learner=player(limit, policy, 3))
    simulation = Simulation(scenario, seed=5, replications=range(3))
    simulation.advance(until=3)
    assert play.returns.tolist() == simulation.environment.returns.tolist()
    assert (play.shares[:, 3].sum(axis=1)[:, 1] == simulation.environment.states.mean(axis=1)).all()


def test_a_learner_of_several_nodes_needs_the_number_of_agents():
    limit = GAME.graphon(lambda x, y: x * y, nodes=2)
    with pytest.raises(ParameterError, match="num_agents: missing"):
        player(limit, limit.uniform_policy())


def test_what_happens_for_certain_surprises_nobody():
    limit = Game(left_right.rules()).mean_field()
    play = Crowd(limit, [[1.0, 0.0]] * 3, "complete:n=5").play(range(2))
    assert not play.surprises.any()
    assert play.shares[:, 1:, 0].tolist() == [[[0.0, 1.0, 0.0]] * 2] * 2
    assert play.returns.tolist() == [[-1.0] * 5] * 2  # the first step is paid nothing


def test_surprises_are_zero_in_the_mean_also_with_somebody_who_deviates():
    crowd = Crowd(GAME.mean_field(), GAME.mean_field().uniform_policy(), PATH)
    deviation = (1, np.full((3, 1, 2, 2), [0.0, 1.0]))
    for play in (crowd.play(range(800), seed=2), crowd.play(range(800), seed=2, deviation=deviation)):
        error = play.surprises.std(axis=0) / np.sqrt(800)
        assert (np.abs(play.surprises.mean(axis=0)) <= 4.0 * error + 1e-12).all()
        assert error[1:].min() > 0.0


def test_the_gain_that_is_played_is_that_of_the_joint_states():
    limit = GAME.mean_field()
    policy = np.full((3, 1, 1, 2, 2), 0.5)
    policy[0, ..., 0, :] = 0.2, 0.8
    found = Crowd(limit, policy, PATH).exploitability(range(400), seed=3, samples=400)
    alike = [policy[:, 0, 0]] * 3
    usual = values(PATH, alike)
    for i in range(3):
        alone = [found.responses[i][:, 0] if j == i else alike[j] for j in range(3)]
        exact = values(PATH, alone)[i] - usual[i]
        assert abs(found.gains[i].value - exact) <= 4.0 * found.gains[i].standard_error
        assert found.gains[i].standard_error < 0.05  # the returns' own is over .1
    assert found.mean.value == pytest.approx(np.mean([gain.value for gain in found.gains]))


def test_no_policy_of_time_and_state_gains_more_than_a_trifle_beyond_the_response():
    limit = GAME.mean_field()
    policy = limit.uniform_policy()
    found = Crowd(limit, policy, PATH).exploitability(range(2), seed=3, agents=[0, 1], samples=400)
    alike = [policy[:, 0, 0]] * 3
    for place, i in enumerate((0, 1)):
        brute = []
        for actions in itertools.product(range(2), repeat=6):
            own = np.eye(2)[np.reshape(actions, (3, 2))]
            brute.append(values(PATH, [own if j == i else alike[j] for j in range(3)])[i])
        own = found.responses[place][:, 0]
        response = values(PATH, [own if j == i else alike[j] for j in range(3)])[i]
        assert response == pytest.approx(max(brute), abs=0.01)
        assert max(brute) - values(PATH, alike)[i] > 0.3


def test_the_estimate_agrees_with_the_returns_and_errs_less():
    limit = GAME.mean_field()
    crowd = Crowd(limit, limit.uniform_policy(), "complete:n=4")
    found = crowd.exploitability(range(600), seed=1, samples=200)
    with_it = crowd.play(range(600), seed=1, deviation=(0, found.responses[0])).returns[:, 0]
    raw = with_it - crowd.play(range(600), seed=1).returns[:, 0]
    error = raw.std(ddof=1) / np.sqrt(600)
    assert abs(raw.mean() - found.mean.value) <= 4.0 * error
    assert found.mean.standard_error < 0.5 * error


def test_without_values_what_was_earned_is_the_return_itself():
    careless = np.tile([1.0, 0.0], (3, 1, 1, 2, 1))
    crowd = Crowd(GAME.mean_field(), careless, PATH)
    play = crowd.play(range(5), watched=[2])
    assert crowd.earned(careless[:, 0], np.zeros((4, 1, 2)), play, 0) == pytest.approx(play.returns[:, 2])


def test_chunks_of_runs_give_the_same_as_all_at_once(monkeypatch):
    crowd = Crowd(GAME.mean_field(), GAME.mean_field().uniform_policy(), PATH)
    whole = crowd.play(range(5), watched=[2])
    monkeypatch.setattr("socialsim.limits.agents.MEMORY", 1)
    for name, values in vars(crowd.play(range(5), watched=[2])).items():
        assert np.array_equal(values, getattr(whole, name)), name


def test_who_stands_for_all():
    limit = GAME.mean_field()
    assert Crowd(limit, limit.uniform_policy(), "complete:n=50").deviants().tolist() == [0]
    crowd = Crowd(limit, limit.uniform_policy(), nx.cycle_graph(10))
    found = np.array([crowd.deviants(4, seed=seed) for seed in range(2000)])
    assert set(np.diff(found).ravel()) == {2, 3}  # evenly spaced
    chances = np.bincount(found.ravel(), minlength=10) / 2000
    assert np.abs(chances - 0.4).max() < 4.0 * np.sqrt(0.4 * 0.6 / 2000)  # each agent as often as any other


class Padded(Epidemic):
    """The same, with a successor that is never taken and is nowhere."""

    num_successors = 3

    @staticmethod
    @compiled
    def step(env, t, s, a, z, successors, probabilities):
        leave = 0.2 if s == 1 else 0.8 * (1 - a) * z[0]
        successors[0], probabilities[0] = s, 1.0 - leave
        successors[1], probabilities[1] = 1 - s, leave
        successors[2], probabilities[2] = 7, 0.0


def test_a_successor_without_a_chance_may_be_anything():
    found = []
    for rules in (GAME.rules, Padded(discount=0.9)):
        limit = Game(rules).mean_field()
        crowd = Crowd(limit, limit.uniform_policy(), PATH)
        gain = crowd.exploitability(range(5), agents=[1], samples=5).mean.value
        found.append((crowd.play(range(5)).surprises.tolist(), gain))
    assert found[0] == found[1]


def test_in_a_mean_field_places_of_agents_on_a_map_are_left_alone():
    graph = nx.path_graph(3)
    nx.set_node_attributes(graph, {i: (float(i), 5.0) for i in graph}, "position")
    assert Crowd(GAME.mean_field(), GAME.mean_field().uniform_policy(), graph).node.tolist() == [0, 0, 0]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"runs": range(0)}, "runs: none are given"),
        ({"watched": [-1]}, r"watched: \[-1\] is not accepted; accepted: some of 0 to 2"),
        ({"deviation": (-1, np.full((3, 1, 2, 2), 0.5))}, r"deviation: \[-1\] is not accepted"),
        ({"deviation": (1, np.full((2, 1, 2, 2), 0.5))}, r"shape \(2, 1, 2, 2\) is not accepted"),
        ({"deviation": (1, np.full((3, 1, 2, 2), 0.6))}, "is not accepted; accepted: chances"),
        ({"deviation": (1, np.full((3, 1, 2, 2), np.nan))}, "is not accepted; accepted: chances"),
    ],
)
def test_what_cannot_be_played_is_refused(arguments, message):
    crowd = Crowd(GAME.mean_field(), GAME.mean_field().uniform_policy(), PATH)
    with pytest.raises(ParameterError, match=message):
        crowd.play(**{"runs": range(2)} | arguments)


@pytest.mark.parametrize("arguments", [{"agents": []}, {"runs": range(0)}, {"samples": 0}])
def test_an_exploitability_needs_agents_runs_and_samples(arguments):
    crowd = Crowd(GAME.mean_field(), GAME.mean_field().uniform_policy(), PATH)
    with pytest.raises(ParameterError, match="0 of them are not accepted; accepted: at least one"):
        crowd.exploitability(**{"runs": range(2)} | arguments)


def test_a_game_without_end_and_agents_who_are_not_there_are_refused():
    endless = Game(Epidemic(num_steps=0, discount=0.9)).mean_field()
    with pytest.raises(ParameterError, match="goes on for ever; accepted: a game with an end"):
        Crowd(endless, endless.uniform_policy(), PATH)
    limit = GAME.mean_field()
    with pytest.raises(ParameterError, match=r"agents: \[3\] is not accepted; accepted: some of 0 to 2"):
        Crowd(limit, limit.uniform_policy(), PATH).exploitability(range(2), agents=[3])
