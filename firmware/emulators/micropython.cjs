/* node micropython.cjs MODULES FOLDER: MicroPython's WebAssembly port as a program that runs what it is sent.
 *
 * MODULES is the folder in which npm has installed it. The files of FOLDER are put on its path. A request is a line with
 * a number of bytes, and as many bytes of Python; the answer is what that printed and what it raised, each ended by
 * Ctrl-D, as a raw REPL answers. Ends when the input ends. */
"use strict";

const fs = require("fs");
const path = require("path");
const { pathToFileURL } = require("url");

const HEAP = 32 * 1024 * 1024;
const PLACE = "/gatesmith";

const [modules, folder] = process.argv.slice(2);
if (folder === undefined) {
    process.stderr.write("usage: node micropython.cjs MODULES FOLDER\n");
    process.exit(1);
}

let printed = [];
let pending = Buffer.alloc(0);

function say(bytes) {
    for (let at = 0; at < bytes.length; ) {
        try {
            at += fs.writeSync(1, bytes, at);
        } catch (error) {
            if (error.code !== "EAGAIN") throw error;
        }
    }
}

function run(python, code) {
    let raised = "";
    printed = [];
    try {
        python.runPython(code);
    } catch (error) {
        raised = error.message;
    }
    say(Buffer.concat([...printed, Buffer.from(`\x04${raised}\x04`)]));
}

function take(python, data) {
    pending = Buffer.concat([pending, data]);
    for (;;) {
        const line = pending.indexOf("\n");
        const size = line < 0 ? NaN : Number(pending.subarray(0, line));
        if (!(pending.length > line + size)) return;
        const code = pending.subarray(line + 1, line + 1 + size).toString();
        pending = pending.subarray(line + 1 + size);
        run(python, code);
    }
}

async function main() {
    const place = path.join(modules, "node_modules/@micropython/micropython-webassembly-pyscript/micropython.mjs");
    const { loadMicroPython } = await import(pathToFileURL(place));
    const python = await loadMicroPython({
        heapsize: HEAP,
        linebuffer: false,
        stdout: (bytes) => printed.push(Buffer.from(bytes)),
    });
    python.FS.mkdir(PLACE);
    for (const name of fs.readdirSync(folder, { recursive: true }).sort()) {
        const from = path.join(folder, name);
        if (fs.statSync(from).isDirectory()) python.FS.mkdir(`${PLACE}/${name}`);
        else python.FS.writeFile(`${PLACE}/${name}`, fs.readFileSync(from));
    }
    python.runPython(`import sys\nsys.path.insert(0, "${PLACE}")`);
    process.stdin.on("data", (data) => take(python, data));
    process.stdin.on("end", () => process.exit(0));
}

main();
