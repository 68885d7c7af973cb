// Bringing the records home: over the link in small batches, or as a file. Only a receipt makes two ticks.
import { clocks, device, keepAnchor, sign, waiting } from "./device.js";
import { allRecords, changeRecords, putEvent, setMeta } from "./store.js";

export const FORMAT = "jpbridge-field/1";
const BATCH = 40; // about 34 kB urlencoded: one answer soon, on a thin link too
const ROOM = 48_000; // of the server's 64 kB, whatever was typed
const PATIENCE = 25_000;

export class SignInNeeded extends Error {}
export class NoLink extends Error {}
export class Refused extends Error {}

async function ask(path, options = {}) {
  let answer;
  try {
    answer = await fetch(path, { redirect: "manual", signal: AbortSignal.timeout(PATIENCE), cache: "no-store", ...options });
  } catch {
    throw new NoLink();
  }
  if (answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403) throw new SignInNeeded();
  if (answer.status === 502 || answer.status === 503 || answer.status === 504) throw new NoLink();
  let content;
  try { content = await answer.json(); } catch { throw new NoLink(); } // a captive portal answers with a page
  if (!answer.ok) throw new Refused(content.sentence || String(answer.status));
  return content;
}

export async function hello() {
  const me = await ask("data/saya");
  await keepAnchor(me.now);
  await setMeta("me", { account: me.account, language: me.language });
  return me;
}

// As many of the first records as one request may hold.
function batchOf(records) {
  let room = ROOM;
  const fitting = records.slice(0, BATCH).findIndex((one) => (room -= encodeURIComponent(JSON.stringify(JSON.stringify(one))).length) < 0);
  return records.slice(0, fitting < 0 ? BATCH : Math.max(1, fitting));
}

const post = (path, csrf, content, more = {}) =>
  ask(path, { method: "POST", body: new URLSearchParams({ csrf, isi: JSON.stringify(content), ...more }) });

export const enrol = (csrf, label, jwk) => post("data/perangkat", csrf, { label, jwk });

export async function download(code) {
  const event = await ask(`data/acara/${encodeURIComponent(code)}`);
  await putEvent(event);
  return event;
}

// The answers stand in the order of the records: even one that could not be read has its answer.
async function settle(nonces, receipts) {
  if (receipts.length !== nonces.length) throw new Refused("?");
  await changeRecords(receipts.map((one, place) => [nonces[place], one.answer === "refused"
    ? { state: "refused", reason: one.reason, told: one.told }
    : { state: "taken", receipt: one.receipt, told: one.told, named: one.name, at: one.at }]));
}

let running = null;

// Sends what waits; resolves with {sent, bytes}. A second call while one runs is the same one.
export function synchronise(progress = () => {}) {
  running ??= work(progress).finally(() => { running = null; });
  return running;
}

async function work(progress) {
  const me = await hello();
  let sent = 0;
  let bytes = 0;
  for (;;) {
    const all = await sign(await waiting());
    const records = batchOf(all.map(({ body, sig }) => ({ body, sig })));
    if (!records.length) return { me, sent, bytes };
    const batch = all.slice(0, records.length);
    const content = { format: FORMAT, records, now: clocks() };
    const answer = await post("data/sinkron", me.csrf, content);
    await keepAnchor(answer.now);
    await settle(batch.map((one) => one.u), answer.receipts);
    sent += batch.length;
    bytes += JSON.stringify(content).length;
    progress(sent);
  }
}

// Everything that has no receipt yet, as a file that somebody can carry.
export async function exported() {
  const records = (await sign((await allRecords()).filter((one) => one.state !== "taken"))).sort((a, b) => a.i - b.i);
  const content = {
    format: FORMAT, device: (await device()).keyId, made_at: Date.now(),
    records: records.map(({ body, sig }) => ({ body, sig })),
  };
  return { count: records.length, text: JSON.stringify(content) };
}

// The file of another device, brought by this one.
export async function bring(file) {
  const content = JSON.parse(await file.text());
  if (content.format !== FORMAT || !Array.isArray(content.records)) throw new Refused("FIELD-FILE");
  const me = await hello();
  const receipts = [];
  for (let start = 0, part; start < content.records.length; start += part.records.length) {
    part = { format: FORMAT, records: batchOf(content.records.slice(start, start + BATCH)) };
    const answered = (await post("data/sinkron", me.csrf, part, { cara: "berkas" })).receipts;
    await settle(answered.map((one) => one.nonce), answered);
    receipts.push(...answered);
  }
  return receipts;
}
