"""OAT: an encoder-decoder that attends to objects, one after another, and ends by choosing the target.

Fang, Yu, Zhang, van der Lans & Shi (2024), OAT: object-level attention transformer for gaze scanpath prediction, ECCV,
arXiv 2407.13335.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, cast
from zlib import crc32

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from gazesim.attention.objects.appearance import NAME_SIZE, PatchCNN
from gazesim.attention.objects.batch import ObjectBatch
from gazesim.attention.objects.layers import Cache, DecoderLayer, EncoderLayer
from gazesim.attention.objects.positions import CODES, Code, Positions, sinusoids
from gazesim.checks import check_at_least, check_option, check_positive

RENAMED = {"looks.": "appearance.", "ask.": "query.", "answer.": "key."}  # in weights of older files
Appearance = Literal["patches", "foveated", "sharp", "names", "none"]
Knowledge = Literal["appearance", "place", "fixated", "published"]


@dataclass(frozen=True)
class ObjectSizes:
    """What an `ObjectTransformer` is made of; by default as published, but for `knows_target`.

    Parameters
    ----------
    appearance : {"patches", "foveated", "sharp", "names", "none"}
        What objects look like: OAT's CNN over their patches; features of a foveated encoder, pooled at their boxes
        from each fixation anew, or of each as sharp as in the fovea; their names, of which those that differ in their
        number only are one kind; or nothing, where neither can be had.
    appearance_size : int
        Of its part of a token.
    position : {"distance", "sinusoidal", "fourier", "none"}
        How places are coded; see `Positions`.
    position_size : int
        Of its part of a token.
    extent, sigma
        Of the code "distance".
    knows_target : {"appearance", "place", "fixated", "published"}
        How the target is known: by its appearance, which is in its token wherever there is any; by the place where it
        is, which stands for a perfect match of appearance; or when it is fixated, beside its appearance if there is
        any. The published program tells all three: the target's token has its appearance and its place, and the target
        is flagged as such when it is fixated, as its token is.
    heads, feed_forward, encoder_layers, decoder_layers, readout_heads : int
    dropout : float
    channels : int
        Of the encoder's features, for "foveated" and "sharp".
    """

    appearance: Appearance = "patches"
    appearance_size: int = 256
    position: Code = "distance"
    position_size: int = 256
    extent: int = 64
    sigma: float = 2.0
    knows_target: Knowledge = "appearance"
    heads: int = 4
    feed_forward: int = 512
    encoder_layers: int = 4
    decoder_layers: int = 4
    readout_heads: int = 2
    dropout: float = 0.1
    channels: int = 256

    def __post_init__(self) -> None:
        check_option("appearance", self.appearance, ("patches", "foveated", "sharp", "names", "none"))
        check_option("position", self.position, CODES)
        check_option("knows_target", self.knows_target, ("appearance", "place", "fixated", "published"))
        for name in ("appearance_size", "position_size", "heads", "feed_forward", "readout_heads", "channels"):
            check_at_least(name, getattr(self, name), 1)
        for name in ("encoder_layers", "decoder_layers"):
            check_at_least(name, getattr(self, name), 1)
        check_at_least("extent", self.extent, 2)
        check_positive("sigma", self.sigma)
        if isinstance(self.dropout, bool) or not isinstance(self.dropout, int | float) or not 0 <= self.dropout < 1:
            raise ValueError(f"dropout is {self.dropout!r}, expected a number from 0 to below 1")
        if self.knows_target in ("appearance", "published") and self.appearance == "none":
            raise ValueError(
                f"knows_target is {self.knows_target!r}, but appearance is 'none'; expected 'place' or 'fixated'"
            )
        if self.width % self.heads or self.width % self.readout_heads:
            raise ValueError(f"heads is {self.heads}, readout_heads {self.readout_heads}: {self.width} is no multiple")

    @property
    def width(self) -> int:
        """Size of a token."""
        return self.position_size + (0 if self.appearance == "none" else self.appearance_size)


class Memory(NamedTuple):
    """What the decoder attends to: m displays, or views of displays, after the encoder.

    mask : bool (m, n + 1)
    kept : for each layer of the decoder, keys and values
    keys : (m, n + 1, readout heads, width), of the readout
    """

    mask: Tensor
    kept: list[Cache]
    keys: Tensor


class ObjectTransformer(nn.Module):
    """Gives, for each fixation of a path over objects, how likely each object is next, and the end.

    Parameters
    ----------
    sizes : ObjectSizes

    Attributes
    ----------
    top_down_weight : float, or None
        By what the top-down priority of displays that have it is multiplied before it is joined with the model's own
        choice; see `join`. None until it is fitted.
    """

    def __init__(self, sizes: ObjectSizes = ObjectSizes()) -> None:
        super().__init__()
        self.sizes = sizes
        self.top_down_weight: float | None = None
        width, layer = sizes.width, (sizes.width, sizes.heads, sizes.feed_forward, sizes.dropout)
        self.positions = Positions(sizes.position, sizes.position_size, extent=sizes.extent, sigma=sizes.sigma)
        self.unplaced = nn.Parameter(torch.zeros(sizes.position_size))
        self.recognised = nn.Parameter(torch.zeros(sizes.position_size))
        self.begin = nn.Parameter(torch.zeros(width))
        if sizes.appearance == "patches":
            self.appearance: nn.Module = PatchCNN(sizes.appearance_size)
        elif sizes.appearance != "none":
            channels = NAME_SIZE if sizes.appearance == "names" else sizes.channels
            self.appearance = nn.Linear(channels, sizes.appearance_size)
        self.encoder = nn.ModuleList(EncoderLayer(*layer) for _ in range(sizes.encoder_layers))
        self.decoder = nn.ModuleList(DecoderLayer(*layer) for _ in range(sizes.decoder_layers))
        self.query, self.key = (nn.Linear(width, width * sizes.readout_heads) for _ in range(2))
        self.mix = nn.Linear(sizes.readout_heads, 1)
        self.register_load_state_dict_pre_hook(_rename_weights)  # type: ignore[no-untyped-call]

    def initialise(self, seed: int) -> None:
        """Draw all weights from `seed`: Xavier's uniform distribution for matrices, and the fitted code of place."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            for name, weights in self.named_parameters():
                if weights.ndim > 1:
                    nn.init.xavier_uniform_(weights)
                elif name in ("unplaced", "recognised", "begin"):
                    nn.init.normal_(weights)
                elif name.endswith("bias"):
                    nn.init.zeros_(weights)
            self.positions.fit()

    def forward(self, displays: ObjectBatch, paths: Tensor) -> Tensor:
        """Return how likely each object is at each step, given the ones before.

        Parameters
        ----------
        displays : ObjectBatch
        paths : int64 (b, t)
            Numbers of the fixated objects; what follows the last one of a path may be any object.

        Returns
        -------
        float32 (b, t + 1, n + 1)
            Log-probabilities, step 0 being the initial fixation; the last column is the end, which cannot be first.
        """
        tokens, fixated = self._tokens(displays), self._fixated(displays)
        memory = self._encode(*self._viewed(tokens, displays, paths))
        steps = self._steps(fixated, paths)
        state, _ = self._decode(steps, memory, None)
        rows, at = _from_where(displays, paths)
        return self._joined(self._read(state, memory, first=0), displays, rows, at)

    def sample(
        self, displays: ObjectBatch, ids: Sequence[str], *, samples: int = 1, seed: int | None = None, longest: int = 60
    ) -> list[list[NDArray[np.int64]]]:
        """Draw paths over each of the displays.

        Parameters
        ----------
        displays : ObjectBatch
        ids : sequence of str
            Of the displays; each draws from a stream of its own, whatever the others.
        samples : int
            How many paths for each.
        seed : int, optional
            None takes the likeliest object at each step, which makes all samples equal.
        longest : int
            How many fixations a path has at most.

        Returns
        -------
        list of list of int64 (length,)
            For each display, the fixated objects of each sample, without the end.
        """
        streams = None if seed is None else [np.random.default_rng([seed, crc32(id.encode())]) for id in ids]
        drawn = self._draw(displays, samples, streams, longest)
        ended = drawn == displays.end
        lengths = np.where(ended.any(axis=2), ended.argmax(axis=2), drawn.shape[2])
        return [
            [path[:length] for path, length in zip(*rows, strict=True)] for rows in zip(drawn, lengths, strict=True)
        ]

    @torch.inference_mode()
    def _draw(
        self, displays: ObjectBatch, samples: int, streams: list[np.random.Generator] | None, longest: int
    ) -> NDArray[np.int64]:
        """Return what each sample chooses at each step, (b, samples, steps); from its end on the end.

        Of each display the samples that have not ended go on, filled up to as many as of others with some that have.
        """
        device, b = displays.places.device, len(displays.places)
        tokens, fixated = self._tokens(displays), self._fixated(displays)
        memory = None if displays.view is not None else self._encode(tokens, displays.mask)
        chosen = torch.full((b, samples, longest), displays.end, device=device)
        going = torch.arange(samples, device=device).expand(b, -1)  # the samples (b, k) that go on
        step, cache = self.begin.expand(b * samples, 1, -1), None
        for t in range(longest):
            rows = torch.arange(b, device=device).repeat_interleave(going.shape[1])
            at = chosen[rows, going.flatten(), t - 1] if t else torch.full_like(rows, displays.end)
            if displays.view is not None or memory is None:
                memory = self._encode(*self._from(tokens, displays, rows, at))
            state, cache = self._decode(step + sinusoids(torch.tensor([t]), step.shape[2]).to(step), memory, cache)
            scores = self._joined(self._read(state, memory, first=t)[:, 0], displays, rows, at)
            if streams is not None:
                noise = _noise(streams, displays.mask, samples).to(device)
                scores = scores + noise[rows, going.flatten()]
            now = scores.argmax(dim=1).where(at != displays.end, displays.end) if t else scores.argmax(dim=1)
            chosen[rows, going.flatten(), t] = now
            active = (now != displays.end).view(b, -1)
            if not (most := int(active.sum(dim=1).max())):
                break
            kept = active.long().argsort(dim=1, descending=True, stable=True)[:, :most]
            flat = (kept + torch.arange(b, device=device)[:, None] * active.shape[1]).flatten()
            going = going.gather(1, kept)
            step = fixated[rows, now][flat][:, None]
            cache = [(keys[flat], values[flat]) for keys, values in cache]
        return chosen.cpu().numpy()

    def _tokens(self, displays: ObjectBatch) -> Tensor:
        """Return the tokens (b, n + 1, width), or foveated (b, v, n + 1, width), before the encoder."""
        flags = torch.zeros_like(displays.mask)
        flags[:, -1] = True
        codes = self.positions(displays.places, flags)
        if self.sizes.knows_target not in ("place", "published"):
            codes = torch.cat([codes[:, :-1], self.unplaced.to(codes.dtype).expand(len(codes), 1, -1)], dim=1)
        elif (absent := displays.targets < 0).any():
            last = torch.where(absent[:, None, None], self.unplaced.to(codes.dtype), codes[:, -1:])
            codes = torch.cat([codes[:, :-1], last], dim=1)
        return self._with_appearance(codes, displays)

    def _fixated(self, displays: ObjectBatch) -> Tensor:
        """Return the tokens (b, n + 1, width) of objects as they are when fixated; the last one is not used."""
        target = F.one_hot(displays.targets.clamp(min=0), displays.mask.shape[1])
        target = target * (displays.targets >= 0)[:, None]
        flagged = target.bool() if self.sizes.knows_target == "published" else torch.zeros_like(displays.mask)
        codes = self.positions(displays.places, flagged)
        if self.sizes.knows_target == "fixated":
            codes = codes + target[..., None].to(codes.dtype) * self.recognised
        tokens = self._with_appearance(codes, displays)
        if displays.view is None:
            return tokens
        every = torch.arange(codes.shape[1], device=codes.device)
        return tokens[torch.arange(len(codes), device=codes.device)[:, None], displays.view, every]

    def _with_appearance(self, codes: Tensor, displays: ObjectBatch) -> Tensor:
        if self.sizes.appearance == "none":
            return codes
        if displays.appearance is None:
            raise ValueError(f"the displays have no appearance, the model has appearance {self.sizes.appearance!r}")
        appearance = self.appearance(displays.appearance)
        if appearance.ndim == 4:
            codes = codes[:, None].expand(*appearance.shape[:3], -1)
        return torch.cat([appearance, codes], dim=-1)

    def _viewed(self, tokens: Tensor, displays: ObjectBatch, paths: Tensor) -> tuple[Tensor, Tensor]:
        """Return the tokens that the encoder takes, (b, n + 1, width), or foveated (b * (t + 1), ...), and the mask."""
        if displays.view is None:
            return tokens, displays.mask
        rows, at = _from_where(displays, paths)
        return self._from(tokens, displays, rows.flatten(), at.flatten())

    def _from(self, tokens: Tensor, displays: ObjectBatch, rows: Tensor, at: Tensor) -> tuple[Tensor, Tensor]:
        """Return the tokens (k, n + 1, width) of displays `rows` (k,), seen from objects `at` (k,), and the mask."""
        assert displays.view is not None
        return tokens[rows, displays.view[rows, at]], displays.mask[rows]

    def _encode(self, tokens: Tensor, mask: Tensor) -> Memory:
        """Run the encoder over tokens (m, n + 1, width)."""
        for layer in self.encoder:
            tokens = layer(tokens, mask)
        kept = [cast(DecoderLayer, layer).keep(tokens) for layer in self.decoder]
        return Memory(mask, kept, self.key(tokens).unflatten(-1, (self.sizes.readout_heads, -1)))

    def _steps(self, fixated: Tensor, paths: Tensor) -> Tensor:
        """Return the tokens (b, t + 1, width) that the decoder starts from, its begin token first."""
        rows = torch.arange(len(paths), device=paths.device)[:, None]
        before = self.begin.to(fixated.dtype).expand(len(paths), 1, -1)
        tokens = torch.cat([before, fixated[rows, paths]], dim=1)
        return tokens + sinusoids(torch.arange(tokens.shape[1], device=tokens.device), tokens.shape[2]).to(tokens)

    def _decode(self, steps: Tensor, memory: Memory, cache: list[Cache] | None) -> tuple[Tensor, list[Cache]]:
        """Return the state (b, t, width) of each step, and what later steps need of these."""
        kept = []
        for i, layer in enumerate(self.decoder):
            steps, own = layer(steps, memory.kept[i], memory.mask, None if cache is None else cache[i])
            kept.append(own)
        return steps, kept

    def _read(self, state: Tensor, memory: Memory, *, first: int) -> Tensor:
        """Return log-probabilities (b, t, n + 1) of objects and end; `first` is the number of step 0."""
        rows, steps, width = state.shape
        queries = self.query(state.reshape(len(memory.mask), -1, width)).unflatten(
            -1, (self.sizes.readout_heads, width)
        )
        scores = self.mix(torch.einsum("mqhd,mnhd->mqnh", queries, memory.keys) / width**0.5)[..., 0]
        scores = scores.masked_fill(~memory.mask[:, None], -torch.inf).reshape(rows, steps, -1)
        if first == 0:
            scores[:, 0, -1] = -torch.inf
        return F.log_softmax(scores.float(), dim=-1)

    def _joined(self, scores: Tensor, displays: ObjectBatch, rows: Tensor, at: Tensor) -> Tensor:
        """Return log-probabilities (..., n + 1), joined with the top-down priority of `rows` seen from `at`."""
        if displays.top_down is None:
            return scores
        if self.top_down_weight is None:
            raise ValueError("top_down_weight is None, expected a number: the displays have a top-down priority")
        return join(scores, self.top_down_weight * displays.top_down[rows, at])


def join(log_prob: Tensor, top_down_log_weight: Tensor) -> Tensor:
    """Return `log_prob` (..., n + 1) with the log weights (..., n) of the n objects added, normalised again.

    That of the end, the last one, stays as it is: top-down priority says where to look, not whether.
    """
    objects = F.log_softmax(log_prob[..., :-1] + top_down_log_weight, dim=-1)
    return torch.cat([objects + torch.log1p(-log_prob[..., -1:].exp()), log_prob[..., -1:]], dim=-1)


def _rename_weights(model: nn.Module, state: dict[str, Any], *_: object) -> None:
    """Give weights of older files the names that they have now."""
    for old, new in RENAMED.items():
        for name in [name for name in state if name.startswith(old)]:
            state[new + name.removeprefix(old)] = state.pop(name)


def _from_where(displays: ObjectBatch, paths: Tensor) -> tuple[Tensor, Tensor]:
    """Return the display and the object, (b, t + 1) each, from which each step of `paths` (b, t) is made."""
    at = F.pad(paths, (1, 0), value=displays.end)
    return torch.arange(len(paths), device=paths.device)[:, None].expand_as(at), at


def _noise(streams: list[np.random.Generator], mask: Tensor, samples: int) -> Tensor:
    """Return Gumbel noise (b, samples, n + 1), as much from each stream as its display has objects."""
    noise = np.zeros((len(streams), samples, mask.shape[1]), np.float32)
    for rows, stream, exists in zip(noise, streams, mask.cpu().numpy(), strict=True):
        rows[:, exists] = stream.gumbel(size=(samples, int(exists.sum())))
    return torch.from_numpy(noise)
