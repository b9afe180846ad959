import json
import re

import pytest
from PIL import Image

from gazesim.mapping.detections import detections, read_labels
from gazesim.mapping.page import write_label_page, write_label_pictures


def facts(path):
    text = path.read_text(encoding="utf-8")
    found = re.search(r'<script type="application/json" id="facts">(.*?)</script>', text, re.S)
    return text, json.loads(found.group(1))


def test_the_page_has_frames_boxes_and_labels(tmp_path, desk, found):
    proposals = found.labels.tolist()
    write_label_page(tmp_path / "label.html", desk, found, [5, 2], ["cup </script>", "background"], proposals)
    text, told = facts(tmp_path / "label.html")
    assert [frame["frame"] for frame in told["frames"]] == [5, 2]
    assert told["names"] == ["cup </script>", "background"]
    own = found.rows(5)
    assert {box["number"] for box in told["frames"][0]["boxes"]} == set(found.number[own].tolist())
    assert {box["label"] for box in told["frames"][0]["boxes"]} == set(found.labels[own].tolist())
    assert told["frames"][0]["picture"].startswith("data:image/jpeg;base64,")
    assert text.count("</script>") == 2


def test_the_page_asks_nothing_of_any_network(tmp_path, desk, found):
    write_label_page(tmp_path / "label.html", desk, found, [5], ["cup"])
    text, _ = facts(tmp_path / "label.html")
    assert "default-src 'none'" in text
    addresses = set(re.findall(r"https?://[^\"' ]+", text))
    assert addresses == {"http://www.w3.org/2000/svg"}
    assert "src=" not in text.replace("default-src", "").replace("img-src", "")


def test_pictures_and_a_table_to_fill_in(tmp_path, desk, found):
    files = write_label_pictures(tmp_path / "to_label", desk, found, [5, 2])
    assert [file.name for file in files] == ["frame_000005.png", "frame_000002.png", "to_label.csv"]
    with Image.open(files[0]) as picture:
        assert picture.size == desk.size
    lines = files[2].read_text().splitlines()
    assert lines[:2] == ["frame,box,label", "5,0,"]
    files[2].write_text("\n".join([lines[0], lines[1] + "cup", *lines[2:]]))
    assert read_labels(files[2], found)[found.rows(5)].tolist().count("cup") == 1


def test_frames_without_boxes_are_refused(tmp_path, desk):
    few = detections([0], [[1, 1, 9, 9]], desk.size, n_frames=len(desk))
    for write in (write_label_pictures, lambda *given: write_label_page(*given, ["cup"])):
        with pytest.raises(ValueError, match="frame 3 has no boxes"):
            write(tmp_path / "x", desk, few, [3])
