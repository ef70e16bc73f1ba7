// Keeps one page, so that it opens without a network: its frame and its scripts as everybody gets
// them, and nothing of anybody. All other requests pass it by. `self.kept`, from
// ichimai/web/layout/kept_pages.py, says what and in which version.

const { name, version, shell, languages, files, standsInFor } = self.kept;
const family = `ichimai-${name}-`;
const cacheName = family + version;
const memory = `${shell}/language`;
const patienceMilliseconds = 8_000;
const badGateway = 502;

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
  const all = await caches.keys();
  const older = all.filter((each) => each.startsWith(family) && each !== cacheName);
  await Promise.all(older.map((each) => caches.delete(each)));
}

async function remember(language) {
  if (!languages.includes(language)) return;
  const cache = await caches.open(cacheName);
  await cache.put(memory, new Response(language));
}

async function page(request, asked) {
  await remember(asked);
  const cache = await caches.open(cacheName);
  const language = await (await cache.match(memory))?.text() ?? languages[0];
  return await cache.match(addressIn(language), { ignoreVary: true }) ?? fetch(request);
}

/** What the server says; where it says nothing, or is not there, the page that is kept. */
async function pageOf(request, asked) {
  const late = new Promise((resolve) => { setTimeout(resolve, patienceMilliseconds, null); });
  const answer = await Promise.race([fetch(request).catch(() => null), late]);
  return answer !== null && answer.status < badGateway ? answer : page(request, asked);
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
// A page says in which language it is: the one that is kept is to be in the same.
addEventListener("message", (event) => { event.waitUntil(remember(event.data)); });
addEventListener("fetch", (event) => {
  const { origin, pathname, searchParams } = new URL(event.request.url);
  if (event.request.method !== "GET" || origin !== location.origin) return;
  const asked = searchParams.get("lang");
  const isPage = event.request.mode === "navigate";
  if (pathname === shell) event.respondWith(page(event.request, asked));
  else if (isPage && standsInFor.some((each) => pathname.startsWith(each))) {
    event.respondWith(pageOf(event.request, asked));
  } else if (files.includes(pathname)) event.respondWith(file(event.request, pathname));
});
