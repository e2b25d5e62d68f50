"""Names, committed minorities and memories."""

import math

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from socialsim.core.errors import ParameterError
from socialsim.engine.fork import Force, fork
from socialsim.engine.interface import Discrete, Specification
from socialsim.engine.links import PRESENT, SPARSE, Links
from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.engine.simulation import Simulation
from socialsim.environments.naming import HEARER, SPEAKER, Naming, scenario
from socialsim.environments.naming.theory import path, rates, states_of_rest, tipping_point
from socialsim.learning.naming_game import NamingGame
from socialsim.learning.recollection import Recollection, commonest
from socialsim.testing.strategies import networks

NONE = 5  # the action of a hearer who does not know the word, where there are five


def an_agent(words, **parameters):
    """Return the state of one agent who knows some of five words."""
    specification = Specification(Discrete(6), Discrete(2), {"num_words": 5, "invents": False})
    learner = NamingGame(**parameters).state(specification, 1)
    learner.words[0, : len(words)] = words
    learner.size[0] = len(words)
    return learner


def known(learner, i=0):
    return learner.words[i, : learner.size[i]].tolist()


def inventories(simulation):
    """Return the words that each agent of each replication knows."""
    state = simulation.layout.view("learner_0", simulation.buffers)
    return [
        [set(state.words[r, i, : state.size[r, i]]) for i in range(state.size.shape[1])] for r in range(len(state.size))
    ]


# --- By hand ---------------------------------------------------------------------------------------------------


def test_a_hearer_recognises_a_word_that_it_knows_and_keeps_it_alone(version, stream):
    learner = an_agent([2, 4, 0])
    version(NamingGame.hear)(learner, 0, 1, 1.0, 4.0)
    assert version(NamingGame.act)(learner, 0, HEARER, stream) == 4
    version(NamingGame.learn)(learner, 0, HEARER, 4, 1.0, HEARER, stream)
    assert known(learner) == [4]


def test_a_hearer_adds_a_word_that_it_does_not_know(version, stream):
    learner = an_agent([2, 4])
    version(NamingGame.hear)(learner, 0, 1, 1.0, 3.0)
    assert version(NamingGame.act)(learner, 0, HEARER, stream) == NONE
    version(NamingGame.learn)(learner, 0, HEARER, NONE, 0.0, HEARER, stream)
    assert known(learner) == [2, 4, 3]


@pytest.mark.parametrize(("forgets", "kept"), [("both", [4]), ("speaker", [4]), ("hearer", [2, 4])])
def test_a_speaker_that_was_understood_keeps_the_word_alone_if_speakers_forget(version, stream, forgets, kept):
    learner = an_agent([2, 4], forgets=forgets)
    version(NamingGame.learn)(learner, 0, SPEAKER, 4, 1.0, SPEAKER, stream)
    assert known(learner) == kept


def test_a_speaker_that_was_not_understood_changes_nothing(version, stream):
    learner = an_agent([2, 4])
    version(NamingGame.learn)(learner, 0, SPEAKER, 4, 0.0, SPEAKER, stream)
    assert known(learner) == [2, 4]


def test_who_is_committed_never_learns(version, stream):
    learner = an_agent([2])
    learner.is_committed[0] = 1
    version(NamingGame.hear)(learner, 0, 1, 1.0, 3.0)
    version(NamingGame.learn)(learner, 0, HEARER, NONE, 0.0, HEARER, stream)
    assert known(learner) == [2]


def test_a_full_memory_takes_up_no_new_word(version, stream):
    learner = an_agent([0, 1], memory=2)
    version(NamingGame.hear)(learner, 0, 1, 1.0, 4.0)
    assert version(NamingGame.act)(learner, 0, HEARER, stream) == NONE
    version(NamingGame.learn)(learner, 0, HEARER, NONE, 0.0, HEARER, stream)
    assert known(learner) == [0, 1]
    assert learner.num_missed.tolist() == [1]


def test_a_speaker_says_its_words_uniformly(stream):
    learner = an_agent([3, 1, 4])
    said = [NamingGame.speak(learner, 0, SPEAKER, stream) for _ in range(3000)]
    counts = np.bincount(np.array(said, int), minlength=5)
    assert counts[[1, 3, 4]] == pytest.approx(np.full(3, 1000), abs=4 * math.sqrt(3000 * 2 / 9))
    assert math.isnan(NamingGame.speak(learner, 0, HEARER, stream))


def test_games_by_hand(version, stream):
    env, rewards = Naming(vocabulary=5).state(4), np.zeros(4)
    advance, active = version(Naming.advance), np.array([2, 0])
    advance(env, None, active, np.array([NONE, 0, 3, 0]), rewards, stream)
    assert rewards.tolist() == [0.0] * 4
    assert env.word.tolist() == [5] * 4  # nobody has agreed on any
    advance(env, None, active, np.array([3, 0, 3, 0]), rewards, stream)
    assert rewards.tolist() == [1.0, 0.0, 1.0, 0.0]
    assert env.word.tolist() == [3, 5, 3, 5]
    assert env.users.tolist() == [0, 0, 0, 2, 0, 2]
    assert (env.num_games[0], env.num_successes[0], env.num_reached[0]) == (2, 1, 0)
    advance(env, None, np.array([1, 3]), np.array([0, 3, 0, 3]), rewards, stream)
    assert env.reached.tolist() == [3, 3, 3]  # after the third game all use word 3


def test_none_is_no_word_to_agree_on(version, stream):
    env, rewards = Naming(vocabulary=5).state(2), np.zeros(2)
    version(Naming.advance)(env, None, np.array([0, 1]), np.array([NONE, NONE]), rewards, stream)
    assert rewards.tolist() == [0.0, 0.0]
    assert env.reached.tolist() == [-1, -1, -1]


@pytest.mark.parametrize(
    ("memory", "lowest", "words"),
    [([2, 0, 2, -1], 0, {2}), ([1, 0, 1, 0], 0, {0, 1}), ([1, 0, 1, 0], 1, {0}), ([-1], 1, {0, 1, 2})],
)
def test_the_commonest_word_of_a_memory(version, stream, memory, lowest, words):
    found = {int(version(commonest)(np.array([memory]), 0, 3, lowest, stream)) for _ in range(200)}
    assert found == words


def test_a_memory_is_a_ring_in_which_the_oldest_word_goes_first(version):
    specification = Specification(Discrete(4), Discrete(2), {"num_words": 3})
    learner = Recollection(memory=2).state(specification, 1)
    for word in (0.0, 1.0, 2.0):
        version(Recollection.hear)(learner, 0, 1, 1.0, word)
    assert sorted(learner.memory[0].tolist()) == [1, 2]


def test_on_a_star_the_hub_hears_if_speakers_are_drawn_and_speaks_if_hearers_are(stream):
    star, active = nx.star_graph(5), np.zeros(2, np.int64)
    shares = {}
    for pairs in ("direct", "reverse", "neutral"):
        simulation = Simulation(Scenario(Naming(pairs=pairs), "naming_game", star), seed=1, replications=range(1))
        env, num_hub = Naming(pairs=pairs).state(6), 0
        links = simulation.links
        network = Links(SPARSE, 6, links.indptr[0], links.sources, links.weights, links.offsets[0], np.full(6, PRESENT))
        for _ in range(2000):
            Naming.wake(env, network, active, stream)
            num_hub += env.speaker[0] == 0
        shares[pairs] = num_hub / 2000
    assert shares["direct"] == pytest.approx(1 / 6, abs=0.04)
    assert shares["reverse"] == pytest.approx(5 / 6, abs=0.04)
    assert shares["neutral"] == pytest.approx(1 / 2, abs=0.05)


# --- Invariants ------------------------------------------------------------------------------------------------


@settings(max_examples=25)
@given(networks(), st.integers(0, 4), st.sampled_from(["direct", "reverse", "neutral"]), st.integers(0, 300))
def test_inventories_hold_each_word_once_and_users_are_counted(network, vocabulary, pairs, games):
    model = Scenario(Naming(vocabulary=vocabulary, pairs=pairs), "naming_game", network, 300)
    simulation = Simulation(model, seed=games, replications=range(3))
    simulation.advance(games)
    env, learner = simulation.environment, simulation.layout.view("learner_0", simulation.buffers)
    for r, each in enumerate(inventories(simulation)):
        assert [len(words) for words in each] == learner.size[r].tolist()
        assert np.bincount(env.word[r], minlength=env.num_words + 1).tolist() == env.users[r].tolist()
        assert all(word in words for word, words in zip(env.word[r], each, strict=True) if word < env.num_words)
    assert (env.num_successes <= env.num_games).all()
    assert learner.num_missed.sum() == 0


def test_there_are_exactly_as_many_committed_agents_as_asked_for_and_anyone_may_be():
    learner = NamingGame(first_word=1, committed=0.3)
    simulation = Simulation(Scenario(Naming(vocabulary=2), learner, "complete:n=10"), seed=1, replications=range(2000))
    simulation.advance(0)
    committed = simulation.layout.view("learner_0", simulation.buffers).is_committed
    assert (committed.sum(axis=1) == 3).all()
    assert committed.mean(axis=0) == pytest.approx(np.full(10, 0.3), abs=4 * math.sqrt(0.21 / 2000))


# --- Theorems and limits ---------------------------------------------------------------------------------------


@pytest.mark.compiled
def test_half_of_all_agents_invent_a_word():
    """Each is as likely to speak as to hear in its first game."""
    simulation = Simulation(scenario(), seed=3, replications=range(400))
    simulation.advance(2000)
    invented = simulation.layout.view("learner_0", simulation.buffers).num_invented[:, 0]
    assert invented.mean() == pytest.approx(50, abs=4 * invented.std() / 20)


def test_all_agree_in_the_end_and_the_verdict_is_their_word():
    result = run(scenario().replace({"network.n": 20}), replications=200, seed=1)
    assert (result.runs.stop == "settled").all()
    assert (result.runs.commonest_word_share == 1.0).all()
    assert (result.runs.games_to_80 <= result.runs.games_to_90).all()
    assert (result.runs.games_to_100 <= result.runs.steps).all()
    assert (result.agents.word == result.runs.verdict[0]).all()


def law_after(games, n, c):
    """Return the exact law of (n_A, n_B) among n - c who know B at first, beside c who say A for ever."""
    law, free = {(0, n - c): 1.0}, n - c
    for _ in range(games):
        after = {}
        for (a, b), chance in law.items():
            groups = {"A": a, "B": b, "AB": free - a - b, "C": c}
            for speaker, hearer in ((s, h) for s in groups for h in groups):
                pairs = groups[speaker] * (groups[hearer] - (speaker == hearer))
                for word in {"A": "A", "B": "B", "AB": "AB", "C": "A"}[speaker] if pairs > 0 else "":
                    weight = chance * pairs / (n * (n - 1)) / (2 if speaker == "AB" else 1)
                    new = {"A": a, "B": b, "AB": free - a - b, "C": 0}
                    is_success = word in {"C": "A"}.get(hearer, hearer)
                    changes = [(hearer, word if is_success else "AB")] if hearer != "C" else []
                    changes += [(speaker, word)] if is_success and speaker != "C" else []
                    for before, now in changes:
                        new[before] -= 1
                        new[now] += 1
                    key = new["A"], new["B"]
                    after[key] = after.get(key, 0.0) + weight
        law = after
    assert sum(law.values()) == pytest.approx(1.0)
    return law


@pytest.mark.parametrize("games", [7, 40])
def test_two_words_follow_their_exact_chain(games):
    n, c, runs = 6, 1, 4000
    model = Scenario(Naming(vocabulary=2), NamingGame(first_word=1, committed=c / n), f"complete:n={n}", 1000)
    simulation = Simulation(model, seed=games, replications=range(runs))
    simulation.advance(games)
    committed = simulation.layout.view("learner_0", simulation.buffers).is_committed == 1
    found = {}
    for agents, fixed in zip(inventories(simulation), committed, strict=True):
        free = [words for words, is_fixed in zip(agents, fixed, strict=True) if not is_fixed]
        key = sum(words == {0} for words in free), sum(words == {1} for words in free)
        found[key] = found.get(key, 0) + 1
    law = law_after(games, n, c)
    assert set(found) <= set(law)
    for key, chance in law.items():
        assert found.get(key, 0) / runs == pytest.approx(
            chance, abs=4.5 * math.sqrt(chance * (1 - chance) / runs) + 1e-3
        )


@pytest.mark.compiled
def test_a_large_population_follows_the_mean_field():
    n, p, times = 20_000, 0.08, np.array([2.0, 5.0, 10.0])
    model = Scenario(Naming(vocabulary=2), NamingGame(first_word=1, committed=p), f"complete:n={n}", 20 * n)
    simulation = Simulation(model, seed=1, replications=range(2))
    for time, (n_a, n_b) in zip(times, path(p, times), strict=True):
        simulation.advance(int(time * n))
        state = simulation.layout.view("learner_0", simulation.buffers)
        alone = (state.size == 1) & (state.is_committed == 0)
        assert (alone & (state.words[:, :, 0] == 1)).mean() == pytest.approx(n_b, abs=0.006)
        assert (alone & (state.words[:, :, 0] == 0)).mean() == pytest.approx(n_a, abs=0.006)


def test_at_states_of_rest_nothing_changes_and_they_meet_at_the_tipping_point():
    tip = tipping_point()
    for p in (0.02, 0.05, 0.09, tip - 1e-6):
        found = states_of_rest(p)
        assert len(found) == 2
        for n_a, n_b in found:
            assert rates(n_a, n_b, p) == pytest.approx([0.0, 0.0], abs=1e-10)
    upper, lower = states_of_rest(tip - 1e-6)
    assert upper == pytest.approx(lower, abs=0.01)
    assert states_of_rest(tip + 1e-6) == []
    assert path(0.09, np.array([200.0]))[0] == pytest.approx(states_of_rest(0.09)[0], abs=1e-6)
    assert path(0.11, np.array([200.0]))[0] == pytest.approx([0.89, 0.0], abs=1e-6)


@pytest.mark.compiled
def test_a_minority_tips_memories_if_it_is_large_and_not_if_it_is_small():
    for committed, tipped in ((2, 0.0), (10, 1.0)):
        learner = Recollection(first_word=1, committed=committed / 24)
        runs = run(Scenario(Naming(vocabulary=2), learner, "complete:n=24", 45 * 24), replications=50, seed=1).runs
        assert (runs.modal_word == 0).mean() == tipped


def test_a_forced_word_is_heard_and_not_understood():
    """Nobody knows word 2: whoever is made to say it, or to recognise it, spoils the first game and no other."""
    model = Scenario(Naming(vocabulary=3), NamingGame(first_word=1, committed=0.25), "complete:n=4", 200)
    result = fork(model, {"deviation": [Force(0, action=2)]}, at=0, steps=1, replications=60, seed=1)
    acts = result.table("fork").pivot_table(index=["run", "agent"], columns="branch", values=["action", "reward"])
    forced = acts["action"]["deviation"] == 2
    games = forced.groupby("run").transform("any")
    assert acts["reward"]["baseline"][games].max() == 1.0
    assert acts["reward"]["deviation"][games].max() == 0.0
    assert (acts["reward"]["deviation"][~games] == acts["reward"]["baseline"][~games]).all()


# --- Bad input -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("learner", ["naming_game", "recollection"])
@pytest.mark.parametrize("name", ["first_word", "committed_word"])
def test_a_word_that_does_not_exist_is_refused(learner, name):
    with pytest.raises(ParameterError) as error:
        run(scenario().replace({"environment.vocabulary": 2, "learner": f"{learner}:{name}=2"}), replications=1)
    assert str(error.value) == f"learner.{name}: 2 is not accepted; accepted: 0 to 1"


def test_an_environment_without_words_is_refused():
    from socialsim.environments.opinions import scenario as opinions

    with pytest.raises(ParameterError, match="needs the fact 'num_words'"):
        run(opinions().replace({"learner": "naming_game"}), replications=1)


@pytest.mark.parametrize(
    ("path", "value", "accepted"),
    [
        ("environment.vocabulary", -1, "an int, >= 0"),
        ("learner.committed", 1.0, "a float, >= 0, < 1"),
    ],
)
def test_a_value_out_of_range_is_named_by_its_path_with_what_is_accepted(path, value, accepted):
    with pytest.raises(ParameterError) as error:
        scenario().replace({path: value})
    assert str(error.value) == f"{path}: {value!r} is not accepted; accepted: {accepted}"


@pytest.mark.parametrize("learner", ["naming_game", "recollection"])
def test_a_committed_share_that_rounds_to_nobody_is_refused(learner):
    model = scenario().replace({"environment.vocabulary": 2, "learner": f"{learner}:committed=0.05", "network.n": 10})
    with pytest.raises(ParameterError, match=r"^learner.committed: 0.05 of 10 agents rounds to none; accepted: 0, or"):
        run(model, replications=1)
