// The flow up, each hop in two browsers at once, the sender's and the receiver's: a county submits, the city returns, gets it
// corrected and adopts it with edits, the province merges it with another city's item, the centre publishes, and the county sees
// it all.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { House } from "./house.mjs";

let house;
before(async () => { house = await House.open(); });
after(async () => { await house.close(); });

const TITLE = "江岸区社区食堂开到家门口";
const CITY_TITLE = `武汉：${TITLE}`;
const PROVINCE_TITLE = "湖北两市社区食堂办出特色";
const CENTRE_TITLE = "各地社区食堂惠民生";
const OTHER_TITLE = "宜昌社区食堂添新点";

const title = (page) => page.getByLabel("标题", { exact: false }).first();

async function submit(page) {
  await page.getByText("报送上级", { exact: true }).click();
  await page.getByLabel("报送说明").fill("请上级采用");
  await page.getByRole("button", { name: "报送", exact: true }).click();
  await page.getByText("已报送上级").waitFor();
}

async function publish(page) {
  await page.getByRole("button", { name: "保存并发布" }).click();
  await page.getByRole("status").getByText("已发布").waitFor();
}

/** Opens the submission with this title at the receiver's desk, which signs for it. */
async function open(page, name) {
  await page.goto(house.at("www", "/console/submissions"));
  await page.locator("tbody").getByRole("link", { name }).first().click();
  await page.getByText("已签收").first().waitFor();
}

/** Adopts what is open into the news under a title and with a text of its own, and publishes. */
async function adopt(page, name, text) {
  await page.getByLabel("栏目").selectOption("yaowen");
  await page.getByRole("button", { name: "采用并编辑" }).click();
  await page.getByText("已采用，请编辑后发布").waitFor();
  await title(page).fill(name);
  if (text) await page.getByRole("textbox", { name: "正文" }).fill(text);
  await publish(page);
}

/** The sender's list of what it sent, opened at this title. */
async function sent(page, name) {
  await page.goto(house.at("www", "/console/submissions/sent"));
  return page.getByRole("row").filter({ hasText: name });
}

test("county, city, province, centre, and back again", async (t) => {
  const county = await house.signedIn("jiangan");
  const city = await house.signedIn("wuhan");
  const province = await house.signedIn("hubei");
  const centre = await house.signedIn("duty");
  const reader = await (await house.context()).newPage();

  await t.test("the county writes, publishes and submits", async () => {
    await county.getByRole("link", { name: "新建文稿" }).click();
    await title(county).fill(TITLE);
    await county.getByRole("textbox", { name: "正文" }).fill("区内新增社区食堂十二家。");
    await county.getByLabel("栏目").selectOption("yaowen");
    await county.getByRole("button", { name: "保存草稿" }).click();
    await county.getByText("已保存").waitFor();
    await publish(county);
    await submit(county);
  });

  await t.test("the city returns it with a reason, which the county reads", async () => {
    await open(city, TITLE);
    await city.getByLabel("原因").fill("请补充服务人数");
    await city.getByRole("button", { name: "退回修改" }).click();
    await city.getByText("请补充服务人数").first().waitFor();
    const row = await sent(county, TITLE);
    await row.getByRole("link").first().click();
    await county.getByText("请补充服务人数").first().waitFor();
  });

  await t.test("the county corrects and submits again; the city sees what changed", async () => {
    await county.getByRole("link", { name: /文稿/ }).last().click();
    await county.getByRole("link", { name: TITLE }).first().click();
    await county.getByRole("button", { name: "新建版本（更正）" }).click();
    await county.getByRole("textbox", { name: "正文" }).fill("区内新增社区食堂十二家，每天服务三千二百人次。");
    await county.getByLabel("更正说明").fill("补充服务人数");
    await publish(county);
    await submit(county);
    await open(city, TITLE);
    await city.getByRole("heading", { name: "与上次报送相比" }).waitFor();
    await city.locator("ins").filter({ hasText: "三千" }).first().waitFor();
  });

  await t.test("the city adopts it with edits and submits it on", async () => {
    await adopt(city, CITY_TITLE, "武汉市江岸区社区食堂每天服务三千二百人次。");
    await reader.goto(house.at("jiangan-wuhan-hubei", "/yaowen/"));
    assert.equal(await reader.getByRole("link", { name: CITY_TITLE }).count(), 0, "the county's page is the county's");
    await submit(city);
  });

  await t.test("another city's item reaches the province", async () => {
    const token = house.token("yichang-hubei", "admin");
    const call = async (path, body) => {
      const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
      const answer = await fetch(`http://localhost:${house.port}/api/v1${path}`, { method: "POST", headers, body: JSON.stringify(body) });
      assert.ok(answer.ok, `${path}: ${answer.status} ${await answer.clone().text()}`);
      return answer.json();
    };
    const { id } = await call("/documents", { column: "yaowen", title: OTHER_TITLE, body_html: "<p>宜昌市新增社区食堂八家。</p>", source: "宜昌市人民政府" });
    await call(`/documents/${id}/publish`, {});
    await call("/submissions", { document_id: id });
  });

  await t.test("the province merges both, and both are credited", async () => {
    await open(province, CITY_TITLE);
    await province.getByText("与其他报送稿综合采用").click();
    await province.getByRole("checkbox", { name: OTHER_TITLE }).check();
    await adopt(province, PROVINCE_TITLE);
    await reader.goto(house.at("hubei", "/yaowen/"));
    await reader.getByRole("link", { name: PROVINCE_TITLE }).first().click();
    const credits = reader.locator("body");
    for (const unit of ["江岸区人民政府", "武汉市人民政府", "宜昌市人民政府"]) await credits.getByText(unit).first().waitFor();
    await submit(province);
  });

  await t.test("the centre publishes it", async () => {
    await open(centre, PROVINCE_TITLE);
    await adopt(centre, CENTRE_TITLE);
    await reader.goto(house.at("www", "/yaowen/"));
    await reader.getByRole("link", { name: CENTRE_TITLE }).first().click();
    await reader.getByText("江岸区人民政府").first().waitFor();
  });

  await t.test("the county sees every hop, its pages and their visits", async () => {
    const row = await sent(county, TITLE);
    await row.getByText("已发布").waitFor();
    await row.getByRole("link").first().click();
    const fates = county.getByRole("region", { name: "逐级采用情况" });
    for (const slug of ["wuhan-hubei", "hubei", "www"]) {
      const page = fates.getByRole("link", { name: new RegExp(`//${slug}\\.`) });
      const shown = await page.first().getAttribute("href");
      await reader.goto(shown);
      await reader.getByRole("heading", { level: 1 }).first().waitFor();
    }
    await fates.getByText("查看次数").first().waitFor();
    await county.getByText("同一稿件的历次报送").waitFor();
  });

  await t.test("its own page is its own", async () => {
    await reader.goto(house.at("jiangan-wuhan-hubei", "/yaowen/"));
    assert.ok(await reader.getByRole("link", { name: TITLE, exact: true }).count() > 0);
    assert.equal(await reader.getByRole("link", { name: CENTRE_TITLE }).count(), 0);
  });
});
