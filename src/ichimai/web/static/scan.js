// Reads the QR code on a card with the camera and sends the form. Without this script, or
// without a camera, the number is typed into the same form.

import { BarcodeDetector, setZXingModuleOverrides } from "./vendor/barcode-detector/ponyfill.js";

const scanner = document.getElementById("scanner");
const start = document.getElementById("scan-start");
const video = document.getElementById("scan-video");
const says = document.getElementById("scan-says");
const words = document.getElementById("scan-words").dataset;
const form = document.getElementById("card-form");
const field = document.getElementById("card");

const pauseMilliseconds = 120;
const mostCharacters = 140;  // a phone's code has 129
let stream = null;

setZXingModuleOverrides({ locateFile: () => scanner.dataset.wasm });

function stop() {
  stream?.getTracks().forEach((track) => track.stop());
  stream = null;
}

async function look() {
  const detector = new BarcodeDetector({ formats: ["qr_code"] });
  while (stream !== null) {
    const [found] = await detector.detect(video);
    if (found && stream !== null) {
      stop();
      says.textContent = words.found;
      field.value = found.rawValue.slice(0, mostCharacters);
      form.requestSubmit();
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, pauseMilliseconds));
  }
}

async function begin() {
  start.hidden = true;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    video.srcObject = stream;
    video.hidden = false;
    await video.play();
    says.textContent = words.aim;
    await look();
  } catch {
    stop();
    video.hidden = true;
    says.textContent = words.refused;
    field.focus();
  }
}

addEventListener("pagehide", stop);

// Without a network the page stays, for the next card.
form.addEventListener("reset", () => {
  stop();
  video.hidden = true;
  start.hidden = false;
  says.textContent = "";
  form.querySelector("button[type=submit]").disabled = false;
});

// A second click while the first is on its way would only ask the same again. Back from the next
// page, the form can be sent again.
form.addEventListener("submit", () => {
  form.querySelector("button[type=submit]").disabled = true;
});
addEventListener("pageshow", () => {
  form.querySelector("button[type=submit]").disabled = false;
});

// A reader that types is heard although nothing has the focus, as on a tablet, and what it types
// takes the place of a number that was refused.
function replaceRefused() {
  if (field.value === field.defaultValue) field.select();
}
addEventListener("keydown", ({ key, altKey, ctrlKey, metaKey }) => {
  const isTyped = key.length === 1 && !altKey && !ctrlKey && !metaKey;
  if (isTyped && document.activeElement === document.body) field.focus();
});
field.addEventListener("focus", replaceRefused);
if (document.activeElement === field) replaceRefused();

if (navigator.mediaDevices?.getUserMedia) {
  // On a phone the camera comes first: its keyboard must not cover the page. The page's own focus
  // comes before the first frame.
  if (matchMedia("(pointer: coarse)").matches) requestAnimationFrame(() => field.blur());
  scanner.hidden = false;
  start.addEventListener("click", begin);
  // A till that has allowed the camera before begins by itself.
  const permission = await navigator.permissions?.query({ name: "camera" }).catch(() => null);
  if (permission?.state === "granted") begin();
}
