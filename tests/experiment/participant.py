"""A scripted participant in the page of an experiment: measures the screen, reads, and answers."""

import json
import time

# Presses keys as soon as a screen wants one: space where there are words, and at each display the right key, or now and
# then the wrong one, after intercept + slope x set size ms and noise.
ANSWERS = """
(({name, intercept, slope, noise, errors, seed, repetitions}) => {
  let state = seed;
  const draw = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 4294967296;
  const normal = () => Math.sqrt(-2 * Math.log(1 - draw())) * Math.cos(2 * Math.PI * draw());
  const shown = [...PLAN.practice,
    ...participantOrder(PLAN.trials.length, PLAN.seed, name).map((number) => PLAN.trials[number])];
  const press = (key) => {
    const root = jsPsych.getDisplayContainerElement();
    for (const kind of ["keydown", "keyup"]) root.dispatchEvent(new KeyboardEvent(kind, { key, bubbles: true }));
  };
  let last = null;
  window.meant = [];
  const look = () => {
    if (document.getElementById("finished")) return;
    requestAnimationFrame(look);
    const canvas = document.querySelector("canvas");
    const words = document.querySelector("#jspsych-html-keyboard-response-stimulus .text");
    const now = canvas || words;
    if (!now || now === last) return;
    last = now;
    if (words) { setTimeout(() => press(" "), 100); return; }
    const trial = shown[window.meant.length];
    const key = PLAN.keys[trial.present === draw() >= errors ? "present" : "absent"];
    const rt = intercept[trial.present] + slope[trial.present] * trial.set_size + noise * normal();
    window.meant.push(rt);
    setTimeout(() => press(key), Math.max(150, rt));
  };
  look();
})
"""


def wait_for(browser, expression, seconds=60):
    """Wait until a JavaScript expression is true."""
    end = time.monotonic() + seconds
    while not browser.value(f"Boolean({expression})"):
        assert time.monotonic() < end, (expression, browser.errors, browser.value("document.body.innerText"))
        time.sleep(0.05)


def click(browser, selector):
    """Click as a person does, which a browser wants before it fills the screen."""
    wait_for(browser, f"document.querySelector({selector!r})")
    box = f"document.querySelector({selector!r}).getBoundingClientRect()"
    place = {
        axis: browser.value(f"{box}.{axis} + {box}.{side} / 2") for axis, side in (("x", "width"), ("y", "height"))
    }
    for kind in ("mousePressed", "mouseReleased"):
        browser.send("Input.dispatchMouseEvent", type=kind, button="left", clickCount=1, **place)


def press(browser, key, code):
    for kind in ("keyDown", "keyUp"):
        browser.send("Input.dispatchKeyEvent", type=kind, key=key, code=code)


def begin(browser, folder, downloads, name):
    """Open the page and go through to the full screen."""
    downloads.mkdir(exist_ok=True)
    browser.send("Page.setDownloadBehavior", behavior="allow", downloadPath=str(downloads))
    browser.open((folder / "index.html").resolve().as_uri())
    browser.value(f"document.getElementById('participant').value = {name!r}")
    click(browser, "input[type=submit]")
    click(browser, "#jspsych-fullscreen-btn")


def measure_screen(browser, look=lambda name: None):
    """Go through the virtual chin rest."""
    wait_for(browser, "document.getElementById('end_resize_phase')")
    look("card")
    click(browser, "#end_resize_phase")
    wait_for(browser, "document.getElementById('virtual-chinrest-circle')")
    look("blind_spot")
    for _ in range(5):
        press(browser, " ", "Space")
        time.sleep(0.5)
        press(browser, " ", "Space")
    click(browser, "#proceed")


def answer(browser, name, *, intercept, slope, noise=60.0, errors=0.05, seed=1, seconds=60):
    """Read the instructions, answer to the end, and return the times meant (ms) in the order of the trials."""
    settings = {"name": name, "noise": noise, "errors": errors, "seed": seed}
    settings |= {"intercept": _by_presence(intercept), "slope": _by_presence(slope)}
    click(browser, "#jspsych-instructions-next")
    browser.value(f"{ANSWERS}({json.dumps(settings)})")
    wait_for(browser, "document.getElementById('finished')", seconds)
    return browser.value("window.meant")


def _by_presence(pair):
    return dict(zip(("true", "false"), pair, strict=True))
