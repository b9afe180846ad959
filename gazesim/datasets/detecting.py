"""Fixations in raw samples of gaze, found by pymovements."""

from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gazesim.checks import check_option, unknown

METHODS = {
    "ivt": {"velocity_threshold": 20.0, "minimum_duration": 100},
    "idt": {"dispersion_threshold": 1.0, "minimum_duration": 100},
}  # of pymovements: degrees per second, degrees, ms
GAP = 1.5  # median times between samples: what is further apart is not one stretch
SHORTEST = 7  # samples of a stretch


def detect(
    values: Mapping[str, Any], px_per_degree: NDArray[np.float64], settings: Mapping[str, Any] | None
) -> dict[str, Any]:
    """Return the fixations in samples, as the arguments of `gazesim.scanpath.from_columns`.

    Parameters
    ----------
    values : dict
        trial, observer, perhaps session, xy (n, 2) px and onset_ms (n,) of samples.
    px_per_degree : float64 (n,)
        Of the display of each.
    settings : dict, optional
        method, "ivt" (the default) or "idt", and the arguments of that function of pymovements; durations are ms.

    Raises
    ------
    ValueError
        If pymovements is not here, px_per_degree or onsets are not known, a setting is unknown, or nothing is found.
    """
    if find_spec("pymovements") is None:
        raise ValueError("every_row is 'sample', which needs pymovements: pip install 'gazesim[trackers]'")
    chosen = dict(settings or {})
    method = chosen.pop("method", "ivt")
    check_option("detect.method", method, METHODS)
    for key in chosen:
        if key not in METHODS[method]:
            raise ValueError(unknown(f"setting of detect with {method}", str(key), METHODS[method]))
    if "onset_ms" not in values:
        raise ValueError("every_row is 'sample', expected the time of each: columns: {onset_ms: ...}")
    if np.isnan(px_per_degree).any():
        raise ValueError("every_row is 'sample', expected px_per_degree: speeds are degrees per second")
    ids = {name: values[name] for name in ("trial", "observer", "session") if name in values}
    order = np.lexsort([values["onset_ms"], pd.DataFrame(ids).groupby(list(ids), sort=False).ngroup()])
    ids = {name: column[order] for name, column in ids.items()}
    time, xy = values["onset_ms"][order], values["xy"][order]
    stretch, rate = _stretches(pd.DataFrame(ids), time)
    spans = _spans(time, xy / px_per_degree[order][:, None], stretch, rate, method, METHODS[method] | chosen)
    if not spans:
        raise ValueError(
            f"{method} found no fixation in {len(time)} samples at {rate:.4g} Hz, with {METHODS[method] | chosen}"
        )
    first, last = np.array(spans).T
    sums = np.vstack([np.zeros(2), np.cumsum(xy, axis=0)])
    return {
        **{name: column[first] for name, column in ids.items()},
        "xy": (sums[last + 1] - sums[first]) / (last + 1 - first)[:, None],
        "onset_ms": time[first],
        "duration_ms": time[last] - time[first] + 1000 / rate,
    }


def _stretches(ids: pd.DataFrame, time: NDArray[np.float64]) -> tuple[NDArray[np.int64], float]:
    """Return which stretch without a gap each sample (n,) is of, and the rate, Hz."""
    same = (ids == ids.shift()).all(axis=1).to_numpy()
    steps = np.diff(time, prepend=time[:1])
    usual = float(np.median(steps[same])) if same.any() else 0.0
    if not usual > 0:
        raise ValueError("every_row is 'sample', but no two samples follow one another in time")
    return np.cumsum(~same | (steps > GAP * usual)), 1000 / usual


def _spans(
    time: NDArray[np.float64],
    degrees: NDArray[np.float64],
    stretch: NDArray[np.int64],
    rate: float,
    method: str,
    settings: Mapping[str, Any],
) -> list[tuple[int, int]]:
    """Return the first and the last sample of each fixation."""
    import polars
    import pymovements

    micro = {**settings, "minimum_duration": round(settings["minimum_duration"] * 1000)}
    spans: list[tuple[int, int]] = []
    for number in np.unique(stretch):
        rows = np.flatnonzero(stretch == number)
        if len(rows) < SHORTEST:
            continue
        steps = np.rint(time[rows] * 1000).astype(np.int64)
        signal = degrees[rows]
        if method == "ivt":
            frame = polars.DataFrame({"time": np.arange(len(rows)), "x": signal[:, 0], "y": signal[:, 1]})
            experiment = pymovements.Experiment(sampling_rate=rate)
            gaze = pymovements.Gaze(frame, experiment, time_column="time", position_columns=["x", "y"])
            gaze.pos2vel("fivepoint")
            signal = np.array(gaze.samples["velocity"].to_list(), float)
        found = getattr(pymovements.events, method)(signal, timesteps=steps, **micro).frame
        first = np.searchsorted(steps, found["onset"].to_numpy())
        last = np.searchsorted(steps, found["offset"].to_numpy(), side="right") - 1
        spans += zip(rows[first].tolist(), rows[last].tolist(), strict=True)
    return spans
