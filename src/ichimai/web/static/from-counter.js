// The code from the counter is behind the # of the address, so that no server's log has it.

const form = document.querySelector("[data-from-address]");
const code = location.hash.slice(1);
if (code) {
  history.replaceState(null, "", location.pathname);
  form.elements.namedItem("code").value = code;
}
