// One key, one act: presses what the page has anyway. Without this the buttons and access keys do the same.

const typing = (element) => element.closest("input, textarea, select, [contenteditable=true]");
const rows = [...document.querySelectorAll("[data-row] [data-open]")];

function move(step) {
  const at = rows.indexOf(document.activeElement);
  const next = rows[at < 0 ? (step > 0 ? 0 : rows.length - 1) : Math.min(Math.max(at + step, 0), rows.length - 1)];
  if (next) next.focus();
}

function press(target) {
  const needs = target.dataset.needs && document.getElementById(target.dataset.needs);
  if (needs && !needs.value.trim()) {
    needs.focus();
    needs.scrollIntoView({ block: "center" });
    return;
  }
  // A form that lacks something says so itself and puts the cursor there.
  if (target.form) target.form.requestSubmit(target);
  else target.click();
}

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || typing(event.target)) return;
  const key = event.key.toLowerCase();
  if (key === "?") {
    const help = document.getElementById("keys");
    if (help) { help.open = true; help.scrollIntoView({ block: "center" }); }
    return;
  }
  if (rows.length && (key === "j" || key === "k")) {
    event.preventDefault();
    move(key === "j" ? 1 : -1);
    return;
  }
  const target = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
  if (!target) return;
  event.preventDefault();
  press(target);
});
