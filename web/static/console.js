// What a keyboard may do in lists: j/k between rows, Enter opens (it is a link), x ticks, / goes to the search, n to the
// next thing that waits. Nothing here is needed to use a page.
"use strict";

function rows() {
  return [...document.querySelectorAll("table.list tbody tr")].filter(linkOf);
}

function linkOf(row) {
  return row.querySelector("a[data-open]") ?? row.querySelector("a[href]");
}

function step(by) {
  const all = rows();
  const at = all.indexOf(document.activeElement?.closest("tr"));
  const next = all[Math.max(0, Math.min(at + by, all.length - 1))];
  if (next) linkOf(next).focus();
}

const KEYS = {
  j: () => step(1),
  k: () => step(-1),
  x: () => document.activeElement?.closest("tr")?.querySelector("input[type=checkbox]")?.click(),
  n: () => document.querySelector("a[data-next]")?.click(),
  "/": () => document.querySelector("input[type=search]")?.focus(),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const at = event.target;
  const types = at.closest("select, textarea, [contenteditable], input:not([type=checkbox], [type=radio])");
  const does = types ? null : KEYS[event.key];
  if (!does) return;
  event.preventDefault();
  does();
});

// Drafts of forms stay on this machine for a day at most, and none after signing out (`sheet.js`).
const DRAFTS = "draft:";

function forget(isOver) {
  for (const key of Object.keys(localStorage).filter((each) => each.startsWith(DRAFTS))) {
    if (isOver(key)) localStorage.removeItem(key);
  }
}

forget((key) => {
  try {
    return Date.now() - JSON.parse(localStorage.getItem(key)).at > 24 * 3600 * 1000;
  } catch {
    return true;
  }
});
document.addEventListener("submit", (event) => {
  if (new URL(event.target.action).pathname === "/sign-out") forget(() => true);
});

// While somebody types, their session goes on: a village's forms take longer than a session that nobody uses may last.
const TELLS_EVERY = 5 * 60_000;
let toldAt = Date.now();

document.addEventListener("input", () => {
  if (Date.now() - toldAt < TELLS_EVERY || !document.querySelector("form[action='/sign-out']")) return;
  toldAt = Date.now();
  fetch("/alive").catch(() => {});
});

// On a narrow screen the menu goes on sideways: where one is stands in sight.
document.querySelector(".top nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
