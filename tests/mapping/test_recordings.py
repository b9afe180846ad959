import gzip
import json

import numpy as np
import pytest

from gazesim.mapping.recordings import read_recording

SIZE = (200, 100)
TIMES = np.arange(10) * 40.0
START = 1_700_000_000_000_000_000
CLOUD = "section id,recording id,fixation id,start timestamp [ns],end timestamp [ns],duration [ms],"
CLOUD += "fixation x [px],fixation y [px]\n"


def cloud(folder, onset_ms=100):
    stamps = "".join(f"s,r,{START + k * 40_000_000}\n" for k in range(10))
    (folder / "world_timestamps.csv").write_text("section id,recording id,timestamp [ns]\n" + stamps)
    first = START + onset_ms * 1_000_000
    (folder / "fixations.csv").write_text(CLOUD + f"s,r,1,{first},{first + 60_000_000},60,50.5,20\n")
    return folder


def test_pupil_cloud(tmp_path):
    gaze = read_recording(cloud(tmp_path), TIMES, SIZE)
    assert gaze.frame.tolist() == [3]
    np.testing.assert_allclose(gaze.onset_ms, [100], atol=1e-3)
    assert gaze.xy.tolist() == [[50.5, 20]]
    assert gaze.duration_ms.tolist() == [60]


def test_pupil_cloud_samples(tmp_path):
    cloud(tmp_path)
    (tmp_path / "fixations.csv").unlink()
    rows = "".join(f"{START + k * 5_000_000},{k},7\n" for k in range(20))
    (tmp_path / "gaze.csv").write_text("timestamp [ns],gaze x [px],gaze y [px]\n" + rows)
    gaze = read_recording(tmp_path, TIMES, SIZE)
    assert len(gaze) == 20
    np.testing.assert_allclose(gaze.duration_ms, 5, atol=1e-3)
    assert gaze.frame.max() == 2


def test_pupil_core_counts_y_from_below(tmp_path):
    stamps = "".join(f"{1000 + k * 0.04},{k}\n" for k in range(10))
    (tmp_path / "world_timestamps.csv").write_text("# timestamps [seconds],pts\n" + stamps)
    (tmp_path / "fixations.csv").write_text(
        "id,start_timestamp,duration,start_frame_index,end_frame_index,norm_pos_x,norm_pos_y,confidence\n"
        "1,1000.1,60,2,4,0.25,0.9,0.99\n2,1000.2,60,5,6,0.25,0.9,0.1\n"
    )
    gaze = read_recording(tmp_path, TIMES, SIZE)
    np.testing.assert_allclose(gaze.xy, [[50, 10]])
    assert gaze.frame.tolist() == [3]


def test_pupil_without_times_of_frames(tmp_path):
    cloud(tmp_path)
    (tmp_path / "world_timestamps.csv").unlink()
    with pytest.raises(FileNotFoundError, match=r"times of the frames .*world_timestamps.csv' does not exist"):
        read_recording(tmp_path, TIMES, SIZE)


def test_pupil_of_another_clock(tmp_path):
    with pytest.raises(ValueError, match=r"fixations.csv': no gaze lies within the video: .* give offset_ms"):
        read_recording(cloud(tmp_path, onset_ms=-900_000), TIMES, SIZE)


TOBII = "Recording timestamp [μs]\tGaze point X [MCS px]\tGaze point Y [MCS px]\tEye movement type\t"
TOBII += "Gaze event duration [ms]\tEye movement type index\tFixation point X [MCS px]\tFixation point Y [MCS px]\n"


def test_tobii_pro_lab_fixations(tmp_path):
    file = tmp_path / "export.tsv"
    rows = [(0, "Saccade", 20, 1, ""), (20, "Fixation", 40, 1, 50), (40, "Fixation", 40, 1, 50)]
    rows += [(60, "Unclassified", 20, 1, ""), (80, "Fixation", 60, 2, 70), (100, "Fixation", 60, 2, 70)]
    file.write_text(TOBII + "".join(f"{t * 1000}\t1\t2\t{kind}\t{d}\t{i}\t{x}\t{x}\n" for t, kind, d, i, x in rows))
    gaze = read_recording(file, TIMES, SIZE)
    assert gaze.onset_ms.tolist() == [20, 80]
    assert gaze.duration_ms.tolist() == [40, 60]
    assert gaze.xy[:, 0].tolist() == [50, 70]


def test_tobii_pro_lab_samples(tmp_path):
    file = tmp_path / "export.tsv"
    file.write_text("Recording timestamp [ms]\tGaze point X\tGaze point Y\n0\t10\t20\n20\t\t\n40\t11\t21\n")
    gaze = read_recording(file, TIMES, SIZE)
    assert gaze.xy.tolist() == [[10, 20], [11, 21]]
    assert gaze.duration_ms.tolist() == [20, 20]


def test_tobii_glasses_3(tmp_path):
    lines = [{"type": "gaze", "timestamp": 0.05, "data": {"gaze2d": [0.25, 0.5]}}, {"type": "event", "timestamp": 0.06}]
    lines += [{"type": "gaze", "timestamp": 0.07, "data": {}}]
    text = "".join(json.dumps(line) + "\n" for line in lines)
    (tmp_path / "gazedata.gz").write_bytes(gzip.compress(text.encode()))
    gaze = read_recording(tmp_path / "gazedata.gz", TIMES, SIZE)
    assert gaze.xy.tolist() == [[50, 50]]
    assert gaze.frame.tolist() == [1]
    (tmp_path / "gazedata.gz").write_bytes(b"no gzip")
    with pytest.raises(ValueError, match="is no gaze data of Glasses 3"):
        read_recording(tmp_path / "gazedata.gz", TIMES, SIZE)


def test_a_table_of_ones_own(tmp_path):
    (tmp_path / "own.csv").write_text("frame,x,y\n3,5,6\n")
    assert read_recording(tmp_path / "own.csv", TIMES, SIZE).frame.tolist() == [3]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Recording timestamp [ms],Other\n1,2\n", "neither fixations nor 'Gaze point X'"),
        ("Recording timestamp [ms],Gaze point X\n1,2\n", "has no column 'Gaze point Y'"),
        (
            "Recording timestamp [ms],Eye movement type,Eye movement type index,Fixation point X,Fixation point Y\n"
            "1,Fixation,1,2,3\n",
            "no column 'Gaze event duration'",
        ),
    ],
)
def test_missing_columns_are_named(tmp_path, text, message):
    (tmp_path / "export.csv").write_text(text)
    with pytest.raises(ValueError, match=message):
        read_recording(tmp_path / "export.csv", TIMES, SIZE)


def test_no_file(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"gaze .*fixations.csv' does not exist"):
        read_recording(tmp_path, TIMES, SIZE)
