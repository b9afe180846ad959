"""One run of `gazesim stimuli`: from a config to a folder with the displays, their tables and a contact sheet."""

import re
from datetime import datetime
from pathlib import Path
from typing import Any

from gazesim.files import writable_folder
from gazesim.stimuli.arrays import PARADIGMS
from gazesim.stimuli.contact_sheet import MOST, sheet
from gazesim.stimuli.sets import SUMMARIES, make
from gazesim.trial_table import write_png

NOT_SETTINGS = ("paradigm", "export", "out")


def run_stimuli(config: dict[str, Any], job: str = "") -> Path | None:
    """Write the stimulus set that `config` describes and return its folder.

    Without a paradigm, print what there is, and if `out` is given, write a picture of all into it.

    Parameters
    ----------
    config : dict
        The keys of conf/stimuli.yaml.
    job : str
        Name of the job within a sweep; its folder lies within that of the sweep.

    Raises
    ------
    FileNotFoundError, ValueError
        If anything in the config is not accepted; nothing has been written then.
    """
    if config["paradigm"] is None:
        print(overview())
        return _draw_overview(Path(config["out"])) if config["out"] else None
    settings = {key: value for key, value in config.items() if key not in NOT_SETTINGS}
    displays = make(config["paradigm"], **settings)
    table = displays.write(_folder(config["out"], job), config["export"])
    print(f"{len(displays)} displays of {config['paradigm']}")
    files = ("trials.csv", "set.yaml", "contact_sheet.png", "psychopy.csv", "jspsych.json")
    print("\n".join(f"  {table.parent / file}" for file in files if (table.parent / file).exists()))
    return table.parent


def overview() -> str:
    """Return the paradigms, a line each, with what their setting `difference` means."""
    width, lines = max(map(len, SUMMARIES)), []
    for name, summary in SUMMARIES.items():
        lines.append(f"{name:{width}}  {summary}")
        if name in PARADIGMS and PARADIGMS[name].difference:
            lines.append(
                f"{'':{width}}  difference={PARADIGMS[name].defaults['difference']:g}: {PARADIGMS[name].difference}"
            )
    return "\n".join(lines)


def _draw_overview(folder: Path) -> Path:
    """Write paradigms.png: a display of every condition of the paradigms that need no files."""
    shown = []
    for name, paradigm in PARADIGMS.items():
        if "images" not in paradigm.defaults:
            size = sorted(paradigm.defaults["set_sizes"])[1]
            displays = make(name, set_sizes=[size], n_per_set_size=1, target="present")
            shown += [(f"{name}\n{display.condition}, {size} items", display) for display in displays]
    rows = [shown[start : start + MOST] for start in range(0, len(shown), MOST)]
    write_png(writable_folder(folder) / "paradigms.png", sheet(rows))
    print(f"\n  {folder / 'paradigms.png'}")
    return folder


def _folder(out: str | None, job: str) -> Path:
    folder = Path(out) if out else Path("outputs") / "stimuli" / datetime.now().strftime("%Y-%m-%d_%H-%M-%S")
    return folder / re.sub(r"[^\w=.,+-]", "_", job) if job else folder
