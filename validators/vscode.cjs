// Stands in for the interface that Visual Studio Code offers extensions, which comes with the editor alone. It has as much as
// the client library and the extension use in the tests: documents, edits, diagnostics, providers, commands and dialogs.
// What it lacks is a class that does nothing, or an event that never comes.
"use strict";

const fs = require("node:fs");
const path = require("node:path");
const { URI, Utils } = require("vscode-uri");

class Emitter {
  constructor() {
    this.listeners = new Set();
    this.event = (listener, self, disposables) => {
      const bound = listener.bind(self);
      this.listeners.add(bound);
      const disposable = new Disposable(() => this.listeners.delete(bound));
      disposables?.push(disposable);
      return disposable;
    };
  }
  fire(value) { for (const listener of [...this.listeners]) listener(value); }
  dispose() { this.listeners.clear(); }
}

class Disposable {
  constructor(action) { this.action = action; }
  static from(...all) { return new Disposable(() => all.forEach((each) => each.dispose())); }
  dispose() { this.action?.(); this.action = undefined; }
}

class Position {
  constructor(line, character) { Object.assign(this, { line, character }); }
  isBefore(other) { return this.line < other.line || this.line === other.line && this.character < other.character; }
  isEqual(other) { return this.line === other.line && this.character === other.character; }
}

class Range {
  constructor(...numbers) {
    const [start, end] = numbers.length === 4 ? [new Position(numbers[0], numbers[1]), new Position(numbers[2], numbers[3])] : numbers;
    Object.assign(this, { start, end });
  }
  get isEmpty() { return this.start.isEqual(this.end); }
}

class Selection extends Range {}

// What holds values and has no behaviour, as the constructors of the editor fill it.
const record = (...names) => class { constructor(...values) { names.forEach((name, i) => { this[name] = values[i]; }); } };

class Diagnostic extends record("range", "message", "severity") {}
class TextEdit extends record("range", "newText") {}
class CodeAction extends record("title", "kind") {}

class CodeActionKind {
  constructor(value) { this.value = value; }
  append(part) { return new CodeActionKind(this.value ? `${this.value}.${part}` : part); }
}
CodeActionKind.Empty = new CodeActionKind("");
for (const kind of ["QuickFix", "Refactor", "Source", "Notebook"]) CodeActionKind[kind] = new CodeActionKind(kind.toLowerCase());

class WorkspaceEdit {
  constructor() { this.edits = []; }
  set(uri, edits) { this.edits.push({ uri, edits: edits.map((edit) => Array.isArray(edit) ? edit[0] : edit) }); }
  replace(uri, range, newText) { this.set(uri, [new TextEdit(range, newText)]); }
  entries() { return this.edits.map(({ uri, edits }) => [uri, edits]); }
}

class Document {
  constructor(uri, languageId, text) { Object.assign(this, { uri, languageId, text, version: 1, isClosed: false, isDirty: false }); }
  get fileName() { return this.uri.fsPath; }
  offsetAt({ line, character }) {
    const lines = this.text.split("\n");
    if (line >= lines.length) return this.text.length;
    return lines.slice(0, line).reduce((sum, each) => sum + each.length + 1, 0) + Math.min(character, lines[line].length);
  }
  positionAt(offset) {
    const before = this.text.slice(0, offset).split("\n");
    return new Position(before.length - 1, before.at(-1).length);
  }
  getText(range) { return range ? this.text.slice(this.offsetAt(range.start), this.offsetAt(range.end)) : this.text; }
}

/**
 * Makes the interface of an editor with a folder open.
 * The second result is for the test: what it does in the place of a person, and what that person would see.
 */
function editor(folder) {
  const events = {};
  const event = (name) => (events[name] ??= new Emitter());
  const seen = { errors: [], messages: [], output: "", registered: new Map(), diagnostics: new Map(), providers: {}, dialogs: [], settings: {}, events };
  const documents = [];

  const change = async (document, range, text) => {
    const start = document.offsetAt(range.start), rangeLength = document.offsetAt(range.end) - start;
    document.text = document.text.slice(0, start) + text + document.text.slice(start + rangeLength);
    document.version++;
    document.isDirty = true;
    event("onDidChangeTextDocument").fire({ document, contentChanges: [{ range, rangeOffset: start, rangeLength, text }] });
  };
  const message = (list) => async (...args) => { list.push(args[0]); return undefined; };
  const isMatch = (filter, document) => {
    const language = filter.language === undefined || filter.language === document.languageId;
    const scheme = filter.scheme === undefined || filter.scheme === document.uri.scheme;
    return language && scheme && (filter.pattern === undefined || /\.ya?ml$/.test(document.uri.path)); // the one pattern that the extension has
  };
  const named = (target, fallback) => new Proxy(target, { get: (all, name) => name in all || typeof name !== "string" ? all[name] : fallback(name) });

  const workspace = named({
    workspaceFolders: [{ uri: URI.file(folder), name: path.basename(folder), index: 0 }],
    textDocuments: documents, notebookDocuments: [],
    getWorkspaceFolder: () => workspace.workspaceFolders[0],
    getConfiguration: (section) => ({
      get: (name, otherwise) => seen.settings[section ? `${section}.${name}` : name] ?? otherwise, inspect: () => undefined,
    }),
    applyEdit: async (edit) => {
      for (const [uri, edits] of edit.entries()) {
        const document = documents.find((each) => each.uri.toString() === uri.toString());
        if (!document) return false;
        for (const each of edits) await change(document, each.range, each.newText);
      }
      return true;
    },
  }, (name) => name.startsWith("on") ? event(name).event : undefined);

  const commands = {
    registerCommand: (name, action) => {
      if (seen.registered.has(name)) throw new Error(`command '${name}' already exists`);
      seen.registered.set(name, action);
      return new Disposable(() => seen.registered.delete(name));
    },
    executeCommand: async (name, ...args) => {
      if (name === "vscode.executeCodeActionProvider") {
        const document = documents.find((each) => each.uri.toString() === args[0].toString());
        const answers = await Promise.all((seen.providers.registerCodeActionsProvider ?? []).map((provider) =>
          provider.provideCodeActions(document, args[1], { diagnostics: [], triggerKind: 1 }, token)));
        return answers.flat().filter(Boolean);
      }
      if (!seen.registered.has(name)) throw new Error(`command '${name}' not found`);
      return seen.registered.get(name)(...args);
    },
  };

  const window = named({
    createOutputChannel: () => ({ append: (text) => { seen.output += text; }, appendLine: (text) => { seen.output += `${text}\n`; }, show: () => { seen.shown = true; }, dispose() {} }),
    showErrorMessage: message(seen.errors), showWarningMessage: message(seen.messages), showInformationMessage: message(seen.messages),
    showOpenDialog: async (options) => { seen.dialogs.push(options); return seen.answer?.map((name) => URI.file(name)); },
    showQuickPick: async (choices) => choices[0],
    activeTextEditor: undefined, visibleTextEditors: [],
    tabGroups: named({ all: [] }, (name) => name.startsWith("on") ? event(`tabs.${name}`).event : undefined),
  }, (name) => name.startsWith("on") ? event(name).event : undefined);

  const languages = named({
    match: (selector, document) => [selector].flat().some((filter) => isMatch(typeof filter === "string" ? { language: filter } : filter, document)) ? 10 : 0,
    createDiagnosticCollection: () => ({
      set: (uri, all) => seen.diagnostics.set(uri.toString(), all ?? []), delete: (uri) => seen.diagnostics.delete(uri.toString()),
      clear: () => seen.diagnostics.clear(), dispose: () => seen.diagnostics.clear(), has: (uri) => seen.diagnostics.has(uri.toString()),
    }),
  }, (name) => name.startsWith("register") ? (selector, provider) => {
    (seen.providers[name] ??= []).push(provider);
    return new Disposable(() => { seen.providers[name] = seen.providers[name].filter((each) => each !== provider); });
  } : undefined);

  class CancellationTokenSource {
    constructor() { this.token = { isCancellationRequested: false, onCancellationRequested: () => new Disposable() }; }
    cancel() {}
    dispose() {}
  }
  const { token } = new CancellationTokenSource();
  const Uri = Object.assign(Object.create(URI), { joinPath: Utils.joinPath });
  const enumeration = (...names) => Object.fromEntries(names.flatMap((name, i) => [[name, i], [i, name]]));
  const api = named({
    version: "1.96.0", workspace, window, commands, languages, Uri, env: { appName: "test", language: "en", openExternal: async () => false },
    EventEmitter: Emitter, Disposable, Position, Range, Selection, Diagnostic, TextEdit, CodeAction, CodeActionKind, WorkspaceEdit, CancellationTokenSource,
    Location: record("uri", "range"), CodeActionTriggerKind: { Invoke: 1, Automatic: 2 }, DiagnosticSeverity: enumeration("Error", "Warning", "Information", "Hint"),
    CancellationError: class extends Error {}, MarkdownString: record("value"), Hover: record("contents", "range"),
    extensions: { getExtension: () => undefined },
  }, (name) => /^[A-Z]/.test(name) ? (classes[name] ??= class { static [Symbol.hasInstance]() { return false; } }) : undefined);
  const classes = {};

  return [api, Object.assign(seen, {
    open: (name, languageId = "yaml") => {
      const document = new Document(URI.file(name), languageId, fs.readFileSync(name, "utf8"));
      documents.push(document);
      event("onDidOpenTextDocument").fire(document);
      return document;
    },
    change,
    configure: (settings) => {
      Object.assign(seen.settings, settings);
      event("onDidChangeConfiguration").fire({ affectsConfiguration: (name) => Object.keys(settings).some((each) => each === name || each.startsWith(`${name}.`)) });
    },
  })];
}

module.exports = { editor, Position, Range, Selection };
