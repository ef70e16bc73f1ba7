// The card reader of this machine, as a page sees it: `ichimai reader` on a loopback address.
//
//   const pairing = await pair("http://127.0.0.1:8790", code);   // once; keep what it gives
//   const reader = connect(pairing);
//   reader.addEventListener("card_present", ({ detail }) => reader.certificate(detail.tap));
//
// Events, each with a `detail`: connected, disconnected, unpaired, reader_added, reader_gone,
// card_present {tap, kind, reader}, card_lifted {tap}, card_unreadable, card_busy, one_card_only.
// A promise about a tap is rejected with `card_lifted` as soon as its card is gone: what was
// asked of one card never becomes an answer about the next.

const silenceMilliseconds = 15_000;
const firstPauseMilliseconds = 500;
const longestPauseMilliseconds = 5_000;

/** What was refused; `code` is the reader's, or one of ours: card_lifted, no_reader,
 *  browser_refuses (the person, or the browser's policy, has not allowed this page to reach
 *  programs on this machine). `problem` holds what else was said, such as `tries_left`. */
export class ReaderError extends Error {
  constructor(code, problem = {}) {
    super(code);
    this.name = "ReaderError";
    this.code = code;
    this.problem = problem;
  }
}

/** Pair this page with the reader that shows `code`; what to keep for `connect`. */
export async function pair(address, code) {
  const { token } = await send(address, "/v1/pairings", { body: { code } });
  return { address, token };
}

export function connect(pairing) {
  return new Reader(pairing);
}

export class Reader extends EventTarget {
  #pairing;
  #tap = null;
  #tapOver = new AbortController();
  #over = new AbortController();

  constructor(pairing) {
    super();
    this.#pairing = pairing;
    this.#keepListening();
  }

  /** The tap of the card that lies there now: {tap, kind, reader}, or null. */
  get tap() { return this.#tap; }

  /** The card's certificate (Uint8Array), read without a PIN. */
  async certificate(tap) {
    return bytesOf((await this.#ask(tap, "certificate", {})).certificate);
  }

  /** How often the card's PIN may still be wrong. */
  async triesLeft(tap) {
    return (await this.#ask(tap, "tries", {})).tries_left;
  }

  /** {certificate, signature} over the server's challenge. The PIN is tried once, whatever
   *  happens on the way; with one try left it is not tried. */
  async sign(tap, nonce, pin) {
    const body = { id: crypto.randomUUID(), nonce: textOf(nonce), pin };
    const answer = await this.#ask(tap, "signature", body);
    return { certificate: bytesOf(answer.certificate), signature: bytesOf(answer.signature) };
  }

  /** The IDm of a FeliCa card: 16 hexadecimal digits. */
  async idm(tap) {
    return (await this.#ask(tap, "idm", {})).idm;
  }

  /** Keep a check-in durably on this machine: {queue, sequence}. The same id is kept once. */
  keep(id, text) {
    return this.#send("/v1/scans", { body: { id, body: text } });
  }

  /** The check-ins that wait: {queue, waiting, refused, last_sequence, scans, put_aside}. */
  waiting() {
    return this.#send("/v1/scans", {});
  }

  /** What the server took (sequences), and what it refused ([{sequence, code}]). */
  settle(queue, taken, refused = []) {
    return this.#send("/v1/scans/settled", { body: { queue, taken, refused } });
  }

  close() {
    this.#over.abort();
    this.#lift();
  }

  async #ask(tap, what, body) {
    if (this.#tap?.tap !== tap) throw new ReaderError("card_lifted");
    const isOver = this.#tapOver.signal;
    try {
      const answer = await this.#send(`/v1/taps/${tap}/${what}`, { body, signal: isOver });
      if (isOver.aborted || answer.tap !== tap) throw new ReaderError("card_lifted");
      return answer;
    } catch (error) {
      throw isOver.aborted ? new ReaderError("card_lifted") : error;
    }
  }

  #send(path, options) {
    return send(this.#pairing.address, path, { token: this.#pairing.token, ...options });
  }

  #tell(name, detail = {}) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  #lift() {
    const lifted = this.#tap;
    if (lifted === null) return;
    this.#tap = null;
    this.#tapOver.abort();
    this.#tell("card_lifted", { tap: lifted.tap, reader: lifted.reader });
  }

  #lay(tap) {
    this.#lift();
    this.#tapOver = new AbortController();
    this.#tap = tap;
    this.#tell("card_present", tap);
  }

  async #keepListening() {
    let pause = firstPauseMilliseconds;
    while (!this.#over.signal.aborted) {
      let reason = "no_reader";
      try {
        await this.#listen(() => { pause = firstPauseMilliseconds; });
      } catch (error) {
        if (error instanceof ReaderError) reason = error.code;
      }
      this.#lift();
      if (this.#over.signal.aborted) return;
      if (reason === "not_paired") { this.#tell("unpaired"); return; }
      this.#tell("disconnected", { code: reason });
      await new Promise((done) => { setTimeout(done, pause); });
      pause = Math.min(2 * pause, longestPauseMilliseconds);
    }
  }

  /** Hear events until the reader is gone, or silent. */
  async #listen(heard) {
    const silence = new AbortController();
    let watch = 0;
    const waitOn = () => {
      clearTimeout(watch);
      watch = setTimeout(() => silence.abort(), silenceMilliseconds);
    };
    waitOn();
    try {
      const signal = AbortSignal.any([this.#over.signal, silence.signal]);
      const { address, token } = this.#pairing;
      const answer = await request(address, "/v1/events", { token, signal });
      const text = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      let unread = "";
      for (;;) {
        const { value, done } = await text.read();
        if (done) return;
        waitOn();
        const lines = (unread + value).split("\n");
        unread = lines.pop();
        for (const line of lines.filter(Boolean)) this.#hear(JSON.parse(line));
        heard();
      }
    } finally {
      clearTimeout(watch);
    }
  }

  #hear({ event, ...detail }) {
    if (event === "hello") {
      this.#tell("connected", { readers: detail.readers, hasService: detail.has_service });
      if (detail.tap !== null) this.#lay({ tap: detail.tap, kind: detail.kind, reader: "" });
      else if (detail.is_busy) this.#tell("card_busy");
      else if (detail.must_lift) this.#tell("one_card_only");
    } else if (event === "card_present") {
      this.#lay(detail);
    } else if (event === "card_lifted") {
      if (this.#tap?.tap === detail.tap) this.#lift();
    } else {
      this.#tell(event, detail);
    }
  }
}

async function send(address, path, options) {
  return (await request(address, path, options)).json();
}

/** One request; with a body it is a POST. A refusal is a ReaderError. */
async function request(address, path, { token, body, signal }) {
  const headers = {};
  if (token) headers.Authorization = `Bearer ${token}`;
  if (body) headers["Content-Type"] = "application/json";
  let answer;
  try {
    answer = await fetch(address + path, {
      method: body ? "POST" : "GET",
      headers,
      body: body && JSON.stringify(body),
      signal,
      cache: "no-store",
      credentials: "omit",
      redirect: "error",
      referrerPolicy: "no-referrer",
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ReaderError(await isRefusedByBrowser() ? "browser_refuses" : "no_reader");
  }
  if (answer.ok) return answer;
  const problem = await answer.json().catch(() => ({}));
  throw new ReaderError(problem.code ?? "no_reader", problem);
}

async function isRefusedByBrowser() {
  // Chromium asks the person before a page may reach this machine, under one name or another.
  for (const name of ["loopback-network", "local-network-access"]) {
    try {
      return (await navigator.permissions.query({ name })).state === "denied";
    } catch { /* not known to this browser */ }
  }
  return false;
}

function textOf(bytes) {
  const text = btoa(String.fromCharCode(...bytes));
  return text.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

function bytesOf(text) {
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}
