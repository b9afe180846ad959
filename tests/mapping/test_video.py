import cv2
import numpy as np
import pytest
from PIL import Image

from gazesim.mapping.video import open_video


def test_a_folder_of_pictures_is_ordered_by_number(tmp_path):
    for number in (10, 9, 11):
        Image.new("RGB", (20, 10), (number, 0, 0)).save(tmp_path / f"f{number}.png")
    video = open_video(tmp_path, 50)
    assert [video[k][0, 0, 0] for k in range(3)] == [9, 10, 11]
    assert video.size == (20, 10)
    assert video.times_ms.tolist() == [0, 20, 40]


def test_a_file_is_read_in_any_order(tmp_path):
    path = tmp_path / "v.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 25, (64, 48))
    for k in range(8):
        writer.write(np.full((48, 64, 3), k * 30, np.uint8))
    writer.release()
    video = open_video(path)
    assert (len(video), video.size) == (8, (64, 48))
    assert video.times_ms[1] == 40
    for k in (0, 5, 6, 2):
        assert abs(int(video[k].mean()) - k * 30) < 4
    assert open_video(path, 50).times_ms[1] == 20


@pytest.mark.parametrize(("name", "message"), [("", "has no pictures"), ("v.mp4", "cannot be read")])
def test_what_is_no_video_is_refused(tmp_path, name, message, capfd):
    if name:
        (tmp_path / name).write_text("no video")
    with pytest.raises(ValueError, match=message):
        open_video(tmp_path / name)


def test_a_missing_video_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"video .*gone.mp4' does not exist"):
        open_video(tmp_path / "gone.mp4")
