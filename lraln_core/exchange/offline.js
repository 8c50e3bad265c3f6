"use strict";
// Filters and draws the pairs of the file. Text is set as text, never as markup.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const field = (name) => document.getElementById(name);
  const PAGE = 25;
  const [SRC, SRC_WORD, TRG, TRG_WORD, SIMILARITY, FORWARD, BACKWARD, FOUND_IN] = [0, 1, 2, 3, 4, 5, 6, 7];
  const fold = (text) => text.normalize("NFC").toLocaleLowerCase();
  const token = (side, pair) => data[side].sentences[pair[side === "src" ? SRC : TRG]][0][pair[side === "src" ? SRC_WORD : TRG_WORD]];
  const words = data.pairs.map((pair) => [fold(token("src", pair)), fold(token("trg", pair))]);
  let shown = [], page = 0;

  const MATCH = { is: (word, wanted) => word === wanted, starts: (word, wanted) => word.startsWith(wanted), has: (word, wanted) => word.includes(wanted) };
  const FOUND = {
    any: () => true, both: (pair) => pair[FORWARD] && pair[BACKWARD], forward: (pair) => pair[FORWARD], backward: (pair) => pair[BACKWARD],
  };
  const value = (at) => data.pairs[at][SIMILARITY] ?? -2;
  const ORDER = {
    similar: (a, b) => value(b) - value(a), unlike: (a, b) => value(a) - value(b),
    src: (a, b) => words[a][0].localeCompare(words[b][0]), trg: (a, b) => words[a][1].localeCompare(words[b][1]),
  };

  function select() {
    const match = MATCH[field("match").value], found = FOUND[field("found").value];
    const src = fold(field("src").value.trim()), trg = fold(field("trg").value.trim()), low = parseFloat(field("low").value);
    shown = [];
    for (let at = 0; at < data.pairs.length; at++) {
      const pair = data.pairs[at];
      if (src && !match(words[at][0], src)) continue;
      if (trg && !match(words[at][1], trg)) continue;
      if (!found(pair) || (!Number.isNaN(low) && value(at) < low)) continue;
      shown.push(at);
    }
    shown.sort(ORDER[field("sort").value]);
    page = 0;
    draw();
  }

  function made(tag, className, text) {
    const one = document.createElement(tag);
    if (className) one.className = className;
    if (text !== undefined) one.textContent = text;
    return one;
  }

  function sentence(side, number, marked) {
    const [tokens, spaces, direction] = data[side].sentences[number];
    const line = made("div", "side"), text = made("bdi", "lr-sentence");
    text.dir = direction;
    text.lang = data[side].code;
    tokens.forEach((word, at) => {
      if (at && spaces[at]) text.append(" ");
      const one = made(at === marked ? "mark" : "bdi", at === marked ? "lr-word lr-c0" : "", word);
      one.dir = "auto";
      text.append(one);
    });
    line.append(made("span", "", data[side].name), text);
    return line;
  }

  function card(pair) {
    const one = made("article"), facts = made("div", "links");
    const src = made("bdi", "", token("src", pair)), trg = made("bdi", "", token("trg", pair));
    const found = pair[FORWARD] && pair[BACKWARD] ? "found in both directions" : `found from ${data[pair[FORWARD] ? "src" : "trg"].name} only`;
    const similarity = pair[SIMILARITY] === null ? "" : ` · similarity ${pair[SIMILARITY].toFixed(3)}`;
    facts.append(src, " – ", trg, `${similarity} · ${found} · in ${pair[FOUND_IN]} iteration${pair[FOUND_IN] === 1 ? "" : "s"}`);
    one.append(sentence("src", pair[SRC], pair[SRC_WORD]), sentence("trg", pair[TRG], pair[TRG_WORD]), facts);
    return one;
  }

  function draw() {
    const pages = Math.max(1, Math.ceil(shown.length / PAGE)), left = data.all - data.pairs.length;
    field("count").textContent = `${shown.length.toLocaleString("en")} of ${data.pairs.length.toLocaleString("en")} word pairs` +
      (left > 0 ? `; the ${left.toLocaleString("en")} least similar pairs of the run are not in this file` : "");
    field("list").replaceChildren(...shown.slice(page * PAGE, (page + 1) * PAGE).map((at) => card(data.pairs[at])));
    field("page").textContent = `Page ${page + 1} of ${pages}`;
    field("back").disabled = page === 0;
    field("next").disabled = page >= pages - 1;
  }

  function turn(by) { page += by; draw(); field("count").scrollIntoView(); }
  field("back").addEventListener("click", () => turn(-1));
  field("next").addEventListener("click", () => turn(1));
  field("filters").addEventListener("input", select);
  field("filters").addEventListener("submit", (event) => event.preventDefault());
  field("filters").addEventListener("reset", () => setTimeout(select));
  select();
})();
