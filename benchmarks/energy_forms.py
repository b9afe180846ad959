"""Smooth models against people on plain measures of two scanpaths and on their energy forms.

    python benchmarks/energy_forms.py DATA [--images 40] [--samples 8]

DATA holds osie/. Prints the tables of docs/scoring.md.
"""

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from zlib import crc32

import numpy as np
import pandas as pd

import gazesim
from gazesim.scoring.tables import markdown, number

MEASURES = ("multimatch", "scanmatch", "dtw")


class Smooth:
    """From the centre in saccades of 2 degrees (SD .5), each turned by a random angle (SD 1 rad) against the last."""

    name = "smooth"
    needs_pictures = False

    def walk(
        self, trials: Sequence[gazesim.Trial], *, max_fixations: int | None = None, seed: int = 0, batch_size: int = 1
    ) -> Iterator[gazesim.Scanpath]:
        for trial in trials:
            random = np.random.default_rng([seed, crc32(str(trial.id).encode())])
            angle = random.uniform(0, 2 * np.pi)
            xy = [np.array([trial.width // 2, trial.height // 2], float)]
            for _ in range(max_fixations or 8):
                angle += random.normal(0, 1)
                step = max(0.2, random.normal(2, 0.5)) * trial.px_per_degree
                place = xy[-1] + step * np.array([np.cos(angle), np.sin(angle)])
                xy.append(place.clip(0, [trial.width - 1, trial.height - 1]))
            yield gazesim.Scanpath(np.array(xy), trial=trial.id, observer=self.name)


def table(summary: pd.DataFrame, metrics: Sequence[str]) -> str:
    """Return a row a model, a column a measure and part, of value [95 % interval]."""
    scored = summary[summary["metric"].isin(metrics) & summary["value"].notna() & (summary["part"] != "duration")]
    names = (scored["metric"] + " " + scored["part"].fillna("")).str.strip()
    texts = [f"{number(r.value)} [{number(r.low)}, {number(r.high)}]" for r in scored.itertuples()]
    wide = scored.assign(column=names, text=texts).pivot(index="model", columns="column", values="text")
    return markdown(wide.loc[list(dict.fromkeys(scored["model"])), list(dict.fromkeys(names))].reset_index())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--images", type=int, default=40)
    parser.add_argument("--samples", type=int, default=8)
    given = parser.parse_args()
    sampled = {"gbvs, sampled": gazesim.load_model("gbvs", temperature=0.1)}
    models = ["centre_bias", Smooth(), "gbvs", sampled, "cle", "chance"]
    energy = [f"energy_{name}" for name in MEASURES]
    data = gazesim.load_dataset("osie", given.data / "osie")
    found = gazesim.score(models, data, [*MEASURES, *energy], images=given.images, samples=given.samples)
    for metrics in (MEASURES, energy):
        print(table(found.summary, metrics))


if __name__ == "__main__":
    main()
