import shlex
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socialsim.cli.request import Request
from socialsim.core.errors import SocialsimError


def test_order_of_parameters_does_not_matter():
    texts = ("network.p=0.5", "network=watts_strogatz", "learner.threshold=0.9", "learner=bayesian:prior_low=0.2")
    forward = Request("epistemic", parameters=texts).scenario().parameters()
    backward = Request("epistemic", parameters=texts[::-1]).scenario().parameters()
    assert forward == backward
    assert (forward["network.p"], forward["learner.threshold"], forward["learner.prior_low"]) == (0.5, 0.9, 0.2)


def test_parameter_of_a_type_is_set_after_its_learner():
    request = Request(
        "signalling", parameters=("learner.sender.initial_weight=2.0",), learners=("sender=roth_erev_sender",)
    )
    assert request.scenario().learners["sender"].initial_weight == 2.0


def test_options_are_short_for_paths():
    options = Request("epistemic", network="karate", learners=("bayesian:threshold=0.9",), steps=7)
    paths = ("network=karate", "learner=bayesian:threshold=0.9", "horizon.steps=7")
    assert options.scenario().parameters() == Request("epistemic", parameters=paths).scenario().parameters()


def test_a_rule_set_brings_its_number_of_agents():
    preset = ("environment.preset=perolat_2017",)
    assert Request("harvest", parameters=preset).scenario().network.parameters["n"] == 12
    assert Request("harvest", "complete:n=3", preset).scenario().network.parameters["n"] == 3


def test_what_is_given_twice_is_refused():
    with pytest.raises(SocialsimError, match=r"network is given twice"):
        Request("epistemic", network="karate", parameters=("network=cycle",)).changes()


def test_stream_key_asks_for_one_run_with_its_time_course():
    runs = Request("epistemic", stream="7:ff.1:300").runs()
    expected = {"seed": 7, "point_words": (255, 1), "first_replication": 300, "replications": 1, "series_runs": 301}
    assert runs == expected


def test_command_to_go_on_means_the_same_request(monkeypatch):
    from socialsim.cli import main, running

    asked = []
    monkeypatch.setattr(running, "run_command", lambda request, **_: asked.append(request) or 0)
    request = Request(
        "my model.py", "cycle:n=8", ("environment.effect=0.1",), ("a=bayesian",), 9, 50, 3, threads=1, record="counts"
    )
    command = shlex.split(request.command(resume=Path("a folder")))
    assert main.main(command[1:]) == 0
    assert asked[0].resume == Path("a folder")
    assert asked[0].changes() == request.changes()
    assert asked[0].runs() == request.runs()


@given(st.lists(st.text(max_size=30), max_size=3), st.lists(st.text(max_size=30), max_size=2), st.text(max_size=20))
def test_garbage_is_accepted_or_refused_in_words(parameters, learners, network):
    with suppress(SocialsimError):
        Request("epistemic", network, tuple(parameters), tuple(learners)).scenario()


@given(st.text(max_size=20))
def test_garbage_is_no_value_of_a_number(text):
    with pytest.raises(SocialsimError):
        Request("epistemic", parameters=(f"environment.effect=x{text}",)).scenario()
