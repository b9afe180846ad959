"""The named models: compositions of encoder, attention, memory, policy and recognition.

To add one, write its attention (see `gazesim.attention.Attention`) and name it in `MODELS`.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, field, fields
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gazesim.attention import Attention
from gazesim.attention.bottom_up.centre_bias import CentreBiasSettings, centre_bias
from gazesim.attention.bottom_up.gbvs import GBVSSettings, gbvs
from gazesim.attention.bottom_up.itti import IttiSettings, itti
from gazesim.attention.bottom_up.levy import LevyAttention, LevySettings
from gazesim.attention.bottom_up.relevance import RelevanceSettings, layers_of, salient_relevance
from gazesim.attention.bottom_up.saliency import SaliencyAttention
from gazesim.attention.bottom_up.spectral_residual import SpectralResidualSettings, spectral_residual
from gazesim.attention.chance import ChanceAttention
from gazesim.attention.loss_driven.clip import ClipSettings, agreement
from gazesim.attention.loss_driven.gradient import GradientAttention, NevaSettings
from gazesim.attention.loss_driven.network import ClassifierSettings, Network, load_network
from gazesim.attention.loss_driven.tasks import Task, classification, reconstruction, similarity
from gazesim.attention.objects.attention import JoinedAttention, JoinSettings, ObjectAttention
from gazesim.attention.objects.weights import read_object_weights
from gazesim.attention.top_down.ideal_searcher import IdealSearcher, IdealSearcherSettings
from gazesim.attention.top_down.target import TargetAttention, TargetSettings
from gazesim.attention.top_down.template import TemplateAttention
from gazesim.checks import unknown
from gazesim.encoders.backbones import TrunkSettings, load_trunk
from gazesim.encoders.eccentricity import Eccentricity
from gazesim.encoders.foveated import EncoderSettings, FoveatedEncoder
from gazesim.encoders.named import NAMED
from gazesim.search.loop import Course, SearchModel
from gazesim.search.memory import Memory
from gazesim.search.policy import Policy
from gazesim.search.recognition import OracleRecognition

SEARCH_PARTS = (Memory, Policy, OracleRecognition, Course)
TARGET_PARTS = (TrunkSettings, EncoderSettings, Eccentricity, TargetSettings)

Parts = dict[type, Any]
AttentionBuilder = Callable[[str | Path, str, Parts], Attention]


@dataclass(frozen=True)
class NamedModel:
    """An entry of `MODELS`.

    about    : one line for people who choose
    build    : makes its attention from weights, device and settings
    parts    : the settings classes that `build` reads
    settings : what differs from the defaults of these and of the search
    """

    about: str
    build: AttentionBuilder
    parts: tuple[type, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)


def _target(weights: str | Path, device: str, parts: Parts) -> Attention:
    trunk = load_trunk(weights, parts[TrunkSettings], device=device)
    encoder = FoveatedEncoder(trunk, parts[EncoderSettings], parts[Eccentricity])
    return TargetAttention(encoder, parts[TargetSettings])


def _objects(weights: str | Path, device: str, parts: Parts) -> ObjectAttention:
    if weights in NAMED:
        raise ValueError(f"weights is {weights!r}, but models of objects ship none; make them: {TRAIN_OBJECTS}")
    model = read_object_weights(weights, device)
    if model.sizes.appearance != "foveated":
        return ObjectAttention(model)
    return ObjectAttention(model, FoveatedEncoder(load_trunk("places", TrunkSettings(), device=device)))


def _joined(weights: str | Path, device: str, parts: Parts) -> Attention:
    return JoinedAttention(_objects(weights, device, parts), _target("embedded", device, parts), parts[JoinSettings])


def _target_model(about: str, **settings: Any) -> NamedModel:
    return NamedModel(about, _target, TARGET_PARTS, settings)


def _bottom_up(about: str, saliency: Callable[..., NDArray[np.float64]], part: type) -> NamedModel:
    def build(weights: str | Path, device: str, parts: Parts) -> Attention:
        return SaliencyAttention(partial(saliency, settings=parts[part]))

    return NamedModel(about, build, (part,))


def _levy(weights: str | Path, device: str, parts: Parts) -> Attention:
    saliency = SaliencyAttention(partial(itti, settings=parts[IttiSettings]))
    return LevyAttention(saliency, parts[LevySettings])


def _neva(about: str, task: Callable[[Network, int], Task]) -> NamedModel:
    def build(weights: str | Path, device: str, parts: Parts) -> Attention:
        network = load_network(weights, parts[TrunkSettings], parts[ClassifierSettings], device=device)
        return GradientAttention(task(network, parts[NevaSettings].side_px), parts[NevaSettings])

    return NamedModel(about, build, (TrunkSettings, ClassifierSettings, NevaSettings), OWN_MEMORY)


def _relevance(weights: str | Path, device: str, parts: Parts) -> Attention:
    network = load_network(weights, parts[TrunkSettings], device=device)
    layers_of(network)  # a network without rules is refused here
    return SaliencyAttention(partial(salient_relevance, network=network, settings=parts[RelevanceSettings]))


def _ibs(about: str, features: AttentionBuilder, parts: tuple[type, ...] = (), **settings: Any) -> NamedModel:
    def build(weights: str | Path, device: str, parts: Parts) -> Attention:
        prior = partial(centre_bias, settings=parts[CentreBiasSettings])
        return IdealSearcher(features(weights, device, parts), prior, parts[IdealSearcherSettings])

    read = (IdealSearcherSettings, CentreBiasSettings, *parts)
    return NamedModel(about, build, read, {**OWN_MEMORY, **settings})


def _template(*_: Any) -> Attention:
    return TemplateAttention()


def _nevaclip(weights: str | Path, device: str, parts: Parts) -> Attention:
    settings = parts[NevaSettings]
    return GradientAttention(agreement(weights, parts[ClipSettings], settings.side_px, device=device), settings)


PLAIN = {"eccentric": False, "pooling": "max"}
TRAIN_OBJECTS = "gazesim train model=oat dataset=amazon_books, then weights=FOLDER/weights.safetensors"
OBJECTS = {"temperature": 1.0, "inhibition": "none", "test_first": True, "stop_when_found": False}
CHANCE = {"temperature": 1.0, "test_first": True}
OWN_MEMORY = {"inhibition": "none"}

MODELS: dict[str, NamedModel] = {
    "eccnet": _target_model("eccNET: foveated encoder, target's features of the three deepest levels (Gupta 2021)"),
    "eccnet_sampling": _target_model("eccNET that samples: px drawn by exp(priority / 0.05)", temperature=0.05),
    "eccnet_1_0_0": _target_model("eccNET's ablation: third deepest level only", levels=(-3,)),
    "eccnet_0_1_0": _target_model("eccNET's ablation: second deepest level only", levels=(-2,)),
    "eccnet_0_0_1": _target_model("eccNET's ablation: deepest level only", levels=(-1,)),
    "eccnet_noecc": _target_model("eccNET's ablation: no eccentricity, max pooling, three levels", **PLAIN),
    "ivsn": _target_model("IVSN: no eccentricity, max pooling, deepest level only (Zhang 2018)", levels=(-1,), **PLAIN),
    "oat": NamedModel("OAT: a transformer over objects, trained on people (Fang 2024)", _objects, settings=OBJECTS),
    "oat_eccnet": NamedModel(
        "OAT joined with eccNET's map at the objects", _joined, (*TARGET_PARTS, JoinSettings), OBJECTS
    ),
    "template": NamedModel("normalised correlation of pixels, as sharp everywhere", _template),
    "chance": NamedModel("fixations drawn at random, without return", lambda *_: ChanceAttention(), settings=CHANCE),
    "itti": _bottom_up("bottom-up: contrast of intensity, colour and orientation (Itti 1998)", itti, IttiSettings),
    "gbvs": _bottom_up("bottom-up: random walks on graphs of the same channels (Harel 2006)", gbvs, GBVSSettings),
    "spectral_residual": _bottom_up(
        "bottom-up: what is unexpected in the spectrum (Hou & Zhang 2007)", spectral_residual, SpectralResidualSettings
    ),
    "centre_bias": _bottom_up("a Gaussian about the centre, whatever is shown", centre_bias, CentreBiasSettings),
    "cle": NamedModel(
        "a Levy flight that Itti's map constrains, sampled (Constrained Levy Exploration, Boccignone 2004)",
        _levy,
        (IttiSettings, LevySettings),
        {"temperature": 1.0, "inhibition": "none"},
    ),
    "relevance": NamedModel(
        "bottom-up: what the network's answer rests on, made salient (Salient Relevance, Li 2019)",
        _relevance,
        (TrunkSettings, RelevanceSettings),
    ),
    "ibs": _ibs("Bayesian searcher: plans for the probability to be correct (Najemnik 2005, Bujia 2022)", _template),
    "ibs_entropy": _ibs("Bayesian searcher: plans for least entropy (Najemnik 2009)", _template, plan="entropy"),
    "ibs_greedy": _ibs("Bayesian searcher: looks at the most probable place", _template, plan="greedy"),
    "nnibs": _ibs("Bayesian searcher with IVSN's features (Travi 2022)", _target, TARGET_PARTS, levels=(-1,), **PLAIN),
    "neva": _neva("NeVA: sees most of what the sharp display holds (Schwinn 2022)", lambda n, _: reconstruction(n)),
    "neva_classification": _neva(
        "NeVA: recognises the display's class, or the named one", lambda n, _: classification(n)
    ),
    "neva_target": _neva("NeVA: sees something like the target's image", similarity),
    "nevaclip": NamedModel(
        "NevaClip: sees what the caption says; needs open_clip and its weights (Zanca 2023)",
        _nevaclip,
        (ClipSettings, NevaSettings),
        OWN_MEMORY,
    ),
}


def list_models() -> list[str]:
    """Return the names that `load_model` knows.

    >>> list_models()[:3]
    ['eccnet', 'eccnet_sampling', 'eccnet_1_0_0']
    """
    return list(MODELS)


def load_model(name: str, *, weights: str | Path = "embedded", device: str = "cpu", **settings: Any) -> SearchModel:
    """Load a model by name.

    Parameters
    ----------
    name : str
        One of `list_models()`.
    weights : str or Path
        "embedded" (VGG16, ships with gazesim), another name of weights (see `gazesim.encoders.named`) or a file;
        see `gazesim.encoders.backbones.load_trunk`. Models without a network ignore it; those of objects need the
        file that `gazesim train` wrote.
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
    if not isinstance(name, str) or name not in MODELS:
        raise ValueError(unknown("model", name, MODELS))
    entry = MODELS[name]
    values = {**entry.settings, **{key: _frozen(value) for key, value in settings.items()}}
    known = [f.name for part in (*entry.parts, *SEARCH_PARTS) for f in fields(part)]
    for key in values:
        if key not in known:
            raise ValueError(unknown(f"setting of model {name}", key, known))
    parts = {part: _fill(part, values) for part in (*entry.parts, *SEARCH_PARTS)}
    return SearchModel(
        name,
        entry.build(weights, device, parts),
        memory=parts[Memory],
        policy=parts[Policy],
        recognition=parts[OracleRecognition],
        course=parts[Course],
    )


def model_settings(name: str) -> dict[str, Any]:
    """Return every setting of model `name` with the value it has unless given."""
    if name not in MODELS:
        raise ValueError(unknown("model", name, MODELS))
    entry = MODELS[name]
    defaults = {f.name: f.default for part in (*entry.parts, *SEARCH_PARTS) for f in fields(part)}
    return {**defaults, **entry.settings}


def describe(name: str | None) -> str:
    """Return the text of `gazesim models`: every model in a line, or the settings of the model `name`."""
    if name is None:
        width = max(map(len, MODELS))
        return "\n".join(f"{key:{width}}  {entry.about}" for key, entry in MODELS.items())
    values = model_settings(name)
    lines = [f"{name}: {MODELS[name].about}"]
    for part in (*MODELS[name].parts, *SEARCH_PARTS):
        document = inspect.cleandoc(part.__doc__ or "")
        lines += ["", document, *(f"    {f.name} = {values[f.name]!r}" for f in fields(part))]
    return "\n".join(lines)


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
