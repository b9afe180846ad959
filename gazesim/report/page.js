"use strict";
// Sorting of tables, paging through trials (#trial=3 in the address is the state), choice of observers.
document.documentElement.classList.add("js");

const exact = (cell) => cell.title || cell.textContent;

function compare(a, b, numeric) {
  if (!a || !b) return Number(!a) - Number(!b); // empty cells go last
  return numeric ? Number(a.replace("−", "-")) - Number(b.replace("−", "-")) : a.localeCompare(b, "en", { numeric: true });
}

function sortBy(header) {
  const table = header.closest("table");
  const column = header.cellIndex;
  const numeric = header.classList.contains("number");
  const descending = header.getAttribute("aria-sort") === "ascending";
  const sign = (a, b) => (descending && a && b ? -1 : 1);
  for (const other of table.querySelectorAll("th")) other.removeAttribute("aria-sort");
  header.setAttribute("aria-sort", descending ? "descending" : "ascending");
  const rows = [...table.tBodies[0].rows].map((row) => [exact(row.cells[column]), row]);
  rows.sort(([a], [b]) => sign(a, b) * compare(a, b, numeric));
  table.tBodies[0].append(...rows.map(([, row]) => row));
}

for (const header of document.querySelectorAll("th")) {
  header.querySelector("button").addEventListener("click", () => sortBy(header));
}

const trials = [...document.querySelectorAll(".trial")];
const previous = document.getElementById("previous");
const next = document.getElementById("next");

function current() {
  const number = Number(location.hash.match(/^#trial=(\d+)$/)?.[1] ?? 1);
  return Math.min(Math.max(number, 1), trials.length);
}

function show() {
  trials.forEach((trial, index) => trial.classList.toggle("current", index + 1 === current()));
  document.getElementById("position").textContent = `${current()} of ${trials.length}`;
  previous.disabled = current() === 1;
  next.disabled = current() === trials.length;
}

function go(step) {
  const number = current() + step;
  if (number >= 1 && number <= trials.length) location.replace(`#trial=${number}`);
}

if (trials.length) {
  previous.addEventListener("click", () => go(-1));
  next.addEventListener("click", () => go(1));
  addEventListener("hashchange", show);
  addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const elsewhere = event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || event.target.closest(".scroll");
    if (step && !elsewhere) go(step);
  });
  show();
}

for (const box of document.querySelectorAll("input[data-observer]")) {
  box.addEventListener("change", () => {
    for (const part of document.querySelectorAll(`[data-observer="${box.dataset.observer}"]`)) {
      part.classList.toggle("off", !box.checked);
      if (part.type === "checkbox") part.checked = box.checked;
    }
  });
}
