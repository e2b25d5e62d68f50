import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import logit

from socialsim.core.errors import ParameterError
from socialsim.engine.interface import Discrete, Specification
from socialsim.engine.run import run
from socialsim.environments.epistemic import scenario
from socialsim.learning.conformity import Conformist, company, stand
from socialsim.learning.standing import BELIEVER, POLARISED, SCEPTIC, UNDECIDED

EASY = {"environment.effect": 0.05, "environment.trials": 100}


def one_agent(credence, on_better=0, num_seen=0, **parameters):
    """Return the state of one agent with a credence that has seen some neighbours."""
    facts = {"trials": 10, "better_rate": 0.6}
    state = Conformist(**parameters).state(Specification(Discrete(2), facts=facts), 1)
    state.log_odds[0] = logit(credence)
    state.on_better[0], state.num_seen[0] = on_better, num_seen
    return state


# --- By hand ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("credence", "on_better", "num_seen", "conformity", "action"),
    [
        (0.7, 0, 0, 9.0, 1),  # no company yet: .4 > 0
        (0.7, 0, 3, 0.39, 1),  # .4 - .39
        (0.7, 0, 3, 0.41, 0),  # .4 - .41
        (0.7, 1, 4, 0.79, 1),  # .4 - .79 / 2
        (0.7, 1, 4, 0.81, 0),
        (0.3, 3, 3, 0.41, 1),  # -.4 + .41
        (0.3, 3, 3, 0.39, 0),
    ],
)
def test_an_action_is_worth_its_expectation_and_its_company(
    version, stream, credence, on_better, num_seen, conformity, action
):
    state = one_agent(credence, on_better, num_seen, conformity=conformity)
    assert version(Conformist.act)(state, 0, 0, stream) == action


def test_what_is_seen_is_counted_anew_each_round(version, stream):
    state = one_agent(0.5, on_better=5, num_seen=9)
    assert version(Conformist.announce)(state, 0, 0, 1, stream) == 1.0
    for message in (1.0, 0.0, 1.0):
        version(Conformist.witness)(state, 0, 1, 1.0, message)
    assert (state.on_better[0], state.num_seen[0]) == (2, 3)
    assert version(company)(state, 0) == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    ("credence", "on_better", "conformity", "action", "where"),
    [
        (0.9, 0, 2.0, 0, SCEPTIC),  # nobody shows it anything
        (0.9, 1, 2.0, 0, SCEPTIC),  # 1 + 2 (2/4 - 1) = 0: not even certainty would do
        (0.4, 1, 1.5, 0, UNDECIDED),  # certainty would do
        (0.9, 4, 0.5, 1, UNDECIDED),  # not sure yet
        (0.99999, 4, 0.5, 1, BELIEVER),
        (0.99999, 0, 2.0, 1, UNDECIDED),  # will turn to the others
    ],
)
def test_an_agent_stands_where_nothing_can_move_it(version, credence, on_better, conformity, action, where):
    assert version(stand)(one_agent(credence, on_better, 4, conformity=conformity), 0, action) == where


# --- Limits ------------------------------------------------------------------------------------------------------


def test_without_conformity_communities_end_as_zollmans_do():
    ends = [
        run(scenario().replace({"learner": learner, **EASY}), replications=300, seed=2, record_every=None).runs.verdict
        for learner in ("bayesian", "conformist:conformity=0.0")
    ]
    assert ends[0].tolist() == ends[1].tolist()


@given(st.floats(0.001, 0.999), st.integers(0, 5), st.floats(1.0, 9.0))
def test_from_a_strength_of_one_on_unanimous_neighbours_are_followed(credence, seen, conformity):
    for on_better, action in ((0, 0), (seen, 1)):
        state = one_agent(credence, on_better, seen, conformity=conformity)
        if seen:
            assert Conformist.act(state, 0, 0, None) == action


def test_cliques_that_conform_stay_apart_though_both_know_the_truth():
    cliques = nx.barbell_graph(6, 0)
    found = run(
        scenario().replace({"network": cliques, "learner": "conformist:conformity=3.0", **EASY}),
        replications=400, seed=1, record_every=None,
    ).runs  # fmt: skip
    apart = found[found.verdict == POLARISED]
    assert len(apart) > 40
    assert (apart.num_on_better == 6).mean() > 0.9
    assert (found.stop == "settled").all()


@pytest.mark.compiled
def test_conformity_costs_truth():
    hard = scenario().replace({"network": "complete:n=10", "environment.effect": 0.01, "environment.trials": 100})
    communities = [hard.replace({"learner": f"conformist:conformity={strength}"}) for strength in (0.0, 1.0, 2.0)]
    rates = [run(c, replications=1000, seed=3, record_every=None).metrics["success_rate"] for c in communities]
    assert rates[0].low > rates[1].high
    assert rates[1].low > rates[2].high


def test_a_negative_strength_is_refused():
    with pytest.raises(ParameterError, match=r"^conformity: -0.1 is not accepted; accepted: a float, >= 0$"):
        Conformist(conformity=-0.1)
