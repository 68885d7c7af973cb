// The learner's page on a bad link: what was filled in is kept on the phone and sent until there is an answer. The
// ticket in the form makes a repeat the same record, so nobody is there twice. Without this script the form works too.
const KEPT = `jpbridge-hadir ${location.pathname}`;
const PATIENCE = 20_000;
const PAUSES = [5, 10, 20, 30]; // seconds
let again = 0;
let sending = false;
let current = null; // what waits in this page's life: {fields, pressed}

const recall = () => { try { return JSON.parse(localStorage.getItem(KEPT)); } catch { return null; } };
const keep = (what) => { try { what ? localStorage.setItem(KEPT, JSON.stringify(what)) : localStorage.removeItem(KEPT); } catch { /* private mode: then only this page knows */ } };

function tell(words, seconds) {
  const box = document.getElementById("pending");
  box.hidden = !words;
  box.querySelector("span").textContent = words.replace("{n}", seconds);
  box.querySelector("button").hidden = !seconds;
}

// What the server says to a form: its page. Null where nobody, or somebody else, answered.
async function answerTo(fields) {
  try {
    const answer = await fetch(location.pathname, {
      method: "POST", body: new URLSearchParams(fields), redirect: "error", cache: "no-store", signal: AbortSignal.timeout(PATIENCE),
    });
    if (answer.status >= 500) return null;
    return new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("main");
  } catch {
    return null;
  }
}

function wait(fields, pressed, tries) {
  const words = document.getElementById("pending").dataset;
  let left = PAUSES[Math.min(tries, PAUSES.length - 1)];
  clearInterval(again);
  tell(words.lost, left);
  again = setInterval(() => {
    left -= 1;
    if (left > 0) tell(words.lost, left);
    else send(fields, pressed, tries + 1);
  }, 1000);
}

async function send(fields, pressed, tries = 0) {
  if (sending) return;
  clearInterval(again);
  sending = true;
  current = { fields, pressed };
  document.querySelector("main .note[role=alert]")?.remove(); // what was wrong before is not what is wrong now
  for (const button of document.querySelectorAll("main form button")) button.disabled = true;
  tell(document.getElementById("pending").dataset.sending, 0);
  // Milliseconds since the button was pressed. Not known after the page was closed: then as long ago as can be,
  // which the server takes for the moment of the ticket.
  const tunda = pressed === null ? "999999999" : String(Math.round(performance.now() - pressed));
  const main = await answerTo({ ...fields, tunda });
  sending = false;
  if (!main) { wait(fields, pressed, tries); return; }
  keep(null);
  current = null;
  tell("", 0);
  document.querySelector("main").replaceWith(main);
  main.querySelector("[autofocus]")?.focus();
  start();
}

function start() {
  const form = document.querySelector("main form");
  if (!form) return;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const fields = Object.fromEntries(new FormData(form));
    if (fields.tiket) keep({ tiket: fields.tiket, nip: fields.nip });
    send(fields, performance.now());
  });
}

const now = () => { if (current) send(current.fields, current.pressed); };
document.querySelector("#pending button").addEventListener("click", now);
addEventListener("online", now);
start();
const kept = recall(); // of this page before it was closed
const csrf = document.querySelector("main form")?.elements.csrf.value;
if (kept && csrf) send({ ...kept, csrf }, null);
