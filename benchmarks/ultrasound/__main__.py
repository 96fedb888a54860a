"""Delay and sum beside ultraspy, PyMUST, vbeam and zea: time and difference on the same traces, in one run; frames a
second into a browser; and what the first call of a program waits.

    make bench-ultrasound
    python -m benchmarks.ultrasound --quick

Traces are complex, of points in PICMUS's geometry: 128 elements, 75 plane waves, 400 x 400 pixels, F-number 1.75, equal
weights. Times are medians after a first run. Differences are the largest against the largest value, of complex
pictures: ultraspy, PyMUST and zea let a plane wave start at the probe's elements, so they are compared where elements
are many (ultraspy and zea, on fewer waves and pixels). vbeam and zea work on a CPU, compiled by JAX; zea also on
PyTorch, with one wave. What was chosen for zea to make its sum ours stands in zea_worker.py.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import cycle
from pathlib import Path
from shutil import which
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, process_time, sleep

import numba
import numpy as np
from benchmarks.ultrasound import peers
from playwright.sync_api import sync_playwright

from isocenter.formats import ultrasound_hdf5
from isocenter.kernels.delays.delay_and_sum import Aperture, DelayAndSum, Timing, padded, tiled
from isocenter.kernels.delays.geometry import BOXCAR
from isocenter.modalities import ultrasound as us
from isocenter.modalities.ultrasound.demodulation import demodulated
from isocenter.modalities.ultrasound.gates import picmus
from isocenter.modalities.ultrasound.live import LivePicture
from isocenter.modalities.ultrasound.reconstruction import f_number_of
from isocenter.modalities.ultrasound.simulation import Reflectors, echoes

F_NUMBER = 1.75
SENDING = 12


def timed(run: Callable[[], np.ndarray], n_runs: int) -> tuple[np.ndarray, float]:
    """Return the result and the median time of several runs after a first one."""
    result, seconds = run(), []
    for _ in range(n_runs):
        start = perf_counter()
        result = run()
        seconds.append(perf_counter() - start)
    return result, median(seconds)


def scene(n_waves: int, n_pixels: int) -> tuple[us.Acquisition, np.ndarray, np.ndarray, np.ndarray]:
    """Return a scan, its complex traces (transmit, channel, sample), and the places (row, column) of pixels in mm."""
    scan = picmus(n_waves)
    rng = np.random.default_rng(0)
    places = np.column_stack([rng.uniform(-18, 18, 200), np.zeros(200), rng.uniform(6, 40, 200)])
    traces, _ = demodulated(scan, echoes(Reflectors(places, np.ones(200), np.zeros(200)), scan))
    z, x = np.meshgrid(np.linspace(5, 40, n_pixels), np.linspace(-19, 19, n_pixels), indexing="ij")
    return scan, traces, x, z


def ours(scan: us.Acquisition, x: np.ndarray, z: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """Return our sum for complex traces; every call finds delays and weights anew, as the others do."""
    order = tiled(x.shape, (8, 16))
    pixels = np.column_stack([x.ravel(), np.zeros(x.size), z.ravel()])[order]
    timing = Timing(scan.samples_per_mm, scan.center_hz / scan.sampling_hz)

    def run(traces: np.ndarray) -> np.ndarray:
        total, _ = DelayAndSum(pixels, scan.elements, scan.transmit_rows(), timing, Aperture(F_NUMBER, BOXCAR))(
            padded(traces)
        )
        out = np.empty_like(total)
        out[order] = total
        return out.reshape(x.shape)

    return run


def as_scene(scan: us.Acquisition, x: np.ndarray, z: np.ndarray) -> peers.Scene:
    """Return the same in m."""
    angles = np.arcsin(scan.transmits[:, 3])
    places = scan.elements[:, 0] * 1e-3
    return peers.Scene(
        places, angles, scan.sampling_hz, scan.center_hz, scan.sound_speed_m_s, 0.0, F_NUMBER, x * 1e-3, z * 1e-3
    )


def difference_db(got: np.ndarray, expected: np.ndarray) -> float:
    """Return the largest difference over the largest value, in dB, but for the sixteen pixels at which edges differ."""
    worst = np.sort(np.abs(got - expected).ravel())[-17]
    return float(20 * np.log10(max(worst, 1e-12) / np.abs(expected).max()))


def beside_ultraspy(n_waves: int, n_runs: int) -> None:
    """Print time and difference of both."""
    scan, traces, x, z = scene(n_waves, 400)
    run = ours(scan, x, z)
    half = z / (2 * F_NUMBER)
    points = float(sum((np.abs(x - element) <= half).sum() for element in scan.elements[:, 0]))
    start = process_time()
    _, seconds = timed(lambda: run(traces), n_runs)
    busy = (process_time() - start) / (n_runs + 1)
    print(f"\n{n_waves} plane waves, {len(scan.elements)} channels, {x.shape[0]} x {x.shape[1]} pixels")
    rate = points * n_waves / 1e9
    print(f"  isocenter    {seconds:8.3f} s   {rate / seconds:6.2f} G points/s   ({busy:.2f} s of processor)")
    if peers.find("ultraspy") is None:
        print("  ultraspy is not installed: make bench-ultrasound")
        return
    here = as_scene(scan, x, z)
    _, theirs = timed(lambda: peers.ultraspy_das(here, traces), max(1, n_runs // 3))
    print(f"  ultraspy     {theirs:8.3f} s   {rate / theirs:6.2f} G points/s   {theirs / seconds:6.1f} x")
    few, few_traces, x, z = scene(3, 200)
    same = difference_db(peers.ultraspy_das(as_scene(few, x, z), few_traces, dense=24), ours(few, x, z)(few_traces))
    print(f"  difference   {same:8.1f} dB  (3 waves, 200 x 200 pixels, ultraspy with 24 times the sending elements)")


def beside_pymust(n_runs: int) -> None:
    """Print time and difference of one wave."""
    pymust = peers.find("pymust")
    if pymust is None:
        print("\nPyMUST is not installed: make bench-ultrasound")
        return
    scan, traces, x, z = scene(1, 400)
    start = perf_counter()
    matrix = peers.PymustDas(pymust, as_scene(scan, x, z), scan.n_samples)
    made = perf_counter() - start
    theirs, multiplied = timed(lambda: matrix(traces), n_runs)
    got, seconds = timed(lambda: ours(scan, x, z)(traces), n_runs)
    print("\n1 plane wave, 128 channels, 400 x 400 pixels")
    print(f"  isocenter    {seconds:8.3f} s   delays found anew")
    ratio = (made + multiplied) / seconds
    print(f"  PyMUST       {made:8.3f} s   to make its matrix, {multiplied:.3f} s to multiply by it: {ratio:.1f} x")
    print(f"  difference   {difference_db(theirs * np.abs(got).max() / np.abs(theirs).max(), got):8.1f} dB")


def beside_vbeam(n_waves: int, n_runs: int) -> None:
    """Print time and difference of both; vbeam works in an environment of its own."""
    scan, traces, x, z = scene(n_waves, 400)
    run = ours(scan, x, z)
    got, seconds = timed(lambda: run(traces), n_runs)
    print(f"\n{n_waves} plane waves, 128 channels, 400 x 400 pixels")
    print(f"  isocenter    {seconds:8.3f} s")
    answer = peers.vbeam_das(as_scene(scan, x, z), traces, n_runs=1)
    if answer is None:
        print("  vbeam is not installed: make bench-ultrasound")
        return
    theirs, first = answer["seconds"], answer["first_s"]
    print(f"  vbeam        {theirs:8.3f} s   {theirs / seconds:6.1f} x   (first call {first:.1f} s)")
    print(f"  difference   {difference_db(answer['picture'], got):8.1f} dB")


def beside_zea(backend: str, n_waves: int, n_runs: int) -> None:
    """Print time of both, and the difference where its waves are plane; zea works in an environment of its own."""
    scan, traces, x, z = scene(n_waves, 400)
    run = ours(scan, x, z)
    start = process_time()
    _, seconds = timed(lambda: run(traces), n_runs)
    busy = (process_time() - start) / (n_runs + 1)
    print(f"\n{n_waves} plane waves, 128 channels, 400 x 400 pixels")
    print(f"  isocenter    {seconds:8.3f} s   ({busy:.2f} s of processor)")
    answer = peers.zea_das(as_scene(scan, x, z), traces, backend=backend, n_runs=1)
    if answer is None:
        print("  zea is not installed: make bench-ultrasound")
        return
    theirs, first, theirs_busy = answer["seconds"], answer["first_s"], answer["busy_s"]
    print(
        f"  zea, {backend:<7} {theirs:8.3f} s   {theirs / seconds:6.1f} x   (first call {first:.1f} s;"
        f" {theirs_busy:.2f} s of processor: {theirs_busy / busy:.1f} x)"
    )
    few, traces, x, z = scene(2, 80)
    answer = peers.zea_das(
        *peers.with_sending_elements(as_scene(few, x, z), traces, SENDING), backend=backend, n_runs=0
    )
    same = difference_db(answer["picture"], ours(few, x, z)(traces)) if answer else np.nan
    print(f"  difference   {same:8.1f} dB  (2 waves, 80 x 80 pixels, zea with {SENDING} times the sending elements)")


def live_scan() -> us.Measurement:
    """Return frames of 11 plane waves and 128 channels whose picture has 256 x 256 pixels."""
    angles = np.linspace(-10, 10, 11)
    scan = us.Acquisition(
        transmits=np.stack([us.plane_wave(a) for a in angles]),
        n_samples=1024,
        near_mm=4.0,
        far_mm=36.0,
        width_mm=32.0,
        pixel_mm=0.125,
        n_frames=4,
    )
    rng = np.random.default_rng(1)
    return us.Measurement(scan, rng.standard_normal(scan.data_shape).astype(np.float32))


def frames_a_second(n_frames: int) -> None:
    """Print how fast frames of 11 waves become pictures, from real traces to bytes."""
    measurement = live_scan()
    one = replace(measurement.acquisition, n_frames=1)
    print("\n11 plane waves, 128 channels, 256 x 256 pixels, from real traces to bytes of grey")
    for f_number in (F_NUMBER, f_number_of(measurement, 0.0)):
        picture = LivePicture(one, f_number=f_number)
        frames = cycle(measurement.data)
        _, seconds = timed(lambda picture=picture, frames=frames: picture(next(frames)), n_frames)
        print(f"  isocenter    {1 / seconds:8.1f} frames/s at F-number {f_number:.2f}")


def frames_into_a_browser(seconds: float) -> None:
    """Print how many pictures a second Chromium draws while `isocenter live` makes them, both on this machine."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "loop.h5"
        ultrasound_hdf5.write(live_scan(), path)
        command = [str(Path(sys.executable).with_name("isocenter")), "live", str(path), "--port", "0", "--no-browser"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
            try:
                address = str(server.stdout.readline()).split()[0] if server.stdout else ""
                print(f"  into Chromium{drawn_a_second(address, seconds):7.1f} frames/s (live's own F-number)")
            finally:
                server.terminate()


def drawn_a_second(address: str, seconds: float) -> float:
    """Return how many pictures a second a page of `isocenter live` draws, after two seconds."""
    with sync_playwright() as play:
        known = os.environ.get("ISOCENTER_CHROMIUM") or which("chromium")
        browser = play.chromium.launch(executable_path=known, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1100, "height": 800})
        page.goto(address)
        sleep(3)
        drawn = [int(page.evaluate("document.body.dataset.drawn ?? 0"))]
        began = perf_counter()
        sleep(seconds)
        drawn.append(int(page.evaluate("document.body.dataset.drawn ?? 0")))
        rate = (drawn[1] - drawn[0]) / (perf_counter() - began)
        browser.close()
    return rate


FIRST = """
import sys, time, numpy as np
from isocenter.modalities import ultrasound as us
from isocenter.physics.bodies import BODIES
scan = us.simulate(BODIES[us.EXAMPLE_BODY](), us.example_acquisition(), np.random.default_rng(0))
for _ in range(2):
    start = time.perf_counter()
    us.reconstruct(scan, method=sys.argv[1])
    print(time.perf_counter() - start)
"""


def first_calls(methods: Sequence[str]) -> None:
    """Print what the first call of a fresh program takes beside its second; run `isocenter warmup` once before."""
    print("\nfirst and second call of a fresh program, kernels cached (isocenter warmup)")
    for number in range(2):  # the first round fills the cache where nobody has warmed up
        for method in methods:
            done = subprocess.run([sys.executable, "-c", FIRST, method], capture_output=True, text=True, check=True)
            first, second = (float(each) for each in done.stdout.split())
            if number:
                print(f"  {method:<18} {first:7.3f} s {second:7.3f} s   {first - second:+.3f} s")


def main() -> None:
    """Run all cases."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer waves and runs")
    options = parser.parse_args()
    print(f"{platform.processor() or platform.machine()}, {numba.get_num_threads()} threads, numba {numba.__version__}")
    beside_ultraspy(11 if options.quick else 75, 2 if options.quick else 6)
    beside_pymust(3)
    beside_vbeam(3 if options.quick else 75, 3)
    beside_zea("jax", 1 if options.quick else 75, 3)
    beside_zea("torch", 1, 3)
    frames_a_second(10 if options.quick else 40)
    frames_into_a_browser(3.0 if options.quick else 8.0)
    first_calls(("das",) if options.quick else tuple(us.METHODS))


if __name__ == "__main__":
    main()
