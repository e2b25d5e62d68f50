import numpy as np
import pytest

from socialsim.core.streams import Purpose, seed_streams


@pytest.fixture(params=[pytest.param("compiled", marks=pytest.mark.compiled), "uncompiled"])
def version(request):
    """Return a model's function as it is compiled, or as the plain Python that it was written as."""
    return (lambda f: f) if request.param == "compiled" else (lambda f: getattr(f, "py_func", f))


@pytest.fixture
def stream():
    return seed_streams(1, np.arange(1), Purpose.DYNAMICS)[0]
