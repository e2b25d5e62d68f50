"""Groups of public goods that do not fit, and what is refused."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import strategies as st

from socialsim.core.errors import ParameterError
from socialsim.core.streams import Purpose, seed_streams
from socialsim.engine.run import run
from socialsim.engine.scenario import PresenceEvent
from socialsim.environments.public_goods import PublicGoods, scenario
from socialsim.testing.links import by_hand

C, D, P, R = range(4)
acts = st.lists(st.integers(0, 3), min_size=6, max_size=6)


def step(environment, actions, rows=None, away=(), state=None, advance=PublicGoods.advance):
    """Return the rewards of one step and the state after it."""
    network = by_hand(rows or [()] * len(actions), absent=away)
    state = environment.state(len(actions)) if state is None else state
    rewards = np.zeros(len(actions))
    stream = seed_streams(1, np.arange(1), Purpose.DYNAMICS)[0]
    with np.errstate(over="ignore"):
        advance(state, network, np.array(actions), rewards, stream)
    return rewards, state


def outcomes(environment, state):
    """Return the outcomes of one run."""
    batch = type(state)(*[np.asarray(field)[None] if isinstance(field, np.ndarray) else field for field in state])
    return {name: values[0] for name, values in environment.outcomes(batch).items()}


def test_agents_may_leave():
    group = scenario().replace({"network.n": 9, "horizon.steps": 6, "environment.sanctioning": "pool"})
    leaving = replace(group, presence_events=(PresenceEvent(3, 0, "leave"), PresenceEvent(3, 5, "leave")))
    assert run(leaving, seed=1).runs.acts[0] == 3 * 8 + 3 * 4


# --- Bad input -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"group_size": 1}, r"group_size: 1 is not accepted; accepted: an int, >= 2"),
        ({"contribution": 0.0}, r"contribution: 0\.0 is not accepted"),
        ({"groups": "hyperedges"}, r"environment\.hyperedges: no sources of groups; accepted: one"),
        ({"hyperedges": [[0, 1]]}, r"environment\.hyperedges: groups are 'random'; accepted"),
        (
            {"groups": "hyperedges", "hyperedges": [[0, 1]], "hyperedges_file": "x.csv"},
            r"environment\.hyperedges: 2 sources of groups",
        ),
    ],
)
def test_what_does_not_fit_is_refused(values, message):
    with pytest.raises(ParameterError, match=message):
        PublicGoods(**values)


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        ([[0, 7]], r"environment\.hyperedges: group 1 has agent 7; accepted: 0 to 3"),
        ([[0, 1], [2]], r"environment\.hyperedges: group 2 is \[2\]; accepted: two or more different agents"),
        ([[0, 1, 0]], r"group 1 is \[0, 1, 0\]"),
    ],
)
def test_groups_that_do_not_fit_the_agents_are_refused(groups, message):
    with pytest.raises(ParameterError, match=message):
        PublicGoods(groups="hyperedges", hyperedges=groups).state(4)
    with pytest.raises(ParameterError, match=r"environment\.group_size: 9 is not accepted; accepted: at most"):
        PublicGoods(group_size=9).state(4)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"line 1: columns none; accepted: group and agent"),
        ("group,who\na,0\n", r"line 1: columns group, who; accepted"),
        ("group,agent\na,0\na,x\n", r"line 3, column agent: 'x' is not accepted; accepted: the row of an agent"),
        ("group,agent\na,0\n\na,-1\n", r"line 4, column agent: '-1' is not accepted"),
        ("group,agent\n,0\n", r"line 2, column group: '' is not accepted"),
        ("group,agent\na\n", r"line 2, column agent: '' is not accepted"),
        ("group,agent\n", r"no group; accepted: a CSV file"),
        ("group,agent\na,0\na,9\n", r"hyperedges\.csv: group 1 has agent 9; accepted: 0 to 3"),
    ],
)
def test_a_file_of_groups_is_refused_by_line_and_column(text, message, tmp_path):
    file = tmp_path / "hyperedges.csv"
    file.write_text(text)
    with pytest.raises(ParameterError, match=message):
        PublicGoods(groups="hyperedges", hyperedges_file=str(file)).state(4)


def test_a_file_gives_the_groups_that_a_list_gives(tmp_path):
    file = tmp_path / "groups.csv"
    file.write_text("agent,group,note\n0,a,\n3,b,x\n1,a,\n2,b,\n\n0,b,\n")
    from_file = PublicGoods(groups="hyperedges", hyperedges_file=str(file)).state(4)
    listed = PublicGoods(groups="hyperedges", hyperedges=[[0, 1], [3, 2, 0]]).state(4)
    assert (from_file.starts.tolist(), from_file.members.tolist()) == (listed.starts.tolist(), listed.members.tolist())


def test_too_many_sanctioners_are_not_listed():
    crowd = scenario().replace({"network.n": 1200, "environment.sanctioning": "peer", "horizon.steps": 1})
    with pytest.raises(ParameterError, match=r"sanctions among 1200 agents are not listed; accepted: at most 1000"):
        run(crowd, seed=1, record="events")
