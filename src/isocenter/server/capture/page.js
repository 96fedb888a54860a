"use strict";

const HEAD_BYTES = 12;
const at = (id) => document.getElementById(id);
const [picture, marks, state] = [at("picture"), at("marks"), at("state")];
const buttons = { record: at("record"), stop: at("stop"), one: at("one"), done: at("done") };
let facts = null;
let drawn = 0;
let times = [];

function setRecording(isRecording) {
  document.body.dataset.recording = String(isRecording);
  buttons.record.disabled = buttons.one.disabled = buttons.done.disabled = isRecording;
  buttons.stop.disabled = !isRecording;
}

function drawMarks() {
  const context = marks.getContext("2d");
  const { width, height } = marks;
  const line = Math.max(1, Math.round(Math.max(width, height) / 400));
  context.clearRect(0, 0, width, height);
  context.lineWidth = line;
  context.font = `${Math.max(11, line * 9)}px system-ui, sans-serif`;
  if (facts.crop) {
    const [column, row, across, down] = facts.crop;
    context.fillStyle = "rgb(0 0 0 / 55%)";
    context.beginPath();
    context.rect(0, 0, width, height);
    context.rect(column, row, across, down);
    context.fill("evenodd");
    context.strokeStyle = "#ffdc3c";
    context.strokeRect(column + 0.5, row + 0.5, across - 1, down - 1);
  }
  for (const [column, row, across, down] of facts.masks) {
    context.fillStyle = "#000";
    context.fillRect(column, row, across, down);
    context.setLineDash([3 * line, 2 * line]);
    context.strokeStyle = "#ff7b7b";
    context.strokeRect(column + 0.5, row + 0.5, across - 1, down - 1);
    context.setLineDash([]);
  }
  if (facts.scale) {
    const [x0, y0, x1, y1] = facts.scale.map((each) => each + 0.5); // whole numbers are middles of pixels
    const mm = facts.scale[4];
    const length = Math.hypot(x1 - x0, y1 - y0);
    const [nx, ny] = [((y1 - y0) / length) * 4 * line, (-(x1 - x0) / length) * 4 * line];
    context.strokeStyle = context.fillStyle = "#3cdcff";
    context.beginPath();
    for (const [x, y] of [[x0, y0], [x1, y1]]) {
      context.moveTo(x - nx, y - ny);
      context.lineTo(x + nx, y + ny);
    }
    context.moveTo(x0, y0);
    context.lineTo(x1, y1);
    context.stroke();
    context.fillText(`${mm} mm`, (x0 + x1) / 2 + 6 * line, (y0 + y1) / 2 - 4 * line);
  }
}

async function draw(jpeg, made) {
  const bitmap = await createImageBitmap(new Blob([jpeg], { type: "image/jpeg" }));
  if (picture.width !== bitmap.width || picture.height !== bitmap.height) {
    for (const canvas of [picture, marks]) [canvas.width, canvas.height] = [bitmap.width, bitmap.height];
    drawMarks();
  }
  picture.getContext("2d").drawImage(bitmap, 0, 0);
  bitmap.close();
  const now = performance.now();
  times = [...times.filter((time) => time > now - 2000), now];
  const shown = times.length > 1 ? ((times.length - 1) * 1000) / (now - times[0]) : 0;
  drawn += 1;
  at("rate").value = `${shown.toFixed(1)} pictures/s shown, ${made.toFixed(1)}/s come`;
  document.body.dataset.drawn = String(drawn);
}

async function look() {
  const reader = (await fetch("pictures")).body.getReader();
  let waiting = new Uint8Array(0);
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const joined = new Uint8Array(waiting.length + value.length);
    joined.set(waiting);
    joined.set(value, waiting.length);
    waiting = joined;
    while (waiting.length >= HEAD_BYTES) {
      const head = new DataView(waiting.buffer, waiting.byteOffset, HEAD_BYTES);
      const end = HEAD_BYTES + head.getUint32(0, true);
      if (waiting.length < end) break;
      await draw(waiting.slice(HEAD_BYTES, end), head.getFloat32(8, true));
      waiting = waiting.subarray(end);
    }
  }
}

async function about() {
  const told = await (await fetch("about")).json();
  const recording = told.is_recording ? `recording: ${told.pictures} pictures` : "";
  if (told.failure) state.textContent = told.failure;
  else if (told.is_full) state.textContent = "The memory is full: press Stop to keep what was taken.";
  else if (recording || state.textContent.startsWith("recording")) state.textContent = recording;
  return told;
}

async function press(name, busy) {
  for (const button of Object.values(buttons)) button.disabled = true;
  state.textContent = busy;
  const answer = await fetch(name, { method: "POST" });
  const told = await answer.json();
  state.textContent = answer.ok ? "" : [told.message, told.found, told.remedy].filter(Boolean).join(" - ");
  setRecording((await about()).is_recording);
  if (told.path) {
    const item = document.createElement("li");
    item.textContent = told.path;
    at("takes").append(item);
  }
  return answer.ok;
}

buttons.record.addEventListener("click", () => press("record", "starting"));
buttons.stop.addEventListener("click", () => press("stop", "writing"));
buttons.one.addEventListener("click", () => press("picture", "writing"));
buttons.done.addEventListener("click", async () => {
  if (await press("done", "ending")) {
    for (const button of Object.values(buttons)) button.disabled = true;
    state.textContent = "Done. This page can be closed.";
  }
});

async function begin() {
  facts = await about();
  at("title").textContent = facts.title;
  at("patient").textContent = facts.patient || "no patient chosen";
  at("about").textContent = [
    `written as ${facts.kind}`,
    facts.crop ? "only the yellow box is kept" : "the whole picture is kept",
    facts.masks.length ? "dashed boxes are blacked out" : "nothing is blacked out",
    facts.scale ? "the blue line is the scale" : "no scale: nothing can be measured",
  ].join("  |  ");
  setRecording(facts.is_recording);
  const asking = setInterval(() => {
    if (document.body.dataset.recording === "true") about().catch(() => clearInterval(asking));
  }, 500);
  await look();
  if (!(await about()).failure) state.textContent = "The source has ended.";
}

begin().catch(() => {
  if (!state.textContent.startsWith("Done")) state.textContent = "The connection was lost. Is the command still running?";
});
