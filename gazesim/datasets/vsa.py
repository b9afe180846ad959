"""Search in object arrays, natural scenes and Waldo pictures: people, eccNET and IVSN (Zhang 2018, Gupta 2021)."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gazesim.checks import check_shape
from gazesim.datasets.dataset import Contents
from gazesim.datasets.definition import Definition, Geometry, Source
from gazesim.datasets.layout import published_layout, read_npy
from gazesim.scanpath import Scanpath
from gazesim.trial import Trial

REPOSITORY = "https://github.com/kreimanlab/VisualSearchAsymmetry"
RAW = "https://raw.githubusercontent.com/kreimanlab/VisualSearchAsymmetry"
COMMIT = "47645cea481c2595b0beed5a99e032d4c8006428"
WIDTH, HEIGHT, PEOPLE = 1280, 1024, 15
OBJECT_PX = 156  # the side of an object, 5 degrees
PX_PER_DEGREE = OBJECT_PX / 5
MODELS = {"eccnet": "eccNET", "ivsn": "IVSN"}
CODED_X = {640: 640, 365: 490, 90: 340, 915: 790, 1190: 940}  # object arrays: what is stored, and the px meant
CODED_Y = {512: 512, 988: 772, 36: 252}
RING = ((490, 252), (790, 252), (940, 512), (790, 772), (490, 772), (340, 512))


def read_arrays(root: Path) -> Contents:
    """Read the object arrays. Positions are stored as (x, y) codes of the centre and the six objects.

    fix/human_all.npy    : (15 n, 7, 2), person after person; the models' files (n, 7, 2)
    ifix/I_human_all.npy : (15 n, 1), how many of the 7 are used, the first included

    The target is where both models end, as both found all; the human cp file has another order of rows and is not
    read, so that found is None for people.
    """
    paths = {"human": _paths(root, "human_all", found=False)}
    paths |= {model: _paths(root, file, found=True) for model, file in MODELS.items()}
    for group in paths.values():
        group[:] = [_decoded(root, path) for path in group]
    targets = np.array([[path.xy[-1] for path in paths[model]] for model in MODELS])
    if (targets[0] != targets[1]).any():
        raise ValueError(f"{str(root)!r}: eccNET and IVSN end in different places, expected both on the target")
    objects = np.array([_box(centre) for centre in RING])
    trials = [
        Trial(
            id=_id(number),
            width=WIDTH,
            height=HEIGHT,
            px_per_degree=PX_PER_DEGREE,
            target_box=_box(target),
            present=True,
            objects=objects,
        )
        for number, target in enumerate(targets[0])
    ]
    return Contents(trials, paths.pop("human"), paths)


def read_scenes(root: Path) -> Contents:
    """Read natural design or Waldo. All positions are stored as (row, column) and swapped here.

    fix/human_all.npy     : (15 n, longest, 2), person after person; the models' files (n, longest, 2)
    ifix/I_human_all.npy  : (15 n, 1), how many are used, the first included
    cp/CP_human_all.npy   : (15 n, longest), a 1 in a row where the target was found
    target_pos.npy        : (n, 2), the centre of the target
    """
    people = _paths(root, "human_all", found=True, rows_first=True)
    models = {model: _paths(root, file, found=True, rows_first=True) for model, file in MODELS.items()}
    centres = read_npy(root / "target_pos.npy")
    with published_layout(root / "target_pos.npy"):
        check_shape("target_pos", centres, (len(people) // PEOPLE, 2))
    trials = [
        Trial(
            id=_id(number),
            width=WIDTH,
            height=HEIGHT,
            px_per_degree=PX_PER_DEGREE,
            target_centre=centre[::-1],
            present=True,
        )
        for number, centre in enumerate(centres)
    ]
    return Contents(trials, people, models)


def _paths(root: Path, file: str, *, found: bool, rows_first: bool = False) -> list[Scanpath]:
    xy, used = read_npy(root / f"fix/{file}.npy"), read_npy(root / f"ifix/I_{file}.npy")
    with published_layout(root / f"fix/{file}.npy"):
        check_shape("fix", xy, ("n", "longest", 2))
        check_shape("ifix", used, (len(xy), 1))
        people = PEOPLE if file == "human_all" else 1
        if len(xy) % people:
            raise ValueError(f"{len(xy)} rows, expected those of {people} people one after another")
        if used.min() < 1 or used.max() > xy.shape[1]:
            raise ValueError(f"ifix holds {used.min()} to {used.max()}, expected 1 to {xy.shape[1]}")
    xy = xy[..., ::-1] if rows_first else xy
    hits = _hits(root / f"cp/CP_{file}.npy", len(xy)) if found else [None] * len(xy)
    each = len(xy) // people
    names = {file: model for model, file in MODELS.items()}
    return [
        Scanpath(
            points[: int(n)],
            found=hit,
            trial=_id(row % each),
            observer=names.get(file, str(row // each + 1)),
        )
        for row, (points, n, hit) in enumerate(zip(xy, used[:, 0], hits, strict=True))
    ]


def _hits(path: Path, rows: int) -> list[bool]:
    hits = read_npy(path)
    with published_layout(path):
        check_shape("cp", hits, (rows, "longest"))
    return [bool(hit) for hit in (hits != 0).any(axis=1)]


def _decoded(root: Path, path: Scanpath) -> Scanpath:
    """Return an object-array scanpath in px instead of codes."""
    with published_layout(root / "fix"):
        xy = [[_meant(CODED_X, x), _meant(CODED_Y, y)] for x, y in path.xy.tolist()]
    return Scanpath(np.array(xy, float), found=path.found, trial=path.trial, observer=path.observer)


def _meant(codes: Mapping[int, int], value: float) -> int:
    if value not in codes:
        raise ValueError(f"a position is {value:g}, expected one of {', '.join(map(str, codes))}")
    return codes[int(value)]


def _box(centre: Any) -> NDArray[np.float64]:
    """Return the box of an object: its pixels lie evenly about the centre."""
    corner = np.asarray(centre, float) - OBJECT_PX / 2
    return np.concatenate([corner, corner + OBJECT_PX])


def _id(number: int) -> str:
    return f"{number + 1:03d}"


# The files by name: SHA-256 and bytes.
OBJ_ARR = {
    "fix/human_all": ("79578266362264205330374ea937f7c35cbb7f3070f5303397f0aef65c49fcc5", 504128),
    "fix/eccNET": ("8d59222d7a55801ef59ef42c6a16ca81bfbe60eb06c32f1a58805a761419c8fb", 33728),
    "fix/IVSN": ("a7ce8c4ecc0660390969038959782019360b86a0f26d27b54d994c66831dfcb3", 16928),
    "ifix/I_human_all": ("c5b003ae55f8d5453ebf7240c6b963fcce1a94bff7f0414d1f895ad64b67a5a9", 36128),
    "ifix/I_eccNET": ("f1a99f922f5339b86289a885686bcae1a874bca0dfd15b8f6f572b10133d8319", 2528),
    "ifix/I_IVSN": ("dc3d831b5b9274f6e272e8dbde54a9c93ecd15ec1ae357fb4acecca0cbf2ec4a", 1328),
    "cp/CP_eccNET": ("86fa043c679de6ab64eb3148a998895dc710a8d19111f5aa877ad5d0daa58903", 16928),
    "cp/CP_IVSN": ("9b280db95f4513448f4518048b67464eb6d9c479915f096019eda5098b58ce98", 8528),
}
NATURAL = {
    "fix/human_all": ("aa8b9e66cc64635e572fc0274c615e659b20c1c5b9433bf9c80446920b0c4020", 1872128),
    "fix/eccNET": ("77e1a9467224523f3e347aadec04e2c18e8959a3a80c995847359dccf2486b55", 253568),
    "fix/IVSN": ("912eb1757fffef2f23d8de42fb88e11e784d31566a61d1fa4e30c3134c8b214e", 124928),
    "ifix/I_human_all": ("f4f2f5609e9b47fa59ec64688c0e8163e97504d4231155e67c4e5c4136ee1dd0", 14528),
    "ifix/I_eccNET": ("a6d04c0304ec97116f46605fd81a609664575a4f4e6be21abd945feca37e14a0", 2048),
    "ifix/I_IVSN": ("a8e0669715858661ebfea0423965e2297a21c99f9efd39eb718b0d799dbd3655", 1088),
    "cp/CP_human_all": ("e77189601570c4aa92d5eea6d8ef2f0b8f2f7f85073a42fc4730c93db12e8ed3", 1872128),
    "cp/CP_eccNET": ("a7f7dbf2d0c7af5d241d618749895194084389f1a87efe3b0d2e38f804a5fb93", 126848),
    "cp/CP_IVSN": ("cb487962544fbb12c4508e05af499688f856671c07453787c097cf2aebc4372a", 62528),
    "target_pos": ("bb2d508e928894bfc3c7c06b29596c07c5d42bcbc1c1066d42256e70b858b7d7", 3968),
}
WALDO_FILES = {
    "fix/human_all": ("a67a78b01d3f10cbc520d186f9786a914af5eddb0985b8af45b461240af5bd16", 643328),
    "fix/eccNET": ("a57e88db6e63fa55e1e2b1442d6d820c3c1e29ab39177b83c149b2ddd3418995", 86960),
    "fix/IVSN": ("ab0ec6f936e306500c7e4c0cff4bcd1693f0bc2ab924aa0479e198cf79269eec", 43008),
    "ifix/I_human_all": ("4b84ec71b5fdca042c9bc2d0f1cba2baa032fd8578a5e36533b722fa3cd69421", 4148),
    "ifix/I_eccNET": ("f7fe0a4af8512914b105ba3bc0744d66a3b0deb1358e9e63044dbc9e552632d1", 664),
    "ifix/I_IVSN": ("4aacc91fbb6a02f63fb2b88a0771a1cecfe184f66ebb824ed5f09392c3c30499", 396),
    "cp/CP_human_all": ("caacd7348e88bd1568922d56ffb3f93c15ba7680fb6144f5315bb00684922970", 321728),
    "cp/CP_eccNET": ("74e021fcca006abd201a561c2434109f7071aaae56dd3eeb33d27b17a33f29ea", 43544),
    "cp/CP_IVSN": ("2afe7d840fa1f1aa530c3cba15063ad78f8d72c8a57bfbc47c3b0a2323f02274", 21568),
    "target_pos": ("aa22fc6e2e0b5388eb9f5f8729bd3a6960cc8c764799687a0151fc342f231a86", 1200),
}


def _sources(folder: str, hashes: Mapping[str, tuple[str, int]]) -> tuple[Source, ...]:
    return tuple(
        Source(
            f"{name}.npy",
            (
                f"{RAW}/{COMMIT}/vs_saccade_exp/out/{folder}/{name}.npy",
                f"{RAW}/HEAD/vs_saccade_exp/out/{folder}/{name}.npy",
            ),
            checksum=f"sha256:{digest}",
            size=size,
        )
        for name, (digest, size) in hashes.items()
    )


_definition = partial(
    Definition,
    task="search",
    licence="none stated; non-commercial research, with citation",
    citation=(
        "M. Zhang, J. Feng, K. T. Ma, J. H. Lim, Q. Zhao & G. Kreiman. Finding any Waldo with zero-shot invariant and "
        "efficient visual search. Nature Communications 9:3730, 2018. S. K. Gupta, M. Zhang, C.-C. Wu, J. M. Wolfe & "
        "G. Kreiman. Visual search asymmetry: deep nets and humans share similar inherent biases. NeurIPS 34, 2021."
    ),
    homepage=REPOSITORY,
    obtain=f"The folder of the set under vs_saccade_exp/out of {REPOSITORY}. Its pictures are not published there.",
)
SCREEN = "px of the 1280 x 1024 screen"
SCENES = Geometry(PX_PER_DEGREE, "the authors' analysis: 5 degrees are 156 px")

OBJECT_ARRAYS = _definition(
    name="zhang_object_arrays",
    title="search for one of 6 objects on a ring, 300 arrays, 15 people, eccNET, IVSN",
    reader=read_arrays,
    needs=("fix/human_all.npy", "ifix/I_human_all.npy"),
    geometry=Geometry(PX_PER_DEGREE, "the authors' analysis: 5 degrees are 156 px, here also the side of an object"),
    units=f"{SCREEN}; positions are snapped to the objects and stored as codes, (x, y), which are translated; no times",
    verified="counts, codes and targets on the files of the repository; the side of the objects was not",
    sources=_sources("ObjArr", OBJ_ARR),
    stated={"trials": 300, "observers": 15, "scanpaths": 4500},
)

NATURAL_DESIGN = _definition(
    name="zhang_natural_design",
    title="search for an object in a scene, 240 pictures, 15 people, eccNET, IVSN; without boxes",
    reader=read_scenes,
    needs=("fix/human_all.npy", "ifix/I_human_all.npy", "cp/CP_human_all.npy", "target_pos.npy"),
    geometry=SCENES,
    units=f"{SCREEN}, stored as (row, column) and swapped; fixations off the screen are kept; no times",
    verified=(
        "counts, order of rows and columns on the files of the repository. found is from the cp file, whose rows "
        "correspond, though the end of a scanpath often differs from it by up to 4 fixations."
    ),
    sources=_sources("NaturalDesign", NATURAL),
    stated={"trials": 240, "observers": 15, "scanpaths": 3600},
)

WALDO = _definition(
    name="waldo",
    title="search for Waldo, 67 pictures, 15 people, eccNET, IVSN",
    reader=read_scenes,
    needs=("fix/human_all.npy", "ifix/I_human_all.npy", "cp/CP_human_all.npy", "target_pos.npy"),
    geometry=SCENES,
    units=f"{SCREEN}, stored as (row, column) and swapped; fixations off the screen are kept; no times",
    verified="counts, order of rows and columns, and found, on the files of the repository",
    sources=_sources("Waldo", WALDO_FILES),
    stated={"trials": 67, "observers": 15, "scanpaths": 1005},
)
