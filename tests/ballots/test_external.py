import subprocess
import sys

import numpy as np
import pytest

from socialsim.ballots.cultures import draw_profiles
from socialsim.ballots.profile import Profile
from socialsim.core.errors import ParameterError

pytest.importorskip("pref_voting")

from socialsim.ballots.external import elect_by_pref_voting, pref_voting_rules
from socialsim.ballots.rules import elect

# The voters of Tennessee choose a capital; each prefers what is near (percentages of voters).
TENNESSEE = Profile.of(
    [
        ["Memphis", "Nashville", "Chattanooga", "Knoxville"],
        ["Nashville", "Chattanooga", "Knoxville", "Memphis"],
        ["Chattanooga", "Knoxville", "Nashville", "Memphis"],
        ["Knoxville", "Chattanooga", "Nashville", "Memphis"],
    ],
    counts=[42, 26, 15, 17],
)
# Schulze 2011, example 1: 45 voters, E wins by beat paths.
SCHULZE = Profile.of(
    ["ACBED", "ADECB", "BEDAC", "CABED", "CAEBD", "CBADE", "DCEBA", "EBADC"], counts=[5, 5, 8, 3, 7, 2, 7, 8]
)
INCOMPLETE = Profile.of(["ABC", "B", "CA"], counts=[3, 4, 2])
TIED = Profile(np.array([[1, 1, 2], [2, 1, 0]]), np.array([3, 2]), tuple("ABC"))


@pytest.mark.parametrize(
    ("rule", "winner"),
    [
        ("plurality", "Memphis"),
        ("instant_runoff", "Knoxville"),
        ("coombs", "Nashville"),
        ("ranked_pairs", "Nashville"),
        ("kemeny_young", "Nashville"),
        ("bucklin", "Nashville"),
    ],
)
def test_tennessee_chooses_its_capital(rule, winner):
    outcome = elect_by_pref_voting(TENNESSEE, rule)
    assert outcome.winner == winner
    assert (outcome.rule, outcome.candidates, outcome.route) == (rule, TENNESSEE.candidates, "pref_voting")


@pytest.mark.parametrize("rule", ["schulze", "beat_path"])
def test_the_strongest_paths_of_schulzes_example_lead_from_e(rule):
    assert elect_by_pref_voting(SCHULZE, rule).winner == "E"
    assert str(elect(SCHULZE, rule)) == f"{rule}: E"


def test_all_who_tie_win_in_the_order_of_the_candidates():
    cycle = Profile.of(["BCA", "ABC", "CAB"])
    assert elect_by_pref_voting(cycle, "split_cycle").tied == (("A",), ("B",), ("C",))
    assert elect(cycle, "split_cycle", tie_break="first").winner == "A"


def test_a_rule_can_elect_nobody():
    assert str(elect_by_pref_voting(Profile.of(["AB", "BA"]), "absolute_majority")) == "absolute_majority: nobody"


@pytest.mark.parametrize("rule", ["copeland", "minimax"])
def test_both_routes_give_the_same_winners(rule):
    for rankings in draw_profiles("impartial", 40, 6, 4, seed=1):
        profile = Profile.of(rankings.tolist(), candidates=[str(c) for c in range(4)])
        assert elect(profile, rule).tied == elect_by_pref_voting(profile, rule).tied


def test_who_is_not_ranked_is_below_all_who_are():
    assert elect_by_pref_voting(INCOMPLETE, "beat_path").winner == "A"  # A beats B 5 to 4 and C 5 to 2
    assert elect_by_pref_voting(INCOMPLETE, "condorcet").winner == elect(INCOMPLETE, "condorcet").winner == "A"


def test_ballots_with_ties_go_to_the_rules_that_take_them():
    assert elect_by_pref_voting(TIED, "ranked_pairs").winner == "B"
    assert elect_by_pref_voting(TIED, "approval_irv").winner == "B"


@pytest.mark.parametrize(
    ("profile", "rule", "accepted"),
    [
        (INCOMPLETE, "coombs", "complete strict rankings"),
        (TIED, "coombs", "complete strict rankings"),
        (TIED, "borda_for_profile_with_ties", "strict rankings"),
    ],
)
def test_ballots_that_a_rule_does_not_take_are_refused(profile, rule, accepted):
    with pytest.raises(ParameterError) as error:
        elect_by_pref_voting(profile, rule)
    assert str(error.value) == f"{rule}: some ballots leave candidates out or rank them alike; accepted: {accepted}"


def test_what_pref_voting_refuses_by_an_assertion_is_one_line():
    with pytest.raises(
        ParameterError, match=r"^bucklin_for_truncated_linear_orders: pref_voting cannot count these"
    ) as e:
        elect_by_pref_voting(TIED, "bucklin_for_truncated_linear_orders")
    assert "\n" not in str(e.value)


def test_an_unknown_rule_is_named_with_what_is_accepted():
    with pytest.raises(
        ParameterError, match=r"unknown rule 'schultze'; did you mean 'schulze'\? Accepted: MWSL, "
    ) as error:
        elect(TENNESSEE, "schultze")
    assert "split_cycle" in str(error.value)


def test_random_rules_and_those_with_arguments_are_not_offered():
    rules = pref_voting_rules()
    assert len(rules) > 90
    assert not {"bracket_voting", "scoring_rule", "random_consensus_builder_st"} & set(rules)


def test_the_package_is_imported_on_use_alone():
    code = (
        "import sys, socialsim.ballots.external, socialsim.ballots.committees, socialsim.ballots.files;"
        "print({'pref_voting', 'abcvoting', 'preflibtools'} & set(sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"
