// Builds the package of the extension: node package.mjs [FILE.vsix]
// One commit gives one package, byte for byte: no time, no time zone and no folder of this machine goes in.
import { build } from "esbuild";
import { chmodSync, cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const accepted = ["Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT"]; // as for the program
const here = path.dirname(fileURLToPath(import.meta.url));
const output = path.resolve(process.argv[2] ?? path.join(here, "raci-check.vsix"));

rmSync(path.join(here, "dist"), { recursive: true, force: true });
const { metafile } = await build({
  absWorkingDir: here, entryPoints: ["src/extension.js"], outfile: "dist/extension.js", bundle: true, platform: "node", format: "cjs",
  target: "node18", external: ["vscode"], sourcemap: false, preserveSymlinks: true, legalComments: "none", metafile: true, logLevel: "warning",
});

// The licences of what is in the bundle. esbuild names its parts by paths such as node_modules/semver/index.js.
const folders = new Set();
for (const file of Object.keys(metafile.inputs)) {
  const below = file.match(/node_modules\/(?:.*\/node_modules\/)?(?:@[^/]+\/)?[^/]+\//);
  if (below) folders.add(below[0]);
}
const notices = [...folders].sort().map((folder) => {
  const place = path.join(here, folder);
  const { name, version, license } = JSON.parse(readFileSync(path.join(place, "package.json"), "utf8"));
  if (!accepted.includes(license)) throw new Error(`${name} ${version} has the licence ${license}, which is not accepted`);
  const file = readdirSync(place).find((each) => /^licen[cs]e(\.(md|txt))?$/i.test(each));
  if (!file) throw new Error(`${name} ${version} has no licence file`);
  return `${name} ${version} (${license})\n\n${readFileSync(path.join(place, file), "utf8").replaceAll("\r\n", "\n").trim()}\n`;
});
writeFileSync(path.join(here, "dist", "licences.txt"), notices.join(`\n${"-".repeat(80)}\n\n`));
cpSync(path.join(here, "..", "..", "LICENSE"), path.join(here, "LICENSE")); // the project's, which a package must have itself

// The modes of files differ by umask.
for (const file of ["dist/extension.js", "dist/licences.txt", "LICENSE", "README.md", "package.json"]) chmodSync(path.join(here, file), 0o644);
process.env.TZ = "UTC";
process.env.SOURCE_DATE_EPOCH = String(Date.UTC(1980, 0, 2) / 1000); // the first day that an archive can name everywhere
const { createVSIX } = await import("@vscode/vsce");
await createVSIX({ cwd: here, packagePath: output, dependencies: false, allowMissingRepository: true });
