"""CapMIT1003: where people clicked to uncover MIT1003 photographs while they captioned them (Zanca et al. 2023)."""

import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pandas as pd

from gazesim.datasets.dataset import Contents
from gazesim.datasets.definition import Definition, Geometry
from gazesim.datasets.layout import published_layout
from gazesim.datasets.mit1003 import PX_PER_DEGREE, photographs
from gazesim.files import check_file
from gazesim.image import picture_size
from gazesim.scanpath import Scanpath
from gazesim.trial import Trial

FILE = "capmit1003.db"
QUERY = """
    SELECT obs_uid, usr_uid, start_time, caption, img_path, click_id, x, y, click_time
    FROM captions JOIN images USING (img_uid) JOIN clicks USING (obs_uid)
    ORDER BY captions.rowid, click_id
"""


def read(root: Path) -> Contents:
    """Read capmit1003.db, an SQLite file, and the sizes of the photographs in STIMULI/ or ALLSTIMULI/.

    captions : obs_uid, usr_uid, start_time, caption, img_uid
    images   : img_uid, img_path
    clicks   : click_id, obs_uid, x, y (px of the photograph), click_time

    A trial is a caption: one person, one photograph. Captions without clicks are left out.
    """
    path, files = root / FILE, {path.name: path for path in photographs(root)}
    check_file("database", path)
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as database:
            clicks = pd.read_sql_query(QUERY, database)
    except (sqlite3.Error, pd.errors.DatabaseError) as error:
        reason = error.__cause__ or error  # pandas' own message repeats the query
        raise ValueError(f"{str(path)!r} cannot be read as the database of CapMIT1003: {reason}") from error
    trials, scanpaths = [], []
    with published_layout(path):
        for trial, rows in clicks.groupby("obs_uid", sort=False):
            first = rows.iloc[0]
            image = files[Path(str(first["img_path"])).name]
            width, height = picture_size(image)
            trials.append(
                Trial(
                    id=str(trial),
                    width=width,
                    height=height,
                    px_per_degree=PX_PER_DEGREE,
                    image=image,
                    target_text=" ".join(str(first["caption"]).split()) or None,
                )
            )
            shown = pd.to_datetime(first["start_time"], format="ISO8601")
            onset = pd.to_datetime(rows["click_time"], format="ISO8601") - shown
            scanpaths.append(
                Scanpath(
                    rows[["x", "y"]].to_numpy(np.float64),
                    trial=str(trial),
                    observer=str(first["usr_uid"]),
                    onset_ms=onset.dt.total_seconds().to_numpy() * 1000,
                )
            )
    return Contents(trials, scanpaths)


DEFINITION = Definition(
    name="capmit1003",
    title="captions of MIT1003 photographs with the clicks that uncovered them",
    task="free_viewing",
    licence="none stated; research",
    citation=(
        "D. Zanca, A. Zugarini, S. Dietz, T. R. Altstidl, M. A. Turban Ndjeuha, L. Schwinn & B. Eskofier. Contrastive "
        "language-image pretrained models are zero-shot human scanpath predictors. arXiv 2305.12380, 2023. "
        "T. Judd, K. Ehinger, F. Durand & A. Torralba. Learning to predict where humans look. ICCV 2009."
    ),
    homepage="https://github.com/mad-lab-fau/CapMIT1003",
    reader=read,
    needs=(FILE,),
    geometry=Geometry(PX_PER_DEGREE, "that of MIT1003; the people of this set sat at screens of their own"),
    units="px of the photograph as stored; clicks are no fixations; times are ms from when the photograph appeared",
    verified="nothing on the real file; tables as the repository describes them, the count as its data card states it",
    obtain=f"The repository links to {FILE}: put it beside STIMULI/ or ALLSTIMULI/ with the photographs of MIT1003.",
    stated={"scanpaths": 3848},
)
