"""The report in a real browser, without a network: nothing is asked for, nothing fails, every picture shows."""

import shutil
import subprocess

import pytest

from transport_sim.results.report import write_report

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
PROBE = """<script>
addEventListener("error", e => log.push("error: " + (e.message || e.target.src || e.target.href)), true);
addEventListener("securitypolicyviolation", e => log.push("request: " + e.blockedURI));
const log = [];
addEventListener("load", () => {
  const broken = [...document.images].filter(i => !i.complete || i.naturalWidth === 0).length;
  const asked = performance.getEntriesByType("resource").map(r => r.name).filter(n => !n.startsWith("data:"));
  const wide = document.documentElement.scrollWidth > innerWidth;
  const note = document.createElement("pre");
  note.id = "probe";
  note.textContent = JSON.stringify({images: document.images.length, broken, asked, wide, log});
  document.body.append(note);
});
</script>"""
POLICY = """<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'">"""


@pytest.fixture(scope="module")
def browser():
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip(f"no browser on this machine (looked for {', '.join(BROWSERS)})")
    return found


@pytest.fixture(scope="module", params=["en", "zh"])
def page(request, small_comparison, tmp_path_factory):
    folder = tmp_path_factory.mktemp(f"browser_{request.param}")
    write_report(small_comparison, folder, request.param)
    text = (folder / "report.html").read_text(encoding="utf-8")
    probed = folder / "probed.html"
    probed.write_text(
        text.replace('<meta charset="utf-8">', f'<meta charset="utf-8">{POLICY}{PROBE}', 1), encoding="utf-8"
    )
    return probed


@pytest.mark.parametrize("width", [1280, 420])
def test_page_is_whole_and_asks_for_nothing(browser, page, width, tmp_path):
    done = subprocess.run(
        [
            browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync", "--enable-logging=stderr", "--v=0", f"--user-data-dir={tmp_path}",
            f"--window-size={width},900", "--dump-dom", page.as_uri(),
        ],
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    assert "CONSOLE" not in done.stderr
    _, _, note = done.stdout.partition('<pre id="probe">')
    assert '"broken":0' in note
    assert '"asked":[]' in note
    assert '"log":[]' in note
    assert '"wide":false' in note
    assert '"images":' in note
    assert '"images":0' not in note
