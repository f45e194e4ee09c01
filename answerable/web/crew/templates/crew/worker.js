// Keeps today's list and its jobs on the telephone, and sends what waited once there is a signal. Own work, Apache-2.0.
"use strict";
importScripts({{ queue | tojson }});
const SCOPE = {{ scope | tojson }}, SHELL = {{ shell | tojson }}, NOWHERE = {{ nowhere | tojson }};
const PARTS = "crew-parts-" + {{ version | tojson }}, PAGES = "crew-pages";
const PATIENCE_MS = 4000, A_DAY_MS = 86400000;

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(PARTS).then((parts) => parts.addAll(SHELL)).then(() => self.skipWaiting()));
});
self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) if (name.startsWith("crew-parts-") && name !== PARTS) await caches.delete(name);
    await self.clients.claim();
  })());
});

const fresh = (request) => fetch(request, { redirect: "manual" });
const after = (ms) => new Promise((resolve) => { setTimeout(resolve, ms, null); });

// The page from the network; from memory where that fails or takes too long. Whoever is signed out keeps nothing.
const page = async (request) => {
  const pages = await caches.open(PAGES), path = new URL(request.url).pathname;
  const kept = await pages.match(path);
  const asked = fresh(request).then(async (answer) => {
    if (answer.type === "opaqueredirect") await caches.delete(PAGES);
    else if (answer.ok) await pages.put(path, answer.clone());
    return answer;
  }).catch(() => null);
  const answer = await (kept ? Promise.race([asked, after(PATIENCE_MS)]) : asked);
  if (answer && answer.status < 500) return answer;
  return kept || (await (await caches.open(PARTS)).match(NOWHERE)) || answer || Response.error();
};
const memory = async (request, name) => {
  const cache = await caches.open(name), kept = await cache.match(request);
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok && !answer.redirected) await cache.put(request, answer.clone());
  return answer;
};

self.addEventListener("fetch", (event) => {
  const { request } = event, { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return;
  if (pathname.startsWith(SCOPE) && pathname.endsWith(".jpg")) event.respondWith(memory(request, PAGES));
  else if (pathname.startsWith(SCOPE) && request.mode === "navigate") event.respondWith(page(request));
  else if (pathname.startsWith("/static/") || pathname.startsWith("/brand.") || SHELL.includes(pathname)) event.respondWith(memory(request, PARTS));
});

// Each job of the list is fetched when it changed since; one that left it is forgotten after a day.
const keep = async (jobs) => {
  const pages = await caches.open(PAGES), wanted = new Set([SCOPE]);
  for (const { path, stamp } of jobs) {
    wanted.add(path);
    const kept = await pages.match(path);
    if (!kept || kept.headers.get("x-stamp") !== stamp) {
      const answer = await fetch(path, { redirect: "manual" }).catch(() => null);
      if (!answer) break;
      if (!answer.ok) continue;
      const text = await answer.text();
      await pages.put(path, new Response(text, { headers: { "content-type": "text/html; charset=utf-8", "content-security-policy": answer.headers.get("content-security-policy") || "", "x-stamp": stamp, date: new Date().toUTCString() } }));
    }
    await photosOf(await (await pages.match(path)).text(), wanted);
  }
  for (const request of await pages.keys()) {
    const kept = await pages.match(request), since = Date.parse((kept && kept.headers.get("date")) || "") || 0;
    if (!wanted.has(new URL(request.url).pathname) && Date.now() - since > A_DAY_MS) await pages.delete(request);
  }
};
const photosOf = async (text, wanted) => {
  const pages = await caches.open(PAGES);
  for (const [, path] of text.matchAll(/<img src="([^"]+\.jpg)"/g)) {
    wanted.add(path);
    if (!(await pages.match(path))) await pages.add(path).catch(() => null);
  }
};
self.addEventListener("message", (event) => {
  if (event.data.keep) event.waitUntil(keep(event.data.keep));
  if (event.data.forget) event.waitUntil(caches.delete(PAGES));
});
self.addEventListener("sync", (event) => { if (event.tag === "crew-send") event.waitUntil(self.crewQueue.send()); });
