// Asks this device for a passkey and sends its answer with the form. Without this script, or
// at an address that passkeys are not bound to, the form stays hidden: there are other ways.

const forms = document.querySelectorAll("form[data-passkey]");

function bytes(text) {
  const padded = text.replaceAll("-", "+").replaceAll("_", "/");
  return Uint8Array.from(atob(padded), (letter) => letter.charCodeAt(0));
}

function text(buffer) {
  const letters = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte));
  return btoa(letters.join("")).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function readable(options) {
  options.challenge = bytes(options.challenge);
  if (options.user) options.user.id = bytes(options.user.id);
  for (const known of [...(options.excludeCredentials ?? []), ...(options.allowCredentials ?? [])])
    known.id = bytes(known.id);
  return options;
}

function told(credential) {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"])
    if (credential.response[name]) response[name] = text(credential.response[name]);
  return JSON.stringify({ id: credential.id, rawId: text(credential.rawId), type: credential.type, response });
}

async function answer(form) {
  const token = form.elements.namedItem("form_token").value;
  const asked = await fetch(form.dataset.question, {
    method: "POST",
    body: new URLSearchParams({ form_token: token }),
  });
  if (!asked.ok) throw new Error(String(asked.status));
  const publicKey = readable(await asked.json());
  return told(await navigator.credentials[form.dataset.passkey]({ publicKey }));
}

async function send(event) {
  event.preventDefault();
  const form = event.currentTarget;
  const says = form.querySelector("[role=status]");
  const button = form.querySelector("button");
  button.disabled = true;
  says.textContent = "";
  try {
    form.elements.namedItem("answer").value = await answer(form);
    form.submit();
  } catch {
    // Cancelled, or no such passkey on this device: browsers do not tell which.
    says.textContent = says.dataset.failed;
    button.disabled = false;
  }
}

for (const form of forms) {
  const party = form.dataset.party;
  const isAtHome = location.hostname === party || location.hostname.endsWith(`.${party}`);
  if (isAtHome && window.PublicKeyCredential) {
    form.hidden = false;
    for (const beside of document.querySelectorAll("[data-with-passkey]")) beside.hidden = false;
    form.addEventListener("submit", send);
  }
}
