// Runs the bundled extension with the real server, and a stand-in for the editor: node extension.cjs BUNDLE PROGRAM FOLDER [SECONDS]
// The folder is a copy of evidence/gaps. It ends with an error at the first thing that is not as expected.
"use strict";

const assert = require("node:assert/strict");
const children = require("node:child_process");
const fs = require("node:fs");
const Module = require("node:module");
const os = require("node:os");
const path = require("node:path");
const { folderHasOurs, isOurs } = require("../editors/vscode/src/files.js");
const { editor, Position, Range, Selection } = require("./vscode.cjs");

const [bundle, program, folder, seconds = "60"] = process.argv.slice(2);
const [api, seen] = editor(folder);
const load = Module._load;
Module._load = (name, ...rest) => name === "vscode" ? api : load(name, ...rest);

// Each process that the extension starts, and whether it has ended.
const started = [];
const spawn = children.spawn;
children.spawn = (command, args, options) => {
  const child = spawn(command, args, options);
  const entry = { child, command, args, cwd: options.cwd, ended: false };
  child.on("exit", (code, signal) => Object.assign(entry, { ended: true, code, signal }));
  started.push(entry);
  return child;
};
const running = () => started.filter((entry) => !entry.ended);

async function until(what, fits) {
  const end = Date.now() + Number(seconds) * 1000;
  for (;;) {
    const value = fits();
    if (value) return value;
    if (Date.now() > end) throw new Error(`${what}: not within ${seconds} s\nerrors: ${seen.errors}\noutput: ${seen.output.slice(-3000)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

// The editor only logs what nobody waits for. The client library leaves two such errors where a server ends before it has answered.
const unexpected = [];
process.on("unhandledRejection", (error) => {
  if (!/rejected since connection got disposed|can't be stopped/.test(error?.message)) unexpected.push(error);
});
const quiet = () => new Promise((resolve) => setTimeout(resolve, 500));

const extension = require(path.resolve(bundle));
const context = { subscriptions: [] };
const at = ["--at", "2026-11-20", "--allow-past-at"];
const wide = "network_access.ranges_narrow";

async function main() {
  // Which texts are the program's.
  for (const text of ["api_version: raci-check/v1\n", "# ours\r\n\"api_version\": 'raci-check/v1'\r\n", "\ufeffkind: Waivers\napi_version: raci-check/v1\n",
    "\ufeffapi_version: raci-check/v1\n", '{"api_version": "raci-check/v1", "kind": "Evidence"}', '{"kind": "Evidence", "api_version":"raci-check/v1"}']) {
    assert.ok(isOurs(text), text);
  }
  for (const text of ["", "apiVersion: v1\nkind: Evidence\n", "api_version: v1\n", "# api_version: raci-check/v1\n", "notes: api_version\n", `${"#\n".repeat(4096)}api_version: raci-check/v1\n`]) {
    assert.ok(!isOurs(text), text.slice(-100));
  }
  assert.ok(await folderHasOurs(folder) && !await folderHasOurs(path.join(folder, "exports")) && !await folderHasOurs(path.join(folder, "nowhere")));

  // YAML of other programs starts nothing.
  seen.configure({ "raci-check.path": program, "raci-check.arguments": at });
  const elsewhere = fs.mkdtempSync(path.join(os.tmpdir(), "other-"));
  fs.writeFileSync(path.join(elsewhere, "compose.yaml"), "services:\n  web: {image: web}\n");
  seen.open(path.join(elsewhere, "compose.yaml"));
  await extension.activate(context);
  await quiet();
  assert.equal(started.length, 0, "a file of another program started the server");

  // A file of the program does, with the arguments of the settings, in the folder of the workspace.
  const document = seen.open(path.join(folder, "network.yaml"));
  const shown = () => seen.diagnostics.get(document.uri.toString()) ?? [];
  const has = (code) => shown().some((each) => (each.code?.value ?? each.code) === code);
  await until("the findings of the file", () => has(wide));
  assert.deepEqual(running().map(({ command, args, cwd }) => ({ command, args, cwd })), [{ command: program, args: ["lsp", ...at], cwd: folder }]);
  const finding = shown().find((each) => each.code.value === wide);
  assert.equal(document.getText(finding.range), '"0.0.0.0/0"');
  assert.equal(finding.source, "raci-check");
  assert.match(fs.readFileSync(finding.code.target.fsPath, "utf8"), /network_access\.ranges_narrow/);

  // What is typed is assessed before it is saved.
  await seen.change(document, finding.range, '"198.51.100.7/32"');
  await until("the finding is gone", () => has("network_access.tls_verified") && !has(wide));
  assert.doesNotMatch(fs.readFileSync(document.fileName, "utf8"), /198\.51/, "the file was saved");

  // The server's command asks for a file, and writes it into the text.
  const artifact = path.join(elsewhere, "probe.csv");
  fs.writeFileSync(artifact, "host,port,result\neu-west-sbg.okms.ovh.net,443,ok\n");
  const withoutArtifact = async () => {
    const [lines] = document.text.match(/^    artifact:.*\n(?:      .*\n)*/m);
    const start = document.text.indexOf(lines);
    await seen.change(document, new Range(document.positionAt(start), document.positionAt(start + lines.length)), "");
  };
  await withoutArtifact();
  const before = document.text;
  await api.commands.executeCommand("raci-check.attach", document.uri.toString(), "/network/source");
  assert.equal(seen.dialogs.length, 1);
  assert.equal(seen.dialogs[0].defaultUri.fsPath, os.homedir());
  assert.equal(document.text, before, "a dialog that was closed changed the text");
  seen.answer = [artifact];
  await api.commands.executeCommand("raci-check.attach", document.uri.toString(), "/network/source");
  await until("the artifact is named", () => /path: .*probe\.csv/.test(document.text));
  assert.match(document.text, /sha256: "?[0-9a-f]{64}/);
  assert.ok(fs.readdirSync(folder, { recursive: true }).some((name) => path.basename(String(name)) === "probe.csv"), "the file is not with the evidence");
  const next = path.join(elsewhere, "probe-2.csv");
  fs.writeFileSync(next, "host,port,result\neu-west-sbg.okms.ovh.net,443,certificate_not_verified\n");
  seen.answer = [next];
  await api.commands.executeCommand("raci-check.attach", document.uri.toString(), "/network/source/artifact");
  await until("the artifact is replaced", () => /path: .*probe-2\.csv/.test(document.text) && !/probe\.csv/.test(document.text));
  assert.equal(seen.dialogs.pop().title, "Replace the attached file of /network/source");
  seen.answer = [artifact];
  await api.commands.executeCommand("raci-check.attach", document.uri.toString(), "/nowhere/source");
  assert.deepEqual(seen.errors.map((each) => /^raci-check: .*nowhere/.test(each)), [true], "what is refused is not shown once, with its reason");

  // At the cursor, the server says what takes a file. It knows after it has shown its findings.
  await withoutArtifact();
  await until("the findings of the text without the artifact", () => has("network_access.tls_verified"));
  const cursor = () => shown().find((each) => each.code?.value === "network_access.tls_verified")?.range.start;
  for (const end = Date.now() + Number(seconds) * 1000; seen.dialogs.length < 4 && Date.now() < end; await quiet()) {
    api.window.activeTextEditor = { document, selection: new Selection(cursor(), cursor()) };
    await api.commands.executeCommand("raci-check.attachFile");
  }
  await until("the artifact is named again", () => /path: .*probe\.csv/.test(document.text));
  assert.equal(seen.dialogs.at(-1).defaultUri.fsPath, elsewhere, "the folder is not that of the last file");
  api.window.activeTextEditor = { document, selection: new Selection(new Position(0, 0), new Position(0, 0)) };
  await api.commands.executeCommand("raci-check.attachFile");
  assert.match(seen.messages.at(-1), /nothing at the cursor takes a file/);

  // A server that ends by itself is started again, and shows what it showed.
  seen.diagnostics.clear();
  process.kill(running()[0].child.pid, "SIGKILL");
  await until("a second server", () => started.length === 2 && started[0].ended);
  await until("the findings of the second server", () => has("network_access.tls_verified"));

  // So is one that is asked to.
  await api.commands.executeCommand("raci-check.restart");
  await until("a third server alone", () => started.length === 3 && running().length === 1);
  assert.equal(started[1].code, 0, "the second server was not asked for its end");
  await until("the findings of the third server", () => has("network_access.tls_verified"));
  await api.commands.executeCommand("raci-check.showOutput");
  assert.ok(seen.shown);

  // New settings take effect. A repository cannot have a program of its own started by its name alone.
  fs.copyFileSync(program, path.join(folder, "raci-check"));
  fs.chmodSync(path.join(folder, "raci-check"), 0o755);
  process.chdir(folder);
  process.env.PATH = [".", "", process.env.PATH].join(path.delimiter);
  for (const [setting, complaint] of [["raci-check", /not on PATH/], ["./raci-check", /relative path/], [path.join(folder, "network.yaml"), /no program/], [" ", /empty/]]) {
    const count = seen.errors.length;
    seen.configure({ "raci-check.path": setting });
    await until(`an error about the path ${setting}`, () => seen.errors.length > count && running().length === 0);
    assert.match(seen.errors.at(-1), complaint);
  }
  assert.equal(started.length, 3, "a program was started that must not be");
  process.env.PATH = [path.dirname(program), process.env.PATH].join(path.delimiter);
  seen.configure({ "raci-check.path": path.basename(program) });
  await until("the findings of a server that is on PATH", () => has("network_access.tls_verified"));
  assert.equal(running()[0].command, program);

  // Arguments that the program refuses are said once, with what the program says in the output.
  const [errors, processes] = [seen.errors.length, started.length];
  seen.configure({ "raci-check.arguments": ["--no-such-flag"] });
  await until("what the program says is in the output", () => /no-such-flag/.test(seen.output) && seen.errors.length > errors && running().length === 0);
  await quiet();
  assert.equal(started.length, processes + 1, "it is started again");
  assert.equal(seen.errors.length, errors + 1, `${seen.errors.slice(errors)}`);
  seen.configure({ "raci-check.arguments": at });
  await until("the findings with the arguments as before", () => has("network_access.tls_verified"));

  // A program that never answers is in nobody's way.
  const silent = path.join(elsewhere, "silent");
  fs.writeFileSync(silent, "#!/bin/sh\nexec sleep 1000\n", { mode: 0o755 });
  seen.configure({ "raci-check.path": silent });
  await until("a program that does not answer", () => running().length === 1 && running()[0].command === silent);
  seen.configure({ "raci-check.path": program });
  await until("the findings of a program that answers", () => running().length === 1 && running()[0].command === program && has("network_access.tls_verified"));

  // Nor is a server that answers no more.
  const [stuck] = running();
  process.kill(stuck.child.pid, "SIGSTOP");
  await api.commands.executeCommand("raci-check.restart");
  await until("a server in its place", () => stuck.ended && running().length === 1 && running()[0].command === program);
  await until("its findings", () => has("network_access.tls_verified"));

  // The end leaves nothing behind.
  await extension.deactivate();
  for (const each of context.subscriptions) each.dispose();
  await until("no process is left", () => running().length === 0);
  assert.equal(started.at(-1).code, 0, "the last server was not asked for its end");
  assert.deepEqual([...seen.registered.keys()], [], "commands are left");
  for (const { child } of started) assert.throws(() => process.kill(child.pid, 0), { code: "ESRCH" });
  assert.deepEqual(unexpected, []);
  fs.rmSync(elsewhere, { recursive: true });
}

main().catch((error) => {
  console.error(error);
  for (const { child } of running()) child.kill("SIGKILL");
  process.exit(1);
});
