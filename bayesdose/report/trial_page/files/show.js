// The page: what a person enters, and what follows from it.
const find = (id) => document.getElementById(id);
let cohorts = [];

function written(data) {
  return writtenCohorts(data, cohorts);
}

function decide(data, text) {
  const entered = parse(data, text);
  const nodes = follow(data, entered);
  return { entered, nodes, node: nodes[nodes.length - 1] };
}

function refuse(sentence) {
  find("refused").textContent = sentence;
  find("refused").hidden = !sentence;
  // The decision before the refused entry must not be read as its answer.
  find("card").classList.toggle("stale", Boolean(sentence));
}

function enter(data, text) {
  try {
    cohorts = decide(data, text).entered;
    refuse("");
    show(data);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    const other = error.outcomes ? ` Check the entry. If it is right, whoever has bayesdose installed can ` +
      `decide it: ${data.command} "${error.outcomes}".` : "";
    refuse(`Not decided. ${error.message}${other} What is shown below is still for: ${written(data) || "no patients"}.`);
  }
  // The answer is above the field; on a telephone it would be out of sight.
  find("card").scrollIntoView({ block: "nearest" });
}

function show(data) {
  const { nodes, node } = decide(data, written(data));
  const next = following(data, node);
  find("text").value = written(data);
  find("decision").textContent = decisionInWords(data, node);
  find("after").textContent = cohorts.length ? `After ${written(data)}` : "Before the first patient";
  find("why").replaceChildren(...reasons(data, cohorts, node).map((said) => element("li", {}, said)));
  const others = changes(data, cohorts, nodes);
  find("changes").replaceChildren(...others.map((said) => element("li", {}, said)));
  find("changing").hidden = !others.length;
  find("entered").replaceChildren(...cohorts.map(({ level, letters }, index) => element("li", {},
    `${patients(letters.length)} at ${data.doses[level]}: ${outcomeInWords(data, counted(data, letters))}`,
    element("span", { class: "then" }, ` → ${shortDecision(data, nodes[index + 1])}`))));
  find("nobody").hidden = cohorts.length > 0;
  find("undo").disabled = find("again").disabled = !cohorts.length;
  find("asked").hidden = !next.goesOn;
  if (next.goesOn) {
    find("question").textContent = `Outcome of ${patients(next.size)} at ${data.doses[next.level]}`;
    find("outcomes").replaceChildren(...data.outcomes[next.size].map((counts) => {
      const button = element("button", { type: "button" }, outcomeInWords(data, counts));
      button.addEventListener("click", () => {
        enter(data, `${written(data)} ${data.written[next.level]}${lettersOf(counts)}`);
        (find("outcomes").querySelector("button") || find("undo")).focus();
      });
      return button;
    }));
  }
  find("drawn").replaceChildren(picture(data, node));
  find("legend").hidden = !data.model || node < 0;
  find("numbers").replaceChildren(numbers(data, node));
  const ahead = tree(data, node, 2);
  find("ahead").hidden = !ahead;
  find("branches").replaceChildren(...(ahead ? [ahead] : []));
}

function exported(data) {
  const { nodes } = decide(data, written(data));
  return {
    what: "outcomes entered on a trial page of bayesdose, and the design's decisions",
    name: data.name, design: data.label, designHash: data.hash, dataDigest: DIGEST, bayesdose: data.version,
    protocolVersion: data.protocolVersion, pageDate: data.date, exportedAt: new Date().toISOString(),
    outcomes: written(data), decision: decisionInWords(data, nodes[nodes.length - 1]),
    cohorts: cohorts.map(({ level, letters }, index) => ({
      cohort: index + 1, level: data.written[level], dose: data.doses[level], outcomes: letters,
      decision: decisionInWords(data, nodes[index + 1]),
    })),
    reasons: reasons(data, cohorts, nodes[nodes.length - 1]),
  };
}

function download(data) {
  const file = new Blob([JSON.stringify(exported(data), null, 2)], { type: "application/json" });
  const link = element("a", { href: URL.createObjectURL(file), download: "decision.json" });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

// Two cohorts that can be entered here, as an example: none with DLT, then one.
function example(data) {
  const { first } = data;
  const one = data.written[first.level] + "N".repeat(first.size);
  const next = following(data, follow(data, parse(data, one))[1]);
  return next.goesOn ? `${one} ${data.written[next.level]}${"N".repeat(next.size - 1)}T` : one;
}

function known(data) {
  const sizes = Object.keys(data.outcomes).map(Number).sort((a, b) => a - b);
  const last = sizes.pop();
  return `${sizes.length ? `${sizes.join(", ")} or ` : ""}${patients(last)}`;
}

function present(data) {
  const whose = data.name === data.label ? data.name : `${data.name}, ${data.label}`;
  document.title = `${whose}: next dose`;
  find("title").textContent = whose;
  const version = data.protocolVersion ? `For use with protocol version ${data.protocolVersion}` : "No protocol version stated";
  find("identity").textContent = `${version}. Page of ${data.date}, bayesdose ${data.version}, ` +
    `${data.states.toLocaleString("en")} states, design ${data.hash.slice(0, 12)}, data ${DIGEST.slice(0, 12)}.`;
  const others = { 2: "", 3: ", M (moderate toxicity)", 4: ", E (response), B (response and DLT)" };
  find("how").textContent = `Or write all cohorts, such as ${example(data)}: the level, then for each patient ` +
    `N (no DLT)${others[data.categories]} or T (DLT)`;
  find("known").replaceChildren(`This page knows cohorts of ${known(data)}, each of the size and at the dose that it ` +
    "names, and no others. Whoever has bayesdose installed can decide after other cohorts too: ",
    element("code", {}, `${data.command} "OUTCOMES"`));
  const long = [["Design", data.hash], ["Data of this page", DIGEST]];
  find("hashes").replaceChildren(...long.flatMap(([name, hash]) => [element("dt", {}, `${name}, SHA-256`), element("dd", {}, element("code", {}, hash))]));
  find("assumedGrid").hidden = !data.assumedGrid;
  find("assumed").hidden = !data.assumed.length && !data.assumedGrid;
  find("assumptions").replaceChildren(...data.assumed.map((said) => element("li", {}, said)));
  find("rules").replaceChildren(...data.words.flatMap(([about, said]) => [element("dt", {}, about), element("dd", {}, said)]));
  find("tables").replaceChildren(...data.tables.map(tableOf));
  find("tabled").hidden = !data.tables.length;
  find("form").addEventListener("submit", (event) => { event.preventDefault(); enter(data, find("text").value); });
  find("undo").addEventListener("click", () => enter(data, written(data).split(" ").slice(0, -1).join(" ")));
  find("again").addEventListener("click", () => enter(data, ""));
  find("export").addEventListener("click", () => download(data));
  find("print").addEventListener("click", () => print());
  // On paper nothing is folded away.
  const details = document.querySelector("details");
  addEventListener("beforeprint", () => { details.open = true; });
  show(data);
  find("page").hidden = false;
  find("problem").hidden = true;
}

unpack(find("data").textContent.trim()).then((data) => {
  // For who checks the page from outside: when it was ready, in milliseconds from its start, and the decision
  // after an outcome text, or why there is none.
  window.bayesdose = {
    ready: performance.now(),
    decide(text) {
      try {
        return decisionInWords(data, decide(data, text).node);
      } catch (error) {
        return `Not decided. ${error.message}`;
      }
    },
  };
  present(data);
}).catch((error) => {
  find("problem").textContent = error.message;
  find("page").hidden = true;
  find("problem").hidden = false;
});
