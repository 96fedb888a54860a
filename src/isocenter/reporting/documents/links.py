"""Objects that a document names, as links to where they can be seen."""

from __future__ import annotations

from isocenter.dicom.content_tree import Reference
from isocenter.dicom.uid_names import name_of
from isocenter.reporting.documents.markup import Markup, element, joined
from isocenter.reporting.documents.page import Context, view_address

_NOT_PICTURES = ("SR Storage", "Document Storage", "Waveform", "Encapsulated", "Presentation State", "Structure Set")


def reference_link(reference: Reference, context: Context, *, with_picture: bool = True) -> Markup:
    """Return what an object is, what of it is meant, and the way to it; a small picture where it is an image."""
    say, uid = context.say, reference.instance_uid
    kind = name_of(reference.sop_class_uid).removesuffix(" Storage") or say("image")
    parts = [kind]
    parts += [f"{say('frame')} {_listed(reference.frames)}"] if reference.frames else []
    parts += [f"{say('segment')} {_listed(reference.segments)}"] if reference.segments else []
    parts += [f"{say('channel')} {group}.{channel}" for group, channel in reference.channels]
    words = ", ".join(parts)
    place = context.places.get(uid)
    purpose = element("span", f" ({reference.purpose.words})", class_="relation") if reference.purpose else None
    state = (
        element("span", f" {say('with state')} {reference.presentation}", class_="relation")
        if reference.presentation
        else None
    )
    if place is None:
        missing = element("span", f" {say('not here')} ", class_="relation")
        return joined((words, purpose, state, missing, element("span", uid, class_="uid")))
    is_picture = not any(each in name_of(reference.sop_class_uid) for each in _NOT_PICTURES)
    frame = reference.frames[0] if reference.frames else None
    address = view_address(*place, uid, frame) if is_picture else f"/document/{place[0]}/{place[1]}/{uid}"
    link = element("a", words, href=address, target="_top", title=uid)
    small = _thumbnail(place, uid, frame, words) if is_picture and with_picture else None
    return joined((link, purpose, state, small))


def _thumbnail(place: tuple[str, str], uid: str, frame: int | None, words: str) -> Markup:
    what = f"/dicom-web/studies/{place[0]}/series/{place[1]}/instances/{uid}"
    what += f"/frames/{frame}/thumbnail" if frame else "/thumbnail"
    return element("img", src=what, alt=words, class_="thumbnail", loading="lazy")


def _listed(numbers: tuple[int, ...]) -> str:
    """Return numbers with runs joined: 1-4, 7."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ", ".join(f"{first}" if first == last else f"{first}-{last}" for first, last in runs)
