import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from socialsim.core.errors import ParameterError
from socialsim.environments.evolution.theory import fixation_probability
from socialsim.environments.tournament.automata import Automaton, memory_one
from socialsim.environments.tournament.exact import (
    _walk,
    ecological_tournament,
    joint_chain,
    long_run_shares,
    outcome_shares,
    ranks,
    score_matrix,
)
from socialsim.environments.tournament.strategies import STEWART_PLOTKIN, strategy
from socialsim.environments.tournament.zero_determinant import (
    Game,
    equaliser,
    extortionate,
    generous,
    zero_determinant,
)

CHANCES = st.lists(st.floats(0, 1), min_size=5, max_size=5)
INSIDE = st.lists(st.floats(0.05, 0.95), min_size=4, max_size=4)


@st.composite
def automata(draw, most=4):
    size = draw(st.integers(1, most))
    chances = draw(st.lists(st.floats(0, 1), min_size=size, max_size=size))
    moves = draw(st.lists(st.lists(st.integers(0, size - 1), min_size=4, max_size=4), min_size=size, max_size=size))
    return Automaton(np.array(chances), np.array(moves))


def by_all_histories(first, second, turns, noise=0.0):
    """Return the expected shares of outcomes by going through every history: brute force."""
    p, q = first.with_noise(noise), second.with_noise(noise)
    counts = np.zeros(4)

    def go(s, t, chance, left):
        if not left or not chance:
            return
        for outcome, (x, y) in enumerate(((1, 1), (1, 0), (0, 1), (0, 0))):
            likely = chance * (p[s] if x else 1 - p[s]) * (q[t] if y else 1 - q[t])
            counts[outcome] += likely
            go(first.moves[s, outcome], second.moves[t, (0, 2, 1, 3)[outcome]], likely, left - 1)

    go(0, 0, 1.0, turns)
    return counts / turns


# --- By hand -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "second", "scores"),
    [
        ("tit_for_tat", "defector", (0.9, 1.4)),
        ("tit_for_tat", "suspicious_tit_for_tat", (2.5, 2.5)),
        ("grim", "random", ((1.5 + sum(0.5**t * 1.5 + (1 - 0.5**t) * 3.0 for t in range(1, 10))) / 10, None)),
        ("win_stay_lose_shift", "defector", (0.5, 3.0)),
        ("prober_3", "cooperator", ((5 + 3 + 8 * 5) / 10, 0.3)),
        ("hard_majority", "cooperator", ((5 + 9 * 3) / 10, 2.7)),
    ],
)
def test_ten_turns_by_hand(first, second, scores):
    game = Game()
    shares = outcome_shares(strategy(first), strategy(second), turns=10)
    assert shares @ game.own() == pytest.approx(scores[0])
    if scores[1] is not None:
        assert shares @ game.other() == pytest.approx(scores[1])


def test_one_mistake_of_tit_for_tat_by_hand():
    # with noise e: CC with (1 - e)^2; after it the same again; after CD both answer crosswise
    shares = outcome_shares(strategy("tit_for_tat"), strategy("tit_for_tat"), turns=1, noise=0.1)
    assert shares == pytest.approx([0.81, 0.09, 0.09, 0.01])


def test_a_match_that_may_end_weighs_early_turns_more():
    tit_for_tat, defector = strategy("tit_for_tat"), strategy("defector")
    shares = outcome_shares(tit_for_tat, defector, turns=3, ending=0.5)
    assert shares == pytest.approx([0, 1 / 1.75, 0, 0.75 / 1.75])


# --- Two roads, properties ---------------------------------------------------------------------------------------


@settings(max_examples=40)
@given(automata(), automata(), st.integers(1, 5), st.sampled_from([0.0, 0.1]))
def test_the_chain_agrees_with_all_histories(first, second, turns, noise):
    assert outcome_shares(first, second, turns, noise) == pytest.approx(by_all_histories(first, second, turns, noise))


@settings(max_examples=30)
@given(automata(), automata(), st.integers(1, 20), st.sampled_from([0.0, 0.1]), st.sampled_from([0.0, 0.2]))
def test_large_strategies_go_another_way_to_the_same_shares(first, second, turns, noise, ending):
    walked = _walk(first, second, turns, noise, ending)
    assert walked == pytest.approx(outcome_shares(first, second, turns, noise, ending))


@settings(max_examples=40)
@given(automata(), automata(), st.integers(1, 30))
def test_both_players_see_the_same_match(first, second, turns):
    shares = outcome_shares(first, second, turns)
    assert shares.sum() == pytest.approx(1.0)
    assert outcome_shares(second, first, turns)[[0, 2, 1, 3]] == pytest.approx(shares)


@settings(max_examples=20)
@given(automata(), automata())
def test_long_matches_come_near_the_long_run(first, second):
    # chances far from 0 and 1, so that the chain forgets its start soon
    first, second = (player._replace(chances=0.1 + 0.8 * player.chances) for player in (first, second))
    gap = [np.abs(outcome_shares(first, second, turns) - long_run_shares(first, second)).max() for turns in (500, 2000)]
    assert gap[1] < 0.02
    assert gap[1] <= 0.3 * gap[0] + 1e-9  # as 1 / turns


def test_a_periodic_long_run_is_a_mean_over_time():
    shares = long_run_shares(strategy("tit_for_tat"), strategy("suspicious_tit_for_tat"))
    assert shares == pytest.approx([0, 0.5, 0.5, 0])


def test_a_long_run_with_several_ends_weighs_them_by_their_chances():
    # prober_2 settles on cooperation or tit for tat by what random did in turns 2 and 3
    shares = long_run_shares(strategy("prober_2"), strategy("random"))
    assert shares == pytest.approx(0.25 * np.array([0.5, 0.5, 0, 0]) + 0.75 * np.full(4, 0.25))


def test_a_chain_holds_only_pairs_that_can_be_reached():
    assert joint_chain(strategy("tit_for_tat"), strategy("cooperator")).outcomes.tolist() == [[1.0, 0.0, 0.0, 0.0]]
    assert len(joint_chain(strategy("hard_majority"), strategy("defector"), turns=7).outcomes) == 7


# --- Zero-determinant strategies: theorems -----------------------------------------------------------------------


@settings(max_examples=30)
@given(INSIDE, st.floats(1, 3), st.floats(1.1, 10), st.floats(0.05, 1))
def test_a_zero_determinant_strategy_enforces_its_line_on_any_memory_one_opponent(opponent, kappa, chi, share):
    player = memory_one(zero_determinant(kappa, chi, share * largest(kappa, chi)))
    shares = long_run_shares(player, memory_one(opponent))
    own, other = shares @ Game().own(), shares @ Game().other()
    assert own - kappa == pytest.approx(chi * (other - kappa), abs=1e-7)


def largest(kappa, chi):
    game = Game()
    return 1.0 / np.abs((game.own() - kappa) - chi * (game.other() - kappa)).max()


@pytest.mark.parametrize("opponent", [name for name in STEWART_PLOTKIN if not strategy(name).horizon])
@pytest.mark.parametrize(
    ("player", "kappa", "chi"), [("extort_2", 1.0, 2.0), ("extortionate:chi=5", 1.0, 5.0), ("zdgtft_2", 3.0, 2.0)]
)
def test_the_line_holds_against_every_strategy_however_long_it_remembers(player, kappa, chi, opponent):
    shares = long_run_shares(strategy(player), strategy(opponent))
    own, other = shares @ Game().own(), shares @ Game().other()
    assert own - kappa == pytest.approx(chi * (other - kappa), abs=1e-9)


@given(INSIDE, st.floats(1.2, 2.8))
def test_an_equaliser_sets_its_opponents_score(opponent, score):
    shares = long_run_shares(memory_one(equaliser(score)), memory_one(opponent))
    assert shares @ Game().other() == pytest.approx(score)


@given(st.floats(1.1, 20))
def test_extortion_and_generosity_are_exact_against_themselves(chi):
    for chances, score in ((extortionate(chi), 1.0), (generous(chi), 3.0)):
        shares = long_run_shares(memory_one(chances), memory_one(chances))
        assert shares @ Game().own() == pytest.approx(score)


def test_the_extortioner_gains_most_from_an_unconditional_cooperator():
    # Press & Dyson: s_X = P + (R - P) chi (T - S) / ((T - R) + ...), largest where Y always cooperates
    scores = score_matrix(["extort_2", "cooperator"], turns=0)
    assert scores[0, 1] == pytest.approx(3.5)
    assert scores[1, 0] == pytest.approx(2.25)


# --- Tournaments -------------------------------------------------------------------------------------------------


def test_the_nineteen_have_the_published_ranks():
    places = dict(zip(STEWART_PLOTKIN, ranks(score_matrix(STEWART_PLOTKIN)), strict=True))
    assert [places[name] for name in ("zdgtft_2", "generous_tit_for_tat", "win_stay_lose_shift")] == [1, 2, 7]
    assert [places[name] for name in ("random", "extort_2", "defector")] == [8, 18, 19]


def test_ranks_may_leave_out_the_match_against_oneself():
    scores = [[3.0, 1.0], [1.5, 1.0]]
    assert ranks(scores).tolist() == [1, 2]
    assert ranks(scores, self_play=False).tolist() == [2, 1]


def test_noise_ruins_tit_for_tat_and_not_the_generous():
    spoilt = score_matrix(["tit_for_tat", "generous_tit_for_tat", "win_stay_lose_shift"], noise=0.01)
    assert spoilt[0, 0] < 2.5
    assert spoilt[1, 1] > 2.9
    assert spoilt[2, 2] > 2.9


def test_selection_on_exact_scores():
    scores = score_matrix(["tit_for_tat", "defector"], turns=10)
    # one tit-for-tat player among nineteen defectors takes over more often than a neutral one would
    assert fixation_probability(scores, 20, selection=0.1, averaged=True) > 1 / 20
    assert fixation_probability(scores, 20, selection=0.1, averaged=True, mutant=1) < 1 / 20


def test_defectors_thrive_at_first_and_die_out_with_those_they_exploit():
    specs = ("tit_for_tat", "cooperator", "defector")
    path = ecological_tournament(score_matrix(specs), 100, [0.2, 0.5, 0.3])
    assert path.sum(axis=1) == pytest.approx(np.ones(101))
    assert path[3, 2] > path[0, 2]
    assert path[-1, 2] < 0.001
    assert path[-1, 0] > path[0, 0]


# --- Bad input -----------------------------------------------------------------------------------------------------


def test_what_has_no_answer_is_refused():
    with pytest.raises(ParameterError, match="a strategy that counts has no long run here"):
        score_matrix(["hard_majority", "random"], turns=0)
    with pytest.raises(ParameterError, match="turns: 100 is not accepted; accepted: at most 50 with a strategy"):
        outcome_shares(strategy("hard_majority", turns=50), strategy("random"), turns=100)
    with pytest.raises(ParameterError, match=r"noise: 1\.5 is not accepted; accepted: a chance in"):
        score_matrix(["random"], noise=1.5)
    with pytest.raises(ParameterError, match="noise: nan is not accepted; accepted: a chance in"):
        score_matrix(["random"], turns=0, noise=float("nan"))
    with pytest.raises(ParameterError, match="ending: 1 is not accepted; accepted: a chance, >= 0, < 1"):
        score_matrix(["random"], ending=1)
    with pytest.raises(ParameterError, match="turns: -1 is not accepted; accepted: an integer, >= 1"):
        score_matrix(["random"], turns=-1)
    with pytest.raises(ParameterError, match=r"chances to cooperate: .*1\.5.* are not accepted; accepted: each in"):
        score_matrix([Automaton(np.array([1.5]), np.zeros((1, 4), np.int64))])
    with pytest.raises(ParameterError, match="moves: accepted: four of the states 0 to 0 for each of 1 states"):
        score_matrix([Automaton(np.array([0.5]), np.ones((1, 4), np.int64))])
    with pytest.raises(ParameterError, match="scores: all that are left score 0"):
        ecological_tournament(np.zeros((2, 2)), 1)
    with pytest.raises(ParameterError, match="scores: -1 is not accepted; accepted: scores >= 0"):
        ecological_tournament([[-1.0]], 1)
    with pytest.raises(ParameterError, match="accepted: 2 shares that sum to 1"):
        ecological_tournament(np.ones((2, 2)), 1, [0.5, 0.6])
