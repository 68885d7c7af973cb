// The field page: choose an event and a session, record who is there, with or without a link.
import { clocks, device, keepDevice, newKey, record, waiting } from "./device.js";
import { marks, matching, nipIn } from "./people.js";
import { openScanner } from "./scanner.js";
import { allEvents, allRecords, changeRecords, getMeta } from "./store.js";
import { NoLink, Refused, SignInNeeded, bring, download, enrol, exported, hello, synchronise } from "./sync.js";
import { speak, t } from "./words.js";

const main = document.getElementById("main");
const link = document.getElementById("link");
const sayBox = document.getElementById("say");
const view = { code: "", session: 0, search: "", doubtful: "", scanner: null };
let quiet = 0;

function el(tag, props = {}, ...children) {
  const made = Object.assign(document.createElement(tag), props);
  made.append(...children.filter((one) => one !== null && one !== undefined && one !== ""));
  return made;
}

// What is drawn anew under a finger swallows the tap: it waits until the finger is lifted.
let pressing = false;
let postponed = false;
addEventListener("pointerdown", () => { pressing = true; }, true);
for (const end of ["pointerup", "pointercancel"]) addEventListener(end, () => setTimeout(() => {
  pressing = false;
  if (postponed) draw();
}, 0), true);

function show(...parts) {
  postponed = pressing;
  if (!pressing) main.replaceChildren(...parts.filter(Boolean));
}

function say(words, kind = "") {
  clearTimeout(quiet);
  sayBox.textContent = words;
  sayBox.className = kind;
  sayBox.hidden = !words;
  quiet = setTimeout(() => { sayBox.hidden = true; }, 7000);
}

async function told(work) {
  try {
    return await work();
  } catch (fault) {
    if (fault instanceof SignInNeeded) {
      say(t("Masuk lagi untuk mengirim. Catatan aman di perangkat ini."), "warn");
      sayBox.append(" ", el("a", { href: "../masuk?ke=/lapangan/", textContent: t("Masuk") }));
    } else if (fault instanceof NoLink) say(t("Belum tersambung. Catatan aman di perangkat ini dan dikirim saat ada jaringan."), "warn");
    else if (fault instanceof Refused) say(fault.message, "bad");
    else say(t("Tidak dapat menyimpan di perangkat ini: {why}. Catat di kertas.", { why: fault.name || String(fault) }), "bad");
    return null;
  }
}

async function showLink() {
  const count = (await waiting()).length;
  const words = [navigator.onLine ? t("Ada jaringan") : t("Tanpa jaringan")];
  words.push(count ? t("{n} belum terkirim", { n: count }) : t("Semua terkirim"));
  link.textContent = words.join(" · ");
  link.className = navigator.onLine ? "" : "off";
}

async function send(loud = false) {
  // Without a link there is nothing to say, the head of the page says it; that nobody is signed in must be said.
  const done = await told(() => synchronise().catch((fault) => { if (loud || !(fault instanceof NoLink)) throw fault; return null; }));
  if (done) {
    const refused = (await allRecords()).filter((one) => one.state === "refused").length;
    if (refused) say(t("{n} catatan ditolak. Lihat daftar di bawah.", { n: refused }), "bad");
    else if (done.sent) say(t("{n} catatan terkirim dan diterima.", { n: done.sent }), "good");
    else if (loud) say(t("Tidak ada yang perlu dikirim."));
    await getAll(done.me);
  }
  await draw();
}

async function getAll(me) {
  speak(me.language);
  for (const code of me.events) await download(code);
  const anchor = await getMeta("anchor");
  const off = anchor ? Math.round(Math.abs(anchor.c.w - anchor.s) / 60000) : 0;
  if (off > 5) say(t("Jam perangkat ini salah {minutes} menit. Catatan akan dibetulkan, tetapi setel jamnya.", { minutes: off }), "warn");
}

// -- enrolling ----------------------------------------------------------------------------------------------

async function drawEnrol() {
  const me = await hello().catch((fault) => fault);
  const lead = el("p", { className: "lead", textContent: t("Daftarkan sekali saat ada jaringan. Setelah itu kehadiran dapat dicatat tanpa jaringan.") });
  if (me instanceof Error) {
    main.replaceChildren(el("h1", { textContent: t("Perangkat ini belum terdaftar") }), lead,
      el("p", {}, el("a", { className: "button", href: "../masuk?ke=/lapangan/", textContent: t("Masuk dahulu") })));
    return;
  }
  speak(me.language);
  const label = el("input", { id: "label", maxLength: 60, required: true });
  const form = el("form", {}, el("label", { htmlFor: "label", textContent: t("Nama perangkat, misalnya HP Yohana") }), label,
    el("button", { textContent: t("Daftarkan perangkat ini") }));
  form.onsubmit = (event) => {
    event.preventDefault();
    told(async () => {
      const key = await newKey();
      const known = await enrol(me.csrf, label.value, key.jwk);
      await keepDevice({ pair: key.pair, keyId: known.key_id, label: label.value, account: me.account });
      await navigator.storage?.persist?.();
      await getAll(me);
      say(t("Perangkat terdaftar."), "good");
      await draw();
    });
  };
  main.replaceChildren(el("h1", { textContent: t("Perangkat ini belum terdaftar") }), lead, form);
}

// -- the list of events --------------------------------------------------------------------------------------

const day = (event, ms) => new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short", timeZone: event.zone }).format(ms);

async function drawList() {
  const events = (await allEvents()).sort((a, b) => b.sessions[0].start - a.sessions[0].start);
  const list = events.map((event) => {
    const button = el("button", { className: "item" }, el("b", { textContent: event.title }),
      el("span", { textContent: `${event.code} · ${day(event, event.sessions[0].start)} · ${t("{n} orang", { n: event.people.length })}` }));
    button.onclick = () => { view.code = event.code; view.session = current(event); draw(); };
    return el("li", {}, button);
  });
  show(el("h1", { textContent: t("Acara saya") }),
    list.length ? el("ul", {}, ...list) : el("p", { className: "lead", textContent: t("Belum ada acara di perangkat ini. Ambil daftar acara saat ada jaringan.") }),
    tools(), await refusedList());
}

// The session that runs now, else the next one, else the last.
function current(event) {
  const now = clocks().w;
  return (event.sessions.find((one) => one.end > now) || event.sessions.at(-1)).n;
}

function tools() {
  const button = (id, words, work) => { const made = el("button", { id, className: "quiet", textContent: words }); made.onclick = work; return made; };
  const file = el("input", { id: "file", type: "file", accept: ".json,application/json", hidden: true });
  file.onchange = () => told(async () => {
    const receipts = await bring(file.files[0]).catch((fault) => { if (fault instanceof SyntaxError || fault.message === "FIELD-FILE") throw new Refused(t("Berkas itu bukan berkas lapangan JP Bridge, atau rusak.")); throw fault; });
    const bad = receipts.filter((one) => one.answer === "refused").length;
    say(t("Berkas: {n} diterima, {m} ditolak.", { n: receipts.length - bad, m: bad }), bad ? "bad" : "good");
    file.value = "";
    await draw();
  });
  return el("div", { className: "tools" }, button("send", t("Kirim sekarang"), () => send(true)),
    button("export", t("Ekspor berkas"), () => told(saveFile)), button("bring", t("Kirim berkas perangkat lain"), () => file.click()), file);
}

async function saveFile() {
  const { count, text } = await exported();
  const name = `lapangan-${new Date().toISOString().slice(0, 16).replace(/[:T]/g, "")}.jpb.json`;
  const url = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  el("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
  say(t("Berkas {name} dibuat: {n} catatan. Bawa ke kantor; tanda ✓✓ muncul setelah perangkat ini tersambung lagi.", { name, n: count }));
}

async function refusedList() {
  const refused = (await allRecords()).filter((one) => one.state === "refused");
  if (!refused.length) return null;
  const again = el("button", { className: "quiet", textContent: t("Kirim ulang yang ditolak") });
  again.onclick = () => told(async () => { await changeRecords(refused.map((one) => [one.u, { state: "saved" }])); await send(true); });
  return el("section", {}, el("h2", { textContent: t("Catatan perangkat ini") }),
    el("ul", { className: "roll" }, ...refused.map((one) => el("li", {}, el("span", { textContent: one.n || one.p }), state(one)))), again);
}

// -- one session ---------------------------------------------------------------------------------------------

function state(one) {
  if (!one) return el("small", { textContent: "✓✓", className: "taken" });
  if (one.state === "taken") return el("small", { className: one.told ? "taken told" : "taken", title: t("Diterima, resi {receipt}", { receipt: one.receipt }), textContent: `✓✓ ${one.receipt}${one.told ? ` · ${one.told}` : ""}` });
  if (one.state === "refused") return el("small", { className: "refused", textContent: `✗ ${t("Ditolak: {reason}", { reason: one.told || one.reason })}` });
  return el("small", { className: "saved", textContent: `✓ ${t("Tersimpan di perangkat ini")}` });
}

async function keep(event, act, typed, name) {
  await record({ e: event.code, s: view.session, a: act, p: typed, ...(name ? { n: name } : {}) });
  navigator.vibrate?.(60);
  await draw();
  send();
}

// What was scanned or typed: one person, recorded; or a word why not.
async function take(event, act, text) {
  const typed = text.trim();
  if (!typed) return;
  const nip = nipIn(typed);
  const found = nip ? event.people.filter((one) => one.nip === nip) : act === "tick" ? matching(event.people, typed) : [];
  if (!nip && found.length > 1) { say(t("Lebih dari satu orang cocok. Ketik lebih lengkap, atau ketuk namanya."), "warn"); return; }
  const who = found[0]?.nip || nip || typed;
  const name = found[0]?.name || "";
  if (!nip && !found.length && view.doubtful !== typed) {
    view.doubtful = typed;
    say(t("Bukan NIP: harus 18 angka dengan tanggal lahir yang benar. Periksa lagi, atau tekan Catat sekali lagi untuk menyimpan apa adanya."), "warn");
    return;
  }
  view.doubtful = "";
  view.search = "";
  if (marks(event, view.session, await allRecords()).get(who)?.present) { say(t("Sudah tercatat: {name}", { name: name || who })); await draw(); return; }
  await keep(event, act, who, name);
  if (found.length) say(t("Tercatat: {name}", { name }), "good");
  else say(navigator.onLine ? t("Tidak ada di daftar acara ini; akan diperiksa saat terkirim.") : t("Tidak ada di daftar acara ini. Belum bisa diperiksa tanpa jaringan."), "warn");
}

function row(event, one, mark) {
  const present = Boolean(mark?.present);
  const button = el("button", { className: "person" }, el("i", { className: "box", textContent: present ? "✓" : "" }),
    el("span", {}, el("b", { textContent: one.name || one.nip }), el("small", { textContent: one.office ? `${one.nip} · ${one.office}` : one.nip })),
    present || mark?.record ? state(mark.record) : null);
  button.setAttribute("aria-pressed", String(present));
  button.onclick = () => told(async () => {
    if (present && !confirm(t("Batalkan kehadiran {name}?", { name: one.name || one.nip }))) return;
    await keep(event, present ? "untick" : "tick", one.nip, one.name);
    say(t(present ? "Dibatalkan: {name}" : "Tercatat: {name}", { name: one.name || one.nip }), present ? "" : "good");
  });
  return el("li", {}, button);
}

async function drawSession(event) {
  const roll = marks(event, view.session, await allRecords());
  const listed = new Set(event.people.map((one) => one.nip));
  const extra = [...roll.keys()].filter((who) => !listed.has(who)).map((nip) => ({ nip, name: roll.get(nip).record?.named || "", office: t("Di luar daftar peserta") }));
  const everybody = [...event.people, ...extra];
  const shown = matching(everybody, view.search);
  const done = everybody.filter((one) => roll.get(one.nip)?.present).length;
  const back = el("button", { className: "link", textContent: `← ${t("Kembali")}` });
  back.onclick = () => { closeScanner(); Object.assign(view, { code: "", search: "" }); draw(); };
  const choice = el("select", { id: "session", ariaLabel: t("Sesi") }, ...event.sessions.map((one) => el("option", { value: one.n, selected: one.n === view.session, textContent: `${one.title} · ${day(event, one.start)}` })));
  choice.onchange = () => { view.session = Number(choice.value); draw(); };
  const list = el("ul", { className: "roll" }, ...shown.slice(0, 400).map((one) => row(event, one, roll.get(one.nip))));
  const session = event.sessions.find((one) => one.n === view.session);
  show(back, el("h1", { textContent: event.title }), choice,
    session.state === "confirmed" ? el("p", { className: "note", textContent: t("Sesi ini sudah dikonfirmasi; catatan baru perlu konfirmasi ulang.") }) : null,
    entry(event, list, everybody, roll), el("div", { id: "scan" }, view.scanner?.video || ""),
    el("p", { className: "count", textContent: t("{done} dari {all} hadir", { done, all: everybody.length }) }), list, tools());
}

function entry(event, list, everybody, roll) {
  const input = el("input", { id: "typed", value: view.search, placeholder: t("NIP atau nama"), ariaLabel: t("NIP atau nama"), autocomplete: "off", maxLength: 200 });
  input.oninput = () => {
    view.search = input.value;
    list.replaceChildren(...matching(everybody, view.search).slice(0, 400).map((one) => row(event, one, roll.get(one.nip))));
  };
  const scan = el("button", { type: "button", id: "scanner", className: "quiet", textContent: view.scanner ? t("Tutup kamera") : t("Pindai kartu") });
  scan.onclick = () => told(() => (view.scanner ? closeScanner(true) : startScanner(event)));
  const form = el("form", { className: "entry" }, input, el("button", { textContent: t("Catat") }), scan);
  form.onsubmit = (submitted) => { submitted.preventDefault(); told(() => take(event, "tick", input.value)); };
  return form;
}

async function startScanner(event) {
  try {
    view.scanner = await openScanner((text) => told(() => take(event, "scan", text)));
  } catch (fault) {
    say(fault.name === "NotSupportedError" ? t("Perangkat ini tidak dapat memindai. Ketik NIP, atau pakai pemindai yang mengetik.") : t("Kamera tidak dapat dibuka. Beri izin kamera, atau ketik NIP."), "warn");
    return;
  }
  await draw();
}

function closeScanner(redraw = false) {
  view.scanner?.close();
  view.scanner = null;
  if (redraw) draw();
}

// -- the page ------------------------------------------------------------------------------------------------

async function draw() {
  await showLink();
  const typing = document.activeElement?.id === "typed";
  if (!(await device())) return drawEnrol();
  const event = view.code && (await allEvents()).find((one) => one.code === view.code);
  await (event ? drawSession(event) : drawList());
  if (typing) document.getElementById("typed")?.focus();
}

addEventListener("online", () => { showLink(); device().then((known) => known && send()); });
addEventListener("offline", showLink);
setInterval(async () => { if (navigator.onLine && (await device()) && (await waiting()).length) send(); }, 30_000);

const start = async () => {
  speak((await getMeta("me"))?.language);
  await draw();
  if (await device()) await send();
};
navigator.serviceWorker?.register("sw.js", { scope: "./" });
told(start);
