// Shows the news that a push service brought, also while no page is open. Own work, Apache-2.0.
"use strict";

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("push", (event) => {
  let news = {};
  try { news = event.data ? event.data.json() : {}; } catch { news = {}; }
  event.waitUntil(self.registration.showNotification(news.title || self.location.hostname, {
    body: news.body || "", lang: news.lang || "", tag: news.tag || "", data: { url: news.url || "/" },
  }));
});

// Only pages of this site are opened, whatever the message says.
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const asked = new URL((event.notification.data || {}).url || "/", self.location.origin);
  const url = asked.origin === self.location.origin ? asked.href : self.location.origin + "/";
  event.waitUntil((async () => {
    const open = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
    const there = open.find((page) => page.url === url);
    return there ? there.focus() : self.clients.openWindow(url);
  })());
});
