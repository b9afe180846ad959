"""`gazesim stimuli`: from a config to a folder with the displays, their tables and a contact sheet."""

from dataclasses import asdict, dataclass
from pathlib import Path

from gazesim.commands.command import Command, key

NOT_SETTINGS = ("paradigm", "recipe", "export", "out")
EXAMPLES = """
gazesim stimuli                                                           which paradigms there are
gazesim stimuli out=sheets                                                the same as a picture
gazesim stimuli recipe=gupta2021_curvature out=sets/curvature             a published set
gazesim stimuli paradigm=curvature set_sizes=[8,16,32] n_per_set_size=30 seed=0 out=sets/curvature
gazesim stimuli paradigm=curvature rendering=smooth px_per_degree=45      the published set, finer
gazesim stimuli paradigm=conjunction lab=[65,30,15] difference=60 out=sets/conjunction export=psychopy
gazesim stimuli paradigm=object_array images=objects set_sizes=[6] target=present grey=true
gazesim stimuli paradigm=scene_search images=photos boxes=boxes.csv px_per_degree=24
gazesim stimuli paradigm=triplets images=photos n=125 levels=5 layers=[1,5] out=sets/triplets
gazesim stimuli -m paradigm=colour,orientation,conjunction out=sets       a sweep, a folder each
"""


@dataclass(frozen=True)
class Config:
    """What `gazesim stimuli` takes."""

    paradigm: str | None = key(None, "one of those that `gazesim stimuli` lists")
    recipe: str | None = key(None, "or one of the sets that it lists; other keys go before what it says")
    conditions: list[str] | None = key(None, "[name,...], those of the paradigm to make")
    set_sizes: list[int] | None = key(None, "[n,...], items in a display, the target counted")
    n_per_set_size: int | None = key(None, "displays for each condition, set size, and target present or absent")
    target: str | None = key(None, "present, absent or both, which is balanced; both unless given, scenes: present")
    seed: int | None = key(None, "0 unless given")
    rendering: str | None = key(None, "smooth (anti-aliased), or published: pixel for pixel as the authors drew it")
    px_per_degree: float | None = key(None, "30 unless given")
    display_deg: float | None = key(None, "side of the display")
    item_deg: float | None = key(None, "side of the square that holds an item")
    placement: str | None = key(None, "grid (random cells, shifted at random), ring, or random (without overlap)")
    grid: list[int] | None = key(None, "[columns,rows]")
    difference: float | None = key(
        None, "how far target and distractors differ, in the unit that `gazesim stimuli` tells"
    )
    lab: list[float] | None = key(
        None, "[L*,a*,b*], CIE Lab (D65) colour of the items; where hues differ, of the first one"
    )
    background_lab: list[float] | None = key(None, "the same for the display")
    letter: str | None = key(None, "of mirrored_letters: F, N, R or Z")
    images: str | None = key(None, "a folder: of objects, or of photographs")
    boxes: str | None = key(None, "a CSV with columns image, x0, y0, x1, y1 (px): the targets in the photographs")
    cue: str | None = key(
        None, "any: the target is shown beforehand in any of its looks, such as turned; else as displayed"
    )
    cue_rotation_deg: list[float] | None = key(
        None, "[angle,...]: the cue is turned by one of them, counter-clockwise, drawn for each display"
    )
    memory_sizes: list[int] | None = key(
        None, "of object_array: [n,...], targets shown beforehand, any of which counts"
    )
    similarity: str | None = key(
        None, "of object_array: low, high or both; distractors by their similarity to the target, a condition a level"
    )
    grey: bool | None = key(None, "true shows images without colour")
    n: int | None = key(None, "of triplets: how many; a multiple of levels x levels fills all pairs of levels equally")
    levels: int | None = key(None, "of similarity: 3 unless given; of triplets 5, of the differences in each layer")
    step: float | None = key(None, "of triplets: from level to level, standard deviations over random triplets")
    layers: list[int] | None = key(None, "[early,late], levels of the trunk, 1 to 5, that tell similarity")
    weights: str | list[str] | None = key(None, "the trunk, one of `gazesim weights` or a file, or [early,late]")
    distance: str | None = key(None, "correlation, cosine or euclidean, of what the layers give of two pictures")
    export: str | None = key(None, "psychopy or jspsych: also write the table of conditions that it reads")
    out: str | None = key(None, "folder for the set; else outputs/stimuli/<date>_<time>")


def run(config: Config) -> Path | None:
    """Write the stimulus set that `config` describes and return its folder.

    Without a paradigm, print what there is, and if `out` is given, write a picture of all into it.

    Raises
    ------
    FileNotFoundError, ValueError
        If anything in the config is not accepted; nothing has been written then.
    """
    if config.paradigm is not None and config.recipe is not None:
        raise ValueError("paradigm and recipe are both given, expected one of them")
    if config.paradigm is None and config.recipe is None:
        print(overview())
        return _draw_overview(Path(config.out)) if config.out else None
    from gazesim.runs.folder import named_folder
    from gazesim.stimuli import make
    from gazesim.stimuli.recipe_files import read_recipe

    given = {name: value for name, value in asdict(config).items() if name not in NOT_SETTINGS and value is not None}
    settings = {"paradigm": config.paradigm} if config.recipe is None else read_recipe(config.recipe)
    settings |= given
    paradigm = str(settings.pop("paradigm"))
    displays = make(paradigm, **settings)
    table = displays.write(named_folder("stimuli", config.out), config.export)
    print(displays.summary())
    files = (
        *("trials.csv", "set.yaml", "contact_sheet.png", "levels.csv", "images.csv"),
        *("psychopy.csv", "jspsych.json"),
    )
    print("\n".join(f"  {table.parent / file}" for file in files if (table.parent / file).exists()))
    return table.parent


def overview() -> str:
    """Return the paradigms, a line each, with what their setting `difference` means."""
    from gazesim.stimuli.arrays import PARADIGMS
    from gazesim.stimuli.recipe_files import list_recipes
    from gazesim.stimuli.sets import list_paradigms

    known: dict[str, str] = list_paradigms()
    width, lines = max(map(len, known)), []
    for name, summary in known.items():
        lines.append(f"{name:{width}}  {summary}")
        if name in PARADIGMS and PARADIGMS[name].difference:
            lines.append(
                f"{'':{width}}  difference={PARADIGMS[name].defaults['difference']:g}: {PARADIGMS[name].difference}"
            )
    recipes = list_recipes()
    lines += [
        "",
        "Sets, recipe=NAME:",
        *(f"{name:{max(map(len, recipes))}}  {about}" for name, about in recipes.items()),
    ]
    return "\n".join(lines)


def _draw_overview(folder: Path) -> Path:
    """Write paradigms.png: a display of every condition of the paradigms that need no files."""
    from gazesim.files import writable_folder
    from gazesim.stimuli.arrays import PARADIGMS
    from gazesim.stimuli.contact_sheet import MOST, sheet
    from gazesim.stimuli.sets import make
    from gazesim.trial_table import write_png

    shown = []
    for name, paradigm in PARADIGMS.items():
        if "images" not in paradigm.defaults:
            size = sorted(paradigm.defaults["set_sizes"])[1]
            displays = make(name, set_sizes=[size], n_per_set_size=1, target="present")
            shown += [(f"{name}\n{display.condition}, {size} items", display) for display in displays]
    rows = [shown[start : start + MOST] for start in range(0, len(shown), MOST)]
    write_png(writable_folder(folder) / "paradigms.png", sheet(rows))
    print(f"\n  {folder / 'paradigms.png'}")
    return folder


COMMAND = Command(
    Config,
    run,
    EXAMPLES,
    "null leaves what the paradigm has; a set records all in its set.yaml. Angles are degrees, sizes degrees of visual "
    "angle. The same settings and seed give the same bytes; more displays leave the first ones as they were.",
    makes_folder=True,
)
