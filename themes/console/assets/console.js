// Adds to rooms that work without it: live counts on the board, the editor, a word before leaving unsaved work.

const SVG = "http://www.w3.org/2000/svg";

function drawBar(box, bar) {
  const svg = box && box.querySelector("svg.bar");
  if (!svg) return;
  svg.setAttribute("aria-label", bar.words);
  const seen = new Set();
  for (const part of bar.parts) {
    let rect = svg.querySelector(`[data-part="${part.key}"]`);
    if (!rect) {
      rect = document.createElementNS(SVG, "rect");
      rect.dataset.part = part.key;
      rect.setAttribute("class", `part-${part.key}`);
      rect.setAttribute("y", "0");
      rect.setAttribute("height", "10");
      svg.append(rect);
    }
    rect.setAttribute("x", part.x);
    rect.setAttribute("width", part.width);
    seen.add(part.key);
  }
  for (const rect of svg.querySelectorAll("[data-part]")) if (!seen.has(rect.dataset.part)) rect.remove();
}

function say(root, name, value) {
  for (const element of root.querySelectorAll(`[data-board="${name}"]`)) element.textContent = value;
}

function follow(root) {
  const dot = root.querySelector("[data-live]");
  const source = new EventSource(root.dataset.events);
  source.addEventListener("open", () => { dot.dataset.state = "on"; dot.textContent = document.documentElement.lang === "en" ? "live" : "实时"; });
  source.addEventListener("error", () => { delete dot.dataset.state; });
  source.addEventListener("counts", (event) => {
    const seen = JSON.parse(event.data);
    for (const [key, count] of Object.entries(seen.counts)) {
      const box = root.querySelector(`[data-count="${key}"]`);
      if (!box) continue;
      box.textContent = count;
      box.parentElement.classList.toggle("count-zero", count === 0);
    }
    for (const name of ["done", "total", "percent"]) say(root, name, seen[name]);
    drawBar(root.querySelector('[data-bar="all"]'), seen.bar);
    for (const region of seen.regions) {
      const row = root.querySelector(`[data-region="${region.slug}"]`);
      if (!row) continue;
      row.querySelector("[data-region-done]").textContent = region.done;
      row.querySelector("[data-region-overdue]").textContent = region.overdue || "";
      drawBar(row.querySelector("[data-bar]"), region.bar);
    }
  });
  addEventListener("pagehide", () => source.close());
}

const BLOCKS = { h2: "H2", h3: "H3", p: "P" };

function edit(box) {
  const source = document.getElementById(box.dataset.for);
  const tools = box.querySelector(".editor-tools");
  const text = document.createElement("div");
  text.className = "editor-text prose";
  text.contentEditable = "true";
  text.setAttribute("role", "textbox");
  text.setAttribute("aria-multiline", "true");
  text.setAttribute("aria-labelledby", `l-${source.name}`);
  // What the server sent was cleaned when it was written; it is parsed without running anything.
  const parsed = new DOMParser().parseFromString(source.value, "text/html");
  text.append(...parsed.body.childNodes);
  tools.hidden = false;
  source.hidden = true;
  source.before(text);
  const write = () => { if (!text.hidden) source.value = text.innerHTML; };
  text.addEventListener("input", write);
  source.form.addEventListener("submit", write);
  const align = (side) => {
    let block = getSelection().anchorNode;
    while (block && block.parentNode !== text && !/^(TD|TH|P|H2|H3|DIV)$/.test(block.nodeName)) block = block.parentNode;
    if (!block || block === text || block.nodeType !== 1) return;
    const name = `align-${side}`;
    const on = block.classList.contains(name);
    block.classList.remove("align-center", "align-right");
    if (!on) block.classList.add(name);
  };
  const acts = {
    bold: () => document.execCommand("bold"),
    italic: () => document.execCommand("italic"),
    ul: () => document.execCommand("insertUnorderedList"),
    ol: () => document.execCommand("insertOrderedList"),
    undo: () => document.execCommand("undo"),
    redo: () => document.execCommand("redo"),
    clear: () => document.execCommand("removeFormat"),
    center: () => align("center"),
    right: () => align("right"),
    link: () => { const to = prompt("https://"); if (to) document.execCommand("createLink", false, to); },
    table: () => document.execCommand("insertHTML", false,
      "<table><thead><tr><th scope=\"col\">&nbsp;</th><th scope=\"col\">&nbsp;</th></tr></thead><tbody><tr><td>&nbsp;</td><td>&nbsp;</td></tr></tbody></table><p><br></p>"),
    source: (button) => {
      const on = !text.hidden;
      write();
      if (!on) text.replaceChildren(...new DOMParser().parseFromString(source.value, "text/html").body.childNodes);
      text.hidden = on;
      source.hidden = !on;
      button.setAttribute("aria-pressed", String(on));
      (on ? source : text).focus();
    },
  };
  tools.addEventListener("click", (event) => {
    const button = event.target.closest("[data-tool]");
    if (!button) return;
    const tool = button.dataset.tool;
    if (tool !== "source") text.focus();
    if (BLOCKS[tool]) document.execCommand("formatBlock", false, BLOCKS[tool]);
    else acts[tool](button);
    write();
  });
  document.execCommand("defaultParagraphSeparator", false, "p");
}

function guard(form) {
  let touched = false;
  form.addEventListener("input", () => { touched = true; });
  form.addEventListener("submit", () => { touched = false; });
  addEventListener("beforeunload", (event) => { if (touched) event.preventDefault(); });
}

for (const root of document.querySelectorAll("[data-events]")) follow(root);
for (const box of document.querySelectorAll("[data-editor]")) edit(box);
for (const form of document.querySelectorAll("[data-unsaved]")) guard(form);
// Open menus close with Escape and by a click elsewhere.
addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const open of document.querySelectorAll("details.drop[open]")) { open.open = false; open.querySelector("summary").focus(); }
});
addEventListener("click", (event) => {
  for (const open of document.querySelectorAll("details.drop[open]")) if (!open.contains(event.target)) open.open = false;
});
document.getElementById("refusal")?.focus();
