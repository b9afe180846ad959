"""The recipes in stimuli/: each makes its set, and the published ones are those of the experiments."""

import pytest

from gazesim.commands import stimuli as command
from gazesim.commands.stimuli import Config
from gazesim.stimuli import make
from gazesim.stimuli.recipe_files import list_recipes, read_recipe


@pytest.mark.parametrize("name", list_recipes())
def test_a_recipe_is_of_a_paradigm_and_all_that_it_says_is_taken(name):
    settings = read_recipe(name)
    made = make(settings.pop("paradigm"), **settings)
    assert made.recipe.n_per_set_size == settings["n_per_set_size"]
    assert {display.set_size for display in made.samples()} == set(settings["set_sizes"])
    assert list_recipes()[name]


def test_what_is_given_goes_before_the_recipe(tmp_path, capsys):
    config = Config(recipe="gupta2021_curvature", n_per_set_size=1, set_sizes=[8], out=str(tmp_path / "set"))
    command.run(config)
    assert "2 displays of curvature" in capsys.readouterr().out


def test_recipes_are_listed_and_wrong_names_are_one_line(capsys):
    command.run(Config())
    assert "\ngupta2021_shading " in capsys.readouterr().out
    with pytest.raises(ValueError, match="unknown recipe 'gupta2021'; known: "):
        command.run(Config(recipe="gupta2021"))
    with pytest.raises(ValueError, match="paradigm and recipe are both given"):
        command.run(Config(recipe="o_and_q", paradigm="o_and_q"))
