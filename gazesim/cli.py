"""`gazesim <command> [overrides]`: everything after the command is a Hydra override of conf/<command>.yaml."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hydra
from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from gazesim import __version__

CONF = next(p for p in (Path(__file__).parent / "conf", Path(__file__).parents[1] / "conf") if p.is_dir())
Config = dict[str, Any]


# The commands import what they need when they run: `doctor` must run where torch or OpenCV is broken.


def _search(config: Config, job: str) -> None:
    from gazesim.run import run_search

    run_search(config, job)


def _stimuli(config: Config, job: str) -> None:
    from gazesim.stimuli.run import run_stimuli

    run_stimuli(config, job)


def _asymmetry(config: Config, job: str) -> None:
    from gazesim.asymmetry.run import run_asymmetry

    run_asymmetry(config, job)


def _report(config: Config, job: str) -> None:
    from gazesim.asymmetry.run import searched_trials
    from gazesim.report.run import run_report

    run_report(config, job, {"asymmetry": searched_trials})


def _data(config: Config, job: str) -> None:
    from gazesim.datasets.run import run_data

    run_data(config, job)


def _score(config: Config, job: str) -> None:
    from gazesim.scoring.run import run_score

    run_score(config, job)


def _train(config: Config, job: str) -> None:
    from gazesim.training.run import run_train

    run_train(config, job)


def _models(config: Config, job: str) -> None:
    from gazesim.models import describe

    print(describe(config["model"]))


def _doctor(config: Config, job: str) -> None:
    from gazesim.doctor import report

    print(report())


COMMANDS: dict[str, Callable[[Config, str], None]] = {
    "search": _search,
    "stimuli": _stimuli,
    "asymmetry": _asymmetry,
    "report": _report,
    "data": _data,
    "score": _score,
    "train": _train,
    "models": _models,
    "doctor": _doctor,
}


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; exits with status 2 and one line on bad input."""
    arguments = sys.argv[1:] if arguments is None else arguments
    command, overrides = (arguments[0], arguments[1:]) if arguments else ("--help", [])
    if command in ("--help", "-h"):
        print(overview())
    elif command == "--version":
        print(f"gazesim {__version__}")
    elif command not in COMMANDS:
        _stop("gazesim", f"unknown command {command!r}; known: {', '.join(COMMANDS)}")
    elif "--help" in overrides or "-h" in overrides:
        print(help_text(command))
    else:
        _run(command, overrides)


def overview() -> str:
    """Return what `gazesim --help` prints: the first comment line of every command's config."""
    firsts = [help_text(command).splitlines()[0].removeprefix("gazesim ") for command in COMMANDS]
    lines = "\n".join(f"  gazesim {first}" for first in firsts)
    return (
        "gazesim simulates where a person would look, and in which order, when searching an image.\n\n"
        f"{lines}\n\n"
        "gazesim <command> --help   what a command takes, with examples\n"
        "gazesim <command> key=value ...   sets it; -m with key=a,b runs a sweep (Hydra)\n"
        "gazesim --version"
    )


def help_text(command: str) -> str:
    """Return conf/<command>.yaml as help: its comments, then every key with its default."""
    text = (CONF / f"{command}.yaml").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("defaults:")]
    return "\n".join(line.removeprefix("# ").removeprefix("#") if line.startswith("#") else line for line in lines)


def _run(command: str, overrides: list[str]) -> None:
    os.environ["HYDRA_FULL_ERROR"] = "1"  # errors arrive here as they are and become one line

    def job(cfg: DictConfig) -> None:
        config = OmegaConf.to_container(cfg, resolve=True)
        assert isinstance(config, dict)
        sweep = HydraConfig.get()
        name = sweep.job.override_dirname if sweep.mode == RunMode.MULTIRUN else ""
        try:
            COMMANDS[command]({str(key): value for key, value in config.items()}, name)
        except (ValueError, FileNotFoundError) as error:
            _stop(f"gazesim {command}", str(error))

    sys.argv = [f"gazesim {command}", *overrides]
    try:
        hydra.main(version_base="1.3", config_path=str(CONF), config_name=command)(job)()
    except (HydraException, OmegaConfBaseException) as error:
        _stop(f"gazesim {command}", _explain(command, overrides, error))


def _explain(command: str, overrides: list[str], error: Exception) -> str:
    """Return one line for an override that Hydra refused; an unknown key gets the nearest known one."""
    from gazesim.checks import unknown

    known = _keys(OmegaConf.load(CONF / f"{command}.yaml"))
    for override in overrides:
        key = override.split("=")[0].lstrip("+~")
        if "=" in override and key not in known and not key.startswith("hydra"):
            group = key.rpartition(".")[0]
            return unknown("setting", key, [name for name in known if name.rpartition(".")[0] == group] or known)
    if "override" in type(error).__name__.lower():
        return f"cannot read {overrides}; quote values with special characters: \"image='a, b.jpg'\""
    return " ".join(str(error).split())


def _keys(config: Any, prefix: str = "") -> list[str]:
    found = []
    for key in config:
        if key != "defaults":
            found.append(f"{prefix}{key}")
            if OmegaConf.is_dict(config[key]):
                found += _keys(config[key], f"{prefix}{key}.")
    return found


def _stop(who: str, message: str) -> None:
    print(f"{who}: {' '.join(message.split())}", file=sys.stderr)
    raise SystemExit(2)


if __name__ == "__main__":
    main()
