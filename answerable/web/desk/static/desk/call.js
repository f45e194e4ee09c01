// The call form, faster: what the server says is drawn again while the operator types, and Enter goes to what is next.
// Without this file the button "Look up and update" does the same. Own work, Apache-2.0.
(() => {
  "use strict";
  const form = document.getElementById("call");
  if (!form || !window.fetch) return;
  const all = (selector, root = form) => [...root.querySelectorAll(selector)];
  const byId = (id) => document.getElementById(id);
  document.body.classList.add("has-script");
  all("[data-without-script]").forEach((part) => { part.hidden = true; });

  // --- looking: the same form, sent in the background --------------------------------------------------------------
  const drawn = new Map(all("[data-part]").map((part) => [part.id, part.innerHTML]));
  const ALWAYS = ["service", "service_code", "place", "place_kept", "referral"];
  let timer = 0, turn = 0, waiters = [], busy = false;

  // Several looks asked for in a row are one; everybody who waits goes on when the last of them is drawn.
  const look = (delay = 0) => {
    clearTimeout(timer);
    busy = true;
    const mine = ++turn;
    timer = setTimeout(async () => {
      try { await ask(mine); } catch { /* the server is away: the form still sends */ }
      if (mine !== turn) return;
      busy = false;
      const waited = waiters;
      waiters = [];
      waited.forEach((go) => go());
    }, delay);
    return settled();
  };
  const settled = () => (busy ? new Promise((go) => { waiters.push(go); }) : Promise.resolve());

  const ask = async (mine) => {
    const body = new FormData(form);
    body.set("action", "look");
    const sent = new Map(all("input,select,textarea").map((field) => [field.id, field.value]));
    const answer = await fetch(form.getAttribute("action"), { method: "POST", body, credentials: "same-origin", headers: { "X-Desk-Look": "1" } });
    if (!answer.ok || mine !== turn) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (mine !== turn || !page.getElementById("call")) return;
    fill(page, sent);
    page.querySelectorAll("[data-part]").forEach((fresh) => draw(fresh));
  };

  // A field is filled unless somebody typed in it meanwhile.
  const fill = (page, sent) => {
    const fields = [...new Set([...all("[data-fill]").map((field) => field.id), ...ALWAYS])];
    fields.forEach((id) => {
      const field = byId(id), fresh = page.getElementById(id);
      if (!field || !fresh || field.value !== sent.get(id)) return;
      if (!ALWAYS.includes(id) && (field.value || !fresh.value)) return;
      if (document.activeElement === field && ALWAYS.includes(id) && field.type !== "hidden") return;
      field.value = fresh.value;
    });
    ["language", "news_by"].forEach((id) => {
      const field = byId(id), fresh = page.getElementById(id);
      if (field && fresh && !field.dataset.touched) field.value = fresh.value;
    });
  };

  const draw = (fresh) => {
    const part = byId(fresh.id);
    if (!part || drawn.get(fresh.id) === fresh.innerHTML) return;
    if (fresh.dataset.partKey && fresh.dataset.partKey === part.dataset.partKey) return;
    drawn.set(fresh.id, fresh.innerHTML);
    part.dataset.partKey = fresh.dataset.partKey || "";
    const held = part.contains(document.activeElement) ? document.activeElement.id : "";
    const asked = new Set(all("[data-step] [name]", part).map((field) => field.name));
    part.replaceChildren(...[...fresh.childNodes].map((node) => document.importNode(node, true)));
    if (held && byId(held)) byId(held).focus();
    // A question that an answer brought up is asked next, also when the fingers were faster.
    const added = all("[data-step] [name]", part).find((field) => asked.size && !asked.has(field.name));
    const words = byId("words");
    if (added && (held || (document.activeElement === words && !words.value))) added.focus();
  };

  form.addEventListener("suggestion", (event) => {
    const place = byId("place");
    if (event.target.id === "service" && !place.value) place.focus();
    look().then(() => { if (document.activeElement === event.target) next(event.target); });
  });
  form.addEventListener("change", (event) => {
    if (["language", "news_by"].includes(event.target.id)) event.target.dataset.touched = "1";
    if (event.target.name === "place_choice") byId("place_kept").value = "";
    if (["email", "needs", "postal", "channel", "words", "news_by"].includes(event.target.id)) return;
    look(20);
  });
  byId("phone").addEventListener("input", (event) => {
    if (event.target.value.replace(/\D/g, "").length >= 10) look(150);
  });
  form.addEventListener("click", (event) => {
    const button = event.target.closest("[data-look]");
    if (!button) return;
    event.preventDefault();
    byId("service").value = "";
    byId("service_code").value = button.value;
    look().then(() => next(byId("service")));
  });

  // --- the keyboard --------------------------------------------------------------------------------------------------
  // The way through a call: telephone, service, place, choices of a place, questions, words.
  const stops = () => [byId("service"), byId("place"),
    ...all("[data-step]").map((step) => step.querySelector("input:checked") || step.querySelector("input,select,textarea"))].filter(Boolean);
  const done = (field) => (["radio", "checkbox"].includes(field.type)
    ? all(`[name="${CSS.escape(field.name)}"]`).some((each) => each.checked) : Boolean(field.value));

  const next = (from) => {
    const way = stops();
    const step = from.closest("[data-step]");
    const at = way.findIndex((field) => field === from || (step && field.closest("[data-step]") === step));
    const open = way.slice(at + 1).find((field) => !done(field) || field.id === "words");
    (open || byId("words")).focus();
  };

  form.addEventListener("keydown", (event) => {
    const field = event.target;
    if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey || event.isComposing) return;
    if (event.key === "Enter" && field.matches("input:not([type=submit]), select")) {
      event.preventDefault();
      const place = byId("place");
      if (field.id === "service" && !place.value) { place.focus(); look(); }
      else if (field.closest(".d-fields") && !byId("service").value) { byId("service").focus(); look(); }
      else look().then(() => next(field));
      return;
    }
    const keys = /^[1-9]$/.test(event.key) && field.matches("input[type=radio], input[type=checkbox]") && field.closest("[data-keys]");
    if (!keys) return;
    const option = all("input[type=radio], input[type=checkbox]", keys)[Number(event.key) - 1];
    if (!option) return;
    event.preventDefault();
    option.focus();
    option.click();
    if (option.type !== "radio") return;
    if (option.name === "place_choice") settled().then(() => next(byId("place"))); else next(option);
  });

  // --- the draft -----------------------------------------------------------------------------------------------------
  const told = form.querySelector("[data-kept-at]");
  form.addEventListener("input", () => {
    const time = new Intl.DateTimeFormat(document.documentElement.lang, { timeStyle: "medium" }).format(new Date());
    if (told) told.textContent = form.dataset.kept.replace("%(time)s", time);
  });
  form.querySelector("[data-start-over]")?.addEventListener("click", () => {
    try { sessionStorage.removeItem("draft:" + form.dataset.draft); } catch { /* nothing is kept, nothing to forget */ }
  });
  if (!document.querySelector(".a-errors")) {
    (byId("phone").value ? byId("service") : byId("phone")).focus({ preventScroll: true });
    if (byId("service").value || byId("phone").value) look();
  }
})();
