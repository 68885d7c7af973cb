// This device: its key, which can sign and can't be taken out, and its clocks.
import { addRecord, allRecords, changeRecords, getMeta, setMeta } from "./store.js";

const CURVE = { name: "ECDSA", namedCurve: "P-256" };
const SIGN = { name: "ECDSA", hash: "SHA-256" };
const LIFE = crypto.randomUUID(); // of this page: within it the monotonic clock counts

export const clocks = () => ({ w: Date.now(), m: Math.round(performance.now()), l: LIFE });

function base64url(buffer) {
  const text = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

export const device = () => getMeta("device");

// A new key pair; the private half is not extractable, not even by us.
export async function newKey() {
  const pair = await crypto.subtle.generateKey(CURVE, false, ["sign", "verify"]);
  return { pair, jwk: await crypto.subtle.exportKey("jwk", pair.publicKey) };
}

export const keepDevice = (known) => setMeta("device", known);
export const keepAnchor = (server) => setMeta("anchor", { s: server, c: clocks() });

// One record: saved first, signed after, so that a killed tab loses nothing.
export async function record(fields) {
  const c = clocks(); // of the tap, not of what comes after
  const me = await device();
  const anchor = await getMeta("anchor");
  const saved = await addRecord({
    v: 1, u: crypto.randomUUID(), k: me.keyId, ...fields, c, ...(anchor ? { h: anchor } : {}), state: "saved",
  });
  return (await sign([saved]))[0];
}

// Signs what has no signature yet; returns the records with it.
export async function sign(records) {
  const me = await device();
  const signed = [];
  const fresh = [];
  for (const one of records) {
    if (one.sig) { signed.push(one); continue; }
    const { v, u, k, i, e, s, a, p, c, n, h } = one;
    const body = JSON.stringify({ v, u, k, i, e, s, a, p, c, n, h });
    const sig = base64url(await crypto.subtle.sign(SIGN, me.pair.privateKey, new TextEncoder().encode(body)));
    signed.push({ ...one, body, sig });
    fresh.push([u, { body, sig }]);
  }
  if (fresh.length) await changeRecords(fresh);
  return signed;
}

export const waiting = async () => (await allRecords()).filter((one) => one.state === "saved").sort((a, b) => a.i - b.i);
