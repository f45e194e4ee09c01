// An open page hears of changes and fetches what it shows again. Every page works without this file.
//
//   <body data-live="TICKET">                       opens /live/ with the ticket
//   <div id="…" data-live-refresh="URL">            is fetched again when something changes (URL may be the page itself)
//        data-live-subject="request:17"             … only when this changes (several, separated by spaces)
//        data-live-message="The list was updated."  … and then this is said aloud, once it has really changed
//   document: CustomEvent "live:changed" (detail: what the frame says), "live:reload", "live:state" (detail: a word)
//
// Own work, Apache-2.0.
(() => {
  "use strict";
  const root = document.querySelector("[data-live]");
  if (!root || !window.EventSource || !window.fetch) return;

  const HIDDEN_FOR_MS = 20000; // a page nobody looks at lets its stream go
  let source = null, lastId = "", failures = 0, retryTimer = 0, hideTimer = 0;

  const between = (low, high) => low + Math.random() * (high - low);
  const tell = (name, detail) => document.dispatchEvent(new CustomEvent("live:" + name, { detail }));
  const targets = () => [...document.querySelectorAll("[data-live-refresh]")];
  const listensTo = (target, subject) =>
    !target.dataset.liveSubject || target.dataset.liveSubject.split(" ").includes(subject);

  // --- the stream ---------------------------------------------------------------------------------------------------

  const heard = (event) => { if (event.lastEventId) lastId = event.lastEventId; };

  const open = () => {
    if (source || document.hidden) return;
    clearTimeout(retryTimer);
    const after = lastId ? "&after=" + encodeURIComponent(lastId) : "";
    source = new EventSource("/live/?ticket=" + encodeURIComponent(root.dataset.live) + after);
    source.addEventListener("ready", (event) => { heard(event); failures = 0; tell("state", "open"); });
    source.addEventListener("changed", (event) => {
      heard(event);
      const said = JSON.parse(event.data);
      tell("changed", said);
      targets().filter((target) => listensTo(target, said.subject)).forEach(refreshSoon);
    });
    source.addEventListener("reload", (event) => {
      heard(event);
      tell("reload");
      targets().forEach(refreshSoon);
    });
    source.addEventListener("expired", () => { close(); comeBack(); });
    source.addEventListener("error", () => {
      tell("state", "waiting");
      if (source && source.readyState === EventSource.CLOSED) { close(); comeBack(); }
    });
  };

  const close = () => {
    if (source) source.close();
    source = null;
  };

  // Refused: the server is full or the ticket is too old. Wait, then ask for a fresh ticket, then try again.
  const comeBack = () => {
    failures += 1;
    clearTimeout(retryTimer);
    retryTimer = setTimeout(async () => {
      if (document.hidden) return;
      if (!await renewTicket()) { comeBack(); return; }
      open();
    }, between(0.5, 1) * Math.min(2 ** failures, 60) * 1000);
  };

  const renewTicket = async () => {
    try {
      const page = await fetched(location.href);
      const fresh = page && page.querySelector("[data-live]");
      if (fresh) root.dataset.live = fresh.dataset.live;
      return Boolean(fresh);
    } catch { return false; }
  };

  document.addEventListener("visibilitychange", () => {
    clearTimeout(hideTimer);
    if (document.hidden) hideTimer = setTimeout(close, HIDDEN_FOR_MS); else open();
  });
  window.addEventListener("pagehide", close);
  window.addEventListener("pageshow", (event) => { if (event.persisted) targets().forEach(refreshSoon); open(); });

  // --- fetching again -----------------------------------------------------------------------------------------------

  const state = new WeakMap(); // target -> {timer, busy, again, seen}

  const refreshSoon = (target) => {
    const its = state.get(target) || state.set(target, { timer: 0, busy: false, again: false, seen: null }).get(target);
    if (its.busy) { its.again = true; return; }
    if (its.timer) return;
    its.timer = setTimeout(async () => {
      its.timer = 0;
      its.busy = true;
      try { await refresh(target, its); } catch { tell("state", "waiting"); }
      its.busy = false;
      if (its.again) { its.again = false; refreshSoon(target); }
    }, between(20, 120)); // a thousand open pages do not ask in the same instant
  };

  const fetched = async (url) => {
    const answer = await fetch(url, { credentials: "same-origin", headers: { Accept: "text/html", "X-Live-Refresh": "1" } });
    if (!answer.ok) return null;
    return new DOMParser().parseFromString(await answer.text(), "text/html");
  };

  // Hidden fields (tokens, keys) differ at each rendering and change nothing for a reader.
  const print = (element) => element.innerHTML.replace(/<input[^>]*type="hidden"[^>]*>/g, "").trim();
  const words = (element) => element.textContent.replace(/\s+/g, " ").trim();

  const refresh = async (target, its) => {
    const page = await fetched(target.dataset.liveRefresh || location.href);
    if (!page) return;
    const fresh = (target.id && page.getElementById(target.id)) || page.querySelector("[data-live-refresh]") || page.body;
    const now = print(fresh);
    if (!target.isConnected || now === its.seen) return;
    if (isTyping(target)) { target.addEventListener("focusout", () => refreshSoon(target), { once: true }); return; }
    const same = its.seen === null && words(fresh) === words(target);
    its.seen = now;
    if (same) return;
    replace(target, fresh);
    tell("refreshed", target);
    announce(fresh.dataset.liveMessage || target.dataset.liveMessage);
  };

  const isTyping = (target) => {
    const active = document.activeElement;
    return active && active !== target && target.contains(active)
      && (active.matches("textarea, select, input:not([type=submit]):not([type=button])") || active.isContentEditable);
  };

  // The new content takes the place of the old; who was on something stays on it, what was open stays open.
  const replace = (target, fresh) => {
    const active = document.activeElement;
    const path = active && active !== target && target.contains(active) ? wayTo(active, target) : null;
    const ticked = new Set([...target.querySelectorAll("input:checked")].map((box) => box.name + "=" + box.value));
    const opened = new Set([...target.querySelectorAll("details[open][id]")].map((box) => box.id));
    target.replaceChildren(...[...fresh.childNodes].map((node) => document.importNode(node, true)));
    target.querySelectorAll("input[type=checkbox]").forEach((box) => {
      if (ticked.has(box.name + "=" + box.value)) box.checked = true;
    });
    opened.forEach((id) => { const box = document.getElementById(id); if (box) box.open = true; });
    const again = path && find(path, target);
    if (again) again.focus({ preventScroll: true });
  };

  const wayTo = (element, target) => {
    if (element.id) return { id: element.id };
    const steps = [];
    for (let at = element; at !== target; at = at.parentElement) steps.unshift([...at.parentElement.children].indexOf(at));
    return { steps, href: element.getAttribute("href"), name: element.tagName };
  };

  const find = (path, target) => {
    if (path.id) return document.getElementById(path.id);
    if (path.href) {
      const same = [...target.querySelectorAll("a[href]")].find((link) => link.getAttribute("href") === path.href);
      if (same) return same;
    }
    const there = path.steps.reduce((at, index) => at && at.children[index], target);
    return there && there.tagName === path.name ? there : null;
  };

  const announce = (message) => {
    if (!message) return;
    let status = document.querySelector("[data-live-status]");
    if (!status) {
      status = document.createElement("p");
      status.className = "a-hidden";
      status.dataset.liveStatus = "";
      status.setAttribute("role", "status");
      status.setAttribute("aria-live", "polite");
      document.body.append(status);
    }
    status.textContent = "";
    setTimeout(() => { status.textContent = message; }, 100);
  };

  open();
})();
