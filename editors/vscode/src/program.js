"use strict";

// Finds the program that is started. Only whole paths are started: some systems look for a bare name in the working folder first, and that
// is a repository of somebody.

const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");

/** An error whose message is for the user. */
class NotFound extends Error {}

function isProgram(file) {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return fs.statSync(file).isFile();
  } catch {
    return false;
  }
}

/**
 * Answers the whole path of a program.
 * @param {string} setting a name that is looked for on PATH, or a whole path, which may begin with ~/
 * @param {{PATH?: string}} environment
 * @returns {string}
 * @throws {NotFound} with what to do
 */
function find(setting, environment = process.env) {
  const windows = process.platform === "win32";
  const name = setting.trim();
  if (name === "") throw new NotFound("raci-check.path is empty: set it to the name or the whole path of the program");
  const names = windows && path.extname(name) === "" ? [`${name}.exe`] : [name];
  if (/^~[/\\]/.test(name)) {
    return existing(names.map((each) => path.join(os.homedir(), each.slice(2))), setting);
  }
  if (path.isAbsolute(name)) return existing(names, setting);
  if (name.includes("/") || windows && name.includes("\\")) {
    throw new NotFound(`raci-check.path is ${setting}, which is a relative path: write the whole path, or a name that is on PATH`);
  }
  const folders = (environment.PATH ?? environment.Path ?? "").split(path.delimiter).filter((folder) => path.isAbsolute(folder));
  const program = folders.flatMap((folder) => names.map((each) => path.join(folder, each))).find(isProgram);
  if (!program) throw new NotFound(`${setting} is not on PATH: install raci-check, or set raci-check.path to its whole path`);
  return program;
}

function existing(files, setting) {
  const program = files.find(isProgram);
  if (!program) throw new NotFound(`raci-check.path is ${setting}, which is no program on this machine`);
  return program;
}

module.exports = { find, NotFound };
