// Reads iCalendar files with ical.js and fails on what is not a calendar of whole entries. Usage: node calendar.mjs FILE...
import { readFile } from "node:fs/promises";
import ICAL from "ical.js";

ICAL.design.strict = true;
for (const file of process.argv.slice(2)) {
  const calendar = new ICAL.Component(ICAL.parse(await readFile(file, "utf8")));
  const entries = calendar.getAllSubcomponents("vevent");
  if (calendar.name !== "vcalendar" || entries.length === 0) throw new Error(`${file}: no entries`);
  const ids = new Set();
  for (const component of entries) {
    const entry = new ICAL.Event(component);
    if (!entry.startDate.isDate || entry.duration.toSeconds() !== 86400 || !entry.summary || !component.getFirstPropertyValue("dtstamp")) {
      throw new Error(`${file}: ${entry.uid} is not whole`);
    }
    ids.add(entry.uid);
  }
  if (ids.size !== entries.length) throw new Error(`${file}: ${entries.length} entries have ${ids.size} ids`);
}
