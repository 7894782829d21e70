"use strict";

// Starts `raci-check lsp` where there are files for it, and asks for a file where the server needs one. All else is the server's.

const children = require("node:child_process");
const os = require("node:os");
const path = require("node:path");
const vscode = require("vscode");
const { CloseAction, ExecuteCommandRequest, LanguageClient, State } = require("vscode-languageclient/node");
const { folderHasOurs, isOurs, isYAML } = require("./files");
const { find } = require("./program");

const settings = "raci-check";
const patience = 2000; // milliseconds that a server has to answer, or to end, if it is not wanted any more
const attachCommand = "raci-check.attach"; // the server's; its last argument is the path of the file

/** Starts and ends the server. Only one step is taken at a time. */
class Service {
  constructor(output) {
    this.output = output;
    this.client = undefined;
    this.needed = false; // a file of the program was seen
    this.started = Promise.resolve(); // when the server answers, or has failed to
    this.steps = Promise.resolve();
  }

  step(action) {
    this.steps = this.steps.then(action).catch((error) => this.report(error));
    return this.steps;
  }

  /** Starts the server if it was not started before. */
  start() {
    if (this.needed) return this.steps;
    this.needed = true;
    return this.step(() => this.begin());
  }

  /** Starts the server anew, by the settings as they are now. */
  restart() {
    this.needed = true;
    return this.step(async () => {
      await this.end();
      await this.begin();
    });
  }

  stop() {
    this.needed = false;
    return this.step(() => this.end());
  }

  async begin() {
    const own = vscode.workspace.getConfiguration(settings);
    const command = find(own.get("path", "raci-check"));
    const folder = vscode.workspace.workspaceFolders?.find(({ uri }) => uri.scheme === "file");
    const args = ["lsp", ...own.get("arguments", [])];
    const server = () => this.spawn(command, args, folder?.uri.fsPath ?? path.dirname(command));
    let ran = false;
    let restarts; // the library's own rule, which keeps count
    const client = this.client = new LanguageClient(settings, "raci-check", server, {
      documentSelector: [
        { scheme: "file", language: "yaml" }, { scheme: "file", pattern: "**/*.{yaml,yml}" }, { scheme: "untitled", language: "yaml" },
      ],
      initializationOptions: { attach: true },
      middleware: { executeCommand: (name, args, next) => name === attachCommand ? attach(client, args) : next(name, args) },
      outputChannel: this.output,
      // A program that ends before it has answered, such as for a wrong argument, would do so again. It is said once, by the start.
      initializationFailedHandler: () => false,
      errorHandler: {
        error: (...args) => restarts.error(...args),
        closed: () => ran ? restarts.closed() : { action: CloseAction.DoNotRestart, message: "The program ended before it answered.", handled: true },
      },
    });
    restarts = client.createDefaultErrorHandler();
    this.started = client.start().then(() => { ran = true; }, (error) => this.output.appendLine(String(error)));
  }

  /** Starts the process, also where the client library starts it again. */
  spawn(command, args, cwd) {
    return new Promise((resolve, reject) => {
      const child = this.child = children.spawn(command, args, { cwd, stdio: "pipe", windowsHide: true });
      child.once("error", reject);
      child.once("spawn", () => resolve(child));
      child.once("exit", (code, signal) => this.output.appendLine(`The server has ended: ${signal ?? `exit code ${code}`}`));
    });
  }

  async end() {
    const client = this.client;
    this.client = undefined;
    if (!client) return;
    // A start that runs cannot be broken off, and a program that is none of ours may never answer.
    if (client.state === State.Starting) await Promise.race([client.start().catch(() => undefined), new Promise((resolve) => setTimeout(resolve, patience))]);
    // This asks the server for its end. It fails if there is no server any more, or none that answers.
    await client.dispose().catch((error) => this.output.appendLine(String(error)));
    await gone(this.child);
  }

  async report(error) {
    this.output.appendLine(String(error?.message ?? error));
    const choice = "Open Settings";
    void vscode.window.showErrorMessage(`raci-check: ${error?.message ?? error}`, choice).then((chosen) => {
      if (chosen === choice) void vscode.commands.executeCommand("workbench.action.openSettings", "raci-check");
    });
  }
}

/** Waits until a process has ended, and ends it if that takes too long. The client library would need a script beside the bundle for that. */
function gone(child) {
  if (!child || child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return undefined;
  return new Promise((resolve) => {
    const timer = setTimeout(() => child.kill("SIGKILL"), patience);
    child.once("exit", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

let lastFolder; // that a file was attached from; one in the evidence folder would be refused

/** Asks for the file that is to be attached, and has the server attach it. What the server refuses is shown with its reason. */
async function attach(client, [document, pointer]) {
  const of = pointer.replace(/\/artifact$/, "");
  const [openLabel, title] = of === pointer ? ["Attach", `Attach a file to ${of}`] : ["Replace", `Replace the attached file of ${of}`];
  const files = await vscode.window.showOpenDialog({ canSelectMany: false, defaultUri: lastFolder ?? vscode.Uri.file(os.homedir()), openLabel, title });
  if (!files?.length) return;
  lastFolder = vscode.Uri.joinPath(files[0], "..");
  const request = { command: attachCommand, arguments: [document, pointer, files[0].fsPath] };
  await client.sendRequest(ExecuteCommandRequest.type, request).catch((error) => {
    void vscode.window.showErrorMessage(`raci-check: ${error.message}`);
  });
}

/** Attaches a file to what is at the cursor. What can be attached there, the server says. */
async function attachFile(service) {
  const editor = vscode.window.activeTextEditor;
  if (!editor || editor.document.uri.scheme !== "file") return;
  await service.start();
  await service.started;
  const actions = await vscode.commands.executeCommand("vscode.executeCodeActionProvider", editor.document.uri, editor.selection);
  const choices = (actions ?? []).map(({ command }) => command).filter((command) => command?.command === attachCommand);
  if (choices.length === 0) {
    void vscode.window.showInformationMessage("raci-check: nothing at the cursor takes a file. Put the cursor on a finding of a section.");
    return;
  }
  const chosen = choices.length === 1 ? choices[0] :
    (await vscode.window.showQuickPick(choices.map((command) => ({ label: command.title, command }))))?.command;
  if (chosen) await vscode.commands.executeCommand(chosen.command, ...chosen.arguments);
}

let service;

async function activate(context) {
  const output = vscode.window.createOutputChannel("raci-check");
  const mine = service = new Service(output);
  const look = async (document) => {
    if (mine.needed || document.languageId !== "yaml" && !isYAML(document.fileName)) return;
    const beside = async () => document.uri.scheme === "file" && await folderHasOurs(path.dirname(document.uri.fsPath));
    if (isOurs(document.getText(new vscode.Range(0, 0, 100, 0))) || await beside()) await mine.start();
  };
  const typed = ({ document }) => {
    if (!mine.needed && document.languageId === "yaml" && isOurs(document.getText(new vscode.Range(0, 0, 100, 0)))) void mine.start();
  };
  context.subscriptions.push(
    output,
    vscode.commands.registerCommand("raci-check.restart", () => mine.restart()),
    vscode.commands.registerCommand("raci-check.showOutput", () => output.show()),
    vscode.commands.registerCommand("raci-check.attachFile", () => attachFile(mine)),
    vscode.workspace.onDidOpenTextDocument((document) => void look(document)),
    vscode.workspace.onDidSaveTextDocument((document) => void look(document)),
    vscode.workspace.onDidChangeTextDocument(typed),
    vscode.workspace.onDidChangeConfiguration((change) => {
      const ours = ["path", "arguments"].some((name) => change.affectsConfiguration(`${settings}.${name}`));
      if (ours && mine.needed) void mine.restart();
    }),
  );
  await Promise.all(vscode.workspace.textDocuments.map(look));
}

function deactivate() {
  return service?.stop();
}

module.exports = { activate, deactivate };
