// Checking a proof of one line, as docs/log-format.md, "A proof of one line", says. Nothing here touches the page or the network.
"use strict";

const FORMAT = "onlyonce/proof/v1";
const OPEN = ["index", "id", "recordedAt", "kind", "controller", "client", "activity", "outcome", "subject", "retention", "keyId", "body"];
const ED25519 = 1;
const COSIGNATURE = 4;
const LARGEST = 4 * 1024 * 1024;
const utf8 = new TextEncoder();

/** A proof that does not hold: `part` says what of it, `name` which field or witness. */
class Altered extends Error {
  constructor(part, name) {
    super(part);
    this.part = part;
    this.name = name ?? null;
  }
}

function need(holds, part, name) {
  if (!holds) throw new Altered(part, name);
}

function bytesOf(text) {
  need(typeof text === "string" && (!text.isWellFormed || text.isWellFormed()), "form");
  return utf8.encode(text);
}

function base64(text, length, part = "form") {
  let data = null;
  try {
    data = typeof text === "string" ? atob(text) : null;
  } catch {
    data = null;
  }
  need(data !== null && btoa(data) === text && (length === undefined || data.length === length), part);
  return Uint8Array.from(data, (one) => one.charCodeAt(0));
}

function joined(...parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

async function sha256(...parts) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", joined(...parts)));
}

const same = (one, other) => one.length === other.length && one.every((byte, at) => byte === other[at]);
const hex = (data) => Array.from(data, (byte) => byte.toString(16).padStart(2, "0")).join("");
const children = (left, right) => sha256([1], left, right);
const isTable = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const hasExactly = (value, ...names) => isTable(value) && Object.keys(value).sort().join() === names.sort().join();

async function readField(given) {
  need(isTable(given), "form");
  const digest = base64(given.digest, 32);
  if (hasExactly(given, "digest")) return { digest, open: false };
  const isText = hasExactly(given, "digest", "name", "salt", "value");
  need(isText || hasExactly(given, "digest", "name", "salt", "bytes"), "form");
  const name = bytesOf(given.name);
  need(name.length < 4000, "form");
  const value = isText ? bytesOf(given.value) : base64(given.bytes);
  const length = [name.length >> 8, name.length & 255];
  const found = await sha256(utf8.encode("onlyonce/field/v1\0"), base64(given.salt, 16), length, name, value);
  need(same(found, digest), "field", given.name);
  return { digest, open: true, name: given.name, text: isText ? given.value : null, value };
}

async function readFields(given) {
  need(Array.isArray(given) && given.length <= 1002, "form");
  const fields = [];
  for (const one of given) fields.push(await readField(one));
  const names = fields.filter((one) => one.open).map((one) => one.name);
  need(new Set(names).size === names.length, "field", names.find((name, at) => names.indexOf(name) !== at));
  return fields;
}

/** The inclusion of RFC 9162 §2.1.3.2. */
async function includes(index, size, leaf, path, root) {
  if (index < 0n || index >= size) return false;
  let [fn, sn, found] = [index, size - 1n, leaf];
  for (const sibling of path) {
    if (sn === 0n) return false;
    if (fn & 1n || fn === sn) {
      found = await children(sibling, found);
      while (fn !== 0n && !(fn & 1n)) [fn, sn] = [fn >> 1n, sn >> 1n];
    } else {
      found = await children(found, sibling);
    }
    [fn, sn] = [fn >> 1n, sn >> 1n];
  }
  return sn === 0n && same(found, root);
}

/** The consistency of RFC 9162 §2.1.4.2. */
async function goesOn(first, last, path) {
  if (first.size === 0n || first.size > last.size) return false;
  if (first.size === last.size) return path.length === 0 && same(first.root, last.root);
  let [fn, sn] = [first.size - 1n, last.size - 1n];
  while (fn & 1n) [fn, sn] = [fn >> 1n, sn >> 1n];
  const rest = [...path];
  if (fn !== 0n && rest.length === 0) return false;
  let old = fn === 0n ? first.root : rest.shift();
  let now = old;
  for (const sibling of rest) {
    if (sn === 0n) return false;
    if (fn & 1n || fn === sn) {
      [old, now] = [await children(sibling, old), await children(sibling, now)];
      while (fn !== 0n && !(fn & 1n)) [fn, sn] = [fn >> 1n, sn >> 1n];
    } else {
      now = await children(now, sibling);
    }
    [fn, sn] = [fn >> 1n, sn >> 1n];
  }
  return sn === 0n && same(old, first.root) && same(now, last.root);
}

/** A C2SP signed note that holds a tlog-checkpoint. */
function readNote(note) {
  need(typeof note === "string" && !/[\0-\x09\x0b-\x1f]/.test(note), "signature");
  const at = note.lastIndexOf("\n\n");
  const lines = note.slice(at + 2).split("\n");
  need(at > 0 && lines.pop() === "" && lines.length > 0 && lines.length <= 100, "signature");
  const text = note.slice(0, at + 1);
  const [origin, size, root, ...more] = text.split("\n");
  need(origin !== "" && /^(0|[1-9][0-9]{0,18})$/.test(size) && more.pop() === "" && more.every((line) => line !== ""), "signature");
  const signatures = lines.map((line) => {
    const match = /^— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})$/u.exec(line);
    need(match !== null, "signature");
    const data = base64(match[2], undefined, "signature");
    need(data.length > 4, "signature");
    return { name: match[1], id: hex(data.slice(0, 4)), signature: data.slice(4) };
  });
  return { origin, size: BigInt(size), root: base64(root, 32, "signature"), text, signatures };
}

/** A C2SP verifier key, or null where this is none. */
async function readKey(text) {
  const match = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})$/u.exec(text.trim());
  if (match === null) return null;
  let data = null;
  try {
    data = base64(match[3]);
  } catch {
    return null;
  }
  if (data.length !== 33 || (data[0] !== ED25519 && data[0] !== COSIGNATURE)) return null;
  const id = hex((await sha256(utf8.encode(match[1]), [10], data)).slice(0, 4));
  return id === match[2] ? { name: match[1], id, type: data[0], key: data.slice(1), text: text.trim() } : null;
}

async function verifies(key, signature, message) {
  try {
    const imported = await crypto.subtle.importKey("raw", key.key, { name: "Ed25519" }, false, ["verify"]);
    return await crypto.subtle.verify({ name: "Ed25519" }, imported, signature, message);
  } catch (error) {
    if (error.name === "NotSupportedError") throw new Altered("browser");
    return false;
  }
}

/** Whether one of these keys of the log signed the note; a wrong signature of one of them is an alteration. */
async function isSigned(note, keys) {
  for (const { name, id, signature } of note.signatures) {
    const key = keys.find((one) => one.type === ED25519 && one.name === name && one.id === id && name === note.origin);
    if (key === undefined) continue;
    need(await verifies(key, signature, utf8.encode(note.text)), "signature");
    return true;
  }
  return false;
}

/** The known witnesses that cosigned the note, each with the last time at which it did (C2SP tlog-cosignature). */
async function cosigners(note, keys) {
  const found = new Map();
  for (const { name, id, signature } of note.signatures) {
    const key = keys.find((one) => one.type === COSIGNATURE && one.name === name && one.id === id);
    if (key === undefined) continue;
    need(signature.length === 72, "witnesses", name);
    const time = new DataView(signature.buffer, signature.byteOffset, 8).getBigUint64(0);
    const message = utf8.encode(`cosignature/v1\ntime ${time}\n${note.text}`);
    need(await verifies(key, signature.slice(8), message), "witnesses", name);
    if (!found.has(hex(key.key)) || found.get(hex(key.key)).time < time) found.set(hex(key.key), { name, time });
  }
  return [...found.values()];
}

async function readWay(given) {
  need(hasExactly(given, "path", "checkpoint") && Array.isArray(given.path) && given.path.length <= 128, "form");
  return { path: given.path.map((one) => base64(one, 32)), note: readNote(given.checkpoint) };
}

function isTableOf(value, lists, texts) {
  const isText = (one) => typeof one === "string";
  const isList = (one) => Array.isArray(one) && one.every(isText);
  return isTable(value) && Object.entries(value).every(([name, one]) => (texts.includes(name) && isText(one)) || (lists.includes(name) && isList(one)));
}

function parse(text) {
  need(text.length <= LARGEST, "form");
  let proof = null;
  try {
    proof = JSON.parse(text);
  } catch {
    throw new Altered("form");
  }
  need(isTable(proof) && proof.format === FORMAT, "form");
  const must = ["format", "openFields", "sealedDigest", "leaf", "inclusion"];
  const may = ["sealedFields", "later", "keys", "handle"];
  need(must.every((name) => name in proof) && Object.keys(proof).every((name) => must.includes(name) || may.includes(name)), "form");
  for (const [name, lists, texts] of [["keys", ["log", "witnesses"], ["handles"]], ["handle", [], ["room", "scheme", "proof"]]]) {
    need(!(name in proof) || isTableOf(proof[name], lists, texts), "form");
  }
  return proof;
}

async function keysOf(texts) {
  return (await Promise.all(texts.map(readKey))).filter((one) => one !== null);
}

/**
 * Check a proof. `trusted` is { log, witnesses, quorum }: verifier keys that are known from elsewhere than the proof.
 * Throws Altered. `vouched` of what it gives is true where a trusted key signed, false where only a key did that the proof names itself; `enough`,
 * whether the quorum of the trusted witnesses cosigned.
 */
async function checkProof(text, trusted) {
  const proof = parse(text);
  const open = await readFields(proof.openFields);
  need(open.length === OPEN.length && open.every((one, at) => !one.open || one.name === OPEN[at]), "form");
  const sealed = "sealedFields" in proof ? await readFields(proof.sealedFields) : [];
  const sealedDigest = base64(proof.sealedDigest, 32);
  if ("sealedFields" in proof) {
    const found = await sha256(utf8.encode("onlyonce/sealed/v1\0"), ...sealed.map((one) => one.digest));
    need(same(found, sealedDigest), "line");
  }
  const leaf = base64(proof.leaf, 32);
  need(same(await sha256(utf8.encode("onlyonce/leaf/v1\0"), ...open.map((one) => one.digest), sealedDigest), leaf), "line");
  need(open[0].open && open[0].text !== null && /^(0|[1-9][0-9]{0,17})$/.test(open[0].text), "form");
  const index = BigInt(open[0].text);
  const { path, note } = await readWay(proof.inclusion);
  need(await includes(index, note.size, await sha256([0], leaf), path, note.root), "path");
  const notes = [note];
  if ("later" in proof) {
    const later = await readWay(proof.later);
    need(later.note.origin === note.origin && (await goesOn(note, later.note, later.path)), "later");
    notes.push(later.note);
  }
  const fields = [...open, ...sealed];
  const signed = await checkSignatures(notes, trusted, proof.keys ?? {});
  return { index, note, later: notes[1] ?? null, fields, handle: proof.handle ?? null, handles: proof.keys?.handles ?? null, ...signed };
}

async function checkSignatures(notes, trusted, named) {
  const log = await keysOf(trusted.log);
  const own = await keysOf(named.log ?? []);
  const witnesses = await keysOf(trusted.witnesses);
  let vouched = true;
  let cosigned = [];
  for (const note of notes) {
    cosigned = await cosigners(note, witnesses);
    if (await isSigned(note, log)) continue;
    need(!log.some((key) => key.name === note.origin), "signature");
    need(await isSigned(note, own), "signature");
    vouched = false;
  }
  return { vouched, cosigned, enough: cosigned.length >= trusted.quorum, key: own.find((key) => key.name === notes[0].origin)?.text ?? null };
}

/** Whether the line is about the person or enterprise with this number (docs/decisions/0003-subject-handles.md). */
async function isAbout(checked, number, handles) {
  const subject = checked.fields.find((one) => one.open && one.name === "subject");
  if (!checked.handle || !subject || !handles) return null;
  const parts = [checked.handle.room, checked.handle.scheme, number].map((part) => bytesOf(part));
  const lengths = parts.map((part) => new Uint8Array([0, 0, part.length >> 8, part.length & 255]));
  const message = joined(utf8.encode("onlyonce subject handle v1 input\0"), ...parts.flatMap((part, at) => [lengths[at], part]));
  const proof = base64(checked.handle.proof, undefined, "handle");
  let holds = false;
  try {
    const key = await crypto.subtle.importKey("spki", base64(handles, undefined, "handle"), { name: "RSA-PSS", hash: "SHA-256" }, false, ["verify"]);
    const { modulusLength, publicExponent } = key.algorithm;
    holds = modulusLength >= 2048 && hex(publicExponent).replace(/^0+/, "") === "10001" && (await crypto.subtle.verify({ name: "RSA-PSS", saltLength: 0 }, key, proof, message));
  } catch {
    holds = false;
  }
  return holds && hex(await sha256(utf8.encode("onlyonce subject handle v1 output\0"), proof)) === subject.text;
}
