"""The named models: compositions of encoder, attention, memory, policy and recognition.

A line of `OWN` says where the `ModelSpec` of a name is: in the module of its attention. Nothing is imported for a
list. Other packages bring models as entry points of the group `gazesim.models`; a session adds its own by
`register_model`. See docs/models.md.
"""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import Field, fields
from os import PathLike
from typing import TYPE_CHECKING, Any

from gazesim.checks import unknown
from gazesim.registry import Entry, Registry

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import ArrayLike
    from torch import nn

    from gazesim.attention import Attention, ModelSpec
    from gazesim.search.loop import SearchModel
    from gazesim.trial import Trial

TARGET, IDEAL = "gazesim.attention.top_down.target", "gazesim.attention.top_down.ideal_searcher"
BOTTOM_UP, LOSS_DRIVEN = "gazesim.attention.bottom_up", "gazesim.attention.loss_driven"
OBJECTS, LEARNED = "gazesim.attention.objects.attention", "gazesim.attention.learned"

OWN = {
    "eccnet": Entry(
        "eccNET: foveated encoder, target's features of the three deepest levels (Gupta 2021)",
        f"{TARGET}:ECCNET",
    ),
    "eccnet_sampling": Entry("eccNET that samples: px drawn by exp(priority / 0.05)", f"{TARGET}:ECCNET_SAMPLING"),
    "eccnet_1_0_0": Entry("eccNET's ablation: third deepest level only", f"{TARGET}:ECCNET_1_0_0"),
    "eccnet_0_1_0": Entry("eccNET's ablation: second deepest level only", f"{TARGET}:ECCNET_0_1_0"),
    "eccnet_0_0_1": Entry("eccNET's ablation: deepest level only", f"{TARGET}:ECCNET_0_0_1"),
    "eccnet_noecc": Entry("eccNET's ablation: no eccentricity, max pooling, three levels", f"{TARGET}:ECCNET_NOECC"),
    "ivsn": Entry("IVSN: no eccentricity, max pooling, deepest level only (Zhang 2018)", f"{TARGET}:IVSN"),
    "oat": Entry("OAT: a transformer over objects, trained on people (Fang 2024)", f"{OBJECTS}:OAT"),
    "oat_eccnet": Entry("OAT joined with eccNET's map at the objects", f"{OBJECTS}:OAT_ECCNET"),
    "gaze": Entry("free viewing, learned from people, sampled, with durations", f"{LEARNED}.gaze:GAZE"),
    "gaze_search": Entry(
        "search: the target's maps, gaze's, the centre and the past, fitted to people", f"{LEARNED}.search:GAZE_SEARCH"
    ),
    "guided_search": Entry(
        "items guided by colour and orientation, quitting that competes with them (after Wolfe 1994, Moran 2013)",
        "gazesim.attention.objects.guided_search:GUIDED_SEARCH",
    ),
    "template": Entry(
        "normalised correlation of pixels, as sharp everywhere",
        "gazesim.attention.top_down.template:TEMPLATE",
    ),
    "chance": Entry("fixations drawn at random, without return", "gazesim.attention.chance:CHANCE"),
    "itti": Entry("bottom-up: contrast of intensity, colour and orientation (Itti 1998)", f"{BOTTOM_UP}.itti:ITTI"),
    "gbvs": Entry("bottom-up: random walks on graphs of the same channels (Harel 2006)", f"{BOTTOM_UP}.gbvs:GBVS"),
    "spectral_residual": Entry(
        "bottom-up: what is unexpected in the spectrum (Hou & Zhang 2007)",
        f"{BOTTOM_UP}.spectral_residual:SPECTRAL_RESIDUAL",
    ),
    "centre_bias": Entry("a Gaussian about the centre, whatever is shown", f"{BOTTOM_UP}.centre_bias:CENTRE_BIAS"),
    "cle": Entry(
        "a Levy flight that Itti's map constrains, sampled (Constrained Levy Exploration, Boccignone 2004)",
        f"{BOTTOM_UP}.levy:CLE",
    ),
    "relevance": Entry(
        "bottom-up: relevance of px for the network's output, then context-aware saliency (Salient Relevance, Li 2019)",
        f"{BOTTOM_UP}.relevance:RELEVANCE",
    ),
    "ibs": Entry(
        "Bayesian searcher: plans for the probability to be correct (Najemnik 2005, Bujia 2022)",
        f"{IDEAL}:IBS",
    ),
    "ibs_entropy": Entry("Bayesian searcher: plans for least entropy (Najemnik 2009)", f"{IDEAL}:IBS_ENTROPY"),
    "ibs_greedy": Entry("Bayesian searcher: looks at the most probable place", f"{IDEAL}:IBS_GREEDY"),
    "nnibs": Entry("Bayesian searcher with IVSN's features (Travi 2022)", f"{IDEAL}:NNIBS"),
    "neva": Entry("NeVA: sees most of what the sharp display holds (Schwinn 2022)", f"{LOSS_DRIVEN}.gradient:NEVA"),
    "neva_classification": Entry(
        "NeVA: recognises the display's class, or the named one",
        f"{LOSS_DRIVEN}.gradient:NEVA_CLASSIFICATION",
    ),
    "neva_target": Entry("NeVA: sees something like the target's image", f"{LOSS_DRIVEN}.gradient:NEVA_TARGET"),
    "nevaclip": Entry(
        "NevaClip: sees what the caption says; needs open_clip and its weights (Zanca 2023)",
        f"{LOSS_DRIVEN}.clip:NEVACLIP",
    ),
}


def as_spec(name: str, thing: Any) -> "ModelSpec":
    """Return `thing` as a model.

    Parameters
    ----------
    name : str
        What messages call it.
    thing : ModelSpec, Attention, a class of it that takes no argument, or callable
        A callable is a function trial -> priority map (H, W).

    Raises
    ------
    ValueError
        If it is none of these.
    """
    from gazesim.attention import Attention, MapAttention, ModelSpec

    if isinstance(thing, ModelSpec):
        return thing
    about = (inspect.getdoc(thing) or "").partition("\n")[0]
    if isinstance(thing, Attention):
        return ModelSpec(lambda *_: thing, about=about)
    if isinstance(thing, type) and issubclass(thing, Attention):
        return ModelSpec(lambda *_: thing(), about=about)
    if callable(thing) and not isinstance(thing, type):
        return ModelSpec(lambda *_: MapAttention(thing), about=about)
    raise ValueError(f"model {name!r} is {thing!r}, expected a function trial -> map, an Attention or a ModelSpec")


MODELS: Registry["ModelSpec"] = Registry(
    "model", "gazesim.models", OWN, check=as_spec, about=lambda spec: spec.about or "no description"
)


def register_model(name: str, model: "Callable[[Trial], ArrayLike] | Attention | type[Attention] | ModelSpec") -> None:
    """Add a model for this session, so that `load_model`, `score` and the like know it by name.

    Parameters
    ----------
    name : str
        One that was registered before is replaced.
    model : callable, Attention or ModelSpec
        A function trial -> priority map (H, W), the higher the sooner fixated, NaN where one cannot look; an attention,
        or a class of it that takes no argument; or a `ModelSpec` for one with weights and settings.

    Raises
    ------
    ValueError
        If the name is taken, or `model` is none of these.
    """
    MODELS.register(name, model)


def list_models() -> list[str]:
    """Return the names that `load_model` knows.

    >>> list_models()[:3]
    ['eccnet', 'eccnet_sampling', 'eccnet_1_0_0']
    """
    return list(MODELS)


def load_model(
    name: str, *, weights: "str | Path | nn.Module" = "embedded", device: str = "cpu", **settings: Any
) -> "SearchModel":
    """Load a model by name.

    Parameters
    ----------
    name : str
        One of `list_models()`.
    weights : str, Path or torch.nn.Module
        "embedded" (VGG16, ships with gazesim), another name of weights (see `gazesim.encoders.named`), a file, or a
        network of your own, which is copied; see `gazesim.encoders.backbones.load_trunk`. Models without a network
        ignore names and files; those of objects need the file that `gazesim train` wrote.
    device : str
        Where torch runs the network: "cpu", "cuda", "mps".
    **settings
        Fields of `Memory`, `Policy`, `OracleRecognition` and `Course`, and of the settings classes of the model's
        own parts. See `model_settings` for all of them with their values.

    Raises
    ------
    FileNotFoundError
        If the weights file does not exist.
    ValueError
        If the model, the weights or a setting is unknown or has a value that is not accepted.

    Examples
    --------
    >>> load_model("eccnet", levels=(5,), inhibition_deg=1.5)
    SearchModel('eccnet', TargetAttention)
    """
    from gazesim.encoders.isolation import isolated
    from gazesim.search.loop import SearchModel

    spec = MODELS[name]
    values = {**spec.settings, **{key: _frozen(value) for key, value in settings.items()}}
    parts = (*spec.parts, *SearchModel.PARTS.values())
    known = [f.name for part in parts for f in fields(part)]
    for key in values:
        if key not in known:
            raise ValueError(unknown(f"setting of model {name}", key, known))
    filled = {part: _fill(part, values) for part in parts}
    if not isinstance(weights, str | PathLike) and not _has_trunk(spec):
        raise ValueError(f"weights is {type(weights).__name__}, expected a name or a file: model {name} has no trunk")
    with isolated():
        attention = spec.build(weights, device, filled)
    return SearchModel(name, attention, **{key: filled[part] for key, part in SearchModel.PARTS.items()})


def _has_trunk(spec: "ModelSpec") -> bool:
    from gazesim.encoders.backbones import TrunkSettings

    return TrunkSettings in spec.parts


def model_settings(name: str) -> dict[str, Any]:
    """Return every setting of model `name` with the value it has unless given."""
    defaults = {f.name: f.default for part in settings_classes(name) for f in fields(part)}
    return {**defaults, **MODELS[name].settings}


def own_settings(settings: Mapping[str, Any], name: str, models: Sequence[str]) -> dict[str, Any]:
    """Return those of `settings` that the model `name` has, of settings for all of `models`.

    Raises
    ------
    ValueError
        If none of the models has a setting.
    """
    known = {each: model_settings(each) for each in models}
    for key in settings:
        if not any(key in own for own in known.values()):
            every = {setting for own in known.values() for setting in own}
            raise ValueError(unknown(f"setting of {' or '.join(models) or name}", key, every))
    return {key: _frozen(value) for key, value in settings.items() if key in known.get(name, {})}


def settings_classes(name: str) -> tuple[type, ...]:
    """Return the classes whose fields are the settings of model `name`: those of its own parts and of the search."""
    from gazesim.search.loop import SearchModel

    return (*MODELS[name].parts, *SearchModel.PARTS.values())


def describe(name: str | None) -> str:
    """Return the text of `gazesim models`: every model in a line, or the settings of the model `name`."""
    if name is None:
        width = max(map(len, MODELS))
        return "\n".join(f"{key:{width}}  {_about(key)}" for key in MODELS)
    values = model_settings(name)
    lines = [f"{name}: {_about(name)}"]
    for part in settings_classes(name):
        document = inspect.cleandoc(part.__doc__ or "")
        lines += ["", document, *(f"    {f.name} = {values[f.name]!r}" for f in fields(part))]
    return "\n".join(lines)


def _about(name: str) -> str:
    try:
        return MODELS.about(name)
    except ValueError as error:  # of another package, which is not to break the list
        return str(error)


def _frozen(value: Any) -> Any:
    return tuple(_frozen(item) for item in value) if isinstance(value, list | tuple) else value


def _kind(annotation: object) -> str:
    return annotation.__name__ if isinstance(annotation, type) else str(annotation).replace("typing.", "")


def _fill(part: type, values: Mapping[str, Any]) -> Any:
    """Return the settings class `part` with those of `values` that are its own."""
    own: list[Field[Any]] = [f for f in fields(part) if f.name in values]
    for f in own:
        try:
            part(**{f.name: values[f.name]})
        except TypeError:
            raise ValueError(f"{f.name} is {values[f.name]!r}, expected {_kind(f.type)}") from None
        except ValueError:
            continue  # what is wrong, if it is so with the other values too, is said below
    return part(**{f.name: values[f.name] for f in own})
