// Switches news of a request on this device on and off. The page works without this file. Own work, Apache-2.0.
(() => {
  "use strict";
  const card = document.querySelector("[data-push]");
  if (!card || !("serviceWorker" in navigator) || !("PushManager" in window) || !("Notification" in window)) return;
  const on = card.querySelector("[data-push-on]"), off = card.querySelector("[data-push-off]");
  const status = card.querySelector("[role=status]"), form = card.querySelector("form");
  const remembered = "answerable-news:" + form.getAttribute("action").replace(/^\/[a-z]+\//, "/");
  const scope = new URL("./", new URL(card.dataset.worker, location.href)).pathname;

  const say = (name) => { status.textContent = card.dataset[name] || ""; };
  const show = (isOn) => { on.hidden = isOn; off.hidden = !isOn; };
  const keep = (isOn) => {
    try { if (isOn) localStorage.setItem(remembered, "on"); else localStorage.removeItem(remembered); } catch { /* private window */ }
  };
  const wasOn = () => { try { return localStorage.getItem(remembered) === "on"; } catch { return false; } };
  const octets = (text) => Uint8Array.from(atob((text + "=".repeat((4 - text.length % 4) % 4)).replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));
  const sameKey = (given) => {
    if (!given) return true;
    const mine = octets(card.dataset.key), theirs = new Uint8Array(given);
    return mine.length === theirs.length && mine.every((octet, place) => octet === theirs[place]);
  };
  const tell = async (subscription, wanted) => {
    const told = subscription.toJSON(), sent = new FormData(form);
    sent.set("endpoint", told.endpoint);
    sent.set("public_key", told.keys.p256dh);
    sent.set("secret", told.keys.auth);
    sent.set("wanted", wanted ? "yes" : "no");
    const answer = await fetch(form.action, { method: "POST", body: sent, credentials: "same-origin" });
    if (!answer.ok) throw new Error(String(answer.status));
  };
  const registered = async () => {
    await navigator.serviceWorker.register(card.dataset.worker, { scope });
    const found = await navigator.serviceWorker.getRegistration(scope);
    for (let tries = 0; tries < 50 && !found.active; tries += 1) await new Promise((resolve) => setTimeout(resolve, 100));
    return found;
  };
  const current = async () => {
    const found = await navigator.serviceWorker.getRegistration(scope);
    return found ? found.pushManager.getSubscription() : null;
  };

  const switchOn = async () => {
    if (await Notification.requestPermission() !== "granted") { say("refused"); return; }
    say("busy");
    const push = (await registered()).pushManager;
    let subscription = await push.getSubscription();
    if (subscription && !sameKey(subscription.options.applicationServerKey)) {
      await subscription.unsubscribe();
      subscription = null;
    }
    subscription = subscription || await push.subscribe({ userVisibleOnly: true, applicationServerKey: octets(card.dataset.key) });
    await tell(subscription, true);
    keep(true);
    show(true);
    say("isOn");
    off.focus();
  };
  const switchOff = async () => {
    const subscription = await current();
    if (subscription) await tell(subscription, false);
    keep(false);
    show(false);
    say("isOff");
    on.focus();
  };
  const guarded = (act) => async (event) => {
    event.preventDefault();
    try { await act(); } catch { say("failed"); }
  };

  on.addEventListener("click", guarded(switchOn));
  off.addEventListener("click", guarded(switchOff));
  card.hidden = false;
  show(false);
  if (Notification.permission === "denied") say("refused");
  else if (wasOn()) current().then((subscription) => { if (subscription) show(true); });
})();
