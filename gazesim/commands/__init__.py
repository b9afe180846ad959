"""The commands of the command line, one file each.

To add one, write a module here with a `COMMAND`, and give it a line below.
"""

from gazesim.registry import Entry

COMMANDS: dict[str, Entry] = {
    "search": Entry(
        "where does a model look, and in which order, when it searches an image?", "gazesim.commands.search:COMMAND"
    ),
    "merge": Entry(
        "runs of parts of the trials, from one machine or many, joined to one.", "gazesim.commands.merge:COMMAND"
    ),
    "stimuli": Entry(
        "make a set of search displays, as a folder that `gazesim search trials=FOLDER` reads.",
        "gazesim.commands.stimuli:COMMAND",
    ),
    "experiment": Entry(
        "make an experiment that runs, in a browser or with PsychoPy, of a stimulus set.",
        "gazesim.commands.experiment:COMMAND",
    ),
    "results": Entry(
        "what people did in an experiment: times, errors, search slopes, d', exclusions.",
        "gazesim.commands.results:COMMAND",
    ),
    "asymmetry": Entry(
        "do models find A among B harder than B among A where people do?", "gazesim.commands.asymmetry:COMMAND"
    ),
    "perceive": Entry(
        "what does the periphery leave of a picture? Texture or blur about a fixation.",
        "gazesim.commands.perceive:COMMAND",
    ),
    "power": Entry("how many people and trials does an experiment need?", "gazesim.commands.power:COMMAND"),
    "report": Entry(
        "one page of a run or a sweep, to read, page through, print and send.", "gazesim.commands.report:COMMAND"
    ),
    "data": Entry(
        "which data sets of people's eye movements there are, which are here, and how to get them.",
        "gazesim.commands.data:COMMAND",
    ),
    "score": Entry(
        "how human is a model on a data set, against chance and the human ceiling? Better than another one?",
        "gazesim.commands.score:COMMAND",
    ),
    "train": Entry(
        "train a model on people's scanpaths, and score it on people it has not seen.", "gazesim.commands.train:COMMAND"
    ),
    "fit": Entry(
        "which parameters of a model fit people best, and is it better than another one then?",
        "gazesim.commands.fit:COMMAND",
    ),
    "map": Entry(
        "which objects did a person look at in a video, of which a few frames are labelled?",
        "gazesim.commands.map:COMMAND",
    ),
    "models": Entry("which models there are, and what their settings are.", "gazesim.commands.models:COMMAND"),
    "weights": Entry(
        "which weights there are, which are here, whose they are, and how to get them.",
        "gazesim.commands.weights:COMMAND",
    ),
    "doctor": Entry("does this installation work, and if not, what to do?", "gazesim.commands.doctor:COMMAND"),
}
