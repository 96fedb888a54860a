"""User information items against pynetdicom, in both directions."""

from __future__ import annotations

import pytest

from isocenter.protocols.upper_layer.errors import PduError
from isocenter.protocols.upper_layer.pdus import AssociateRequest, ProposedContext, decode, encode
from isocenter.protocols.upper_layer.user_information import (
    MAX_ITEMS,
    CommonExtendedNegotiation,
    ExtendedNegotiation,
    UserIdentity,
    UserInformation,
    decode_user_information,
    encode_user_information,
)

pdu = pytest.importorskip("pynetdicom.pdu", reason="pynetdicom is not installed")
primitives = pytest.importorskip("pynetdicom.pdu_primitives", reason="pynetdicom is not installed")

CT, FIND, STORAGE = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.2.2.1", "1.2.840.10008.4.2"
EVERYTHING = UserInformation(
    max_pdu_bytes=32768,
    implementation_class_uid="1.2.3.4",
    implementation_version="TEST_1",
    roles={CT: (True, False), FIND: (False, True)},
    window=(5, 3),
    extended=(ExtendedNegotiation(FIND, b"\1\0\1"),),
    common_extended=(CommonExtendedNegotiation("1.2.3.5", STORAGE, (CT, "1.2.3.6")),),
    identity=UserIdentity(2, b"who", b"secret", wants_answer=True),
)


def _request(user: UserInformation) -> bytes:
    context = ProposedContext(1, CT, ("1.2.840.10008.1.2",))
    return encode(AssociateRequest("CALLED", "CALLING", (context,), user))


def test_everything_comes_back() -> None:
    user = UserInformation(**{**EVERYTHING.__dict__, "identity_answer": b"ticket", "other": ((0x5F, b"new"),)})
    assert decode_user_information(encode_user_information(user)) == user


def test_another_implementation_reads_what_we_say() -> None:
    theirs = pdu.A_ASSOCIATE_RQ()
    theirs.decode(_request(EVERYTHING))
    user = theirs.user_information
    assert user.maximum_length == 32768
    assert str(user.implementation_class_uid) == "1.2.3.4"
    assert user.implementation_version_name == "TEST_1"
    assert {str(uid): (bool(r.scu), bool(r.scp)) for uid, r in user.role_selection.items()} == dict(EVERYTHING.roles)
    window = user.async_ops_window
    assert (window.maximum_number_operations_invoked, window.maximum_number_operations_performed) == (5, 3)
    assert [(str(e.uid), e.app_info) for e in user.ext_neg] == [(FIND, b"\1\0\1")]
    (common,) = user.common_ext_neg
    assert (str(common.sop_class_uid), str(common.service_class_uid)) == ("1.2.3.5", STORAGE)
    assert [str(uid) for uid in common.related_general_sop_class_identification] == [CT, "1.2.3.6"]
    identity = user.user_identity
    assert (identity.user_identity_type, identity.primary_field, identity.secondary_field) == (2, b"who", b"secret")


def test_we_read_what_another_implementation_says() -> None:
    asked = primitives.A_ASSOCIATE()
    asked.application_context_name = "1.2.840.10008.3.1.1.1"
    asked.calling_ae_title, asked.called_ae_title = "CALLING", "CALLED"
    presentation = pytest.importorskip("pynetdicom.presentation")
    context = presentation.PresentationContext()
    context.context_id, context.abstract_syntax, context.transfer_syntax = 1, CT, ["1.2.840.10008.1.2"]
    asked.presentation_context_definition_list = [context]
    length, uid = primitives.MaximumLengthNotification(), primitives.ImplementationClassUIDNotification()
    length.maximum_length_received, uid.implementation_class_uid = 32768, "1.2.3.4"
    version, window = (
        primitives.ImplementationVersionNameNotification(),
        primitives.AsynchronousOperationsWindowNegotiation(),
    )
    version.implementation_version_name = "TEST_1"
    window.maximum_number_operations_invoked, window.maximum_number_operations_performed = 5, 3
    role, extended = primitives.SCP_SCU_RoleSelectionNegotiation(), primitives.SOPClassExtendedNegotiation()
    role.sop_class_uid, role.scu_role, role.scp_role = CT, True, False
    extended.sop_class_uid, extended.service_class_application_information = FIND, b"\1\0\1"
    common, identity = primitives.SOPClassCommonExtendedNegotiation(), primitives.UserIdentityNegotiation()
    common.sop_class_uid, common.service_class_uid = "1.2.3.5", STORAGE
    common.related_general_sop_class_identification = [CT, "1.2.3.6"]
    identity.user_identity_type, identity.primary_field, identity.secondary_field = 2, b"who", b"secret"
    identity.positive_response_requested = True
    asked.user_information = [length, uid, version, window, role, extended, common, identity]
    theirs = pdu.A_ASSOCIATE_RQ()
    theirs.from_primitive(asked)
    found = decode(1, theirs.encode()[6:])
    assert isinstance(found, AssociateRequest)
    assert found.user == UserInformation(**{**EVERYTHING.__dict__, "roles": {CT: (True, False)}})


def test_a_passcode_is_never_shown() -> None:
    assert "secret" not in repr(EVERYTHING)
    assert "who" not in repr(EVERYTHING.identity)


@pytest.mark.parametrize(
    "body",
    [
        b"\x54\0\0\4\0\x09\x31\x2e",  # role selection whose UID leads beyond the item
        b"\x57\0\0\6\0\1\x31\0\x0a\x32",  # common extended negotiation, cut off
        b"\x58\0\0\3\1\0\0",  # user identity without its lengths
        b"\x51\0\0\2\0\0",  # a maximum length of two bytes
        b"\x52\0\xff\xff1.2",  # an item longer than all there is
    ],
)
def test_damaged_items_are_refused(body: bytes) -> None:
    user = b"\x50\0" + len(body).to_bytes(2, "big") + body
    with pytest.raises(PduError):
        decode(1, b"\0\1\0\0" + b"A".ljust(16) * 2 + bytes(32) + user)


def test_thousands_of_items_are_refused() -> None:
    with pytest.raises(PduError, match="too many"):
        decode_user_information(b"\x5f\0\0\0" * (MAX_ITEMS + 1))
