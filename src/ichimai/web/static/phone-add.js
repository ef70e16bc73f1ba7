// Adding this phone: a key is made that never leaves it, and a code that it signs just now goes
// to the server with the public key. The form of the page does the rest.

import { codeAt, enrol, forget, isPossible, people } from "./phone-code.js";

const form = document.getElementById("add-phone");
const parts = document.querySelectorAll("[data-when]");

/** Shows what is for this state: "impossible", "new" or "known". */
function tell(state) {
  for (const part of parts) part.hidden = !part.dataset.when.split(" ").includes(state);
}

function base64url(bytes) {
  const text = btoa(String.fromCharCode(...bytes));
  return text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

async function fill() {
  const { name, renew } = form.dataset;
  if (renew === "yes") await forget(name);
  const { publicKey } = await enrol(name, form.elements.called.value.trim());
  form.elements.card.value = await codeAt(name, Date.now());
  form.elements.public_key.value = base64url(publicKey);
  // How the people who share this phone call each other is nobody else's business.
  form.elements.called.disabled = true;
}

async function start() {
  if (!isPossible()) return tell("impossible");
  navigator.serviceWorker?.register("/phone/worker.js", { scope: "/phone" }).catch(() => {});
  if (form === null) return tell("new");
  const known = await people();
  const isKnown = known.some(({ name }) => name === form.dataset.name);
  tell(isKnown ? "known" : "new");
  const isShared = known.some(({ name }) => name !== form.dataset.name);
  document.getElementById("called-field").hidden = !isShared || isKnown;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    form.querySelector("button[type=submit]").disabled = true;
    try {
      await fill();
      form.submit();
    } catch {
      tell("impossible");
    }
  });
}

start().catch(() => tell("impossible"));
