// Reads reports in the Heimdall Data Format with inspecjs, and prints how many controls it takes for what: by status, by severity, and those
// that are waived. Usage: node heimdall.mjs FILE...
import { readFile } from "node:fs/promises";
import { convertFileContextual } from "inspecjs";

for (const file of process.argv.slice(2)) {
  const evaluation = convertFileContextual(await readFile(file, "utf8"));
  const count = {};
  const add = (key) => (count[key] = (count[key] ?? 0) + 1);
  for (const profile of evaluation.contains) {
    for (const control of profile.contains) {
      add(control.hdf.status);
      add(control.hdf.severity);
      if (control.hdf.waived) add("waived");
      if (!control.hdf.message || !control.hdf.descriptions.fix) throw new Error(`${file}: ${control.data.id} has no message or no fix`);
    }
  }
  console.log(JSON.stringify(count, Object.keys(count).sort()));
}
