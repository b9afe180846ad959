"""Small finished runs, with hostile names."""

import numpy as np
from PIL import Image

from gazesim import Scanpath, Trial, write_trials
from gazesim.commands.search import searched_trials
from gazesim.runs.folder import RunFolder

HOSTILE = "<script>alert('x')</script> & \"co\""
RED, BLUE = (200, 30, 30), (30, 30, 200)
MODELS = ("chance", "template")
MADE = {"search": searched_trials}


def displays(height=60, width=80, ids=(HOSTILE, "t1", "t2")):
    """Displays whose left half is red and whose right half is blue."""
    shown = []
    for number, name in enumerate(ids):
        image = np.empty((height, width, 3), np.uint8)
        image[:, : width // 2], image[:, width // 2 :] = RED, BLUE
        image[:5, :5] = 10 * number
        shown.append(Trial(image, None, target_box=(50, 20, 70, 40), px_per_degree=10, id=name))
    return shown


def scanpath(trial, observer):
    """Four fixations, the last one on the target; `chance` has durations, `template` finds the target."""
    random = np.random.default_rng([len(observer), trial.image[0, 0, 0]])
    xy = np.array([[40, 30], *random.uniform((0, 0), (79, 59), (2, 2)), [60, 30]])
    times = random.uniform(100, 400, 4) if observer == "chance" else None
    return Scanpath(xy, found=observer == "template", trial=trial.id, observer=observer, duration_ms=times)


def search_run(parent, shown):
    """Make the folder of a finished search of `shown`, with a table of 1000 rows and two figures."""
    write_trials(parent / "set", shown)
    unset = ("image", "target", "target_box", "objects", "px_per_degree", "background")
    config = {"trials": str(parent / "set"), **dict.fromkeys(unset), "model": HOSTILE, "settings": {"level": [3]}}
    folder = parent / "run"
    (folder / "figures" / "a&b").mkdir(parents=True)
    run = RunFolder(folder, "search", config, shown)
    for trial in shown:
        for model in MODELS:
            run.append(scanpath(trial, model))
    run.finish([trial.id for trial in shown], MODELS)
    quoted = HOSTILE.replace('"', '""')
    rows = [f'{number},{number**0.5},"{quoted}"' for number in range(1000)]
    (folder / "long.csv").write_text("\n".join(["number,root,text", *rows]) + "\n")
    (folder / "short.csv").write_text("model,p\nb,0.5\na,\nc,1e-9\nd,-0.25\n")
    for name in ("curve.png", "a&b/map.png"):
        Image.new("RGB", (240, 120), RED).save(folder / "figures" / name)
    return folder


def score_run(parent, pictures=True):
    """Make the folder of a run on a data set of two displays and two people, with or without its pictures."""
    trials = displays(ids=("a", "b"))
    write_trials(parent / "set", trials)
    header = "trial,observer,x,y,duration_ms"
    fixations = [(t, p, 10 * i + 20, 6 * i + 8) for t in "ab" for p in ("p1", "p2") for i in range(4)]
    rows = [f"{t},{p},{x},{y},{200 + x}" for t, p, x, y in fixations]
    (parent / "fixations.csv").write_text("\n".join([header, *rows]) + "\n")
    size = "trials: set/trials.csv" if pictures else "width: 80\nheight: 60"
    (parent / "mine.yaml").write_text(f"table: fixations.csv\n{size}\n")
    folder = parent / "score"
    folder.mkdir()
    config = {"model": ["chance"], "dataset": str(parent / "mine.yaml"), "root": None, "data_sha256": "ab" * 32}
    run = RunFolder(folder, "score", config, [])
    for trial in trials:
        run.append(scanpath(trial, "chance"))
    run.finish(["a", "b"], ["chance"])
    return folder
