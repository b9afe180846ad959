"use strict";
// The experiment that plan.js describes, on jsPsych. All words that people read are in WORDS.

const KEY = (name) => `<kbd>${name === " " ? "space" : name.toUpperCase()}</kbd>`;
const WORDS = {
  unfinished: (name, rows) => `save ${name}, ${rows} trials`,
  fullscreen: "<p>The experiment fills the screen.</p>",
  small: "<p><b>The display does not fit on the screen at this distance.</b> Please move closer.</p>",
  again: `<p>Press ${KEY(" ")} to go on.</p>`,
  search: "<p>Is what you search for in the display? Answer as fast as you can without making errors.</p>",
  keys: `<p>${KEY(PLAN.keys.present)} it is there<br>${KEY(PLAN.keys.absent)} it is not there</p>
    <p>Before each display there is a cross in the middle: look at it.</p>`,
  cued: "<p>What you search for is shown before each display.</p>",
  shared: "<p>You search for this:</p>",
  practice: "<p>First, some trials for practice.</p>",
  begin: "<p>Practice is over. Now the experiment begins.</p>",
  ready: `<p>Keep a finger of each hand on ${KEY(PLAN.keys.present)} and ${KEY(PLAN.keys.absent)}.
    Press ${KEY(" ")} to start.</p>`,
  pause: (done, all) => `<p>${done} of ${all} trials are done. Take a break.</p><p>Press ${KEY(" ")} to go on.</p>`,
  right: "correct",
  wrong: "wrong",
  end: (name) => `<p>Thank you.</p><p>The answers are in the file ${name} in the folder for downloads.</p>`,
};

// The same order as gazesim.experiment.order.participant_order: FNV-1a, Mulberry32, Fisher and Yates.
function participantOrder(n, seed, participant) {
  let state = 2166136261;
  for (const byte of new TextEncoder().encode(`${seed}:${participant}`)) state = Math.imul(state ^ byte, 16777619) >>> 0;
  const draw = (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4294967296) * below);
  };
  const order = [...Array(n).keys()];
  for (let last = n - 1; last > 0; last--) {
    const other = draw(last + 1);
    [order[last], order[other]] = [order[other], order[last]];
  }
  return order;
}

const escaped = (text) => String(text).replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
const px = (degrees) => Math.round(degrees * session.screen);
const picture = (part) => `<img src="${escaped(part.image)}" width="${px(part.width_deg)}" height="${px(part.height_deg)}" alt="">`;
const target = (cue) => (cue.image ? picture(cue) : "") + (cue.text ? `<p><b>${escaped(cue.text)}</b></p>` : "");
const inPlace = (trial, html) => `<div class="display" style="width: ${px(trial.width_deg)}px; height: ${px(trial.height_deg)}px">${html}</div>`;

const BACKUP = `gazesim:${PLAN.set_sha256}`;
const session = { participant: null, began: null, screen: null, rows: 0, longestFrame: 0, frame: null };
let jsPsych;

const fileName = () => `${session.participant}_${session.began.replace(/[:.]/g, "-")}.csv`;
const answers = () => jsPsych.data.get().filter({ answer: true }).filterColumns(PLAN.columns);

// What a page keeps until the session has ended; a browser may forbid it.
function keep(entry) {
  try {
    if (entry) localStorage.setItem(BACKUP, JSON.stringify(entry));
    else localStorage.removeItem(BACKUP);
  } catch (error) {}
}

function kept() {
  try {
    return JSON.parse(localStorage.getItem(BACKUP));
  } catch (error) {
    return null;
  }
}

// How long the longest picture stood while a display was shown.
function watchFrames() {
  let last = null;
  session.longestFrame = 0;
  const step = (now) => {
    if (last !== null) session.longestFrame = Math.max(session.longestFrame, now - last);
    last = now;
    session.frame = requestAnimationFrame(step);
  };
  session.frame = requestAnimationFrame(step);
}

const fits = () =>
  PLAN.width_deg * session.screen <= window.innerWidth && PLAN.height_deg * session.screen <= window.innerHeight;

const words = (html, keys = [" "]) => ({
  type: jsPsychHtmlKeyboardResponse,
  stimulus: `<div class="text">${html}</div>`,
  choices: keys,
});

function steps(trial, index, practice) {
  const shown = { type: jsPsychHtmlKeyboardResponse, choices: "NO_KEYS" };
  const key = PLAN.keys[trial.present ? "present" : "absent"];
  let onset, clock;
  const timeline = [];
  if (trial.cue) timeline.push({ ...shown, stimulus: () => inPlace(trial, target(trial.cue)), trial_duration: PLAN.cue_ms });
  timeline.push({
    ...shown,
    stimulus: () => inPlace(trial, '<div class="cross"></div>'),
    trial_duration: PLAN.fixation_ms,
  });
  timeline.push({
    type: jsPsychImageKeyboardResponse,
    stimulus: trial.image,
    stimulus_width: () => px(trial.width_deg),
    stimulus_height: () => px(trial.height_deg),
    maintain_aspect_ratio: false,
    choices: [PLAN.keys.present, PLAN.keys.absent],
    on_load: () => {
      onset = performance.now();
      clock = new Date().toISOString();
      watchFrames();
    },
    on_finish: (data) => {
      cancelAnimationFrame(session.frame);
      const said = jsPsych.pluginAPI.compareKeys(data.response, PLAN.keys.present) ? "present" : "absent";
      const correct = jsPsych.pluginAPI.compareKeys(data.response, key);
      Object.assign(data, {
        answer: true, set_sha256: PLAN.set_sha256, program: "jspsych", observer: session.participant, session: session.began,
        practice, index, trial: trial.trial, condition: trial.condition ?? "", set_size: trial.set_size ?? "",
        present: trial.present, response: said, correct, rt_ms: data.rt, elapsed_ms: onset, clock,
        longest_frame_ms: session.longestFrame, screen_px_per_degree: session.screen,
      });
      session.rows += 1;
      keep({ name: fileName(), rows: session.rows, csv: answers().csv() });
    },
  });
  if (PLAN.feedback === "all" || (PLAN.feedback === "practice" && practice)) {
    timeline.push({
      ...shown,
      stimulus: () => inPlace(trial, jsPsych.data.get().filter({ answer: true }).last(1).values()[0].correct ? WORDS.right : WORDS.wrong),
      trial_duration: PLAN.feedback_ms,
    });
  }
  return timeline;
}

function trials() {
  const order = participantOrder(PLAN.trials.length, PLAN.seed, session.participant);
  return order.flatMap((number, index) => [
    ...(index && index % PLAN.break_every === 0 ? [words(WORDS.pause(index, order.length))] : []),
    ...steps(PLAN.trials[number], index, false),
  ]);
}

// The size of the screen in degrees: told, or measured with a bank card and the blind spot.
function calibration() {
  const tooSmall = { timeline: [words(WORDS.small + WORDS.again)], conditional_function: () => !fits() };
  if (PLAN.screen_cm) {
    session.screen = (screen.width / PLAN.screen_cm) * 2 * PLAN.distance_cm * Math.tan(Math.PI / 360);
    return tooSmall;
  }
  const chinrest = {
    type: jsPsychVirtualChinrest,
    on_finish: (data) => {
      session.screen = data.px2deg;
    },
  };
  return { timeline: [chinrest, tooSmall], loop_function: () => !fits() };
}

function experiment() {
  const pictures = [...PLAN.trials, ...PLAN.practice].flatMap((t) => [t.image, t.cue && t.cue.image]).filter(Boolean);
  const practice = PLAN.practice.flatMap((trial, index) => steps(trial, index, true));
  const cue = () => (PLAN.cue ? WORDS.shared + target(PLAN.cue) : WORDS.cued);
  return [
    { type: jsPsychPreload, images: [...new Set(pictures)], show_detailed_errors: true, continue_after_error: false },
    { type: jsPsychFullscreen, fullscreen_mode: true, message: WORDS.fullscreen },
    calibration(),
    {
      type: jsPsychInstructions,
      pages: () => [`<div class="text">${cue()}${WORDS.search}${WORDS.keys}</div>`],
      show_clickable_nav: true,
    },
    words((practice.length ? WORDS.practice : "") + WORDS.ready),
    ...practice,
    ...(practice.length ? [words(WORDS.begin + WORDS.ready)] : []),
    ...trials(),
    { type: jsPsychFullscreen, fullscreen_mode: false },
  ];
}

function begin(participant) {
  document.getElementById("begin").remove();
  session.participant = participant;
  session.began = new Date().toISOString();
  jsPsych = initJsPsych({
    override_safe_mode: true, // which is about sound and video
    on_finish: () => {
      const name = fileName();
      answers().localSave("csv", name);
      keep(null);
      document.getElementById("jspsych-content").innerHTML = `<div class="text" id="finished">${WORDS.end(name)}</div>`;
    },
  });
  jsPsych.run(experiment());
}

function welcome() {
  document.body.style.background = `rgb(${PLAN.background})`;
  document.body.style.color = PLAN.background.reduce((sum, part) => sum + part) > 382 ? "#000" : "#fff";
  const before = kept();
  if (before) {
    const link = document.querySelector("#unfinished a");
    link.textContent = WORDS.unfinished(before.name, before.rows);
    link.download = before.name;
    link.href = URL.createObjectURL(new Blob([before.csv], { type: "text/csv" }));
    document.getElementById("unfinished").hidden = false;
  }
  document.getElementById("begin").addEventListener("submit", (event) => {
    event.preventDefault();
    begin(document.getElementById("participant").value);
  });
}

welcome();
