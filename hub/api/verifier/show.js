// What a person sees of it.

const pinned = JSON.parse(document.getElementById("pinned").textContent);
const page = { language: "en", text: null, checked: null, wrong: null, round: 0 };
const at = (id) => document.getElementById(id);
const say = (name, values = {}) => TEXTS[page.language][name].replace(/\{(\w+)\}/g, (_, key) => String(values[key]));

function made(tag, content, ...children) {
  const element = document.createElement(tag);
  if (content !== null) element.textContent = content;
  element.append(...children);
  return element;
}

function labelOf(name) {
  return Object.hasOwn(FIELDS, name) ? FIELDS[name][ORDER.indexOf(page.language)] : name;
}

function shown(field) {
  if (field.text === null) return hex(field.value);
  if (field.name === "recordedAt") {
    const moment = new Date(Number(field.text));
    if (!Number.isNaN(moment.getTime())) return `${moment.toLocaleString(page.language, { dateStyle: "long", timeStyle: "long", timeZone: "Europe/Brussels" })}`;
  }
  if (OPEN.includes(field.name) || field.name.startsWith("@")) return field.text;
  try {
    return plain(JSON.parse(field.text));
  } catch {
    return field.text;
  }
}

function plain(value) {
  if (Array.isArray(value)) return value.length ? value.map(plain).join(", ") : "—";
  if (isTable(value)) return Object.entries(value).map(([name, one]) => `${name}: ${plain(one)}`).join("; ") || "—";
  return String(value);
}

function tableOf(checked) {
  const body = made("tbody", null);
  for (const field of checked.fields.filter((one) => one.open)) {
    const head = made("th", labelOf(field.name));
    head.scope = "row";
    body.append(made("tr", null, head, made("td", shown(field))));
  }
  return made("table", null, made("caption", say("shown")), body);
}

function listOf(checked) {
  const points = [say("checkedFields"), say("checkedPath", { size: checked.note.size, origin: checked.note.origin })];
  points.push(checked.vouched ? say("checkedKey") : say("uncheckedKey"));
  if (checked.later) points.push(say("checkedLater", { size: checked.later.size }));
  for (const { name, time } of checked.cosigned) {
    const moment = new Date(Number(time) * 1000).toLocaleString(page.language, { timeZone: "Europe/Brussels" });
    points.push(say("cosigned", { name, time: moment }));
  }
  if (checked.cosigned.length === 0) points.push(say("notCosigned"));
  const closed = checked.fields.filter((one) => !one.open).length;
  points.push(say("closed", { count: closed }));
  return made("ul", null, ...points.map((point) => made("li", point)));
}

function draw(kind, ...content) {
  const result = at("result");
  result.className = kind;
  result.replaceChildren(...content);
  result.hidden = false;
}

function showChecked(checked) {
  if (checked.vouched && !checked.enough) {
    const values = { count: checked.cosigned.length, quorum: pinned.quorum };
    draw("warn", made("h2", `! ${say("unwitnessed")}`), made("p", say("unwitnessedMore", values)), listOf(checked), tableOf(checked));
    return;
  }
  if (checked.vouched) {
    draw("good", made("h2", `✓ ${say("proven")}`), made("p", say("provenMore", { index: checked.index })), listOf(checked), tableOf(checked));
    return;
  }
  const key = made("p", null, made("code", checked.key));
  draw("warn", made("h2", `! ${say("unvouched")}`), made("p", say("unvouchedMore", { origin: checked.note.origin })), key, listOf(checked), tableOf(checked));
}

function showWrong(wrong) {
  const what = wrong.part === "form" || wrong.part === "browser" ? wrong.part : "altered";
  const detail = say(`wrong_${wrong.part}`, { name: wrong.name === null ? "" : labelOf(wrong.name) });
  draw(what === "altered" ? "bad" : "warn", made("h2", `${what === "altered" ? "✗" : "!"} ${say(`is_${what}`)}`), made("p", detail));
}

function drawAll() {
  document.documentElement.lang = page.language;
  document.title = say("title");
  for (const element of document.querySelectorAll("[data-text]")) element.textContent = say(element.dataset.text);
  for (const button of document.querySelectorAll("[data-language]")) button.setAttribute("aria-pressed", String(button.dataset.language === page.language));
  at("languages").setAttribute("aria-label", say("language"));
  at("answer").textContent = "";
  at("mine").hidden = !(page.checked && page.checked.handle);
  if (page.checked) showChecked(page.checked);
  else if (page.wrong) showWrong(page.wrong);
}

async function trusted() {
  const keys = await keysOf(at("keys").value.split("\n").filter((line) => line.trim() !== ""));
  const texts = (type) => keys.filter((key) => key.type === type).map((key) => key.text);
  return { log: texts(ED25519), witnesses: texts(COSIGNATURE), quorum: Math.max(0, Number(pinned.quorum) || 0) };
}

async function check() {
  if (page.text === null) return;
  const round = ++page.round;
  let [checked, wrong] = [null, null];
  try {
    if (!globalThis.crypto?.subtle) throw new Altered("browser");
    checked = await checkProof(page.text, await trusted());
  } catch (error) {
    wrong = error instanceof Altered ? error : new Altered("form");
  }
  if (round !== page.round) return;
  [page.checked, page.wrong] = [checked, wrong];
  drawAll();
}

async function take(file) {
  if (!file) return;
  page.text = file.size <= 4 * LARGEST ? await file.text() : "";
  await check();
  at("result").focus();
}

async function compare() {
  const number = at("number").value.replace(/[\s.\-/]/g, "");
  at("number").value = "";
  if (!page.checked || number === "") return;
  const about = await isAbout(page.checked, number, pinned.handles || page.checked.handles).catch(() => false);
  const sure = pinned.handles ? "" : ` ${say("handlesUnvouched")}`;
  at("answer").textContent = about ? `✓ ${say("isMine")}${sure}` : `✗ ${say("notMine")}`;
}

at("file").addEventListener("change", (event) => take(event.target.files[0]));
at("keys").addEventListener("input", check);
at("compare").addEventListener("click", compare);
at("number").addEventListener("keydown", (event) => event.key === "Enter" && compare());
at("languages").addEventListener("click", (event) => {
  if (event.target.dataset.language) {
    page.language = event.target.dataset.language;
    drawAll();
  }
});
for (const [name, over] of [["dragenter", true], ["dragover", true], ["dragleave", false], ["drop", false]]) {
  document.addEventListener(name, (event) => {
    event.preventDefault();
    at("drop").classList.toggle("over", over);
    if (name === "drop") take(event.dataTransfer.files[0]);
  });
}

at("keys").value = [...pinned.log, ...pinned.witnesses].join("\n");
page.language = (navigator.languages ?? []).map((one) => one.slice(0, 2).toLowerCase()).find((one) => one in TEXTS) ?? "en";
drawAll();
