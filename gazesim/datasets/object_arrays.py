"""Search for an object among six on a ring, present or absent, in two sessions (Miconi, Groomes & Kreiman 2016)."""

import re
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from gazesim.datasets.dataset import Contents
from gazesim.datasets.definition import Definition, Geometry
from gazesim.datasets.layout import published_layout, read_mat
from gazesim.image import DrawnPicture, as_image
from gazesim.scanpath import Scanpath
from gazesim.trial import Trial

WIDTH, HEIGHT = 1024, 768
RADIUS_PX, OBJECT_PX = 230, 156
PX_PER_DEGREE = OBJECT_PX / 5
GROUND = 128  # of the pictures of objects, and between them
ABSENT = -10
_TURN = np.radians(30 + 60 * np.arange(6))  # clockwise from the top
CENTRES = np.rint([WIDTH / 2, HEIGHT / 2] + RADIUS_PX * np.stack([np.sin(_TURN), -np.cos(_TURN)], axis=1))
BOXES = np.concatenate([CENTRES - OBJECT_PX / 2, CENTRES + OBJECT_PX / 2], axis=1)
START = (WIDTH / 2, HEIGHT / 2)  # the cross that had to be fixated
FILE = re.compile(r"ResultsSaccades_([A-Z])(2?)_blk(\d+)\.mat")


class Shown(NamedTuple):
    """One trial as one person saw it.

    name   : of the question, the same for all places of its objects: block and number in it
    probes : what was shown, by place
    target : what was searched for
    place  : of the target in `probes`; None where it is absent
    """

    name: str
    probes: tuple[int, ...]
    target: int
    place: int | None

    @property
    def id(self) -> str:
        """Of the display: the same question, with its objects at the same places."""
        return f"{self.name}_{'-'.join(map(str, self.probes))}"


def read(root: Path) -> Contents:
    """Read subjectsdata/ResultsSaccades_<person>[2]_blk<n>.mat; a 2 is the person's second session.

    results : (1, n) cells, a trial each

    probes, target : numbers of the six objects, clockwise from 30 degrees right of the top, and of the one searched for
    targetpos      : its place, 1 to 6, or -10 where it is absent
    fixatedobjects : places in the order in which gaze entered their boxes; one may follow itself
    fixationstarts : when, s from the onset of the array
    timetofind     : when gaze reached the target, s; -1: never
    oldnumber      : of the trial in its block

    Not read: fixationends, which lack one or several in most trials. A scanpath begins at the cross in the middle,
    which had to be fixated, at 0 ms, and has one fixation for each object, at its middle. The same trial was shown to
    other people, and in the other session, mostly with its objects at other places: those are other trials here, whose
    id begins alike, blk<block>_<number>_. `target_text` is the number of the target.
    """
    trials: dict[str, Trial] = {}
    scanpaths = []
    for file in sorted((root / "subjectsdata").glob("ResultsSaccades_*.mat")):
        results = read_mat(file)
        with published_layout(file):
            if not (named := FILE.fullmatch(file.name)):
                raise ValueError("its name is not ResultsSaccades_<person>[2]_blk<n>.mat")
            person, second, block = named.groups()
            for cell in results["results"].ravel():
                shown = _shown(cell, f"blk{block}")
                if shown.id not in trials:
                    trials[shown.id] = _trial(shown, root / "objectimages")
                scanpaths.append(_scanpath(cell, shown, person, second or "1"))
    return Contents(list(trials.values()), scanpaths)


def _values(cell: Any, name: str) -> NDArray[np.float64]:
    return np.asarray(cell[name][0, 0], np.float64).ravel()


def _shown(cell: Any, block: str) -> Shown:
    probes = tuple(_values(cell, "probes").astype(int).tolist())
    (target,), (place,) = _values(cell, "target").astype(int), _values(cell, "targetpos").astype(int)
    name = f"{block}_{int(_values(cell, 'oldnumber')[0])}"
    if place != ABSENT and (not 1 <= place <= 6 or probes[place - 1] != target):
        raise ValueError(f"targetpos of {name} is {place}, where the target {target} is not: the objects are {probes}")
    return Shown(name, probes, int(target), None if place == ABSENT else int(place) - 1)


def _trial(shown: Shown, folder: Path) -> Trial:
    here = folder.is_dir()
    return Trial(
        DrawnPicture(partial(draw, folder, shown.probes), "image", (WIDTH, HEIGHT)) if here else None,
        DrawnPicture(partial(picture, folder, shown.target), "target", (OBJECT_PX, OBJECT_PX)) if here else None,
        id=shown.id,
        width=WIDTH,
        height=HEIGHT,
        px_per_degree=PX_PER_DEGREE,
        background=GROUND,
        target_text=str(shown.target),
        target_box=None if shown.place is None else BOXES[shown.place],
        present=shown.place is not None,
        objects=BOXES,
        condition="absent" if shown.place is None else "present",
    )


def _scanpath(cell: Any, shown: Shown, person: str, session: str) -> Scanpath:
    places, onsets = _values(cell, "fixatedobjects").astype(int) - 1, _values(cell, "fixationstarts")
    if len(onsets) != len(places) or (len(places) and not 0 <= places.min() <= places.max() <= 5):
        raise ValueError(f"fixatedobjects of {shown.name} are {(places + 1).tolist()} with {len(onsets)} starts")
    (time,) = _values(cell, "timetofind")
    if (found := time >= 0) and (shown.place is None or not len(places) or places[-1] != shown.place):
        raise ValueError(f"timetofind of {shown.name} is {time}, but its last fixation is not on the target")
    return Scanpath(
        np.vstack([START, CENTRES[places]]),
        found=None if shown.place is None else bool(found),
        trial=shown.id,
        observer=person,
        session=session,
        onset_ms=1000 * np.concatenate([[0.0], onsets]),
    )


def draw(folder: Path, probes: tuple[int, ...]) -> NDArray[np.uint8]:
    """Return the display (768, 1024, 3) of six objects, from their pictures in `folder`."""
    display = np.full((HEIGHT, WIDTH, 3), GROUND, np.uint8)
    for (x0, y0, x1, y1), number in zip(BOXES.astype(int), probes, strict=True):
        display[y0:y1, x0:x1] = picture(folder, number)
    return display


@lru_cache(maxsize=64)
def picture(folder: Path, number: int) -> NDArray[np.uint8]:
    """Return an object as it was shown, (156, 156, 3)."""
    whole = Image.fromarray(as_image(folder / f"{number}.normal.png", "object"))
    shown = np.array(whole.resize((OBJECT_PX, OBJECT_PX), Image.Resampling.BILINEAR))
    shown.flags.writeable = False
    return shown


DEFINITION = Definition(
    name="object_arrays",
    title="search for one of 6 objects on a ring, present or absent, 16 people, 13 of them twice; displays redrawn",
    task="search",
    licence="none stated; non-commercial research, with citation",
    citation=(
        "T. Miconi, L. Groomes & G. Kreiman. There's Waldo! A normalization model of visual search predicts "
        "single-trial human fixations in an object search task. Cerebral Cortex 26, 3064-3082, 2016."
    ),
    homepage="https://github.com/kreimanlab/VisualSearch1",
    reader=read,
    needs=("subjectsdata/ResultsSaccades_*.mat",),
    geometry=Geometry(
        PX_PER_DEGREE,
        "an object is 156 px, which is 5 degrees in the later arrays of the laboratory (Gupta et al. 2021)",
    ),
    units="px of the 1024 x 768 screen; gaze is stored as places on the ring, which become the middles of the objects, "
    "after the cross in the middle; onsets in s, which become ms; no durations, as most ends are missing",
    verified="counts, places and targets on the files that the authors call complete; the screen's distance was not",
    obtain="The folder subjects of the repository: those files of subjectsdata that LISTCORRECTFILES.txt names, with "
    "letters in place of the people's names, and objectimages.",
    stated={"trials": 9061, "observers": 16, "scanpaths": 12760, "fixations": 48558},
)
