/* node rp2040.cjs MODULES FIRMWARE.uf2: rp2040js as a program with its UART 0 on standard input and output.
 *
 * MODULES is the folder in which npm has installed rp2040js. There is no boot ROM: the image starts where it would jump
 * to, so firmware must not call into it. Ends at a breakpoint, when the input ends, and by any signal; with the
 * instruction and the reason where the core cannot go on. */
"use strict";

const fs = require("fs");
const path = require("path");
const { createRequire } = require("module");

const BLOCK = 512; /* of a UF2 file: a header of 32 bytes, 256 of data */
const FLASH = 0x10000000;
const STACK = 0x20041f00; /* where the boot ROM leaves it */
const SLICE = 200000; /* instructions between looks at the input */
const LOOK_EVERY = 64; /* instructions between bytes: the firmware's FIFO is never overrun */

const [modules, image] = process.argv.slice(2);
if (image === undefined) {
    process.stderr.write("usage: node rp2040.cjs MODULES FIRMWARE.uf2\n");
    process.exit(1);
}
const { Simulator } = createRequire(path.join(modules, "package.json"))("rp2040js");

const simulator = new Simulator();
const chip = simulator.rp2040;
const core = chip.core;
const uart = chip.uart[0];
let sent = [];
let pending = Buffer.alloc(0);
let taken = 0;
let ended = false;
let running = false;

function say(text) {
    fs.writeSync(2, `${text}\n`);
}

function flush() {
    let bytes = Buffer.from(sent);
    sent = [];
    while (bytes.length > 0) {
        try {
            bytes = bytes.subarray(fs.writeSync(1, bytes));
        } catch (error) {
            if (error.code === "EPIPE")
                process.exit(0);
            if (error.code !== "EAGAIN")
                throw error;
        }
    }
}

function crash(reason) {
    flush();
    say(`the firmware crashed at pc 0x${(core.PC >>> 0).toString(16)} after ${core.cycles} cycles: ${reason}`);
    process.exit(3);
}

function load(file) {
    const data = fs.readFileSync(file);
    for (let at = 0; at < data.length; at += BLOCK) {
        const address = data.readUInt32LE(at + 12);
        const size = data.readUInt32LE(at + 16);
        if (data.readUInt32LE(at) !== 0x0a324655 || data.readUInt32LE(at + 28) !== 0xe48bff56)
            throw new Error(`${file} is no UF2 image for the RP2040`);
        chip.flash.set(data.subarray(at + 32, at + 32 + size), address - FLASH);
    }
}

function feed() {
    if (taken < pending.length && !uart.rxFIFO.full)
        uart.feedByte(pending[taken++]);
}

/* Some instructions. A core that waits with nothing to come sleeps until the next input: no time passes for it. */
function slice() {
    const cycle = 1e9 / chip.clkSys;

    for (let count = 0; count < SLICE; count++) {
        if (count % LOOK_EVERY === 0)
            feed();
        if (!core.waiting) {
            simulator.clock.tick(core.executeInstruction() * cycle);
        } else if (simulator.clock.nextAlarm !== null) {
            simulator.clock.tick(simulator.clock.nanosToNextAlarm);
        } else if (taken === pending.length) {
            break;
        }
    }
    flush();
    if (ended)
        process.exit(0);
    running = !core.waiting || taken < pending.length || simulator.clock.nextAlarm !== null;
    if (running)
        setImmediate(slice);
}

function wake() {
    if (!running) {
        running = true;
        setImmediate(slice);
    }
}

chip.logger = { debug() {}, info() {}, warn() {}, error: (part, text) => crash(`${part}: ${text}`) };
chip.onBreak = () => {
    flush();
    process.exit(0);
};
uart.onByte = (byte) => sent.push(byte);
load(image);
core.registers[13] = STACK;
core.registers[14] = 0;
core.PC = FLASH;
process.stdin.on("data", (bytes) => {
    pending = Buffer.concat([pending.subarray(taken), bytes]);
    taken = 0;
    wake();
});
process.stdin.on("end", () => {
    ended = true;
    wake();
});
wake();
