// The Nu checker finds nothing wrong with any page.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import vnu from "vnu-jar";
import { House } from "./house.mjs";

let house;
before(async () => { house = await House.open(); });
after(async () => { await house.close(); });

test("markup is valid", async () => {
  const directory = mkdtempSync(join(tmpdir(), "dibao-markup-"));
  const duty = await house.signedIn("duty");
  await duty.goto(house.at("www", "/console/orders"));
  const board = new URL(await duty.locator("tbody a").first().getAttribute("href"), duty.url());
  const page = await (await house.context()).newPage();
  await page.goto(house.at("www", "/gwyzc/"));
  const article = new URL(await page.locator("main a[href*='/t2']").first().getAttribute("href"), page.url());
  const shown = [
    [page, house.at("www", "/")], [page, house.at("hubei", "/")], [page, house.at("wuhan-hubei", "/yaowen/")], [page, house.at("jiangan-wuhan-hubei", "/sitemap.html")],
    [page, house.at("www", "/none/")], [page, article.href], [page, house.at("www", "/console/sign-in")],
    [duty, house.at("www", "/console/")], [duty, house.at("www", "/console/inbox")], [duty, house.at("www", "/console/documents")],
    [duty, house.at("www", "/console/documents/new")], [duty, house.at("www", "/console/orders")], [duty, house.at("www", "/console/orders/new")],
    [duty, board.href], [duty, house.at("www", "/console/tenants")], [duty, house.at("www", "/console/tenants/new")],
  ];
  let number = 0;
  for (const [where, address] of shown) {
    // The bytes as they were sent, not what the browser made of them; fetched by the browser, which knows *.localhost.
    const sent = await where.goto(address);
    number += 1;
    writeFileSync(join(directory, `${String(number).padStart(2, "0")}.html`), await sent.body());
  }
  let said = "";
  try {
    execFileSync("java", ["-Xss512k", "-jar", vnu, "--skip-non-html", "--also-check-css", "--format", "text", directory], { stdio: ["ignore", "ignore", "pipe"] });
  } catch (error) {
    said = String(error.stderr);
  }
  const wrong = said.split("\n").filter((line) => line.includes("error")).map((line) => line.replace(directory, ""));
  rmSync(directory, { recursive: true, force: true });
  assert.deepEqual(wrong, []);
});
