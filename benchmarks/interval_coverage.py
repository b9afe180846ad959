"""How often 95 % intervals cover, and how often p is below .05 where there is no difference, in simulated experiments.

    python benchmarks/interval_coverage.py [--repeats 1000]

Prints the table of docs/scoring.md. Observers, images and single trials all differ; their effects are Gaussian, or
exponential, the most skewed that scores come near to.
"""

import argparse
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from gazesim.metrics.ceiling import leave_one_out_pairs, shares
from gazesim.metrics.energy import energy_scores
from gazesim.metrics.slopes import estimate_index, estimate_slope
from gazesim.metrics.statistics import compare_models, crossed_mean, crossed_share

Random = np.random.Generator
Table = NDArray[np.float64]
DESIGNS = ((15, 700), (15, 100), (6, 100), (3, 20))
SIZES = (8, 16, 24, 32)
OBSERVERS, IMAGES, TRIALS = 0.4, 1.0, 1.0  # standard deviations
DRAWS = 5  # of a model on an image, for energy forms


def effects(shape: tuple[int, ...], skewed: bool, random: Random) -> Table:
    """Return effects of mean 0 and variance 1."""
    return random.exponential(1, shape) - 1 if skewed else random.normal(size=shape)


def crossed(n: int, m: int, skewed: bool, random: Random, observers: float = OBSERVERS) -> Table:
    """Return scores (n, m) whose true mean is 0."""
    parts = (observers, (n, 1)), (IMAGES, (1, m)), (TRIALS, (n, m))
    return np.asarray(sum(size * effects(shape, skewed, random) for size, shape in parts))


def mean_covers(n: int, m: int, skewed: bool, random: Random) -> bool:
    """Whether the interval of a mean holds the true one."""
    _, low, high, *_ = crossed_mean(crossed(n, m, skewed, random))
    return low <= 0 <= high


def people_cover(n: int, m: int, skewed: bool, random: Random) -> bool:
    """The same where observers make up most of the variance."""
    _, low, high, *_ = crossed_mean(crossed(n, m, skewed, random, observers=1.0))
    return low <= 0 <= high


def row_covers(n: int, m: int, skewed: bool, random: Random) -> bool:
    """The same of a model's searches, without observers."""
    _, low, high, *_ = crossed_mean(crossed(1, m, skewed, random, observers=0))
    return low <= 0 <= high


def models_differ(n: int, m: int, skewed: bool, random: Random) -> bool:
    """Whether two models that are alike, scored on the same people and images, are called different."""
    common = crossed(n, m, skewed, random)
    one, other = (common + crossed(n, m, skewed, random, observers=0.2) for _ in range(2))
    return compare_models(one, other).p < 0.05


def pairs(n: int, m: int, skewed: bool, random: Random) -> tuple[Table, Table]:
    """Return how n observers agree with each other, and with a model that is as good as they are, (n, m) each."""
    own = OBSERVERS * effects((n + 1, 1), skewed, random) + 0.5 * effects((n + 1, m), skewed, random)
    own[-1] -= own[-1].mean()  # the model is neither easy nor hard to agree with
    among = own[:, None] + own[None] + IMAGES * effects((m,), skewed, random)
    noise = effects((n + 1, n + 1, m), skewed, random)
    lower = np.tril(np.ones((n + 1, n + 1), bool), -1)[:, :, None]
    among = among + np.where(lower, noise, noise.transpose(1, 0, 2))
    people = np.stack([leave_one_out_pairs(image) for image in np.moveaxis(among[:-1, :-1], 2, 0)], axis=1)
    return people, among[:-1, -1]


def ceiling_covers(n: int, m: int, skewed: bool, random: Random) -> bool:
    """Whether the interval of a ceiling of pairs holds the true one."""
    people, _ = pairs(n, m, skewed, random)
    _, low, high, *_ = crossed_mean(people, shares(people))
    return low <= 0 <= high


def model_differs_from_people(n: int, m: int, skewed: bool, random: Random) -> bool:
    """Whether a model exactly as good as people is called different."""
    people, model = pairs(n, m, skewed, random)
    return compare_models(model, people, model - shares(people)).p < 0.05


def elsewhere(n: int, m: int, skewed: bool, random: Random) -> tuple[Table, list[int]]:
    """Return how n observers on m images agree with the others on another image (n, m), and which that is."""
    own = OBSERVERS * effects((n, 1), skewed, random) + 0.5 * effects((n, m), skewed, random)
    own = own + IMAGES * effects((m,), skewed, random)
    among = own[:, None] + np.roll(own, 1, axis=1)[None] + effects((n, n, m), skewed, random)
    others = ~np.eye(n, dtype=bool)[:, :, None]
    return np.where(others, among, 0).sum(axis=1) / (n - 1), [m - 1, *range(m - 1)]


def elsewhere_covers(n: int, m: int, skewed: bool, random: Random) -> bool:
    """Whether the interval of people by people on another image, in pairs, holds the true one."""
    scores, partners = elsewhere(n, m, skewed, random)
    _, low, high, *_ = crossed_mean(scores, shares(scores), partners=partners)
    return low <= 0 <= high


def model_differs_from_elsewhere(n: int, m: int, skewed: bool, random: Random) -> bool:
    """Whether a model exactly as good as that is called different."""
    scores, partners = elsewhere(n, m, skewed, random)
    model = crossed(n, m, skewed, random)
    return compare_models(model, scores, model - shares(scores), partners).p < 0.05


def energy(n: int, m: int, random: Random) -> tuple[Table, Table, float]:
    """Return energy forms (n, m) of people and of a model that draws as they do, and the true mean of both.

    People look at places on a line, each displaced by a habit, which scatter more on some images than on others. The
    model has a habit of its own in each draw.
    """
    scatter = random.gamma(4, 0.25, m)
    habits = OBSERVERS * random.normal(size=(n, 1))
    people = habits + scatter * random.normal(size=(n, m))
    drawn = OBSERVERS * random.normal(size=(DRAWS, m)) + scatter * random.normal(size=(DRAWS, m))
    others = ~np.eye(n, dtype=bool)
    scores = np.empty((2, n, m))
    for image in range(m):
        own, model = people[:, image], drawn[:, image]
        with_model, among = (abs(one[:, None] - model) for one in (own, model))
        pairs = abs(own[:, None] - own)
        scores[:, :, image] = energy_scores(pairs, pairs, others, others), energy_scores(with_model, among)
    return scores[0], scores[1], ENERGY


def _true_energy() -> float:
    """Return half of the mean distance of two people: of Gaussians of twice the variance, over all scatters."""
    scatter = np.linspace(0, 20, 200_001)[1:]
    weights = scatter**3 * np.exp(-4 * scatter)
    spreads = np.sqrt(2 * (OBSERVERS**2 + scatter**2))
    return float(np.average(spreads, weights=weights) / np.sqrt(2 * np.pi))


ENERGY = _true_energy()


def energy_of_people_covers(n: int, m: int, skewed: bool, random: Random) -> bool:
    """Whether the interval of people by people in energy form holds the true one; images are always skewed."""
    people, _, truth = energy(n, m, random)
    _, low, high, *_ = crossed_mean(people)
    return low <= truth <= high


def energy_of_a_model_covers(n: int, m: int, skewed: bool, random: Random) -> bool:
    """The same of a model that draws as people do."""
    _, model, truth = energy(n, m, random)
    _, low, high, *_ = crossed_mean(model)
    return low <= truth <= high


def energy_differs(n: int, m: int, skewed: bool, random: Random) -> bool:
    """Whether that model and people are called different in energy form."""
    people, model, _ = energy(n, m, random)
    return compare_models(model, people).p < 0.05


def share_covers(n: int, m: int, skewed: bool, random: Random) -> bool:
    """Whether the interval of a share of hits, truly 0.3, holds it."""
    chance = np.clip(0.3 + 0.1 * crossed(n, m, skewed, random), 0, 1)
    _, low, high, *_ = crossed_share((random.random((n, m)) < chance).astype(float))
    return low <= 0.3 <= high


def searches(slope: float, n: int, skewed: bool, random: Random) -> tuple[Table, Table]:
    """Return set sizes and saccades of n displays of each, of which means and deviations grow with the set size."""
    sizes = np.repeat(np.array(SIZES, float), n)
    noise = random.gamma(4, 0.5, len(sizes)) - 2 if skewed else random.normal(size=len(sizes))
    return sizes, (1 + slope * sizes) * (1 + 0.4 * noise)


def slope_covers(n: int, skewed: bool, random: Random) -> bool:
    """Whether the interval of a slope of 0.2 holds it."""
    slope = estimate_slope(*searches(0.2, n, skewed, random))
    return slope.low <= 0.2 <= slope.high


def count_covers(n: int, skewed: bool, random: Random) -> bool:
    """Whether the interval of a slope of 0.2 holds it where fixations end with the same chance; always skewed."""
    sizes = np.repeat(np.array(SIZES, float), n)
    slope = estimate_slope(sizes, random.geometric(1 / (1 + 0.2 * sizes)).astype(float))
    return slope.low <= 0.2 <= slope.high


def index_covers(n: int, skewed: bool, random: Random) -> bool:
    """Whether the interval of an index of one third holds it."""
    harder, easier = (estimate_slope(*searches(slope, n, skewed, random)) for slope in (0.4, 0.2))
    index = estimate_index(harder, easier)
    return index.low <= 1 / 3 <= index.high


def share_of(world: Callable[..., bool], repeats: int, *design: object, seed: int = 0) -> float:
    """Return how often `world` is true in `repeats` experiments of a design."""
    random = np.random.default_rng(seed)
    return float(np.mean([world(*design, random) for _ in range(repeats)]))


CROSSED: dict[str, tuple[Callable[..., bool], str]] = {
    "mean": (mean_covers, "95 % interval of a model's mean, images differing most"),
    "mean_people": (people_cover, "the same, people differing as much"),
    "row": (row_covers, "the same of searches without people"),
    "share": (share_covers, "95 % interval of a share found"),
    "ceiling": (ceiling_covers, "95 % interval of people by people, in pairs"),
    "elsewhere": (elsewhere_covers, "95 % interval of people by people on another display, in pairs"),
    "energy_people": (energy_of_people_covers, "95 % interval of people in energy form"),
    "energy_model": (energy_of_a_model_covers, "95 % interval, in energy form, of a model that draws as people do"),
    "models": (models_differ, "p < .05, two models that are alike"),
    "model_people": (model_differs_from_people, "p < .05, a model as good as people, against people"),
    "model_elsewhere": (model_differs_from_elsewhere, "p < .05, a model as good as people on another display"),
    "energy": (energy_differs, "p < .05, a model that draws as people do, against people, in energy form"),
}
SLOPES: dict[str, tuple[Callable[..., bool], str]] = {
    "slope": (slope_covers, "95 % interval of a set-size slope"),
    "count": (count_covers, "the same, of geometric counts of fixations"),
    "index": (index_covers, "95 % interval of an asymmetry index"),
}


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=1000)
    repeats = parser.parse_args().repeats
    print("| people x displays | " + " | ".join(f"{n} x {m}" for n, m in DESIGNS) + " |")
    print("|---|" + "---|" * len(DESIGNS))
    for world, words in CROSSED.values():
        print(f"| {words} | " + " | ".join(_cell(world, repeats, *design) for design in DESIGNS) + " |", flush=True)
    counts = (3, 5, 10, 30)
    print("\n| displays of each set size | " + " | ".join(map(str, counts)) + " |\n|---|" + "---|" * len(counts))
    for world, words in SLOPES.values():
        print(f"| {words} | " + " | ".join(_cell(world, repeats, n) for n in counts) + " |", flush=True)


def _cell(world: Callable[..., bool], repeats: int, *design: int) -> str:
    return ", ".join(f"{share_of(world, repeats, *design, skewed):.3f}".lstrip("0") for skewed in (False, True))


if __name__ == "__main__":
    main()
