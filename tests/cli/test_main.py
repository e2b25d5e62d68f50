import subprocess
import sys

import pytest

from socialsim import __version__

COMMANDS = ("list", "describe", "run", "reproduce", "power", "ballots", "metrics", "fit", "bench", "doctor")


def test_version_is_that_of_the_package(cli):
    assert cli("--version").out == f"socialsim {__version__}\n"


def test_help_names_every_command(cli):
    done = cli("--help")
    assert done.code == 0
    assert all(f"\n  {command} " in done.out for command in COMMANDS)


def test_no_command_shows_the_help(cli):
    bare, asked = cli(), cli("--help")
    assert (bare.code, bare.out) == (0, asked.out)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(cli, command):
    done = cli(command, "--help")
    assert done.code == 0
    assert done.out.startswith(f"Usage: socialsim {command}")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["runn"], ["runn", "run"]),
        (["run"], ["NAME_OR_FILE"]),
        (["run", "epistemic", "--netwrk", "karate"], ["--netwrk", "--network"]),
        (["run", "epistemic", "--replications", "many"], ["--replications", "integer"]),
        (["run", "epistemic", "--seed", "-1"], ["--seed", "0"]),
        (["run", "epistemic", "--steps"], ["--steps"]),
        (["describe"], ["NAME"]),
    ],
)
def test_misuse_is_one_line_and_exit_code_2(cli, arguments, words):
    done = cli(*arguments)
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
    assert done.err.startswith("error: ")
    assert all(word in done.err for word in words)


def test_help_loads_nothing_heavy():
    heavy = "numpy", "numba", "matplotlib", "mesa", "pandas", "networkx", "torch"
    code = (
        "import sys; from socialsim.cli.main import main; main(['--help']);"
        f"print([name for name in {heavy!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_module_is_the_command():
    done = subprocess.run([sys.executable, "-m", "socialsim", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout == f"socialsim {__version__}\n"


def test_a_reader_who_leaves_is_no_error():
    command = [sys.executable, "-m", "socialsim", "describe", "epistemic"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.close()
        assert process.stderr.read() == b""
