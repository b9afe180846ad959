"use strict";
// Labels of boxes by clicks. What was given is kept in `given`: "frame,box" -> label; proposals are not saved.
const facts = JSON.parse(document.getElementById("facts").textContent);
const names = [...facts.names];
const colours = { ...facts.colours };
const spare = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#F0E442", "#000000"];
const given = new Map();
let at = 0;
let chosen = names[0];
let saved = true;

const byId = (id) => document.getElementById(id);
const key = (frame, box) => `${frame.frame},${box.number}`;
const labelOf = (frame, box) => given.get(key(frame, box)) ?? "";

function svg(name, attributes, text) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [attribute, value] of Object.entries(attributes)) element.setAttribute(attribute, value);
  if (text !== undefined) element.textContent = text;
  return element;
}

function give(frame, box) {
  const now = labelOf(frame, box);
  if (now === chosen) given.delete(key(frame, box));
  else given.set(key(frame, box), chosen);
  saved = false;
  show();
  byId("frame").querySelector(`[data-number="${box.number}"]`)?.focus();
}

// Where the words of a box go: at its top left, further down where others stand already.
function placeWords(box, told, size, taken) {
  const place = { x: box.box[0], y: box.box[1], width: (0.55 * told.length + 0.6) * size, height: 1.35 * size };
  const meets = (other) =>
    place.x < other.x + other.width && other.x < place.x + place.width &&
    place.y < other.y + other.height && other.y < place.y + place.height;
  for (let tries = 0; tries < 6 && taken.some(meets); tries += 1) place.y += 1.4 * size;
  taken.push(place);
  return place;
}

function drawBox(frame, box, unit, taken) {
  const label = labelOf(frame, box);
  const word = label || box.label;
  const colour = word ? colours[word] : "#ffffff";
  const [x0, y0, x1, y1] = box.box;
  const place = { x: x0, y: y0, width: x1 - x0, height: y1 - y0 };
  const group = svg("g", { class: "box", tabindex: 0, role: "button", "data-number": box.number });
  group.setAttribute("aria-label", `box ${box.number}: ${label || (box.label ? `proposed ${box.label}` : "no label")}`);
  group.append(svg("rect", { ...place, fill: "transparent", stroke: "#fff", "stroke-width": 5 * unit }));
  const dash = label ? "none" : `${7 * unit} ${5 * unit}`;
  const dark = word ? colour : "#444444";
  group.append(svg("rect", { ...place, class: "line", fill: "none", stroke: dark, "stroke-width": 2.5 * unit, "stroke-dasharray": dash }));
  const told = word ? `${box.number} ${word}${label ? "" : "?"}` : `${box.number}`;
  const size = 15 * unit;
  const words = placeWords(box, told, size, taken);
  group.append(svg("rect", { ...words, fill: "#fff", opacity: 0.9 }));
  group.append(svg("text", { x: words.x + 0.3 * size, y: words.y + size, "font-size": size, "font-family": "sans-serif", fill: "#111" }, told));
  group.addEventListener("click", () => give(frame, box));
  group.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      give(frame, box);
    }
  });
  return group;
}

function showLabels() {
  const holder = byId("labels");
  holder.replaceChildren();
  names.forEach((name, index) => {
    const label = document.createElement("label");
    const radio = document.createElement("input");
    radio.type = "radio";
    radio.name = "label";
    radio.checked = name === chosen;
    radio.addEventListener("change", () => { chosen = name; });
    const swatch = document.createElement("span");
    swatch.className = "swatch";
    swatch.style.background = colours[name];
    label.append(radio, swatch, name);
    if (index < 9) {
      const hint = document.createElement("kbd");
      hint.textContent = index + 1;
      label.append(hint);
    }
    holder.append(label);
  });
}

function show() {
  const frame = facts.frames[at];
  const [width, height] = facts.size;
  const unit = width / 800;
  const picture = svg("image", { width, height, href: frame.picture });
  const taken = [];
  byId("frame").replaceChildren(picture, ...frame.boxes.map((box) => drawBox(frame, box, unit, taken)));
  byId("position").textContent = `frame ${frame.frame} (${at + 1} of ${facts.frames.length})`;
  byId("previous").disabled = at === 0;
  byId("next").disabled = at === facts.frames.length - 1;
  const total = facts.frames.reduce((sum, one) => sum + one.boxes.length, 0);
  byId("count").textContent = `${given.size} of ${total} boxes labelled${saved ? "" : ", not saved yet"}`;
  byId("accept").disabled = !frame.boxes.some((box) => box.label && !labelOf(frame, box));
  const rows = [...frame.boxes].sort((a, b) => a.number - b.number).map((box) => {
    const row = document.createElement("li");
    const label = labelOf(frame, box);
    row.textContent = `${box.number}: ${label || (box.label ? `${box.label}? (proposed)` : "–")}`;
    row.className = label ? "" : box.label ? "proposed" : "none";
    return row;
  });
  byId("boxes").replaceChildren(...rows);
}

function go(step) {
  at = Math.min(Math.max(at + step, 0), facts.frames.length - 1);
  show();
}

function quoted(text) {
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function table() {
  const lines = ["frame,box,label"];
  for (const frame of facts.frames) {
    for (const box of [...frame.boxes].sort((a, b) => a.number - b.number)) {
      const label = labelOf(frame, box);
      if (label) lines.push(`${key(frame, box)},${quoted(label)}`);
    }
  }
  return `${lines.join("\n")}\n`;
}

byId("save").addEventListener("click", () => {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([table()], { type: "text/csv" }));
  link.download = "labels.csv";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  saved = true;
  show();
});

byId("accept").addEventListener("click", () => {
  const frame = facts.frames[at];
  for (const box of frame.boxes) if (box.label && !labelOf(frame, box)) given.set(key(frame, box), box.label);
  saved = false;
  show();
});

byId("add").addEventListener("submit", (event) => {
  event.preventDefault();
  const name = byId("name").value.trim();
  if (!name) return;
  if (!names.includes(name)) {
    names.splice(names.length - 1, 0, name);
    colours[name] = spare[(names.length - 2) % spare.length];
  }
  chosen = name;
  byId("name").value = "";
  showLabels();
});

byId("previous").addEventListener("click", () => go(-1));
byId("next").addEventListener("click", () => go(1));
addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey || event.target.type === "text") return;
  const number = Number(event.key);
  if (number >= 1 && number <= Math.min(9, names.length)) {
    chosen = names[number - 1];
    showLabels();
  } else if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
    event.preventDefault();
    go(event.key === "ArrowLeft" ? -1 : 1);
  }
});
addEventListener("beforeunload", (event) => {
  if (!saved) event.preventDefault();
});
showLabels();
show();
