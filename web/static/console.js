// What a keyboard may do in lists: j/k or arrows between rows, Enter opens, / goes to the search. Nothing here is needed
// to use a page.
"use strict";

function rowLinks() {
  return [...document.querySelectorAll("table.list tbody tr a[href]:first-of-type")];
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const typing = event.target.closest("input, select, textarea, [contenteditable]");
  if (typing) return;
  if (event.key === "/") {
    const search = document.querySelector("input[type=search]");
    if (search) {
      event.preventDefault();
      search.focus();
    }
    return;
  }
  if (event.key !== "j" && event.key !== "k") return;
  const links = rowLinks();
  if (links.length === 0) return;
  const at = links.indexOf(document.activeElement);
  const next = event.key === "j" ? Math.min(at + 1, links.length - 1) : Math.max(at - 1, 0);
  event.preventDefault();
  links[next].focus();
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
