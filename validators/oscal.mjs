// Holds OSCAL documents against an official schema by ajv, with the formats of JSON Schema.
// Usage: node oscal.mjs SCHEMA FILE...; says what is wrong in each file, and fails if anything is.
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import Ajv from "ajv";
import addFormats from "ajv-formats";

const [schema, ...files] = process.argv.slice(2);
const json = (file) => JSON.parse(readFileSync(file, "utf8"));
const ajv = new Ajv({ strict: false });
addFormats(ajv);
const form = json(schema);
form.$id = "urn:raci-check:" + basename(schema); // the schema's own is of no document that references could be resolved by
const whole = ajv.compile(form);
// The branch of the kind of document says it in words that can be read.
const branches = new Map(form.oneOf.map((branch, i) => [branch.required[0], i]));

let bad = 0;
for (const file of files) {
  const document = json(file);
  if (whole(document)) continue;
  bad++;
  const kind = Object.keys(document).find((key) => branches.has(key));
  const errors = kind === undefined ? [] : whole.errors.filter((error) => error.schemaPath.startsWith(`#/oneOf/${branches.get(kind)}/`) || error.instancePath.startsWith(`/${kind}`));
  console.log(`${basename(file)}: ${JSON.stringify(errors.length ? errors : whole.errors).slice(0, 2000)}`);
}
console.log(`${files.length} documents, ${bad} do not fit`);
process.exit(bad === 0 ? 0 : 1);
