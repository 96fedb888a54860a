"""The tasks of `isocenter mri`: from raw files of known objects to DICOM maps that say the object's numbers."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest

from isocenter.cli.main import main
from isocenter.formats import bart_cfl

N = 64
GYROMAGNETIC = 42.577478518e6
PPM = np.array([-3.80, -3.40, -2.60, -1.94, -0.39, 0.60])
PARTS = np.array([0.087, 0.693, 0.128, 0.004, 0.039, 0.048])


def coils(shape: tuple[int, ...], n_coils: int = 4) -> np.ndarray:
    """Return smooth sensitivities (coil, ...) of coils around an object."""
    y, x = np.indices(shape)[-2:] / N - 0.5
    angles = 2 * np.pi * np.arange(n_coils) / n_coils
    near = [np.exp(-((x - 0.7 * np.cos(a)) ** 2 + (y - 0.7 * np.sin(a)) ** 2)) * np.exp(1j * (a + x)) for a in angles]
    return np.array(near)


def transformed(images: np.ndarray, axes: tuple[int, ...]) -> np.ndarray:
    """Return the unitary k-space of images, both centred, by numpy's own transform."""
    return np.fft.fftshift(np.fft.fftn(np.fft.ifftshift(images, axes=axes), axes=axes, norm="ortho"), axes=axes)


def write(path: Path, frames: np.ndarray, dimension: int, description: str, *, is_3d: bool = False) -> None:
    """Write images (frame, z, y, x) as BART k-space of four coils; frames lie on `dimension`."""
    seen = frames[:, None] * coils(frames.shape[1:])[None]
    kspace = transformed(seen, (-3, -2, -1) if is_3d else (-2, -1))
    # (frame, coil, z, y, x) to x, y, z, coil, ..., frame, ..., slice
    ordered = kspace.transpose(4, 3, 2, 1, 0)
    whole = np.zeros([*ordered.shape[:2], ordered.shape[2] if is_3d else 1, ordered.shape[3], *[1] * 12], complex)
    shape = list(whole.shape)
    shape[dimension] = frames.shape[0]
    if not is_3d:
        shape[13] = frames.shape[1]
    values = np.zeros(shape, complex)
    for index in range(frames.shape[0]):
        for z in range(1 if is_3d else frames.shape[1]):
            place: list[Any] = [slice(None)] * 4 + [0] * 12
            place[dimension] = index
            if not is_3d:
                place[2], place[13] = 0, z
                values[tuple(place)] = ordered[:, :, z, :, index]
            else:
                values[tuple(place)] = ordered[..., index]
    bart_cfl.write_array(path, values.astype(np.complex64))
    path.with_suffix(".json").write_text(description)


def read(folder: Path) -> tuple[np.ndarray, list[pydicom.Dataset]]:
    """Return the values of a series in their unit, slice after slice."""
    datasets = sorted((pydicom.dcmread(file) for file in folder.glob("*.dcm")), key=lambda d: int(d.InstanceNumber))
    planes = [d.pixel_array * float(d.RescaleSlope) + float(d.RescaleIntercept) for d in datasets]
    return np.array(planes), datasets


def require_valid(folder: Path) -> None:
    """Let dciodvfy look at one file of every map; does nothing where it is not installed."""
    if shutil.which("dciodvfy") is None:
        return
    for series in sorted(each for each in folder.iterdir() if each.is_dir()):
        file = next(series.glob("*.dcm"))
        said = subprocess.run(
            ["dciodvfy", "-new", str(file)], capture_output=True, text=True, errors="replace", check=False
        )
        assert [line for line in (said.stdout + said.stderr).splitlines() if line.startswith("Error")] == []


def disc(radius: float, y: float = 0.0, x: float = 0.0) -> np.ndarray:
    rows, columns = np.indices((N, N)) - N // 2
    return (rows - y) ** 2 + (columns - x) ** 2 < radius**2


def test_water_and_fat_of_echoes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    times = 1.1e-3 + 1.0e-3 * np.arange(6)
    fraction = np.where(disc(9, 0, -12), 0.9, np.where(disc(8, 0, 12), 0.3, 0.05))
    rows, columns = np.indices((N, N)) - N // 2
    field_hz, r2star = 40 + 1.2 * columns - 0.6 * rows, np.where(disc(8, 0, 12), 60.0, 30.0)
    fat = np.exp(2j * np.pi * np.multiply.outer(times, PPM * 1e-6 * GYROMAGNETIC * 3.0)) @ (PARTS / PARTS.sum())
    decay = np.exp(np.multiply.outer(times, 2j * np.pi * field_hz - r2star))
    frames = disc(26) * ((1 - fraction) + fraction * fat[:, None, None]) * decay * np.exp(0.4j)
    said = '{"fov_mm": [256, 256], "field_t": 3.0, "echo_times_s": %s, "slice_thickness_mm": 5}'
    write(tmp_path / "liver.cfl", frames[:, None], 5, said % [float(t) for t in times])
    words = ["mri", "water-fat", str(tmp_path / "liver.cfl"), "-o", str(tmp_path / "out"), "-q", "--pictures"]
    assert main([*words, "--patient-id", "P1"]) == 0
    assert "fat-fraction" in capsys.readouterr().out
    for name in ("water", "fat", "fat-fraction", "field", "r2star"):
        assert (tmp_path / f"out/{name}.png").stat().st_size > 1000
    inner = disc(24) & ~(disc(11, 0, -12) & ~disc(7, 0, -12)) & ~(disc(10, 0, 12) & ~disc(6, 0, 12))
    found, headers = read(tmp_path / "out/fat-fraction")
    assert np.abs(found[0] - 100 * fraction)[inner].max() < 0.5
    assert headers[0].RealWorldValueMappingSequence[0].MeasurementUnitsCodeSequence[0].CodeValue == "%"
    assert np.abs(read(tmp_path / "out/field")[0][0] - field_hz)[inner].max() < 0.5
    assert np.abs(read(tmp_path / "out/r2star")[0][0] - r2star)[inner].max() < 1.0
    studies = {read(tmp_path / "out" / name)[1][0].StudyInstanceUID for name in ("water", "fat", "field")}
    places = {read(tmp_path / "out" / name)[1][0].FrameOfReferenceUID for name in ("water", "fat", "field")}
    assert len(studies) == len(places) == 1
    require_valid(tmp_path / "out")
    # Phase that falls where it should grow makes another object of it.
    assert main([*words[:-1], "-p", "phase_sign=-1"]) == 0
    assert np.abs(read(tmp_path / "out/fat-fraction")[0][0] - 100 * fraction)[inner].mean() > 5


def sphere_field(z: np.ndarray, y: np.ndarray, x: np.ndarray, radius: float, chi_ppm: float) -> np.ndarray:
    """Return the relative field (ppm) of a sphere in the field along z, in closed form."""
    distance = np.maximum(np.sqrt(x**2 + y**2 + z**2), 1e-9)
    outside = chi_ppm / 3 * (radius / distance) ** 3 * (3 * (z / distance) ** 2 - 1)
    return np.where(distance < radius, 0.0, outside)


def test_susceptibility_of_a_sphere(tmp_path: Path) -> None:
    n = 40
    z, y, x = np.indices((n, n, n)) - n // 2
    # The scanner's z is the image's y: the head of the patient lies along the rows, as in a coronal slab.
    ppm = sphere_field(y, z, x, 4.0, 0.4) + 0.02 * x / n + 0.3
    body = np.sqrt(z**2 + y**2 + x**2) < 18
    times = 2e-3 + 2e-3 * np.arange(4)
    frames = body * np.exp(2j * np.pi * np.multiply.outer(times, ppm * 1e-6 * GYROMAGNETIC * 3.0))
    said = (
        '{"fov_mm": [40, 40, 40], "field_t": 3.0, "echo_times_s": [0.002, 0.004, 0.006, 0.008], '
        '"phase_dir": [0, 0, 1], "slice_dir": [0, -1, 0]}'
    )
    write(tmp_path / "brain.cfl", frames, 5, said, is_3d=True)
    words = ["mri", "susceptibility", str(tmp_path / "brain.cfl"), "-o", str(tmp_path / "out"), "-q"]
    assert main([*words, "-p", "n_iterations=80"]) == 0
    found, headers = read(tmp_path / "out/susceptibility")
    # Rows were turned so that the head is up: y runs backwards.
    assert headers[0].ImageOrientationPatient == pytest.approx([1, 0, 0, 0, 0, -1])
    radius = np.sqrt(z**2 + y**2 + x**2)
    upright = found[:, ::-1]
    around = (radius > 6) & (radius < 14)
    # Background removal takes some of the sphere's own field near the edge of the body, by theory too.
    assert upright[radius < 3].mean() - upright[around].mean() == pytest.approx(0.4, rel=0.2)
    require_valid(tmp_path / "out")


def test_veins_are_dark_in_weighted_images(tmp_path: Path) -> None:
    frame = disc(28).astype(complex) * np.ones((4, 1, 1))
    frame[:, 30:33, 10:54] *= np.exp(-0.6j * np.pi)
    write(
        tmp_path / "head.cfl", np.stack([np.abs(frame), frame]), 5, '{"fov_mm": [2, 64, 64], "slice_thickness_mm": 2}'
    )
    words = ["mri", "swi", str(tmp_path / "head.cfl"), "-o", str(tmp_path / "out"), "-q", "-p", "filter_width=16"]
    assert main(words) == 0
    found, _ = read(tmp_path / "out/swi")
    assert found[1, 31, 32] < 0.5 * found[1, 20, 32]
    assert read(tmp_path / "out/minimum")[0].shape == (4, N, N)
    require_valid(tmp_path / "out")
    assert main([*words, "-p", "echo=1"]) == 0
    assert read(tmp_path / "out/swi")[0][1, 31, 32] > 0.9 * read(tmp_path / "out/swi")[0][1, 20, 32]
    assert main([*words, "-p", "echo=3"]) == 2


def test_flow_through_a_pipe(tmp_path: Path) -> None:
    rows, columns = np.indices((N, N)) - N // 2
    velocity = np.where(disc(10, 4, 6), 80 * (1 - ((rows - 4) ** 2 + (columns - 6) ** 2) / 100), 0.0)  # cm/s
    tissue = disc(27) * np.exp(0.3j)
    frames = np.stack([tissue, *(tissue * np.exp(1j * np.pi * velocity * part / 100) for part in (0.0, 0.5, -1.0))])
    write(tmp_path / "aorta.cfl", frames[:, None], 15, '{"fov_mm": [128, 128]}')
    words = ["mri", "flow", str(tmp_path / "aorta.cfl"), "-o", str(tmp_path / "out"), "-q"]
    assert main([*words, "-p", "venc_cm_s=100"]) == 0
    for name, part in (("x", 0.0), ("y", 0.5), ("z", -1.0)):
        found, headers = read(tmp_path / f"out/velocity-{name}")
        assert found[0] == pytest.approx(velocity * part, abs=0.3)
        assert headers[0].RealWorldValueMappingSequence[0].MeasurementUnitsCodeSequence[0].CodeValue == "cm/s"
    require_valid(tmp_path / "out")
    # Two scans are one direction; three are none.
    write(tmp_path / "two.cfl", frames[[0, 2], None], 15, '{"fov_mm": [128, 128]}')
    assert main([*words[:2], str(tmp_path / "two.cfl"), *words[3:], "-p", "background=linear"]) == 0
    assert read(tmp_path / "out/velocity")[0][0] == pytest.approx(velocity * 0.5, abs=0.5)
    write(tmp_path / "three.cfl", frames[:3, None], 15, '{"fov_mm": [128, 128]}')
    assert main([*words[:2], str(tmp_path / "three.cfl"), *words[3:]]) == 2


def test_frames_of_an_undersampled_dynamic_scan(tmp_path: Path, rng: np.random.Generator) -> None:
    n_frames = 8
    still = disc(26) * 1.0
    beat = np.cos(2 * np.pi * 2 * np.arange(n_frames) / n_frames)
    frames = still + 0.5 * disc(5, 3, -8) * beat[:, None, None]
    write(tmp_path / "heart.cfl", frames[:, None], 10, '{"fov_mm": [256, 256], "slice_thickness_mm": 8}')
    values = np.array(bart_cfl.read_array(tmp_path / "heart.cfl"))
    kept = rng.uniform(size=(N, n_frames)) < 0.3
    kept[N // 2 - 4 : N // 2 + 4] = True
    values *= kept[None, :, None, None, None, None, None, None, None, None, :, None, None, None, None, None]
    bart_cfl.write_array(tmp_path / "heart.cfl", values)
    words = ["mri", "dynamic", str(tmp_path / "heart.cfl"), "-o", str(tmp_path / "out"), "-q"]
    assert main([*words, "-p", "n_iterations=30", "-p", "maps=walsh"]) == 0
    found, headers = read(tmp_path / "out/frames")
    found = found / found[:, 20:44, 40:50].mean() * still[20:44, 40:50].mean()
    error = np.linalg.norm((found - frames)[:, disc(24)]) / np.linalg.norm(frames[:, disc(24)])
    assert error < 0.08
    assert [int(d.TemporalPositionIdentifier) for d in headers] == list(range(1, n_frames + 1))
    inside = found[:, 33:37, 22:26].mean(axis=(1, 2))
    assert np.corrcoef(inside, beat)[0, 1] > 0.98
    require_valid(tmp_path / "out")


def test_slices_excited_at_once(tmp_path: Path) -> None:
    slices = np.stack([disc(20, -5, 0), disc(12, 8, 6) * 2.0, disc(22) & ~disc(9, 0, -9), disc(15, 0, -10)]) * (1 + 0j)
    depth = np.array([0.0, 0.35, 0.7, 1.05])
    base = coils((4, N, N), 8)
    seen = np.stack([np.roll(base[:, z], 2 * z, axis=0) * np.exp(1j * depth[z]) for z in range(4)], axis=1) * slices
    single = transformed(seen, (-2, -1))
    ky = np.arange(N) - N // 2
    turn = np.exp(-2j * np.pi * 0.5 * ky)[:, None]
    together = np.stack([single[:, 0] + single[:, 2] * turn, single[:, 1] + single[:, 3] * turn], axis=1)
    for name, kspace in (("single", single), ("together", together)):
        values = np.zeros((N, N, 1, 8, *[1] * 9, kspace.shape[1], 1, 1), dtype=np.complex64)
        values[:, :, 0, :, 0, 0, 0, 0, 0, 0, 0, 0, 0, :, 0, 0] = kspace.transpose(3, 2, 0, 1)
        bart_cfl.write_array(tmp_path / f"{name}.cfl", values)
    words = ["mri", "multiband", str(tmp_path / "together.cfl"), "--reference", str(tmp_path / "single.cfl"), "-q"]
    told = ["--option", "fov_mm=192", "-o", str(tmp_path / "out"), "-p", "damping=1e-4", "-p", "n_iterations=200"]
    assert main([*words, *told]) == 0
    found, _ = read(tmp_path / "out/slices")
    truth = np.sqrt((np.abs(seen) ** 2).sum(axis=0))
    assert np.linalg.norm(found - truth) < 0.08 * np.linalg.norm(truth)
    require_valid(tmp_path / "out")
    wrong = [*words[:2], str(tmp_path / "single.cfl"), *words[3:], *told]
    assert main(wrong) == 65
    assert main([*words, *told, "-p", "shifts=0,x"]) == 65


def test_every_echo_and_every_moment_is_an_image(tmp_path: Path) -> None:
    frames = np.stack([disc(20) * 1.0, disc(20) * 0.5, disc(12) * 2.0])[:, None] + 0j
    write(tmp_path / "echoes.cfl", frames, 5, '{"fov_mm": [128, 128], "echo_times_s": [0.002, 0.004, 0.006]}')
    words = ["mri", "images", str(tmp_path / "echoes.cfl"), "-o", str(tmp_path / "out"), "-q"]
    assert main(words) == 0
    found = [read(tmp_path / f"out/echo-{index}") for index in (1, 2, 3)]
    assert [float(headers[0].EchoTime) for _, headers in found] == pytest.approx([2.0, 4.0, 6.0])
    middles = [values[0, N // 2, N // 2] for values, _ in found]
    assert middles[1] / middles[0] == pytest.approx(0.5, rel=0.01)
    write(tmp_path / "moments.cfl", frames, 10, '{"fov_mm": [128, 128]}')
    words = ["mri", "images", str(tmp_path / "moments.cfl"), "-o", str(tmp_path / "time"), "-q"]
    assert main([*words, "--counter", "repetition", "-p", "by=rss", "--sop-class", "enhanced-mr"]) == 0
    (file,) = (tmp_path / "time/images").glob("*.dcm")
    assert int(pydicom.dcmread(file).NumberOfFrames) == 3
    require_valid(tmp_path / "out")
    require_valid(tmp_path / "time")


def test_what_is_missing_is_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    frames = np.stack([disc(20) + 0j] * 3)[:, None]
    write(tmp_path / "scan.cfl", frames, 5, '{"fov_mm": [128, 128]}')
    words = ["mri", "water-fat", str(tmp_path / "scan.cfl"), "-o", str(tmp_path / "out"), "-q"]
    assert main(words) == 65
    assert "echo_times_ms" in capsys.readouterr().err
    assert main([*words, "--option", "echo_times_ms=1,2,3"]) == 65
    assert "field_t" in capsys.readouterr().err
    assert main([*words, "--option", "echo_times_ms=1,2,3", "--option", "field_t=3"]) == 0
    capsys.readouterr()
    assert main([*words, "--option", "shoe_size=43"]) == 2
    assert "field_t" in capsys.readouterr().err
    assert main([*words, "-p", "magic=1"]) == 2
    assert main(["mri", "water-fat", "nothing.h5"]) == 66
    susceptibility = ["mri", "susceptibility", *words[2:], "--option", "echo_times_ms=1,2,3", "--option", "field_t=3"]
    assert main(susceptibility) == 65
    assert "at least 8" in capsys.readouterr().err


@pytest.mark.parametrize("task", ["images", "water-fat", "susceptibility", "swi", "flow", "dynamic", "multiband"])
def test_every_task_teaches_its_parameters(task: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["mri", task, "--help"])
    assert ended.value.code == 0
    said = capsys.readouterr().out
    assert "Parameters (-p NAME=VALUE):" in said
    assert "Source:" in said


def test_attributes_of_maps_are_those_of_all_their_scans(tmp_path: Path) -> None:
    frames = np.stack([disc(20) + 0j] * 3)[:, None]
    said = '{"fov_mm": [128, 128], "field_t": 3, "repetition_time_s": 0.02, "echo_times_s": [0.001, 0.002, 0.003]}'
    write(tmp_path / "scan.cfl", frames, 5, said)
    assert main(["mri", "water-fat", str(tmp_path / "scan.cfl"), "-o", str(tmp_path / "out"), "-q"]) == 0
    header = read(tmp_path / "out/water")[1][0]
    assert header.EchoTime is None
    assert (float(header.RepetitionTime), float(header.MagneticFieldStrength)) == (20.0, 3.0)
