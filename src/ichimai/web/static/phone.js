// The page with this phone's code. It works without a network: the code is signed and drawn here,
// and what is left is asked for only when somebody wants to see it.

import { isPossible, people, showCodes } from "./phone-code.js";
import { correction, generate, mode } from "./vendor/lean-qr/index.js";

const byId = (id) => document.getElementById(id);
const words = byId("words").dataset;
const quietModules = 4;
const secondMilliseconds = 1000;
const svg = "http://www.w3.org/2000/svg";

let mine = null;
let end = null;
let timer;

/** Shows one of the parts of the page, and hides the others. */
function only(id) {
  for (const part of document.querySelectorAll("[data-part]")) part.hidden = part.id !== id;
}

function drawn(text) {
  const code = generate(text, { modes: [mode.alphaNumeric], minCorrectionLevel: correction.M });
  const side = code.size + 2 * quietModules;
  let path = "";
  for (let y = 0; y < code.size; y += 1) {
    for (let x = 0; x < code.size; x += 1) {
      if (code.get(x, y)) path += `M${x + quietModules} ${y + quietModules}h1v1h-1z`;
    }
  }
  const picture = document.createElementNS(svg, "svg");
  picture.setAttribute("viewBox", `0 0 ${side} ${side}`);
  picture.setAttribute("class", "card-code");
  picture.setAttribute("shape-rendering", "crispEdges");
  for (const [d, fill] of [[`M0 0h${side}v${side}h-${side}z`, "#fff"], [path, "#000"]]) {
    const part = document.createElementNS(svg, "path");
    part.setAttribute("d", d);
    part.setAttribute("fill", fill);
    picture.append(part);
  }
  return picture;
}

function countDown(endsAt) {
  clearInterval(timer);
  const tell = () => {
    const seconds = Math.max(0, Math.ceil((endsAt - Date.now()) / secondMilliseconds));
    byId("seconds").textContent = words.seconds.replace("{n}", seconds);
    byId("bar").value = seconds;
  };
  tell();
  timer = setInterval(tell, secondMilliseconds);
}

function show(text, endsAt) {
  if (text === null) return only("code-none");
  only("code-here");
  byId("picture").replaceChildren(drawn(text));
  countDown(endsAt);
}

function begin(person) {
  end?.();
  mine = person;
  byId("left").open = false;
  end = showCodes(person.name, show);
  // The screen stays on while the code is read, where the phone allows that.
  navigator.wakeLock?.request("screen").catch(() => {});
}

function ask(all) {
  const list = byId("people");
  list.replaceChildren(...all.map((person, place) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button wide secondary";
    button.textContent = person.called || words.nobody.replace("{n}", place + 1);
    button.addEventListener("click", () => begin(person));
    const item = document.createElement("li");
    item.append(button);
    return item;
  }));
  only("code-who");
}

async function tellLeft() {
  const says = byId("left-says");
  says.textContent = words.asking;
  try {
    const answer = await fetch("/me/left", { redirect: "manual" });
    const told = answer.ok ? await answer.json() : null;
    // Somebody else may be signed in on this phone.
    says.textContent = told?.name === mine.name ? told.left : words.signIn;
  } catch {
    says.textContent = words.offline;
  }
}

async function start() {
  if (!isPossible()) return only("code-impossible");
  navigator.serviceWorker?.register(words.worker, { scope: words.scope }).catch(() => {});
  const all = await people();
  if (all.length === 0) return only("code-none");
  if (all.length > 1) return ask(all);
  return begin(all[0]);
}

byId("left").addEventListener("toggle", () => { if (byId("left").open) tellLeft(); });
start().catch(() => only("code-impossible"));
