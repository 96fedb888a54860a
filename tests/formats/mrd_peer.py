"""Files of ISMRMRD written by the reference library, for tests of what ours reads."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import ismrmrd as peer
import numpy as np


def header(
    shape: tuple[int, int, int],
    fov_mm: tuple[float, float, float],
    *,
    recon: tuple[tuple[int, int, int], tuple[float, float, float]] | None = None,
    trajectory: str = "cartesian",
    description: str = "",
    acceleration: int = 1,
    vendor: str = "Test",
    sequence: str = "",
    waveforms: str = "",
) -> bytes:
    """Return the XML of a scan; shapes and fields are (z, y, x)."""

    def space(name: str, matrix: Sequence[int], field: Sequence[float]) -> str:
        sizes = "".join(f"<{axis}>{n}</{axis}>" for axis, n in zip("xyz", matrix[::-1], strict=True))
        lengths = "".join(f"<{axis}>{length}</{axis}>" for axis, length in zip("xyz", field[::-1], strict=True))
        return f"<{name}><matrixSize>{sizes}</matrixSize><fieldOfView_mm>{lengths}</fieldOfView_mm></{name}>"

    parallel = (
        f"<parallelImaging><accelerationFactor><kspace_encoding_step_1>{acceleration}</kspace_encoding_step_1>"
        "<kspace_encoding_step_2>1</kspace_encoding_step_2></accelerationFactor></parallelImaging>"
    )
    matrix, field = recon or (shape, fov_mm)
    return (
        '<ismrmrdHeader xmlns="http://www.ismrm.org/ISMRMRD">'
        f"<acquisitionSystemInformation><systemVendor>{vendor}</systemVendor>"
        "<systemFieldStrength_T>3.0</systemFieldStrength_T></acquisitionSystemInformation>"
        "<experimentalConditions><H1resonanceFrequency_Hz>123000000</H1resonanceFrequency_Hz></experimentalConditions>"
        f"<encoding>{space('encodedSpace', shape, fov_mm)}{space('reconSpace', matrix, field)}<encodingLimits/>"
        f"<trajectory>{trajectory}</trajectory>{description}{parallel if acceleration > 1 else ''}</encoding>"
        f"{sequence}{waveforms}</ismrmrdHeader>"
    ).encode()


def epi_description(**times_us: float) -> str:
    """Return the trajectoryDescription of a trapezoidal readout."""

    def item(kind: str, name: str, value: float) -> str:
        shown = f"{value:g}" if kind == "Double" else f"{round(value)}"
        return f"<userParameter{kind}><name>{name}</name><value>{shown}</value></userParameter{kind}>"

    whole = "".join(item("Long", name, value) for name, value in times_us.items() if name != "dwellTime")
    return (
        "<trajectoryDescription><identifier>ConventionalEPI</identifier>"
        f"{whole}{item('Double', 'dwellTime', times_us['dwellTime'])}</trajectoryDescription>"
    )


class Writer:
    """A file that the reference library writes, one acquisition after the other."""

    def __init__(self, path: Path, xml: bytes) -> None:
        self._dataset = peer.Dataset(str(path), "dataset", create_if_needed=True)
        self._dataset.write_xml_header(xml)
        self._counter = 0

    def add(
        self,
        samples: np.ndarray,
        *,
        flags: Sequence[int] = (),
        center: int | None = None,
        trajectory: np.ndarray | None = None,
        directions: Sequence[Sequence[float]] = np.eye(3).tolist(),
        position: Sequence[float] = (0.0, 0.0, 0.0),
        **counters: int,
    ) -> None:
        """Add samples (coil, sample); `counters` are those of the standard, such as kspace_encode_step_1."""
        extra: dict[str, Any] = {} if trajectory is None else {"trajectory": trajectory.astype(np.float32)}
        line = peer.Acquisition.from_array(np.ascontiguousarray(samples, dtype=np.complex64), **extra)
        line.scan_counter = self._counter
        line.center_sample = samples.shape[1] // 2 if center is None else center
        for name, value in counters.items():
            setattr(line.idx, name, value)
        for flag in flags:
            line.set_flag(flag)
        for axis in range(3):
            line.position[axis] = position[axis]
            line.read_dir[axis], line.phase_dir[axis], line.slice_dir[axis] = (d[axis] for d in directions)
        self._dataset.append_acquisition(line)
        self._counter += 1

    def add_waveform(self, samples: np.ndarray, *, kind: int, sample_time_us: float, stamp: int) -> None:
        """Add whole numbers (channel, sample) of a recorder."""
        waveform = peer.Waveform.from_array(samples.astype(np.uint32))
        waveform.waveform_id, waveform.sample_time_us, waveform.time_stamp = kind, sample_time_us, stamp
        self._dataset.append_waveform(waveform)

    def close(self) -> None:
        """Finish the file."""
        self._dataset.close()
