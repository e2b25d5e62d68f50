import sys

import numpy as np
import pytest

from socialsim.core.errors import MissingExtraError, ParameterError
from socialsim.environments.tournament import Tournament
from socialsim.environments.tournament.automata import OUTCOMES
from socialsim.environments.tournament.exact import outcome_shares
from socialsim.environments.tournament.strategies import strategy
from socialsim.environments.tournament.zero_determinant import Game

OURS = {
    **{"TitForTat": "tit_for_tat", "WinStayLoseShift": "win_stay_lose_shift", "Bully": "bully", "Random": "random"},
    **{"TitFor2Tats": "tit_for_two_tats", "TwoTitsForTat": "two_tits_for_tat", "HardTitForTat": "hard_tit_for_tat"},
    **{"HardTitFor2Tats": "hard_tit_for_two_tats", "CyclerCCD": "cycler:acts=CCD", "FirmButFair": "firm_but_fair"},
    **{"GTFT": "generous_tit_for_tat", "ZDExtort2": "extort_2", "ZDGTFT2": "zdgtft_2", "FirstByJoss": "joss"},
}


class Told:
    """A source of chance that says with which chance it was asked to cooperate."""

    def random_choice(self, chance):
        self.chance = float(chance)
        return sys.modules["axelrod"].Action.C


@pytest.fixture(scope="module")
def library():
    return pytest.importorskip("axelrod")


@pytest.fixture(scope="module")
def converted(library):
    """Return the automata of all players that have one, and the reasons of the others."""
    automata, reasons = {}, {}
    for player in library.all_strategies:
        try:
            automata[player.__name__] = strategy(f"axelrod:{player.__name__}")
        except ParameterError as error:
            reasons[player.__name__] = str(error).partition(": ")[2].partition(";")[0]
    return automata, reasons


def chances(library, kind, history):
    """Return the chances with which a player of the library cooperates after each part of a history."""
    player, opponent, told = kind(), library.MockPlayer(), Told()
    player.set_match_attributes(game=library.Game())
    player._random = told
    result = []
    for own, other in [*history, (None, None)]:
        told.chance = None
        act = player.strategy(opponent)
        result.append(float(act == library.Action.C) if told.chance is None else told.chance)
        if own:
            player.update_history(library.Action[own], library.Action[other])
            opponent.update_history(library.Action[other], library.Action[own])
    return result


def test_every_automaton_does_what_its_player_does_after_any_history(library, converted):
    source = np.random.default_rng(3)
    for name, automaton in converted[0].items():
        # short ones for the openings, and long ones in which one act is rare, so that runs of the other are long
        for turns, share in [(6, 0.5)] * 10 + [(60, 0.1), (60, 0.5), (60, 0.9), (300, 0.5)] * 2:
            history = ["".join("DC"[k] for k in pair) for pair in (source.random((turns, 2)) < share).astype(int)]
            place, ours = 0, [automaton.chances[0]]
            for outcome in history:
                place = automaton.moves[place, OUTCOMES.index(outcome)]
                ours.append(automaton.chances[place])
            assert ours == chances(library, getattr(library, name), history), name


def test_the_kinds_that_are_promised_become_automata(library, converted):
    automata, reasons = converted
    for kind in (library.MemoryOnePlayer, library.FSMPlayer, library.Cycler):
        players = {player.__name__ for player in library.all_strategies if player.strategy is kind.strategy}
        assert players
        assert players <= set(automata)
    assert len(automata) >= 60
    assert reasons["Desperate"] == "it acts by chance, and not by four chances and a first act"
    assert reasons["Grudger"] == "it has a memory without bound"
    assert reasons["ForgetfulGrudger"] == "it has a memory of 10 turns"
    assert reasons["ContriteTitForTat"] == "after a mistake it remembers more than the 3 turns that it says"


def test_those_of_the_same_name_are_ours(converted):
    for theirs, ours in OURS.items():
        first, second = converted[0][theirs], strategy(ours)
        assert len(first.chances) == len(second.chances)
        for other in ("random", "calculator", "prober_3"):
            shares = [outcome_shares(player, strategy(other), turns=50, noise=0.03) for player in (first, second)]
            assert shares[0] == pytest.approx(shares[1], abs=1e-12), theirs


def test_a_match_is_as_in_the_library(library):
    for first, second in [("TF1", "Capri"), ("SolutionB5", "CyclerCCCDCD"), ("GoByMajority5", "Raider")]:
        match = library.Match((getattr(library, first)(), getattr(library, second)()), turns=100)
        acts = ["".join(act.name for act in pair) for pair in match.play()]
        shares = outcome_shares(strategy(f"axelrod:{first}"), strategy(f"axelrod:{second}"), turns=100)
        assert shares * 100 == pytest.approx([acts.count(outcome) for outcome in OUTCOMES])


def test_an_entrant_of_the_library_goes_by_its_own_name(library):
    game = Tournament(strategies=("axelrod:TitForTat", "tit_for_tat", "axelrod:TitForTat"))
    assert game.labels() == ["TitForTat", "tit_for_tat", "TitForTat_2"]
    assert game.state(3).chance.tolist() == [2**32, 0] * 3


def test_payoffs_for_which_a_player_does_not_exist_are_refused(library):
    with pytest.raises(
        ParameterError, match=r"axelrod:ZDExtort2 does not exist with the payoffs \(R, S, T, P\) = \(1,"
    ):
        strategy("axelrod:ZDExtort2", Game(1.0, 0.0, 5.0, 2.0))


def test_an_unknown_name_is_refused_with_the_nearest(library):
    with pytest.raises(
        ParameterError, match="unknown strategy of the library Axelrod 'TitForTatt'; did you mean 'TitForTat'"
    ):
        Tournament(strategies=("axelrod:TitForTatt",))


def test_without_the_library_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "axelrod", None)
    with pytest.raises(
        MissingExtraError, match=r"axelrod is not installed; it comes with: pip install 'socialsim\[axelrod\]'"
    ):
        Tournament(strategies=("tit_for_tat", "axelrod:Adaptive"))
