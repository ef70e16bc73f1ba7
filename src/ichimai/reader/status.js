// Shows the page anew every two seconds. Without this script there is the link.

setInterval(async () => {
  const answer = await fetch("/").catch(() => null);
  if (!answer?.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  document.getElementById("status").replaceWith(page.getElementById("status"));
}, 2000);
