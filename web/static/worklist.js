// The worklist asks again by itself while somebody is at it: not on a page behind another, nor on one left open, so that
// a session that nobody uses ends when it should. What comes is morphed into the list row by row, by their ids, so what
// is focused and ticked stays so. Nothing here is needed to use the page.
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
