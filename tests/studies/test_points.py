import hashlib
import json
from dataclasses import replace

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from socialsim.core.errors import NetworkError, ParameterError
from socialsim.engine.run import run
from socialsim.environments import epistemic, opinions, signalling
from socialsim.networks.conversion import from_networkx
from socialsim.studies.design.points import PointMaker, canonical, fingerprint, key_of, make_point

BASE = epistemic.scenario()

SETTINGS = st.fixed_dictionaries(
    {},
    optional={
        "environment.effect": st.floats(0.001, 0.49),
        "environment.trials": st.integers(1, 1000),
        "environment.num_misinformants": st.integers(0, 3),
        "learner.threshold": st.floats(0.6, 0.99),
        "learner": st.sampled_from(["bayesian", "bayesian:threshold=0.9"]),
        "network": st.sampled_from(["cycle", "complete:n=12", "watts_strogatz:n=20,k=4,p=0.5"]),
        "network.n": st.integers(5, 30),
        "network.shared": st.booleans(),
        "horizon.steps": st.integers(0, 100),
    },
)


def test_a_key_is_the_hash_of_canonical_json_written_by_hand():
    text = (
        '{"parameters":{"environment.media":[],"environment.num_opinions":2,"environment.sample":1,'
        '"environment.share":0.5,"environment.stop_at_consensus":true,"environment.update":"node",'
        '"environment.zealot_agents":[],"environment.zealots":[],"horizon.steps":7,"learner":"imitation","learner.noise":0,"network":"complete:n=5","network.n":5,'
        '"network.shared":false},"scenario":"opinions"}'
    )
    point = make_point(opinions.scenario(), {"horizon.steps": 7, "network.n": 5})
    assert point.key == hashlib.sha256(text.encode()).hexdigest()


@given(SETTINGS)
def test_a_point_made_quickly_is_that_of_the_whole_scenario(values):
    maker = PointMaker(BASE)
    for _ in range(2):  # the second time from what was kept
        assert maker.make(values).key == key_of(BASE.replace(values))
    assert make_point(BASE, values).values == values


@given(SETTINGS, st.randoms())
def test_the_order_of_values_does_not_matter(values, random):
    shuffled = list(values.items())
    random.shuffle(shuffled)
    assert make_point(BASE, dict(shuffled)).key == make_point(BASE, values).key


@given(st.integers(0, 10**17), st.sampled_from([int, float]))
def test_whole_numbers_are_equal_as_integers_and_floats(number, kind):
    text = json.dumps(canonical(kind(number)))
    assert text == str(int(kind(number)))


def test_1_and_1_0_are_equal_and_true_is_neither():
    fifth = make_point(BASE, {"learner.prior_high": 1})
    assert fifth.key == make_point(BASE, {"learner.prior_high": 1.0}).key
    assert [canonical(1.0), canonical(True)] == [1, True]
    assert json.dumps(canonical((1.0, True, -0.0, None, np.int64(3)))) == "[1, true, 0, null, 3]"


def test_what_is_set_to_its_default_changes_nothing():
    default = BASE.parameters()
    for path in ("environment.effect", "learner.threshold", "network", "network.n", "horizon.steps"):
        assert make_point(BASE, {path: default[path]}).key == make_point(BASE, {}).key


@pytest.mark.parametrize("path", [path for path in BASE.parameters() if path.startswith(("environment", "horizon"))])
def test_every_parameter_counts(path):
    value = BASE.parameters()[path]
    changed = value / 2 if isinstance(value, float) else value + 1
    assert make_point(BASE, {path: changed}).key != make_point(BASE, {}).key


def test_metrics_do_not_count():
    assert key_of(replace(BASE, metrics=())) == key_of(BASE)


def test_scenarios_with_equal_parameters_but_other_names_differ():
    assert key_of(replace(BASE, name="another")) != key_of(BASE)


def test_words_are_the_key_and_none_with_common_random_numbers():
    point = make_point(BASE, {})
    assert "".join(f"{word:08x}" for word in point.words) == point.key
    common = make_point(BASE, {}, common_random_numbers=True)
    assert (common.key, common.words) == (point.key, ())


def test_points_have_streams_of_their_own_unless_they_share_them():
    scenario = epistemic.small()
    apart = [make_point(scenario, {"horizon.steps": steps}) for steps in (40, 41)]
    shared = [make_point(scenario, {"horizon.steps": steps}, common_random_numbers=True) for steps in (40, 41)]
    runs = [run(scenario, replications=8, seed=1, point_words=point.words).runs for point in (*apart, *shared)]
    columns = [table.drop(columns=[name for name in ("run", "stream_key") if name in table]) for table in runs]
    assert not columns[0].equals(columns[1])
    assert columns[2].equals(columns[3])


def test_a_network_file_counts_by_its_content(tmp_path):
    first, second, third = (tmp_path / name for name in ("a.graphml", "b.graphml", "c.graphml"))
    nx.write_graphml(nx.cycle_graph(6), first)
    nx.write_graphml(nx.cycle_graph(6), second)
    nx.write_graphml(nx.path_graph(6), third)
    keys = [make_point(BASE, {"network": str(path)}).key for path in (first, second, third)]
    assert keys[0] == keys[1] != keys[2]


def test_weights_and_attributes_are_content_of_a_network():
    graph = nx.cycle_graph(5)
    plain = fingerprint(from_networkx(graph))
    assert plain == fingerprint(from_networkx(nx.cycle_graph(5)))
    graph.edges[0, 1]["weight"] = 2.0
    weighted = fingerprint(from_networkx(graph))
    graph.nodes[0]["camp"] = "left"
    assert len({plain, weighted, fingerprint(from_networkx(graph))}) == 3


def test_learners_of_two_types_are_told_apart():
    base = signalling.scenario()
    keys = {
        make_point(base, {path: 2.0}).key
        for path in ("learner.sender.initial_weight", "learner.receiver.initial_weight", "learner.initial_weight")
    }
    assert len(keys) == 3


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"environment.effekt": 0.1}, r"unknown parameter 'environment\.effekt'; did you mean 'environment\.effect'"),
        ({"effect": 0.1}, r"unknown parameter 'effect'; did you mean 'environment\.effect'"),
        ({"environment.effect": 0.7}, r"environment\.effect: 0\.7 is not accepted"),
        ({"environment.effect": float("nan")}, r"environment\.effect: nan is not accepted"),
        ({"learner": "bayes"}, "unknown learner 'bayes'"),
        ({"learner": 3}, "learner: 3 is not accepted"),
    ],
)
def test_a_wrong_value_is_refused_by_its_path(values, message):
    with pytest.raises(ParameterError, match=message):
        make_point(BASE, values)


def test_an_unknown_network_is_refused():
    with pytest.raises(NetworkError, match="unknown network 'cicle'; did you mean 'cycle'"):
        make_point(BASE, {"network": "cicle"})
