// Picks field rules on a sample page: a click gives a selector, two links of a list give the selector of all of them. Works
// beside the typed form, which needs no script.

const form = document.querySelector("[data-pick]");
const first = {};

const plain = (text) => /^[A-Za-z_][\w-]*$/.test(text) && !/\d{3,}/.test(text) && !/^(active|current|on|hover|first|last|odd|even)$/i.test(text);
const classes = (element) => [...element.classList].filter(plain);
const count = (root, selector) => { try { return root.querySelectorAll(selector).length; } catch { return 0; } };

/** How an element is named by itself: its id, else its tag with its classes. */
function own(element) {
  if (element.id && plain(element.id)) return `#${element.id}`;
  const tag = element.localName;
  const named = classes(element).slice(0, 2).map((name) => `.${name}`).join("");
  return named && tag !== "a" && tag !== "li" ? named : tag + named;
}

/** A selector that meets this element and as few others as can be: own name, then the names of what stands around it. */
function selectorOf(element) {
  const root = element.ownerDocument;
  let selector = own(element);
  if (count(root, selector) === 1) return selector;
  for (let above = element.parentElement; above && above.localName !== "body"; above = above.parentElement) {
    const name = own(above);
    if (!name.startsWith("#") && !name.includes(".")) continue;
    const longer = `${name} ${selector}`;
    if (count(root, longer) < count(root, selector)) selector = longer;
    if (count(root, selector) === 1 || name.startsWith("#")) return selector;
  }
  return selector;
}

/** A selector that meets both elements and their like: the nearest named box that holds both, and what they have in common. */
function generalised(one, other) {
  let box = one.parentElement;
  while (box && !box.contains(other)) box = box.parentElement;
  while (box && box.localName !== "body" && !(box.id && plain(box.id)) && classes(box).length === 0) box = box.parentElement;
  const shared = classes(one).filter((name) => other.classList.contains(name)).slice(0, 2).map((name) => `.${name}`).join("");
  const line = one.closest("li, tr, dd, h2, h3, h4");
  const both = line && other.closest(line.localName) ? `${line.localName} ` : "";
  const around = box && box.localName !== "body" ? `${own(box)} ` : "";
  return `${around}${around.trim().endsWith(both.trim()) ? "" : both}${one.localName}${shared}`;
}

const picking = () => form.querySelector('input[name="picking"]:checked');

function mark(root, selector) {
  for (const marked of root.querySelectorAll("[data-marked]")) { marked.style.outline = ""; marked.style.background = ""; marked.removeAttribute("data-marked"); }
  if (!selector) return;
  try {
    for (const element of root.querySelectorAll(selector)) {
      element.dataset.marked = "";
      element.style.outline = "2px solid #c8102e";
      element.style.background = "#fff3cd";
    }
  } catch { /* a selector that is still being typed */ }
}

/** Takes what was clicked as the rule of the chosen field. */
function take(element, part) {
  const chosen = picking();
  if (!chosen || chosen.dataset.part !== part) return;
  const name = chosen.value;
  const links = name === "links" || name === "attachments";
  const target = links ? element.closest("a") || element.querySelector("a") || element : element;
  let selector = selectorOf(target);
  const before = first[name];
  if (links && before && before !== target && before.ownerDocument === target.ownerDocument) selector = generalised(before, target);
  first[name] = target;
  const input = form.elements[`rule_${name}`];
  input.value = selector;
  mark(target.ownerDocument, selector);
  preview();
}

function candidates(box, root, part) {
  const list = box.querySelector("ul");
  const found = part === "list" ? root.querySelectorAll("a, h2, h3") : root.querySelectorAll("h1, h2, h3, time, p, td, span, div[id], div[class], article, section, a");
  const seen = new Set();
  list.replaceChildren();
  for (const element of found) {
    const text = element.textContent.trim().replace(/\s+/g, " ");
    const selector = selectorOf(element);
    const key = part === "list" ? selector + text : selector;
    if (!text || seen.has(key) || list.children.length >= 200) continue;
    seen.add(key);
    const item = document.createElement("li");
    const button = document.createElement("button");
    button.type = "button";
    const code = document.createElement("code");
    code.textContent = selector;
    button.append(`${text.slice(0, 60)} `, code);
    button.setAttribute("aria-label", `${form.dataset.use}: ${text.slice(0, 60)}`);
    button.addEventListener("click", () => take(element, part));
    item.append(button);
    list.append(item);
  }
  box.hidden = list.children.length === 0;
}

let waits;
function preview() {
  clearTimeout(waits);
  waits = setTimeout(async () => {
    const body = new URLSearchParams(new FormData(form));
    const answer = await fetch(form.dataset.preview, { method: "POST", body, headers: { accept: "application/json" } });
    if (!answer.ok) return;
    const seen = await answer.json();
    for (const field of seen.fields) {
      const row = form.querySelector(`[data-field="${field.name}"]`);
      if (!row) continue;
      row.querySelector("[data-met]").textContent = field.met;
      row.querySelector("[data-value]").textContent = field.value;
    }
    form.querySelector("[data-links]").replaceChildren(...seen.links.map((link) => {
      const item = document.createElement("li");
      const address = document.createElement("span");
      address.className = "dim";
      address.textContent = link.url;
      item.append(`${link.title} `, address);
      return item;
    }));
  }, 250);
}

function ready(box) {
  const part = box.dataset.sample;
  const frame = box.querySelector("iframe");
  const over = box.querySelector(".sample-over");
  const begin = () => {
    const root = frame.contentDocument;
    if (!root || !root.body || !root.body.children.length || box.dataset.on) return;
    box.dataset.on = "";
    const height = Math.max(root.documentElement.scrollHeight, 438);
    frame.style.height = `${height}px`;
    over.style.height = `${height}px`;
    // Nothing in the frame hears anything: what lies under the pointer is asked for from here.
    const under = (event) => {
      const at = over.getBoundingClientRect();
      return root.elementFromPoint(event.clientX - at.left, event.clientY - at.top);
    };
    let lit;
    over.addEventListener("mousemove", (event) => {
      const element = under(event);
      if (lit && lit !== element && !("marked" in lit.dataset)) lit.style.outline = "";
      if (element && element !== root.body && !("marked" in element.dataset)) element.style.outline = "1px dashed #14457f";
      lit = element;
    });
    over.addEventListener("click", (event) => {
      const element = under(event);
      if (element && element !== root.body && element !== root.documentElement) take(element, part);
    });
    candidates(form.querySelector(`[data-candidates="${part}"]`), root, part);
  };
  frame.addEventListener("load", begin);
  begin();
}

if (form) {
  for (const box of form.querySelectorAll("[data-sample]")) ready(box);
  form.addEventListener("input", (event) => {
    if (!event.target.name?.startsWith("rule_")) return;
    const chosen = form.querySelector(`input[name="picking"][value="${event.target.name.slice(5)}"]`);
    const frame = chosen && form.querySelector(`[data-sample="${chosen.dataset.part}"] iframe`);
    if (frame?.contentDocument) mark(frame.contentDocument, event.target.value);
    preview();
  });
}
