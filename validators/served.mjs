// Looks at pages of `raci-check serve` in another language, on a desktop and on a phone: each says its language and fits the screen, axe
// finds nothing, and the script says what it says in that language too. Usage: node served.mjs ADDRESS LANGUAGE SAYS OUT PATH…; SAYS is
// a regular expression for what the verdicts of what is typed begin with, empty for pages for reading; paths are below the address. Screenshots and the
// pages as they are served go to the folder OUT.
import { writeFile } from "node:fs/promises";
import puppeteer from "puppeteer-core";
import { violationsIn } from "./axe.mjs";

const [address, language, says, out, ...paths] = process.argv.slice(2);
const browser = await puppeteer.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
let bad = 0;
const complain = (text) => { bad++; console.log(text); };

try {
  const page = await browser.newPage();
  page.on("pageerror", (error) => complain(error.message));
  page.on("dialog", (dialog) => dialog.accept()); // what was typed is lost, which the browser asks about
  await page.setBypassCSP(true); // for axe itself
  await page.goto(address);
  const base = page.url();
  for (const path of paths) {
    const name = `${language}.${path.replaceAll(/\W+/g, "-") || "overview"}`;
    for (const [size, width, scheme] of [["desktop", 1000, "light"], ["phone", 360, "dark"]]) {
      await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
      await page.setViewport({ width, height: 1000 });
      const response = await page.goto(base + path);
      await writeFile(`${out}/${name}.html`, await response.text());
      const shown = await page.evaluate(() => document.documentElement.lang);
      if (shown !== language) complain(`${path}: the page is in ${shown}`);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      if (overflow > 0) complain(`${path}, ${size}: the page is ${overflow} pixels wider than the screen`);
      for (const violation of await violationsIn(page, size === "desktop")) {
        complain(`${path}, ${size}: axe: ${violation.id}: ${violation.help}: ${violation.nodes.length} places, first ${violation.nodes[0].html.slice(0, 200)}`);
      }
      await page.screenshot({ path: `${out}/served.${name}.${size}.png`, fullPage: size === "desktop" });
    }
    if (!says) continue;
    const field = await page.$("form[data-live] input[name$='source/collected_at']");
    if (!field) continue;
    await field.type("x");
    const said = () => page.$eval("#standing", (element) => element.textContent.trim());
    const until = Date.now() + 60000;
    while (!(await said()) && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 200));
    if (!new RegExp(says).test(await said())) complain(`${path}: of what is typed the page says ${JSON.stringify(await said())}`);
  }
} finally {
  await browser.close();
}
process.exit(bad ? 1 : 0);
