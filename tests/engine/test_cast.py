"""Events that always wake as many: written out, and the same as before."""

import importlib
from dataclasses import replace

import numpy as np
import pytest

from socialsim.core.errors import ParameterError
from socialsim.engine.discovery import environment_names
from socialsim.engine.run import run
from socialsim.engine.simulation import Simulation
from socialsim.environments.naming import Naming
from socialsim.environments.naming import small as naming
from socialsim.environments.signalling import Signalling
from socialsim.environments.signalling import small as signalling


class LooseNaming(Naming):
    cast = ()


class LooseSignalling(Signalling):
    cast = ()


class CrowdedNaming(Naming):
    cast = ("agent", "agent", "agent")


def with_cast():
    """Return the small scenarios of all environments that have a cast."""
    models = [importlib.import_module(f"socialsim.environments.{name}").small() for name in environment_names()]
    return [model for model in models if model.environment.cast]


@pytest.mark.parametrize(("model", "loose"), [(naming, LooseNaming), (signalling, LooseSignalling)])
def test_an_event_of_a_cast_is_any_other_event(model, loose):
    scenario = model()
    environment = loose(**scenario.environment.model_dump())
    one, other = (run(s, replications=3, seed=1) for s in (scenario, replace(scenario, environment=environment)))
    for table in ("run", "agent"):
        left, right = one.table(table), other.table(table)
        assert list(left) == list(right)
        assert all(np.array_equal(left[name], right[name], equal_nan=left[name].dtype.kind == "f") for name in left)


def test_every_cast_wakes_together_or_not_at_all():
    models = with_cast()
    assert len(models) >= 6
    for model in models:
        simulation = Simulation(model, seed=1, replications=[0])
        simulation.advance(0)
        counts = {simulation.stage("wake") for _ in range(200)}
        assert counts <= {0, len(model.environment.cast)}
        assert counts != {0}


def test_a_cast_larger_than_an_event_is_refused():
    with pytest.raises(ParameterError, match="a cast of 3 for 2 participants; accepted: at most as many"):
        Simulation(replace(naming(), environment=CrowdedNaming()), seed=1, replications=[0])
