"""The folder of an experiment that runs: in a browser with jsPsych, or with PsychoPy."""

import json
import shutil
from pathlib import Path
from typing import Any

from gazesim.checks import check_option
from gazesim.experiment.plan import Settings, make_plan, practice_trials, read_set
from gazesim.files import atomic_path, clear_partial, writable_folder

HERE = Path(__file__).parent
PROGRAMS = {"jspsych": "page", "psychopy": "script"}  # and the folder with its files here
STARTS = {"jspsych": "index.html", "psychopy": "experiment.py"}
PLANS = {"jspsych": "plan.js", "psychopy": "plan.json"}
BEFORE = "const PLAN = "  # of the plan in a page, which may read no other file

# The npm packages of which page/jspsych has dist/index.browser.min.js, unchanged.
RELEASES = {
    "jspsych.js": ("jspsych", "8.3.0"),
    "plugin-fullscreen.js": ("@jspsych/plugin-fullscreen", "2.1.0"),
    "plugin-html-keyboard-response.js": ("@jspsych/plugin-html-keyboard-response", "2.2.0"),
    "plugin-image-keyboard-response.js": ("@jspsych/plugin-image-keyboard-response", "2.2.0"),
    "plugin-instructions.js": ("@jspsych/plugin-instructions", "2.1.0"),
    "plugin-preload.js": ("@jspsych/plugin-preload", "2.1.0"),
    "plugin-virtual-chinrest.js": ("@jspsych/plugin-virtual-chinrest", "3.1.0"),
}


def write_experiment(stimuli: str | Path, program: str, folder: str | Path, settings: Settings) -> dict[str, Any]:
    """Write a folder with an experiment that runs, and return its plan; the same settings give the same bytes.

    Parameters
    ----------
    stimuli : path
        The folder of a stimulus set, or any trial list that `gazesim.read_trials` reads whose trials have pictures,
        targets and px_per_degree, and say whether the target is present.
    program : {"jspsych", "psychopy"}
        jspsych: index.html opens in a browser, from the disk and without network. psychopy: experiment.py runs with the
        Python of PsychoPy.
    folder : path
        Is made if it does not exist.
    settings : Settings

    Raises
    ------
    FileNotFoundError, ValueError
        If something is not accepted, or the folder holds something else; nothing has been written then.
    """
    check_option("program", program, PROGRAMS)
    if program == "psychopy" and settings.screen_cm is None:
        raise ValueError("screen_cm and distance_cm are missing, expected for psychopy, which does not measure them")
    trials, practice = read_set(stimuli), practice_trials(stimuli, settings)
    plan = make_plan(program, Path(stimuli).resolve().name, trials, practice, settings)
    folder = writable_folder(folder)
    path, text = folder / PLANS[program], _form(program, plan.facts)
    if path.exists() and path.read_text(encoding="utf-8") != text:
        raise ValueError(f"out={folder} holds another experiment; choose another out")
    if not path.exists() and any(folder.iterdir()):
        raise ValueError(f"out={folder} holds other files; choose another out")
    with atomic_path(path) as partial:
        partial.write_text(text, encoding="utf-8", newline="\n")
    clear_partial(folder)
    plan.write_pictures(folder)
    for source in sorted(each for each in (HERE / PROGRAMS[program]).rglob("*") if each.is_file()):
        if source.suffix != ".pyc":
            _copy(source, folder / source.relative_to(HERE / PROGRAMS[program]))
    if program == "psychopy":
        _copy(HERE / "order.py", folder / "order.py")
    return plan.facts


def _form(program: str, facts: dict[str, Any]) -> str:
    text = json.dumps(facts, indent=1, ensure_ascii=False)
    return f"{BEFORE}{text};\n" if program == "jspsych" else f"{text}\n"


def _copy(source: Path, path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    with atomic_path(path) as partial:
        shutil.copyfile(source, partial)
