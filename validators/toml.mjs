// Prints TOML from standard input as JSON: node toml.mjs < FILE
import { readFileSync } from "node:fs";
import { parse } from "smol-toml";

console.log(JSON.stringify(parse(readFileSync(0, "utf8"))));
