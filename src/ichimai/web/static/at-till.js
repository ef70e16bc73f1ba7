// On every page of a till: keeps the pages that are shown where the network is gone
// (page-worker.js), says how much of what was given without one waits to be sent, and fills in
// the page that stands in for an answer.

import { till, waiting } from "./kept.js";

const worker = "/shop/worker.js";
const scope = "/shop";
const byId = (id) => document.getElementById(id);

async function keepPages() {
  await navigator.serviceWorker?.register(worker, { scope });
  const { active } = await navigator.serviceWorker.ready;
  active.postMessage(document.documentElement.lang);
}

async function tellWaiting() {
  const line = byId("kept-some");
  if (line === null) return;
  const { length } = await waiting();
  line.querySelector("[data-count]").textContent = String(length);
  line.hidden = length === 0;
}

/** On a page that stands in for an answer: which shop it is, and the way to what can be recorded. */
async function tellShop() {
  const shop = byId("shop-name");
  const here = await till();
  if (shop === null || here === null) return;
  shop.textContent = here.shop;
  const way = byId("cut-record");
  if (way !== null) way.hidden = Object.keys(here.tasks).length === 0;
}

/** What the form was about: the amount, and whether it had a card in it. */
function tellForm() {
  const fields = byId("cut-form")?.elements;
  const sum = byId("cut-sum");
  // A sum that was typed may have been typed as it is written.
  const units = (fields?.amount?.value ?? "").normalize("NFKC").replace(/[,\s]/g, "");
  if (/^[0-9]+$/.test(units)) {
    sum.textContent = sum.dataset.yen.replace("0", Number(units).toLocaleString("en-US"));
    sum.hidden = false;
    byId("cut-list")?.removeAttribute("hidden");
  }
  const card = byId("cut-card");
  if (card !== null) card.hidden = fields.card === undefined && fields.first === undefined;
}

tellForm();
// Where a browser keeps nothing, the page is as ever.
keepPages().catch(() => {});
tellWaiting().catch(() => {});
tellShop().catch(() => {});
