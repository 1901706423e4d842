// Dragging in the tree of columns, beside the buttons that do the same without a script; and the way back to the button that
// was pressed.

const table = document.querySelector("[data-columns]");
const form = document.querySelector("[data-drag]");
let held = null;
let dropped = null;

const rows = () => [...table.tBodies[0].rows].filter((row) => row.querySelector(".column-steps"));

/** Whether a row is the held one or stands below it: what follows it on a deeper level. */
function within(row) {
  for (let at = held; at; at = at.nextElementSibling) {
    if (at !== held && Number(at.dataset.level) <= Number(held.dataset.level)) return false;
    if (at === row) return true;
  }
  return false;
}

function unmark() {
  for (const row of table.querySelectorAll(".drag-before, .drag-under")) row.classList.remove("drag-before", "drag-under");
}

/** The upper third of a row means before it, the rest under it. */
function place(row, event) {
  const box = row.getBoundingClientRect();
  return event.clientY - box.top < box.height / 3 ? "before" : "under";
}

function send(row, how) {
  const to = new URL(table.dataset.columns, location.href);
  form.action = `${to.pathname}/${held.dataset.key}/move${to.search}`;
  form.elements.version.value = held.dataset.version;
  form.elements.column_parent.value = how === "before" ? row.dataset.parent : row.dataset.key;
  form.elements.before.value = how === "before" ? row.dataset.key : "";
  form.submit();
}

function follow(row) {
  row.draggable = true;
  row.addEventListener("dragstart", (event) => {
    held = row;
    row.classList.add("drag-held");
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", row.dataset.key);
  });
  // The page is left when the drag is over, not in the middle of it.
  row.addEventListener("dragend", () => {
    row.classList.remove("drag-held");
    unmark();
    if (dropped) send(...dropped);
    held = null;
    dropped = null;
  });
  row.addEventListener("dragover", (event) => {
    if (!held || within(row)) return;
    event.preventDefault();
    unmark();
    row.classList.add(`drag-${place(row, event)}`);
  });
  row.addEventListener("drop", (event) => {
    if (!held || within(row)) return;
    event.preventDefault();
    dropped = [row, place(row, event)];
  });
}

/** After a step the same button of the same row is where the next press goes. */
function back() {
  const asked = new URLSearchParams(location.search);
  const row = asked.get("row") && document.getElementById(`row-${asked.get("row")}`);
  if (!row) return;
  const button = row.querySelector(`button[value="${CSS.escape(asked.get("step") ?? "")}"]:not([disabled])`);
  (button ?? row).focus();
}

if (table && form) for (const row of rows()) follow(row);
// The browser itself goes to the row of the address once the page is there; this comes after.
if (document.readyState === "complete") back();
else addEventListener("load", back);
