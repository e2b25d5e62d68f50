"""Runs on a plane: animation, paths, and what is refused before anything runs."""

import json
from pathlib import Path

import numpy as np
import pytest
from matplotlib.animation import FFMpegWriter
from PIL import Image

from socialsim.cli.animating import replay
from socialsim.cli.request import Request
from socialsim.core.result import Result
from socialsim.engine.run import run

WALKERS = str(Path(__file__).parents[1] / "host" / "walkers.py")


def test_the_first_run_is_animated_one_frame_a_step(cli):
    done = cli("run", WALKERS, "--replications", "3", "--animate", "walk.gif", "--json")
    assert (done.code, done.err) == (0, "")
    assert json.loads(done.out)["animation"] == str(Path("walk.gif").resolve())
    with Image.open("walk.gif") as gif:
        assert gif.n_frames == 21


def test_paths_are_drawn_beside_the_figure_and_kept_in_the_manifest(cli):
    printed = json.loads(cli("run", WALKERS, "--replications", "2", "--json").out)
    assert "animation" not in printed
    assert {"figure.png", "trajectories.png"} <= set(Result.load(printed["out"]).manifest.files)
    assert (Path(printed["out"]) / "trajectories.png").read_bytes().startswith(b"\x89PNG")


def test_a_run_without_a_plane_has_no_paths(run_small):
    assert not (Path(run_small()["out"]) / "trajectories.png").exists()


def test_a_plane_on_which_nobody_moves_about_has_no_paths(cli):
    size = ("-p", "environment.height=5", "-p", "environment.width=5", "-p", "network.n=20", "-p", "horizon.steps=2")
    printed = json.loads(cli("run", "segregation", *size, "--replications", "2", "--json").out)
    assert not (Path(printed["out"]) / "trajectories.png").exists()
    assert (Path(printed["out"]) / "figure.png").exists()


def test_the_replay_ends_where_the_run_ended():
    """Two roads: the state that the run's table shows, and the last frame of the replay."""
    request = Request(WALKERS, seed=3)
    scenario = request.scenario()
    agents = run(scenario, seed=3, replications=2).agents
    frames = replay(scenario, request)
    assert len(frames) == 21
    assert frames[-1].headings.tolist() == agents[agents.run == 0].heading.tolist()


def test_a_stream_key_says_which_run_is_shown():
    frames = [replay(Request(WALKERS, stream=key).scenario(), Request(WALKERS, stream=key)) for key in ("3:0", "3:1")]
    assert np.array_equal(frames[0][-1].positions, replay(Request(WALKERS).scenario(), Request(WALKERS, seed=3))[-1][1])
    assert any(not np.array_equal(one.positions, other.positions) for one, other in zip(*frames, strict=True))


def test_the_number_of_steps_is_capped_and_the_cap_is_said(cli):
    done = cli("run", WALKERS, "--replications", "2", "--animate", "walk.html", "--animate-steps", "5")
    assert done.code == 0
    assert "the animation shows the first 5 steps; --animate-steps shows more" in done.err
    assert str(Path("walk.html").resolve()) in done.out
    assert 'max="5"' in Path("walk.html").read_text()


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        ((WALKERS, "--animate", "walk.avi"), "unknown animation format 'avi'; Accepted: gif, html, mp4"),
        ((WALKERS, "--animate", "nowhere/walk.gif"), "there is no folder nowhere"),
        ((WALKERS, "--animate", "walk.gif", "--animate-steps", "0"), "accepted: an integer >= 1"),
        (("epistemic", "--animate", "walk.gif"), "--animate: epistemic has no plane; accepted: "),
    ],
)
def test_what_cannot_be_animated_is_refused_before_running(cli, arguments, fault):
    done = cli("run", *arguments)
    assert (done.code, done.out) == (2, "")
    assert fault in done.err
    assert list(Path().iterdir()) == []


def test_a_film_without_ffmpeg_is_refused_before_running(cli, monkeypatch):
    monkeypatch.setattr(FFMpegWriter, "isAvailable", classmethod(lambda cls: False))
    done = cli("run", WALKERS, "--animate", "walk.mp4")
    assert done.code == 2
    assert "ffmpeg is not installed; accepted without it: .gif, .html" in done.err
