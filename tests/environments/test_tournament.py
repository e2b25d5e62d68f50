import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from socialsim.core.errors import ParameterError
from socialsim.core.streams import Purpose, seed_streams
from socialsim.engine.run import run
from socialsim.engine.scenario import PresenceEvent, Scenario
from socialsim.environments.tournament import METRICS, MOST_TURNS, Tournament, cooperation_rate, play, scenario
from socialsim.environments.tournament.exact import outcome_shares, score_matrix
from socialsim.environments.tournament.strategies import LIBRARY, STEWART_PLOTKIN, strategy

STOCHASTIC = ("random", "joss", "generous_tit_for_tat", "zdgtft_2", "extort_2")
PLAIN = [name for name in LIBRARY if name not in ("cycler", "extortionate", "generous", "equaliser", "calculator")]


def hold(strategies, steps=1, replications=1, network=None, seed=1, **parameters):
    """Return the agents of a tournament, one array a column of shape (replications, num_agents)."""
    network = network or f"complete:n={len(strategies)}"
    model = Scenario(Tournament(strategies=strategies, **parameters), "innate", network, steps, (cooperation_rate,))
    agents = run(model, replications=replications, seed=seed, threads=1, record="counts").agents
    return {name: agents[name].to_numpy().reshape(replications, -1) for name in ("score", "cooperation", "wins")}


def counts_of(first, second, turns, seed=1, noise=0.0):
    """Return how often each outcome happened in one match."""
    state = Tournament(strategies=(first, second), turns=turns, noise=noise).state(2)
    stream = seed_streams(seed, np.arange(1), Purpose.DYNAMICS)[0]
    counts = int(getattr(play, "py_func", play)(state, state.first[0], state.first[1], turns, stream))
    return [counts >> (16 * k) & 0xFFFF for k in range(4)]


# --- By hand -----------------------------------------------------------------------------------------------------


def test_a_repetition_by_hand():
    agents = hold(("tit_for_tat", "defector", "cooperator"), turns=4)
    # of 12 turns each: tit for tat gets 12 from itself, 0 + 3 from the defector, 12 from the cooperator
    assert agents["score"][0] == pytest.approx([27 / 12, (4 + 5 + 3 + 20) / 12, (12 + 12 + 0) / 12])
    assert agents["cooperation"][0] == pytest.approx([9 / 12, 0, 1])
    assert agents["wins"][0].tolist() == [0.0, 1.0, 0.0]


def test_without_self_play_only_others_count():
    agents = hold(("tit_for_tat", "defector"), turns=4, self_play=False, steps=3)
    assert agents["score"][0] == pytest.approx([3 / 4, 8 / 4])


def test_other_payoffs_are_paid():
    agents = hold(("cooperator", "defector"), turns=2, self_play=False, reward=2.0, sucker=-1.0, temptation=3.5)
    assert agents["score"][0].tolist() == [-1.0, 3.5]


def test_an_act_that_always_goes_wrong_is_the_opposite_one():
    agents = hold(("cooperator", "defector"), turns=5, noise=1.0)
    assert agents["cooperation"][0].tolist() == [0.0, 1.0]


@pytest.mark.parametrize("turns", [1, 7, 50])
def test_outcomes_of_a_match_add_up_to_its_turns(turns):
    assert sum(counts_of("random", "joss", turns)) == turns


def test_a_match_may_be_as_long_as_a_count_can_hold():
    assert MOST_TURNS == 2**16 - 1
    assert counts_of("cooperator", "cooperator", MOST_TURNS) == [MOST_TURNS, 0, 0, 0]


# --- Two roads ---------------------------------------------------------------------------------------------------


@settings(max_examples=60)
@given(st.sampled_from(PLAIN), st.sampled_from(PLAIN))
def test_matches_without_chance_are_those_of_the_exact_chain(first, second):
    if strategy(first).is_random(0.0) or strategy(second).is_random(0.0):
        return
    shares = outcome_shares(strategy(first), strategy(second), turns=60)
    assert counts_of(first, second, turns=60) == pytest.approx(60 * shares)


@pytest.mark.parametrize(("noise", "ending"), [(0.0, 0.0), (0.05, 0.0), (0.0, 0.1), (0.02, 0.05)])
def test_sampled_scores_have_the_exact_expectation(noise, ending):
    runs, turns = 150, 20
    model = {"turns": turns, "noise": noise, "ending": ending}
    scores = hold(STOCHASTIC, replications=runs, **model)["score"]
    exact = score_matrix(STOCHASTIC, **model).mean(axis=1)
    gap = (scores.mean(axis=0) - exact) / (scores.std(axis=0, ddof=1) / np.sqrt(runs))
    # with a random end a run's score is a ratio, biased by about 1 / (turns played)
    assert np.abs(gap).max() < 3.7  # p = .001 in all


@pytest.mark.compiled
def test_the_nineteen_score_as_expected():
    scores = hold(STEWART_PLOTKIN, steps=5, replications=400)["score"]
    exact = score_matrix(STEWART_PLOTKIN).mean(axis=1)
    error = scores.std(axis=0, ddof=1) / np.sqrt(400)
    assert np.abs(scores.mean(axis=0) - exact).max() < 0.01
    assert (np.abs(scores.mean(axis=0) - exact) < 4.2 * error).all()  # p = .0005 in all


def test_a_match_without_chance_is_remembered_as_it_was_played():
    once = hold(("prober", "hard_majority", "gradual"), steps=1)["score"]
    often = hold(("prober", "hard_majority", "gradual"), steps=6)["score"]
    assert once == pytest.approx(often)
    assert once[0, 0] > 1.0


# --- Networks ----------------------------------------------------------------------------------------------------


def test_on_a_network_only_neighbours_meet():
    agents = hold(("cooperator", "defector", "cooperator"), network="path:n=3", self_play=False, turns=3)
    assert agents["score"][0].tolist() == [0.0, 5.0, 0.0]


@pytest.mark.parametrize("edges", [[(0, 1)], [(1, 0)], [(0, 1), (1, 0)]])
def test_an_edge_of_either_direction_is_one_match(edges):
    graph = nx.DiGraph()
    graph.add_nodes_from(range(2))
    graph.add_edges_from(edges)
    model = Scenario(Tournament(strategies=("random", "random"), turns=1), "innate", graph, 1, (cooperation_rate,))
    state = model.replace({"environment.self_play": False})
    agents = run(state, replications=30, seed=2, record="counts").agents
    assert set(agents.wins) <= {0.0, 1.0}
    assert agents.score.notna().all()


def test_more_agents_than_strategies_share_them_in_turns():
    agents = hold(("cooperator", "defector"), network="complete:n=4", turns=1, self_play=False)
    assert agents["cooperation"][0].tolist() == [1.0, 0.0, 1.0, 0.0]
    assert agents["score"][0] == pytest.approx([1.0, 11 / 3, 1.0, 11 / 3])


def test_who_has_failed_meets_nobody():
    model = Scenario(
        Tournament(strategies=("cooperator", "defector"), turns=1, self_play=False),
        "innate",
        "complete:n=4",
        1,
        (cooperation_rate,),
        presence_events=(PresenceEvent(0, 1, "fail"),),
    )
    agents = run(model, replications=1, seed=1).agents
    assert agents.score.to_numpy() == pytest.approx([1.5, np.nan, 1.5, 5.0], nan_ok=True)


def test_where_nobody_plays_nothing_is_defined():
    model = Scenario(Tournament(strategies=("random",), self_play=False), "innate", "complete:n=1", 1, METRICS)
    result = run(model, replications=2, seed=1)
    assert result.runs.winner.tolist() == [-1, -1]
    assert [estimate.reason for estimate in result.metrics.values()] == ["no runs"] * 3


# --- Outcomes ----------------------------------------------------------------------------------------------------


def test_the_winner_scores_highest():
    model = Scenario(
        Tournament(strategies=("cooperator", "defector", "tit_for_tat"), turns=3), "innate", "complete:n=3", 2, ()
    )
    runs = run(model, replications=2, seed=1).runs
    assert runs.winner.tolist() == [1, 1]
    assert runs.winning_score.tolist() == runs.score_defector.tolist() == pytest.approx([(3 + 15 + 7) / 9] * 2)


def test_no_two_strategies_share_a_label():
    game = Tournament(strategies=("prober", "prober", "prober_2", "prober_2", "prober"))
    assert game.labels() == ["prober", "prober_3", "prober_2", "prober_2_2", "prober_4"]
    runs = run(Scenario(game, "innate", "complete:n=5", 1, ()), replications=1, seed=1, threads=1).runs
    assert sum(name.startswith("score_") for name in runs.columns) == 5


def test_the_default_is_the_tournament_of_stewart_and_plotkin():
    model = scenario()
    assert model.environment.strategies == STEWART_PLOTKIN
    assert (model.environment.turns, model.environment.noise, model.environment.self_play) == (200, 0.0, True)


# --- Bad input ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"strategies": ()}, "strategies: none is not accepted; accepted: at least one name"),
        ({"turns": 0}, "turns: 0 is not accepted; accepted: an int, >= 1, <= 65535"),
        ({"noise": 1.5}, "noise: 1.5 is not accepted; accepted: a float, >= 0, <= 1"),
        ({"ending": 1.0}, "ending: 1.0 is not accepted; accepted: a float, >= 0, < 1"),
        ({"strategies": ("random:cooperation=2",)}, "strategies: strategy random: chances to cooperate: [2.0"),
        ({"strategies": ("tft",)}, "strategies: unknown strategy 'tft'"),
        ({"strategies": ("extortionate:chi=2,phi=1",)}, "strategies: strategy extortionate: phi: 1 is not accepted; "),
    ],
)
def test_wrong_parameters_are_refused(parameters, message):
    with pytest.raises(ParameterError) as error:
        Tournament(**parameters)
    assert str(error.value).startswith(message)


def test_too_few_agents_are_refused():
    with pytest.raises(ParameterError, match="network: 2 agents are too few for 3 strategies; accepted: at least one"):
        run(Scenario(Tournament(strategies=("random",) * 3), "innate", "complete:n=2", 1, ()), replications=1)
