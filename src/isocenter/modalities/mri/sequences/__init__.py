"""Pulse sequences: what every tissue's magnetisation gives at every echo, from Bloch equations and phase graphs."""

from isocenter.modalities.mri.sequences.balanced_ssfp import BalancedSsfp
from isocenter.modalities.mri.sequences.echo_planar import EchoPlanar
from isocenter.modalities.mri.sequences.fingerprinting import Fingerprinting
from isocenter.modalities.mri.sequences.gradient_echo import SpoiledGradientEcho
from isocenter.modalities.mri.sequences.inversion_recovery import InversionRecovery
from isocenter.modalities.mri.sequences.mprage import Mprage
from isocenter.modalities.mri.sequences.sequence import Sequence
from isocenter.modalities.mri.sequences.spin_echo import SpinEcho
from isocenter.modalities.mri.sequences.turbo_spin_echo import TurboSpinEcho

__all__ = [
    "BalancedSsfp",
    "EchoPlanar",
    "Fingerprinting",
    "InversionRecovery",
    "Mprage",
    "Sequence",
    "SpinEcho",
    "SpoiledGradientEcho",
    "TurboSpinEcho",
]
