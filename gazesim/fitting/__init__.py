"""Parameters of models from people's fixations, by likelihood: estimates, intervals, comparisons, recovery.

`fit` does it; a run of it (`gazesim fit`) writes into its folder

run.json          the full config, the SHA-256 of the data, the versions of the packages
fitted.yaml       the fitted settings of the first model, which every command takes as settings=fitted.yaml
parameters.csv    model, parameter, estimate, low, high: for all people together, with 95 % profile intervals
profiles.csv      model, parameter, value, deviance: along each profile
fixations.csv     model, trial, observer, fixation, bits: log2 of the density of each fixation over that of a uniform
                  choice, from parameters that were fitted without its display
summary.csv       model, bits a fixation with its interval over people and displays, number of parameters and fixations
comparisons.csv   first, second, difference in bits a fixation, low, high, p: pairs of models on the same fixations
people.csv        model, observer, parameter, estimate, low, high, shrunk, fixations: each person alone, and as one of
                  a group
group.csv         model, parameter, mean, low, high, deviation, reliability: the group, and the split-half reliability
recovery.csv      model, person, parameter, true, estimate, low, high: of simulated people
figures/          profiles, people, recovery, as PNG and PDF
maps/             the maps of each display, so that a run that was stopped does not make them again
"""

from gazesim.fitting.fit import Fits, fit

__all__ = ["Fits", "fit"]
