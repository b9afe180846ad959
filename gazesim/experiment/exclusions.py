"""Which responses do not count, by rules that are stated before."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from gazesim.checks import check_not_negative


@dataclass(frozen=True, kw_only=True)
class Rules:
    """When a response does not count; None is no such rule.

    Attributes
    ----------
    min_rt_ms, max_rt_ms : float, optional
        It was faster, or slower.
    max_frame_ms : float, optional
        The screen stood still for longer while the display was shown.
    min_correct : float, optional
        The share of the observer's responses that are right, of all that were given, is smaller.
    """

    min_rt_ms: float | None = 200
    max_rt_ms: float | None = None
    max_frame_ms: float | None = 100
    min_correct: float | None = None

    def __post_init__(self) -> None:
        for name in ("min_rt_ms", "max_rt_ms", "max_frame_ms", "min_correct"):
            if (value := getattr(self, name)) is not None:
                check_not_negative(name, value)
        if self.min_correct is not None and self.min_correct > 1:
            raise ValueError(f"min_correct is {self.min_correct!r}, expected a share, at most 1")
        if self.min_rt_ms is not None and self.max_rt_ms is not None and self.min_rt_ms >= self.max_rt_ms:
            raise ValueError(f"max_rt_ms is {self.max_rt_ms:g}, expected more than min_rt_ms, {self.min_rt_ms:g}")


def exclude(responses: pd.DataFrame, rules: Rules) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the responses that count, and those that do not with the columns rule and value.

    Each response is excluded once, by the first rule that it breaks: no_response, min_correct, min_rt_ms, max_rt_ms,
    max_frame_ms.

    Parameters
    ----------
    responses : DataFrame
        As `gazesim.responses`; the column longest_frame_ms is needed for max_frame_ms.
    rules : Rules
    """
    rt = responses["rt_ms"].to_numpy(np.float64)
    right = responses["correct"].astype("float64")
    shares = right.groupby(responses["observer"]).transform("mean").to_numpy(np.float64)
    frames = responses["longest_frame_ms"].to_numpy(np.float64) if "longest_frame_ms" in responses else rt * np.nan
    broken = [("no_response", rt, np.isnan(rt))]
    for name, values, below in (
        ("min_correct", shares, True),
        ("min_rt_ms", rt, True),
        ("max_rt_ms", rt, False),
        ("max_frame_ms", frames, False),
    ):
        if (limit := getattr(rules, name)) is not None:
            broken.append((name, values, values < limit if below else values > limit))
    rule, value = np.full(len(responses), "", object), np.full(len(responses), np.nan)
    for name, values, breaks in broken:
        first = breaks & (rule == "")
        rule[first], value[first] = name, values[first]
    out = rule != ""
    return responses[~out], responses[out].assign(rule=rule[out], value=value[out])
