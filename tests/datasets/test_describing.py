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


ASC = """** CONVERTED FROM x.edf
MSG\t1000 DISPLAY_COORDS 0 0 1023 767
MSG\t1003 TRIALID 1
MSG\t1003 !V IMGLOAD FILL images\\a.png
START\t1004 \tRIGHT\tSAMPLES\tEVENTS
SFIX R   1010
1010\t  512.5\t  384.2\t 1000.0\t...
EFIX R   1010\t1209\t200\t  512.5\t  384.2\t  1000
EFIX R   1250\t1489\t240\t  700.1\t  300.0\t  1000
END\t1500 \tSAMPLES\tEVENTS
MSG\t2003 TRIALID 2
START\t2004 \tRIGHT\tSAMPLES\tEVENTS
EFIX R   2010\t2219\t210\t   .\t   .\t  0
EFIX R   2300\t2509\t210\t  200.0\t  600.0\t  1000
"""


def test_fixations_of_asc_files(tmp_path):
    (tmp_path / "p1.asc").write_text(ASC)
    proposed = describe(tmp_path / "p1.asc")
    assert proposed.startswith("# EyeLink .asc as it looks")
    assert "width: 1024" in proposed
    assert "trial: trial" in proposed
    (tmp_path / "mine.yaml").write_text("table: '*.asc'\nwidth: 1024\nheight: 768\nmissing: ['.']\n")
    first, second = load_own(tmp_path / "mine.yaml").scanpaths
    assert (first.trial, first.observer, second.trial) == ("1", "p1", "2")
    assert first.xy.tolist() == PLACES
    assert (first.onset_ms.tolist(), first.duration_ms.tolist()) == ([6, 246], [200, 240])
    assert second.xy.tolist() == [[200, 600]]
    (tmp_path / "p1.asc").write_text("MSG 1 TRIALID 1\n")
    with pytest.raises(ValueError, match=r"has no fixations \(EFIX\)"):
        load_own(tmp_path / "mine.yaml")


def samples(tmp_path, **keys):
    """500 Hz: half a second at (300, 400), half a second at (700, 300), then a gap and (200, 600)."""
    time = np.concatenate([np.arange(0, 1000, 2), np.arange(1400, 1800, 2)])
    x = np.select([time < 500, time < 1000], [300, 700], 200) + np.random.default_rng(0).normal(0, 0.3, len(time))
    y = np.select([time < 500, time < 1000], [400, 300], 600)
    rows = "".join(f"a,p,{t},{u},{v}\n" for t, u, v in zip(time, x, y, strict=True))
    (tmp_path / "a.csv").write_text("trial,observer,onset_ms,x,y\n" + rows)
    given = {"table": "a.csv", "every_row": "sample", "width": 1024, "height": 768, "px_per_degree": 30, **keys}
    (tmp_path / "a.yaml").write_text("".join(f"{key}: {value}\n" for key, value in given.items()))
    return tmp_path / "a.yaml"


@pytest.mark.parametrize("method", ["ivt", "idt"])
def test_fixations_are_found_in_samples(tmp_path, method):
    pytest.importorskip("pymovements")
    (path,) = load_own(samples(tmp_path, detect=f"{{method: {method}, minimum_duration: 80}}")).scanpaths
    np.testing.assert_allclose(path.xy, [[300, 400], [700, 300], [200, 600]], atol=6)
    np.testing.assert_allclose(path.onset_ms, [0, 500, 1400], atol=10)
    np.testing.assert_allclose(path.duration_ms, [500, 500, 400], atol=20)
    with pytest.raises(ValueError, match="unknown setting of detect"):
        load_own(samples(tmp_path, detect=f"{{method: {method}, threshold: 80}}"))
    with pytest.raises(ValueError, match="expected px_per_degree: speeds are degrees"):
        load_own(samples(tmp_path, px_per_degree="null"))


def test_samples_need_pymovements(tmp_path, monkeypatch):
    monkeypatch.setattr("gazesim.datasets.detecting.find_spec", lambda name: None)
    with pytest.raises(ValueError, match=r"which needs pymovements: pip install 'gazesim\[trackers\]'"):
        load_own(samples(tmp_path))


def test_sessions_are_not_taken_for_samples(tmp_path):
    rows = "".join(f"a,p,{visit},{n},{10 * n},{20 * visit}\n" for visit in (1, 2) for n in range(3))
    (tmp_path / "a.csv").write_text("trial,observer,session,index,x,y\n" + rows)
    assert "every_row" not in describe(tmp_path / "a.csv")
    (tmp_path / "a.yaml").write_text("table: a.csv\nevery_row: sample\nwidth: 90\nheight: 90\n")
    with pytest.raises(ValueError, match=r"session is 1 and 2 for observer 'p' in trial 'a'"):
        load_own(tmp_path / "a.yaml")
    (tmp_path / "a.yaml").write_text("table: a.csv\nevery_row: sample\nsession: session\nwidth: 90\nheight: 90\n")
    assert [len(path) for path in load_own(tmp_path / "a.yaml").scanpaths] == [3, 3]
