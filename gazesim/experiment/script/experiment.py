"""Runs the experiment that plan.json describes, with PsychoPy: python experiment.py NAME, or from PsychoPy's Coder.

Answers go into data/NAME_BEGIN.csv, a row as soon as it is given. Escape ends the session.

With a file tracker.json beside this one, eyes are tracked through PsychoPy's ioHub. It holds the settings of the device
as `psychopy.iohub.launchHubServer` takes them, such as {"eyetracker.hw.mouse.EyeTracker": {"name": "tracker"}}; the
device must be called "tracker" and give FixationEndEvent. Of each, data/NAME_BEGIN_fixations.csv has the mean position
(px of the display, x right, y down, integers are pixel centres), the onset from that of the display and the duration
(ms). ioHub itself keeps all events, samples too, in data/NAME_BEGIN.hdf5.
"""

import csv
import json
import re
import sys
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
WORDS = {
    "search": "Is what you search for in the display?\nAnswer as fast as you can without making errors.",
    "keys": "{present}: it is there\n{absent}: it is not there\n\nBefore each display there is a cross: look at it.",
    "cued": "What you search for is shown before each display.",
    "shared": "You search for what is shown below.",
    "practice": "First, some trials for practice.",
    "begin": "Practice is over. Now the experiment begins.",
    "space": "Press space to go on.",
    "pause": "{done} of {all} trials are done. Take a break.",
    "right": "correct",
    "wrong": "wrong",
    "end": "Thank you.",
}
FIXATION_COLUMNS = ("trial", "observer", "session", "index", "x", "y", "onset_ms", "duration_ms")


class Session:
    """A participant in front of the screen."""

    def __init__(self, plan: dict[str, Any], name: str) -> None:
        from psychopy import monitors, visual
        from psychopy.hardware import keyboard
        from psychopy.tools.monitorunittools import deg2pix

        self.plan, self.name, self.visual = plan, name, visual
        self.began = _now()
        monitor = monitors.Monitor("gazesim", width=plan["screen_cm"], distance=plan["distance_cm"])
        colour = [part / 127.5 - 1 for part in plan["background"]]
        self.window = visual.Window(fullscr=True, monitor=monitor, units="pix", color=colour, allowGUI=False)
        monitor.setSizePix([int(side) for side in self.window.size])
        self.px_per_degree = float(deg2pix(1, monitor))
        size = [side * self.px_per_degree for side in (plan["width_deg"], plan["height_deg"])]
        if size[0] > self.window.size[0] or size[1] > self.window.size[1]:
            self.window.close()
            raise SystemExit(f"the display needs {size[0]:.0f} x {size[1]:.0f} px, the screen has {self.window.size}")
        self.ink = "black" if sum(plan["background"]) > 382 else "white"
        self.keys = keyboard.Keyboard()
        self.cross = visual.ShapeStim(self.window, vertices="cross", size=0.5 * self.px_per_degree, units="pix")
        self.cross.fillColor = self.cross.lineColor = self.ink
        self.stem = HERE / "data" / f"{name}_{re.sub('[:.+]', '-', self.began)}"
        self.stem.parent.mkdir(exist_ok=True)
        self.tracker = self._tracker()

    def _tracker(self) -> Any:
        path = HERE / "tracker.json"
        if not path.is_file():
            return None
        from psychopy.iohub import launchHubServer

        devices = json.loads(path.read_text(encoding="utf-8"))
        names = {"experiment_code": "gazesim", "session_code": self.began, "datastore_name": str(self.stem)}
        hub = launchHubServer(window=self.window, **names, **devices)
        hub.devices.tracker.runSetupProcedure()
        return hub.devices.tracker

    def now_ms(self) -> float:
        """Return the time by a clock that cannot be set."""
        from psychopy import core

        return 1000 * float(core.getTime())

    def picture(self, part: dict[str, Any]) -> Any:
        """Return the picture of a display or a target, in degrees."""
        size = (part["width_deg"], part["height_deg"])
        return self.visual.ImageStim(self.window, str(HERE / part["image"]), units="deg", size=size)

    def text(self, words: str, y_deg: float = 0.0) -> Any:
        """Return words on the screen."""
        place, height = (0, y_deg * self.px_per_degree), 0.03 * self.window.size[1]
        wide = 0.7 * self.window.size[0]
        return self.visual.TextStim(self.window, words, color=self.ink, pos=place, height=height, wrapWidth=wide)

    def cue(self, cue: dict[str, Any], y_deg: float = 0.0) -> list[Any]:
        """Return what is searched for."""
        shown = []
        if cue["image"]:
            shown.append(self.picture(cue))
            shown[0].pos = (0, y_deg)
        if cue["text"]:
            shown.append(self.text(cue["text"], y_deg - (cue["height_deg"] if cue["image"] else 0)))
        return shown

    def show(self, parts: list[Any], ms: float) -> None:
        """Show something for a time."""
        end = self.now_ms() + ms
        while self.now_ms() < end:
            self._flip(parts)
            self._check_escape()

    def wait(self, *words: str, cue: dict[str, Any] | None = None) -> None:
        """Show words until space is pressed."""
        parts = [self.text("\n\n".join([*words, WORDS["space"]])), *(self.cue(cue, -6) if cue else [])]
        self.keys.clearEvents()
        while not self.keys.getKeys(["space"]):
            self._flip(parts)
            self._check_escape()

    def _flip(self, parts: list[Any]) -> None:
        for part in parts:
            part.draw()
        self.window.flip()

    def _check_escape(self) -> None:
        if self.keys.getKeys(["escape"]):
            raise SystemExit("ended by escape")

    def run_trial(self, trial: dict[str, Any], index: int, practice: bool) -> dict[str, Any]:
        """Show a trial and return its row."""
        keys, display = self.plan["keys"], self.picture(trial)
        if trial["cue"]:
            self.show(self.cue(trial["cue"]), self.plan["cue_ms"])
        if self.tracker:
            self.tracker.clearEvents()
            self.tracker.setRecordingState(True)
        self.show([self.cross], self.plan["fixation_ms"])
        self.keys.clearEvents()
        self.window.callOnFlip(self.keys.clock.reset)
        self._flip([display])
        onset, clock = self.now_ms(), _now()
        longest, before = 0.0, onset
        pressed: list[Any] = []
        while not pressed:
            self._flip([display])
            longest, before = max(longest, self.now_ms() - before), self.now_ms()
            pressed = self.keys.getKeys([keys["present"], keys["absent"]], waitRelease=False)
            self._check_escape()
        response = "present" if pressed[0].name == keys["present"] else "absent"
        correct = (response == "present") == trial["present"]
        if self.tracker:
            self.tracker.setRecordingState(False)
            self._save_fixations(trial, onset, onset + 1000 * pressed[0].rt)
        facts = {name: trial[name] for name in ("trial", "condition", "set_size", "present")}
        row = {**facts, "index": index, "practice": practice, "response": response, "correct": correct}
        row |= {"set_sha256": self.plan["set_sha256"], "program": "psychopy", "observer": self.name}
        row |= {"session": self.began, "rt_ms": round(1000 * pressed[0].rt, 3), "elapsed_ms": round(onset, 3)}
        row |= {"clock": clock, "longest_frame_ms": round(longest, 3), "screen_px_per_degree": self.px_per_degree}
        _append(self.stem.with_name(self.stem.name + ".csv"), self.plan["columns"], [row])
        if self.plan["feedback"] == "all" or (self.plan["feedback"] == "practice" and practice):
            self.show([self.text(WORDS["right" if correct else "wrong"])], self.plan["feedback_ms"])
        return row

    def _save_fixations(self, trial: dict[str, Any], onset: float, end: float) -> None:
        """Write the fixations that began before the answer and ended after the display came on."""
        from psychopy.iohub.constants import EventConstants

        scale = trial["px_per_degree"] / self.px_per_degree
        width, height = (trial[side] * trial["px_per_degree"] for side in ("width_deg", "height_deg"))
        rows: list[dict[str, Any]] = []
        for event in self.tracker.getEvents(event_type_id=EventConstants.FIXATION_END):
            duration = 1000 * event.duration
            began = 1000 * event.time - duration
            if began < end and began + duration > onset:
                x, y = event.average_gaze_x * scale, event.average_gaze_y * scale
                place = {"x": round(width / 2 + x - 0.5, 3), "y": round(height / 2 - y - 0.5, 3)}
                times = {"onset_ms": round(began - onset, 3), "duration_ms": round(duration, 3)}
                whose = {"trial": trial["trial"], "observer": self.name, "session": self.began}
                rows.append({**whose, "index": len(rows), **place, **times})
        if rows:
            _append(self.stem.with_name(self.stem.name + "_fixations.csv"), FIXATION_COLUMNS, rows)

    def run(self, order: list[int]) -> None:
        """Go through the experiment."""
        plan, practice = self.plan, self.plan["practice"]
        keys = WORDS["keys"].format(**{name: key.upper() for name, key in plan["keys"].items()})
        self.wait(WORDS["shared"] if plan["cue"] else WORDS["cued"], WORDS["search"], keys, cue=plan["cue"])
        if practice:
            self.wait(WORDS["practice"])
            for index, trial in enumerate(practice):
                self.run_trial(trial, index, True)
            self.wait(WORDS["begin"])
        for index, number in enumerate(order):
            if index and index % plan["break_every"] == 0:
                self.wait(WORDS["pause"].format(done=index, all=len(order)))
            self.run_trial(plan["trials"][number], index, False)
        self.show([self.text(WORDS["end"])], 2000)


def _now() -> str:
    """Return the time of the computer, ISO 8601."""
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds")  # noqa: UP017 - PsychoPy's Python may be older


def _append(path: Path, columns: Any, rows: list[dict[str, Any]]) -> None:
    """Add rows to a table, whole or not at all."""
    with path.open("a", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, columns)
        if file.tell() == 0:
            table.writeheader()
        table.writerows(rows)


def _ask() -> str:
    """Return who takes part, as the command line says it or as is asked."""
    if len(sys.argv) > 1:
        return sys.argv[1]
    from psychopy import gui

    answer = gui.DlgFromDict({"participant": ""}, title="Visual search")
    if not answer.OK:
        raise SystemExit("no participant")
    return str(answer.dictionary["participant"])


def main() -> None:
    """Run a session."""
    sys.path.insert(0, str(HERE))
    from order import participant_order  # type: ignore[import-not-found]

    plan = json.loads((HERE / "plan.json").read_text(encoding="utf-8"))
    name = _ask()
    if not re.fullmatch(r"[A-Za-z0-9._-]+", name):
        raise SystemExit(f"the participant is {name!r}, expected letters, digits, . _ -")
    session = Session(plan, name)
    try:
        session.run(participant_order(len(plan["trials"]), plan["seed"], name))
    finally:
        session.window.close()


if __name__ == "__main__":
    main()
