// The assessment sheet's draft: kept on this machine while the network is away, and no longer than it is needed.
// It holds what was ticked and dated, never names, places or what else is words (data-private). Rules are the server's.
"use strict";

const DRAFT = "draft:";
const A_DAY = 24 * 3600 * 1000;
const NOT_KEPT = new Set(["form_token", "key"]);

function draftsOf(path) {
  return Object.keys(localStorage).filter((key) => key.startsWith(`${DRAFT}${path}#`));
}

// Wherever the sheet is not to be written any more, its drafts go.
for (const over of document.querySelectorAll("[data-draft-over]")) {
  for (const key of draftsOf(over.dataset.draftOver)) localStorage.removeItem(key);
}

const sheet = document.getElementById("sheet");

function name(form) {
  return `${DRAFT}${new URL(form.action).pathname}#${form.dataset.draft}`;
}

function isKept(field) {
  return field.name && !NOT_KEPT.has(field.name) && !("private" in field.dataset) && field.type !== "submit";
}

function tell(words) {
  document.getElementById("draft").textContent = words; // beside the points, so always in sight
}

function hour(at) {
  return new Date(at).toTimeString().slice(0, 5);
}

function keep(form) {
  const fields = [...form.elements].filter(isKept).filter((field) => field.type !== "radio" || field.checked);
  const at = Date.now();
  localStorage.setItem(name(form), JSON.stringify({ at, fields: fields.map((field) => [field.name, field.value]) }));
  tell(`${form.dataset.kept} ${hour(at)}`);
}

function restore(form) {
  const held = JSON.parse(localStorage.getItem(name(form)) || "null");
  if (!held || Date.now() - held.at > A_DAY) return;
  const seen = new Map();
  for (const [field, value] of held.fields) {
    const those = [...form.elements].filter((one) => one.name === field && isKept(one));
    const radio = those.find((one) => one.type === "radio" && one.value === value);
    if (radio) radio.checked = true;
    else {
      const nth = seen.get(field) || 0;
      seen.set(field, nth + 1);
      if (those[nth]) those[nth].value = value;
    }
  }
  tell(`${form.dataset.back} ${hour(held.at)}`);
  setTimeout(() => form.dispatchEvent(new Event("change", { bubbles: true }))); // htmx begins in a timeout too, before it
}

async function send(form) {
  const button = form.querySelector("#hand-in");
  button.disabled = true;
  tell(form.dataset.sending);
  try {
    const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
    const to = new URL(answer.url);
    if (to.pathname.startsWith("/sign-in")) {
      tell(form.dataset.out);
    } else if (answer.redirected) {
      localStorage.removeItem(name(form));
      tell(form.dataset.sent);
      location.assign(answer.url);
    } else {
      show(await answer.text());
    }
  } catch {
    tell(form.dataset.lost);
  } finally {
    button.disabled = false;
  }
}

// The page as the server answered it, with what is wrong beside each field.
function show(html) {
  const made = new DOMParser().parseFromString(html, "text/html");
  document.getElementById("main").replaceWith(made.getElementById("main"));
  const again = document.getElementById("sheet");
  if (again) {
    begin(again);
    htmx.process(document.getElementById("main"));
  }
  const said = document.querySelector("[role=alert]");
  if (said) {
    said.tabIndex = -1;
    said.focus();
  }
}

function begin(form) {
  if ("fresh" in form.dataset) restore(form);
  for (const kind of ["input", "change"]) {
    form.addEventListener(kind, (event) => {
      if (event.target !== form) keep(form);
    });
  }
  form.addEventListener("submit", (event) => {
    if (event.submitter && event.submitter.hasAttribute("formaction")) return;
    event.preventDefault();
    send(form);
  });
  document.getElementById("score").addEventListener("htmx:error", () => {
    document.querySelector("#score .big").textContent = form.dataset.stale;
  });
}

if (sheet) begin(sheet);
