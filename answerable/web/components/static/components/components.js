// Progressive enhancement only: every page works without this file. Own work, Apache-2.0.
(() => {
  "use strict";
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const say = (template, n) => template.replace("%(n)s", new Intl.NumberFormat(document.documentElement.lang).format(n));

  // Errors are read first.
  const summary = document.querySelector("[data-focus]");
  if (summary) summary.focus();
  all(".a-errors a").forEach((link) => link.addEventListener("click", (event) => {
    const field = document.getElementById(link.hash.slice(1));
    if (!field) return;
    event.preventDefault();
    field.focus();
    (field.closest(".a-field") || field).scrollIntoView({ block: "start" });
  }));

  // Counts what is left of a long answer; said aloud only when the writer pauses.
  all("[data-count]").forEach((area) => {
    const left = document.getElementById(area.id + "-left");
    if (!left) return;
    const quiet = left.cloneNode(false);
    quiet.removeAttribute("id");
    quiet.setAttribute("aria-hidden", "true");
    left.classList.add("a-hidden");
    left.after(quiet);
    let pause;
    const count = () => {
      const n = Number(area.dataset.count) - [...area.value].length;
      quiet.textContent = n < 0 ? say(area.dataset.countOver, -n) : say(area.dataset.countLeft, n);
      quiet.classList.toggle("is-over", n < 0);
      clearTimeout(pause);
      pause = setTimeout(() => { left.setAttribute("aria-live", "polite"); left.textContent = quiet.textContent; }, 900);
    };
    area.addEventListener("input", count);
    count();
  });

  // Questions that depend on another answer: shown when they apply, not sent when they do not.
  const questions = all("[data-shown-when]");
  const refresh = () => questions.forEach((box) => {
    const [name, values] = box.dataset.shownWhen.split("=");
    const wanted = values.split("|");
    const shown = all(`[name="${CSS.escape(name)}"]`).some((field) =>
      (["radio", "checkbox"].includes(field.type) ? field.checked : true) && !field.disabled && wanted.includes(field.value));
    box.hidden = !shown;
    all("input,select,textarea", box).forEach((field) => { field.disabled = !shown; });
  });
  if (questions.length) { document.addEventListener("change", refresh); refresh(); }

  // A form is sent once; a second press within five seconds is held back.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post") return;
    const now = Date.now();
    if (now - Number(form.dataset.sentAt || 0) < 5000) { event.preventDefault(); return; }
    form.dataset.sentAt = now;
  });
  window.addEventListener("pageshow", () => all("form[data-sent-at]").forEach((form) => delete form.dataset.sentAt));

  // A draft stays on this device, for this tab, until the form is sent.
  all("form[data-draft]").forEach((form) => {
    const key = "draft:" + form.dataset.draft;
    const fields = () => [...form.elements].filter((f) => f.name && !["hidden", "password", "file", "submit", "button"].includes(f.type));
    let store;
    try { store = window.sessionStorage; } catch { return; }
    const empty = fields().every((f) => (["radio", "checkbox"].includes(f.type) ? !f.checked : f.tagName === "SELECT" || !f.value));
    const kept = JSON.parse(store.getItem(key) || "null");
    if (kept && empty && !document.querySelector(".a-errors")) {
      fields().forEach((f) => {
        const values = kept[f.name];
        if (!values) return;
        if (["radio", "checkbox"].includes(f.type)) f.checked = values.includes(f.value); else f.value = values[0];
        f.dispatchEvent(new Event("input", { bubbles: true }));
      });
      if (questions.length) refresh();
    }
    form.addEventListener("input", () => {
      const values = {};
      fields().forEach((f) => {
        if (["radio", "checkbox"].includes(f.type) && !f.checked) return;
        (values[f.name] ||= []).push(f.value);
      });
      store.setItem(key, JSON.stringify(values));
    });
    form.addEventListener("submit", () => store.removeItem(key));
  });

  // Suggestions while typing. The address answers JSON: {"items": [{"label", "note"?, "value"?, "href"?}]}.
  all("[data-suggest]").forEach((input) => {
    const holder = input.closest(".a-combo");
    const list = document.createElement("ul");
    const status = document.createElement("div");
    list.id = input.id + "-suggestions";
    list.className = "a-suggest";
    list.setAttribute("role", "listbox");
    const label = document.querySelector(`label[for="${input.id}"]`);
    list.setAttribute("aria-label", label ? label.textContent.trim() : "");
    list.hidden = true;
    status.className = "a-hidden";
    status.setAttribute("role", "status");
    (input.closest(".a-search") || input).after(list);
    holder.append(status);
    Object.entries({ role: "combobox", "aria-expanded": "false", "aria-controls": list.id, "aria-autocomplete": "list", autocomplete: "off" })
      .forEach(([name, value]) => input.setAttribute(name, value));
    let at = -1, items = [], wait, asked = 0;
    const close = () => { list.hidden = true; at = -1; input.setAttribute("aria-expanded", "false"); input.removeAttribute("aria-activedescendant"); };
    const mark = (next) => {
      at = next;
      [...list.children].forEach((row, i) => row.setAttribute("aria-selected", String(i === at)));
      if (at < 0) { input.removeAttribute("aria-activedescendant"); return; }
      input.setAttribute("aria-activedescendant", list.children[at].id);
      list.children[at].scrollIntoView({ block: "nearest" });
    };
    const choose = (item) => {
      input.value = item.label;
      close();
      if (item.href) { window.location.assign(item.href); return; }
      const fill = input.dataset.suggestFill && document.getElementById(input.dataset.suggestFill);
      if (fill) fill.value = item.value ?? item.label;
      input.dispatchEvent(new CustomEvent("suggestion", { bubbles: true, detail: item }));
    };
    const draw = () => {
      list.replaceChildren(...items.map((item, i) => {
        const row = document.createElement("li");
        row.id = `${list.id}-${i}`;
        row.setAttribute("role", "option");
        row.setAttribute("aria-selected", "false");
        const words = document.createElement("span");
        words.textContent = item.label;
        row.append(words);
        if (item.note) { const note = document.createElement("small"); note.textContent = item.note; row.append(note); }
        row.addEventListener("mousedown", (event) => { event.preventDefault(); choose(item); });
        return row;
      }));
      at = -1;
      list.hidden = !items.length;
      input.setAttribute("aria-expanded", String(items.length > 0));
      status.textContent = items.length ? String(items.length) : input.dataset.suggestNone || "";
    };
    const ask = async () => {
      const words = input.value.trim();
      if (words.length < 2) { items = []; draw(); return; }
      const turn = ++asked;
      const address = new URL(input.dataset.suggest, window.location.href);
      address.searchParams.set("q", words);
      try {
        const answer = await fetch(address, { headers: { Accept: "application/json" } });
        if (turn !== asked || !answer.ok) return;
        items = (await answer.json()).items || [];
        if (document.activeElement === input) draw();
      } catch { close(); }
    };
    input.addEventListener("input", () => {
      const fill = input.dataset.suggestFill && document.getElementById(input.dataset.suggestFill);
      if (fill) fill.value = "";
      clearTimeout(wait);
      wait = setTimeout(ask, 150);
    });
    input.addEventListener("blur", close);
    input.addEventListener("keydown", (event) => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step && !list.hidden && items.length) {
        event.preventDefault();
        mark(at < 0 && step < 0 ? items.length - 1 : (at + step + items.length) % items.length);
      } else if (event.key === "Enter" && at >= 0) { event.preventDefault(); choose(items[at]); }
      else if (event.key === "Escape" && !list.hidden) { event.preventDefault(); event.stopPropagation(); close(); }
    });
  });

  // A menu of the header closes like one: by Escape, by leaving it, by a click elsewhere.
  all(".a-menu").forEach((menu) => {
    menu.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !menu.open) return;
      menu.open = false;
      menu.querySelector("summary").focus();
    });
    menu.addEventListener("focusout", (event) => { if (event.relatedTarget && !menu.contains(event.relatedTarget)) menu.open = false; });
    document.addEventListener("click", (event) => { if (!menu.contains(event.target)) menu.open = false; });
  });

  // Shortcuts are what a control says of itself in aria-keyshortcuts: function keys, or with Alt or Control.
  const shortcuts = new Map();
  all("[aria-keyshortcuts]").forEach((control) => shortcuts.set(control.getAttribute("aria-keyshortcuts").toLowerCase(), control));
  const codes = (event) => {
    const key = event.code.replace(/^(Key|Digit|Numpad)/, "").toLowerCase();
    return [["ctrl", event.ctrlKey || event.metaKey], ["alt", event.altKey], ["shift", event.shiftKey]]
      .filter(([, held]) => held).map(([name]) => name).concat(key).join("+");
  };
  if (shortcuts.size) document.addEventListener("keydown", (event) => {
    const control = shortcuts.get(codes(event));
    if (!control || control.disabled || !control.isConnected || control.closest("[hidden]")) return;
    if (!event.altKey && !event.ctrlKey && !event.metaKey && !/^F\d/.test(event.key)) return;
    event.preventDefault();
    if (control.matches("button,a,[type=radio],[type=checkbox],summary")) { control.focus(); control.click(); }
    else { control.focus(); if (control.select) control.select(); }
  });

  // A script that only some readers need comes when its button is first pressed; the press is then repeated to it.
  all("[data-script]").forEach((button) => button.addEventListener("click", () => {
    let script = document.querySelector(`script[src="${CSS.escape(button.dataset.script)}"]`);
    if (script && script.dataset.ready) return;
    if (!script) {
      script = document.createElement("script");
      script.src = button.dataset.script;
      script.addEventListener("load", () => { script.dataset.ready = "yes"; });
      document.head.append(script);
    }
    script.addEventListener("load", () => button.dispatchEvent(new CustomEvent("script:ready")));
  }));

  // What a script can do better, and the buttons that need one.
  all("[data-needs-script]").forEach((part) => { part.hidden = false; });
  all("[data-print]").forEach((button) => button.addEventListener("click", () => window.print()));
  all("[data-copy]").forEach((button) => button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy);
    const status = button.nextElementSibling;
    if (status && status.getAttribute("role") === "status") status.textContent = button.dataset.copied || "";
  }));
  all("form").forEach((form) => {
    const told = form.querySelector("[data-selected]");
    if (!told || !told.dataset.selectedWords) return;
    const count = () => { told.textContent = say(told.dataset.selectedWords, all(".a-tick input:checked", form).length); };
    form.addEventListener("change", count);
    count();
  });
})();
