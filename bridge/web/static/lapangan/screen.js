// The organiser's screen: the session's code, renewed when its time is over.
const qr = document.getElementById("qr");
const digits = document.getElementById("digits");
const count = document.getElementById("count");
const left = document.getElementById("left");
const lost = document.getElementById("lost");
let until = 0;

async function renew() {
  try {
    const answer = await fetch(qr.dataset.source, { cache: "no-store", redirect: "error", signal: AbortSignal.timeout(10_000) });
    if (!answer.ok) throw new Error(String(answer.status));
    const code = await answer.json();
    qr.src = code.qr;
    digits.textContent = `${code.digits.slice(0, 3)} ${code.digits.slice(3)}`;
    count.textContent = code.present;
    until = performance.now() + code.left * 1000;
    lost.hidden = true;
  } catch {
    lost.hidden = false; // an old code on the screen would only be refused
    until = performance.now() + 5000;
  }
}

async function beat() {
  if (performance.now() >= until) await renew();
  left.value = Math.max(0, (until - performance.now()) / 1000);
  setTimeout(beat, 500);
}
beat();
