"""Animations open again and show what they were given."""

import base64
import json
import re
import shutil
import subprocess
from io import BytesIO

import numpy as np
import pytest
from matplotlib.animation import FFMpegWriter
from PIL import Image

from socialsim.core.errors import ParameterError, ResultError
from socialsim.grids.codes import APPLE, RIVER, WALL
from socialsim.grids.frame import Frame
from socialsim.grids.render import looks, render, tiles
from socialsim.plotting.animation import CAPTION, check_animation, fitting_scale, write_animation


def walk(num_steps=6, num_agents=1):
    """Agents that walk east in a corridor; the first one eats the apple in its way."""
    frames = []
    for step in range(num_steps):
        cells = np.full((num_agents + 2, num_steps + 2), WALL, np.uint8)
        cells[1:-1, 1:-1] = 0
        cells[1, 1 + num_steps // 2 :] = APPLE if step < num_steps // 2 else RIVER
        positions = np.array([(1 + i, 1 + (step + i) % num_steps) for i in range(num_agents)])
        frames.append(Frame(cells, positions, np.full(num_agents, 1)))
    return frames


def page_parts(path):
    """Return the size of the map, the changes and the sprite of a page."""
    text = path.read_text(encoding="utf-8")
    columns, scale = map(int, re.search(r"\[columns, scale\] = \[(\d+), (\d+)\]", text).groups())
    changes = json.loads("[" + re.search(r"const changes = \[\n(.*?)\n\];", text, re.DOTALL).group(1) + "]")
    sprite = Image.open(BytesIO(base64.b64decode(re.search(r'base64,([^"]+)"', text).group(1))))
    return columns, scale, changes, np.asarray(sprite.convert("RGB"))


def test_a_gif_has_one_picture_a_frame_in_the_colours_of_render(tmp_path):
    frames = walk()
    path = write_animation(frames, tmp_path / "walk.gif", title="walk", scale=8)
    with Image.open(path) as gif:
        assert gif.n_frames == len(frames)
        assert gif.info["duration"] == 100
        for step, frame in enumerate(frames):
            gif.seek(step)
            assert np.array_equal(np.asarray(gif.convert("RGB"))[CAPTION:], render(frame, 8))


def test_the_caption_names_the_step(tmp_path):
    """Captions differ from step to step, also where nothing moves."""
    frames = walk(1) * 12
    with Image.open(write_animation(frames, tmp_path / "stand.gif", title="a room")) as gif:
        assert gif.n_frames == 12


def test_colours_of_many_agents_fit_one_palette(tmp_path):
    frames = walk(num_steps=4, num_agents=60)
    path = write_animation(frames, tmp_path / "crowd.gif", scale=16)
    with Image.open(path) as gif:
        shown = np.asarray(gif.convert("RGB"))[CAPTION:].astype(int)
    error = np.abs(shown - render(frames[0], 16))
    assert error.mean() < 2
    assert np.percentile(error, 99) < 40


def test_a_page_holds_every_frame_and_needs_nothing_else(tmp_path):
    frames = walk(num_steps=9, num_agents=2)
    path = write_animation(frames, tmp_path / "walk.html", title="walk & <eat>", scale=8)
    text = path.read_text(encoding="utf-8")
    assert "<h1>walk &amp; &lt;eat&gt;</h1>" in text
    assert not re.findall(r"https?:|src\s*=\s*\"(?!data:)|<link|@import|url\(", text)
    columns, scale, changes, sprite = page_parts(path)
    assert len(changes) == len(frames)
    tile_of = [None] * frames[0].cells.size
    for frame, change in zip(frames, changes, strict=True):
        for cell, tile in zip(change[::2], change[1::2], strict=True):
            tile_of[cell] = tile
        for cell, code in enumerate(looks(frame).ravel()):
            left = tile_of[cell] * scale
            assert np.array_equal(sprite[:, left : left + scale], tiles(8)[code])
    assert columns == 11


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_the_slider_of_a_page_shows_the_frame_of_its_step(tmp_path):
    frames = walk(num_steps=5)
    page = write_animation(frames, tmp_path / "walk.html", scale=8)
    script = re.search(r"<script>(.*)</script>", page.read_text(encoding="utf-8"), re.DOTALL).group(1)
    stub = """
    const drawn = {};
    const element = () => ({ getContext: () => ({ drawImage: (...a) => { drawn[[a[5], a[6]]] = a[1] / 8; } }),
      value: "0", max: "4", get valueAsNumber() { return Number(this.value); },
      set valueAsNumber(v) { this.value = String(v); } });
    const elements = {};
    const document = { getElementById: (id) => (elements[id] ??= element()) };
    class Image { set src(text) { this.onload(); } }
    """
    use = """
    slider.value = "3"; slider.oninput(); slider.value = "1"; slider.oninput();
    console.log(JSON.stringify([drawn, elements.step.textContent, elements.play.textContent]));
    """
    done = subprocess.run(["node", "-e", stub + script + use], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    drawn, step, play = json.loads(done.stdout)
    codes = looks(frames[1])
    used = np.unique([looks(frame) for frame in frames])
    expected = {f"{8 * x},{8 * y}": int(np.searchsorted(used, codes[y, x])) for y, x in np.ndindex(codes.shape)}
    assert drawn == expected
    assert (step, play) == ("step 1 / 4", "Play")


def test_a_page_of_a_long_run_is_small(tmp_path):
    page = write_animation(walk(num_steps=300, num_agents=7), tmp_path / "walk.html")
    assert page.stat().st_size < 200_000


@pytest.mark.skipif(not FFMpegWriter.isAvailable(), reason="ffmpeg is not installed")
def test_a_film_is_written(tmp_path):
    path = write_animation(walk(), tmp_path / "walk.mp4", title="walk", scale=9)
    assert b"ftyp" in path.read_bytes()[:16]


def test_a_film_without_ffmpeg_is_refused_with_what_is_accepted(monkeypatch):
    monkeypatch.setattr(FFMpegWriter, "isAvailable", classmethod(lambda cls: False))
    with pytest.raises(ResultError, match=r"ffmpeg is not installed; accepted without it: \.gif, \.html"):
        check_animation("walk.mp4")


def test_the_same_frames_give_the_same_bytes(tmp_path):
    for suffix in ("gif", "html"):
        one, two = (write_animation(walk(), tmp_path / f"{k}.{suffix}", title="walk") for k in (1, 2))
        assert one.read_bytes() == two.read_bytes()


def test_small_maps_are_enlarged_and_large_ones_are_not():
    sizes = {(5, 5): 64, (10, 12): 40, (16, 22): 21, (200, 200): 4}
    for shape, scale in sizes.items():
        assert fitting_scale(Frame(np.zeros(shape, np.uint8), np.zeros((0, 2), int), np.zeros(0, int))) == scale


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("walk.avi", "unknown animation format 'avi'; Accepted: gif, html, mp4"),
        ("walk", "unknown animation format 'walk'"),
        ("nowhere/walk.gif", "there is no folder nowhere"),
    ],
)
def test_a_file_that_cannot_be_written_is_refused(name, fault):
    with pytest.raises(ResultError, match=fault):
        check_animation(name)


def test_a_folder_is_no_file(tmp_path):
    (tmp_path / "walk.gif").mkdir()
    with pytest.raises(ResultError, match="it is a folder"):
        check_animation(tmp_path / "walk.gif")


@pytest.mark.parametrize(
    ("frames", "options", "fault"),
    [
        ([], {}, "frames: none is not accepted"),
        (walk(3) + walk(4), {}, "all of one size"),
        (walk(), {"per_second": 0}, "per_second: 0"),
        (walk(), {"scale": 0}, "scale: 0"),
    ],
)
def test_bad_arguments_are_named(frames, options, fault, tmp_path):
    with pytest.raises(ParameterError, match=fault):
        write_animation(frames, tmp_path / "walk.gif", **options)
