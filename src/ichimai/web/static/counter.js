// The counter: reads cards for the forms, and lets nobody stay on the screen who has left.
//
// What a page is about is said by its own marks: `data-card-form` takes a card; `data-person` is
// about somebody who is there, for `data-seconds` more; `data-unknown` about a card that lies
// there and is nobody's. The server decides who is there; this
// script only asks sooner, and goes back to the beginning when it hears that nobody is.

import { bytesOfHex, letters, lettersOfHex } from "./letters.js";
import { ReaderError, connect, pair } from "./reader.js";

const start = "/counter";
const pairingKey = "ichimai-reader";
const tapKey = "ichimai-counter-tap";
const activityMilliseconds = 5_000;
const soonSeconds = 10;
const liftMilliseconds = 150;
const followMilliseconds = 5_000;
const toldMilliseconds = 3_000;

const main = document.querySelector("main");
const person = document.querySelector("[data-person]");
const cardForm = document.querySelector("[data-card-form]");
const unknown = document.querySelector("[data-unknown]");
const panel = document.querySelector("[data-reader]");
let isLeaving = false;

// A page that the browser kept is shown to nobody again.
addEventListener("pageshow", (event) => { if (event.persisted) leave(); });
addEventListener("pagehide", () => { if (person) main.hidden = true; });

/** Away from the person's page: to the end of their session, and to the beginning. */
function leave() {
  if (isLeaving) return;
  isLeaving = true;
  main.hidden = true;
  sessionStorage.removeItem(tapKey);
  const end = document.querySelector("#end");
  if (end) end.submit();
  else location.replace(start);
}

function watchTime() {
  const left = document.querySelector("[data-left]");
  const soon = document.querySelector("[data-soon]");
  left.parentElement.hidden = false;
  let endsAt = Date.now() + 1000 * Number(person.dataset.seconds);
  let toldAt = Date.now();
  const tick = () => {
    const seconds = Math.ceil((endsAt - Date.now()) / 1000);
    left.textContent = String(Math.max(0, seconds));
    soon.textContent = seconds <= soonSeconds ? soon.dataset.soon : "";
    if (seconds <= 0) leave();
  };
  setInterval(tick, 500);
  tick();
  const tell = async () => {
    if (Date.now() - toldAt < activityMilliseconds || isLeaving) return;
    toldAt = Date.now();
    const answer = await post("/counter/here", { person: person.dataset.person }).catch(() => null);
    if (answer === null) return;
    if (!answer.ok) { leave(); return; }
    endsAt = Date.now() + 1000 * (await answer.json()).seconds;
    tick();
  };
  for (const name of ["keydown", "input", "pointerdown"]) document.addEventListener(name, tell);
}

function post(path, fields) {
  const token = document.querySelector("input[name=form_token]").value;
  return fetch(path, {
    method: "POST",
    body: new URLSearchParams({ form_token: token, ...fields }),
  });
}

function paired() {
  try {
    return JSON.parse(localStorage.getItem(pairingKey));
  } catch {
    return null;
  }
}

function listen() {
  const pairing = paired();
  const name = pairing ? "[data-paired]" : "[data-unpaired]";
  for (const each of document.querySelectorAll(name)) each.hidden = false;
  if (!pairing || !(person || cardForm || unknown)) { reveal(); return; }
  if (panel && cardForm) panel.hidden = false;
  const reader = connect(pairing);
  // A reader that is silent says nothing of a card, and the server still decides who is there.
  setTimeout(reveal, toldMilliseconds);
  reader.addEventListener("disconnected", reveal);
  reader.addEventListener("unpaired", reveal);
  if (cardForm && panel) new Showing(reader);
  else if (person || unknown) guard(reader);
}

/** The page waited, unseen, for which card lies on the reader (counter-first.js). */
function reveal() {
  document.documentElement.classList.remove("waits-for-reader");
}

/** The card that a page is about stays where it is, or nobody is there any more. */
function guard(reader) {
  const shown = sessionStorage.getItem(tapKey);
  reader.addEventListener("connected", () => {
    // Told right after: whether a card lies there, and which.
    setTimeout(() => {
      if ((reader.tap?.tap ?? null) === shown) reveal();
      else leave();
    }, 0);
  });
  reader.addEventListener("card_present", ({ detail }) => { if (detail.tap !== shown) leave(); });
  // A browser that follows a link cuts the reader off as well: such a page needs no end.
  let isFollowing = false;
  addEventListener("beforeunload", () => { isFollowing = true; });
  const lifted = () => {
    main.hidden = true;
    setTimeout(leave, isFollowing ? followMilliseconds : liftMilliseconds);
  };
  reader.addEventListener("card_lifted", lifted);
  reader.addEventListener("one_card_only", lifted);
}

/** On a page that takes a card. */
class Showing {
  #reader;
  #words = panel.querySelector("[data-words]").dataset;
  #says = panel.querySelector("[data-says]");
  #pinForm = panel.querySelector("[data-pin]");
  #pin = panel.querySelector("#card-pin");
  #isTold = false;
  #isTyped = false;

  constructor(reader) {
    this.#reader = reader;
    let isFirst = true;
    if (!person) cardForm.addEventListener("submit", (event) => this.#type(event));
    reader.addEventListener("disconnected", () => this.#told());
    reader.addEventListener("connected", () => {
      isFirst = true;
      this.#say("wait");
      // What lay there before this page must be lifted: it may be the last person's.
      setTimeout(() => { isFirst = false; this.#told(); reveal(); }, 0);
    });
    reader.addEventListener("card_present", ({ detail }) => {
      if (isFirst) { this.#say("lift"); return; }
      this.#meet(detail);
    });
    reader.addEventListener("card_lifted", () => this.#forget("wait"));
    reader.addEventListener("card_unreadable", () => this.#forget("unreadable"));
    reader.addEventListener("card_busy", () => this.#forget("busy"));
    reader.addEventListener("one_card_only", () => this.#forget("one"));
    reader.addEventListener("disconnected", ({ detail }) => {
      this.#forget(detail.code === "browser_refuses" ? "denied" : "offline");
    });
    reader.addEventListener("unpaired", () => {
      localStorage.removeItem(pairingKey);
      location.assign("/counter/reader");
    });
    this.#pinForm.addEventListener("submit", (event) => { event.preventDefault(); this.#sign(); });
    panel.querySelector("[data-without-pin]")?.addEventListener("click", () => this.#readOnly());
  }

  /** A code was typed: whoever it is of is not shown beside another's card. */
  #type(event) {
    if (this.#isTold && this.#reader.tap === null) return;
    event.preventDefault();
    this.#isTyped = true;
    if (this.#isTold) this.#say("lift");
  }

  /** Now it is known whether a card lies there, or that no reader can tell. */
  #told() {
    this.#isTold = true;
    if (!this.#isTyped) return;
    this.#isTyped = false;
    if (this.#reader.tap === null) cardForm.submit();
    else this.#say("lift");
  }

  #say(word, more = "") {
    this.#says.textContent = `${this.#words[word]} ${more}`.trim();
  }

  #forget(word) {
    this.#pin.value = "";
    this.#pinForm.hidden = true;
    this.#say(word);
  }

  async #meet({ tap, kind }) {
    this.#say("reading");
    try {
      if (kind === "felica") {
        this.#send(tap, { felica: lettersOfHex(await this.#reader.idm(tap)) });
      } else if (kind === "my_number_card" || kind === "phone_certificate") {
        await this.#askPin(tap);
      } else {
        this.#say("other");
      }
    } catch (error) {
      this.#refuse(error);
    }
  }

  async #askPin(tap) {
    const tries = await this.#reader.triesLeft(tap);
    if (tries <= 1) { this.#forget(tries === 0 ? "locked" : "last"); return; }
    panel.querySelector("[data-tries]").textContent = String(tries);
    this.#pinForm.hidden = false;
    this.#say("reading");
    this.#pin.focus();
  }

  async #sign() {
    const tap = this.#reader.tap?.tap;
    const pin = this.#pin.value;
    this.#pin.value = "";
    this.#pinForm.hidden = true;
    try {
      const asked = await post("/counter/challenge", {});
      if (!asked.ok) throw new ReaderError("failed");
      const { id, nonce } = await asked.json();
      const signed = await this.#reader.sign(tap, bytesOfHex(nonce), pin);
      this.#send(tap, {
        certificate: letters(signed.certificate),
        challenge: lettersOfHex(id),
        signature: letters(signed.signature),
      });
    } catch (error) {
      if (error.code === "wrong_card_pin" && error.problem.tries_left > 1) {
        await this.#askPin(tap).catch((again) => this.#refuse(again));
        this.#say("wrong", String(error.problem.tries_left));
      } else {
        this.#refuse(error);
      }
    }
  }

  async #readOnly() {
    const tap = this.#reader.tap?.tap;
    try {
      this.#send(tap, { certificate: letters(await this.#reader.certificate(tap)) });
    } catch (error) {
      this.#refuse(error);
    }
  }

  #refuse(error) {
    const words = {
      card_lifted: "lifted",
      card_busy: "busy",
      wrong_card_pin: "last",
      last_card_pin_try: "last",
      card_pin_blocked: "locked",
      no_reader: "offline",
      browser_refuses: "denied",
    };
    this.#forget(words[error.code] ?? "failed");
  }

  #send(tap, fields) {
    if (this.#reader.tap?.tap !== tap || isLeaving) return;
    isLeaving = true;
    sessionStorage.setItem(tapKey, tap);
    cardForm.elements.namedItem("card").value = "";
    for (const [name, value] of Object.entries(fields)) {
      cardForm.elements.namedItem(name).value = value;
    }
    cardForm.submit();
  }
}

function preparePairing() {
  const form = document.querySelector("form[data-pair]");
  if (!form) return;
  const says = document.querySelector("[data-pair-says]");
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const address = `http://127.0.0.1:${form.elements.namedItem("port").value}`;
    try {
      const pairing = await pair(address, form.elements.namedItem("pairing").value);
      localStorage.setItem(pairingKey, JSON.stringify(pairing));
      says.textContent = says.dataset.done;
    } catch (error) {
      says.textContent = error.code === "browser_refuses" ? says.dataset.denied : says.dataset.failed;
    }
  });
}

if (person) watchTime();
// A code that was typed is no card of the reader's.
cardForm?.addEventListener("submit", () => sessionStorage.removeItem(tapKey));
listen();
preparePairing();
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}
