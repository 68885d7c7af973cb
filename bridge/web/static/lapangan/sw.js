// Keeps the pages of the field on the device. Data never passes through here: it lives in IndexedDB.
const CACHE = "lapangan-__VERSION__";
const FILES = __FILES__;

self.addEventListener("install", (event) => {
  const fresh = FILES.map((name) => new Request(name, { cache: "no-cache" })); // what has not changed costs a few bytes
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(fresh)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const old = (name) => name.startsWith("lapangan-") && name !== CACHE;
  event.waitUntil(caches.keys().then((names) => Promise.all(names.filter(old).map((name) => caches.delete(name))))
    .then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const scope = new URL(self.registration.scope);
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== scope.origin || !url.pathname.startsWith(scope.pathname)) return;
  const name = `./${url.pathname.slice(scope.pathname.length)}`;
  if (!FILES.includes(name)) return;
  event.respondWith(caches.match(name, { cacheName: CACHE }).then((kept) => kept || fetch(event.request)));
});
