// The flow up in four browsers: a county writes and submits, the city adopts with edits, the province and the centre follow,
// and the county sees what became of it.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { House } from "./house.mjs";

let house;
before(async () => { house = await House.open(); });
after(async () => { await house.close(); });

const TITLE = "江岸区社区食堂开到家门口";

async function submit(page) {
  await page.getByText("报送上级", { exact: true }).click();
  await page.getByLabel("报送说明").fill("请上级采用");
  await page.getByRole("button", { name: "报送", exact: true }).click();
  await page.getByText("已报送上级").waitFor();
}

/** Opens the newest submission from below, adopts it into the news under a title of its own, and publishes. */
async function adopt(page, title) {
  await page.goto(house.at("www", "/console/submissions"));
  await page.locator("tbody a").first().click();
  await page.getByText("已签收").first().waitFor();
  await page.getByLabel("栏目").selectOption("yaowen");
  await page.getByRole("button", { name: "采用并编辑" }).click();
  await page.getByText("已采用，请编辑后发布").waitFor();
  await page.getByLabel("标题", { exact: false }).first().fill(title);
  await page.getByRole("button", { name: "保存并发布" }).click();
  await page.getByRole("status").getByText("已发布").waitFor();
}

test("county, city, province, centre", async (t) => {
  const county = await house.signedIn("jiangan");
  const reader = await (await house.context()).newPage();

  await t.test("the county writes, publishes and submits", async () => {
    await county.getByRole("link", { name: "新建文稿" }).click();
    await county.getByLabel("标题", { exact: false }).first().fill(TITLE);
    await county.getByRole("textbox", { name: "正文" }).fill("区内新增社区食堂十二家。");
    await county.getByLabel("栏目").selectOption("yaowen");
    await county.getByRole("button", { name: "保存草稿" }).click();
    await county.getByText("已保存").waitFor();
    await county.getByRole("button", { name: "保存并发布" }).click();
    await county.getByRole("status").getByText("已发布").waitFor();
    await submit(county);
  });

  for (const [login, slug, title] of [["wuhan", "wuhan-hubei", `武汉：${TITLE}`], ["hubei", "hubei", `湖北：${TITLE}`], ["duty", "www", "各地社区食堂惠民生"]]) {
    await t.test(`${slug} adopts with edits`, async () => {
      const superior = await house.signedIn(login);
      await adopt(superior, title);
      await reader.goto(house.at(slug, "/yaowen/"));
      await reader.getByRole("link", { name: title }).first().click();
      await reader.getByText("江岸区人民政府").first().waitFor();
      if (slug !== "www") await submit(superior);
    });
  }

  await t.test("the county sees it all", async () => {
    await county.goto(house.at("www", "/console/submissions/sent"));
    const row = county.getByRole("row").filter({ hasText: TITLE });
    await row.getByText("已发布").waitFor();
    const shown = await row.getByRole("link", { name: /打开网页|打开页面|查看/ }).first().getAttribute("href");
    await reader.goto(shown);
    await reader.getByRole("heading", { level: 1, name: `武汉：${TITLE}` }).waitFor();
    await reader.goto(house.at("jiangan-wuhan-hubei", "/yaowen/"));
    assert.equal(await reader.getByRole("link", { name: TITLE, exact: true }).count() > 0, true, "its own page is its own");
  });
});
