// From outcomes to a state of the validated run. Nothing is computed: every decision is looked up.
class Refused extends Error {
  // With `outcomes`: what was entered may be right, and these are the outcomes that Python can decide.
  constructor(message, outcomes = "") {
    super(message);
    this.outcomes = outcomes;
  }
}

function plural(number, one, many) {
  return `${number} ${number === 1 ? one : many}`;
}

function writtenCohorts(data, cohorts) {
  return cohorts.map(({ level, letters }) => data.written[level] + letters).join(" ");
}

function patients(number) {
  return plural(number, "patient", "patients");
}

// Letters of the outcome categories, by their number.
const OUTCOMES = { 2: "NT", 3: "NMT", 4: "NEBT" };

// Cohorts written as 1NNN 2NNT: level, then a letter for each patient; E response, B response and DLT.
function parse(data, text) {
  const words = text.trim().split(/\s+/).filter(Boolean);
  return words.map((word, index) => {
    const found = /^((?:[A-Z][A-Z0-9]*:)?[1-9][0-9]{0,3})([NMEBTX]+)$/.exec(word.toUpperCase());
    const number = index + 1;
    if (!found) {
      const how = "a level and one letter a patient (N none, M moderate, T DLT, E response, B response and DLT), such as 1NNN";
      throw new Refused(`Cohort ${number}, "${word}", is not written as ${how}. Patients outside the ` +
        "escalation, in parentheses, are not among this page's states.");
    }
    const [, written, letters] = found;
    const level = data.written.findIndex((one) => one.toUpperCase() === written);
    if (level < 0) {
      throw new Refused(`Cohort ${number}, "${word}": there is no level ${written}. The levels are ` +
        `${data.written[0]} to ${data.written[data.written.length - 1]}.`);
    }
    if (letters.includes("X")) {
      throw new Refused(`Cohort ${number}, "${word}": this page holds cohorts of evaluable patients only. ` +
        "It knows no patients who are not evaluable (X).", words.join(" ").toUpperCase());
    }
    return { level, letters };
  });
}

// How many of a cohort's patients have one of some letters.
function having(letters, which) {
  return [...letters].filter((letter) => which.includes(letter)).length;
}

// Counts by category; what a design does not look at counts as none, and a response with a DLT as a DLT.
function counted(data, letters) {
  const dlts = having(letters, "TB");
  if (data.categories === 4) {
    const [responses, both] = [having(letters, "E"), having(letters, "B")];
    return [letters.length - dlts - responses, responses, both, dlts - both];
  }
  const moderate = data.categories === 3 ? having(letters, "M") : 0;
  const none = letters.length - dlts - moderate;
  return data.categories === 3 ? [none, moderate, dlts] : [none, dlts];
}

// What follows from a state: the next cohort, or the end. Node -1 is the trial without patients.
function following(data, node) {
  if (node < 0) return { goesOn: true, level: data.first.level, size: data.first.size, stage: 0, child: 0 };
  const stop = data.stop[node];
  if (stop) return { goesOn: false, reason: data.reasons[stop], dose: data.dose[node] };
  return {
    goesOn: true, level: data.level[node], size: data.size[node], stage: data.stage[node],
    child: data.firstChild[node],
  };
}

function childOf(data, next, counts) {
  const index = data.outcomes[next.size].findIndex((row) => row.every((n, i) => n === counts[i]));
  return data.child[next.child + index];
}

// The states that a trial passed, or a sentence that says why it is not among those of this page.
function follow(data, cohorts) {
  const nodes = [-1];
  const doses = data.doses.length;
  const seen = new Array(2 * doses).fill(0);
  cohorts.forEach(({ level, letters }, index) => {
    const next = following(data, nodes[index]);
    const word = data.written[level] + letters;
    const otherwise = "This page knows no trial that departs from the design.";
    const all = writtenCohorts(data, cohorts);
    if (!next.goesOn) {
      throw new Refused(`Cohort ${index + 1}, ${word}, comes after the end: the design stopped before it (` +
        `${next.reason}). ${otherwise}`, all);
    }
    if (next.level !== level || next.size !== letters.length) {
      throw new Refused(`Cohort ${index + 1}, ${word}, is ${patients(letters.length)} at ${data.doses[level]}; ` +
        `the design gave ${patients(next.size)} at ${data.doses[next.level]}. ${otherwise}`, all);
    }
    const node = childOf(data, next, counted(data, letters));
    seen[level] += letters.length;
    seen[doses + level] += having(letters, "TB");
    for (let dose = 0; dose < doses; dose++) {
      const held = [data.patients[node * doses + dose], data.dlts[node * doses + dose]];
      if (held[0] !== seen[dose] || held[1] !== seen[doses + dose]) {
        throw new Error("The state of this page is not the one that was entered: the page is damaged.");
      }
    }
    nodes.push(node);
  });
  return nodes;
}
