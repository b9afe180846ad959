"""`gazesim experiment`: from a stimulus set to an experiment that runs."""

from dataclasses import asdict, dataclass
from pathlib import Path

from gazesim.commands.command import Command, key

EXAMPLES = """
gazesim experiment stimuli=sets/curvature program=jspsych              a page that runs in a browser, offline
gazesim experiment stimuli=sets/curvature program=psychopy screen_cm=53 distance_cm=60      a script
gazesim experiment stimuli=photos practice_stimuli=more_photos program=jspsych present_key=m absent_key=z
gazesim experiment stimuli=sets/curvature program=jspsych screen_cm=53 distance_cm=60 out=runs/lab
"""


@dataclass(frozen=True)
class Config:
    """What `gazesim experiment` takes."""

    stimuli: str | None = key(None, "the folder of a stimulus set, or any trial list with targets and px_per_degree")
    program: str | None = key(None, "jspsych, a page for any browser, or psychopy, a script")
    seed: int = key(0, "of the order of the trials, which is another one for each participant")
    practice: int = key(10, "how many trials for practice come first")
    practice_stimuli: str | None = key(
        None, "the folder of the set for practice; else new displays of the recipe of the set"
    )
    break_every: int = key(50, "trials between two breaks")
    feedback: str = key("all", "correct or wrong after all trials, those of practice, or none")
    fixation_ms: int = key(500, "how long the cross is shown before each display")
    present_key: str = key("j", "the key for present, a letter or digit")
    absent_key: str = key("f", "the key for absent")
    screen_cm: float | None = key(
        None, "width of the screen; else the page measures the screen and the distance with each participant"
    )
    distance_cm: float | None = key(None, "how far people sit from it")
    out: str | None = key(None, "folder for the experiment; else outputs/experiment/<date>_<time>")


def run(config: Config) -> Path:
    """Write the experiment that `config` describes and return its folder.

    Raises
    ------
    FileNotFoundError, ValueError
        If anything in the config is not accepted; nothing has been written then.
    """
    if config.stimuli is None:
        raise ValueError("stimuli is missing, expected the folder of a stimulus set")
    if config.program is None:
        raise ValueError("program is missing, expected jspsych or psychopy")
    from gazesim.experiment.plan import Settings
    from gazesim.experiment.write import STARTS, write_experiment
    from gazesim.runs.folder import named_folder

    given = {name: value for name, value in asdict(config).items() if name not in ("stimuli", "program", "out")}
    settings = Settings(**given)
    folder = named_folder("experiment", config.out)
    plan = write_experiment(config.stimuli, config.program, folder, settings)
    print(f"{len(plan['trials'])} trials, {len(plan['practice'])} for practice, for {config.program}")
    print(f"  {folder / STARTS[config.program]}")
    return folder


COMMAND = Command(
    Config,
    run,
    EXAMPLES,
    "The same settings and seed give the same bytes. What people answer comes back by `gazesim results`.",
    makes_folder=True,
)
