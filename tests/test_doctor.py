import importlib
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from safetensors.numpy import save_file

from gazesim import doctor


def finding(name):
    return next(found for found in doctor.check() if found.name == name)


@pytest.fixture
def broken(monkeypatch):
    """Make the import of a module raise an error, as a damaged installation does."""

    def install(module, error):
        def import_module(name, *args):
            if name == module:
                raise error
            return real(name, *args)

        real = importlib.import_module
        monkeypatch.setattr(doctor.importlib, "import_module", import_module)

    return install


@pytest.fixture
def versions(monkeypatch):
    """Make the package metadata name these distributions with these versions."""

    def install(**installed):
        def version(name):
            if name.replace("-", "_") in installed:
                return installed[name.replace("-", "_")]
            raise doctor.importlib.metadata.PackageNotFoundError(name)

        monkeypatch.setattr(doctor.importlib.metadata, "version", version)

    return install


def test_every_finding_is_one_line_of_the_report():
    lines = doctor.report().splitlines()
    assert len(lines) == len(doctor.CHECKS) + 1
    assert all(line.split()[0] in doctor.MARKS.values() for line in lines[:-1])


def test_each_thing_is_looked_at_once_and_in_order():
    assert [found.name for found in doctor.check()] == list(doctor.CHECKS)


@pytest.mark.parametrize(
    ("ok", "line"),
    [(True, "ok       GPU"), (None, "missing  GPU"), (False, "problem  GPU")],
)
def test_the_mark_says_how_bad_it_is(ok, line):
    text = str(doctor.Finding("GPU", ok, "found", "do this"))
    assert text.startswith(line)
    assert text.endswith("found -> do this")


def test_a_finding_without_advice_has_no_arrow():
    assert "->" not in str(doctor.Finding("GPU", True, "found"))


@pytest.mark.parametrize(("problems", "verdict"), [(0, "gazesim is ready"), (1, "1 problem"), (2, "2 problems")])
def test_the_last_line_counts_problems_but_not_what_is_optional(monkeypatch, problems, verdict):
    findings = [doctor.Finding("x", ok, "") for ok in (True, None, *[False] * problems)]
    monkeypatch.setattr(doctor, "check", lambda: findings)
    assert doctor.report().splitlines()[-1] == verdict


def test_a_check_that_fails_is_a_finding_not_a_crash(monkeypatch):
    def look(name):
        raise RuntimeError("first line\nsecond line")

    monkeypatch.setitem(doctor.CHECKS, "GPU", look)
    found = finding("GPU")
    assert (found.ok, found.message) == (False, "RuntimeError: first line")


def test_python_is_the_one_that_runs():
    assert sys.executable in finding("python").message


def test_the_installed_pair_fits():
    assert finding("torchvision").ok is True


@pytest.mark.parametrize(
    "error",
    [RuntimeError("operator torchvision::nms does not exist"), OSError("undefined symbol: _ZN3c10")],
    ids=["operator", "symbol"],
)
def test_a_torchvision_that_does_not_import_names_both_versions_and_the_index(broken, versions, error):
    broken("torchvision", error)
    versions(torch="2.15.0+cpu", torchvision="0.29.2+cu132")
    found = doctor._torchvision("torchvision")
    assert found.ok is False
    assert "torch 2.15.0+cpu with torchvision 0.29.2+cu132" in found.message
    assert str(error) in found.message
    assert found.advice.endswith("torch torchvision --index-url https://download.pytorch.org/whl/cpu")


def test_a_torchvision_that_imports_but_whose_operators_fail_is_found(monkeypatch):
    def nms(*args):
        raise NotImplementedError("Could not run 'torchvision::nms'\nwith a long explanation")

    monkeypatch.setitem(sys.modules, "torchvision", SimpleNamespace(ops=SimpleNamespace(nms=nms)))
    found = finding("torchvision")
    assert found.ok is False
    assert found.message.endswith("NotImplementedError: Could not run 'torchvision::nms'")


def test_without_a_build_tag_the_advice_names_no_index(versions):
    versions(torch="2.15.0", torchvision="0.29.2")
    assert doctor._pair_advice().endswith("torch torchvision")


def test_a_torch_that_does_not_import_is_one_problem_and_the_rest_is_still_looked_at(broken):
    broken("torch", OSError("libcudart.so.13: cannot open shared object file"))
    findings = {found.name: found for found in doctor.check()}
    assert findings["torch"].ok is False
    assert "libcudart" in findings["torch"].message
    assert all(findings[name].advice == "repair torch first" for name in ("GPU", "CPU", "torch cache"))
    assert findings["OpenCV"].ok is True


def fake_torch(cuda, mps=False, names=()):
    return SimpleNamespace(
        __version__="2.15.0+cpu",
        cuda=SimpleNamespace(is_available=cuda, device_count=lambda: len(names), get_device_name=lambda i: names[i]),
        backends=SimpleNamespace(mps=SimpleNamespace(is_available=lambda: mps)),
    )


def old_driver():
    doctor.warnings.warn("The NVIDIA driver on your system is too old", stacklevel=1)
    return False


@pytest.mark.parametrize(
    ("torch", "card", "ok", "words"),
    [
        pytest.param(fake_torch(lambda: True, names=["H200", "T4"]), True, True, "cuda: H200, T4", id="cuda"),
        pytest.param(fake_torch(lambda: False, mps=True), False, True, "mps", id="mps"),
        pytest.param(fake_torch(lambda: False), False, None, "device=cpu", id="none"),
        pytest.param(fake_torch(lambda: False), True, None, "CUDA build", id="card, but torch for the CPU"),
        pytest.param(fake_torch(old_driver), True, None, "driver on your system is too old", id="old driver"),
    ],
)
def test_gpu(monkeypatch, torch, card, ok, words):
    monkeypatch.setitem(sys.modules, "torch", torch)
    monkeypatch.setattr(doctor.shutil, "which", lambda name: "/usr/bin/nvidia-smi" if card else None)
    found = doctor._gpu("GPU")
    assert found.ok is ok
    assert words in str(found)


def test_cpu_threads_are_those_torch_uses(monkeypatch):
    torch = importlib.import_module("torch")
    monkeypatch.setattr(torch, "get_num_threads", lambda: 7)
    assert finding("CPU").message.startswith("7 threads")


@pytest.mark.parametrize(("supported", "words"), [(True, "fast bfloat16"), (False, "no fast bfloat16")])
def test_bfloat16_support_is_told(monkeypatch, supported, words):
    torch = importlib.import_module("torch")
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: supported)
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: False)
    assert finding("CPU").message.split(", ")[-1].startswith(words)


def test_two_opencvs_overwrite_each_other(versions):
    versions(opencv_python="5.0.0", opencv_contrib_python="5.0.0", opencv_python_headless="4.13.0")
    found = doctor._opencv("OpenCV")
    assert found.ok is False
    assert found.advice == (
        "pip uninstall -y opencv-python-headless opencv-contrib-python, "
        "then pip install --force-reinstall opencv-python"
    )


@pytest.mark.parametrize(
    ("error", "advice"),
    [
        pytest.param(
            ImportError("libGL.so.1: cannot open shared object file: No such file or directory"),
            "pip uninstall -y opencv-python, then pip install opencv-python-headless",
            id="no graphics library",
        ),
        pytest.param(
            ImportError("numpy.core.multiarray failed to import"),
            "pip install --force-reinstall opencv-python",
            id="another error",
        ),
    ],
)
def test_an_opencv_that_does_not_import(broken, versions, error, advice):
    broken("cv2", error)
    versions(opencv_python="5.0.0")
    found = doctor._opencv("OpenCV")
    assert (found.ok, found.advice) == (False, advice)
    assert str(error) in found.message


def test_no_opencv_at_all(broken, versions):
    broken("cv2", ModuleNotFoundError("No module named 'cv2'"))
    versions()
    assert doctor._opencv("OpenCV").advice == "pip install --force-reinstall opencv-python"


@pytest.mark.parametrize(
    ("extra", "package"), [("keras", "h5py"), ("parquet", "pyarrow"), ("clip", "open_clip"), ("efficientnet", "timm")]
)
def test_an_extra_that_is_absent_is_missing_and_one_that_is_broken_a_problem(broken, extra, package):
    broken(package, ModuleNotFoundError(f"No module named '{package}'"))
    absent = doctor._extra(f"{extra} extra")
    assert (absent.ok, absent.advice) == (None, f'pip install "gazesim[{extra}]"')
    broken(package, ImportError("DLL load failed"))
    assert doctor._extra(f"{extra} extra").ok is False


def test_the_torch_cache_lists_the_trunks_in_it(monkeypatch, tmp_path):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    checkpoints = tmp_path / "hub/checkpoints"
    assert finding("torch cache").message.startswith(f"{checkpoints}: nothing downloaded yet")
    checkpoints.mkdir(parents=True)
    for name in ("vgg16-397923af.pth", "resnet50.pth", "alexnet-owt.pth"):
        (checkpoints / name).touch()
    found = finding("torch cache")
    assert (found.ok, found.message) == (True, f"{checkpoints}: alexnet-owt.pth, vgg16-397923af.pth")


def test_a_torch_cache_that_cannot_be_written_is_a_problem(monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "file/below"))
    found = finding("torch cache")
    assert found.ok is False
    assert "TORCH_HOME" in found.advice


def test_embedded_weights_present_damaged_and_absent(monkeypatch, tmp_path):
    weights = tmp_path / "embedded.safetensors"
    monkeypatch.setattr(doctor, "SHIPPED", tmp_path)
    assert finding("embedded weights").ok is False
    save_file({"a": np.zeros((500, 1000), np.float16), "b": np.zeros(1)}, weights)
    assert finding("embedded weights").message == "embedded.safetensors, 1.0 MB, 2 tensors"
    weights.write_bytes(weights.read_bytes()[:-1])
    assert finding("embedded weights").ok is False


def test_weights_that_are_fetched_may_be_missing(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    found = finding("vgg16 weights")
    assert (found.ok, found.advice) == (None, "fetched when weights=vgg16 is first used")
    named = tmp_path / "gazesim/weights/vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5"
    named.parent.mkdir(parents=True)
    named.write_bytes(bytes(2_000_000))
    assert finding("vgg16 weights").message == f"{named}, 2.0 MB"


def test_looking_for_the_output_folder_leaves_nothing_behind(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert finding("output folder").ok is True
    assert not list(tmp_path.iterdir())


def test_an_output_folder_that_cannot_be_written_is_a_problem(monkeypatch, tmp_path):
    def refuse(**where):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(doctor.tempfile, "TemporaryFile", refuse)
    found = finding("output folder")
    assert found.ok is False
    assert str(doctor.Path.cwd()) in found.message
