// What this device keeps: IndexedDB, written before anything is shown as saved.
const NAME = "jpbridge-lapangan";
let opening = null;

function open() {
  opening ??= new Promise((done, fail) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => {
      const db = request.result;
      db.createObjectStore("meta");
      db.createObjectStore("events", { keyPath: "code" });
      db.createObjectStore("records", { keyPath: "u" }).createIndex("event", "e");
    };
    request.onsuccess = () => done(request.result);
    request.onerror = () => fail(request.error);
  });
  return opening;
}

// Runs `work` on the stores; resolves with its value only when the transaction is on disk.
async function transact(names, mode, work) {
  const db = await open();
  return new Promise((done, fail) => {
    const tx = db.transaction(names, mode, { durability: "strict" });
    let value;
    work(names.map((name) => tx.objectStore(name)), (result) => { value = result; });
    tx.oncomplete = () => done(value);
    tx.onabort = () => fail(tx.error);
  });
}

export const getMeta = (key) =>
  transact(["meta"], "readonly", ([meta], give) => { const r = meta.get(key); r.onsuccess = () => give(r.result); });
export const setMeta = (key, value) => transact(["meta"], "readwrite", ([meta]) => { meta.put(value, key); });
export const putEvent = (event) => transact(["events"], "readwrite", ([events]) => { events.put(event); });
export const allEvents = () =>
  transact(["events"], "readonly", ([events], give) => { const r = events.getAll(); r.onsuccess = () => give(r.result); });
export const allRecords = () =>
  transact(["records"], "readonly", ([records], give) => { const r = records.getAll(); r.onsuccess = () => give(r.result); });

// The running number and the record in one transaction: a killed page leaves no hole and no nameless record.
export const addRecord = (record) =>
  transact(["meta", "records"], "readwrite", ([meta, records], give) => {
    const counter = meta.get("counter");
    counter.onsuccess = () => {
      const numbered = { ...record, i: (counter.result || 0) + 1 };
      meta.put(numbered.i, "counter");
      records.add(numbered);
      give(numbered);
    };
  });

// Changes the records named; those that are not here are left alone.
export const changeRecords = (changes) =>
  transact(["records"], "readwrite", ([records]) => {
    for (const [nonce, change] of changes) {
      const found = records.get(nonce);
      found.onsuccess = () => { if (found.result) records.put({ ...found.result, ...change }); };
    }
  });
