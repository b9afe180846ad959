import numpy as np
import pytest
from PIL import Image, ImageSequence

from gazesim.plotting import animation
from gazesim.scanpath import Scanpath
from gazesim.trial import Trial


def trial(width=80, height=60, seed=0):
    image = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    image[..., 0] = 0  # no red, so that what is red is the frame of the target
    return Trial(image, np.zeros((3, 3, 3), np.uint8), target_box=[50, 30, 70, 50], px_per_degree=2)


def path(n_saccades, found=True):
    xy = np.random.default_rng(1).uniform((0, 0), (40, 59), (n_saccades, 2))
    return Scanpath(np.vstack([(40, 30), xy]), found=found)


def frames(file):
    with Image.open(file) as gif:
        assert gif.info["loop"] == 0
        return [(np.asarray(frame.convert("RGB")), frame.info["duration"]) for frame in ImageSequence.Iterator(gif)]


def test_a_fixation_is_a_frame_of_600_ms_and_the_last_one_stays(tmp_path):
    animation.write_gif(tmp_path / "a.gif", trial(), path(3))
    assert [duration for _, duration in frames(tmp_path / "a.gif")] == [600, 600, 600, 2500]


def test_only_the_last_frame_shows_where_the_target_is(tmp_path):
    animation.write_gif(tmp_path / "a.gif", trial(), path(2, found=False))
    shown = []
    for picture, _ in frames(tmp_path / "a.gif"):
        below = picture[60:].astype(int)
        shown.append(((below[..., 0] > 180) & (below[..., 2] < 60)).sum())
    assert max(shown[:-1]) == 0
    assert shown[-1] > 100


def test_what_is_seen_follows_the_fixation(tmp_path):
    stripes = np.zeros((60, 80, 3), np.uint8)
    stripes[:, ::2] = 255
    striped = Trial(stripes, np.zeros((3, 3, 3), np.uint8), px_per_degree=2)
    animation.write_gif(tmp_path / "a.gif", striped, Scanpath([(8, 55), (72, 55)]))
    contrast = [(p[80:160, :100].std(), p[80:160, -100:].std()) for p, _ in frames(tmp_path / "a.gif")]
    assert contrast[0][0] > contrast[0][1]
    assert contrast[1][0] < contrast[1][1]


@pytest.mark.parametrize(("width", "height"), [(80, 60), (75, 90), (900, 300), (90, 500)])
def test_no_side_is_longer_than_640_px(tmp_path, width, height):
    animation.write_gif(tmp_path / "a.gif", trial(width, height), Scanpath([(40, 30)]))
    with Image.open(tmp_path / "a.gif") as gif:
        assert max(gif.size) in (639, 640)


def test_more_fixations_make_smaller_frames():
    assert animation._width(trial(), 5) == animation.LONGEST_PX / animation.DPI
    width = animation._width(trial(), 40)
    assert 40 * width * width * 0.75 * animation.DPI**2 == pytest.approx(animation.ALL_PX)


def test_the_same_search_gives_the_same_bytes(tmp_path):
    for name in ("a.gif", "b.gif"):
        animation.write_gif(tmp_path / name, trial(), path(2))
    assert (tmp_path / "a.gif").read_bytes() == (tmp_path / "b.gif").read_bytes()
    assert len(list(tmp_path.iterdir())) == 2
