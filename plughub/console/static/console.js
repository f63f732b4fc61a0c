// What saves people time. Every page does its work without it.
"use strict";

const typing = (element) => element.closest("input, textarea, select, [contenteditable]") !== null;
const byId = (id) => document.getElementById(id);

// Pages show times in the zone that the browser names.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone) document.cookie = `plughub_zone=${encodeURIComponent(zone)}; path=/console; max-age=31536000; samesite=lax`;

// Parts of pages that scripts send carry the form's proof, too.
document.addEventListener("htmx:configRequest", (event) => {
  const proof = document.querySelector("input[name=csrf]");
  if (proof && event.detail.verb !== "get") event.detail.parameters["csrf"] = proof.value;
});

// Rows: j and k go down and up, Enter opens.
function rows() {
  return [...document.querySelectorAll("main tbody tr")].filter((row) => row.querySelector("a[href]"));
}
function step(by) {
  const all = rows();
  if (!all.length) return;
  const here = all.findIndex((row) => row.getAttribute("aria-selected") === "true");
  const next = all[Math.max(0, Math.min(all.length - 1, here < 0 ? 0 : here + by))];
  all.forEach((row) => row.removeAttribute("aria-selected"));
  next.setAttribute("aria-selected", "true");
  next.querySelector("a[href]").focus();
  next.scrollIntoView({ block: "nearest" });
}

function openPalette() {
  const palette = byId("palette");
  if (!palette || palette.open) return;
  palette.showModal();
  byId("palette-input").select();
}

// In the palette the arrows choose, Enter goes.
function palettePick(event) {
  const found = [...document.querySelectorAll("#palette-found a")];
  if (!found.length) return;
  let here = found.findIndex((link) => link.getAttribute("aria-selected") === "true");
  if (event.key === "Enter") {
    event.preventDefault();
    found[Math.max(here, 0)].click();
    return;
  }
  event.preventDefault();
  found.forEach((link) => link.removeAttribute("aria-selected"));
  here = event.key === "ArrowDown" ? (here + 1) % found.length : (here - 1 + found.length) % found.length;
  found[here].setAttribute("aria-selected", "true");
  found[here].scrollIntoView({ block: "nearest" });
}

let leads = false;
document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    openPalette();
    return;
  }
  if (event.target.id === "palette-input" && ["ArrowDown", "ArrowUp", "Enter"].includes(event.key)) {
    palettePick(event);
    return;
  }
  if (event.key === "Escape" && typing(event.target)) event.target.blur();
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || document.querySelector("dialog[open]")) return;
  if (leads) {
    leads = false;
    const place = document.querySelector(`.side a[data-key="${CSS.escape(event.key)}"]`);
    if (place) place.click();
    return;
  }
  if (event.key === "g") {
    leads = true;
    setTimeout(() => { leads = false; }, 1500);
  } else if (event.key === "/") {
    event.preventDefault();
    const here = document.querySelector("main input[type=search]") || byId("find");
    if (here) here.focus();
  } else if (event.key === "?") {
    const keys = byId("keys");
    if (keys) keys.showModal();
  } else if (event.key === "j") step(1);
  else if (event.key === "k") step(-1);
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-keys]")) byId("keys").showModal();
  // A click beside an open dialog or menu closes it.
  if (event.target.tagName === "DIALOG") event.target.close();
  document.querySelectorAll("details.menu[open]").forEach((menu) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
  const copied = event.target.closest("[data-copy]");
  if (copied && navigator.clipboard) {
    navigator.clipboard.writeText(byId(copied.dataset.copy).textContent);
    copied.textContent = "Copied";
  }
});

document.addEventListener("submit", (event) => {
  const question = event.target.dataset.confirm;
  if (question && !window.confirm(question)) event.preventDefault();
});

// Home: orders as bars and revenue as a line, by days. The table beside it says the same.
function drawChart(place) {
  const { days, orders, revenue, currency } = JSON.parse(place.dataset.chart);
  const colour = (name) => getComputedStyle(place).getPropertyValue(name).trim();
  const ink = { stroke: colour("--quiet"), grid: { stroke: colour("--line"), width: 1 } };
  const whole = (chart, values) => values.map((value) => (Number.isInteger(value) ? value : ""));
  const day = uPlot.fmtDate("{D} {MMM}");
  const utc = (seconds) => uPlot.tzDate(new Date(seconds * 1000), "UTC");
  const chart = new uPlot({
    width: place.clientWidth,
    height: 220,
    tzDate: utc,
    scales: { money: { range: (_, low, high) => [0, high || 1] }, y: { range: (_, low, high) => [0, Math.max(high, 1)] } },
    axes: [{ ...ink, values: (chart, splits) => splits.map((at) => day(utc(at))) }, { ...ink, values: whole }, { ...ink, scale: "money", side: 1, size: 70, grid: { show: false } }],
    series: [
      { label: "Day", value: "{WWW} {D} {MMM}" },
      { label: "Orders", fill: colour("--line"), stroke: colour("--quiet"), width: 1, paths: uPlot.paths.bars({ size: [0.7] }), points: { show: false } },
      { label: `Revenue, ${currency}`, scale: "money", stroke: colour("--pico-primary"), width: 2, points: { show: false }, value: (_, value) => (value === null ? "–" : value.toFixed(2)) },
    ],
  }, [days, orders, revenue], place);
  new ResizeObserver(() => chart.setSize({ width: place.clientWidth, height: 220 })).observe(place);
}
window.addEventListener("DOMContentLoaded", () => {
  if (window.uPlot) document.querySelectorAll("[data-chart]").forEach(drawChart);
  // A long piece of work goes on by itself; without script there is a button.
  document.querySelectorAll("form[data-goes-on]").forEach((form) => form.requestSubmit());
});
