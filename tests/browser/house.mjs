// One house for a test file: the demo with a few dozen portals on a free port, and a browser.
import { spawn, execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, mkdirSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";

export const PASSWORD = "Dibao-demo-2026";
export const WIDTHS = [{ width: 1280, height: 900 }, { width: 390, height: 844 }];

const freePort = () => new Promise((found) => {
  const server = createServer().listen(0, "127.0.0.1", () => { const { port } = server.address(); server.close(() => found(port)); });
});

export class House {
  static async open() {
    const house = new House();
    house.directory = mkdtempSync(join(tmpdir(), "dibao-browser-"));
    house.port = await freePort();
    house.process = spawn(process.env.DIBAO_BIN, ["demo", "--data-dir", house.directory, "--listen", `127.0.0.1:${house.port}`, "--tenants", "60"],
      { stdio: ["ignore", "pipe", "inherit"], env: { ...process.env, DIBAO_WORKER_POLL_MS: "100", DIBAO_LOG: "warn" } });
    await new Promise((ready, failed) => {
      createInterface({ input: house.process.stdout }).on("line", (line) => { if (line.startsWith("ready ")) ready(); });
      house.process.on("exit", (code) => failed(new Error(`the program ended with ${code}`)));
    });
    house.browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ["--no-sandbox"] });
    mkdirSync(new URL("out/", import.meta.url), { recursive: true });
    return house;
  }

  at(slug, path) { return `http://${slug}.localhost:${this.port}${path}`; }

  token(slug, duty) {
    return execFileSync(process.env.DIBAO_BIN, ["tokens", "create", "--data-dir", this.directory, "--tenant", slug, "--duty", duty], { encoding: "utf8" }).trim();
  }

  async context(options = {}) {
    const context = await this.browser.newContext({ locale: "zh-CN", viewport: WIDTHS[0], ...options });
    context.outside = [];
    context.on("request", (request) => { if (!new URL(request.url()).hostname.endsWith("localhost") && !request.url().startsWith("data:")) context.outside.push(request.url()); });
    return context;
  }

  async signedIn(login, options) {
    const context = await this.context(options);
    const page = await context.newPage();
    await page.goto(this.at("www", "/console/"));
    await page.getByLabel("用户名").fill(login);
    await page.getByLabel("密码").fill(PASSWORD);
    await page.getByRole("button", { name: "登录" }).click();
    await page.waitForURL(/\/console\/($|\?)/);
    return page;
  }

  async close() {
    await this.browser?.close();
    const ended = new Promise((done) => this.process.on("exit", done));
    this.process.removeAllListeners("exit");
    this.process.on("exit", () => {});
    this.process.kill("SIGTERM");
    await Promise.race([ended, new Promise((done) => this.process.on("exit", done))]);
    rmSync(this.directory, { recursive: true, force: true });
  }
}
