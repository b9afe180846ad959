"""What is typed arrives as it was typed, checked, and multiplied in a sweep."""

from dataclasses import fields, is_dataclass

import pytest

from gazesim.commands import COMMANDS, asymmetry, score, search, stimuli, train
from gazesim.commands.overrides import presets, read


def only(command, *arguments):
    """The config of the one job."""
    (job,) = read(command.__name__.rpartition(".")[2], command.COMMAND, arguments)
    return job.config


@pytest.mark.parametrize(
    "path",
    [
        *("photo (1).png", "räum.png", "[a].png", "photo[1].png", "a=b.png", "it's.png", "1_1", "001", "2026_11_28"),
        *("1e400", "true", "~/x.png", "C:\\x\\y.png", "\\\\server\\a b\\", "a:b", "an 'image'.png", "5", "x{1}.png"),
    ],
)
def test_a_path_needs_no_quotes(path):
    assert only(search, f"image={path}").image == path
    assert only(search, "-m", f"out={path}").out == path


@pytest.mark.parametrize(
    ("command", "argument", "key", "value"),
    [
        (search, "image=null", "image", None),
        (search, "image='null'", "image", "null"),
        (search, 'image="a, b.png"', "image", "a, b.png"),
        (search, "image=", "image", ""),
        (search, "target_box=[1,2.5,3,4]", "target_box", [1, 2.5, 3, 4]),
        (search, "objects=[[1,2,3,4]]", "objects", [[1, 2, 3, 4]]),
        (search, "objects=segmented", "objects", "segmented"),
        (search, "background=128", "background", 128),
        (search, "+seed=3", "seed", 3),
        (search, "settings={levels: [5]}", "settings", {"levels": [5]}),
        (search, "settings.trunk=vgg16", "settings", {"trunk": "vgg16"}),
        (stimuli, "grey=true", "grey", True),
        (score, "model=[eccnet,ivsn]", "model", ["eccnet", "ivsn"]),
        (score, "metric=5", "metric", "5"),
        (score, "root=5", "root", "5"),
        (asymmetry, "+preset=quick", "n_per_set_size", 3),
    ],
)
def test_a_value_is_what_the_key_takes(command, argument, key, value):
    assert getattr(only(command, argument), key) == value


@pytest.mark.parametrize(
    ("command", "argument", "words"),
    [
        (stimuli, "letter={a: 1}", r"letter is {'a': 1}, expected text or null"),
        (stimuli, "paradigm=[a]", r"paradigm is \['a'\], expected text or null"),
        (stimuli, "set_sizes=8", "set_sizes is 8, expected a list of whole numbers or null"),
        (stimuli, "grey=1", "grey is 1, expected true or false or null"),
        (score, "dataset=[null]", r"dataset is \[None\], expected text or null"),
        (score, "model=[eccnet,5]", r"expected text, a list of texts, or null"),
        (train, "sizes=5", r"sizes is 5, expected sizes.KEY=value"),
        (train, "sizes.heads=many", r"sizes.heads is 'many', expected a whole number"),
        (train, "sizes.head=3", "unknown key 'sizes.head'; .* did you mean 'sizes.heads'"),
        (train, "dataset.x=3", "unknown key 'dataset.x'"),
        (train, "preset=other", "preset is 'other', expected published"),
        (search, "hydra.run.dir=x", "unknown key 'hydra.run.dir'"),
        (search, "image=${nothing}", "nothing"),
    ],
)
def test_a_value_of_another_type_is_one_line(command, argument, words):
    with pytest.raises(ValueError, match=words) as error:
        only(command, argument)
    assert "\n" not in str(error.value)


def test_a_sweep_has_a_job_for_each_combination():
    jobs = read(
        "search", search.COMMAND, ["model=eccnet,ivsn", "-m", "seed=range(2)", "out=001", "settings.levels=[5],[4]"]
    )
    assert [(job.config.model, job.config.seed, job.config.settings["levels"]) for job in jobs] == [
        (model, seed, [level]) for model in ("eccnet", "ivsn") for seed in (0, 1) for level in (5, 4)
    ]
    assert {job.config.out for job in jobs} == {"001"}
    assert jobs[1].swept == {"model": "eccnet", "seed": "0", "settings.levels": "[4]"}


def test_texts_of_a_sweep_are_what_was_typed():
    jobs = read("search", search.COMMAND, ["-m", "image=001,1_1,'a, b.png'"])
    assert [job.config.image for job in jobs] == ["001", "1_1", "a, b.png"]
    with pytest.raises(ValueError, match="with quotes: ") as error:
        read("search", search.COMMAND, ["-m", "image=a (1).png,b.png"])
    assert str(error.value).endswith("""with quotes: "image='a (1).png','b.png'\"""")


def test_published_training_is_what_the_defaults_of_the_parts_are():
    from gazesim.attention.objects.transformer import ObjectSizes
    from gazesim.training.oat import Recipe

    config = only(train, "+preset=published")
    for given, part in ((config.sizes, ObjectSizes(knows_target="published")), (config.training, Recipe())):
        own = {field.name: getattr(given, field.name) for field in fields(given) if field.name != "extent"}
        assert own == {name: getattr(part, name) for name in own}


@pytest.mark.parametrize("name", COMMANDS)
def test_every_key_has_a_meaning_and_presets_are_read(name):
    command = COMMANDS[name].load()
    for preset in presets(name):
        read(name, command, [f"+preset={preset}"])
    left = [command.config]
    while left:
        for field in fields(left.pop()):
            assert field.metadata["meaning"]
            if is_dataclass(field.default_factory):
                left.append(field.default_factory)
