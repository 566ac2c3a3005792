// Draws a chart above its table, with the numbers that the table holds: columns are series, rows are what is compared.
// Nothing here is needed to read a figure.
"use strict";

const INK = "#1d2429", SOFT = "#59646c", LINE = "#d9dee2";
const COLOURS = ["#0b6358", "#7a4d00", "#a3261b", "#59646c", "#4a9b8f", "#c08a2d", "#d07a72", "#9aa5ad", "#1d2429"];
const LONGEST = 40; // rows; more are read in the table
const LETTER = 13, BESIDE = 60; // pixels: of one letter, and of what stands left and right of the bars

function numberOf(cell) {
  return cell?.dataset.n === undefined ? null : Number(cell.dataset.n);
}

// Whether names side by side would run into each other: `width` is of them all, in pixels.
function isNarrow(rows, width) {
  const longest = Math.max(0, ...rows.map((row) => row.cells[0].textContent.length));
  return longest * LETTER > width / rows.length;
}

function optionsOf(table, width) {
  const { chart, drawn, unit } = table.dataset;
  const heads = [...table.tHead.rows[0].cells].map((cell) => cell.textContent);
  const rows = [...table.tBodies[0].rows];
  const columns = drawn.split(",").map((one) => Number(one) + 1);
  const series = columns.map((column) => ({
    name: heads[column],
    type: chart === "lines" ? "line" : "bar",
    stack: chart === "stacked" ? "all" : undefined,
    barMaxWidth: 48,
    data: rows.map((row) => numberOf(row.cells[column])),
  }));
  return {
    animation: false,
    color: COLOURS,
    aria: { enabled: true, decal: { show: chart === "stacked" } },
    textStyle: { color: INK, fontFamily: getComputedStyle(document.body).fontFamily },
    tooltip: { trigger: "axis", renderMode: "richText", valueFormatter: (value) => (value === null ? "-" : `${value}${unit}`) },
    legend: { show: series.length > 1, type: "scroll", top: 0, textStyle: { color: SOFT } },
    grid: { left: 8, right: 16, top: series.length > 1 ? 40 : 16, bottom: 8, containLabel: true },
    xAxis: { type: "category", data: rows.map((row) => row.cells[0].textContent), axisLabel: { color: SOFT, interval: 0, rotate: isNarrow(rows, width - BESIDE) ? 40 : 0 } },
    yAxis: { type: "value", name: unit, scale: chart === "lines", max: unit === "%" ? 100 : undefined, axisLabel: { color: SOFT }, splitLine: { lineStyle: { color: LINE } } },
    series,
  };
}

function draw(place) {
  const table = document.getElementById(place.dataset.of);
  if (!table || table.tBodies[0].rows.length > LONGEST) return;
  if (echarts.getInstanceByDom(place)) return;
  place.hidden = false;
  const chart = echarts.init(place);
  chart.setOption(optionsOf(table, place.clientWidth));
  new ResizeObserver(() => chart.resize()).observe(place);
}

function drawAll() {
  for (const place of document.querySelectorAll(".chart[data-of]")) draw(place);
}

drawAll();
document.addEventListener("htmx:after:swap", drawAll); // a page that waited for its figures
