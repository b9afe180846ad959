"""Runs an experiment's script with PsychoPy on a window in memory (EGL) and a scripted keyboard: script, name, tracker.

For the Python that has PsychoPy. The participant answers after 160 ms + 10 ms per item, wrongly in every fifth trial.
"""

import json
import runpy
import sys
import types
from pathlib import Path

import pyglet

pyglet.options["headless"] = True
pyglet.options["shadow_window"] = False
from pyglet.canvas.headless import HeadlessDisplay  # noqa: E402

in_memory_display = HeadlessDisplay()
pyglet.canvas.Display = lambda x_screen=0: in_memory_display

pyglet.window.Window._window = pyglet.window.Window._x_display = 0  # of X, which is not there

from psychopy import core, visual  # noqa: E402
from psychopy.hardware import keyboard  # noqa: E402

script, name = Path(sys.argv[1]), sys.argv[2]
plan = json.loads((script.parent / "plan.json").read_text())
sys.path.insert(0, str(script.parent))
from order import participant_order  # noqa: E402

LOOKS = [int(number) for number in sys.argv[3:]]  # of which screens to keep a picture
shown = [*plan["practice"], *(plan["trials"][n] for n in participant_order(len(plan["trials"]), plan["seed"], name))]


class Keys:
    """Presses space whenever it is waited for, and the key of the trial when its time has come."""

    def __init__(self):
        self.clock, self.number = core.Clock(), 0

    def clearEvents(self):  # noqa: N802
        pass

    def getKeys(self, wanted, waitRelease=True):  # noqa: N802, N803
        if wanted == ["escape"]:
            return []
        if wanted == ["space"]:
            return [types.SimpleNamespace(name="space", rt=0.1)]
        trial = shown[self.number]
        due = 0.160 + 0.010 * trial["set_size"]
        if self.clock.getTime() < due:
            return []
        right = self.number % 5 != 4
        self.number += 1
        return [types.SimpleNamespace(name=plan["keys"]["present" if trial["present"] == right else "absent"], rt=due)]


opened = visual.Window


def in_memory(**settings):
    window = opened(**{**settings, "fullscr": False, "size": (800, 600), "winType": "pyglet", "checkTiming": False})
    flip, seen = window.flip, []

    def flipped(*given):
        seen.append(1)
        if len(seen) in LOOKS:
            window.getMovieFrame(buffer="back")
            window.saveMovieFrames(str(script.parent / f"screen_{len(seen):03}.png"))
        return flip(*given)

    window.flip = flipped
    return window


visual.Window, keyboard.Keyboard = in_memory, Keys
sys.argv = [str(script), name]
runpy.run_path(str(script), run_name="__main__")
