// Decisions in words, the same as of bayesdose next.
function doseInWords(data, dose) {
  return dose === 255 ? "no dose" : data.doses[dose];
}

function decisionInWords(data, node) {
  const next = following(data, node);
  if (!next.goesOn) return `Stop: ${next.reason}. Recommended: ${doseInWords(data, next.dose)}.`;
  const stage = data.stages.length > 1 && next.stage ? `, in the ${data.stages[next.stage]}` : "";
  return `Next: ${patients(next.size)} at ${data.doses[next.level]}${stage}.`;
}

function shortDecision(data, node) {
  const next = following(data, node);
  if (!next.goesOn) return `stop, recommend ${doseInWords(data, next.dose)}`;
  return `${patients(next.size)} at ${data.doses[next.level]}`;
}

function probability(data, number) {
  return (number / data.scale).toFixed(String(data.scale).length - 1);
}

const LETTERS = {
  E: "escalate", S: "stay", D: "de-escalate", U: "de-escalate, and never give this dose or a higher one again",
};

// Why: what was seen at the dose, which way the decision goes, and what the model or the table says.
function reasons(data, cohorts, node) {
  if (node < 0) return ["The design starts here, before any patient."];
  const doses = data.doses.length;
  const here = cohorts[cohorts.length - 1].level;
  const treated = data.patients[node * doses + here];
  const dlts = data.dlts[node * doses + here];
  const next = following(data, node);
  const ways = ["goes down", "stays", "goes up"];
  const way = next.goesOn ? `the design ${ways[Math.sign(next.level - here) + 1]}` : `the trial ends, because ${next.reason}`;
  const said = [`At ${data.doses[here]} ${plural(dlts, "DLT", "DLTs")}${responsesAt(data, cohorts, here)} in ${patients(treated)}: ${way}.`];
  if (data.categories === 3 && data.titrating[node]) {
    const moderate = cohorts.reduce((sum, { letters }) => sum + counted(data, letters)[1], 0);
    said.push(`So far in the trial: ${plural(moderate, "moderate toxicity", "moderate toxicities")}.`);
  }
  const letter = (data.letters[treated - 1] || "")[dlts];
  if (letter) {
    const stays = next.goesOn && next.level === here;
    const lower = stays && "DU".includes(letter) ? " There is no lower dose." : "";
    const none = stays && letter === "E" ? " There is no higher dose that may be given." : lower;
    said.push(`The decision table says ${letter}, ${LETTERS[letter]}, for ${plural(dlts, "DLT", "DLTs")} in ${patients(treated)} ` +
      `at a dose.${none}`);
  }
  if (modelDecides(data, node)) said.push(...modelReasons(data, node, next));
  else if (!letter) said.push(...rulesThatDecide(data, node, here, next));
  return said;
}

// Responses at a dose, where the design looks at them.
function responsesAt(data, cohorts, dose) {
  if (data.categories !== 4) return "";
  const responses = cohorts.reduce((sum, { level, letters }) => sum + (level === dose ? having(letters, "EB") : 0), 0);
  return ` and ${plural(responses, "response", "responses")}`;
}

// The sentences of the design about this step, where it has neither a model nor a decision table.
function rulesThatDecide(data, node, here, next) {
  const { titration, decisions, tooToxic, highest } = data.cited;
  if (next.goesOn && next.stage) return [];
  if (data.titrating[node]) return titration;
  const down = !next.goesOn || next.level < here;
  return [...decisions, ...(down ? tooToxic : []), ...(here === data.doses.length - 1 ? highest : [])];
}

// Where a model has doses in reach; not while a titration or a later stage decides.
function modelDecides(data, node) {
  return data.model && node >= 0 && data.doses.some((_, dose) => data.allowed[node * data.doses.length + dose] & 2);
}

function modelReasons(data, node, next) {
  const { model } = data;
  const doses = data.doses.length;
  const at = (name, dose) => data[name][node * doses + dose];
  const said = [];
  if (next.goesOn) {
    said.push(`By the model, at ${data.doses[next.level]} P(DLT) lies in the target interval ` +
      `${model.interval[0]} to ${model.interval[1]} with probability ${probability(data, at("target", next.level))}, and ` +
      `above it (an overdose) with ${probability(data, at("overdose", next.level))}. Rule among the doses that may be ` +
      `given: ${model.next}.`);
  }
  if (model.cap !== null) {
    const cap = Math.round(model.cap * data.scale);
    const barred = Array.from({ length: doses }, (_, dose) => dose).find((dose) => dose > 0 && at("overdose", dose) >= cap);
    const passed = barred === undefined ? doses - 1 : barred - 1;
    const against = (dose) => {
      const gap = Math.abs(at("overdose", dose) - cap);
      return `P(overdose) ${probability(data, at("overdose", dose))} against the cap of ${model.cap}, ` +
        `${probability(data, gap)} ${at("overdose", dose) < cap ? "below" : "above"} it`;
    };
    if (barred !== undefined) said.push(`${capital(data.doses[barred])} may not be given: ${against(barred)}.`);
    if (passed > 0) said.push(`${capital(data.doses[passed])} passes this cap: ${against(passed)}.`);
  }
  // Higher doses that pass and are not taken: without this the posterior alone would seem to ask for them.
  const far = data.doses.filter((_, dose) => next.goesOn && dose > next.level && at("allowed", dose) === 1);
  if (far.length) {
    said.push(`${capital(far.join(" and "))} ${far.length === 1 ? "is" : "are"} out of reach. ` +
      `In reach: ${model.increments}.`);
  }
  const margin = data.margin[node];
  if (margin < 65535) {
    said.push(`Every posterior probability could be off by ${probability(data, margin)} and the decision would be the same.`);
  }
  return said;
}

function capital(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

// Between which categories a patient moves who has a DLT more, or a response more, by the number of categories: from
// those without toxicity first, or from the others where there is none left.
const DLT_MORE = { 2: [[0, 1]], 3: [[0, 2], [1, 2]], 4: [[0, 3], [1, 2]] };
const RESPONSE_MORE = { 2: [], 3: [], 4: [[0, 1], [3, 2]] };

// What would change it: the same trial with one DLT, or one response, more or fewer in the last cohort.
function changes(data, cohorts, nodes) {
  if (!cohorts.length) return [];
  const last = cohorts[cohorts.length - 1];
  const before = following(data, nodes[nodes.length - 2]);
  const counts = counted(data, last.letters);
  const said = [];
  for (const [what, moves] of [["DLT", DLT_MORE], ["response", RESPONSE_MORE]]) {
    for (const step of [-1, 1]) {
      const move = moves[counts.length].find(([without, withIt]) => counts[step > 0 ? without : withIt] > 0);
      if (!move) continue;
      const other = counts.slice();
      other[move[0]] -= step;
      other[move[1]] += step;
      const node = childOf(data, before, other);
      const same = shortDecision(data, node) === shortDecision(data, nodes[nodes.length - 1]);
      said.push(`With one ${what} ${step > 0 ? "more" : "fewer"} in the last cohort: ${same ? "the same" : shortDecision(data, node)}.`);
    }
  }
  return said;
}

function outcomeInWords(data, counts) {
  const dlts = counts.length === 4 ? counts[2] + counts[3] : counts[counts.length - 1];
  const toxic = plural(dlts, "DLT", "DLTs");
  if (counts.length === 4) {
    const both = counts[2] ? `, ${counts[2]} with both` : "";
    return `${toxic}, ${plural(counts[1] + counts[2], "response", "responses")}${both}`;
  }
  return counts.length < 3 ? toxic : `${toxic}, ${counts[1]} moderate`;
}

function lettersOf(counts) {
  return counts.map((number, index) => OUTCOMES[counts.length][index].repeat(number)).join("");
}
