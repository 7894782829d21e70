#!/usr/bin/env bash
# The SARIF makers' own tool matches results by their lines, against their fingerprints.
#
# Expected: a result that keeps its fingerprint is the same result after its line moved. That is what the standard gives fingerprints for
# (https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/sarif-v2.1.0-os.html#_Toc34317637, sections 3.27.16 and 3.27.17).
# Seen: three results of one rule move down, each to the line on which the next one was. Each is matched with its neighbour, one is
# called absent and one new, although the fingerprints and messages of all three are as before. A gate on new results turns red.
set -euo pipefail
folder=$(mktemp -d)
trap 'chmod -R u+w "$folder"; rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts @microsoft/sarif-multitool-linux@5.7.0
tool=node_modules/@microsoft/sarif-multitool-linux/Sarif.Multitool
chmod +x "$tool"
export DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1
cat >log.mjs <<'JS'
import { readFileSync, writeFileSync } from 'node:fs';

const findings = { a: 'the backup is old', b: 'the key is shared', c: 'nobody owns it' };
const write = (file, first) => {
  const results = Object.entries(findings).map(([id, text], i) => ({
    ruleId: 'R1',
    message: { text },
    fingerprints: { 'example/v1': id },
    locations: [{ physicalLocation: { artifactLocation: { uri: 'a.yaml' }, region: { startLine: first + 10 * i } } }],
  }));
  const tool = { driver: { name: 'example', rules: [{ id: 'R1' }] } };
  writeFileSync(file, JSON.stringify({ $schema: 'https://json.schemastore.org/sarif-2.1.0.json', version: '2.1.0', runs: [{ tool, results }] }));
};
if (process.argv[2] === 'write') {
  write('before.sarif', 10);
  write('moved.sarif', 20); // onto the lines of the neighbours
  write('free.sarif', 21); // onto lines on which nothing was
} else {
  for (const file of ['free', 'moved']) {
    const { results } = JSON.parse(readFileSync(`${file}.out.sarif`, 'utf8')).runs[0];
    const states = results.map((r) => `${r.fingerprints['example/v1']} ${r.baselineState}`).sort().join(', ');
    console.log(`${file}: expected a updated, b updated, c updated; seen ${states}`);
    const seen = { free: 'a updated, b updated, c updated', moved: 'a absent, a unchanged, b unchanged, c new' };
    if (states !== seen[file]) process.exitCode = 1;
  }
}
JS
node log.mjs write
npm ls --depth=0 | tail -n +2
for file in free moved; do
	"$tool" match-results-forward "$file.sarif" --previous before.sarif --output-file-path "$file.out.sarif" >/dev/null
done
node log.mjs
