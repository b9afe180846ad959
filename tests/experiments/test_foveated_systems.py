import foveated_report
import foveated_systems
import numpy as np
import pandas as pd
import pytest
from foveated_systems import SMALL, measurements, network
from PIL import Image

from gazesim.perception.systems import SYSTEMS


def accuracies(values):
    """A table of tests in which every share right is `values[system]`, plus a hundredth of the seed."""
    rows = []
    for system, value in values.items():
        for seed in range(3):
            right = value + seed / 100
            rows += [(system, seed, f"shown_{other}", 0, right) for other in SYSTEMS] + [
                (system, seed, "trained", 0, 0.9)
            ]
            for test in ("low_pass", "high_pass"):
                rows += [(system, seed, test, level, right) for level in (0, 1, 2)]
            for test in (*foveated_report.OCCLUSIONS, "window_inside", "square_inside"):
                rows += [(system, seed, test, level, right) for level in (0.0, 0.5, 1.0)]
            for test in ("window_outside", "square_outside"):
                rows += [(system, seed, test, level, 0.5 - right / 2) for level in (0.0, 0.5, 1.0)]
    return pd.DataFrame(rows, columns=["system", "seed", "test", "level", "accuracy"])


def test_contrasts_are_paired_and_signed():
    values = {"reference": 0.5, "foveation_texture": 0.5, "foveation_blur": 0.4, "uniform_blur": 0.3}
    found = foveated_report.measures(accuracies(values))
    assert found["accuracy"].loc[1, "foveation_blur"] == pytest.approx(0.41)
    assert found["test less train"].loc[0, "reference"] == pytest.approx(-0.4)
    assert found["scotoma"].loc[2, "uniform_blur"] == pytest.approx(0.32)
    rows = {
        (claim, name, contrast): (sign, each) for claim, name, contrast, sign, each in foveated_report.claims(found)
    }
    sign, each = rows["1", "accuracy", "foveation_texture less uniform_blur"]
    np.testing.assert_allclose(each, 0.2)
    assert foveated_report.verdict(sign, each) == "as claimed"
    assert foveated_report.verdict(*rows["1", "accuracy", "foveation_texture less reference"]) == "not told apart"
    assert foveated_report.verdict("+", np.array([-0.1, -0.11, -0.09])) == "against"
    assert foveated_report.verdict("+", np.array([0.1, -0.1, 0.05])) == "open"
    assert rows["3", "glaucoma less scotoma", "foveation_blur less uniform_blur"][1] == pytest.approx(0)


def test_networks_of_a_seed_start_alike():
    one, other, third = (network(SMALL, 10, seed).state_dict() for seed in (1, 1, 2))
    assert all((one[name] == other[name]).all() for name in one)
    assert any((one[name] != third[name]).any() for name in one)


def test_conflicts_show_other_classes_inside():
    """Each picture is flat and its grey value its class, which is so read from the middle and the corner."""
    labels = np.arange(12) % 4
    pictures = np.broadcast_to((labels * 10)[:, None, None, None], (12, 32, 32, 3)).astype(np.uint8)
    seen = list(measurements(SMALL, {"test": pictures}, labels, np.zeros(3)))
    for test, share, shown, kinds in seen:
        if test.startswith(("window", "square")) and 0.2 < share < 0.8:
            inside, outside = shown[:, 16, 16, 0] // 10, shown[:, 0, 0, 0] // 10
            assert (kinds == (inside if test.endswith("inside") else outside)).all()
            assert (inside != outside).all()
            if test.startswith("window"):
                assert (inside == (outside + 1) % 4).all()
    shares = [
        len(set(shown[:, 16, 16, 0])) for test, share, shown, _ in seen if test == "square_inside" and share == 0.5
    ]
    assert shares == [4]


@pytest.mark.slow
def test_a_small_run_ends_with_tables_and_continues(tmp_path, noise, capsys):
    for part, number in (("train", 10), ("test", 6)):
        for kind in ("a", "b"):
            (tmp_path / "pictures" / part / kind).mkdir(parents=True)
            for i in range(number):
                Image.fromarray(noise(64, 64, i) // (1 + (kind == "b"))).save(
                    tmp_path / f"pictures/{part}/{kind}/{i}.png"
                )
    sizes = ["--train", "20", "--test", "12", "--matched", "2", "--tested", "12", "--epochs", "1"]
    arguments = [str(tmp_path / "out"), "--pictures", str(tmp_path / "pictures"), *sizes]
    assert foveated_systems.main([*arguments, "--seeds", "1"]) == 0
    first = pd.read_csv(tmp_path / "out/tests.csv")
    (tmp_path / "out/networks/uniform_blur_0.safetensors").unlink()  # as if killed while that network was trained
    table = first[first["system"] != "uniform_blur"]
    table.to_csv(tmp_path / "out/tests.csv", index=False)
    assert foveated_systems.main([*arguments, "--seeds", "2"]) == 0
    again = pd.read_csv(tmp_path / "out/tests.csv")
    own = again[again["seed"] == 0].reset_index(drop=True)
    pd.testing.assert_frame_equal(own, first)  # to the last bit
    assert len(again) == 2 * len(first)
    assert "foveation_texture less uniform_blur" in capsys.readouterr().out
    written = {path.name for path in (tmp_path / "out").iterdir()}
    assert {"tables.md", "curves.png", "curves.pdf", "learning.png", "systems.png", "matching.csv"} <= written
