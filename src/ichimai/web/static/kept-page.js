// The page of a stamp or an event where the network may be gone: what is given is kept (kept.js)
// before it is sent, and the page says what waits and what became of it. With the page that the
// server sends, an answer leads on as the form itself does; the page that the browser kept for
// want of a network (its form has no token) shows the answer.

import { codeIn, endOf } from "./card-code.js";
import * as kept from "./kept.js";

const byId = (id) => document.getElementById(id);
const form = byId("card-form");
const field = byId("card");
const words = byId("kept-words").dataset;
const isServers = form.elements.form_token !== undefined;
const retryMilliseconds = 20_000;
const phoneCharacters = 100;
const isPhone = matchMedia("(pointer: coarse)").matches;
const clock = new Intl.DateTimeFormat(document.documentElement.lang, {
  timeZone: "Asia/Tokyo", month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit",
});

const taken = [];
let here = null;
let isCut = false;

/** One of the lists of the page: hidden while there is nothing in it. */
function list(id, entries) {
  const part = byId(id);
  part.hidden = entries.length === 0;
  part.querySelector("[data-count]").textContent = String(entries.length);
  part.querySelector("[data-list]").replaceChildren(...entries.map(line));
}

function line({ task, card, at, advice }) {
  const made = byId("kept-line").content.cloneNode(true);
  made.querySelector("[data-task]").textContent = task;
  made.querySelector("[data-card]").textContent = `…${card}`;
  made.querySelector("[data-at]").textContent = clock.format(at);
  const says = made.querySelector("[data-advice]");
  says.hidden = advice === undefined;
  says.textContent = advice || words.other;
  return made;
}

async function draw() {
  list("kept-waiting", await kept.waiting());
  list("kept-refused", await kept.refused());
  list("kept-taken", taken);
}

async function resend(now = "") {
  const { state, answers } = await kept.send(now);
  isCut = state === "cut";
  byId("kept-ended").hidden = state !== "ended";
  return answers;
}

/** Sends what waits, and says what became of it. */
async function catchUp() {
  const answers = await resend();
  for (const { status, task, card, at } of answers) {
    if (status === "taken") taken.push({ task, card, at });
  }
  await draw();
  if (isServers) return;
  const state = await kept.state();
  byId("back").hidden = state !== "there";
  byId("cut").hidden = state !== "cut";
  byId("record").hidden = state === "ended";
}

function wrong(text) {
  byId("kept-wrong").querySelector("p").textContent = text;
  byId("kept-wrong").hidden = text === "";
}

/** The page is for the next card, under another id; the address keeps none that was used. */
async function next(card) {
  byId("kept-card").textContent = `…${card}`;
  byId("kept-now").hidden = card === "";
  form.elements.id.value = kept.newId();
  if (isServers) history.replaceState(null, "", location.pathname);
  form.reset();
  field.value = "";
  if (isPhone) byId("main").scrollIntoView();
  else field.focus();
  await draw();
}

async function give() {
  wrong("");
  byId("kept-now").hidden = true;
  const code = codeIn(field.value);
  if (code === null) return tell(field.value.length > phoneCharacters ? words.phone : words.mistyped);
  const id = form.elements.id.value;
  const isKept = await kept.keep({ ...here, id, code }).catch(() => false);
  if (!isKept) return tell(words.full);
  // Once there was no answer, the next customer does not wait for one.
  const wasCut = isCut;
  const answers = wasCut ? [] : await resend(id);
  const mine = answers.find((each) => each.id === id);
  if (mine?.status === "taken") return location.assign(mine.done);
  if (mine !== undefined && isServers) {
    await kept.seen([id]);
    return form.submit();
  }
  await next(mine === undefined ? endOf(code) : "");
  if (wasCut) await catchUp();
}

/** What cannot be kept needs the server; without it, why not. */
async function tell(why) {
  const isThere = await kept.state() === "there";
  if (isThere && isServers) return form.submit();
  if (isThere) return location.reload();
  isCut = true;
  wrong(why);
  // What was read by a reader would be added to.
  if (why === words.phone) field.value = "";
  form.querySelector("button[type=submit]").disabled = false;
}

/** The server's page says what it is about; the one that the browser kept knows it from then. */
async function prepare() {
  const path = location.pathname;
  if (isServers) {
    const { till, key, shop, task } = form.dataset;
    here = { till, key, path, task };
    kept.note({ ...here, shop }).catch(() => {});
    return null;
  }
  const known = await kept.till();
  const task = known?.tasks[path];
  byId("unknown").hidden = known !== null;
  byId("not-here").hidden = task !== undefined || path === form.getAttribute("action");
  if (known === null) return null;
  byId("shop-name").textContent = known.shop;
  byId("back").querySelector("a").href = path;
  if (task === undefined) return choose(known.tasks);
  here = { till: known.till, key: known.key, path, task };
  byId("task-name").textContent = task;
  byId("task-line").hidden = false;
  byId("give").hidden = false;
  form.elements.id.value = kept.newId();
  if (!isPhone) field.focus();
  return null;
}

function choose(tasks) {
  byId("tasks").replaceChildren(...Object.entries(tasks).map(([path, task]) => {
    const made = byId("task-entry").content.cloneNode(true);
    made.querySelector("a").href = path;
    made.querySelector(".menu-name").textContent = task;
    return made;
  }));
  byId("choose").hidden = false;
}

const ready = prepare();
form.addEventListener("submit", (event) => {
  event.preventDefault();
  // Where a browser keeps nothing, the form is sent as ever.
  ready.then(give, () => { if (isServers) form.submit(); });
});
byId("kept-seen").addEventListener("click", async () => {
  await kept.seen((await kept.refused()).map(({ id }) => id));
  await draw();
});

async function start() {
  addEventListener("online", catchUp);
  setInterval(async () => {
    const isNeeded = !isServers || (await kept.waiting()).length > 0;
    if (isNeeded && document.visibilityState === "visible") await catchUp();
  }, retryMilliseconds);
  await draw();
  await catchUp();
}

ready.then(start, () => {});
