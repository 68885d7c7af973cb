// Who is meant by what was scanned or typed. The server reads it again, thoroughly, when it arrives.
const PLAIN = /[\s.,\-\u2010-\u2015_/'’‘`´:;|()"“”*\u00a0\u200b]/g;

// The 18 digits of a well-formed NIP in the text, or "".
export function nipIn(text) {
  const compact = text.replace(/^\D{0,12}(?=\d)/, "").replace(PLAIN, "");
  const found = /^\d{18}$/.test(compact) ? compact : (text.match(/(?:^|\D)(\d{18})(?!\d)/) || [])[1] || "";
  if (!found) return "";
  const [year, month, day] = [found.slice(0, 4), found.slice(4, 6), found.slice(6, 8)].map(Number);
  const born = new Date(Date.UTC(year, month - 1, day));
  const proper = born.getUTCFullYear() === year && born.getUTCMonth() === month - 1 && born.getUTCDate() === day;
  return proper && year >= 1900 && Number(found.slice(8, 12)) > year && "12".includes(found[14]) ? found : "";
}

export const folded = (text) => text.toLowerCase().normalize("NFKD").replace(/[^a-z0-9]+/g, " ").trim();

// The people of the roster whose name or NIP holds every word.
export function matching(people, text) {
  const words = folded(text).split(" ").filter(Boolean);
  if (!words.length) return people;
  return people.filter((one) => { const hay = `${one.nip} ${folded(one.name)} ${folded(one.office)}`; return words.every((word) => hay.includes(word)); });
}

// What the records of this device and the marks of the server say of a session: person -> {present, record}.
export function marks(event, session, records) {
  const roll = new Map();
  for (const who of event.marks[session] || []) roll.set(who, { present: true, record: null });
  const mine = records.filter((one) => one.e === event.code && one.s === session && one.state !== "refused");
  for (const one of mine.sort((a, b) => a.i - b.i)) {
    const who = nipIn(one.p) || one.p;
    roll.set(who, { present: one.a !== "untick", record: one });
  }
  return roll;
}
