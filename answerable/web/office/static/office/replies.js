// Ready-made words are put where they can be changed before they are sent. Without this file the server puts them in.
// Own work, Apache-2.0.
(() => {
  "use strict";
  const texts = document.getElementById("reply-texts");
  if (!texts) return;
  document.querySelectorAll("select[name=reply]").forEach((choice) => {
    const area = choice.form.querySelector("textarea[name=note]");
    if (!area) return;
    let put = "";
    choice.addEventListener("change", () => {
      if (area.value.trim() && area.value !== put) return;
      const found = texts.querySelector(`template[data-reply="${CSS.escape(choice.value)}"]`);
      put = area.value = found ? found.content.textContent : "";
      area.dispatchEvent(new Event("input", { bubbles: true }));
      if (choice.form.elements.audience && put) choice.form.elements.audience.value = "public";
    });
  });
})();
