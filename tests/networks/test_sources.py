"""Spec strings, sources, and what is refused."""

import pickle
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from socialsim.core.errors import NetworkError, ParameterError, SocialsimError
from socialsim.networks.network import Network
from socialsim.networks.sources import describe_generators, load, parse

NAMES = [entry.name for entry in describe_generators()]


@pytest.mark.parametrize("name", NAMES)
def test_every_name_works_without_parameters_and_has_a_line_for_each(name):
    entry = next(entry for entry in describe_generators() if entry.name == name)
    network = load(name, seed=1)
    assert network.num_agents >= 10
    assert network.name == parse(name).spec
    assert entry.doc.endswith(".")
    assert all(parameter.accept(parameter.default) == parameter.default for parameter in entry.parameters.values())


@pytest.mark.parametrize("name", NAMES)
def test_a_canonical_spec_is_parsed_to_itself(name):
    source = parse(name)
    assert parse(source.spec) == source
    assert parse(source.spec).spec == source.spec


@pytest.mark.parametrize("name", NAMES)
def test_the_same_seed_draws_the_same_bits(name):
    first, second = (parse(name).draw(np.random.Generator(np.random.SFC64(5))) for _ in range(2))
    for ours, theirs in zip(first.edges(), second.edges(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("name", NAMES)
def test_a_source_is_random_if_another_seed_draws_another_network(name):
    first, second = load(name, seed=1), load(name, seed=2)
    same = first.num_edges == second.num_edges and (first.edges()[1] == second.edges()[1]).all()
    assert parse(name).is_random == (not same)


def test_values_are_toml_and_words_need_no_quotes():
    bare = parse("grid:rows=4, periodic=true,neighbourhood=moore")
    assert bare == parse('grid:rows=4,periodic=true,neighbourhood="moore"')
    assert bare.parameters == {"rows": 4, "columns": 10, "periodic": True, "neighbourhood": "moore"}
    assert parse("stochastic_block:sizes=[3, 4],within=1").parameters == {
        "sizes": [3, 4],
        "within": 1.0,
        "between": 0.01,
    }


def test_a_parameter_is_replaced_by_name():
    source = parse("watts_strogatz:n=20").replace(p=0.5)
    assert source.spec == "watts_strogatz:n=20,k=4,p=0.5"
    assert parse("watts_strogatz:n=20").parameters["p"] == 0.1


def test_numpy_numbers_are_numbers():
    assert parse("cycle").replace(n=np.int64(12)).spec == "cycle:n=12"
    assert parse("erdos_renyi").replace(p=np.float64(0.5)).spec == "erdos_renyi:n=100,p=0.5"


def test_networks_graphs_and_files_are_sources_of_one_network(tmp_path):
    network = Network.from_edges(3, [0], [1], name="mine")
    assert parse(network).draw() is network
    assert parse(nx.path_graph(4)).draw().num_agents == 4
    path = tmp_path / "pairs.txt"
    path.write_text("a b\n")
    for given_path in (path, str(path)):
        source = parse(given_path)
        assert (source.spec, source.is_random, source.parameters) == (path.as_posix(), False, {})
        assert source.draw().labels == ("a", "b")


def test_a_file_beside_the_script_is_known_by_its_suffix(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("pairs.edgelist").write_text("a b\n")
    assert load("pairs.edgelist").num_agents == 2


def test_sources_travel_to_other_processes():
    for name in NAMES:
        assert pickle.loads(pickle.dumps(parse(name))) == parse(name)


@pytest.mark.parametrize("name", ["florentine", "davis", "les_miserables"])
def test_real_networks_keep_their_names(name):
    assert not load(name).labels[0].isdecimal()


def test_karate_keeps_its_weights_and_sides():
    network = load("karate")
    assert network.weighted
    assert network.weights.sum() == 2 * 231
    assert set(network.node_attributes["club"]) == {"Mr. Hi", "Officer"}


@pytest.mark.parametrize(
    ("source", "error", "message"),
    [
        ("karat", NetworkError, "unknown network 'karat'; did you mean 'karate'"),
        ("watts-strogatz:n=3", NetworkError, "did you mean 'watts_strogatz'"),
        ("", NetworkError, "unknown network ''"),
        ("watts_strogatz:q=1", ParameterError, "unknown parameter of the network watts_strogatz 'q'"),
        ("karate:n=3", ParameterError, "unknown parameter of the network karate 'n'; Accepted: none"),
        ("cycle:n=2", ParameterError, "cycle: n = 2; accepted: a whole number from 3"),
        ("cycle:n=4.5", ParameterError, "cycle: n = 4.5; accepted: a whole number"),
        ("cycle:n=true", ParameterError, "cycle: n = True; accepted: a whole number"),
        ("cycle:n=many", ParameterError, "cycle: n = 'many'; accepted: a whole number"),
        ("erdos_renyi:p=1.5", ParameterError, r"p = 1.5; accepted: a number from 0 to 1 \(chance of each edge\)"),
        ("erdos_renyi:p=nan", ParameterError, "p = nan; accepted: a number from 0 to 1"),
        ("grid:neighbourhood=hex", ParameterError, "accepted: von_neumann or moore"),
        ("grid:periodic=1", ParameterError, "periodic = 1; accepted: true or false"),
        ("stochastic_block:sizes=[]", ParameterError, r"sizes = \[\]; accepted: a list of whole numbers"),
        ("stochastic_block:sizes=[3,0]", ParameterError, "sizes = 0; accepted: a list of whole numbers from 1"),
        ("cycle:n", ParameterError, "cannot read the parameters 'n' of cycle"),
        ("cycle:n=1,n=2", ParameterError, "cannot read the parameters"),
        ("cycle:n=5}\nm={", ParameterError, "cannot read the parameters"),
        ("folder/village.doc", NetworkError, "unknown suffix '.doc'"),
        (12, NetworkError, "a network cannot be a int"),
        (None, NetworkError, "a network cannot be a NoneType"),
    ],
)
def test_what_is_wrong_with_a_source_is_said_in_one_line(source, error, message):
    with pytest.raises(error, match=message) as raised:
        parse(source)
    assert len(str(raised.value).splitlines()) == 1
    assert "ccepted:" in str(raised.value)


def test_a_random_network_needs_a_seed():
    with pytest.raises(NetworkError, match="the network erdos_renyi is random; accepted: a seed"):
        load("erdos_renyi")


def test_a_network_too_large_for_memory_is_refused():
    with pytest.raises(NetworkError, match="does not fit into memory"):
        load("grid:rows=100000000,columns=100000000")


@given(st.text(max_size=30) | st.sampled_from(NAMES).flatmap(lambda name: st.text(max_size=20).map(f"{name}:".__add__)))
def test_any_text_is_a_source_or_one_line(text):
    try:
        spec = parse(text).spec
    except SocialsimError as error:
        message = str(error)
    else:
        assert parse(spec).spec == spec
        return
    assert len(message.splitlines()) == 1
