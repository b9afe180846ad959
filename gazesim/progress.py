"""Progress of what takes long: a bar in a terminal, and in a log a line now and then."""

import sys
import warnings
from typing import Any

from tqdm import TqdmWarning

with warnings.catch_warnings():
    warnings.simplefilter("ignore", TqdmWarning)  # of notebooks without widgets, where a bar of text serves
    from tqdm.auto import tqdm

LINE_EVERY_S = 60.0


class _Log:
    """Takes what tqdm writes, and writes each as a line of its own to stderr."""

    def write(self, text: str) -> None:
        if line := text.strip():
            sys.stderr.write(f"{line}\n")

    def flush(self) -> None:
        sys.stderr.flush()


def progress_bar(*, total: int, unit: str, desc: str, initial: int = 0, shown: bool | None = None) -> Any:
    """Return a tqdm bar on stderr.

    Parameters
    ----------
    total, initial : int
        How many there are, and how many of them are done.
    unit, desc : str
    shown : bool, optional
        None shows a bar in a terminal or notebook after the first second, and elsewhere a line a minute after the
        first minute.
    """
    settings: dict[str, Any] = {}
    if shown is None:
        settings["delay"] = 1.0
        if not (sys.stderr.isatty() or "ipykernel" in sys.modules):
            every = LINE_EVERY_S
            settings = {"file": _Log(), "delay": every, "mininterval": every, "maxinterval": every, "ncols": 80}
    return tqdm(total=total, desc=desc, unit=unit, initial=initial, disable=shown is False, **settings)
