// Every page and room: accessible, fits a phone and a desk, asks nobody outside, and public pages read without scripts.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { House, WIDTHS } from "./house.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

let house;
before(async () => { house = await House.open(); });
after(async () => { await house.close(); });

async function examine(page, name) {
  await page.evaluate(axe);
  const found = await page.evaluate(() => globalThis.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }));
  const said = found.violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.target.join(" ")).slice(0, 3).join(" | ")}`);
  assert.deepEqual(said, [], name);
  const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(over <= 0, `${name} is ${over} px too wide`);
}

// The scripts that the test injects are not the page's: the policy of the page would refuse them.
const bare = (viewport, options = {}) => house.context({ viewport, bypassCSP: true, ...options });

for (const viewport of WIDTHS) {
  test(`public pages at ${viewport.width} px`, async (t) => {
    const context = await bare(viewport);
    const page = await context.newPage();
    for (const slug of ["www", "hubei", "wuhan-hubei", "jiangan-wuhan-hubei"]) {
      await t.test(slug, async () => {
        await page.goto(house.at(slug, "/"));
        await examine(page, `${slug} home`);
        await page.screenshot({ path: new URL(`out/${slug}-${viewport.width}.png`, import.meta.url).pathname });
        for (const path of ["/yaowen/", "/sitemap.html", "/nothing-here/"]) {
          await page.goto(house.at(slug, path));
          await examine(page, `${slug} ${path}`);
        }
        await page.goto(house.at(slug, "/yaowen/"));
        const article = page.locator("main a[href*='/t2']").first();
        if (await article.count()) {
          await article.click();
          await examine(page, `${slug} article`);
        }
      });
    }
    assert.deepEqual(context.outside, [], "requests that leave the portal");
  });

  test(`rooms of the console at ${viewport.width} px`, async (t) => {
    const page = await house.signedIn("duty", { viewport, bypassCSP: true });
    const editor = await house.signedIn("wuhan", { viewport, bypassCSP: true });
    const rooms = ["/console/", "/console/inbox", "/console/documents", "/console/documents/new", "/console/submissions", "/console/submissions/sent", "/console/orders", "/console/orders/new", "/console/tenants", "/console/tenants/new", "/console/none"];
    for (const room of rooms) {
      await t.test(room, async () => {
        await page.goto(house.at("www", room));
        await examine(page, room);
      });
    }
    await t.test("board", async () => {
      await page.goto(house.at("www", "/console/orders"));
      await page.locator("tbody a").first().click();
      await examine(page, "board");
      await page.screenshot({ path: new URL(`out/board-${viewport.width}.png`, import.meta.url).pathname });
      await page.goto(`${page.url().split("?")[0]}?tenant=www&below=hubei&group=waiting`);
      await examine(page, "board, drilled down");
    });
    await t.test("a document", async () => {
      await page.goto(house.at("www", "/console/documents?state=live"));
      await page.locator("tbody a").first().click();
      await examine(page, "a live document");
    });
    await t.test("columns", async () => {
      await editor.goto(house.at("www", "/console/columns"));
      await examine(editor, "columns");
      await editor.screenshot({ path: new URL(`out/columns-${viewport.width}.png`, import.meta.url).pathname });
      await editor.goto(house.at("www", "/console/columns/new"));
      await examine(editor, "a new column");
      await editor.goto(house.at("www", "/console/columns?show=all"));
      await editor.locator("tbody th a").first().click();
      await examine(editor, "a column");
      await editor.goto(house.at("www", "/console/columns"));
      await editor.getByRole("link", { name: "新建栏目" }).click();
      const key = `lm-${viewport.width}`;
      await editor.getByLabel("栏目名称").fill("图片新闻");
      await editor.getByLabel("栏目代码").fill(key);
      await editor.locator("#f-kind").selectOption("工作动态");
      await editor.getByLabel("栏目描述").fill("图片新闻");
      await editor.getByLabel("关键词").fill("图片");
      await editor.getByRole("button", { name: "创建栏目" }).click();
      await editor.goto(house.at("www", `/console/columns/${key}?into=yaowen`));
      await examine(editor, "a column of one's own, before a merge");
      await editor.screenshot({ path: new URL(`out/column-${viewport.width}.png`, import.meta.url).pathname, fullPage: true });
    });
    await t.test("a duty", async () => {
      await editor.goto(house.at("www", "/console/inbox?show=all"));
      await editor.locator("tbody a").first().click();
      await examine(editor, "a duty");
    });
    await t.test("sign-in", async () => {
      const stranger = await (await bare(viewport)).newPage();
      await stranger.goto(house.at("www", "/console/"));
      await examine(stranger, "sign-in");
      await stranger.getByLabel("用户名").fill("nobody");
      await stranger.getByLabel("密码").fill("wrong");
      await stranger.getByRole("button", { name: "登录" }).click();
      await stranger.getByText("用户名或密码不正确").waitFor();
      await examine(stranger, "sign-in refused");
    });
  });
}

test("public pages read without scripts, and print", async () => {
  const page = await (await house.context({ javaScriptEnabled: false })).newPage();
  await page.goto(house.at("www", "/"));
  const title = await page.locator("main a[href*='/gwyzc/2']").first().innerText();
  await page.getByRole("link", { name: title }).first().click();
  await page.getByRole("heading", { level: 1, name: title.trim() }).waitFor();
  await page.emulateMedia({ media: "print" });
  assert.ok(await page.getByRole("heading", { level: 1 }).isVisible());
  assert.ok(!(await page.getByRole("navigation", { name: "主导航" }).isVisible()));
});
