// Drives the language server as an editor does, with the client library of VS Code: node language.mjs PROGRAM FOLDER [SECONDS]
// The folder is a copy of evidence/gaps. It ends with an error at the first thing that is not as expected.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import * as lsp from "vscode-languageserver-protocol/node";

const [program, folder, seconds = "60"] = process.argv.slice(2);
const patience = Number(seconds) * 1000;
const server = spawn(program, ["lsp", "--stdio", "--at", "2026-11-20", "--allow-past-at"], { stdio: ["pipe", "pipe", "inherit"] });
const exited = new Promise((resolve) => server.on("exit", (code) => resolve(code)));
const connection = lsp.createProtocolConnection(new lsp.StreamMessageReader(server.stdout), new lsp.StreamMessageWriter(server.stdin));
connection.onError(([error]) => { throw error; });

// Each set of diagnostics that comes is kept by file, and looked at by whoever waits.
const published = new Map();
const waiting = new Set();
connection.onNotification(lsp.PublishDiagnosticsNotification.type, (set) => {
  published.set(set.uri, set);
  for (const look of waiting) look();
});
const messages = [];
connection.onNotification(lsp.LogMessageNotification.type, (message) => messages.push(message));
connection.listen();

function until(what, fits) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${what}: not within ${seconds} s; the last was ${JSON.stringify([...published.values()])}`)), patience);
    const look = () => {
      const value = fits();
      if (!value) return;
      clearTimeout(timer);
      waiting.delete(look);
      resolve(value);
    };
    waiting.add(look);
    look();
  });
}

const uriOf = (name) => pathToFileURL(path.join(folder, name)).href;
const uri = uriOf("network.yaml");
let text = readFileSync(path.join(folder, "network.yaml"), "utf8");
let version = 1;

// What an editor shows after a text of this version.
const shown = (what, fits) => until(what, () => {
  const set = published.get(uri);
  return set?.version === version && fits(set.diagnostics) ? set.diagnostics : undefined;
});

function edit(old, replacement) {
  const start = text.indexOf(old);
  assert.notEqual(start, -1, `the file has no ${old}`);
  const place = (offset) => {
    const before = text.slice(0, offset).split("\n");
    return { line: before.length - 1, character: before.at(-1).length };
  };
  const range = { start: place(start), end: place(start + old.length) };
  text = text.slice(0, start) + replacement + text.slice(start + old.length);
  version++;
  return connection.sendNotification(lsp.DidChangeTextDocumentNotification.type, {
    textDocument: { uri, version }, contentChanges: [{ range, text: replacement }],
  });
}

const { capabilities } = await connection.sendRequest(lsp.InitializeRequest.type, {
  processId: process.pid, rootUri: pathToFileURL(folder).href, workspaceFolders: [{ uri: pathToFileURL(folder).href, name: "evidence" }],
  capabilities: {
    general: { positionEncodings: ["utf-16"] },
    textDocument: {
      publishDiagnostics: { relatedInformation: true, versionSupport: true, codeDescriptionSupport: true, dataSupport: true },
      inlayHint: {}, codeAction: { codeActionLiteralSupport: { codeActionKind: { valueSet: ["quickfix", "refactor"] } } },
    },
    workspace: { workspaceEdit: { documentChanges: true, resourceOperations: ["create"] } },
  },
});
assert.equal(capabilities.positionEncoding, "utf-16");
assert.equal(capabilities.textDocumentSync.change, lsp.TextDocumentSyncKind.Incremental);
await connection.sendNotification(lsp.InitializedNotification.type, {});

await connection.sendNotification(lsp.DidOpenTextDocumentNotification.type, { textDocument: { uri, languageId: "yaml", version, text } });
const narrow = "network_access.ranges_narrow";
const has = (code) => (all) => all.some((d) => d.code === code);
const first = await shown("the range is too wide", has(narrow));
for (const d of first) {
  assert.ok(lsp.Diagnostic.is(d), `no diagnostic: ${JSON.stringify(d)}`);
  assert.equal(d.source, "raci-check");
  assert.ok(d.range.end.line < text.split("\n").length);
}
const wide = first.find((d) => d.code === narrow);
const [line] = text.split("\n").slice(wide.range.start.line);
assert.equal(line.slice(wide.range.start.character, wide.range.end.character), '"0.0.0.0/0"');
assert.equal(wide.severity, lsp.DiagnosticSeverity.Error);
assert.match(readFileSync(new URL(wide.codeDescription.href), "utf8"), /network_access\.ranges_narrow/);
assert.equal(wide.data.pointer, "/network/allow_list/3/range");

// Half a line is typed, then the rest: what is shown at the end is of the last text.
await edit('"0.0.0.0/0"', '"198.51');
await edit('"198.51', '"198.51.100.7/32"');
await shown("the text that is not saved has a narrow range", (all) => has("network_access.tls_verified")(all) && !has(narrow)(all));
assert.doesNotMatch(readFileSync(path.join(folder, "network.yaml"), "utf8"), /198\.51/, "the file was saved");

const hints = await connection.sendRequest(lsp.InlayHintRequest.type, { textDocument: { uri }, range: { start: { line: 0, character: 0 }, end: { line: 999, character: 0 } } });
assert.ok(hints.some((hint) => /of \d+ checks pass/.test(hint.label)), JSON.stringify(hints));
const actions = await connection.sendRequest(lsp.CodeActionRequest.type, { textDocument: { uri }, range: wide.range, context: { diagnostics: [] } });
assert.ok(Array.isArray(actions));

await edit("allow_list:", "allow_list: [");
const broken = await shown("only the syntax error is left", (all) => all.length > 0 && all.every((d) => d.code === undefined));
assert.ok(broken.every((d) => d.severity === lsp.DiagnosticSeverity.Error));
await until("the verdicts of the other files are taken back", () => [...published.values()].every((set) => set.uri === uri || set.diagnostics.length === 0));
assert.match(messages.at(-1).message, /nothing is assessed until/);
await edit("allow_list: [", "allow_list:");
await shown("the verdicts are back", has("network_access.tls_verified"));

// A request that is cancelled is answered at once.
const source = new lsp.CancellationTokenSource();
const hover = connection.sendRequest(lsp.HoverRequest.type, { textDocument: { uri }, position: { line: 5, character: 5 } }, source.token);
source.cancel();
await hover.catch((error) => assert.equal(error.code, lsp.LSPErrorCodes.RequestCancelled));
await assert.rejects(connection.sendRequest("textDocument/unknown", {}), (error) => error.code === lsp.ErrorCodes.MethodNotFound);

await connection.sendNotification(lsp.DidCloseTextDocumentNotification.type, { textDocument: { uri } });
await until("nothing is shown of a folder that is closed", () => [...published.values()].every((set) => set.diagnostics.length === 0));
await connection.sendRequest(lsp.ShutdownRequest.type);
await connection.sendNotification(lsp.ExitNotification.type);
assert.equal(await exited, 0, "the exit code");
connection.dispose();
