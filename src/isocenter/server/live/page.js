"use strict";

const HEAD_BYTES = 16;
const canvas = document.getElementById("picture");
// Pictures are bytes of this machine's processor: they need no way through a graphics card and back.
const context = canvas.getContext("2d", { alpha: false, willReadFrequently: true });
const OPAQUE = new Uint32Array(256).map((_, grey) => 0xff000000 | (grey * 0x010101));
let picture = null;
let pixels = null;
const rate = document.getElementById("rate");
const state = document.getElementById("state");
const freeze = document.getElementById("freeze");
let isFrozen = false;
let drawn = 0;
let times = [];

function draw(columns, rows, grey) {
  if (picture === null || picture.width !== columns || picture.height !== rows) {
    canvas.width = columns;
    canvas.height = rows;
    picture = context.createImageData(columns, rows);
    pixels = new Uint32Array(picture.data.buffer);
  }
  for (let index = 0; index < grey.length; index += 1) pixels[index] = OPAQUE[grey[index]];
  context.putImageData(picture, 0, 0);
}

function tell(made) {
  const now = performance.now();
  times.push(now);
  times = times.filter((time) => time > now - 2000);
  const shown = times.length > 1 ? ((times.length - 1) * 1000) / (now - times[0]) : 0;
  drawn += 1;
  rate.value = `${shown.toFixed(1)} pictures/s shown, ${made.toFixed(1)}/s made`;
  document.body.dataset.drawn = String(drawn);
  document.body.dataset.rate = shown.toFixed(2);
}

/** Puts the parts of one picture after the other into one piece of memory, and draws it when it is whole. */
class Arrival {
  constructor() {
    this.bytes = new Uint8Array(1 << 20);
    this.view = new DataView(this.bytes.buffer);
    this.filled = 0;
  }

  take(part) {
    let used = 0;
    while (used < part.length) {
      const end = this.filled < HEAD_BYTES ? HEAD_BYTES : this.end();
      const piece = part.subarray(used, used + end - this.filled);
      this.bytes.set(piece, this.filled);
      this.filled += piece.length;
      used += piece.length;
      if (this.filled === HEAD_BYTES) this.makeRoom(this.end());
      if (this.filled > HEAD_BYTES && this.filled === this.end()) this.show();
    }
  }

  end() {
    return HEAD_BYTES + this.view.getUint32(0, true) * this.view.getUint32(4, true);
  }

  makeRoom(length) {
    if (length <= this.bytes.length) return;
    const larger = new Uint8Array(length);
    larger.set(this.bytes.subarray(0, this.filled));
    this.bytes = larger;
    this.view = new DataView(larger.buffer);
  }

  show() {
    const [columns, rows] = [this.view.getUint32(0, true), this.view.getUint32(4, true)];
    if (!isFrozen) {
      draw(columns, rows, this.bytes.subarray(HEAD_BYTES, this.filled));
      tell(this.view.getFloat32(12, true));
    }
    this.filled = 0;
  }
}

async function look() {
  const answer = await fetch("pictures");
  const reader = answer.body.getReader();
  const arrival = new Arrival();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    arrival.take(value);
  }
}

async function about() {
  const told = await (await fetch("about")).json();
  document.getElementById("title").textContent = told.title;
  document.getElementById("about").textContent = told.facts.join("  |  ");
  document.getElementById("losses").textContent = told.losses ?? "";
  if (told.failure) state.textContent = told.failure;
}

freeze.addEventListener("click", () => {
  isFrozen = !isFrozen;
  freeze.setAttribute("aria-pressed", String(isFrozen));
  freeze.textContent = isFrozen ? "Go on" : "Freeze";
});

document.getElementById("save").addEventListener("click", () => {
  const link = document.createElement("a");
  link.download = `live-${new Date().toISOString().replace(/[:.]/g, "-")}.png`;
  link.href = canvas.toDataURL("image/png");
  link.click();
});

about();
const asking = setInterval(() => about().catch(() => clearInterval(asking)), 2000);
look()
  .finally(() => clearInterval(asking))
  .then(() => {
    state.textContent = "The stream has ended.";
    about();
  })
  .catch(() => {
    state.textContent = "The connection was lost. Reload the page to go on.";
  });
