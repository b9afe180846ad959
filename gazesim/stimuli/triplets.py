"""Triplets of pictures that tell apart whether people go by low-level or by high-level similarity.

After Piriyajitakonkij, Itthipuripat, Ballard & Pappas (2024), What makes a face look like a hat: decoupling low-level
and high-level visual properties with image triplets, arXiv 2409.02241. Which of two pictures is more similar to the
root? The difference of their similarities to it is D = r(root, first) - r(root, second), once in an early and once in
a late layer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gazesim.checks import check_at_least, check_option, check_positive, unknown
from gazesim.items import Items
from gazesim.stimuli.displays import Displays
from gazesim.stimuli.pictures import digest, picture_files
from gazesim.stimuli.recipe import LEAST_ITEM, plain
from gazesim.stimuli.similarity import SimilaritySettings, similarities, similarity_settings, square
from gazesim.trial import Trial

BACKGROUND = 128
DEFAULTS: dict[str, Any] = {
    "n": 125,
    "levels": 5,
    "step": 0.75,
    "seed": 0,
    "grey": False,
    "px_per_degree": 30.0,
    "item_deg": 6.0,
}
SAMPLED = 200_000  # random triplets, for the spread of D and its correlation without a choice
ROOTS = 40  # that are tried before pictures are used once more
PAIRED = 300  # pictures that are tried with each of them
TOLERANCE = 0.1  # how far D may be from its level, in standard deviations


@dataclass(frozen=True, kw_only=True)
class TripletRecipe(SimilaritySettings):
    """What determines a set of triplets, besides what `SimilaritySettings` says.

    Attributes
    ----------
    paradigm : str
    images : str
        Folder with the photographs.
    images_sha256 : str
        What was in it.
    n : int
        Triplets; a multiple of levels x levels fills all cells equally.
    levels : int
        Of D in each layer, equally far apart and around 0.
    step : float
        How far apart, in standard deviations of D over random triplets.
    seed : int
    grey : bool
        Show and compare them without colour.
    px_per_degree, item_deg : float
        `item_deg` is the side of a picture.
    """

    paradigm: str
    images: str
    images_sha256: str
    n: int
    levels: int
    step: float
    seed: int
    grey: bool
    px_per_degree: float
    item_deg: float

    def __post_init__(self) -> None:
        super().__post_init__()
        check_at_least("n", self.n, 1)
        check_at_least("levels", self.levels, 2)
        check_at_least("seed", self.seed, 0)
        check_option("grey", self.grey, (False, True))
        for name in ("step", "px_per_degree", "item_deg"):
            check_positive(name, getattr(self, name))
        if self.item_px < LEAST_ITEM:
            raise ValueError(f"item_deg is {self.item_deg:g}, {self.item_px} px, expected at least {LEAST_ITEM} px")

    @property
    def item_px(self) -> int:
        """Side of a picture."""
        return int(self.item_deg * self.px_per_degree)


class Triplet(NamedTuple):
    """Three pictures by their numbers, the levels (from 0) of D in both layers, and D in standard deviations."""

    root: int
    first: int
    second: int
    level: tuple[int, int]
    difference: tuple[float, float]


class Selection(NamedTuple):
    """Triplets, and of random triplets the standard deviations (2,) of D in both layers and the correlation r."""

    triplets: list[Triplet]
    deviations: NDArray[np.float64]
    r_before: float

    @property
    def r_after(self) -> float:
        """The correlation of D in both layers over the triplets; 0 where D is the same in all."""
        low, high = np.array([triplet.difference for triplet in self.triplets]).T
        return 0.0 if min(np.std(low), np.std(high)) == 0 else float(np.corrcoef(low, high)[0, 1])

    @property
    def uses(self) -> Counter[int]:
        """How many triplets each picture that is used is in."""
        return Counter(number for t in self.triplets for number in (t.root, t.first, t.second))


def select_triplets(
    similarity: NDArray[np.float64], n: int, *, levels: int = 5, step: float = 0.75, seed: int = 0
) -> Selection:
    """Choose triplets in which D of the early and of the late layer are not correlated.

    Each pair of levels gets equally many triplets, as far as n allows, and D differs from its level by at most 0.1
    standard deviations. A picture is used again only where those that were used less make no such triplet.

    Parameters
    ----------
    similarity : (2, k, k)
        Of every two of k pictures in the two layers.
    n, levels, step, seed
        See `TripletRecipe`.

    Raises
    ------
    ValueError
        If there are fewer than three pictures, or a pair of levels cannot be filled.
    """
    count = similarity.shape[1]
    if count < 3:
        raise ValueError(f"images has {count} pictures, expected at least 3")
    random = np.random.default_rng(seed)
    deviations, r_before = _without_choice(similarity, random)
    scaled = similarity / deviations[:, None, None]
    uses, chosen = np.zeros(count, np.int64), []
    for cell in random.permutation(_cells(n, levels, random)).tolist():
        wanted = (np.array(cell) - (levels - 1) / 2) * step
        found = _nearest(scaled, wanted, uses, random)
        if found is None:
            words = " and ".join(f"{value:g}" for value in wanted)
            raise ValueError(
                f"step is {step:g}: no triplet of the {count} images has differences of {words} standard deviations in "
                "the early and the late layer, expected a smaller step, fewer levels, or more images"
            )
        uses[list(found)] += 1
        root, first, second = found
        low, high = (scaled[:, root, first] - scaled[:, root, second]).tolist()
        chosen.append(Triplet(root, first, second, (cell[0], cell[1]), (low, high)))
    return Selection(sorted(chosen, key=lambda triplet: triplet.level), deviations, r_before)


def _without_choice(similarity: NDArray[np.float64], random: np.random.Generator) -> tuple[NDArray[np.float64], float]:
    count = similarity.shape[1]
    root = random.integers(count, size=SAMPLED)
    first = (root + random.integers(1, count, size=SAMPLED)) % count
    second = (root + random.integers(1, count, size=SAMPLED)) % count
    apart = first != second
    low, high = (similarity[:, root, first] - similarity[:, root, second])[:, apart]
    deviations = np.array([low.std(), high.std()])
    for name, spread in zip(("early", "late"), deviations.tolist(), strict=True):
        if spread == 0:
            raise ValueError(f"images: all are equally similar in the {name} layer, expected different pictures")
    return deviations, float(np.corrcoef(low, high)[0, 1])


def _cells(n: int, levels: int, random: np.random.Generator) -> list[tuple[int, int]]:
    """Return n pairs of levels: all equally often, and of what is left over every row and column as often.

    What is left over lies on broken diagonals, of 200 random ones those whose levels correlate least.
    """
    each, rest = divmod(n, levels**2)
    middle = (levels - 1) / 2
    options = [random.permutation(levels) for _ in range(200)] if rest else []

    def left_over(columns: NDArray[np.int64]) -> list[tuple[int, int]]:
        every = [(row, int(columns[(row + turn) % levels])) for turn in range(levels) for row in range(levels)]
        return every[:rest]

    sets = [left_over(columns) for columns in options]
    best = min(sets, key=lambda cells: abs(sum((a - middle) * (b - middle) for a, b in cells)), default=[])
    return [(a, b) for a in range(levels) for b in range(levels)] * each + best


def _nearest(
    scaled: NDArray[np.float64], wanted: NDArray[np.float64], uses: NDArray[np.int64], random: np.random.Generator
) -> tuple[int, int, int] | None:
    """Return root, first and second of the triplet nearest to the wanted D among those of the least used pictures."""
    for limit in range(int(uses.min()), int(uses.max()) + 1):
        free = np.flatnonzero(uses <= limit)
        best, found = TOLERANCE**2, None
        for root in random.permutation(free)[:ROOTS].tolist():
            others = free[free != root]
            others = np.sort(random.permutation(others)[:PAIRED]) if len(others) > PAIRED else others
            if len(others) < 2:
                continue
            to_root = scaled[:, root, others]
            apart = to_root[:, :, None] - to_root[:, None, :] - wanted[:, None, None]
            cost = (apart**2).sum(axis=0)
            np.fill_diagonal(cost, np.inf)
            place = int(cost.argmin())
            if cost.flat[place] <= best:
                first, second = divmod(place, len(others))
                best, found = float(cost.flat[place]), (root, int(others[first]), int(others[second]))
                if best < (TOLERANCE / 3) ** 2:
                    break
        if found is not None:
            return found
    return None


class Triplets(Displays):
    """The displays of a recipe: two pictures side by side; the target is the root. All are chosen at once.

    Raises
    ------
    FileNotFoundError
        If the folder or the weights do not exist.
    ValueError
        If a setting is not accepted, a picture cannot be read, or there are too few pictures.
    """

    def __init__(self, settings: Mapping[str, Any]) -> None:
        accepted = [field.name for field in fields(TripletRecipe) if field.name not in ("paradigm", "images_sha256")]
        given = {key: plain(value) for key, value in settings.items() if value is not None}
        for key in given:
            if key not in accepted:
                raise ValueError(unknown("setting of triplets", key, accepted))
        if "images" not in given:
            raise ValueError("images is missing, expected with triplets: a folder of photographs")
        self._files = picture_files(given["images"])
        how = {name: given.pop(name) for name in ("layers", "weights", "distance") if name in given}
        compared: SimilaritySettings = similarity_settings(**how)
        values = {**DEFAULTS, **given, "images": str(given["images"])}
        sha256 = digest(self._files)
        self.recipe = TripletRecipe(paradigm="triplets", images_sha256=sha256, **values, **asdict(compared))
        recipe = self.recipe
        self.sheet_columns = recipe.levels
        self.selection = select_triplets(
            similarities(self._files, compared, recipe.grey),
            recipe.n,
            levels=recipe.levels,
            step=recipe.step,
            seed=recipe.seed,
        )

    def __len__(self) -> int:
        return len(self.selection.triplets)

    def display(self, number: int) -> Trial:
        """Make the display of that number, from 0; its condition names the levels, 0 in the middle."""
        triplet, side = self.selection.triplets[number], self.recipe.item_px
        root, *pair = (square(self._files[each], side, self.recipe.grey) for each in triplet[:3])
        gap = max(1, side // 4)
        image = np.full((side + 2 * gap, 2 * side + 3 * gap, 3), BACKGROUND, np.uint8)
        item_map = np.zeros(image.shape[:2], np.uint8)
        boxes = []
        for item, picture in enumerate(pair, start=1):
            left = gap + (item - 1) * (side + gap)
            image[gap : gap + side, left : left + side] = picture
            item_map[gap : gap + side, left : left + side] = item
            boxes.append([left, gap, left + side, gap + side])
        low, high = (self._signed(level) for level in triplet.level)
        looks = [self._files[each].name for each in triplet[1:3]]
        return Trial(
            image,
            root,
            items=Items(item_map, looks, target=None, index=number, seed=self.recipe.seed),
            condition=f"low{low}_high{high}",
            set_size=2,
            objects=boxes,
            px_per_degree=self.recipe.px_per_degree,
            background=BACKGROUND,
            id=f"triplet-{number:03d}",
        )

    def columns(self, number: int) -> dict[str, object]:
        """Return the three files, the levels and D in standard deviations."""
        triplet = self.selection.triplets[number]
        names = dict(zip(("root", "first", "second"), (self._files[each].name for each in triplet[:3]), strict=True))
        levels = dict(zip(("low_level", "high_level"), map(self._signed, triplet.level), strict=True))
        apart = (round(value, 4) for value in triplet.difference)
        return {**names, **levels, **dict(zip(("low_difference", "high_difference"), apart, strict=True))}

    def samples(self) -> Sequence[int]:
        """Return a triplet of each pair of levels, ordered by that of the early layer."""
        levels = [triplet.level for triplet in self.selection.triplets]
        return [levels.index(level) for level in sorted(set(levels))]

    def tables(self) -> dict[str, list[list[object]]]:
        """Return levels.csv, how many triplets a pair of levels has, and images.csv, how many a picture is in."""
        found = Counter(triplet.level for triplet in self.selection.triplets)
        every, uses = range(self.recipe.levels), self.selection.uses
        levels: list[list[object]] = [[self._signed(a), self._signed(b), found[a, b]] for a in every for b in every]
        images: list[list[object]] = [[file.name, uses[number]] for number, file in enumerate(self._files)]
        return {
            "levels.csv": [["low_level", "high_level", "n"], *levels],
            "images.csv": [["image", "n"], *images],
        }

    def summary(self) -> list[str]:
        """Return the correlation before and after, the fill of the levels, and how often pictures are used."""
        selection, cells = self.selection, self.recipe.levels**2
        fill = Counter(triplet.level for triplet in selection.triplets)
        least, most = min(fill.values()) if len(fill) == cells else 0, max(fill.values())
        uses = selection.uses
        often = Counter(uses.values())
        times = ", ".join(f"{often[k]} {'once' if k == 1 else f'{k} times'}" for k in sorted(often))
        return [
            f"low- and high-level difference: r = {selection.r_before:.3f} in random triplets, "
            f"{selection.r_after:.3f} in these",
            f"{cells} pairs of levels with {least if least == most else f'{least} to {most}'} triplets each",
            f"of {len(self._files)} pictures used: {times}",
        ]

    def _signed(self, level: int) -> str:
        value = level - (self.recipe.levels - 1) / 2
        return f"{value:+g}" if value else "0"
