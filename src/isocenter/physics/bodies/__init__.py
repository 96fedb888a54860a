"""The bodies that every scanner can scan, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from isocenter.physics.bodies.abdomen import abdomen
from isocenter.physics.bodies.breast import breast
from isocenter.physics.bodies.disc import disc
from isocenter.physics.bodies.forbild import forbild_head
from isocenter.physics.bodies.head import head
from isocenter.physics.bodies.multi_energy import multi_energy
from isocenter.physics.bodies.shepp_logan import shepp_logan, shepp_logan_3d
from isocenter.physics.bodies.thorax import thorax
from isocenter.physics.body import Body

BODIES: Mapping[str, Callable[..., Body]] = {
    "head": head,
    "thorax": thorax,
    "abdomen": abdomen,
    "shepp-logan": shepp_logan,
    "shepp-logan-3d": shepp_logan_3d,
    "forbild-head": forbild_head,
    "disc": disc,
    "multi-energy": multi_energy,
    "breast": breast,
}
