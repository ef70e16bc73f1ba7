// A box that is closed here and that only the town opens: this browser cannot read it again.
// The other side is out_of_box in ichimai/identity/sealing.py.

import { bytesOfHex, letters } from "./letters.js";

const curve = { name: "ECDH", namedCurve: "P-256" };
const bits = 256;
const encoder = new TextEncoder();
const box = encoder.encode("ichimai box\0");

/** `text` in a box, as letters. It opens for `mark` only; `key` is the town's, in hexadecimal. */
export async function closed(text, mark, key) {
  const theirs = await crypto.subtle.importKey("raw", bytesOfHex(key), curve, false, []);
  const mine = await crypto.subtle.generateKey(curve, false, ["deriveBits"]);
  const own = new Uint8Array(await crypto.subtle.exportKey("raw", mine.publicKey));
  const exchange = { name: "ECDH", public: theirs };
  const common = await crypto.subtle.deriveBits(exchange, mine.privateKey, bits);
  // The key is used once.
  const sealing = { name: "AES-GCM", iv: new Uint8Array(12), additionalData: encoder.encode(mark) };
  const body = await crypto.subtle.encrypt(sealing, await once(common, own), encoder.encode(text));
  return letters(own) + letters(new Uint8Array(body));
}

async function once(common, own) {
  const base = await crypto.subtle.importKey("raw", common, "HKDF", false, ["deriveKey"]);
  const info = new Uint8Array([...box, ...own]);
  const derivation = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info };
  const kind = { name: "AES-GCM", length: bits };
  return crypto.subtle.deriveKey(derivation, base, kind, false, ["encrypt"]);
}
