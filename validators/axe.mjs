// What axe finds in a page. It looks at the whole page once, as a desktop shows it. Again on a phone, in other colours, it looks for what
// these change. Contrasts take most of its time, and depend on the colours and the size of a text alone: it is shown one text of each kind.
import { createRequire } from "node:module";
import { readFile } from "node:fs/promises";

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** The violations in a page as it is shown: all that axe knows, or those alone that come and go with colours and the width. */
export async function violationsIn(page, all) {
  await page.evaluate(axe);
  return page.evaluate(async (all) => {
    const kinds = new Map(), scrolled = [];
    const surroundings = new Map(); // by element: how it and all that it lies in are painted
    const around = (element) => {
      if (!element) return "";
      if (!surroundings.has(element)) {
        const style = getComputedStyle(element);
        const own = `|${[style.backgroundColor, style.backgroundImage, style.opacity, style.position, style.filter, style.mixBlendMode]}`;
        const above = around(element.parentElement);
        surroundings.set(element, above.endsWith(own) ? above : above + own);
      }
      return surroundings.get(element);
    };
    for (const element of document.body.querySelectorAll("*")) {
      if (!element.checkVisibility()) continue;
      if (element.clientWidth > 0 && element.scrollWidth > element.clientWidth) scrolled.push(element);
      const hasText = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim()) || element.matches("input, select, textarea");
      if (!hasText) continue;
      const { color, fontSize, fontWeight, textShadow } = getComputedStyle(element);
      const kind = [element.localName, element.disabled, color, fontSize, fontWeight, textShadow, around(element)].join();
      if (!kinds.has(kind)) kinds.set(kind, element);
    }
    const resultTypes = ["violations"], changing = ["color-contrast", "link-in-text-block", "scrollable-region-focusable"];
    const { violations } = await axe.run({ include: [...kinds.values(), ...scrolled] }, { resultTypes, runOnly: changing });
    if (!all) return violations;
    const rules = Object.fromEntries(changing.map((rule) => [rule, { enabled: false }]));
    return [...violations, ...(await axe.run(document, { resultTypes, rules })).violations];
  }, all);
}
