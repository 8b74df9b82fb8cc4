// Elements and pictures; every text goes in as text.
const SVG = "http://www.w3.org/2000/svg";

function element(name, attributes = {}, ...children) {
  return filled(document.createElement(name), attributes, children);
}

function shape(name, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, name), attributes, children);
}

function filled(made, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

function tableOf({ caption, headings, rows, right = [], marked = [] }) {
  const cells = (row, index) => row.map((text, column) => {
    const at = index * headings.length + column;
    const cell = element(column ? "td" : "th", column ? {} : { scope: "row" }, marked.includes(at) ? element("strong", {}, text) : text);
    if (right[column]) cell.className = "number";
    return cell;
  });
  const head = headings.map((text, column) => element("th", { scope: "col", class: right[column] ? "number" : "" }, text));
  // A table may be wider than a phone: it scrolls by itself, with the keyboard too.
  return element("div", { class: "wide", tabindex: "0", role: "region", "aria-label": caption },
    element("table", {}, element("caption", {}, caption), element("thead", {}, element("tr", {}, ...head)),
      element("tbody", {}, ...rows.map((row, index) => element("tr", {}, ...cells(row, index))))));
}

// One row a dose: its patients as dots (filled: DLT), and for a model a bar of the three intervals of P(DLT).
function picture(data, node) {
  const doses = data.doses.length;
  const { model } = data;
  const at = (name, dose) => (node < 0 ? 0 : data[name][node * doses + dose]);
  const most = Math.max(6, ...Array.from({ length: doses }, (_, dose) => at("patients", dose)));
  const labels = data.shortDoses.map((dose, index) => `${data.written[index]}: ${dose}`);
  const left = 24 + 7 * Math.max(10, ...labels.map((label) => label.length)), dotsWide = 130, barLeft = left + dotsWide + 14, barWide = 190, high = 30, top = 26;
  const wide = model && node >= 0 ? barLeft + barWide + 8 : left + dotsWide + 14;
  const drawn = shape("svg", { viewBox: `0 0 ${wide} ${top + high * doses + 4}`, width: 1.25 * wide, role: "img", class: "picture",
    "aria-label": "Patients and DLTs at each dose; the table below holds the numbers" });
  drawn.append(shape("defs", {}, shape("pattern", { id: "hatch", width: 5, height: 5, patternUnits: "userSpaceOnUse",
    patternTransform: "rotate(45)" }, shape("rect", { width: 5, height: 5, class: "under" }), shape("rect", { width: 2, height: 5, class: "line" }))));
  drawn.append(shape("text", { x: left, y: 14, class: "small" }, "patients, filled: DLT"));
  drawn.append(shape("text", { x: 8, y: 14, class: "small" }, data.unit ? `level: ${data.unit}` : "level"));
  if (model && node >= 0) drawn.append(shape("text", { x: barLeft, y: 14, class: "small" }, "P(DLT) below, in, above target"));
  const next = following(data, node);
  for (let dose = 0; dose < doses; dose++) {
    const y = top + high * (doses - 1 - dose);
    const chosen = next.goesOn ? next.level === dose : next.dose === dose;
    if (chosen) drawn.append(shape("rect", { x: 1, y: y + 1, width: wide - 2, height: high - 2, rx: 4, class: "chosen" }));
    drawn.append(shape("text", { x: 8, y: y + 20 }, labels[dose]));
    const step = Math.min(13, dotsWide / most);
    for (let patient = 0; patient < at("patients", dose); patient++) {
      const toxic = patient >= at("patients", dose) - at("dlts", dose);
      drawn.append(shape("circle", { cx: left + 6 + step * patient, cy: y + 15, r: Math.min(5, step / 2 - 0.7), class: toxic ? "dlt" : "none" }));
    }
    if (!model || node < 0) continue;
    const parts = [data.scale - at("target", dose) - at("overdose", dose), at("target", dose), at("overdose", dose)];
    let x = barLeft;
    parts.forEach((part, index) => {
      const width = (barWide * Math.max(part, 0)) / data.scale;
      drawn.append(shape("rect", { x, y: y + 6, width, height: 18, class: ["under", "target", "over"][index] }));
      x += width;
    });
    if (model.cap !== null) {
      const cap = barLeft + barWide * (1 - model.cap);
      drawn.append(shape("line", { x1: cap, x2: cap, y1: y + 3, y2: y + 27, class: "cap" }));
    }
  }
  return drawn;
}

function numbers(data, node) {
  const doses = data.doses.length;
  const at = (name, dose) => (node < 0 ? 0 : data[name][node * doses + dose]);
  const { model } = data;
  const decided = modelDecides(data, node);
  const headings = ["dose", "patients", "DLTs"];
  if (model && node >= 0) {
    headings.push("mean P(DLT)", `P in ${model.interval[0]} to ${model.interval[1]}`, `P at ${model.interval[1]} or above`, "admissible", "in reach");
  }
  const rows = data.doses.map((name, dose) => {
    const row = [name, String(at("patients", dose)), String(at("dlts", dose))];
    if (model && node >= 0) {
      row.push(...["mean", "target", "overdose"].map((one) => probability(data, at(one, dose))), at("allowed", dose) & 1 ? "yes" : "no",
        decided ? (at("allowed", dose) & 2 ? "yes" : "no") : "");
    }
    return row;
  });
  const passes = model && node >= 0 && model.admissible ? ` Admissible: ${model.admissible}. In reach: ${model.increments}.` : "";
  return tableOf({ caption: `Patients and DLTs${model && node >= 0 ? ", and the posterior of P(DLT)" : ""} at each dose.${passes}`,
    headings, rows, right: headings.map((_, column) => column > 0 && column < 6) });
}

// The next cohorts as nested lists: each outcome with the decision that follows, two cohorts deep.
function tree(data, node, depth) {
  const next = following(data, node);
  if (!next.goesOn || !depth) return null;
  const rows = data.outcomes[next.size];
  const items = rows.map((counts, index) => {
    const child = data.child[next.child + index];
    const item = element("li", {}, element("span", { class: "outcome" }, outcomeInWords(data, counts)), ` → ${shortDecision(data, child)}`);
    const deeper = rows.length <= 4 ? tree(data, child, depth - 1) : null;
    if (deeper) item.append(deeper);
    return item;
  });
  return element("ul", { class: "tree" }, ...items);
}
