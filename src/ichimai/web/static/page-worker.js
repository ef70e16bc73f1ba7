// Keeps pages, so that they open without a network: their frame and their scripts as everybody
// gets them, and nothing of anybody. `self.kept`, from ichimai/web/layout/kept_pages.py, says
// which and in which version.
//
// Where `cut` is set, every other page and form of the scope is answered too when the server does
// not answer: that a page cannot be opened, that a form was not sent, or that it is not known
// whether what it does was done. Then the page carries the same form, under the same id.

const { name, version, shell, languages, files, standsInFor, cut, withoutAnswer } = self.kept;
const family = `ichimai-${name}-`;
const cacheName = family + version;
const unanswered = `ichimai-unanswered-${name}`;
const mostUnanswered = 100;
const memory = `${shell}/language`;
// There while every form without an answer could be noted: it is taken away, which needs no room.
const allNoted = `${shell}/all-noted`;
const standInMilliseconds = 8_000;
const patienceMilliseconds = 20_000;
const badGateway = 502;
const stoodInFor = standsInFor.map((each) => new RegExp(each));

const addressIn = (language) => `${shell}?lang=${language}`;
const cutIn = (language, was) => `${cut}?was=${was}&lang=${language}`;

async function keep() {
  const cache = await caches.open(cacheName);
  const cuts = languages.flatMap((each) => withoutAnswer.map((was) => cutIn(each, was)));
  await Promise.all([...languages.map(addressIn), ...cuts, ...files].map(async (address) => {
    // Without cookies: what is kept is what a stranger gets.
    const answer = await fetch(new Request(address, { credentials: "omit", cache: "reload" }));
    if (!answer.ok || answer.redirected) throw new Error(`not kept: ${address}`);
    await cache.put(address, answer);
  }));
  await cache.put(allNoted, new Response(""));
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

async function keptIn(addressOf, asked = null) {
  // On a full disk it is not remembered, and shown all the same.
  await remember(asked).catch(() => {});
  const cache = await caches.open(cacheName);
  const before = await (await cache.match(memory))?.text() ?? languages[0];
  const language = languages.includes(asked) ? asked : before;
  return cache.match(addressOf(language), { ignoreVary: true });
}

async function page(request, asked) {
  return await keptIn(addressIn, asked) ?? fetch(request);
}

/** What the server says; null where it says nothing, or is not there. */
async function answerTo(request, milliseconds) {
  const late = new Promise((resolve) => { setTimeout(resolve, milliseconds, null); });
  const answer = await Promise.race([fetch(request).catch(() => null), late]);
  return answer !== null && answer.status < badGateway ? answer : null;
}

async function pageOf(request, asked) {
  return await answerTo(request, standInMilliseconds) ?? page(request, asked);
}

async function cutPage(was, fields = []) {
  const kept = await keptIn((language) => cutIn(language, was));
  if (kept === undefined) return Response.error();
  const text = (await kept.text()).replace("<!--fields-->", () => [...fields].map(hidden).join(""));
  return new Response(text, { headers: kept.headers });
}

function hidden([field, value]) {
  return `<input type="hidden" name="${escaped(field)}" value="${escaped(value)}">`;
}

function escaped(text) {
  return String(text).replace(/[&<>"']/g, (letter) => `&#${letter.codePointAt(0)};`);
}

async function opened(request) {
  return await answerTo(request, patienceMilliseconds) ?? cutPage("opening");
}

/** The answer to a form; a device that has no network sends none. */
async function sent(request) {
  // Read before it is sent: afterwards a browser may not give the copy any more.
  const fields = await request.clone().formData();
  const isCut = !navigator.onLine && !await isReachable();
  const answer = isCut ? null : await answerTo(request, patienceMilliseconds);
  return answer ?? withoutAnswerTo(request.url, fields, isCut);
}

async function isReachable() {
  return await answerTo(cutIn(languages[0], withoutAnswer[0]), standInMilliseconds) !== null;
}

/**
 * What is known of a form without an answer: once it was sent, it may have been carried out. So it
 * may where the browser cannot say whether it was, for its disk is full, or was since the last
 * release.
 */
async function withoutAnswerTo(url, fields, isCut) {
  const note = `${url}?id=${encodeURIComponent(fields.get("id") ?? "")}`;
  const wasSent = !isCut || fields.has("again") || await maybeSent(note).catch(() => true);
  fields.delete("again");
  if (fields.has("only_asks") || !wasSent) return cutPage("unsent", fields);
  await noteUnanswered(note).catch(forgetAllNoted).catch(() => {});
  return cutPage("unsure", fields);
}

async function maybeSent(note) {
  const notes = await caches.open(unanswered);
  if (await notes.match(note) !== undefined) return true;
  const cache = await caches.open(cacheName);
  return await cache.match(allNoted) === undefined;
}

async function forgetAllNoted() {
  const cache = await caches.open(cacheName);
  await cache.delete(allNoted);
}

async function noteUnanswered(note) {
  const cache = await caches.open(unanswered);
  await cache.put(note, new Response(""));
  const [oldest, ...others] = await cache.keys();
  if (others.length >= mostUnanswered) await cache.delete(oldest);
}

async function file(request, address) {
  const cache = await caches.open(cacheName);
  return await cache.match(address, { ignoreVary: true }) ?? fetch(request);
}

function navigated(request, { pathname, searchParams }) {
  const asked = searchParams.get("lang");
  if (request.method === "POST") return cut && sent(request);
  if (pathname === shell) return page(request, asked);
  if (stoodInFor.some((each) => each.test(pathname))) return pageOf(request, asked);
  return cut && opened(request);
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
  const address = new URL(event.request.url);
  if (address.origin !== location.origin) return;
  const answer = event.request.mode === "navigate"
    ? navigated(event.request, address)
    : event.request.method === "GET" && files.includes(address.pathname) && file(event.request, address.pathname);
  if (answer) event.respondWith(answer);
});
