// What a crew did, kept on the telephone until the city has it: one list, sent in order, each under its own key, by one
// page or worker at a time. Used by the pages and by their worker. Own work, Apache-2.0.
(() => {
  "use strict";
  const NAME = "answerable-crew", STORE = "acts", TIMEOUT_MS = 60000;
  const done = (request) => new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  const opened = () => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "id", autoIncrement: true });
    return done(request);
  };
  const inStore = async (mode, act) => {
    const db = await opened();
    try {
      const turn = db.transaction(STORE, mode), result = await act(turn.objectStore(STORE));
      await new Promise((resolve, reject) => {
        turn.oncomplete = resolve;
        turn.onabort = turn.onerror = () => reject(turn.error);
        if (turn.commit) turn.commit();
      });
      return result;
    } finally { db.close(); }
  };
  const told = () => { const all = new BroadcastChannel(NAME); all.postMessage("changed"); all.close(); };
  const all = () => inStore("readonly", (store) => done(store.getAll()));
  // What waits for the same request decides in which state this act meets it.
  const metIn = async (act) => {
    const before = (await all()).filter((each) => each.number === act.number && each.leads && each.state !== "stopped").pop();
    return before ? act.fields.map(([name, value]) => [name, name === "seen" ? before.leads : value]) : act.fields;
  };
  const add = async (given) => {
    const act = { ...given, fields: await metIn(given) };
    await inStore("readwrite", (store) => done(store.add({ state: "waiting", words: "", ...act })));
    told();
  };
  const change = async (act) => { await inStore("readwrite", (store) => done(store.put(act))); told(); };
  const drop = async (id) => { await inStore("readwrite", (store) => done(store.delete(id))); told(); };

  const token = async (act) => {
    const cookie = typeof document === "undefined"
      ? (self.cookieStore ? ((await self.cookieStore.get("csrftoken")) || {}).value : "")
      : (document.cookie.match(/(?:^|; )csrftoken=([^;]+)/) || [])[1];
    return cookie || act.token;
  };
  const post = async (act) => {
    const form = new FormData();
    act.fields.forEach(([name, value]) => form.append(name, value));
    act.photos.forEach((photo, index) => form.append("photo", photo, `photo-${index + 1}.jpg`));
    return fetch(act.url, {
      method: "POST", body: form, redirect: "manual", credentials: "same-origin", signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: { accept: "application/json", "x-csrftoken": await token(act) },
    });
  };
  // The kept page shows what was just done, so that what is pressed on it next starts from there.
  const renew = async (act) => {
    const path = act.url.replace(/act\/$/, ""), pages = self.caches && (await caches.open("crew-pages"));
    if (!pages || !(await pages.match(path))) return;
    const answer = await fetch(path, { redirect: "manual" }).catch(() => null);
    if (answer && answer.ok) await pages.put(path, answer);
  };
  // True when the next act may be tried: this one is settled, or stopped until somebody decides.
  const settle = async (act) => {
    let answer;
    try { answer = await post(act); } catch { return false; }
    if (answer.ok) { await drop(act.id); await renew(act); return true; }
    if (answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403) {
      await change({ ...act, state: "signin" });
      return false;
    }
    if (![404, 409, 413, 422].includes(answer.status)) return false;
    const words = await answer.json().then((body) => body.words, () => "");
    await change({ ...act, state: "stopped", words });
    return true;
  };
  const work = async () => {
    const stopped = new Set();
    for (const act of await all()) {
      if (act.state === "stopped") stopped.add(act.number);
      if (stopped.has(act.number)) continue;
      if (!(await settle(act))) return;
      if ((await all()).some((each) => each.id === act.id)) stopped.add(act.number);
    }
  };
  const send = () => (navigator.locks ? navigator.locks.request(NAME, { ifAvailable: true }, (held) => (held ? work() : null)) : work());
  self.crewQueue = { add, all, change, drop, send, NAME };
})();
