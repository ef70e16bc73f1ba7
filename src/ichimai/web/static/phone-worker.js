// Keeps the page with the phone's code, so that it opens without a network: its frame and its
// scripts as everybody gets them, and nothing of anybody. All other requests pass it by.
// `self.kept`, from /phone/worker.js, says what and in which version.

const { version, shell, languages, files } = self.kept;
const family = "ichimai-phone-";
const cacheName = family + version;
const memory = `${shell}/language`;

const addressIn = (language) => `${shell}?lang=${language}`;

async function keep() {
  const cache = await caches.open(cacheName);
  await Promise.all([...languages.map(addressIn), ...files].map(async (address) => {
    // Without cookies: what is kept is what a stranger gets.
    const answer = await fetch(new Request(address, { credentials: "omit", cache: "reload" }));
    if (!answer.ok || answer.redirected) throw new Error(`not kept: ${address}`);
    await cache.put(address, answer);
  }));
}

async function forgetOlder() {
  const names = await caches.keys();
  const older = names.filter((name) => name.startsWith(family) && name !== cacheName);
  await Promise.all(older.map((name) => caches.delete(name)));
}

async function page(request, asked) {
  const cache = await caches.open(cacheName);
  if (languages.includes(asked)) await cache.put(memory, new Response(asked));
  const language = await (await cache.match(memory))?.text() ?? languages[0];
  return await cache.match(addressIn(language), { ignoreVary: true }) ?? fetch(request);
}

async function file(request, address) {
  const cache = await caches.open(cacheName);
  return await cache.match(address, { ignoreVary: true }) ?? fetch(request);
}

addEventListener("install", (event) => {
  event.waitUntil(keep().then(() => self.skipWaiting()));
});
addEventListener("activate", (event) => {
  event.waitUntil(forgetOlder().then(() => self.clients.claim()));
});
addEventListener("fetch", (event) => {
  const { origin, pathname, searchParams } = new URL(event.request.url);
  if (event.request.method !== "GET" || origin !== location.origin) return;
  if (pathname === shell) event.respondWith(page(event.request, searchParams.get("lang")));
  else if (files.includes(pathname)) event.respondWith(file(event.request, pathname));
});
