// Bringing the records home: over the link in small batches, or as a file. Only a receipt makes two ticks.
import { clocks, device, keepAnchor, sign, waiting } from "./device.js";
import { allEvents, allRecords, changeRecords, getMeta, putEvent, setMeta } from "./store.js";

export const FORMAT = "jpbridge-field/1";
const LEAST = 5; // records a request; it doubles while the link carries it and is halved when it does not
const FIRST = 40;
const MOST = 320;
const ROOM = 300_000; // characters before packing, whatever was typed
const UNPACKED_ROOM = 40_000; // of the server's 64 kB, where the browser can't pack (before 2023)
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

// Who is signed in here, and the form's token: asked once, and again when a request is refused.
let known = null;

const mine = async () => encodeURIComponent((await device())?.keyId || "");

export async function hello() {
  const me = await ask(`data/saya?perangkat=${await mine()}`);
  await keepAnchor(me.now);
  await setMeta("me", { account: me.account, language: me.language });
  known = me;
  return me;
}

const canPack = "CompressionStream" in globalThis;
const packed = (text) => new Response(new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"))).blob();

// As many of the first records as one request may hold.
function batchOf(records, most) {
  let room = canPack ? ROOM : UNPACKED_ROOM;
  const size = (one) => (canPack ? JSON.stringify(one) : encodeURIComponent(JSON.stringify(one))).length;
  const fitting = records.slice(0, most).findIndex((one) => (room -= size(one)) < 0);
  return records.slice(0, fitting < 0 ? most : Math.max(1, fitting));
}

const post = (path, csrf, content) =>
  ask(path, { method: "POST", body: new URLSearchParams({ csrf, isi: JSON.stringify(content) }) });

// Resolves with the answer and the bytes of the request's content.
async function deliver(content, more = {}) {
  const text = JSON.stringify(content);
  const body = canPack ? new FormData() : new URLSearchParams();
  const part = canPack ? await packed(text) : text;
  for (const [name, value] of Object.entries({ csrf: known.csrf, perangkat: await mine(), ...more })) body.append(name, value);
  body.append("isi", part, ...(canPack ? ["isi.gz"] : []));
  const answer = await ask("data/sinkron", { method: "POST", body });
  await keepAnchor(answer.now);
  return { answer, bytes: canPack ? part.size : encodeURIComponent(text).length };
}

export const enrol = (csrf, label, jwk) => post("data/perangkat", csrf, { label, jwk });

// Takes along what is new of the events, and nothing else: whole ones, or who else was marked.
export async function takeAlong(events) {
  const held = new Map((await allEvents()).map((one) => [one.code, one]));
  for (const { code, r, m } of events) {
    const have = held.get(code);
    if (have && have.r === r && have.m === m) continue;
    const part = have && have.r === r ? "&bagian=hadir" : "";
    const found = await ask(`data/acara/${encodeURIComponent(code)}?perangkat=${await mine()}${part}`);
    await putEvent({ ...(part ? have : {}), ...found });
  }
  await setMeta("asOf", (await getMeta("anchor")).s); // the events are as the server had them then
}

// The answers stand in the order of the records: even one that could not be read has its answer.
async function settle(nonces, receipts) {
  if (receipts.length !== nonces.length) throw new Refused("?");
  await changeRecords(receipts.map((one, place) => [nonces[place], one.answer === "refused"
    ? { state: "refused", reason: one.reason, told: one.told }
    : { state: "taken", receipt: one.receipt, told: one.told, named: one.name, at: one.at }]));
}

let running = null;
let most = FIRST;

// Sends what waits; resolves with {events, language, sent, bytes}. A second call while one runs is the same one.
export function synchronise(progress = () => {}) {
  running ??= work(progress).finally(() => { running = null; });
  return running;
}

async function work(progress) {
  let { events } = known && (await waiting()).length ? known : await hello();
  let sent = 0;
  let bytes = 0;
  let renewed = false;
  for (;;) {
    const all = await sign(await waiting());
    const records = batchOf(all.map(({ body, sig }) => ({ body, sig })), most);
    if (!records.length) return { events, language: known.language, sent, bytes };
    const batch = all.slice(0, records.length);
    let done;
    try {
      done = await deliver({ format: FORMAT, records, now: clocks() });
    } catch (fault) {
      if (fault instanceof NoLink) most = Math.max(LEAST, Math.floor(most / 2));
      else if (fault instanceof SignInNeeded && !renewed) { renewed = true; ({ events } = await hello()); continue; } // another sign-in, another token
      throw fault;
    }
    await settle(batch.map((one) => one.u), done.answer.receipts);
    most = Math.min(MOST, most * 2);
    ({ events } = done.answer);
    known = { ...known, events };
    sent += batch.length;
    bytes += done.bytes;
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
  await hello();
  const receipts = [];
  for (let start = 0, part; start < content.records.length; start += part.records.length) {
    part = { format: FORMAT, records: batchOf(content.records.slice(start, start + MOST), MOST) };
    const answered = (await deliver(part, { cara: "berkas" })).answer.receipts;
    await settle(answered.map((one) => one.nonce), answered);
    receipts.push(...answered);
  }
  return receipts;
}
