// Goes the whole way of a person who fills in evidence in the pages of `raci-check serve`, in Chromium and by keyboard: sees what is wrong
// with a duty, mends it, attaches files, sees it pass, takes it back, downloads the reports. On the way, each page is looked at as
// page.mjs looks at reports. Usage: node serve.mjs ADDRESS READER REPOSITORY OUT; READER is the
// address of pages for reading; REPOSITORY is a git repository with the evidence in the folder
// gaps; screenshots, downloads and the pages as they are served go to the folder OUT.
import { execFileSync } from "node:child_process";
import { readFile, writeFile, readdir } from "node:fs/promises";
import puppeteer from "puppeteer-core";
import { violationsIn } from "./axe.mjs";

const [address, reader, repository, out] = process.argv.slice(2);
const browser = await puppeteer.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
let bad = 0;
const complain = (text) => { bad++; console.log(text); };
const expect = (holds, text) => { if (!holds) complain(text); };
const git = (...args) => execFileSync("git", ["-C", repository, ...args], { encoding: "utf8" });
const hosts = [address, reader].map((url) => new URL(url).host);

/** A page whose messages and requests elsewhere are complaints. */
async function open() {
  const page = await browser.newPage();
  page.on("console", (message) => { if (!/status of 422/.test(message.text())) complain(`the browser says: ${message.text()}`); }); // a form that is not right yet
  page.on("pageerror", (error) => complain(error.message));
  page.on("request", (request) => { if (!hosts.includes(new URL(request.url()).host)) complain(`a request to ${request.url()}`); });
  await page.setViewport({ width: 1000, height: 1000 });
  return page;
}

/** Goes to an element as the keyboard does. */
async function tabTo(page, selector) {
  for (let i = 0; i < 900; i++) {
    if (await page.evaluate((selector) => document.activeElement?.matches(selector), selector)) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`the keyboard does not reach ${selector}`);
}

async function type(page, selector, text) {
  await tabTo(page, selector);
  await page.keyboard.down("Control");
  await page.keyboard.press("a");
  await page.keyboard.up("Control");
  await page.keyboard.press("Backspace");
  await page.keyboard.type(text);
}

async function press(page, selector, key = "Enter") {
  await tabTo(page, selector);
  await Promise.all([page.waitForNavigation(), page.keyboard.press(key)]);
}

/** Goes once around a page by keyboard: the first stop leads past the header, each stop is seen, and none keeps the keyboard. */
async function around(page, path) {
  await page.goto(path);
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  expect(await page.evaluate(() => location.hash === "#content"), `${path}: the first stop does not lead to the content`);
  await page.goto("about:blank");
  await page.goto(path);
  const stops = await page.evaluate(() => document.querySelectorAll("a[href], button, input, select, textarea, summary").length);
  for (let i = 0, last = -1; i <= stops + 5; i++) {
    await page.keyboard.press("Tab");
    const [place, shown] = await page.evaluate(() => {
      const stop = document.activeElement;
      const { outlineStyle, outlineWidth } = getComputedStyle(stop);
      const box = stop.getBoundingClientRect();
      const shown = outlineStyle !== "none" && parseFloat(outlineWidth) >= 2 && box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight;
      return [[...document.querySelectorAll("*")].indexOf(stop), shown || stop.outerHTML.slice(0, 150)];
    });
    if (place <= last || shown !== true && /^<body/.test(shown)) {
      expect(i > 10, `${path}: the keyboard is kept at stop ${i}: ${shown}`);
      return;
    }
    expect(shown === true, `${path}: the focus is not seen at ${shown}`);
    last = place;
  }
  complain(`${path}: the keyboard does not come around`);
}

const text = (page, selector = "body") => page.$eval(selector, (element) => element.textContent);
const field = (pointer) => `[name="v:/subscription/${pointer}"]`;

/** Looks at a page as it is, on a desktop and on a phone, light and dark, and keeps how it is served. */
async function look(path, name) {
  const page = await open();
  await page.setBypassCSP(true); // for axe itself
  for (const [size, width, scheme] of [["desktop", 1000, "light"], ["phone", 360, "dark"]]) {
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
    await page.setViewport({ width, height: 1000 });
    const response = await page.goto(path);
    await writeFile(`${out}/${name}.html`, await response.text());
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    if (overflow > 0) complain(`${name}, ${size}: the page is ${overflow} pixels wider than the screen`);
    for (const violation of await violationsIn(page, size === "desktop")) {
      complain(`${name}, ${size}: axe: ${violation.id}: ${violation.help}: ${violation.nodes.length} places, first ${violation.nodes[0].html.slice(0, 200)} ${violation.nodes[0].failureSummary}`);
    }
    await page.screenshot({ path: `${out}/serve.${name}.${size}.png` });
  }
  await page.close();
}

try {
  const page = await open();
  await page.goto(address);
  const base = page.url();
  expect(!base.includes("token"), `the token stays in the address: ${base}`);
  expect((await text(page)).includes("19 of 21 duties need work"), "the first page does not say how the duties stand");

  // A duty, and from one of its findings to the field.
  await press(page, 'a[href$="duties/1.1.1"]');
  expect((await text(page, ".verdict")).includes("FAIL"), "the duty does not fail");
  await press(page, 'a[href*="contacts%2F0"]');
  expect(await page.evaluate(() => document.querySelector("#f-subscription-contacts-0").open), "the item of the finding is folded");

  // Verdicts as one types: nothing is saved, and the focus stays.
  await type(page, field("contacts/0/email"), "cloud-admin@nordmer.example");
  await page.waitForFunction(() => document.querySelector("#standing").textContent.includes("Not saved yet"), { timeout: 20000 });
  expect(await page.evaluate((selector) => document.activeElement.matches(selector), field("contacts/0/email")), "the focus is lost when verdicts come");
  expect(git("status", "--porcelain") === "", "something is written before it is saved");
  await page.screenshot({ path: `${out}/serve.typing.png` });

  // A link does not lose what was typed before the browser has asked.
  let asked = 0;
  page.on("dialog", async (dialog) => { asked++; await dialog.dismiss(); });
  await tabTo(page, 'nav a[href$="waivers"]');
  await page.keyboard.press("Enter");
  await new Promise((resolve) => setTimeout(resolve, 1000));
  expect(asked === 1 && await page.$eval(field("contacts/0/email"), (input) => input.value) === "cloud-admin@nordmer.example", `what was typed is lost, after ${asked} questions`);

  // Two more contacts: the form grows, and the keyboard is in the new item.
  for (const [index, role, email] of [[3, "security", "security@nordmer.example"], [4, "privacy", "dpo@nordmer.example"]]) {
    await press(page, 'button[name="add"][value="/subscription/contacts"]');
    expect(await page.evaluate((selector) => document.activeElement.matches(selector), field(`contacts/${index}/role`)), "a new item does not have the keyboard");
    await tabTo(page, field(`contacts/${index}/role`));
    await page.keyboard.type(role);
    await type(page, field(`contacts/${index}/email`), email);
    await type(page, field(`contacts/${index}/verified_on`), "2026-11-10");
  }
  await type(page, field("recovery_contact"), "ciso@nordmer.example");
  await type(page, field("data_fields/11"), "");
  await type(page, field("data_field_count"), "eleven");
  await press(page, 'button[value="save"]');
  expect((await text(page, "[role=alert]")).includes("1 field is not right yet"), "a number in words is taken");
  expect(git("status", "--porcelain") === "", "something is written although a field is wrong");
  await page.screenshot({ path: `${out}/serve.wrong.png` });
  await type(page, field("data_field_count"), "11");
  await press(page, 'button[value="save"]');
  expect((await text(page, "[role=status]")).includes("Saved: subscription.yaml."), "the page does not say what was saved");

  expect(asked === 1, "the browser asks although all was saved");

  // A file that is chosen, and one that is dropped.
  await tabTo(page, "#attach-at");
  await page.select("#attach-at", "/subscription/processing_agreement");
  await tabTo(page, "#attach-file");
  const [chooser] = await Promise.all([page.waitForFileChooser(), page.keyboard.press("Space")]);
  await writeFile(`${out}/dpa-2026-11.txt`, "Data processing agreement, version 2025-01, accepted on 2025-02-10 for Nordmer Logistique SAS.\n");
  await chooser.accept([`${out}/dpa-2026-11.txt`]);
  await press(page, 'form[data-drop] button[type="submit"]');
  expect((await text(page, "[role=status]")).includes("Attached: exports/dpa-2026-11.txt."), "the file that was chosen is not attached");
  const refusal = await page.evaluate(() => {
    const transfer = new DataTransfer();
    for (const name of ["one.txt", "two.txt"]) transfer.items.add(new File(["Scanned."], name, { type: "text/plain" }));
    let said = "";
    document.querySelector("#attach-file").addEventListener("invalid", ({ target }) => { said = target.validationMessage; });
    document.querySelector("form[data-drop]").dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true }));
    return said;
  });
  const form = await page.$("form[data-drop]");
  await form.scrollIntoView();
  const box = await form.boundingBox();
  const devtools = await page.createCDPSession();
  const place = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  for (const type of ["dragEnter", "dragOver", "drop"]) {
    await devtools.send("Input.dispatchDragEvent", { type, ...place, data: { items: [], files: [repository], dragOperationsMask: 1 } });
  }
  expect(await page.$eval("#attach-file", (input) => input.files.length) === 0, "a folder that is dropped is taken as a file");
  expect(refusal.includes("one file at a time"), `of two files that were dropped the page says ${JSON.stringify(refusal)}`);
  await page.select("#attach-at", "/subscription/processing_agreement");
  await Promise.all([page.waitForNavigation(), page.evaluate(() => {
    const transfer = new DataTransfer();
    transfer.items.add(new File(["Data processing agreement, version 2025-01, accepted on 2025-02-10. Scanned again.\n"], "dpa-dropped.txt", { type: "text/plain" }));
    document.querySelector("form[data-drop]").dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true }));
  })]);
  expect((await text(page, "[role=status]")).includes("Attached: exports/dpa-dropped.txt."), "the file that was dropped is not attached");

  // It passes, and nothing else has changed.
  await page.goto(`${base}duties/1.1.1`);
  expect((await text(page, ".verdict")).includes("PASS"), `the duty does not pass: ${await text(page, "main")}`);
  await page.goto(base);
  expect((await text(page)).includes("18 of 21 duties need work"), "the first page does not follow");
  expect((await text(page)).includes("What the last change did"), "the first page does not say what the last change did");
  await page.screenshot({ path: `${out}/serve.passes.png` });
  const status = git("status", "--porcelain");
  expect(status === " M gaps/subscription.yaml\n?? gaps/exports/dpa-2026-11.txt\n?? gaps/exports/dpa-dropped.txt\n", `git status: ${status}`);
  const changes = git("diff", "--unified=0").split("\n").filter((line) => /^[-+][^-+]/.test(line)).map((line) => line.replace(/sha256: .*/, "sha256: …"));
  const meant = [
    "-    - {role: administrative, email: nordmer.cloud@mail.example, verified_on: 2026-04-20}",
    "+    - {role: administrative, email: cloud-admin@nordmer.example, verified_on: 2026-04-20}",
    "-  recovery_contact: nordmer.cloud@mail.example",
    "-  data_fields: [legal_form, organisation, firstname, name, email, phone, address, city, zip, country, vat, birth_day]",
    "-  data_field_count: 12",
    "+    - {role: security, email: security@nordmer.example, verified_on: 2026-11-10}",
    "+    - {role: privacy, email: dpo@nordmer.example, verified_on: 2026-11-10}",
    "+  recovery_contact: ciso@nordmer.example",
    "+  data_fields: [legal_form, organisation, firstname, name, email, phone, address, city, zip, country, vat]",
    "+  data_field_count: 11",
    "-      path: exports/dpa-acceptance-2025-02.txt",
    "-      sha256: …",
    "+      path: exports/dpa-dropped.txt",
    "+      sha256: …",
  ];
  expect(JSON.stringify(changes) === JSON.stringify(meant), `git diff shows something else than was meant:\n${changes.join("\n")}`);

  // Each page, in this state.
  for (const [path, name] of [
    ["", "overview"], ["duties/1.1.1", "duty"], ["duties/3.1.1.4", "duty-fails"], ["sections/subscription", "subscription"], ["sections/keys?at=/keys/service_keys/6", "keys"],
    ["sections/exit_plan", "absent"], ["sections/metadata", "service"], ["sections/not_applicable", "declarations"], ["requests", "requests"], ["waivers", "waivers"], ["sections/backups", "backups"],
  ]) await look(base + path, name);

  // The reports, as files.
  const client = await page.createCDPSession();
  await client.send("Browser.setDownloadBehavior", { behavior: "allow", downloadPath: out, eventsEnabled: true });
  for (const format of ["html", "json"]) {
    const done = new Promise((resolve) => client.on("Browser.downloadProgress", ({ state }) => { if (state === "completed") resolve(); }));
    await tabTo(page, `a[href$="reports/${format}"]`);
    await page.keyboard.press("Enter");
    await done;
  }
  const files = await readdir(out);
  for (const name of ["report.html", "report.json"]) expect(files.includes(name), `${name} was not downloaded: ${files}`);
  expect(JSON.parse(await readFile(`${out}/report.json`, "utf8")).services[0].summary.fail === 18, "the report is not of this state");

  // Undo, to the byte.
  for (let i = 0; i < 3; i++) await press(page, 'form[action$="undo"] button');
  expect(git("status", "--porcelain") === "", `taken back, git status is: ${git("status", "--porcelain")}`);
  expect(await page.$eval('form[action$="undo"] button', (button) => button.disabled), "there is something left to take back");

  // Back leads to the page as it is by now: the box that was ticked before is none of another fact.
  await page.goto(`${base}sections/backups`);
  await page.select('[name="v:/backups/source/method"]', "api");
  await page.$eval('[name="remove[]"][value="/backups/source/artifact"]', (box) => box.click());
  await press(page, 'button[value="save"]');
  expect(git("status", "--porcelain") === " M gaps/backups.yaml\n", "the artifact is not taken away");
  await press(page, 'form[action$="undo"] button');
  await page.goBack();
  await page.goBack();
  const restored = await page.$$eval('#fields input:checked[name="remove[]"], [name="v:/backups/source/method"]', (all) => all.map((control) => control.value));
  expect(restored.join() === "export", `a page that the browser went back to is filled in with ${restored}`);

  // What the browser or the program does not do is said on the page: suggestions without an answer, a text that may not be copied.
  const calm = await browser.newPage();
  calm.on("pageerror", (error) => complain(error.message));
  calm.on("dialog", (dialog) => dialog.accept());
  await calm.goto(`${base}sections/backups`);
  await calm.setRequestInterception(true);
  calm.on("request", (request) => { if (/options/.test(request.url())) request.abort(); else request.continue(); });
  await calm.$$eval("[list]", ([input]) => { input.list.dataset.kinds = "person"; input.dispatchEvent(new Event("input", { bubbles: true })); });
  await calm.waitForFunction(() => document.querySelector("#standing").textContent.includes("does not answer"), { timeout: 20000 }).catch(() => complain("of suggestions that do not come the page says nothing"));
  await calm.goto(`${base}requests`);
  await calm.evaluate(() => { navigator.clipboard.writeText = () => Promise.reject(new DOMException("no", "NotAllowedError")); });
  await tabTo(calm, "button[data-copy]");
  await calm.keyboard.press("Enter");
  await calm.waitForFunction(() => document.querySelector("button[data-copy]").textContent.includes("does not copy") && document.activeElement.selectionEnd > 0, { timeout: 20000 })
    .catch(() => complain("of a text that may not be copied the page says nothing"));
  await calm.close();

  const keyboard = await open();
  for (const path of ["", "sections/backups", "requests"]) await around(keyboard, base + path);
  await keyboard.close();

  // A waiver that is not saved is asked for, too.
  const waiving = await open();
  let questions = 0;
  waiving.on("dialog", async (dialog) => { questions++; await dialog.dismiss(); });
  await waiving.goto(`${base}waivers`);
  await type(waiving, "#w-reason", "The owner changes in December");
  await tabTo(waiving, 'nav a[href$="requests"]');
  await waiving.keyboard.press("Enter");
  await new Promise((resolve) => setTimeout(resolve, 1000));
  expect(questions === 1, `a waiver that was typed is lost, after ${questions} questions`);
  await waiving.close();

  // Without scripts: verdicts have a button, and saving works.
  const plain = await open();
  await plain.setJavaScriptEnabled(false);
  await plain.goto(`${base}sections/backups`);
  await plain.type('[name="v:/backups/policy/rto_hours"]', "4");
  await Promise.all([plain.waitForNavigation(), plain.click('button[value="check"]')]);
  expect((await text(plain, "#standing")).includes("Not saved yet"), "without scripts there are no verdicts");
  await Promise.all([plain.waitForNavigation(), plain.click('button[value="save"]')]);
  expect(git("diff", "--unified=0").split("\n").filter((line) => /^[-+][^-+]/.test(line)).join() === "+    rto_hours: 4", `without scripts: ${git("diff")}`);

  // Pages for reading: no button writes, and an auditor fills in a worksheet.
  const auditor = await open();
  await auditor.goto(reader);
  const reading = auditor.url();
  for (const [path, name] of [["", "read-overview"], ["sections/keys?at=/keys/service_keys/1", "read-keys"], ["sample?number=5", "read-sample"]]) {
    await look(reading + path, name);
    await auditor.goto(reading + path);
    const buttons = await auditor.$$eval("button", (all) => all.map((button) => button.textContent));
    expect(buttons.every((name) => ["Choose", "Find", "Download the worksheet"].includes(name)), `${path}: a page for reading has the buttons ${buttons}`);
  }
  await tabTo(auditor, "#result-1");
  await auditor.keyboard.type("differs");
  await type(auditor, "#note-1", "It is another one.");
  const worksheet = await auditor.createCDPSession();
  await worksheet.send("Browser.setDownloadBehavior", { behavior: "allow", downloadPath: out, eventsEnabled: true });
  const filled = new Promise((resolve) => worksheet.on("Browser.downloadProgress", ({ state }) => { if (state === "completed") resolve(); }));
  await tabTo(auditor, 'form[method="post"] button');
  await auditor.keyboard.press("Enter");
  await filled;
  expect(/differs,It is another one\./.test(await readFile(`${out}/worksheet.csv`, "utf8")), "the worksheet has not what was filled in");

  // A page of another origin has no way in, whatever the browser sends along.
  const foreign = await browser.newPage();
  await foreign.goto(`data:text/html,<form method="post" action="${base}undo"><button>go</button></form>`);
  await Promise.all([foreign.waitForNavigation(), foreign.click("button")]);
  expect(!(await text(foreign)).includes("Taken back"), "a page of another origin takes something back");
  expect(git("status", "--porcelain") !== "", "a page of another origin has changed the evidence");
} catch (problem) {
  complain(problem.stack);
} finally {
  await browser.close();
}
console.log(`${bad} complaints`);
process.exit(bad > 0 ? 1 : 0);
