"""Torch as the models expect it, whatever the program that calls them has set."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import torch

AUTOCAST_DEVICES = ("cpu", "cuda", "mps")


@contextmanager
def isolated() -> Iterator[None]:
    """Within it gradients can be taken, new tensors are float32 on the CPU, and nothing is autocast.

    The caller's `no_grad`, `inference_mode`, `autocast`, default dtype and default device are as before afterwards.
    A decorator too.
    """
    dtype = torch.get_default_dtype()
    with ExitStack() as stack:
        stack.enter_context(torch.inference_mode(False))
        stack.enter_context(torch.enable_grad())
        stack.enter_context(torch.device("cpu"))
        for kind in AUTOCAST_DEVICES:
            if torch.is_autocast_enabled(kind):
                stack.enter_context(torch.autocast(kind, enabled=False))
        stack.callback(torch.set_default_dtype, dtype)
        torch.set_default_dtype(torch.float32)
        yield
