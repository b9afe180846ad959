"""`gazesim perceive`: what a foveated system leaves of a picture, at one fixation or along a scanpath."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from gazesim.checks import check_at_least, check_not_negative, check_option
from gazesim.commands.command import Command, key

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from gazesim.perception.systems import Name, Systems, Texture
    from gazesim.perception.windows import Windows
    from gazesim.plotting.foveated_view import View
    from gazesim.scanpath import Scanpath
    from gazesim.trial import Trial

EXAMPLES = """
gazesim perceive                                                      a built-in picture, texture in the periphery
gazesim perceive image=photo.jpg fixation=[400,300] px_per_degree=30
gazesim perceive image=photo.jpg px_per_degree=30 system=all          the four systems, blurs matched to the texture
gazesim perceive image=photo.jpg px_per_degree=30 fixation=[[90,80],[400,300]]   one after another, also as a GIF
gazesim perceive image=photo.jpg px_per_degree=30 scanpath=runs/a/scanpaths.csv
"""
NOTES = """Positions are px of the image, x to the right, y down. Windows tile the display in polar angle and log
eccentricity; within each, foveation_texture keeps the statistics and replaces the detail. A blur without a strength is
as far from the picture as the texture is, by its SSIM."""


@dataclass(frozen=True)
class Config:
    """What `gazesim perceive` takes."""

    image: str | None = key(None, "the picture, an image file")
    px_per_degree: float | None = key(None, "how many px of the image one degree of visual angle covers")
    fixation: list[float] | list[list[float]] | None = key(
        None, "[x,y], or several [[x,y],...] in order; else the centre"
    )
    scanpath: str | None = key(None, "instead of a fixation: a table of fixations, such as scanpaths.csv of a search")
    system: str | list[str] = key(
        "foveation_texture", "foveation_texture, foveation_blur, uniform_blur, reference, several of them, or all"
    )
    scale: float = key(0.4, "how wide a window is along the eccentricity, as a share of the eccentricity")
    strength: float | None = key(
        None, "of a blur: deviation in degrees (uniform_blur) or share of the windows' radius; else it is matched"
    )
    measure: Literal["ssim", "mse"] = key("ssim", "what blurs are matched by")
    decoder: str | None = key(
        None, "a file of experiments/train_decoder.py: texture by a network's features, as published; else by a pyramid"
    )
    longest: int = key(1024, "px; a picture with a longer side is reduced first")
    seed: int = key(0, "of the noise")
    out: str | None = key(None, "folder for the results; else outputs/perceive/<date>_<time>")


def run(config: Config) -> Path:
    """Write what `config` names and return the folder with the results.

    Raises
    ------
    FileNotFoundError, ValueError
        If anything in the config is not accepted; nothing has been written then.
    """
    from gazesim.perception.systems import Systems
    from gazesim.perception.views import view_of, windows_of
    from gazesim.perception.windows import check_scale
    from gazesim.runs.folder import results_folder
    from gazesim.runs.record import write_record

    check_at_least("seed", config.seed, 0)
    check_at_least("longest", config.longest, 16)
    check_scale(config.scale)
    if config.strength is not None:
        check_not_negative("strength", config.strength)
    names = _systems(config)
    trial = _trial(config)
    path = _scanpath(config, trial)
    engine = _engine(config)
    systems = Systems(windows_of(trial, path.xy[0], (trial.width, trial.height), config.scale), engine)
    folder = results_folder("perceive", config.out)
    write_record(folder, "perceive", asdict(config))
    print(folder)
    strengths = _strengths(names, systems, trial, config, folder)
    views = {
        name: view_of(name, scale=config.scale, strength=strengths.get(name), seed=config.seed, engine=engine)
        for name in names
    }
    written = _draw(folder, trial, path, systems, views)
    print("\n".join(f"  {file}" for file in written))
    return folder


def _engine(config: Config) -> Callable[[Windows], Texture]:
    from gazesim.perception.texture import PyramidTexture

    if config.decoder is None:
        return PyramidTexture
    from gazesim.encoders.backbones import load_trunk
    from gazesim.perception.style import read_style

    return read_style(config.decoder, load_trunk).engine()


def _systems(config: Config) -> list[Name]:
    from gazesim.perception.systems import BLURS, SYSTEMS

    given = list(SYSTEMS) if config.system == "all" else config.system
    names: list[Any] = given if isinstance(given, list) else [given]
    if not names or len(set(names)) < len(names):
        raise ValueError(f"system is {names}, expected at least one, each once")
    for name in names:
        check_option("system", name, (*SYSTEMS, "all"))
    blurs = [name for name in names if name in BLURS]
    if config.strength is not None and len(blurs) != 1:
        raise ValueError(f"strength is given, expected with one blur; system is {', '.join(names)}")
    return names


def _trial(config: Config) -> Trial:
    """Return the picture as a trial of free viewing, no larger than `longest`."""
    from gazesim.builtin import builtin_trial
    from gazesim.plotting.foveated_view import reduced
    from gazesim.trial import Trial

    if config.image is None:
        for name in ("fixation", "scanpath"):
            if getattr(config, name) is not None:
                raise ValueError(f"image is missing, expected with {name}")
        shown = builtin_trial()
        image, ppd, name = shown.image, shown.px_per_degree, str(shown.id)
    else:
        if config.px_per_degree is None:
            raise ValueError("px_per_degree is missing, expected with image")
        whole = Trial(config.image, px_per_degree=config.px_per_degree, id=Path(config.image).stem)
        image, ppd, name = whole.image, whole.px_per_degree, str(whole.id)
    small = reduced(image, config.longest)
    return Trial(small, px_per_degree=ppd * small.shape[1] / image.shape[1], id=name)


def _scanpath(config: Config, trial: Trial) -> Scanpath:
    """Return the fixations, px of the picture as it is shown."""
    import numpy as np

    from gazesim.image import picture_size
    from gazesim.scanpath import Scanpath

    width = trial.width if config.image is None else picture_size(config.image)[0]
    factor = trial.width / width
    if config.scanpath is not None:
        if config.fixation is not None:
            raise ValueError("scanpath and fixation are both given, expected one of them")
        xy = _read(config.scanpath, str(trial.id)).xy
    elif config.fixation is None:
        xy = np.array([[(trial.width / factor - 1) / 2, (trial.height / factor - 1) / 2]])
    else:
        try:
            xy = np.array(config.fixation, dtype=float)
        except ValueError:
            xy = np.empty(0)
        xy = xy[None] if xy.ndim == 1 else xy
        if xy.ndim != 2 or xy.shape[1] != 2 or not len(xy) or not np.isfinite(xy).all():
            raise ValueError(f"fixation is {config.fixation}, expected [x,y] or [[x,y],...] in px")
    limits = np.array([trial.width, trial.height]) / factor
    outside = ((xy < -0.5) | (xy > limits - 0.5)).any(axis=1)
    if outside.any():
        x, y = xy[outside][0]
        raise ValueError(f"fixation ({x:g}, {y:g}) is not on the picture of {limits[0]:.0f} x {limits[1]:.0f} px")
    return Scanpath((xy + 0.5) * factor - 0.5, trial=trial.id)


def _read(file: str, name: str) -> Scanpath:
    """Return the first scanpath of the picture `name` in a table, or the only one there is."""
    from gazesim.scanpath import read_scanpaths

    paths = read_scanpaths(file)
    own = [path for path in paths if path.trial == name]
    if own or len(paths) == 1:
        return (own or paths)[0]
    raise ValueError(f"scanpath {file!r} has {len(paths)} scanpaths, none of them of trial {name!r}")


def _strengths(names: list[Name], systems: Systems, trial: Trial, config: Config, folder: Path) -> dict[Name, float]:
    """Return the strength of each blur, given or matched at the first fixation, and write matching.csv."""
    from gazesim.perception.systems import BLURS
    from gazesim.trial_table import write_csv

    blurs = [name for name in names if name in BLURS]
    if config.strength is not None:
        return dict.fromkeys(blurs, config.strength)
    strengths, rows = {}, []
    for name in blurs:
        found = systems.matched(name, [trial.image], config.measure, config.seed)
        strengths[name] = found.strength
        unit = "degrees" if name == "uniform_blur" else "of the windows' radius"
        near = "" if found.within else " (not reached)"
        print(
            f"{name}: strength {found.strength:.3g} {unit}, "
            f"{config.measure} {found.reached:.3f}, of the texture {found.wanted:.3f}{near}"
        )
        rows.append(
            [name, *(f"{value:.6g}" for value in (found.strength, found.reached, found.wanted)), config.measure]
        )
    if rows:
        write_csv(folder / "matching.csv", ("system", "strength", "reached", "texture", "measure"), rows)
    return strengths


def _draw(folder: Path, trial: Trial, path: Scanpath, systems: Systems, views: dict[Name, View]) -> list[Path]:
    from gazesim.perception.figures import figure_seen, figure_systems, figure_windows
    from gazesim.plotting.animation import write_gif
    from gazesim.plotting.search_figures import save_figure
    from gazesim.trial_table import write_png

    written = [*save_figure(figure_windows(trial, systems.windows), folder / "windows.png")]
    seen: dict[str, NDArray[np.uint8]] = {}
    for name, view in views.items():
        for number, xy in enumerate(path.xy):
            picture = view(trial, xy)
            seen.setdefault(str(name), picture)
            file = folder / (f"{name}.png" if len(path) == 1 else f"{name}_{number:02d}.png")
            write_png(file, picture)
            written.append(file)
    if len(views) > 1:
        written += save_figure(figure_systems(trial, systems.windows, seen), folder / "systems.png")
    if len(path) > 1:
        named = {str(name): view for name, view in views.items()}
        written += save_figure(figure_seen(trial, path, named), folder / "steps.png")
        for name, view in views.items():
            file = folder / f"{name}.gif"
            write_gif(file, trial, path, view)
            written.append(file)
    return written


COMMAND = Command(Config, run, EXAMPLES, NOTES, makes_folder=True)
