// On a sheet of many fields Enter goes on to the next one, as on paper; the button at the end sends. Without this file
// Enter sends, and rows left empty are not sent with it.
"use strict";

document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
  const form = event.target.closest("form[data-enter-goes-on]");
  if (!form || !event.target.matches("input, select")) return;
  const fields = [...form.querySelectorAll("input:not([type=hidden]), select, button")];
  const next = fields[fields.indexOf(event.target) + (event.shiftKey ? -1 : 1)];
  if (!next) return;
  event.preventDefault();
  next.focus();
  if (next.select) next.select();
});
