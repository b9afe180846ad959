"""Exports of eye trackers: what is proposed for them, and what is read with it."""

import re

import numpy as np
import pytest

from gazesim.datasets import load_own
from gazesim.datasets.describing import describe

EYELINK = """RECORDING_SESSION_LABEL\tTRIAL_INDEX\timage\tEYE_USED\tCURRENT_FIX_INDEX\
\tCURRENT_FIX_START\tCURRENT_FIX_DURATION\tCURRENT_FIX_X\tCURRENT_FIX_Y
s1\t1\ta.png\tRIGHT\t1\t12\t200\t512,5\t384,2
s1\t1\ta.png\tRIGHT\t2\t260\t240\t700,1\t300
s1\t1\ta.png\tRIGHT\t3\t540\t180\t.\t.
s1\t2\tb.png\tRIGHT\t1\t8\t210\t200\t600
"""
TOBII = """Recording timestamp [μs]\tParticipant name\tPresented Stimulus name\tEye movement type\
\tEye movement event duration [ms]\tEye movement type index\
\tFixation point X [MCS px]\tFixation point Y [MCS px]
1000\tP1\ta\tFixation\t200\t1\t512.5\t384.2
9000\tP1\ta\tFixation\t200\t1\t512.5\t384.2
210000\tP1\ta\tSaccade\t40\t1\t\t
250000\tP1\ta\tFixation\t240\t2\t700.1\t300
258000\tP1\ta\tFixation\t240\t2\t700.1\t300
900000\tP1\tb\tFixation\t210\t3\t200\t600
"""
GAZEPOINT = """MEDIA_ID,MEDIA_NAME,CNT,TIME(2026/01/31 10:00:00.000),FPOGX,FPOGY,FPOGS,FPOGD,FPOGID,FPOGV
0,a,1,0.01,0.500,0.500,0.001,0.01,1,0
0,a,2,0.02,0.5014648,0.5013021,0.001,0.2,1,1
0,a,3,0.30,0.6846680,0.3912760,0.25,0.24,2,1
1,b,4,0.90,0.1958008,0.7819010,0.9,0.21,3,1
"""
PUPIL_CLOUD = """section id,recording id,fixation id,start timestamp [ns],\
end timestamp [ns],duration [ms],fixation x [px],fixation y [px]
a,P1,1,1000000,201000000,200,512.5,384.2
a,P1,2,250000000,490000000,240,700.1,300
b,P1,1,900000000,1110000000,210,200,600
"""
PUPIL_SURFACE = """world_timestamp,world_index,fixation_id,start_timestamp,duration,dispersion,\
norm_pos_x,norm_pos_y,x_scaled,y_scaled,on_surf
1.0,1,1,0.001,200,0.7,0.5009766,0.4990885,1,1,True
1.1,2,1,0.001,200,0.7,0.5009766,0.4990885,1,1,True
1.2,3,2,0.25,240,0.7,0.6841797,0.6087240,1,1,True
1.3,4,3,0.5,240,0.7,1.9,0.6,1,1,False
"""
PLACES = [[512.5, 384.2], [700.1, 300]]


@pytest.mark.parametrize(
    ("name", "text", "maker", "fills"),
    [
        ("report.txt", EYELINK, "EyeLink fixation report", ""),
        ("tobii.tsv", TOBII, "Tobii export", ""),
        ("gazepoint.csv", GAZEPOINT, "Gazepoint export", "observer: P1"),
        ("fixations.csv", PUPIL_CLOUD, "Pupil Cloud export", ""),
        ("surface.csv", PUPIL_SURFACE, "Pupil Labs surface export", "trial: a\nobserver: P1"),
    ],
)
def test_an_export_is_read_with_what_is_proposed(tmp_path, name, text, maker, fills):
    (tmp_path / name).write_text(text, encoding="utf-16" if name == "report.txt" else "utf-8")
    proposed = describe(tmp_path / name)
    assert proposed.startswith(f"# {maker} as it looks")
    kept = [
        line for line in proposed.splitlines() if not re.match(r"(width|height|px_per_degree|trial|observer):", line)
    ]
    (tmp_path / "mine.yaml").write_text("\n".join([*kept, fills, "width: 1024", "height: 768"]))
    data = load_own(tmp_path / "mine.yaml")
    path = data.scanpaths[0]
    np.testing.assert_allclose(path.xy, PLACES, atol=0.6)
    assert path.duration_ms.tolist() == pytest.approx([200, 240])
    assert np.diff(path.onset_ms).tolist() == pytest.approx([249 if name != "report.txt" else 248])
    assert len(data.scanpaths) == (1 if name == "surface.csv" else 2)


def test_what_has_to_be_filled_in_stops_until_it_is(tmp_path):
    (tmp_path / "report.tsv").write_text(EYELINK)
    (tmp_path / "mine.yaml").write_text(describe(tmp_path / "report.tsv"))
    with pytest.raises(ValueError, match="expected width and height, or trials"):
        load_own(tmp_path / "mine.yaml")


def test_a_table_of_nobody(tmp_path):
    (tmp_path / "a.csv").write_text("Subject,Picture,Fix_X,Fix_Y,dur\np,a,10,20,0.2\np,a,30,40,0.3\n")
    proposed = describe(tmp_path / "a.csv")
    assert "duration_s: dur" in proposed
    assert "x goes from 10 to 30, y from 20 to 40" in proposed
    assert "trial: Picture" in proposed
    (tmp_path / "b.csv").write_text("a,b\n1,2\n")
    with pytest.raises(ValueError, match=r"has no column that looks like x of fixations; it has 'a', 'b'$"):
        describe(tmp_path / "b.csv")


def test_samples_without_the_number_of_their_fixation(tmp_path):
    (tmp_path / "a.csv").write_text("trial,observer,x,y\na,p,10,20\n")
    (tmp_path / "a.yaml").write_text("table: a.csv\nevery_row: sample\nwidth: 90\nheight: 90\n")
    with pytest.raises(ValueError, match="no column is the index of its fixation"):
        load_own(tmp_path / "a.yaml")
