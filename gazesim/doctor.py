"""Checks the installation: what works, what is missing, what is broken, and what to do about it.

Nothing here needs a working torch, torchvision or OpenCV: a check that fails becomes a finding.
"""

import importlib
import importlib.metadata
import os
import platform
import re
import shutil
import sys
import tempfile
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

SHIPPED = Path(__file__).parent / "encoders/weights"
EXTRAS = {"keras": "h5py", "parquet": "pyarrow", "clip": "open_clip", "efficientnet": "timm"}
OPENCV = (
    "opencv-python",
    "opencv-python-headless",
    "opencv-contrib-python",
    "opencv-contrib-python-headless",
)
MARKS = {True: "ok", None: "missing", False: "problem"}


@dataclass(frozen=True)
class Finding:
    """The outcome of one check.

    Attributes
    ----------
    name : str
        What was looked at.
    ok : bool or None
        True: fine. None: something optional is missing. False: gazesim will not work as it should.
    message : str
        What was found, in one line.
    advice : str
        What to do, in one line; empty where there is nothing to do.
    """

    name: str
    ok: bool | None
    message: str
    advice: str = ""

    def __str__(self) -> str:
        advice = f" -> {self.advice}" if self.advice else ""
        return f"{MARKS[self.ok]:8} {self.name:16} {self.message}{advice}"


def check() -> list[Finding]:
    """Look at everything gazesim stands on; takes a few seconds, most of it importing torch.

    Returns
    -------
    list of Finding
        One for each thing looked at, always the same ones in the same order.
    """
    return [_guarded(name, look) for name, look in CHECKS.items()]


def report() -> str:
    """Return the findings of `check` as text, one line each, and a last line that sums them up."""
    findings = check()
    problems = sum(finding.ok is False for finding in findings)
    verdict = {0: "gazesim is ready", 1: "1 problem"}.get(problems, f"{problems} problems")
    return "\n".join([*map(str, findings), verdict])


def _guarded(name: str, look: Callable[[str], Finding]) -> Finding:
    """Run one check; whatever it raises is its finding."""
    try:
        return look(name)
    except Exception as error:
        return Finding(name, False, _one_line(error), "reinstall gazesim in a new virtual environment")


def _one_line(error: Exception | Warning | str) -> str:
    lines = str(error).strip().splitlines() or [""]
    return f"{type(error).__name__}: {lines[0][:160]}".rstrip(": ")


def _python(name: str) -> Finding:
    return Finding(name, True, f"{platform.python_version()} at {sys.executable}")


def _torch(name: str) -> Finding:
    try:
        torch = importlib.import_module("torch")
    except Exception as error:
        return Finding(name, False, _one_line(error), "pip install --force-reinstall torch torchvision")
    return Finding(name, True, str(torch.__version__))


def _torchvision(name: str) -> Finding:
    """Call a compiled operator: a pair that does not fit fails at import or here, whatever its numbers."""
    try:
        torch = importlib.import_module("torch")
        torchvision = importlib.import_module("torchvision")
        torchvision.ops.nms(torch.tensor([[0.0, 0.0, 1.0, 1.0]]), torch.tensor([1.0]), 0.5)
    except Exception as error:
        versions = f"torch {_version('torch')} with torchvision {_version('torchvision')}"
        return Finding(name, False, f"{versions}: {_one_line(error)}", _pair_advice())
    return Finding(name, True, f"{torchvision.__version__}, fits torch {torch.__version__}")


def _pair_advice() -> str:
    """Say how to get a pair that was built together: both from one index, the one torch came from."""
    build = re.search(r"\+(\w+)", _version("torch"))
    index = f" --index-url https://download.pytorch.org/whl/{build[1]}" if build else ""
    return f"install both from one place: pip install --force-reinstall torch torchvision{index}"


def _version(distribution: str) -> str:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return "(not installed)"


def _gpu(name: str) -> Finding:
    torch = _torch_or_none()
    if torch is None:
        return _needs_torch(name)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        usable = torch.cuda.is_available()
    if usable:
        names = [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]
        return Finding(name, True, f"cuda: {', '.join(names)}")
    if torch.backends.mps.is_available():
        return Finding(name, True, f"mps: {platform.machine()}")
    if caught:
        return Finding(name, None, _one_line(caught[0].message), "update the driver; device=cpu works")
    if shutil.which("nvidia-smi"):
        advice = "install a CUDA build of torch and torchvision (https://pytorch.org); device=cpu works"
        return Finding(name, None, f"torch {torch.__version__} cannot use the NVIDIA card", advice)
    return Finding(name, None, "none", "not needed: everything runs with device=cpu, only slower")


def _cpu(name: str) -> Finding:
    torch = _torch_or_none()
    if torch is None:
        return _needs_torch(name)
    features = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")  # torch has no public question for it
    fast = any(getattr(torch.cpu, feature, bool)() for feature in features)
    bfloat16 = "fast bfloat16" if fast else "no fast bfloat16 known"
    instructions = torch.backends.cpu.get_cpu_capability()
    return Finding(name, True, f"{torch.get_num_threads()} threads, {instructions}, {bfloat16}")


def _torch_or_none() -> ModuleType | None:
    try:
        return importlib.import_module("torch")
    except Exception:
        return None


def _needs_torch(name: str) -> Finding:
    return Finding(name, None, "not looked at, as torch does not import", "repair torch first")


def _opencv(name: str) -> Finding:
    installed = [name for name in OPENCV if _version(name) != "(not installed)"]
    if len(installed) > 1:
        found = f"{' and '.join(installed)} overwrite each other's files"
        keep, *rest = installed
        advice = f"pip uninstall -y {' '.join(rest)}, then pip install --force-reinstall {keep}"
        return Finding(name, False, found, advice)
    try:
        cv2 = importlib.import_module("cv2")
    except Exception as error:
        return Finding(name, False, _one_line(error), _opencv_advice(str(error), installed))
    return Finding(name, True, f"{cv2.__version__} ({installed[0] if installed else 'not installed by pip'})")


def _opencv_advice(error: str, installed: list[str]) -> str:
    """Advise the build without windows where only the graphics libraries of the system are missing."""
    if re.search(r"lib(GL|EGL|gthread|glib|X|SM|xcb)", error):
        return f"pip uninstall -y {' '.join(installed)}, then pip install opencv-python-headless"
    return f"pip install --force-reinstall {installed[0] if installed else 'opencv-python'}"


def _extra(name: str) -> Finding:
    extra = name.split()[0]
    package = EXTRAS[extra]
    advice = f'pip install "gazesim[{extra}]"'
    try:
        module = importlib.import_module(package)
    except ModuleNotFoundError:
        return Finding(name, None, f"{package} is not installed", advice)
    except Exception as error:
        return Finding(name, False, _one_line(error), f"pip install --force-reinstall {package}")
    return Finding(name, True, f"{package} {module.__version__}")


def _cache(name: str) -> Finding:
    """Look into the folder where torchvision puts the weights it downloads."""
    torch = _torch_or_none()
    if torch is None:
        return _needs_torch(name)
    folder = Path(torch.hub.get_dir()) / "checkpoints"
    if not _writable(folder):
        return Finding(name, False, f"cannot write to {folder}", "set TORCH_HOME to another folder")
    files = sorted(file.name for kind in ("alexnet", "squeezenet", "vgg") for file in folder.glob(f"{kind}*"))
    return Finding(name, True, f"{folder}: {', '.join(files) or 'nothing downloaded yet'}")


def _shipped(name: str) -> Finding:
    advice = "reinstall: pip install --force-reinstall --no-deps gazesim"
    path = SHIPPED / f"{name.partition(' ')[0]}.safetensors"
    if not path.is_file():
        return Finding(name, False, f"no file {path}", advice)
    size = f"{path.stat().st_size / 1e6:.1f} MB"
    try:
        with importlib.import_module("safetensors").safe_open(path, framework="numpy") as file:
            tensors = len(file.keys())
    except Exception as error:
        return Finding(name, False, f"{path}, {size}: {_one_line(error)}", advice)
    return Finding(name, True, f"{path.name}, {size}, {tensors} tensors")


def _fetched(name: str) -> Finding:
    from gazesim.encoders.named import named_weights

    path = named_weights(name.partition(" ")[0]).path
    if path is None or not path.is_file():
        return Finding(name, None, "not here", f"fetched when weights={name.partition(' ')[0]} is first used")
    return Finding(name, True, f"{path}, {path.stat().st_size / 1e6:.1f} MB")


def _output(name: str) -> Finding:
    folder = Path.cwd()
    if not _writable(folder):
        return Finding(name, False, f"cannot write to {folder}", "run gazesim in another folder")
    return Finding(name, True, f"{folder}, {shutil.disk_usage(folder).free / 1e9:.1f} GB free")


def _writable(folder: Path) -> bool:
    """Whether files can be made in `folder`, or where it is still to be made, in its nearest parent."""
    while not os.path.lexists(folder):
        folder = folder.parent
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


CHECKS: dict[str, Callable[[str], Finding]] = {
    "python": _python,
    "torch": _torch,
    "torchvision": _torchvision,
    "GPU": _gpu,
    "CPU": _cpu,
    "OpenCV": _opencv,
    "keras extra": _extra,
    "parquet extra": _extra,
    "clip extra": _extra,
    "efficientnet extra": _extra,
    "torch cache": _cache,
    "embedded weights": _shipped,
    "places weights": _shipped,
    "vgg16 weights": _fetched,
    "output folder": _output,
}
