// The queue's rows change by themselves; the list never jumps under a reader. Every page works without this file.
// Own work, Apache-2.0.
(() => {
  "use strict";
  const queue = document.querySelector("[data-office=queue]");
  if (!queue) return;
  const words = document.getElementById("office-words");
  const drawn = (kind, value) => words && words.querySelector(`template[data-${kind}="${CSS.escape(value)}"]`);
  const rowOf = (number) => queue.querySelector(`tr[data-request="${CSS.escape(number)}"]`);

  // --- what changed ------------------------------------------------------------------------------------------------
  const put = (row, cell, template) => {
    const place = row.querySelector(`[data-cell=${cell}]`);
    if (place) place.replaceChildren(...(template ? [template.content.cloneNode(true)] : []));
  };
  const day = (iso) => new Intl.DateTimeFormat(queue.dataset.language, { month: "short", day: "numeric", timeZone: queue.dataset.zone }).format(new Date(iso));

  const patch = (row, said) => {
    const before = row.dataset.state;
    put(row, "state", drawn("state", said.state));
    put(row, "handoff", drawn("handoff", said.handoff || ""));
    if (said.promise) put(row, "promise", drawn("promise", said.promise));
    const due = row.querySelector("[data-cell=due]");
    if (due && said.due && Date.parse(due.dataset.due) !== Date.parse(said.due)) {
      due.dataset.due = said.due;
      due.textContent = day(said.due);
    }
    row.dataset.state = said.state;
    row.classList.toggle("is-gone", left(said));
    row.classList.remove("is-changed");
    void row.offsetWidth;
    row.classList.add("is-changed");
    if (before !== said.state) announce(said);
  };

  const left = (said) => {
    const { department, queue: place } = queue.dataset;
    return said.state === "closed" || (department && said.department !== department) || (place && said.queue !== place);
  };

  const announce = (said) => {
    const template = drawn("state", said.state);
    const word = template ? template.content.textContent.trim() : said.state;
    const text = queue.dataset.said.replace("%(number)s", said.number).replace("%(state)s", word);
    let status = document.getElementById("office-status");
    if (!status) {
      status = document.createElement("p");
      status.id = "office-status";
      status.className = "a-hidden";
      status.setAttribute("role", "status");
      document.body.append(status);
    }
    status.textContent = "";
    setTimeout(() => { status.textContent = text; }, 100);
  };

  const unseen = new Set();
  const news = queue.querySelector(".o-news");
  const tellNews = () => {
    const label = news.querySelector("span");
    label.textContent = unseen.size === 1 ? label.dataset.one : label.dataset.many.replace("%(n)s", unseen.size);
    news.hidden = false;
  };

  document.addEventListener("live:changed", (event) => {
    const said = event.detail;
    if (!said.number) {
      if (said.confidential || said.subject.startsWith("request:")) { unseen.add(said.subject); tellNews(); }
      return;
    }
    const row = rowOf(said.number);
    if (row) { patch(row, said); return; }
    if (left(said)) return;
    unseen.add(said.number);
    tellNews();
  });
  document.addEventListener("live:reload", () => { unseen.add("all"); tellNews(); });

  // --- what is ticked ------------------------------------------------------------------------------------------------
  const count = queue.querySelector("[data-selected]");
  const form = document.getElementById("bulk");
  if (count && form) {
    const tell = () => {
      const n = form.querySelectorAll("input[name=selected]:checked").length;
      count.textContent = n === 0 ? count.dataset.none : n === 1 ? count.dataset.one : count.dataset.many.replace("%(n)s", n);
    };
    form.addEventListener("change", tell);
    window.addEventListener("pageshow", tell);
    tell();
  }
})();
