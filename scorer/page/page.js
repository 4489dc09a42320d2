
"use strict";
(() => {
  const SVG = "http://www.w3.org/2000/svg";
  const LEFT = 34, RIGHT = 6, BAND = 26, FOOT = 22, SHORTEST_S = 60;

  const book = JSON.parse(document.getElementById("data").textContent);
  const inLanguage = book.language ? { lang: book.language } : {};
  const COLOURS = book.colours, SILENT = book.silent;
  const at = Object.fromEntries(book.columns.map((name, place) => [name, place]));
  const cues = book.rows.map((cells, place) => ({
    place, cells, number: Number(cells[at.cue]),
    start: Number(cells[at.start_s]), end: Number(cells[at.end_s]), mood: cells[at.mood],
    track: cells[at.track], others: cells[at.alternatives] ? cells[at.alternatives].split(" | ") : [],
    chosen: cells[at.track],
  }));
  const view = { from: 0, to: book.seconds, passage: 0, drag: null };
  const sheet = { current: 0, playing: -1, until: Infinity, saved: true, mix: null };
  const svg = document.getElementById("arc"), audio = document.getElementById("audio");
  const byId = (id) => document.getElementById(id);

  function make(name, text, attributes = {}) {
    const element = document.createElement(name);
    if (text !== undefined) element.textContent = text;
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    return element;
  }
  function draw(parent, name, attributes, text) {
    const element = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    if (text !== undefined) element.textContent = text;
    parent.append(element);
    return element;
  }
  function clock(seconds) {
    const whole = Math.round(seconds), two = (n) => String(n).padStart(2, "0");
    return `${Math.floor(whole / 3600)}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
  }
  const nameOf = (track) => (track ? track.split(/[\\/]/).pop().replace(/\.[^.]+$/, "") : "silence");
  const colourOf = (cue) => (cue.chosen ? COLOURS[cue.mood] || SILENT : SILENT);
  const clamp = (value, low, high) => Math.min(high, Math.max(low, value));
  const plural = (count, noun) => `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;

  // ---- the arc ----

  const width = () => Math.max(200, svg.clientWidth);
  const height = () => Math.max(120, svg.clientHeight);
  const xOf = (seconds) => LEFT + ((seconds - view.from) / (view.to - view.from)) * (width() - LEFT - RIGHT);
  const secondsAt = (x) => view.from + ((x - LEFT) / (width() - LEFT - RIGHT)) * (view.to - view.from);
  const values = book.windows.flatMap((window) => [window[2], window[3]]);
  const low = Math.floor(10 * values.reduce((a, b) => Math.min(a, b), 1)) / 10;
  const high = Math.max(low + 0.1, Math.ceil(10 * values.reduce((a, b) => Math.max(a, b), 0)) / 10);
  const yOf = (value) => BAND + 8 + ((high - value) / (high - low)) * (height() - BAND - FOOT - 8);

  function drawArc() {
    svg.replaceChildren();
    svg.setAttribute("viewBox", `0 0 ${width()} ${height()}`);
    drawGrid();
    drawChapters();
    drawLine(2, "valence");
    drawLine(3, "arousal");
    cues.forEach(drawBand);
    drawCursor();
  }
  function drawGrid() {
    for (let step = Math.round(10 * low); step <= Math.round(10 * high); step += 1) {
      draw(svg, "line", { class: "grid", x1: LEFT, x2: width() - RIGHT, y1: yOf(step / 10), y2: yOf(step / 10) });
      draw(svg, "text", { x: 4, y: yOf(step / 10) + 4 }, (step / 10).toFixed(1));
    }
    const steps = [10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 14400, 36000];
    const step = steps.find((one) => ((view.to - view.from) / one) * 90 < width()) || 36000;
    for (let time = Math.ceil(view.from / step) * step; time <= view.to; time += step) {
      if (xOf(time) < width() - 50) draw(svg, "text", { x: xOf(time), y: height() - 6 }, clock(time));
    }
  }
  function drawChapters() {
    let free = -Infinity;
    book.chapters.forEach((chapter, number) => {
      const x = xOf(chapter.start);
      if (x < LEFT || x > width() - RIGHT) return;
      draw(svg, "line", { class: "chapter", x1: x, x2: x, y1: BAND, y2: height() - FOOT });
      const label = view.to - view.from < book.seconds / 3 ? chapter.title : String(number + 1);
      if (x > free && x + 7 * label.length < width()) {
        draw(svg, "text", { x: x + 3, y: BAND + 18 }, label);
        free = x + 8 + 7 * label.length;
      }
    });
  }
  function drawLine(column, name) {
    const buckets = new Map(), size = 6 * ((view.to - view.from) / width());
    for (const window of book.windows) {
      if (window[1] < view.from || window[0] > view.to) continue;
      const key = Math.floor((window[0] + window[1]) / 2 / size);
      if (!buckets.has(key)) buckets.set(key, { time: 0, sum: 0, deviations: 0, count: 0 });
      const bucket = buckets.get(key);
      bucket.time += (window[0] + window[1]) / 2;
      bucket.sum += window[column];
      bucket.deviations += window[column + 2];
      bucket.count += 1;
    }
    if (!buckets.size) return;
    const points = [...buckets.values()].map(({ time, sum, deviations, count }) => {
      const error = (deviations / count) * Math.min(1, Math.sqrt(book.overlap / count));
      return { x: clamp(xOf(time / count), LEFT, width() - RIGHT), mean: sum / count, margin: book.errors * error };
    });
    const yIn = (value) => clamp(yOf(value), BAND, height() - FOOT).toFixed(1);
    const line = (side) => points.map((p) => `${p.x.toFixed(1)},${yIn(p.mean + side * p.margin)}`);
    draw(svg, "polygon", { class: `margin of-${name}`, points: [...line(1), ...line(-1).reverse()].join(" ") });
    draw(svg, "polyline", { class: name, points: line(0).join(" ") });
  }
  function drawBand(cue) {
    const from = Math.max(LEFT, xOf(cue.start)), to = Math.min(width() - RIGHT, xOf(cue.end));
    if (to <= from) return;
    const band = draw(svg, "rect", { class: to - from > 5 ? "band" : "band thin", x: from, y: 2, width: to - from, height: BAND - 4, fill: colourOf(cue) });
    draw(band, "title", {}, `${cue.cells[at.cue]}: ${nameOf(cue.chosen)}`);
    const label = cue.chosen ? `${cue.mood} · ${nameOf(cue.chosen)}` : "silence";
    const fitting = label.slice(0, Math.max(0, Math.floor((to - from - 8) / 7)));
    if (fitting.length > 3) draw(svg, "text", { class: cue.chosen && cue.mood === "scary" ? "band-name light" : "band-name", x: from + 4, y: BAND - 9 }, fitting);
  }
  function drawCursor() {
    svg.querySelector(".cursor")?.remove();
    const window = book.windows[view.passage], x = xOf((window[0] + window[1]) / 2);
    if (x >= LEFT && x <= width() - RIGHT) draw(svg, "line", { class: "cursor", x1: x, x2: x, y1: 0, y2: height() - FOOT });
  }
  const last = (list, holds) => list.reduce((found, one, place) => (holds(one) ? place : found), 0);

  function showPassage(place) {
    view.passage = clamp(place, 0, book.windows.length - 1);
    const [start, , valence, arousal, , , moods, text] = book.windows[view.passage];
    const chapter = book.chapters[last(book.chapters, (one) => one.start <= start + 0.005)];
    const cue = cues[cueAt(start)];
    const felt = moods.map((share, mood) => [share, book.moods[mood]]).sort((a, b) => b[0] - a[0]).slice(0, 2);
    const where = `${chapter.title} · ${clock(start)} · cue ${cue.cells[at.cue]}, ${nameOf(cue.chosen)} · valence ${valence.toFixed(2)}, arousal ${arousal.toFixed(2)} · ${felt.map(([share, mood]) => `${mood} ${share} %`).join(", ")}`;
    byId("passage").replaceChildren(make("div", where, { class: "where" }), make("div", text, inLanguage));
    drawCursor();
  }
  const cueAt = (seconds) => last(cues, (cue) => cue.start <= seconds + 0.005);
  const passageAt = (seconds) => last(book.windows, (window) => window[0] <= seconds);

  function zoom(from, to) {
    const span = clamp(to - from, Math.min(SHORTEST_S, book.seconds), book.seconds);
    view.from = clamp((from + to - span) / 2, 0, book.seconds - span);
    view.to = view.from + span;
    drawArc();
  }
  function zoomBy(factor, centre) {
    const middle = centre ?? (view.from + view.to) / 2, span = (view.to - view.from) * factor;
    zoom(middle - ((middle - view.from) / (view.to - view.from)) * span, middle + ((view.to - middle) / (view.to - view.from)) * span);
  }
  function step(by) {
    showPassage(view.passage + by);
    const [start, end] = book.windows[view.passage], span = view.to - view.from;
    if (start < view.from || end > view.to) zoom(start - span / 2, start + span / 2);
  }
  const xIn = (event) => event.clientX - svg.getBoundingClientRect().left;

  svg.addEventListener("pointerdown", (event) => { view.drag = xIn(event); });
  svg.addEventListener("pointermove", (event) => {
    showPassage(passageAt(secondsAt(xIn(event))));
    svg.querySelector(".selected")?.remove();
    if (view.drag !== null && Math.abs(xIn(event) - view.drag) > 5) {
      const [from, to] = [view.drag, xIn(event)].sort((a, b) => a - b);
      draw(svg, "rect", { class: "selected", x: from, y: 0, width: to - from, height: height() });
    }
  });
  svg.addEventListener("pointerleave", () => { view.drag = null; svg.querySelector(".selected")?.remove(); });
  svg.addEventListener("pointerup", (event) => {
    const from = view.drag;
    view.drag = null;
    if (from !== null && Math.abs(xIn(event) - from) > 5) zoom(...[secondsAt(from), secondsAt(xIn(event))].sort((a, b) => a - b));
    else select(cueAt(secondsAt(xIn(event))));
  });
  svg.addEventListener("dblclick", () => zoom(0, book.seconds));
  svg.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    zoomBy(event.deltaY > 0 ? 1.25 : 0.8, secondsAt(xIn(event)));
  }, { passive: false });
  svg.addEventListener("keydown", (event) => {
    const act = {
      ArrowLeft: () => step(-1), ArrowRight: () => step(1), PageUp: () => step(-20), PageDown: () => step(20),
      Home: () => step(-Infinity), End: () => step(Infinity), "+": () => zoomBy(0.5, book.windows[view.passage][0]),
      "=": () => zoomBy(0.5, book.windows[view.passage][0]), "-": () => zoomBy(2), "0": () => zoom(0, book.seconds),
      Enter: () => select(cueAt(book.windows[view.passage][0]), true),
    }[event.key];
    if (act) { event.preventDefault(); act(); }
  });
  byId("zoom-in").addEventListener("click", () => zoomBy(0.5, book.windows[view.passage][0]));
  byId("zoom-out").addEventListener("click", () => zoomBy(2));
  byId("zoom-all").addEventListener("click", () => zoom(0, book.seconds));
  byId("show-cue").addEventListener("click", () => select(sheet.current, true));
  new ResizeObserver(drawArc).observe(svg);

  // ---- the cues ----

  function swatch(colour) {
    const element = make("span", undefined, { class: "swatch" });
    element.style.background = colour;
    return element;
  }
  function moodCell(cue) {
    const cell = make("td"), mood = make("span", undefined, { class: "mood" });
    mood.append(swatch(colourOf(cue)), cue.mood);
    const score = cue.track ? `, score ${Number(cue.cells[at.score]).toFixed(2)}, margin ${Number(cue.cells[at.margin]).toFixed(2)}` : "";
    cell.append(mood, make("div", `valence ${Number(cue.cells[at.valence]).toFixed(2)}, arousal ${Number(cue.cells[at.arousal]).toFixed(2)}${score}`, { class: "small" }));
    return cell;
  }
  function label(button, cue, playing) {
    button.textContent = playing ? "⏸" : "▶";
    button.setAttribute("aria-label", `${playing ? "Pause" : "Play"} cue ${cue.cells[at.cue]}${inMix() ? " in the mix" : ""}`);
    button.disabled = !sourceOf(cue);
  }
  function musicCell(cue) {
    const cell = make("td"), line = make("div", undefined, { class: "choose" });
    const button = make("button", undefined, { type: "button", class: "play" });
    label(button, cue, false);
    const choice = make("select", undefined, { "aria-label": `Music of cue ${cue.cells[at.cue]}` });
    [cue.track, ...cue.others, ...(cue.track ? [""] : [])].forEach((track, place) => {
      choice.append(make("option", nameOf(track) + (place === 0 || !track ? "" : ` (runner-up ${place})`), { value: track }));
    });
    button.addEventListener("click", () => { select(cue.place); play(cue); });
    choice.addEventListener("change", () => choose(cue, choice.value));
    line.append(button, choice);
    cell.append(line, make("div", cue.track, { class: "small path" }));
    if (cue.others.length) cell.append(make("div", `runners-up: ${cue.others.map(nameOf).join(", ")}`, { class: "small" }));
    return cell;
  }
  function row(cue) {
    const element = make("tr", undefined, { tabindex: "-1" });
    element.append(make("td", cue.cells[at.cue], { class: "number" }));
    const when = make("td", undefined, { class: "when" });
    when.append(make("div", `${clock(cue.start)} – ${clock(cue.end)}`), make("div", cue.cells[at.chapter_title], { class: "small" }));
    element.append(when, moodCell(cue), musicCell(cue), make("td", cue.cells[at.excerpt], inLanguage));
    element.addEventListener("click", () => select(cue.place));
    return element;
  }
  const rows = () => byId("cues").tBodies[0].rows;

  function select(place, show = false) {
    rows()[sheet.current]?.classList.remove("current");
    rows()[sheet.current]?.removeAttribute("aria-current");
    sheet.current = clamp(place, 0, cues.length - 1);
    const element = rows()[sheet.current];
    element.classList.add("current");
    element.setAttribute("aria-current", "true");
    if (show) { element.scrollIntoView({ block: "center" }); element.focus({ preventScroll: true }); }
  }
  function choose(cue, track) {
    cue.chosen = track;
    sheet.saved = false;
    const element = rows()[cue.place];
    element.classList.toggle("changed", track !== cue.track);
    element.querySelector(".path").textContent = track;
    element.querySelector(".swatch").style.background = colourOf(cue);
    if (sheet.playing === cue.place) stop();
    label(element.querySelector(".play"), cue, false);
    tellChanges();
    drawArc();
  }
  function tellChanges() {
    const count = cues.filter((cue) => cue.chosen !== cue.track).length;
    byId("changes").textContent = count ? plural(count, "cue") + " changed" + (sheet.saved ? ", saved" : "") : "";
  }

  // ---- playing ----

  const inMix = () => sheet.mix !== null && byId("in-mix").checked;
  function sourceOf(cue) {
    if (inMix()) return sheet.mix.of(cue.place);
    const from = cue.chosen === cue.track ? Number(cue.cells[at.track_start_s]) : 0;
    return cue.chosen ? { url: book.urls[cue.chosen], name: nameOf(cue.chosen), from, length: cue.end - cue.start } : null;
  }
  function stop() {
    audio.pause();
    const cue = cues[sheet.playing];
    sheet.playing = -1;
    if (cue) label(rows()[cue.place].querySelector(".play"), cue, false);
    byId("player").textContent = "";
  }
  function play(cue) {
    const again = sheet.playing === cue.place, source = sourceOf(cue);
    stop();
    if (again || !source) return;
    sheet.playing = cue.place;
    sheet.until = source.from + source.length;
    audio.src = `${source.url}#t=${source.from}`;
    label(rows()[cue.place].querySelector(".play"), cue, true);
    byId("player").textContent = `${source.name} from ${clock(source.from)}`;
    audio.play().catch(() => {});
  }
  audio.addEventListener("error", () => {
    if (sheet.playing < 0) return;
    const { name } = sourceOf(cues[sheet.playing]);
    stop();
    byId("player").textContent = `${name} cannot be played: it is no longer there, or of a kind that this browser does not know`;
  });
  audio.addEventListener("ended", stop);
  audio.addEventListener("timeupdate", () => {
    if (sheet.playing >= 0 && audio.currentTime > sheet.until) stop();
  });
  function playIn(mix) {
    stop();
    if (mix !== sheet.mix) sheet.mix?.close();
    sheet.mix = mix;
    cues.forEach((cue) => label(rows()[cue.place].querySelector(".play"), cue, false));
  }
  byId("in-mix").addEventListener("change", () => playIn(sheet.mix));
  byId("mix").addEventListener("change", async (event) => {
    const box = byId("in-mix"), told = byId("mix-told");
    const mix = await openMix([...event.target.files], cues, book.seconds).catch((error) => { told.textContent = error.message; });
    box.disabled = !mix;
    box.checked = Boolean(mix);
    if (mix) told.textContent = `${mix.name}: ${mix.guessed ? "where cues begin is guessed from its length; choose its report, too" : "cues begin where its report says"}`;
    playIn(mix ?? null);
  });

  // ---- the sheet ----

  function cellsOf(cue) {
    if (cue.chosen === cue.track) return cue.cells;
    const cells = [...cue.cells];
    cells[at.track] = cue.chosen;
    cells[at.alternatives] = cue.others.map((track) => (track === cue.chosen ? cue.track : track)).filter(Boolean).join(" | ");
    for (const name of ["track_start_s", "score", "margin"]) cells[at[name]] = "0.000";
    if ("lock" in at) cells[at.lock] = "yes";
    return cells;
  }
  function csv() {
    const quoted = (cell) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
    return [book.columns, ...cues.map(cellsOf)].map((cells) => cells.map(quoted).join(",") + "\r\n").join("");
  }
  function save() {
    const link = make("a", undefined, { download: "cues.csv" });
    link.href = URL.createObjectURL(new Blob([csv()], { type: "text/csv" }));
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
    sheet.saved = true;
    tellChanges();
  }
  byId("save").addEventListener("click", save);
  addEventListener("beforeunload", (event) => { if (!sheet.saved) event.preventDefault(); });
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !byId("keys").checked || event.target.matches("select")) return;
    const act = { j: () => select(sheet.current + 1, true), k: () => select(sheet.current - 1, true), p: () => play(cues[sheet.current]), s: save }[event.key];
    if (act) { event.preventDefault(); act(); }
  });

  // ---- the rest ----

  document.title = `${book.title}: its music`;
  byId("title").textContent = book.title + (book.author ? ` by ${book.author}` : "");
  const silent = cues.filter((cue) => !cue.track).reduce((sum, cue) => sum + cue.end - cue.start, 0);
  byId("summary").textContent = `${plural(book.chapters.length, "chapter")}, ${plural(book.words, "word")}, ${clock(book.seconds)} read aloud; ${plural(cues.length, "cue")} of ${plural(new Set(cues.map((cue) => cue.track).filter(Boolean)).size, "track")}, silence for ${Math.round((100 * silent) / book.seconds)} % of the time.`;
  const legend = byId("legend");
  for (const name of ["valence", "arousal"]) {
    const line = document.createElementNS(SVG, "svg"), entry = make("span");
    line.setAttribute("width", "28"); line.setAttribute("height", "10");
    const stroke = draw(line, "line", { x1: 0, x2: 28, y1: 5, y2: 5, "stroke-width": 2, "stroke-dasharray": name === "arousal" ? "6 3" : "none" });
    stroke.style.stroke = `var(--${name})`;
    entry.append(line, name);
    legend.append(entry);
  }
  legend.append(make("span", `shaded: uncertainty (± ${book.errors} standard errors)`));
  for (const [mood, colour] of [...Object.entries(COLOURS), ["silence", SILENT]]) {
    const entry = make("span");
    entry.append(swatch(colour), mood);
    legend.append(entry);
  }
  byId("cues").tBodies[0].append(...cues.map(row));
  byId("omitted").append(...(book.omitted.length ? book.omitted.map(([href, title, reason]) => make("li", `${href}${title ? ` (${title})` : ""}: ${reason}`)) : [make("li", "nothing")]));
  byId("made").textContent = `Made by scorer ${book.version} (Apache License 2.0), by software: a first draft to be read and changed. The page holds the text of the book; share it as you would the book.`;
  select(0);
  drawArc();
  showPassage(0);
})();
