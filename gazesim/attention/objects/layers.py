"""The layers of an encoder-decoder, with the keys and values of earlier steps kept (Vaswani et al. 2017)."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

Cache = tuple[Tensor, Tensor]  # keys and values (b, heads, steps, width / heads)


class MultiHeadAttention(nn.Module):
    """Attention on `scaled_dot_product_attention`."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads, self.dropout = heads, dropout
        self.query, self.key, self.value, self.out = (nn.Linear(width, width) for _ in range(4))

    def split(self, x: Tensor) -> Tensor:
        """Return (b, heads, t, width / heads) of (b, t, width)."""
        return x.reshape(*x.shape[:2], self.heads, -1).transpose(1, 2)

    def keep(self, memory: Tensor) -> Cache:
        """Return the keys and values of `memory` (b, s, width)."""
        return self.split(self.key(memory)), self.split(self.value(memory))

    def forward(self, x: Tensor, kept: Cache, mask: Tensor | None = None, *, causal: bool = False) -> Tensor:
        """Attend from `x` (b, t, width) to `kept`; `mask` (b, s) says to which, `causal` to none that come later."""
        allowed = None if mask is None else mask[:, None, None]
        dropout = self.dropout if self.training else 0.0
        found = F.scaled_dot_product_attention(
            self.split(self.query(x)), *kept, attn_mask=allowed, dropout_p=dropout, is_causal=causal
        )
        return torch.as_tensor(self.out(found.transpose(1, 2).flatten(-2)))


class FeedForward(nn.Sequential):
    """Two linear layers."""

    def __init__(self, width: int, hidden: int, dropout: float) -> None:
        super().__init__(nn.Linear(width, hidden), nn.ReLU(), nn.Dropout(dropout), nn.Linear(hidden, width))


class EncoderLayer(nn.Module):
    """Attention of tokens to one another, then a small network; each added and normalised."""

    def __init__(self, width: int, heads: int, hidden: int, dropout: float) -> None:
        super().__init__()
        self.attend, self.feed = MultiHeadAttention(width, heads, dropout), FeedForward(width, hidden, dropout)
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(2))
        self.drop = nn.Dropout(dropout)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Return (b, n, width) of `x` (b, n, width), of which `mask` (b, n) are tokens."""
        x = self.norms[0](x + self.drop(self.attend(x, self.attend.keep(x), mask)))
        return torch.as_tensor(self.norms[1](x + self.drop(self.feed(x))))


class DecoderLayer(nn.Module):
    """Attention to earlier steps, attention to the memory, then a small network; each added and normalised."""

    def __init__(self, width: int, heads: int, hidden: int, dropout: float) -> None:
        super().__init__()
        self.recall, self.attend = MultiHeadAttention(width, heads, dropout), MultiHeadAttention(width, heads, dropout)
        self.feed = FeedForward(width, hidden, dropout)
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(3))
        self.drop = nn.Dropout(dropout)

    def keep(self, memory: Tensor) -> Cache:
        """Return the keys and values of `memory` (m, n, width)."""
        return self.attend.keep(memory)

    def forward(self, x: Tensor, memory: Cache, mask: Tensor, before: Cache | None) -> tuple[Tensor, Cache]:
        """Run steps `x` (b, t, width); with `before`, of earlier steps, t must be 1.

        `memory` is what `keep` returns of m memories, of which `mask` (m, n) are tokens: m is b, or smaller where
        several consecutive rows share a memory, or b * t where each step has its own.
        """
        kept = self.recall.keep(x)
        if before is not None:
            kept = torch.cat([before[0], kept[0]], dim=2), torch.cat([before[1], kept[1]], dim=2)
        x = self.norms[0](x + self.drop(self.recall(x, kept, causal=before is None)))
        shared = x.reshape(len(mask), -1, x.shape[-1])
        seen = self.attend(shared, memory, mask).reshape(x.shape)
        x = self.norms[1](x + self.drop(seen))
        return self.norms[2](x + self.drop(self.feed(x))), kept
