import numpy as np

from gazesim import stimuli
from gazesim.stimuli.contact_sheet import CAPTION, MARGIN, MARK, THUMBNAIL, contact_sheet

STEP_X, STEP_Y = THUMBNAIL + MARGIN, THUMBNAIL + CAPTION + MARGIN


def marked(page, row, column):
    part = page[row * STEP_Y : (row + 1) * STEP_Y, column * STEP_X : (column + 1) * STEP_X]
    return (part == MARK).all(axis=2).any()


def test_a_row_a_condition_and_a_column_a_set_size():
    displays = stimuli.make("size", set_sizes=[1, 4, 8], n_per_set_size=3)
    page = contact_sheet(displays.samples())
    assert page.shape == (4 * STEP_Y + MARGIN, 3 * STEP_X + MARGIN, 3)
    # rows are large, large absent, small, small absent: only targets that are there are marked
    assert [[marked(page, row, column) for column in range(3)] for row in range(4)] == [[True] * 3, [False] * 3] * 2


def test_a_display_is_seen_as_it_is():
    (display,) = stimuli.make("size", conditions=["small"], set_sizes=[6], n_per_set_size=1, target="absent")
    page = contact_sheet([display])
    shown = page[MARGIN + CAPTION : MARGIN + CAPTION + THUMBNAIL, MARGIN : MARGIN + THUMBNAIL].astype(float)
    blocks = display.image.reshape(120, 3, 120, 3, 3).mean(axis=(1, 3))
    halves = shown.reshape(120, 2, 120, 2, 3).mean(axis=(1, 3))
    assert abs(blocks - halves).mean() < 1


def test_long_rows_are_broken():
    displays = stimuli.make("size", conditions=["small"], set_sizes=range(1, 9), n_per_set_size=1, target="present")
    assert contact_sheet(displays).shape == (2 * STEP_Y + MARGIN, 6 * STEP_X + MARGIN, 3)
    assert np.ptp(contact_sheet(displays)[STEP_Y + MARGIN :, 2 * STEP_X + MARGIN :]) == 0
