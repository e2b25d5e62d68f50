import json

import pytest

from socialsim.cli.description import describe
from socialsim.engine.discovery import environment_names, find_module, learner_classes, preference_classes
from socialsim.networks.sources import describe_generators

HEADINGS = [
    "1. Purpose",
    "2. Entities, state variables and scales",
    "3. Process overview and scheduling",
    "4. Design concepts",
    "5. Initialization",
    "6. Input",
    "7. Submodels",
]


def test_list_names_everything(cli):
    printed = json.loads(cli("list", "--json").out)
    assert [entry["name"] for entry in printed["scenarios"]] == environment_names()
    assert [entry["name"] for entry in printed["learners"]] == list(learner_classes())
    assert [entry["name"] for entry in printed["preferences"]] == list(preference_classes())
    assert [entry["name"] for entry in printed["networks"]] == [entry.name for entry in describe_generators()]
    assert all(
        entry["summary"] for kind in ("scenarios", "learners", "preferences", "networks") for entry in printed[kind]
    )


def test_list_is_a_table_for_people(cli):
    done = cli("list")
    assert (done.code, done.err) == (0, "")
    assert all(word in done.out for word in ("epistemic", "cycle:n=10", "bayesian", "watts_strogatz", "karate"))


@pytest.mark.parametrize("name", environment_names())
def test_scenario_is_described_in_the_seven_elements(name):
    description = describe(name)
    assert list(description.sections) == HEADINGS
    assert all(description.sections.values())
    assert description.source
    assert all(description.metrics.values())


@pytest.mark.parametrize("name", environment_names())
def test_every_parameter_of_a_scenario_is_described_and_can_be_set(name):
    scenario = find_module(name).scenario()
    rows = {row.path: row for row in describe(name).parameters}
    assert set(scenario.parameters()) <= set(rows)
    assert all(row.type and row.description for row in rows.values())
    for path, value in scenario.parameters().items():
        assert rows[path].default == value
        with_parts = {key: part for key, part in scenario.parameters().items() if key.startswith(f"{path}.")}
        assert scenario.replace({path: value, **with_parts}).parameters() == scenario.parameters()


def test_range_type_and_unit_stand_apart():
    rows = {row.path: row for row in describe("epistemic").parameters}
    effect = rows["environment.effect"]
    assert (effect.type, effect.default, effect.range, effect.unit) == ("float", 0.001, "> 0, < 0.5", "probability")
    assert (rows["network.n"].type, rows["turnover.fail_rate"].default) == ("int", None)


def test_schedule_of_a_step_is_in_the_order_of_the_engine():
    text = describe("signalling").sections["3. Process overview and scheduling"]
    names = [line.split()[1].rstrip(":") for line in text.splitlines()[1:]]
    stages = ("wake", "speak", "hear", "observe", "act", "advance", "learn")
    order = [stages.index(name.rpartition(".")[2]) for name in names]
    assert order == sorted(order)


def test_chance_is_named_where_streams_are_used():
    concepts = describe("opinions").sections["4. Design concepts"]
    line = next(line for line in concepts.splitlines() if line.startswith("Stochasticity"))
    assert "environment.wake" in line
    assert "environment.advance" not in line


def test_state_variables_carry_the_comments_of_the_code():
    assert "holders: (num_opinions,), how many hold each" in describe("opinions").sections[HEADINGS[1]]


def test_learner_and_network_are_described_by_name():
    learner, network = describe("bayesian"), describe("grid")
    assert (learner.kind, [row.path for row in learner.parameters]) == (
        "learner",
        ["threshold", "prior_low", "prior_high"],
    )
    assert (network.kind, network.parameters[-1].range) == ("network", "von_neumann or moore")


def test_every_name_in_the_list_can_be_described():
    for name in [*learner_classes(), *preference_classes(), *(entry.name for entry in describe_generators())]:
        assert describe(name).summary


def test_own_file_is_described(cli, tmp_path):
    (tmp_path / "mine.py").write_text(
        '"""A village."""\nfrom socialsim.environments.epistemic import small as scenario\n'
    )
    printed = json.loads(cli("describe", "mine.py", "--json").out)
    assert (printed["summary"], printed["name"]) == ("A village.", "epistemic")


def test_description_for_people_has_parameters_and_prose(cli):
    done = cli("describe", "epistemic")
    assert (done.code, done.err) == (0, "")
    assert all(heading in done.out for heading in HEADINGS)
    assert "environment.effect" in done.out
    assert "Zollman 2007" in done.out
    assert max(map(len, done.out.splitlines())) <= 140


def test_a_preference_is_described_with_the_scenario_that_has_it(tmp_path):
    file = tmp_path / "sharing.py"
    file.write_text(
        '"""Two who share."""\n'
        "from socialsim.environments import repeated_game\n"
        "def scenario():\n"
        '    return repeated_game.scenario().replace({"preference.row": "shared_reward:weight=0.5"})\n'
    )
    description = describe(str(file))
    rows = {row.path: row.default for row in description.parameters}
    assert (rows["preference.row"], rows["preference.row.weight"]) == ("shared_reward", 0.5)
    assert "preference.row.feel: " in description.sections["3. Process overview and scheduling"]
    assert "State of the preference.row: " in description.sections["2. Entities, state variables and scales"]
    assert "Objectives (preference.row = shared_reward)" in description.sections["4. Design concepts"]
    assert "Shared reward moves" in description.sections["7. Submodels"]
    assert {row.path: row.default for row in describe("epistemic").parameters}["preference"] is None
