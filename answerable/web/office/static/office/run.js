// A change of many requests goes on by itself while its page is open. The page works without this file.
// Own work, Apache-2.0.
(() => {
  "use strict";
  const form = document.querySelector("form[data-run]");
  if (!form) return;
  const note = form.querySelector("[data-run-note]");
  note.textContent = note.dataset.runWords;
  setTimeout(() => form.submit(), 150);
})();
