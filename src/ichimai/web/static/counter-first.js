// Before anything of a person is drawn: where this machine has a card reader, its page waits until
// counter.js has heard which card lies there. Of one that is not this person's, nobody sees more.

try {
  if (localStorage.getItem("ichimai-reader")) document.documentElement.classList.add("waits-for-reader");
} catch { /* nothing is kept here: then no reader is, either */ }
