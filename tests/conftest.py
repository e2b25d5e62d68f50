"""What all tests share: the option --full, one folder for compiled loops, quiet figures, plain Python if asked for."""

import os

import numba
import pytest
from hypothesis import settings

# No deadline: a first call compiles. The suite draws the same examples every time; `--full` draws new ones.
settings.register_profile("suite", deadline=None, derandomize=True)
settings.register_profile("full", deadline=None)
settings.load_profile("suite")


def pytest_addoption(parser):
    parser.addoption("--full", action="store_true", help="run the full reproductions and long checks as well")


def pytest_configure(config):
    """Keep compiled loops of the tests in the checkout, shared by workers and subprocesses, apart from the user's."""
    os.environ.setdefault("SOCIALSIM_CACHE_DIR", str(config.rootpath / ".pytest_cache" / "socialsim"))
    os.environ.setdefault("MPLBACKEND", "Agg")
    if config.getoption("--full"):
        settings.load_profile("full")
    if numba.config.DISABLE_JIT:  # the streams count modulo 2**64, as compiled integers do silently
        config.addinivalue_line("filterwarnings", "ignore:overflow encountered in scalar:RuntimeWarning")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config, items):
    """Skip long checks unless they are asked for; they run compiled, as do examples that fit learners."""
    fits = config.rootpath / "socialsim" / "inference"
    for item in items:
        if item.path.is_relative_to(fits):
            item.add_marker(pytest.mark.compiled)
        if item.get_closest_marker("full"):
            item.add_marker(pytest.mark.compiled)
            if not config.getoption("--full"):
                item.add_marker(pytest.mark.skip(reason="full: run with --full"))
