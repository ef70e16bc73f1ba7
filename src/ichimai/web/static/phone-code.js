// A resident's phone and its code: a key that never leaves the browser signs, every 30 seconds
// and without a network, that this phone was here now. Nothing is drawn: the text of the QR code
// (alphanumeric) is handed to the caller. The other side is ichimai/cards/phone_codes.py.

import { inTransaction } from "./browser-store.js";

const stepMilliseconds = 30_000;
const version = 1;
const domain = new TextEncoder().encode("ichimai phone code\0");
const base45 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
const curve = { name: "ECDSA", namedCurve: "P-256" };
const signing = { name: "ECDSA", hash: "SHA-256" };
const database = { name: "ichimai-phone", stores: ["keys"] };

/** Whether this browser can keep a key: not on a page without HTTPS, nor where storage is off. */
export function isPossible() {
  return globalThis.crypto?.subtle !== undefined && globalThis.indexedDB !== undefined;
}

/**
 * What the server must know to believe this phone: {device, publicKey}, bytes. Makes the key the
 * first time; `name` tells apart the people who share a phone, who call it `called` among them.
 */
export async function enrol(name, called = "") {
  const made = {
    device: crypto.getRandomValues(new Uint8Array(16)),
    keys: await crypto.subtle.generateKey(curve, false, ["sign", "verify"]),
    called,
    addedAt: Date.now(),
  };
  // Another page may have made one meanwhile: the first that was kept is the key.
  const kept = await inTransaction(database, "readwrite", ({ keys }, answer) => {
    keys.get(name).onsuccess = ({ target }) => {
      answer(target.result ?? made);
      if (target.result === undefined) keys.add(made, name);
    };
  });
  await navigator.storage?.persist?.();
  const publicKey = await crypto.subtle.exportKey("raw", kept.keys.publicKey);
  return { device: kept.device, publicKey: new Uint8Array(publicKey) };
}

/** The people who have a key in this phone, the first first: [{name, called}]. */
export async function people() {
  const found = await inTransaction(database, "readonly", ({ keys }, answer) => {
    const list = [];
    keys.openCursor().onsuccess = ({ target }) => {
      const cursor = target.result;
      if (cursor === null) return answer(list);
      list.push({ name: cursor.key, called: cursor.value.called ?? "", at: cursor.value.addedAt });
      cursor.continue();
    };
  });
  return found.sort((one, other) => one.at - other.at).map(({ name, called }) => ({ name, called }));
}

/** The code of a moment (milliseconds since 1970); null when this phone was not enrolled. */
export async function codeAt(name, milliseconds) {
  const kept = await inTransaction(database, "readonly", ({ keys }, answer) => {
    keys.get(name).onsuccess = ({ target }) => answer(target.result);
  });
  if (kept === undefined) return null;
  const signed = joined([version], kept.device, bytesOf(stepAt(milliseconds)));
  const signature = await crypto.subtle.sign(signing, kept.keys.privateKey, joined(domain, signed));
  return "1" + encoded(joined(signed, new Uint8Array(signature)));
}

/**
 * Calls show(text, endsAt) now and whenever the code changes, with null where there is none.
 * Returns what ends it. `now` can correct a phone's clock that is known to be wrong.
 */
export function showCodes(name, show, { now = () => Date.now() } = {}) {
  let timer;
  let round = 0;
  async function next() {
    const mine = ++round;
    clearTimeout(timer);
    const at = now();
    const endsAt = (stepAt(at) + 1) * stepMilliseconds;
    const text = await codeAt(name, at).catch(() => null);
    if (mine !== round) return;
    show(text, endsAt);
    timer = setTimeout(next, Math.max(0, endsAt - now()));
  }
  // A phone that was asleep has missed its timer.
  const wake = () => { if (document.visibilityState === "visible") next(); };
  document.addEventListener("visibilitychange", wake);
  next();
  return () => {
    round += 1;
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", wake);
  };
}

/** Takes the key out of this phone: its codes can never be made again. */
export async function forget(name) {
  await inTransaction(database, "readwrite", ({ keys }, answer) => {
    keys.delete(name).onsuccess = () => answer();
  });
}

function stepAt(milliseconds) {
  return Math.floor(milliseconds / stepMilliseconds);
}

function bytesOf(step) {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, step);
  return bytes;
}

function joined(...parts) {
  return new Uint8Array(parts.flatMap((part) => [...part]));
}

/** RFC 9285: each two bytes are three characters, the lowest digit first. */
function encoded(bytes) {
  let text = "";
  for (let start = 0; start < bytes.length; start += 2) {
    const pair = bytes.subarray(start, start + 2);
    let value = pair.reduce((sum, byte) => sum * 256 + byte, 0);
    for (let place = 0; place <= pair.length; place += 1) {
      text += base45[value % 45];
      value = Math.floor(value / 45);
    }
  }
  return text;
}
