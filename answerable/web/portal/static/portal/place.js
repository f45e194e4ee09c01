// The place of a report: the device's position and a map, fetched when one of the two buttons is first pressed.
// The page works without this file: address, list of areas and the four buttons do the same. Own work, Apache-2.0.
(() => {
  "use strict";
  const form = document.querySelector("form[data-place]");
  if (!form) return;
  const at = (id) => document.getElementById(id);
  const words = at("place"), lat = at("lat"), lon = at("lon"), accuracy = at("accuracy");
  const box = at("map"), pinBox = at("pin"), status = form.querySelector("[data-place-status]");
  const METRES = 10, METRES_A_DEGREE = 111320;
  let map = null, pin = null;

  const say = (name, n) => {
    status.textContent = (status.dataset[name] || "").replace("%(n)s", n === undefined ? "" : new Intl.NumberFormat(document.documentElement.lang).format(n));
  };
  const known = () => (lat.value ? [Number(lat.value), Number(lon.value)]
    : box.dataset.lat ? [Number(box.dataset.lat), Number(box.dataset.lon)] : null);
  const set = (point, metres) => {
    lat.value = point[0].toFixed(6);
    lon.value = point[1].toFixed(6);
    accuracy.value = metres === undefined ? "" : String(Math.round(metres));
    pinBox.hidden = false;
    draw();
  };
  const draw = () => {
    const point = known();
    if (!map || !point) return;
    if (pin) pin.setLatLng(point);
    else pin = window.L.circleMarker(point, { radius: 11, weight: 4, className: "m-mark" }).addTo(map);
  };

  // What is typed afterwards counts more than an earlier pin.
  words.addEventListener("input", () => { lat.value = lon.value = accuracy.value = ""; status.textContent = ""; });

  const locate = () => {
    if (!navigator.geolocation) { say("refused"); return; }
    say("locating");
    navigator.geolocation.getCurrentPosition((found) => {
      words.value = "";
      set([found.coords.latitude, found.coords.longitude], found.coords.accuracy);
      if (map) map.setView(known(), 16);
      say("located", Math.round(found.coords.accuracy));
    }, () => say("refused"), { enableHighAccuracy: true, timeout: 15000, maximumAge: 60000 });
  };

  const fetchLeaflet = () => new Promise((resolve, reject) => {
    if (window.L) { resolve(); return; }
    const sheet = Object.assign(document.createElement("link"), { rel: "stylesheet", href: box.dataset.leafletSheet });
    const script = Object.assign(document.createElement("script"), { src: box.dataset.leaflet });
    script.addEventListener("load", resolve);
    script.addEventListener("error", reject);
    document.head.append(sheet, script);
  });

  const showMap = async (button) => {
    const opening = box.hidden;
    if (opening && !map) {
      await fetchLeaflet();
      box.hidden = false;
      const edge = box.dataset;
      map = window.L.map(box, { attributionControl: false, zoomSnap: 0.5 });
      map.fitBounds([[edge.south, edge.west], [edge.north, edge.east]]);
      const areas = await (await fetch(edge.outlines)).json();
      window.L.geoJSON(areas, { interactive: false, style: { className: "m-area", weight: 1.5 } }).addTo(map);
      map.on("click", (event) => {
        const known = words.value;
        set([event.latlng.lat, event.latlng.lng]);
        words.value = known;
        say("pinned");
      });
      if (known()) map.setView(known(), 15);
      draw();
    }
    box.hidden = !opening;
    const drawing = pinBox.querySelector("[data-drawing]");
    if (drawing) drawing.hidden = opening;
    button.setAttribute("aria-expanded", String(opening));
    if (opening) map.invalidateSize();
  };

  pinBox.addEventListener("click", (event) => {
    const button = event.target.closest("[data-nudge]");
    const point = known();
    if (!button || !point || !(map || lat.value)) return; // without a map the form itself moves the pin
    event.preventDefault();
    const north = { north: 1, south: -1 }[button.dataset.nudge] || 0, east = { east: 1, west: -1 }[button.dataset.nudge] || 0;
    set([
      point[0] + (north * METRES) / METRES_A_DEGREE,
      point[1] + (east * METRES) / (METRES_A_DEGREE * Math.cos((point[0] * Math.PI) / 180)),
    ]);
    if (map) map.panTo(known());
    say("pinned");
  });

  const pressed = (selector, act) => form.querySelectorAll(selector).forEach((button) => {
    button.addEventListener("click", () => act(button));
    button.addEventListener("script:ready", () => act(button));
  });
  pressed("[data-locate]", locate);
  pressed("[data-show-map]", (button) => showMap(button).catch(() => { box.hidden = true; }));
})();
