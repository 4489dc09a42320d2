
"use strict";
// The mix, from files that the reader chose: the sound, whole or a file a chapter, and the report that `scorer render` wrote of it.
const openMix = (() => {
  const lengthOf = (file, url) => new Promise((resolve, reject) => {
    const sound = new Audio();
    sound.preload = "metadata";
    sound.addEventListener("loadedmetadata", () => resolve(sound.duration));
    sound.addEventListener("error", () => reject(new Error(`${file.name} is no sound that this browser can play`)));
    sound.src = url;
  });
  // Beside the mix lie its credits, and perhaps its stems.
  function soundsAmong(files, told) {
    const written = new Set([told?.output ?? []].flat().map((path) => path.split(/[\\/]/).pop()));
    const named = files.filter((file) => written.has(file.name));
    return named.length ? named : files.filter((file) => /\.(wav|flac|mp3|ogg|opus|m4b|m4a)$/i.test(file.name) && !/-(speech|music)\.wav$/.test(file.name));
  }
  async function reportIn(files, count) {
    if (!files.length) return null;
    const told = await files[0].text().then(JSON.parse).catch(() => null);
    if (!Array.isArray(told?.placed) || !Array.isArray(told.chapters)) throw new Error(`${files[0].name} is no report of scorer render`);
    if (told.cues !== count) throw new Error(`${files[0].name} is of another cue sheet: it has ${told.cues} cues, this page ${count}`);
    return told;
  }
  // Where each cue lies in the mix, in seconds; where no report says so, where it would at the page's pace.
  function spans(cues, seconds, told, length) {
    return cues.map((cue) => {
      if (!told) return { start: (cue.start / seconds) * length, end: (cue.end / seconds) * length };
      const there = told.placed.filter((one) => one.cue === cue.number).map((one) => ({ start: one.start_s, end: one.end_s }));
      return there.sort((a, b) => b.end - b.start - (a.end - a.start))[0] ?? null;  // the others are in interludes
    });
  }
  return async (files, cues, seconds) => {
    const isReport = (file) => /\.json$/i.test(file.name);
    const told = await reportIn(files.filter(isReport), cues.length);
    const sounds = soundsAmong(files, told).sort((a, b) => (a.name < b.name ? -1 : 1));
    if (!sounds.length) throw new Error("choose the mix itself with its report");
    const parts = sounds.map((file) => ({ name: file.name, url: URL.createObjectURL(file) }));
    const close = () => parts.forEach((part) => URL.revokeObjectURL(part.url));
    try {
      const lengths = await Promise.all(parts.map((part, place) => lengthOf(sounds[place], part.url)));
      let end = 0;
      parts.forEach((part, place) => {
        part.start = end;
        end = told?.chapters.length === parts.length ? told.chapters[place].end_s : end + lengths[place];
      });
      const lies = spans(cues, seconds, told, end);
      // the file that a cue begins in, from where in it, and for how long
      const of = (place) => {
        if (!lies[place]) return null;
        const { start, end: stop } = lies[place], part = parts.findLast((one) => one.start <= start + 0.01);
        return { url: part.url, name: part.name, from: Math.max(0, start - part.start), length: stop - start };
      };
      return { of, close, guessed: !told, name: parts.length > 1 ? `${parts.length} files` : parts[0].name };
    } catch (error) {
      close();
      throw error;
    }
  };
})();
