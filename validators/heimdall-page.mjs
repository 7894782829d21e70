// Opens reports in the Heimdall Data Format with heimdall-lite in Chromium, and prints the numbers that its page shows: controls by status,
// and those that are waived. Usage: node heimdall-page.mjs FILE...
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { readFile } from "node:fs/promises";
import { dirname, extname, join, normalize, resolve } from "node:path";
import puppeteer from "puppeteer-core";

const dist = join(dirname(createRequire(import.meta.url).resolve("@mitre/heimdall-lite/package.json")), "dist");
const types = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" };
const server = createServer(async (request, response) => {
  const path = normalize(new URL(request.url, "http://localhost").pathname);
  const file = path === "/" ? "/index.html" : path;
  try {
    const body = await readFile(join(dist, file));
    response.writeHead(200, { "content-type": types[extname(file)] ?? "application/octet-stream" }).end(body);
  } catch {
    response.writeHead(404).end();
  }
});
await new Promise((done) => server.listen(0, "127.0.0.1", done));
const home = `http://127.0.0.1:${server.address().port}/`;
const browser = await puppeteer.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
try {
  for (const file of process.argv.slice(2)) {
    const context = await browser.createBrowserContext(); // so that no file is loaded beside another
    const page = await context.newPage();
    await page.setViewport({ width: 1400, height: 1200 });
    await page.goto(home);
    const input = await page.waitForSelector("input[type=file]", { timeout: 60000 });
    await input.uploadFile(resolve(file));
    await page.waitForFunction(() => /Profile Error/.test(document.body.innerText) && /^Passed: \d+$/m.test(document.body.innerText), { timeout: 60000 });
    const text = await page.evaluate(() => document.body.innerText);
    const count = {};
    for (const status of ["Passed", "Failed", "Not Applicable", "Not Reviewed", "Profile Error"]) {
      const shown = Number(text.match(new RegExp(`^${status}: (\\d+)$`, "m"))?.[1] ?? 0);
      if (shown > 0) count[status] = shown;
    }
    const waived = Number(text.match(/(\d+) Waived Tests/)?.[1] ?? 0);
    if (waived > 0) count.waived = waived;
    console.log(JSON.stringify(count));
    await context.close();
  }
} finally {
  await browser.close();
  server.close();
  server.closeAllConnections();
}
