"use strict";
// Follows the runs: the list is drawn anew at each change, the report of the chosen run is loaded anew.
const rows = document.querySelector("#runs tbody");
const report = document.querySelector("#report");
const state = document.querySelector("#state");
let stream = null;
let shown = { id: decodeURIComponent(location.hash.slice(1)), version: 0 };

function cell(row, text, kind = "") {
  const made = row.insertCell();
  made.textContent = text;
  made.className = kind;
  return made;
}

function spark(values) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "-1 -1 102 22");
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-hidden", "true");
  const line = document.createElementNS("http://www.w3.org/2000/svg", "polyline");
  const at = (value, index) => `${(100 * index) / (values.length - 1)},${20 - 20 * value}`;
  line.setAttribute("points", values.map(at).join(" "));
  svg.append(line);
  return svg;
}

function draw(listing) {
  document.querySelector("#path").textContent = listing.path;
  document.querySelector("nav").hidden = listing.runs.length === 1;
  rows.replaceChildren();
  for (const run of listing.runs) {
    const row = rows.insertRow();
    row.className = run.id === shown.id ? "shown" : "";
    const open = document.createElement("button");
    open.type = "button";
    open.textContent = run.name;
    open.addEventListener("click", () => { location.hash = run.id; });
    row.insertCell().append(open);
    cell(row, run.diagnosis, run.severity).title = run.text;
    cell(row, run.pick || "");
    cell(row, run.step === undefined || run.step === null ? "" : String(run.step));
    const course = row.insertCell();
    if (run.spark && run.spark.length) course.append(spark(run.spark));
  }
  const chosen = listing.runs.find((run) => run.id === shown.id) || listing.runs.find((run) => run.spark) || null;
  if (chosen && chosen.spark && (chosen.id !== shown.id || chosen.version !== shown.version)) load(chosen);
  document.title = chosen ? `${chosen.diagnosis} · ${chosen.name} · curvewise` : "curvewise";
  const trouble = listing.trouble || (chosen && !chosen.spark ? chosen.text : "");
  say(trouble || (listing.runs.length ? "live" : "no run yet"), "");
}

function say(text, kind) {
  if (state.textContent !== text) state.textContent = text;
  state.className = kind;
}

function load(run) {
  const same = run.id === shown.id;
  shown = { id: run.id, version: run.version };
  const next = document.createElement("iframe");
  next.className = "next";
  next.title = `Report of ${run.name}`;
  next.src = `run/${run.id}?${run.version}`;
  next.addEventListener("load", () => {
    const old = report.querySelector("iframe:not(.next)");
    if (old && same) next.contentWindow.scrollTo(0, old.contentWindow.scrollY);
    for (const each of [...report.children]) if (each !== next && report.contains(next)) each.remove();
    next.className = "";
  });
  for (const each of report.querySelectorAll("iframe.next")) each.remove();
  report.append(next);
}

let last = null;
function connect() {
  if (stream || document.hidden) return;
  stream = new EventSource("events");
  stream.onmessage = (event) => { last = JSON.parse(event.data); draw(last); };
  stream.onerror = () => {
    say("the server does not answer: it has stopped, or the machine sleeps; this page asks again", "gone");
    if (stream && stream.readyState === EventSource.CLOSED) {
      stream = null;
      setTimeout(connect, 5000);
    }
  };
}

// A browser keeps six connections to a server: a page that nobody sees holds none.
document.addEventListener("visibilitychange", () => {
  if (document.hidden && stream) {
    stream.close();
    stream = null;
  }
  connect();
});
addEventListener("hashchange", () => {
  shown = { id: decodeURIComponent(location.hash.slice(1)), version: 0 };
  if (last) draw(last);
});
connect();
