import hashlib

import numpy as np
import pytest

from gazesim import stimuli
from gazesim.stimuli import published_items
from gazesim.stimuli.published import PUBLISHED

# SHA-256 (its start) of the grey values, of an independent run of the drawing that the generator notebooks of
# kreimanlab/VisualSearchAsymmetry (commit 2e41a9ed) describe, before JPEG, with OpenCV 4.10.0 and scikit-image 0.26.0
REFERENCE = {
    "curve -45": "fb8a97e897200be1",
    "curve -90": "46cffc9e993c70b3",
    "curve -135": "8fc202e6bcf03a6f",
    "curve 180": "99efe26c8d44e997",
    "line -45": "f6fd7fd3d41c3a15",
    "line -90": "29af3edd721dba5c",
    "line -135": "34e355671b43b78a",
    "line 180": "d58816837c3cc459",
    "bright below": "df78761b0b3ef530",
    "bright above": "099bb93021061331",
    "bright right": "29702525d3370838",
    "bright left": "79fcc2209757e295",
    "cross": "850fe397875604a0",
    "cross upside down": "d4aa6d8515e28308",
    "cross transposed": "aaded6768e4175c1",
    "cross transposed, mirrored": "78bf680c282cc919",
    "non-cross": "265e1951e54b05fb",
    "non-cross upside down": "f0094687a789a99f",
    "non-cross transposed": "d37dbc3492c51701",
    "non-cross transposed, mirrored": "abce0c6c8b8dcd54",
    "L": "6204ad9777271b2d",
    "L upside down": "fabf3a96010f7be1",
    "L transposed": "3052d65c1e535e0c",
    "L transposed, mirrored": "d7a83bc3ea16a970",
    "T": "be90f156ad19c7d1",
    "T upside down": "96300c8297b10dc8",
    "T transposed": "736967843ba38bd8",
    "T transposed, mirrored": "e1371476712ddbc3",
    "bar 0": "ffddfe2584bc5d77",
    "bar -20": "b8f4c2bbfad24820",
    "bar -80": "c0f584b2aa351fea",
    "bar -60": "732b29edaa10b03b",
    "bar -40": "9874b2d0a12ef84c",
    "bar 20": "5c52738e2463fcea",
    "bar 40": "2fbe743bbe1add66",
    "bar 60": "4b653342d0f15819",
    "bar 80": "89e88cc825a70234",
}


def all_items():
    strokes = [patch for patches in published_items.strokes().values() for patch in patches]
    bars = [published_items.tilted_bar(angle) for angle in (0, -20, -80, -60, -40, 20, 40, 60, 80)]
    discs = published_items.shaded_discs().values()
    return [*published_items.curves(), *published_items.lines(), *discs, *strokes, *bars]


def test_every_pixel_of_every_item():
    drawn = {p.look: hashlib.sha256(p.pixels[..., 0].tobytes()).hexdigest()[:16] for p in all_items()}
    assert drawn == REFERENCE


def test_items_are_grey_and_know_their_pixels():
    backgrounds = {48: 0, 31: 27, 177: 255, 69: 255}
    for patch in all_items():
        background = backgrounds[patch.side]
        assert (patch.pixels == patch.pixels[..., :1]).all()
        np.testing.assert_array_equal(patch.pixels[..., 0] != background, patch.mask)


def test_quarter_turns_are_exact():
    corner = np.zeros((8, 8), np.uint8)
    corner[1, 2] = 200
    # about the corner of pixel (4, 4), as OpenCV counts: row 1, column 2 -> row 6, column 1, counter-clockwise
    assert np.argwhere(published_items.turned(corner, 90)).tolist() == [[6, 1]]
    np.testing.assert_array_equal(published_items.turned(corner, 0), corner)


# papers of the six experiments, as published: display, cell, item px; grid; background; set sizes; trials a condition
GEOMETRY = {
    "curvature": (339, 56, 48, 36, 0, (8, 16, 32), 90),
    "shading": (198, 49, 31, 16, 27, (1, 6, 12), 90),
    "intersection": (615, 205, 177, 9, 255, (3, 6, 9), 108),
    "t_among_l": (615, 205, 177, 9, 255, (3, 6, 9), 108),
    "orientation_homogeneous": (339, 84, 69, 16, 255, (1, 4, 8, 12), 120),
    "orientation_heterogeneous": (339, 84, 69, 16, 255, (1, 4, 8, 12), 120),
}


def test_the_twelve_conditions():
    names = [condition for paradigm in PUBLISHED.values() for condition in paradigm.conditions]
    assert sorted(names) == sorted(
        [
            "curve_in_lines",
            "line_in_curves",
            "top_down",
            "left_right",
            "non_cross",
            "cross",
            "Ts",
            "Ls",
            "homo_t20",
            "homo_t0",
            "hetero_t0",
            "hetero_t20",
        ]
    )
    assert GEOMETRY.keys() == PUBLISHED.keys()


@pytest.mark.parametrize("name", GEOMETRY)
def test_geometry(name):
    side, cell, item, cells, background, set_sizes, trials = GEOMETRY[name]
    displays = stimuli.make(name)
    assert displays.recipe.set_sizes == set_sizes
    assert len(displays) == 2 * trials
    for display in displays[:: trials // 3]:
        assert display.image.shape == (side, side, 3)
        assert display.target.shape == (item, item, 3)
        assert display.background.tolist() == [background] * 3
        assert display.px_per_degree == 30
        assert len(display.objects) == cells
        assert (display.objects[:, 2:] - display.objects[:, :2] == cell).all()
        assert display.present


@pytest.mark.parametrize("name", GEOMETRY)
def test_the_target_box_is_the_cell(name):
    for display in stimuli.make(name, n_per_set_size=5):
        x0, y0, x1, y1 = display.items.boxes[display.items.target]
        held = (display.objects[:, 0] <= x0) & (display.objects[:, 2] >= x1)
        (cell,) = display.objects[held & (display.objects[:, 1] <= y0) & (display.objects[:, 3] >= y1)]
        if name != "shading":
            assert display.target_box.tolist() == cell.tolist()
            continue
        # the disc covers px 1..29 of its 31; the published box begins where these do, as large as a cell
        begin = np.array([x0 - 1, y0 - 1])
        assert display.target_box.tolist() == [*begin, *np.minimum(begin + 49, 198)]


def test_the_shading_box_reaches_beyond_its_cell():
    inside = [
        any((display.target_box == cell).all() for cell in display.objects)
        for display in stimuli.make("shading", n_per_set_size=20)
    ]
    assert np.mean(inside) < 0.05
    smooth = stimuli.make("shading", rendering="smooth", n_per_set_size=3)
    assert all((display.objects == display.target_box).all(axis=1).any() for display in smooth)


def test_mixed_orientations_are_as_different_as_possible():
    for display in stimuli.make("orientation_heterogeneous", set_sizes=[4, 9, 12], n_per_set_size=10):
        others = [look for number, look in enumerate(display.items.looks) if number != display.items.target]
        counts = np.unique(others, return_counts=True)[1]
        assert len(counts) == min(len(others), 8)
        assert counts.max() <= 2
        assert {"hetero_t0": "bar 0", "hetero_t20": "bar -20"}[display.condition] not in others


def test_the_rest_of_mixed_orientations_varies():
    displays = stimuli.make("orientation_heterogeneous", conditions=["hetero_t0"], set_sizes=[4], n_per_set_size=40)
    assert len({look for display in displays for look in display.items.looks}) == 9


def test_who_is_among_whom():
    looks = {
        display.condition: (display.items.looks[display.items.target], *display.items.looks[:2])
        for name in ("orientation_homogeneous", "shading")
        for display in stimuli.make(name, set_sizes=[6], n_per_set_size=1)
    }
    expected = {
        "homo_t20": ("bar -20", "bar 0"),
        "homo_t0": ("bar 0", "bar -20"),
        "top_down": ("bright above", "bright below"),
        "left_right": ("bright left", "bright right"),
    }
    assert {name: (target, *{*others} - {target}) for name, (target, *others) in looks.items()} == expected


def test_curvature_angles_take_turns():
    for display in stimuli.make("curvature", n_per_set_size=5):
        angles = [look.split()[1] for look in display.items.looks]
        assert angles == ["-45", "-90", "-135", "180"] * (display.set_size // 4)
        shapes = [look.split()[0] for look in display.items.looks]
        target = display.condition.split("_")[0]
        assert [number for number, shape in enumerate(shapes) if shape == target] == [display.items.target]


@pytest.mark.parametrize("name", GEOMETRY)
def test_smooth_items_cover_what_the_published_ones_do(name):
    hard, smooth = (stimuli.make(name, rendering=rendering, n_per_set_size=2) for rendering in ("published", "smooth"))
    for one, other in zip(hard, smooth, strict=True):
        ink = [abs(display.image[..., 0].astype(int) - display.background[0]) > 100 for display in (one, other)]
        if name != "shading":
            # of the pixels with ink in either; the published arcs, 5 px wide, lie 1.4 px lower than in their square's
            # middle, because places were cut to whole px
            assert (ink[0] & ink[1]).sum() / (ink[0] | ink[1]).sum() > (0.6 if name == "curvature" else 0.8)
        shift = abs(one.items.boxes - other.items.boxes).max()
        assert shift <= 3


def test_the_published_files_hold_these_items(data):
    """Four displays of the original generator, decoded from JPEG: each item is ours, and lies where it may."""
    with np.load(data / "eccnet_oracle" / "stimuli_categorization_hetero_t20.npz") as stored:
        images = {key.split("/")[1]: stored[key] for key in stored if key.endswith("stim")}
        targets = {key.split("/")[1]: stored[key] for key in stored if key.endswith("target")}
    items = [published_items.tilted_bar(angle) for angle in (-20, 0, -80, -60, -40, 20, 40, 60, 80)]
    found = 0
    for trial, image in images.items():
        assert abs(targets[trial].astype(int) - items[0].pixels[..., 0]).max() <= 8
        looks = []
        for y, x in np.ndindex(4, 4):
            cell = image[84 * y : 84 * y + 84, 84 * x : 84 * x + 84].astype(int)
            if cell.min() < 100:
                looks.append(_best(cell, items))
        assert looks.count("bar -20") == 1
        found += len(looks)
    assert found >= 4


def _best(cell, items):
    """Return the look of the item that is in the cell; there may be one, anywhere in it, and nothing else."""
    best = (np.inf, "")
    for patch in items:
        for top, left in np.ndindex(15, 15):
            drawn = np.full((84, 84), 255)
            drawn[top : top + 69, left : left + 69] = patch.pixels[..., 0]
            best = min(best, (abs(drawn - cell).max(), patch.look))
    assert best[0] <= 25  # what JPEG does to edges
    return best[1]
