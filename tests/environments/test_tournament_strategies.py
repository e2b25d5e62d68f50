import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from socialsim.core.errors import ParameterError
from socialsim.environments.tournament.automata import (
    MOST_STATES,
    OUTCOMES,
    Automaton,
    memory_one,
    of_history,
    read_automaton,
    unroll,
)
from socialsim.environments.tournament.strategies import LIBRARY, STEWART_PLOTKIN, strategy
from socialsim.environments.tournament.zero_determinant import Game, zero_determinant

HEADER = "state,cooperate,after_cc,after_cd,after_dc,after_dd\n"
SPECS = [*(name for name in LIBRARY if name not in ("cycler", "extortionate", "generous", "equaliser"))]
SPECS += ["cycler:acts=CCD", "extortionate:chi=3", "generous:chi=1.5", "equaliser:score=2"]


def answers(spec, theirs, meant=None):
    """Return what a strategy without chance does against given acts; ``meant`` forces acts in its place."""
    automaton, place, done = strategy(spec), 0, ""
    for turn, other in enumerate(theirs):
        chance = automaton.chances[place]
        assert chance in (0.0, 1.0)
        own = meant.get(turn, "DC"[int(chance)]) if meant else "DC"[int(chance)]
        done += own
        place = automaton.moves[place, OUTCOMES.index(own + other)]
    return done


# --- By hand ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spec", "theirs", "own"),
    [
        ("cooperator", "CDDC", "CCCC"),
        ("defector", "CDDC", "DDDD"),
        ("tit_for_tat", "CDDCC", "CCDDC"),
        ("suspicious_tit_for_tat", "CDDCC", "DCDDC"),
        ("anti_tit_for_tat", "CDDCC", "CDCCD"),
        ("bully", "CDDCC", "DDCCD"),
        ("win_stay_lose_shift", "CDDDC", "CCDCD"),
        ("grim", "CDCCC", "CCDDD"),
        ("tit_for_two_tats", "DDCDCDD", "CCDCCCC"),
        ("two_tits_for_tat", "CDCCC", "CCDDC"),
        ("hard_tit_for_tat", "DCCCC", "CDDDC"),
        ("hard_tit_for_tat:depth=2", "DCCCC", "CDDCC"),
        ("hard_tit_for_two_tats", "DDCCDC", "CCDDCC"),
        ("slow_tit_for_tat", "DDDCCD", "CCDDDC"),
        ("alternator", "DDDD", "CDCD"),
        ("cycler:acts=CCD", "DDDDD", "CCDCC"),
        ("prober", "CCCCCD", "DCCDDD"),
        ("prober", "CDCDCC", "DCCCDC"),
        ("prober_2", "CDCDDD", "DCCCCC"),
        ("prober_2", "CCCDDC", "DCCCDD"),
        ("prober_3", "CCCC", "DCDD"),
        ("prober_3", "CDCD", "DCDC"),
        ("hard_prober", "CCCCCC", "DDCCDD"),
        ("hard_prober", "CDCCDC", "DDCCCD"),
        ("hard_majority", "CDDCCC", "DCDDDC"),
        ("soft_majority", "CDDCCC", "CCCDCC"),
        ("gradual", "DCCCCDCCCCC", "CDCCCCDDCCC"),
        ("gradual", "DDDDDDDDDDDD", "CDCCDDCCDDDC"),
        ("contrite_tit_for_tat", "CDDCC", "CCDDC"),
    ],
)
def test_a_strategy_answers_as_it_is_defined(spec, theirs, own):
    assert answers(spec, theirs) == own


def test_contrite_tit_for_tat_bears_the_answer_to_its_own_mistake():
    # by mistake it defects in turn 1; tit for tat answers in turn 2, and is not answered
    assert answers("contrite_tit_for_tat", "CCDC", meant={1: "D"}) == "CDCC"
    assert answers("tit_for_tat", "CCDC", meant={1: "D"}) == "CDCD"


def test_slow_tit_for_tat_cooperates_twice_even_after_a_mistake():
    assert answers("slow_tit_for_tat", "CCDC", meant={0: "D"}) == "DCCC"
    # later a mistake is a change of mood, until the other does the same twice
    assert answers("slow_tit_for_tat", "CDCDCC", meant={2: "D"}) == "CCDDDD"


def test_calculator_defects_for_ever_on_who_was_periodic_and_else_is_tit_for_tat():
    automaton = strategy("calculator")

    def after(theirs):
        place = 0
        for other in theirs:
            own = "C" if automaton.chances[place] > 0.5 else "D"
            place = automaton.moves[place, OUTCOMES.index(own + other)]
        return automaton.chances[place]

    for period in ("C", "CD", "CCCCCCCCCD"):
        assert after((period * 20)[:20]) == after((period * 20)[:20] + "C") == 0.0
    other = "CCCCCCCCCCD" + "C" * 9  # of period 11
    assert after(other) == after(other + "DC") == 1.0
    assert after(other + "D") == 0.0
    assert [after("C" * k) for k in (0, 1, 19)] == [1.0, 0.9, 0.9]
    assert after("CD" * 5 + "DD") == 0.0


def test_generous_tit_for_tat_forgives_as_often_as_the_payoffs_allow():
    assert sorted(strategy("generous_tit_for_tat").chances) == pytest.approx([1 / 3, 1.0])
    other = strategy("generous_tit_for_tat", Game(reward=4.0, sucker=0.0, temptation=5.0, punishment=3.0))
    assert sorted(other.chances) == [0.5, 1.0]  # min(1 - 1/4, 1/2)


def test_zero_determinant_strategies_are_those_of_stewart_and_plotkin():
    assert strategy("extort_2").chances == pytest.approx([1.0, 8 / 9, 1 / 2, 1 / 3, 0.0])
    assert sorted(strategy("zdgtft_2").chances) == [0.125, 0.25, 1.0]


def test_the_nineteen_are_nineteen():
    assert len(set(STEWART_PLOTKIN)) == 19
    assert set(STEWART_PLOTKIN) <= set(LIBRARY)


# --- Properties --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("spec", SPECS)
def test_every_strategy_is_an_automaton(spec):
    automaton = strategy(spec)
    size = len(automaton.chances)
    assert automaton.moves.shape == (size, 4)
    assert ((automaton.chances >= 0) & (automaton.chances <= 1)).all()
    assert ((automaton.moves >= 0) & (automaton.moves < size)).all()


@given(st.lists(st.floats(0, 1), min_size=5, max_size=5), st.lists(st.sampled_from(OUTCOMES), max_size=8))
def test_memory_one_looks_at_the_last_turn_alone(chances, history):
    automaton, place = memory_one(chances[1:], chances[0]), 0
    for outcome in history:
        place = automaton.moves[place, OUTCOMES.index(outcome)]
    expected = chances[1 + OUTCOMES.index(history[-1])] if history else chances[0]
    assert automaton.chances[place] == expected


@given(st.integers(1, 4), st.randoms(use_true_random=False), st.lists(st.sampled_from(OUTCOMES), max_size=12))
def test_merging_states_changes_nothing_that_can_be_seen(depth, random, history):
    table = {}

    def chance(mine, theirs):
        return table.setdefault((mine, theirs), random.choice([0.0, 0.5, 1.0]))

    automaton, place, mine, theirs = of_history(depth, chance), 0, "", ""
    for own, other in history:
        place = automaton.moves[place, OUTCOMES.index(own + other)]
        mine, theirs = (mine + own)[-depth:], (theirs + other)[-depth:]
    assert automaton.chances[place] == table[mine, theirs]


@pytest.mark.parametrize("turns", range(1, 8))
def test_majorities_count_all_turns_of_a_match(turns):
    for name, wins in (("hard_majority", lambda lead: lead > 0), ("soft_majority", lambda lead: lead >= 0)):
        automaton = strategy(name, turns=turns)
        assert automaton.horizon == turns
        for theirs in itertools.product("CD", repeat=turns - 1):
            place = 0
            for turn in range(turns):
                lead = theirs[:turn].count("C") - theirs[:turn].count("D")
                assert automaton.chances[place] == wins(lead)
                if turn < turns - 1:
                    place = automaton.moves[place, OUTCOMES.index("C" + theirs[turn])]


def test_the_longest_match_has_a_majority():
    assert len(strategy("hard_majority", turns=65_535).chances) <= MOST_STATES


def test_a_rule_that_counts_holds_for_as_many_turns_as_are_asked_for():
    short = strategy("hard_majority", turns=5)
    assert short.horizon == 5
    assert len(short.chances) < len(strategy("hard_majority", turns=50).chances)
    assert strategy("grim").horizon == 0


@given(st.floats(0, 1), st.floats(0, 1))
def test_noise_turns_chances_towards_one_half_and_beyond(chance, noise):
    seen = Automaton(np.array([chance]), np.zeros((1, 4), np.int64)).with_noise(noise)[0]
    assert seen == pytest.approx(chance + noise * (1 - 2 * chance))


@given(st.floats(1, 3), st.floats(1, 20), st.floats(0.01, 1))
def test_zero_determinant_strategies_are_chances_for_all_phi_up_to_the_largest(kappa, chi, share):
    half = zero_determinant(kappa, chi)
    direction = (half - [1, 1, 0, 0]) * 2.0  # at the largest phi
    assert np.abs(direction).max() == pytest.approx(1.0)
    assert ((half >= 0) & (half <= 1)).all()


# --- Files -------------------------------------------------------------------------------------------------------


def test_an_automaton_is_read_from_a_file(tmp_path):
    path = tmp_path / "grim.csv"
    path.write_text(HEADER + "calm, 1, calm, angry, calm, angry\nangry, 0, angry, angry, angry, angry\n")
    grim, ours = read_automaton(str(path)), strategy("grim")
    assert grim.moves.tolist() == ours.moves.tolist()
    assert strategy(f'automaton:file="{path.as_posix()}"').chances.tolist() == ours.chances.tolist()


def test_a_byte_order_mark_is_no_part_of_a_column(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text(HEADER + "a,0.5,a,a,a,a\n", encoding="utf-8-sig")
    assert read_automaton(str(path)).chances.tolist() == [0.5]


def test_a_file_that_has_changed_is_read_again(tmp_path):
    path = tmp_path / "mine.csv"
    for chance in (0.25, 0.75):
        path.write_text(HEADER + f"a,{chance},a,a,a,a\n")
        assert strategy(f'automaton:file="{path.as_posix()}"').chances.tolist() == [chance]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "file {}, line 1: columns none; accepted: state, cooperate, after_cc, after_cd, after_dc, after_dd"),
        (HEADER, "file {}: 0 states; accepted: 1 to 65536, one a line"),
        (
            HEADER.replace(",", ";") + "a;1;a;a;a;a\n",
            "file {}, line 1: columns state;cooperate;after_cc;after_cd;after_dc;after_dd; accepted: state, cooperate, "
            "after_cc, after_cd, after_dc, after_dd",
        ),
        (HEADER + "a,1,a,a,a\n", "file {}, line 2: 5 fields; accepted: 6"),
        (
            HEADER + "a,1,a,a,a,a\nb,1.5,a,a,a,a\n",
            "file {}, line 3, column cooperate: '1.5' is not accepted; accepted: a chance in [0, 1]",
        ),
        (
            HEADER + "a,yes,a,a,a,a\n",
            "file {}, line 2, column cooperate: 'yes' is not accepted; accepted: a chance in [0, 1]",
        ),
        (
            HEADER + "a,1,a,c,a,a\n",
            "file {}, line 2, column after_cd: 'c' is not accepted; accepted: a state of the column state, such as 'a'",
        ),
        (HEADER + "a,1,a,a,a,a\n\na,1,a,a,a,a\n", "file {}, line 4, column state: 'a' is there twice"),
    ],
)
def test_a_wrong_file_is_refused_with_line_and_column(tmp_path, text, message):
    path = tmp_path / "mine.csv"
    path.write_text(text)
    with pytest.raises(ParameterError) as error:
        read_automaton(str(path))
    assert str(error.value) == message.format(path.as_posix())


# --- Bad input ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("tit_for_tit", "unknown strategy 'tit_for_tit'; did you mean 'tit_for_tat'?"),
        ("joss:coperation=0.5", "strategy joss: unknown parameter 'coperation'; did you mean 'cooperation'?"),
        ("random:cooperation=2", "strategy random: chances to cooperate: [2.0, 2.0, 2.0, 2.0, 2.0] are not accepted; "
         "accepted: each in [0, 1]"),
        ("random:cooperation=often", "strategy random: cooperation: 'often' is not accepted; accepted: a number"),
        ("memory_one:cc=1,cd=0,dc=1", "strategy memory_one: dd is missing; accepted: memory_one:dd=VALUE"),
        ("memory_one:cc=nan,cd=0,dc=1,dd=0", "strategy memory_one: chances to cooperate: [1.0, nan, 0.0, 1.0, 0.0] are "
         "not accepted; accepted: each in [0, 1]"),
        ("cycler:acts=CX", "strategy cycler: acts: 'CX' is not accepted; accepted: letters C and D, such as 'CCD'"),
        ("hard_tit_for_tat:depth=0", "strategy hard_tit_for_tat: depth: 0 is not accepted; accepted: an integer, >= 1, "
         "<= 8"),
        ("extortionate:chi=2,phi=0.2", "strategy extortionate: phi: 0.2 is not accepted; accepted: a float, > 0, <= "
         "0.111111 with kappa = 1 and chi = 2"),
        ("equaliser:score=4", "strategy equaliser: score = 4 cannot be enforced with the payoffs (R, S, T, P) = (3, 0, "
         "5, 1); accepted: in a prisoner's dilemma, baselines from P to R and chi >= 1"),
        ("extortionate:chi=0.5", "strategy extortionate: kappa = 1 and chi = 0.5 cannot be enforced with the payoffs "
         "(R, S, T, P) = (3, 0, 5, 1); accepted: in a prisoner's dilemma, baselines from P to R and chi >= 1"),
    ],
)  # fmt: skip
def test_a_wrong_strategy_is_refused(spec, message):
    with pytest.raises(ParameterError) as error:
        strategy(spec)
    assert str(error.value).partition(" Accepted: ")[0] == message


def test_generous_tit_for_tat_is_refused_where_the_payoffs_say_nothing_about_it():
    flat = Game(reward=0.0, sucker=0.0, temptation=5.0, punishment=0.0)
    with pytest.raises(ParameterError, match="generosity is missing; accepted: a chance, or payoffs with T > P"):
        strategy("generous_tit_for_tat", flat)
    assert sorted(strategy("generous_tit_for_tat:generosity=0.2", flat).chances) == [0.2, 1.0]
    assert sorted(strategy("generous_tit_for_tat", Game(temptation=7.0)).chances) == [0.0, 1.0]  # 1 - 4 / 3 < 0
    with pytest.raises(ParameterError, match="accepted: each in"):
        strategy("generous_tit_for_tat:generosity=-1")


def test_more_states_than_16_bits_tell_apart_are_refused():
    def move(seen, own, other):  # 2^17 acts of the other, each told apart later
        return seen if len(seen) > 16 else seen + other

    with pytest.raises(ParameterError, match="more than 65536 states"):
        unroll("", lambda seen: hash(seen) % 9973 / 9973, move)


def test_a_rule_without_end_is_refused():
    with pytest.raises(ParameterError, match="more than 65536 states; accepted: fewer, or shorter matches"):
        unroll("", lambda seen: 1.0, lambda seen, own, other: seen + own + other, turns=200)
