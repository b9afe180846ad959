"""Memory does not grow with the number of sizes and resolutions that displays have."""

import subprocess
import sys

import numpy as np
import pytest
from test_caller_state import ALL, SETTINGS

from gazesim import Trial
from gazesim.attention import Glance
from gazesim.attention.top_down.target import KEPT_TARGETS, TargetAttention, TargetSettings
from gazesim.encoders.eccentricity import zones
from gazesim.encoders.foveated import KEPT, KEPT_RESOLUTIONS, FoveatedEncoder

SIZES = 300
MOST_MB = 60
PROGRAM = """
import sys
import numpy as np
import torch
from gazesim import Trial, load_model

torch.set_num_threads(1)
model = load_model(sys.argv[1], **eval(sys.argv[2]))
random = np.random.default_rng(0)
for number in range(int(sys.argv[3])):
    size = number * 37 % int(sys.argv[3])  # all sizes in a mixed order: large ones come early and late
    picture = random.integers(0, 256, (40 + size % 100, 40 + size // 2, 3), dtype=np.uint8)
    model.search(Trial(picture, picture[4:20, 10:26], px_per_degree=4 + size / 100, id="a"), max_fixations=1)
    if number in (int(sys.argv[3]) // 3, int(sys.argv[3]) - 1):
        with open("/proc/self/status") as status:
            print(next(int(line.split()[1]) for line in status if line.startswith("VmRSS")))
"""


def test_what_an_encoder_and_an_attention_keep_is_bounded(tiny_trunk, noise):
    encoder = FoveatedEncoder(tiny_trunk)
    attention = TargetAttention(encoder, TargetSettings(field_of_view_deg=12, resample_px_per_degree=None))
    for number in range(SIZES):
        side = 24 + number % 60
        picture = noise(side, 32, number)
        trial = Trial(picture, picture[:16, :16], px_per_degree=2 + number / 100, id="a")
        attention.similarities([Glance(trial, picture, np.array([16.0, side // 2]))])
    assert len(encoder._cuts) == KEPT_RESOLUTIONS
    assert len(encoder._backgrounds) <= KEPT
    assert len(attention._targets) == KEPT_TARGETS
    assert zones.cache_info().currsize <= zones.cache_info().maxsize < 20


@pytest.mark.slow
@pytest.mark.parametrize("name", ALL)
def test_a_model_needs_no_more_memory_for_300_sizes(name):
    """Growth from the 100th display to the 300th; the displays themselves are small."""
    if not sys.platform.startswith("linux"):
        pytest.skip("reads /proc")
    line = [sys.executable, "-c", PROGRAM, name, repr(SETTINGS.get(name, {})), str(SIZES)]
    before, after = map(int, subprocess.run(line, capture_output=True, text=True, check=True).stdout.split())
    assert after - before < MOST_MB * 1024
