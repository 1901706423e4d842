// Columns by keyboard only: made, moved, merged, taken back, archived; nothing is clicked. And dragged, by hand.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { House } from "./house.mjs";

let house;
before(async () => { house = await House.open(); });
after(async () => { await house.close(); });

/** Walks with the tabulator from where the focus is until it stands on the element. */
async function reach(page, locator) {
  await locator.waitFor();
  for (let step = 0; step < 400; step += 1) {
    if (await locator.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press("Tab");
  }
  assert.fail(`the keyboard does not reach ${locator}`);
}

async function press(page, locator) {
  await reach(page, locator);
  await Promise.all([page.waitForEvent("load"), page.keyboard.press("Enter")]);
}

async function write(page, label, text) {
  await reach(page, page.getByLabel(label, { exact: false }).first());
  await page.keyboard.press("Control+A");
  await page.keyboard.type(text);
}

/** Chooses in a picker by typing what it says. */
async function choose(page, selector, name) {
  const picker = page.locator(selector);
  await reach(page, picker);
  await picker.evaluate((element) => { element.dataset.steps = [...element.options].findIndex((one) => one.selected); });
  const from = Number(await picker.getAttribute("data-steps"));
  const to = await picker.evaluate((element, wanted) => [...element.options].findIndex((one) => one.textContent.includes(wanted)), name);
  assert.ok(to >= 0, `${selector} offers ${name}`);
  for (let step = 0; step < Math.abs(to - from); step += 1) await page.keyboard.press(to > from ? "ArrowDown" : "ArrowUp");
  assert.equal(await picker.evaluate((element) => element.selectedIndex), to);
}

const order = (page) => page.locator("tbody tr").evaluateAll((rows) => rows.map((row) => row.dataset.key));
const row = (page, key) => page.locator(`#row-${key}`);
const step = (page, key, which) => row(page, key).locator(`button[value="${which}"]`);

/** Where an address of the portal leads, and by which status. */
async function leads(page, path) {
  const other = await page.context().newPage();
  const answer = await other.goto(house.at("wuhan-hubei", path));
  const from = answer.request().redirectedFrom();
  const found = [from ? (await from.response()).status() : answer.status(), new URL(other.url()).pathname];
  await other.close();
  return found;
}

async function make(page, key, name) {
  await press(page, page.getByRole("link", { name: "新建栏目" }));
  await write(page, "栏目名称", name);
  await write(page, "栏目代码", key);
  await choose(page, "#f-kind", "工作动态");
  await write(page, "栏目描述", `${name}的消息`);
  await write(page, "关键词", name);
  await press(page, page.getByRole("button", { name: "创建栏目" }));
  await page.getByText("已创建栏目").waitFor();
}

for (const javaScriptEnabled of [true, false]) {
  test(`a life of two columns by keyboard, ${javaScriptEnabled ? "with" : "without"} scripts`, async () => {
    const page = await house.signedIn("wuhan", { javaScriptEnabled });
    const end = javaScriptEnabled ? "a" : "b";
    const [one, other] = [`shequ${end}`, `jiedao${end}`];
    await page.goto(house.at("www", "/console/columns"));
    await make(page, one, `社区之声${end}`);
    await make(page, other, `街道之窗${end}`);
    let shown = await order(page);
    assert.ok(shown.indexOf(one) < shown.indexOf(other));

    await press(page, step(page, other, "up"));
    shown = await order(page);
    assert.equal(shown.indexOf(other) + 1, shown.indexOf(one), "one step up");
    if (javaScriptEnabled) assert.equal(await page.evaluate(() => document.activeElement.value), "up", "on the same button again");
    await press(page, step(page, one, "in"));
    assert.equal(await row(page, one).getAttribute("data-parent"), other);
    assert.equal(await row(page, one).getAttribute("data-level"), "2");
    await press(page, step(page, one, "out"));
    assert.equal(await row(page, one).getAttribute("data-level"), "1");

    await press(page, page.getByRole("link", { name: `社区之声${end}` }));
    await choose(page, "#f-into", `街道之窗${end}`);
    await press(page, page.getByRole("button", { name: "查看将移动的内容" }));
    await page.getByText(`社区之声${end} → 街道之窗${end}`).waitFor();
    await press(page, page.getByRole("button", { name: "确认合并" }));
    await page.getByText("已合并栏目").waitFor();
    assert.deepEqual(await leads(page, `/${one}/`), [301, `/${other}/`]);

    await press(page, page.getByRole("button", { name: "撤销" }));
    await page.getByRole("status").getByText("已撤销").waitFor();
    assert.deepEqual(await leads(page, `/${one}/`), [200, `/${one}/`]);

    await press(page, page.getByRole("link", { name: `街道之窗${end}` }));
    await choose(page, "#f-successor", "网站首页");
    await press(page, page.getByRole("button", { name: "归档栏目" }));
    await page.getByText("已归档栏目").waitFor();
    await page.goto(house.at("www", "/console/columns"));
    assert.ok(!(await order(page)).includes(other));
    assert.deepEqual(await leads(page, `/${other}/`), [301, "/"]);
  });
}

test("a row is dragged before another and under another", async () => {
  const context = (await house.signedIn("wuhan")).context();
  // A page of its own for each: the browser's driver holds one drag in a page.
  const drag = async (which, target, y) => {
    const page = await context.newPage();
    await page.goto(house.at("www", "/console/columns"));
    const keys = await order(page);
    await row(page, keys[which]).locator("td").first().hover();
    await page.mouse.down();
    for (const x of [60, 64, 68]) await row(page, keys[target]).hover({ position: { x, y } });
    await Promise.all([page.waitForEvent("load"), page.mouse.up()]);
    return [page, keys];
  };
  const [moved, keys] = await drag(1, 0, 3);
  assert.deepEqual((await order(moved)).slice(0, 2), [keys[1], keys[0]]);
  const [page, now] = await drag(2, 0, 30);
  assert.equal(await row(page, now[2]).getAttribute("data-parent"), now[0]);
  await Promise.all([page.waitForEvent("load"), page.getByRole("button", { name: "撤销" }).click()]);
  await page.getByRole("status").getByText("已撤销").waitFor();
  assert.equal(await row(page, now[2]).getAttribute("data-parent"), "");
});
