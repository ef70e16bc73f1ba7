// The amount pad. Without this script the amount is typed into the same field.

const field = document.getElementById("amount");
const pad = document.getElementById("keypad");
const mostDigits = 9;

/** Digits only, also from a Japanese keyboard, without leading zeros. */
function digitsOf(text) {
  return text
    .normalize("NFKC")
    .replace(/[^0-9]/g, "")
    .replace(/^0+/, "")
    .slice(0, mostDigits);
}

function show(digits) {
  field.value = digits === "" ? "" : Number(digits).toLocaleString("en-US");
}

pad.hidden = false;
// The pad is the keyboard: a phone should not cover it with its own.
field.inputMode = "none";
show(digitsOf(field.value));

pad.addEventListener("click", (event) => {
  const key = event.target.closest("button")?.dataset.key;
  if (key === undefined) return;
  const digits = digitsOf(field.value);
  show(key === "erase" ? digits.slice(0, -1) : digitsOf(digits + key));
});

let isComposing = false;
field.addEventListener("compositionstart", () => { isComposing = true; });
field.addEventListener("compositionend", () => { isComposing = false; show(digitsOf(field.value)); });
field.addEventListener("input", () => { if (!isComposing) show(digitsOf(field.value)); });
