// A crawl source set up in the browser: its field rules are picked by clicking on a sample page, and by keyboard; a run lands
// drafts. The page server is on loopback, which the demo is allowed to read for this.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";

process.env.DIBAO_PROBE_ALLOW = "127.0.0.0/8,::1";
const { House, WIDTHS } = await import("./house.mjs");

const ARTICLES = ["全市防汛工作会议召开", "老旧小区改造全部完工", "图书馆新馆对外开放"];
const page = (title, body) => `<!DOCTYPE html><html><head><meta charset="utf-8"><title>${title}_示例市</title></head><body>${body}<script>document.title = "ran";</script></body></html>`;
const list = page("要闻", `<div class="menu"><a href="/about">关于我们</a></div><ul class="news">${ARTICLES.map((title, n) => `<li><a href="/art/${n}.html">${title}</a><span>2026-03-0${n + 1}</span></li>`).join("")}</ul>`);
const article = (n) => page(ARTICLES[n], `<h1 class="headline">${ARTICLES[n]}</h1><p class="from">来源：示例市政府办</p><div class="main-text"><p>${ARTICLES[n]}。有关负责人介绍了工作情况，并对下一步任务作出安排。编号${n}。</p><p><img src="/x.png" alt="现场"></p></div>`);

let house, server, base;
before(async () => {
  server = createServer((request, answer) => {
    const found = /^\/art\/(\d)\.html$/.exec(request.url);
    const body = request.url === "/list.html" ? list : found ? article(Number(found[1])) : null;
    answer.writeHead(body ? 200 : 404, { "content-type": "text/html; charset=utf-8" });
    answer.end(body ?? "");
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  base = `http://127.0.0.1:${server.address().port}`;
  house = await House.open();
});
after(async () => { await house.close(); server.close(); });

test("rules are picked by clicking, and what they choose lands", async (t) => {
  const editor = await house.signedIn("wuhan");
  const out = new URL("out/", import.meta.url).pathname;

  await t.test("the source is set up", async () => {
    await editor.getByRole("link", { name: "信息抓取" }).click();
    await editor.getByRole("link", { name: "新建来源" }).click();
    const main = editor.getByRole("main");
    await main.getByLabel("名称").fill("示例市要闻");
    await main.getByLabel("类型").selectOption("pages");
    await main.getByLabel(/^地址/).fill(`${base}/list.html`);
    await main.getByLabel("入库栏目").selectOption("yaowen");
    await main.getByLabel(/^来源（/).fill("示例市");
    await main.getByLabel(/^同一主机最短间隔/).fill("500");
    await main.getByRole("button", { name: "保存", exact: true }).click();
    await editor.getByText("来源已保存").first().waitFor();
  });

  await t.test("samples are fetched and nothing in them runs or loads", async () => {
    await editor.getByRole("button", { name: "抓取样本" }).first().click();
    await editor.locator('[data-sample="list"][data-on]').waitFor();
    await editor.getByLabel("样本页面地址").nth(1).fill(`${base}/art/0.html`);
    await editor.getByRole("button", { name: "抓取样本" }).nth(1).click();
    await editor.locator('[data-sample="article"][data-on]').waitFor();
    const frame = editor.frameLocator('[data-sample="article"] iframe');
    assert.equal(await frame.locator("script, form, [src], [href]:not(link)").count(), 0);
    assert.deepEqual(editor.context().outside, [], "the browser asked nobody outside");
  });

  const pick = async (field, part, text) => {
    await editor.locator(`input[name="picking"][value="${field}"]`).check();
    const over = editor.locator(`[data-sample="${part}"] .sample-over`);
    const element = editor.frameLocator(`[data-sample="${part}"] iframe`).getByText(text, { exact: false }).first();
    await editor.locator(`[data-sample="${part}"]`).scrollIntoViewIfNeeded();
    const at = await element.boundingBox();
    const from = await over.boundingBox();
    await over.click({ position: { x: at.x - from.x + 6, y: at.y - from.y + at.height / 2 } });
  };
  const rule = (name) => editor.locator(`#f-rule_${name}`).inputValue();

  await t.test("two links give the rule of all links", async () => {
    await pick("links", "list", ARTICLES[0]);
    await pick("links", "list", ARTICLES[1]);
    await editor.locator('[data-field="links"] [data-met]').filter({ hasText: "3" }).waitFor();
    assert.match(await rule("links"), /\.news/);
  });

  await t.test("a click gives the rule of a field, and the preview reads it", async () => {
    await pick("title", "article", ARTICLES[0]);
    await editor.locator('[data-field="title"] [data-value]').filter({ hasText: ARTICLES[0] }).waitFor();
    await pick("source", "article", "来源：示例市政府办");
    await editor.locator('[data-field="source"] [data-value]').filter({ hasText: "示例市政府办" }).waitFor();
    assert.match(await rule("source"), /from/);
  });

  await t.test("the keyboard picks from the candidates", async () => {
    await editor.locator('input[name="picking"][value="body"]').check();
    const box = editor.locator('[data-candidates="article"]');
    await box.locator("summary").press("Enter");
    const candidate = box.getByRole("button").filter({ hasText: "main-text" }).first();
    await candidate.focus();
    await editor.keyboard.press("Enter");
    await editor.locator('[data-field="body"] [data-value]').filter({ hasText: "有关负责人" }).waitFor();
    assert.match(await rule("body"), /main-text/);
    for (const viewport of WIDTHS) {
      await editor.setViewportSize(viewport);
      await editor.screenshot({ path: `${out}crawl-pick-${viewport.width}.png`, fullPage: true });
    }
    await editor.setViewportSize(WIDTHS[0]);
  });

  await t.test("saved and run, it lands drafts", async () => {
    await editor.getByRole("button", { name: "保存规则" }).click();
    await editor.getByText("已保存").waitFor();
    await editor.getByRole("button", { name: "立即运行" }).click();
    await editor.getByText("已安排").waitFor();
    for (let tries = 0; tries < 60 && await editor.getByText("已入库").count() < 4; tries += 1) {
      await editor.waitForTimeout(500);
      await editor.reload();
    }
    for (const title of ARTICLES) await editor.getByRole("link", { name: title, exact: true }).first().waitFor();
    for (const viewport of WIDTHS) {
      await editor.setViewportSize(viewport);
      await editor.screenshot({ path: `${out}crawl-source-${viewport.width}.png`, fullPage: true });
    }
    await editor.setViewportSize(WIDTHS[0]);
    await editor.goto(house.at("www", "/console/crawl"));
    await editor.screenshot({ path: `${out}crawl-list.png`, fullPage: true });
    await editor.getByRole("link", { name: "示例市要闻" }).click();
    await editor.getByRole("link", { name: ARTICLES[0], exact: true }).first().click();
    assert.equal(await editor.getByLabel("来源", { exact: true }).inputValue(), "示例市政府办");
  });
});
