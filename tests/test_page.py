"""The page of `scorer run --report`, as text and in a real browser."""

import csv
import importlib.util
import json
import re
import shutil
import time
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from scorer.cli import cli
from scorer.cues.sheet import read_cues
from tests.epubs import members, page, write

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
STORY = EXAMPLES / "three-strokes-and-a-rest.epub"
EVIL = "</script><script>window.evil = 1</script><img src=x onerror='window.evil = 2'>"
PROGRAMS = (("chromium", "chromium-browser", "google-chrome"), ("chromedriver",))


def scorer(*arguments: str | Path) -> None:
    result = CliRunner().invoke(cli, [str(argument) for argument in arguments])
    assert result.exit_code == 0, result.output


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of the example's music, of which a copy has a name that means harm."""
    folder = tmp_path_factory.mktemp("page")
    shutil.copytree(EXAMPLES / "music", folder / "music")
    (folder / "music" / "iron-gate.ogg").rename(folder / "music" / "a, \"b\" <b onclick='x()'> #1 50% é.ogg")
    scorer("index", folder / "music", "--index", folder / "index")
    return folder / "index"


@pytest.fixture(scope="module")
def made(index: Path) -> Path:
    """The folder of the story's page and cue sheet."""
    folder = index.parent
    scorer("run", STORY, "--index", index, "-o", folder / "cues.csv", "--report", folder / "report.html")
    return folder


def evil_book(folder: Path) -> Path:
    story = "".join(f"<p>She wept by the grave and cursed the fog. {escape(EVIL)}</p>" for _ in range(60))
    contents = members({"c.xhtml": page(f"<h1>{escape(EVIL)}</h1>{story}"), "n.xhtml": page("<p>A note.</p>", "notes")})
    contents["OPS/book.opf"] = contents["OPS/book.opf"].replace("The Fog", escape(EVIL))
    return write(folder / "evil.epub", contents)


def test_the_page_is_one_file_that_asks_for_nothing_else(made: Path, index: Path) -> None:
    text = (made / "report.html").read_text(encoding="utf-8")
    markup = re.sub(r"<script\b.*?</script>", "", text, flags=re.S)
    assert not re.findall(r"<(?:link|img|iframe|script)\b|\bsrc=|@import|url\(", markup)
    assert "default-src 'none'" in markup
    again = made / "again.html"
    scorer("run", STORY, "--index", index, "-o", made / "again.csv", "--report", again)
    assert again.read_bytes() == (made / "report.html").read_bytes()


def test_no_text_of_a_book_ends_the_data(index: Path, tmp_path: Path) -> None:
    scorer("run", evil_book(tmp_path), "--index", index, "-o", tmp_path / "c.csv", "--report", tmp_path / "r.html")
    text = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert text.count("<script") == text.count("</script>") == 2
    data = json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.S)[1])
    assert data["title"] == EVIL
    assert data["omitted"] == [["OPS/n.xhtml", "t", "notes"]]
    with (tmp_path / "c.csv").open(encoding="utf-8", newline="") as sheet:
        assert [data["columns"], *data["rows"]] == list(csv.reader(sheet))


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    found = [next(filter(None, map(shutil.which, names)), None) for names in PROGRAMS]
    if not all(found) or not importlib.util.find_spec("selenium"):
        pytest.skip("needs Chromium, its driver and selenium (Debian: chromium, chromium-driver)")
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = str(found[0])
    for flag in ("headless=new", "no-sandbox", "disable-gpu", "disable-dev-shm-usage", "window-size=1200,1400"):
        options.add_argument(f"--{flag}")
    downloads = tmp_path_factory.mktemp("downloads")
    options.add_experimental_option("prefs", {"download.default_directory": str(downloads)})
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(found[1]))
    driver.downloads = downloads
    yield driver
    driver.quit()


def opened(browser: Any, path: Path) -> Any:
    browser.get(path.as_uri())
    browser.execute_script("onbeforeunload = null")
    for file in browser.downloads.iterdir():
        file.unlink()
    return browser


def press(browser: Any, *keys: str) -> None:
    from selenium.webdriver import ActionChains

    ActionChains(browser).send_keys(*keys).perform()


def all_of(browser: Any, selector: str) -> list[Any]:
    found: list[Any] = browser.find_elements("css selector", selector)
    return found


def one(browser: Any, selector: str) -> Any:
    (found,) = all_of(browser, selector)
    return found


def wait_for(holds: Any, seconds: float = 20.0) -> Any:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if value := holds():
            return value
        time.sleep(0.05)
    raise AssertionError("it did not come about")


def saved(browser: Any) -> Path:
    one(browser, "#save").click()
    file = wait_for(lambda: [f for f in browser.downloads.glob("*.csv") if f.stat().st_size])[0]
    return Path(file)


def test_it_draws_the_book_without_an_error(browser: Any, made: Path) -> None:
    opened(browser, made / "report.html")
    cues = read_cues(made / "cues.csv")
    assert one(browser, "h1").text.startswith("Three Strokes and a Rest")
    assert len(all_of(browser, "#cues tbody tr")) == len(all_of(browser, "#arc .band")) == len(cues)
    assert len(all_of(browser, "#arc .valence")) == len(all_of(browser, "#arc .arousal")) == 1
    assert len(all_of(browser, "#arc .chapter")) == 3
    assert "copyright page" in one(browser, "#omitted").text
    assert cues[0].excerpt[:40] in one(browser, "#cues").text
    assert browser.get_log("browser") == []


def test_text_that_means_harm_is_shown_and_not_run(browser: Any, index: Path, tmp_path: Path) -> None:
    scorer("run", evil_book(tmp_path), "--index", index, "-o", tmp_path / "c.csv", "--report", tmp_path / "r.html")
    opened(browser, tmp_path / "r.html")
    assert EVIL in one(browser, "h1").text
    assert EVIL[:40] in one(browser, "#passage").text
    assert browser.execute_script("return window.evil") is None
    assert not all_of(browser, "img")
    assert browser.get_log("browser") == []


def test_hover_click_and_drag_show_passages_cues_and_parts_of_the_book(browser: Any, made: Path) -> None:
    from selenium.webdriver import ActionChains

    opened(browser, made / "report.html")
    arc = one(browser, "#arc")
    before = one(browser, "#passage").text
    ActionChains(browser).move_to_element_with_offset(arc, 200, 0).perform()
    assert one(browser, "#passage").text != before
    assert "valence" in one(browser, "#passage .where").text
    ActionChains(browser).move_to_element_with_offset(arc, 200, 0).click().perform()
    number = one(browser, "tr.current .number").text
    assert f"cue {number}," in one(browser, "#passage .where").text
    bands = len(all_of(browser, "#arc .band"))
    drag = ActionChains(browser).move_to_element_with_offset(arc, -100, 0).click_and_hold().move_by_offset(150, 0)
    drag.release().perform()
    assert len(all_of(browser, "#arc .band")) < bands
    ActionChains(browser).double_click(arc).perform()
    assert len(all_of(browser, "#arc .band")) == bands
    one(browser, "#show-cue").click()
    assert browser.execute_script("return document.activeElement.className") == "current"


def test_all_can_be_done_by_keyboard(browser: Any, made: Path) -> None:
    from selenium.webdriver import Keys

    opened(browser, made / "report.html")
    press(browser, "j", "j", "k")
    assert one(browser, "tr.current .number").text == "2"
    browser.execute_script("document.getElementById('arc').focus()")
    press(browser, Keys.END)
    end = one(browser, "#passage").text
    press(browser, Keys.ARROW_LEFT)
    assert one(browser, "#passage").text != end
    bands = len(all_of(browser, "#arc .band"))
    press(browser, "+", "+")
    assert len(all_of(browser, "#arc .band")) < bands
    press(browser, "0", Keys.HOME, Keys.ENTER)
    assert len(all_of(browser, "#arc .band")) == bands
    assert one(browser, "tr.current .number").text == "1"
    assert browser.execute_script("return document.activeElement.tagName") == "TR"


def test_keys_can_be_switched_off_and_what_is_current_is_told(browser: Any, made: Path) -> None:
    opened(browser, made / "report.html")
    press(browser, "j")
    assert one(browser, "tr[aria-current='true'] .number").text == "2"
    one(browser, "#keys").click()
    press(browser, "j")
    assert one(browser, "tr[aria-current='true'] .number").text == "2"


def test_nothing_lies_beyond_the_edge_of_a_phone(browser: Any, made: Path) -> None:
    phone = {"width": 360, "height": 740, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", phone)
    try:
        opened(browser, made / "report.html")
        beyond = (
            "return [...document.querySelectorAll('body *')].map((e) => [e.getBoundingClientRect().right, e.outerHTML])"
            ".filter(([right]) => right > 361)"
        )
        assert browser.execute_script("return document.documentElement.clientWidth") <= 360
        assert browser.execute_script(beyond) == []
        number = "return getComputedStyle(document.querySelector('td.number'), '::before').content"
        assert "Cue" in browser.execute_script(number)
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_print_is_black_on_white_and_has_all_cues_but_no_controls(browser: Any, made: Path) -> None:
    opened(browser, made / "report.html")
    dark = [{"name": "prefers-color-scheme", "value": "dark"}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print", "features": dark})
    colours = "const s = getComputedStyle(document.body); return [s.color, s.backgroundColor]"
    assert browser.execute_script(colours) == ["rgb(0, 0, 0)", "rgb(255, 255, 255)"]
    assert not [button for button in all_of(browser, "button, #passage, .hint") if button.is_displayed()]
    assert all(row.is_displayed() for row in all_of(browser, "#cues tbody tr"))
    assert one(browser, "#arc").is_displayed()
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "", "features": []})


def test_a_sheet_that_is_saved_untouched_is_the_one_that_run_wrote(browser: Any, made: Path) -> None:
    opened(browser, made / "report.html")
    assert saved(browser).read_bytes() == (made / "cues.csv").read_bytes()


def test_a_runner_up_that_is_chosen_is_in_the_saved_sheet(browser: Any, made: Path) -> None:
    from selenium.webdriver.support.select import Select

    opened(browser, made / "report.html")
    before = read_cues(made / "cues.csv")
    place = next(i for i, cue in enumerate(before) if cue.track and any('"b"' in other for other in cue.alternatives))
    wanted = next(other for other in before[place].alternatives if '"b"' in other)
    silent = next(i for i, cue in enumerate(before) if cue.track and i != place)
    choices = all_of(browser, "#cues select")
    Select(choices[place]).select_by_index(1 + before[place].alternatives.index(wanted))
    Select(choices[silent]).select_by_visible_text("silence")
    assert one(browser, "#changes").text == "2 cues changed"
    after = read_cues(saved(browser))
    assert "saved" in one(browser, "#changes").text
    assert (after[place].track, after[place].track_start_s) == (wanted, 0.0)
    assert set(after[place].alternatives) == {before[place].track, *before[place].alternatives} - {wanted}
    assert after[silent].track == ""
    assert before[silent].alternatives == after[silent].alternatives
    assert [cue for i, cue in enumerate(after) if i not in (place, silent)] == [
        cue for i, cue in enumerate(before) if i not in (place, silent)
    ]
    Select(choices[place]).select_by_index(0)
    Select(choices[silent]).select_by_index(0)
    assert one(browser, "#changes").text == ""
    assert browser.get_log("browser") == []


def test_a_cue_plays_its_track_from_its_place_and_stops(browser: Any, made: Path) -> None:
    opened(browser, made / "report.html")
    cues = read_cues(made / "cues.csv")
    place = next(i for i, cue in enumerate(cues) if cue.track)
    button = all_of(browser, ".play")[place]
    button.click()
    source, start = one(browser, "audio").get_attribute("src").split("#t=")
    assert source == Path(cues[place].track).as_uri()
    assert float(start) == cues[place].track_start_s
    wait_for(lambda: browser.execute_script("return audio.currentTime") > cues[place].track_start_s)
    assert button.get_attribute("aria-label") == f"Pause cue {cues[place].cue}"
    button.click()
    assert browser.execute_script("return audio.paused")
    assert (button.text, button.get_attribute("aria-label")) == ("▶", f"Play cue {cues[place].cue}")


@pytest.fixture(scope="module")
def mixed(made: Path) -> Path:
    """The folder of the page, with the mix as one file and as a file a chapter, and the reports of both."""
    source = ("--narration", EXAMPLES / "narration.ogg", "--cues", made / "cues.csv", "--clock", "position", "--force")
    asked = ("render", STORY, *source, "--interlude", "2s", "--report")
    scorer(*asked, made / "mix.json", "-o", made / "mix.mp3")
    scorer(*asked, made / "parts.json", "-o", made / "parts", "--split", "chapter", "--stems")
    return made


def open_mix(browser: Any, *files: Path) -> str:
    told = one(browser, "#mix-told")
    before = told.text
    browser.execute_script("document.getElementById('mix').value = ''")  # else the driver adds to what was chosen
    one(browser, "#mix").send_keys("\n".join(map(str, files)))
    text: str = wait_for(lambda: told.text if told.text != before else "")
    return text


def heard(browser: Any, button: Any) -> tuple[str, float]:
    """Press a play button; return what is said of the sound, and from where it plays."""
    button.click()
    wait_for(lambda: browser.execute_script("return !audio.paused && audio.currentTime > 0"))
    at = browser.execute_script("return audio.currentTime")
    said = one(browser, "#player").text
    button.click()
    return said, at


def test_a_cue_plays_in_the_mix_from_where_the_report_has_it(browser: Any, mixed: Path) -> None:
    opened(browser, mixed / "report.html")
    assert not one(browser, "#in-mix").is_enabled()
    buttons, cues = all_of(browser, ".play"), read_cues(mixed / "cues.csv")
    silent = next(place for place, cue in enumerate(cues) if not cue.track)
    assert not buttons[silent].is_enabled()
    assert "where its report says" in open_mix(browser, mixed / "mix.mp3", mixed / "mix.json")
    assert one(browser, "#in-mix").is_selected()
    placed = {cue["cue"]: cue for cue in json.loads((mixed / "mix.json").read_text(encoding="utf-8"))["placed"]}
    for place in (silent, len(cues) - 1):
        start = placed[cues[place].cue]["start_s"]
        assert buttons[place].get_attribute("aria-label") == f"Play cue {cues[place].cue} in the mix"
        said, at = heard(browser, buttons[place])
        assert said.startswith("mix.mp3 from ")
        assert start - 0.1 <= at < start + 5
    one(browser, "#in-mix").click()
    assert not buttons[silent].is_enabled()
    assert browser.get_log("browser") == []


def test_a_mix_of_many_files_plays_the_one_that_a_cue_begins_in(browser: Any, mixed: Path) -> None:
    opened(browser, mixed / "report.html")
    files = sorted((mixed / "parts").glob("[0-9]*.ogg"))
    beside = [path for path in (mixed / "parts").iterdir() if path not in files]
    assert {path.name for path in beside} == {"CREDITS.txt", "mix-speech.wav", "mix-music.wav"}
    assert open_mix(browser, *files, *beside).startswith(f"{len(files)} files: ")
    assert open_mix(browser, *files, *beside, mixed / "parts.json").startswith(f"{len(files)} files: ")
    told = json.loads((mixed / "parts.json").read_text(encoding="utf-8"))
    last, chapter = told["placed"][-1], told["chapters"][-1]
    said, at = heard(browser, all_of(browser, ".play")[last["cue"] - 1])
    assert said.startswith(f"{files[-1].name} from ")
    start = last["start_s"] - chapter["start_s"]
    assert start - 0.1 <= at < start + 5


def test_a_mix_without_its_report_is_guessed_at_and_a_wrong_report_is_refused(browser: Any, mixed: Path) -> None:
    opened(browser, mixed / "report.html")
    report = json.loads((mixed / "mix.json").read_text(encoding="utf-8"))
    (mixed / "other.json").write_text(json.dumps(report | {"cues": 99}), encoding="utf-8")
    (mixed / "torn.json").write_text("{", encoding="utf-8")
    assert "of another cue sheet: it has 99 cues" in open_mix(browser, mixed / "mix.mp3", mixed / "other.json")
    assert not one(browser, "#in-mix").is_enabled()
    assert "no report of scorer render" in open_mix(browser, mixed / "mix.mp3", mixed / "torn.json")
    (mixed / "torn.mp3").write_bytes(b"hello")
    assert "torn.mp3 is no sound" in open_mix(browser, mixed / "torn.mp3")
    assert "choose the mix itself" in open_mix(browser, mixed / "mix.json")
    assert "guessed" in open_mix(browser, mixed / "mix.mp3")
    cue = read_cues(mixed / "cues.csv")[1]
    last = read_cues(mixed / "cues.csv")[-1].end_s
    _, at = heard(browser, all_of(browser, ".play")[1])
    start = cue.start_s / last * report["seconds"]
    assert start - 0.1 <= at < start + 5


def test_music_that_is_gone_is_named(browser: Any, index: Path, tmp_path: Path) -> None:
    scorer("run", STORY, "--index", index, "-o", tmp_path / "c.csv", "--report", tmp_path / "r.html")
    text = (tmp_path / "r.html").read_text(encoding="utf-8")
    (tmp_path / "r.html").write_text(text.replace(index.parent.as_uri(), "file:///nowhere"), encoding="utf-8")
    opened(browser, tmp_path / "r.html")
    next(button for button in all_of(browser, ".play") if button.is_enabled()).click()
    wait_for(lambda: "cannot be played" in one(browser, "#player").text)
