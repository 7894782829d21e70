"use strict";

// Says which files are the program's. A server is started only for those, and the other YAML of a repository costs nothing.

const fs = require("node:fs/promises");
const path = require("node:path");

const headBytes = 4096; // of a file, to see what it is
const mostFiles = 500; // of a folder that are looked at

const ofProgram = /(?:^|[{,])\s*["']?api_version["']?[ \t]*:[ \t]*["']?raci-check\//m; // in YAML, and in JSON, which is YAML too

/** Reports whether a text is one of the program's files, by its beginning. */
function isOurs(text) {
  return ofProgram.test(text.slice(0, headBytes));
}

function isYAML(name) {
  return /\.ya?ml$/i.test(name);
}

async function head(name) {
  const file = await fs.open(name, fs.constants.O_RDONLY | (fs.constants.O_NONBLOCK ?? 0)); // a pipe must not be waited for
  try {
    if (!(await file.stat()).isFile()) return "";
    const { buffer, bytesRead } = await file.read(Buffer.alloc(headBytes), 0, headBytes, 0);
    return buffer.toString("utf8", 0, bytesRead);
  } finally {
    await file.close();
  }
}

/** Reports whether a folder has a file of the program. Files that cannot be read are none. */
async function folderHasOurs(folder) {
  const names = await fs.readdir(folder).catch(() => []);
  for (const name of names.filter(isYAML).slice(0, mostFiles)) {
    if (isOurs(await head(path.join(folder, name)).catch(() => ""))) return true;
  }
  return false;
}

module.exports = { isOurs, isYAML, folderHasOurs };
