// What a till gives while there is no network: kept in this browser, in a box that only the town
// opens, and sent when there is an answer again, each once. Nothing is drawn here. The other side
// is ichimai/web/shop/kept.py.

import { inTransaction } from "./browser-store.js";
import { endOf } from "./card-code.js";
import { hexOf } from "./letters.js";
import { closed } from "./sealed-box.js";

const most = 200;
const address = "/shop/kept";
const patienceMilliseconds = 10_000;
const badGateway = 502;
const database = { name: "ichimai-till", stores: ["till", "waiting", "refused"] };
const one = "here";

/** Which till this browser is: {till, key, shop, tasks}, tasks by path; null when it is none. */
export function till() {
  return inTransaction(database, "readonly", (stores, answer) => {
    stores.till.get(one).onsuccess = ({ target }) => answer(target.result ?? null);
  });
}

/** Notes which till this browser is, and one of its tasks. Another till begins with none. */
export async function note({ till: id, key, shop, path, task }) {
  const known = await till();
  const before = known?.till === id ? known.tasks : {};
  if (before[path] === task && known.key === key && known.shop === shop) return;
  await inTransaction(database, "readwrite", (stores) => {
    stores.till.put({ till: id, key, shop, tasks: { ...before, [path]: task } }, one);
  });
}

/** A new id (UUIDv7), made before anything is sent. */
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const view = new DataView(bytes.buffer);
  const now = Date.now();
  view.setUint32(0, Math.floor(now / 2 ** 16));
  view.setUint16(4, now % 2 ** 16);
  view.setUint8(6, 0x70 | (view.getUint8(6) & 0x0f));
  view.setUint8(8, 0x80 | (view.getUint8(8) & 0x3f));
  return hexOf(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/** Keeps that a card was shown for a task. Whether it is kept: no more than 200 may wait. */
export async function keep({ till, key, path, task, id, code }) {
  const box = await closed(code, `${till} ${id}`, key);
  const entry = { id, till, path, task, at: Date.now(), card: endOf(code), box };
  return inTransaction(database, "readwrite", ({ waiting }, answer) => {
    waiting.count().onsuccess = ({ target }) => {
      const isRoom = target.result < most;
      // Under an id that waits already, another card must not take its place: this fails.
      if (isRoom) waiting.add(entry, id);
      answer(isRoom);
    };
  });
}

/** What waits for an answer, the oldest first. */
export const waiting = () => all("waiting");

/** What was refused and nobody has seen yet, the oldest first. */
export const refused = () => all("refused");

/** Somebody has seen what was refused. */
export async function seen(ids) {
  await inTransaction(database, "readwrite", (stores) => {
    for (const id of ids) stores.refused.delete(id);
  });
}

/** Whether the server answers just now: "there", "cut", or "ended" when this browser is no till. */
export async function state() {
  return (await session()).state;
}

let last = Promise.resolve();

/**
 * Sends all that waits, after what is being sent already. `now`: the id of what is given this very
 * moment, which needs no time. Resolves with {state, answers}: "there", "cut" when there was no
 * answer, "ended" when this browser is no till any more.
 */
export function send(now = "") {
  last = last.then(() => round(now)).catch(() => ({ state: "cut", answers: [] }));
  return last;
}

async function round(now) {
  const answers = [];
  if ((await waiting()).length === 0) return { state: "there", answers };
  const here = await session();
  if (here.state !== "there") return { state: here.state, answers };
  for (const each of await waiting()) {
    // Of another till: it is never sent as this one's.
    const answer = each.till === here.till ? await told(each, here, now) : { status: "other" };
    if (answer === null) return { state: "cut", answers };
    if (answer.status === "unclear") continue;
    // On a full disk a refusal cannot be kept: it waits, and is asked for again under its id.
    const isSettled = await settle(each, answer).then(() => true, () => false);
    if (isSettled || each.id === now) answers.push({ ...each, ...answer });
  }
  return { state: "there", answers };
}

async function session() {
  const answer = await asked(address);
  if (answer === null) return { state: "cut" };
  if (answer.type === "opaqueredirect") return { state: "ended" };
  const told = await answer.json().catch(() => null);
  return told === null ? { state: "cut" } : { state: "there", ...told };
}

/** What became of it: {status, done, advice}; "unclear" is asked again; null: no answer. */
async function told(each, here, now) {
  const [kind, program, item] = each.path.split("/").slice(3);
  const fields = { form_token: here.form_token, id: each.id, kind, program, item, box: each.box };
  if (each.id !== now) fields.occurred_at = new Date(each.at).toISOString();
  const inLanguage = `${address}?lang=${document.documentElement.lang}`;
  const answer = await asked(inLanguage, { method: "POST", body: new URLSearchParams(fields) });
  if (answer === null) return null;
  if (answer.headers.get("content-type") !== "application/json") return { status: "unclear" };
  const what = await answer.json().catch(() => null);
  return what && { status: answer.ok ? "taken" : "refused", ...what };
}

async function asked(path, request = {}) {
  const signal = AbortSignal.timeout(patienceMilliseconds);
  const answer = await fetch(path, { ...request, redirect: "manual", signal }).catch(() => null);
  return answer === null || answer.status >= badGateway ? null : answer;
}

/** What was answered waits no more; of what was not given, enough stays to tell the shop. */
async function settle({ id, task, at, card }, { status, advice = "" }) {
  await inTransaction(database, "readwrite", (stores) => {
    stores.waiting.delete(id);
    if (status !== "taken") stores.refused.put({ id, task, at, card, advice }, id);
  });
}

async function all(name) {
  const found = await inTransaction(database, "readonly", (stores, answer) => {
    stores[name].getAll().onsuccess = ({ target }) => answer(target.result);
  });
  return found.sort((first, second) => first.at - second.at);
}
