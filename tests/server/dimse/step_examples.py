"""A performed procedure step as a modality begins it, and as it ends it."""

from pydicom.dataset import Dataset

EMPTY = (
    "PatientBirthDate PatientSex PerformedStationName PerformedLocation PerformedProcedureStepDescription "
    "PerformedProcedureTypeDescription PerformedProcedureStepEndDate PerformedProcedureStepEndTime StudyID"
)
EMPTY_SEQUENCES = (
    "ReferencedPatientSequence ProcedureCodeSequence PerformedProtocolCodeSequence PerformedSeriesSequence"
)


def begun(study_uid: str = "1.2.3") -> Dataset:
    """Return a step as a modality begins it."""
    scheduled = Dataset()
    scheduled.StudyInstanceUID = study_uid
    for keyword in ("AccessionNumber", "RequestedProcedureID", "RequestedProcedureDescription"):
        setattr(scheduled, keyword, "")
    scheduled.ScheduledProcedureStepID, scheduled.ScheduledProcedureStepDescription = "S1", ""
    scheduled.ReferencedStudySequence, scheduled.ScheduledProtocolCodeSequence = [], []
    step = Dataset()
    step.SpecificCharacterSet, step.PatientName, step.PatientID = "ISO_IR 100", "Müller^Jörg", "P-1"
    step.PerformedProcedureStepID, step.PerformedStationAETitle, step.Modality = "PPS1", "CT1", "CT"
    step.PerformedProcedureStepStartDate, step.PerformedProcedureStepStartTime = "20240105", "101500"
    step.PerformedProcedureStepStatus = "IN PROGRESS"
    step.ScheduledStepAttributesSequence = [scheduled]
    for keyword in EMPTY.split():
        setattr(step, keyword, "")
    for keyword in EMPTY_SEQUENCES.split():
        setattr(step, keyword, [])
    return step


def ended(status: str = "COMPLETED") -> Dataset:
    """Return the change that ends a step."""
    series = Dataset()
    series.SeriesInstanceUID, series.ProtocolName = "1.2.3.1", "HEAD"
    series.PerformingPhysicianName, series.OperatorsName, series.SeriesDescription = "", "", ""
    series.RetrieveAETitle, series.ReferencedImageSequence = "", []
    series.ReferencedNonImageCompositeSOPInstanceSequence = []
    change = Dataset()
    change.PerformedProcedureStepStatus = status
    change.PerformedProcedureStepEndDate, change.PerformedProcedureStepEndTime = "20240105", "103000"
    change.PerformedSeriesSequence = [series]
    return change
