// The main job as two duty officers and a county see it: issue → the board turns green → the county's page shows it → correct
// → recall → gone.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { House } from "./house.mjs";

let house;
before(async () => { house = await House.open(); });
after(async () => { await house.close(); });

const TITLE = "关于浏览器测试的通知";
const COUNTY = "wuchang-wuhan-hubei";

const rowOf = (page) => page.getByRole("link", { name: TITLE }).first();

test("issue, prove, correct, recall, gone", async (t) => {
  const duty = await house.signedIn("duty");
  const county = await (await house.context()).newPage();
  let board;

  await t.test("a notice is written and published", async () => {
    await duty.getByRole("link", { name: "新建文稿" }).click();
    await duty.getByLabel("标题", { exact: false }).first().fill(TITLE);
    await duty.getByRole("textbox", { name: "正文" }).fill("各省、自治区、直辖市人民政府：现将有关事项通知如下。");
    await duty.getByLabel("栏目").selectOption("gwyzc");
    await duty.getByRole("button", { name: "保存草稿" }).click();
    await duty.getByText("已保存").waitFor();
    await duty.getByRole("button", { name: "保存并发布" }).click();
    await duty.getByRole("status").getByText("已发布").waitFor();
  });

  await t.test("the preview counts before anything is sent", async () => {
    await duty.getByRole("link", { name: "要求转载" }).click();
    await duty.getByRole("button", { name: "预览" }).click();
    const count = Number(await duty.locator("#audience-count").innerText());
    assert.ok(count > 40, `${count} portals`);
    await duty.getByRole("button", { name: /发出/ }).click();
    await duty.getByText("转载令已发出").waitFor();
    board = duty.url().split("?")[0];
  });

  await t.test("the board turns green without a reload", async () => {
    const loaded = await duty.evaluate(() => performance.timeOrigin);
    await duty.waitForFunction(() => Number(document.querySelector('[data-count="verified_on_time"]').textContent) > 30
      && document.querySelector('[data-count="live_unverified"]').textContent === "0", null, { timeout: 60_000 });
    assert.equal(await duty.evaluate(() => performance.timeOrigin), loaded);
    const green = await duty.locator('[data-bar="all"] [data-part="verified_on_time"]').getAttribute("width");
    assert.ok(Number(green) > 700, `${green} of 1000`);
  });

  await t.test("the county's page shows it", async () => {
    await county.goto(house.at(COUNTY, "/"));
    await rowOf(county).click();
    await county.getByText("各省、自治区、直辖市人民政府").waitFor();
    assert.match(await county.locator("[data-dibao=source]").innerText(), /国务院办公厅/);
  });

  await t.test("a correction is on the county's page at once", async () => {
    await duty.getByRole("link", { name: TITLE }).last().click();
    await duty.getByRole("button", { name: "新建版本（更正）" }).click();
    await duty.getByRole("textbox", { name: "正文" }).fill("更正后的正文。");
    await duty.getByLabel("更正说明").fill("更正正文");
    await duty.getByRole("button", { name: "保存并发布" }).click();
    await duty.getByRole("status").getByText("已发布").waitFor();
    await county.reload();
    await county.getByText("更正后的正文。").waitFor();
    await county.getByText("更正正文").waitFor();
  });

  await t.test("a recall waits for another person", async () => {
    await duty.goto(`${board}?tenant=www`);
    await duty.getByText("撤回全部转载").click();
    await duty.getByRole("textbox", { name: "原因" }).fill("内容有误");
    await duty.getByRole("button", { name: "提出撤回" }).click();
    await duty.getByText("撤回已提出，等待另一人确认").waitFor();
    assert.ok(await duty.getByRole("button", { name: "确认撤回" }).isDisabled());
    await county.reload();
    await county.getByText("更正后的正文。").waitFor();
  });

  await t.test("the second person confirms, and it is gone", async () => {
    const second = await house.signedIn("duty2");
    await second.getByRole("link", { name: TITLE }).first().click();
    await second.getByRole("button", { name: "确认撤回" }).click();
    await second.getByText("已确认撤回").waitFor();
    const gone = await county.reload();
    assert.equal(gone.status(), 410);
    await county.getByText("内容有误").waitFor();
    await county.goto(house.at(COUNTY, "/gwyzc/"));
    assert.equal(await rowOf(county).count(), 0);
    await second.waitForFunction(() => document.querySelector('[data-count="live_unverified"]').textContent === "0"
      && Number(document.querySelector('[data-count="verified_on_time"]').textContent) > 30, null, { timeout: 60_000 });
  });
});

test("the portal that decides by hand places it from its inbox, by keyboard alone", async () => {
  const editor = await house.signedIn("wuhan");
  await editor.getByRole("link", { name: "值守收件" }).first().focus();
  await editor.keyboard.press("Enter");
  await editor.waitForURL(/inbox/);
  const first = editor.locator("tbody a").first();
  const title = await first.innerText();
  await first.focus();
  await editor.keyboard.press("Enter");
  const place = editor.getByRole("button", { name: "确认转载" });
  for (let n = 0; n < 60 && !(await place.evaluate((button) => button === document.activeElement)); n += 1) await editor.keyboard.press("Tab");
  await editor.keyboard.press("Enter");
  await editor.getByText("已转载，平台将自动核验").waitFor();
  const page = await (await house.context()).newPage();
  await page.goto(house.at("wuhan-hubei", "/gwyzc/"));
  await page.getByRole("link", { name: title }).first().waitFor();
});
