// The crew's pages on a telephone: acts are kept first and sent then, so that nothing is lost where there is no signal;
// photos are made small before. Everything works without this file, as long as there is a signal. Own work, Apache-2.0.
(() => {
  "use strict";
  const box = document.querySelector("[data-crew-queue]");
  if (!box || !window.indexedDB || !window.crypto || !crypto.randomUUID) return;
  const queue = window.crewQueue, say = box.dataset, EDGE = 1600, QUALITY = 0.8, AGAIN_MS = 15000;
  const element = (tag, words, more = {}) => Object.assign(document.createElement(tag), { textContent: words, ...more });

  // --- what waits ---
  const line = (act) => {
    const item = element("li", ""), state = say[act.state] || say.waiting;
    item.append(element("strong", `${act.number}: ${act.title}`), element("span", ` ${act.words || state}`));
    const again = element("button", say.again, { type: "button", className: "a-button a-button--plain a-button--s" });
    const drop = element("button", say.drop, { type: "button", className: "a-button a-button--plain a-button--s" });
    again.addEventListener("click", async () => {
      const fields = act.fields.map(([name, value]) => [name, name === "seen" ? "" : name === "key" ? crypto.randomUUID() : value]);
      await queue.change({ ...act, fields, state: "waiting", words: "" });
      await flush();
    });
    drop.addEventListener("click", () => queue.drop(act.id));
    if (act.state === "stopped") item.append(document.createElement("br"), again, " ", drop);
    item.className = `c-${act.state}`;
    return item;
  };
  const draw = async () => {
    const acts = await queue.all();
    box.hidden = !acts.length;
    const list = element("ul", "");
    list.append(...acts.map(line));
    box.replaceChildren(...(acts.some((act) => act.state === "waiting") ? [element("p", say.kept)] : []), list);
    document.querySelectorAll("[data-crew-jobs] > li").forEach((job) => {
      const own = acts.filter((act) => act.number === job.dataset.number), mark = job.querySelector("[data-crew-mark]");
      mark.hidden = !own.length;
      mark.textContent = own.map((act) => `${act.title}: ${say[act.state] || say.waiting}`).join(", ");
    });
    return acts;
  };
  const flush = async () => {
    await queue.send();
    const acts = await draw();
    if (acts.some((act) => act.state === "waiting")) {
      const registration = navigator.serviceWorker && (await navigator.serviceWorker.getRegistration());
      if (registration && registration.sync) registration.sync.register("crew-send").catch(() => {});
    }
    return acts;
  };
  new BroadcastChannel(queue.NAME).addEventListener("message", draw);
  window.addEventListener("online", flush);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) flush(); });
  setInterval(async () => { if ((await queue.all()).some((act) => act.state !== "stopped")) flush(); }, AGAIN_MS);

  // --- an act ---
  const small = async (file) => {
    try {
      const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
      const share = Math.min(1, EDGE / Math.max(picture.width, picture.height));
      const canvas = Object.assign(document.createElement("canvas"), { width: Math.round(picture.width * share), height: Math.round(picture.height * share) });
      canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
      const made = await new Promise((resolve) => { canvas.toBlob(resolve, "image/jpeg", QUALITY); });
      return made && made.size < file.size ? made : file;
    } catch { return file; }
  };

  document.addEventListener("submit", async (event) => {
    const form = event.target.closest("form[data-crew]");
    if (!form || event.defaultPrevented) return;
    event.preventDefault();
    const filled = new FormData(form), number = form.dataset.crew, title = form.dataset.title;
    const photos = await Promise.all(filled.getAll("photo").filter((file) => file.size).map(small));
    const fields = [...filled.entries()].filter(([name]) => !["photo", "csrfmiddlewaretoken", "key"].includes(name));
    fields.push(["key", crypto.randomUUID()], ["member", say.member]);
    if (!navigator.onLine) fields.push(["pressed_at", new Date().toLocaleString("sv")]);
    try {
      await queue.add({ number, title, url: new URL(form.action).pathname, fields, photos, leads: form.dataset.leads || "", token: filled.get("csrfmiddlewaretoken") || "" });
    } catch { box.hidden = false; box.textContent = say.large; delete form.dataset.sentAt; return; }
    const left = (await flush()).filter((act) => act.number === number);
    if (left.some((act) => act.state === "stopped")) { box.scrollIntoView(); delete form.dataset.sentAt; return; }
    window.location.assign(filled.get("do") === "done" || left.length ? say.list : window.location.href);
  });

  // --- the list: kept on the telephone, its map, its order ---
  const jobs = [...document.querySelectorAll("[data-crew-jobs] > li")];
  if (navigator.serviceWorker) {
    navigator.serviceWorker.register(say.worker).then(() => navigator.serviceWorker.ready).then((registration) => {
      if (document.querySelector("[data-crew-map]")) {
        const wanted = jobs.map((job) => ({ path: new URL(job.querySelector("a").href).pathname, stamp: job.dataset.stamp }));
        registration.active.postMessage({ keep: wanted });
      }
    }).catch(() => {});
  }
  document.querySelectorAll("[data-crew-out]").forEach((form) => form.addEventListener("submit", () => {
    if (navigator.serviceWorker && navigator.serviceWorker.controller) navigator.serviceWorker.controller.postMessage({ forget: true });
  }));

  const here = document.querySelector("[data-crew-here]"), mapButton = document.querySelector("[data-crew-map]"), mapBox = document.getElementById("map");
  if (here && navigator.geolocation) {
    here.hidden = false;
    here.addEventListener("click", () => navigator.geolocation.getCurrentPosition(({ coords }) => {
      const address = new URL(window.location.href);
      address.searchParams.set("from", `${coords.latitude.toFixed(4)},${coords.longitude.toFixed(4)}`);
      window.location.assign(address);
    }, () => {}, { timeout: 15000, maximumAge: 60000 }));
  }
  const fetchLeaflet = () => new Promise((resolve, reject) => {
    const sheet = Object.assign(document.createElement("link"), { rel: "stylesheet", href: mapBox.dataset.leafletSheet });
    const script = Object.assign(document.createElement("script"), { src: mapBox.dataset.leaflet });
    script.addEventListener("load", resolve);
    script.addEventListener("error", reject);
    document.head.append(sheet, script);
  });
  const drawMap = async () => {
    await fetchLeaflet();
    mapBox.hidden = false;
    const L = window.L, edge = mapBox.dataset, map = L.map(mapBox, { attributionControl: false, zoomSnap: 0.5 });
    const points = jobs.map((job, index) => ({ job, index, at: [Number(job.dataset.lat), Number(job.dataset.lon)] })).filter((each) => each.job.dataset.lat);
    map.fitBounds(points.length ? points.map((each) => each.at) : [[edge.south, edge.west], [edge.north, edge.east]], { padding: [30, 30], maxZoom: 16 });
    const outlines = await fetch(edge.outlines).then((answer) => answer.json(), () => null);
    if (outlines) L.geoJSON(outlines, { interactive: false, style: { className: "m-area", weight: 1.5 } }).addTo(map);
    L.polyline(points.map((each) => each.at), { className: "c-way", weight: 2 }).addTo(map);
    points.forEach(({ job, index, at }) => {
      const link = job.querySelector("a");
      const icon = L.divIcon({ className: "c-pin", html: element("span", String(index + 1)), iconSize: [30, 30] });
      L.marker(at, { icon, alt: link.textContent.trim(), title: job.dataset.number }).addTo(map).on("click", () => { window.location.assign(link.href); });
    });
    return map;
  };
  let map = null;
  if (mapButton) {
    mapButton.hidden = false;
    mapButton.addEventListener("click", async () => {
      const opening = mapBox.hidden;
      if (opening && !map) map = await drawMap().catch(() => null);
      mapBox.hidden = !opening || !map;
      mapButton.setAttribute("aria-expanded", String(!mapBox.hidden));
      if (map && opening) map.invalidateSize();
    });
  }
  flush();
})();
