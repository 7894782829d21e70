// Opens HTML reports in Chromium as their readers do, and fails on whatever they would trip over: violations that axe finds,
// requests to anything but the page, messages of the browser (a broken content security policy), text that runs out of a
// phone's screen. Usage: node page.mjs OUT FILE...; screenshots and a PDF of each go to the folder OUT. For OUT "-" nothing is kept, and
// nothing is printed.
import { writeFile } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import puppeteer from "puppeteer-core";
import { violationsIn } from "./axe.mjs";

const [out, ...files] = process.argv.slice(2);
const browser = await puppeteer.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
let bad = 0;
const complain = (file, text) => { bad++; console.log(`${basename(file)}: ${text}`); };
try {
  for (const file of files) {
    for (const [name, width, scheme] of [["desktop", 1280, "light"], ["phone", 390, "dark"]]) {
      const page = await browser.newPage();
      const requests = [];
      page.on("request", (request) => requests.push(request.url()));
      page.on("console", (message) => complain(file, `${name}: the browser says: ${message.text()}`));
      page.on("pageerror", (error) => complain(file, `${name}: ${error.message}`));
      await page.setBypassCSP(true); // for axe itself; the requests are counted before it comes in
      await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
      await page.setViewport({ width, height: 900 });
      await page.goto(pathToFileURL(resolve(file)).href);
      if (requests.length !== 1) complain(file, `${name}: ${requests.length} requests: ${requests.slice(0, 5).join(" ")}`);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      if (overflow > 0) complain(file, `${name}: the page is ${overflow} pixels wider than the screen`);
      for (const violation of await violationsIn(page, name === "desktop")) {
        complain(file, `${name}: axe: ${violation.id}: ${violation.help}: ${violation.nodes.length} places, first ${violation.nodes[0].html.slice(0, 200)} ${violation.nodes[0].failureSummary}`);
      }
      if (out !== "-") await page.screenshot({ path: `${out}/${basename(file)}.${name}.png` });
      await page.close();
    }
    // Once more as it is served: the policy in force, no script possible.
    const page = await browser.newPage();
    page.on("console", (message) => complain(file, `the browser says: ${message.text()}`));
    await page.setJavaScriptEnabled(false);
    await page.goto(pathToFileURL(resolve(file)).href);
    if (out !== "-") {
      const pdf = await page.pdf({ format: "A4", preferCSSPageSize: true, printBackground: true, outline: true, tagged: true });
      const content = Buffer.from(pdf).toString("latin1");
      for (const part of ["/Outlines", "/StructTreeRoot"]) if (!content.includes(part)) complain(file, `printed: there is no ${part}`);
      const sheets = (content.match(/\/Type\s*\/Page\b/g) ?? []).length;
      const most = { "gaps.html": 25, "compliant.html": 12 }[basename(file)];
      if (sheets === 0 || sheets > (most ?? Infinity)) complain(file, `printed: ${sheets} sheets, expected are 1 to ${most}`);
      await writeFile(`${out}/${basename(file)}.pdf`, pdf);
    }
    await page.close();
  }
} finally {
  await browser.close();
}
console.log(`${files.length} pages, ${bad} complaints`);
process.exit(bad > 0 ? 1 : 0);
