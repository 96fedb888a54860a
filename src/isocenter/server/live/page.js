"use strict";

const HEAD_BYTES = 16;
const canvas = document.getElementById("picture");
const context = canvas.getContext("2d");
const rate = document.getElementById("rate");
const state = document.getElementById("state");
const freeze = document.getElementById("freeze");
let isFrozen = false;
let drawn = 0;
let times = [];

function draw(columns, rows, grey) {
  if (canvas.width !== columns || canvas.height !== rows) {
    canvas.width = columns;
    canvas.height = rows;
  }
  const picture = context.createImageData(columns, rows);
  const pixels = new Uint32Array(picture.data.buffer);
  for (let index = 0; index < grey.length; index += 1) pixels[index] = 0xff000000 | (grey[index] * 0x010101);
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

async function look() {
  const answer = await fetch("pictures");
  const reader = answer.body.getReader();
  let waiting = new Uint8Array(0);
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const joined = new Uint8Array(waiting.length + value.length);
    joined.set(waiting);
    joined.set(value, waiting.length);
    waiting = joined;
    for (;;) {
      if (waiting.length < HEAD_BYTES) break;
      const head = new DataView(waiting.buffer, waiting.byteOffset, HEAD_BYTES);
      const [columns, rows] = [head.getUint32(0, true), head.getUint32(4, true)];
      const end = HEAD_BYTES + columns * rows;
      if (waiting.length < end) break;
      if (!isFrozen) {
        draw(columns, rows, waiting.subarray(HEAD_BYTES, end));
        tell(head.getFloat32(12, true));
      }
      waiting = waiting.subarray(end);
    }
  }
}

async function about() {
  const told = await (await fetch("about")).json();
  document.getElementById("title").textContent = told.title;
  document.getElementById("about").textContent = told.facts.join("  |  ");
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
look()
  .then(() => {
    state.textContent = "The stream has ended.";
    about();
  })
  .catch(() => {
    state.textContent = "The connection was lost. Reload the page to go on.";
  });
