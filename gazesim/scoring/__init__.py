"""How human a model is on a data set, against chance and the human ceiling, and whether it is better than another.

`score` says it; a run of it (`gazesim score`) writes into its folder

run.json            the full config, the SHA-256 of the data, the versions of the packages
scanpaths.csv       the scanpaths of the models that were run, read from a file or published with the data, as
                    `gazesim.read_scanpaths` takes them: observer is the model; absent if no measure needed scanpaths
trials.csv          dataset, trial, observer, model, metric, part, value: one row for each person whom a model
                    predicted; observer is empty where a model is scored without a person; value is empty where a
                    trial could not be scored. Beside the models are the levels: people (the ceiling: no observer is
                    compared with their own data), other_images (people on other images: the centre bias) and
                    uniform (chance)
summary.csv         dataset, model, metric, part, value, low, high, over (what the interval is for, or why there is
  .md .tex          none), chance, ceiling, share_of_ceiling, coverage, trials, better (higher or lower); models first,
                    then the levels
comparisons.csv     dataset, metric, part, first, second, difference, low, high, p, p_holm (adjusted for all comparisons
  .md .tex          of the measure and part), coverage, over; each pair of models, and each model with each level
curves.csv          dataset, model, fixation, found, low, high: searched sets only, levels included
saccades.csv        dataset, model, saccades, amplitude_mean, amplitude_median, unit (deg or px), amplitude_distance,
                    direction_distance (radians; from people's): where there are scanpaths; people are among the models
slopes.csv          searcher, condition, present, slope_ms_per_item, slope_low, slope_high, ...: where the data have
                    people's reaction times, see `gazesim.metrics.efficiency.slope_table`; people first
set_sizes.csv       their reaction times and errors at each set size
figures/ceiling     .png and .pdf: each measure of each model between chance and ceiling
figures/curves      cumulative search performance, of people and models
figures/reaction_times  against set size, of people and models
figures/saccades    amplitudes and directions of saccades, of people and models
scores.partial.csv  the rows of trials.csv while the run goes on, scanpaths.partial.csv those of scanpaths.csv
"""

from gazesim.scoring.candidates import Candidate, MapModel, PathModel, candidates
from gazesim.scoring.given_maps import GivenMaps
from gazesim.scoring.scores import Scores, score

__all__ = ["Candidate", "GivenMaps", "MapModel", "PathModel", "Scores", "candidates", "score"]
