// The worklist asks again by itself while somebody is at it: not on a page behind another, nor on one left open, so that
// a session that nobody uses ends when it should. What is focused and ticked stays so. Nothing here is needed.
"use strict";

const ASKS_EVERY = 20_000;
const AT_IT_FOR = 10 * 60_000;
let touchedAt = Date.now();

for (const sign of ["keydown", "pointerdown", "scroll"]) {
  document.addEventListener(sign, () => (touchedAt = Date.now()), { passive: true });
}

function askAgain() {
  const work = document.getElementById("work");
  const isHere = document.visibilityState === "visible" && Date.now() - touchedAt < AT_IT_FOR;
  if (work && isHere) htmx.trigger(work, "again");
}

setInterval(askAgain, ASKS_EVERY);
document.addEventListener("visibilitychange", askAgain);

let kept = { focus: null, ticked: [] };

document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target.id !== "work") return;
  const ticked = [...document.querySelectorAll("#work input[name=pick]:checked")];
  kept = { focus: document.activeElement?.id, ticked: ticked.map((box) => box.id) };
});

document.addEventListener("htmx:afterSwap", () => {
  for (const id of kept.ticked) {
    const box = document.getElementById(id);
    if (box) box.checked = true;
  }
  const focused = kept.focus && document.getElementById(kept.focus);
  if (focused && focused !== document.activeElement) focused.focus({ preventScroll: true });
  kept = { focus: null, ticked: [] };
});
