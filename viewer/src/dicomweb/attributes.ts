/**
 * Attributes that the viewer writes, or reads to measure, with their value representation, as DICOM JSON.
 *
 * Source: DICOM PS3.6 (data dictionary), PS3.18 annex F (DICOM JSON model).
 */
import type { Dataset } from "./json-model";

/** Keyword to tag and value representation. */
export const ATTRIBUTES = {
  SpecificCharacterSet: ["00080005", "CS"],
  InstanceCreationDate: ["00080012", "DA"],
  InstanceCreationTime: ["00080013", "TM"],
  SOPClassUID: ["00080016", "UI"],
  SOPInstanceUID: ["00080018", "UI"],
  StudyDate: ["00080020", "DA"],
  SeriesDate: ["00080021", "DA"],
  ContentDate: ["00080023", "DA"],
  StudyTime: ["00080030", "TM"],
  SeriesTime: ["00080031", "TM"],
  ContentTime: ["00080033", "TM"],
  AccessionNumber: ["00080050", "SH"],
  Modality: ["00080060", "CS"],
  Manufacturer: ["00080070", "LO"],
  ReferringPhysicianName: ["00080090", "PN"],
  CodeValue: ["00080100", "SH"],
  CodingSchemeDesignator: ["00080102", "SH"],
  CodeMeaning: ["00080104", "LO"],
  MappingResource: ["00080105", "CS"],
  LongCodeValue: ["00080119", "UC"],
  UrnCodeValue: ["00080120", "UR"],
  TimezoneOffsetFromUTC: ["00080201", "SH"],
  StudyDescription: ["00081030", "LO"],
  SeriesDescription: ["0008103E", "LO"],
  ManufacturerModelName: ["00081090", "LO"],
  ReferencedPerformedProcedureStepSequence: ["00081111", "SQ"],
  ReferencedSeriesSequence: ["00081115", "SQ"],
  ReferencedImageSequence: ["00081140", "SQ"],
  ReferencedSOPClassUID: ["00081150", "UI"],
  ReferencedSOPInstanceUID: ["00081155", "UI"],
  ReferencedFrameNumber: ["00081160", "IS"],
  ReferencedSOPSequence: ["00081199", "SQ"],
  PatientName: ["00100010", "PN"],
  PatientID: ["00100020", "LO"],
  IssuerOfPatientID: ["00100021", "LO"],
  PatientBirthDate: ["00100030", "DA"],
  PatientBirthTime: ["00100032", "TM"],
  PatientSex: ["00100040", "CS"],
  DeviceSerialNumber: ["00181000", "LO"],
  SoftwareVersions: ["00181020", "LO"],
  StudyInstanceUID: ["0020000D", "UI"],
  SeriesInstanceUID: ["0020000E", "UI"],
  StudyID: ["00200010", "SH"],
  SeriesNumber: ["00200011", "IS"],
  InstanceNumber: ["00200013", "IS"],
  Laterality: ["00200060", "CS"],
  MeasurementUnitsCodeSequence: ["004008EA", "SQ"],
  RelationshipType: ["0040A010", "CS"],
  ObservationDateTime: ["0040A032", "DT"],
  ValueType: ["0040A040", "CS"],
  ConceptNameCodeSequence: ["0040A043", "SQ"],
  ContinuityOfContent: ["0040A050", "CS"],
  PersonName: ["0040A123", "PN"],
  UID: ["0040A124", "UI"],
  TextValue: ["0040A160", "UT"],
  FloatingPointValue: ["0040A161", "FD"],
  ConceptCodeSequence: ["0040A168", "SQ"],
  MeasuredValueSequence: ["0040A300", "SQ"],
  NumericValue: ["0040A30A", "DS"],
  PredecessorDocumentsSequence: ["0040A360", "SQ"],
  ReferencedRequestSequence: ["0040A370", "SQ"],
  PerformedProcedureCodeSequence: ["0040A372", "SQ"],
  CurrentRequestedProcedureEvidenceSequence: ["0040A375", "SQ"],
  CompletionFlag: ["0040A491", "CS"],
  VerificationFlag: ["0040A493", "CS"],
  ContentTemplateSequence: ["0040A504", "SQ"],
  ContentSequence: ["0040A730", "SQ"],
  TemplateIdentifier: ["0040DB00", "CS"],
  GraphicData: ["00700022", "FL"],
  GraphicType: ["00700023", "CS"],
  PixelSpacing: ["00280030", "DS"],
  PixelPaddingValue: ["00280120", "US"],
  AcquisitionDate: ["00080022", "DA"],
  AcquisitionTime: ["00080032", "TM"],
  PatientWeight: ["00101030", "DS"],
  RadiopharmaceuticalStartTime: ["00181072", "TM"],
  RadionuclideTotalDose: ["00181074", "DS"],
  RadionuclideHalfLife: ["00181075", "DS"],
  RadiopharmaceuticalStartDateTime: ["00181078", "DT"],
  RadiopharmaceuticalInformationSequence: ["00540016", "SQ"],
  Units: ["00541001", "CS"],
  DecayCorrection: ["00541102", "CS"],
  RescaleIntercept: ["00281052", "DS"],
  RescaleSlope: ["00281053", "DS"],
  RescaleType: ["00281054", "LO"],
  WindowCenter: ["00281050", "DS"],
  WindowWidth: ["00281051", "DS"],
  WindowCenterWidthExplanation: ["00281055", "LO"],
  VOILUTFunction: ["00281056", "CS"],
  ICCProfile: ["00282000", "OB"],
  ModalityLUTSequence: ["00283000", "SQ"],
  LUTDescriptor: ["00283002", "US"],
  LUTData: ["00283006", "OW"],
  VOILUTSequence: ["00283010", "SQ"],
  SoftcopyVOILUTSequence: ["00283110", "SQ"],
  ShutterShape: ["00181600", "CS"],
  ShutterLeftVerticalEdge: ["00181602", "IS"],
  ShutterRightVerticalEdge: ["00181604", "IS"],
  ShutterUpperHorizontalEdge: ["00181606", "IS"],
  ShutterLowerHorizontalEdge: ["00181608", "IS"],
  CenterOfCircularShutter: ["00181610", "IS"],
  RadiusOfCircularShutter: ["00181612", "IS"],
  VerticesOfThePolygonalShutter: ["00181620", "IS"],
  ShutterOverlayGroup: ["00181623", "US"],
  ShutterPresentationValue: ["00181622", "US"],
  GraphicAnnotationSequence: ["00700001", "SQ"],
  GraphicLayer: ["00700002", "CS"],
  BoundingBoxAnnotationUnits: ["00700003", "CS"],
  AnchorPointAnnotationUnits: ["00700004", "CS"],
  GraphicAnnotationUnits: ["00700005", "CS"],
  UnformattedTextValue: ["00700006", "ST"],
  TextObjectSequence: ["00700008", "SQ"],
  GraphicObjectSequence: ["00700009", "SQ"],
  BoundingBoxTopLeftHandCorner: ["00700010", "FL"],
  BoundingBoxBottomRightHandCorner: ["00700011", "FL"],
  BoundingBoxTextHorizontalJustification: ["00700012", "CS"],
  AnchorPoint: ["00700014", "FL"],
  AnchorPointVisibility: ["00700015", "CS"],
  GraphicDimensions: ["00700020", "US"],
  NumberOfGraphicPoints: ["00700021", "US"],
  GraphicFilled: ["00700024", "CS"],
  ImageHorizontalFlip: ["00700041", "CS"],
  ImageRotation: ["00700042", "US"],
  DisplayedAreaTopLeftHandCorner: ["00700052", "SL"],
  DisplayedAreaBottomRightHandCorner: ["00700053", "SL"],
  DisplayedAreaSelectionSequence: ["0070005A", "SQ"],
  GraphicLayerSequence: ["00700060", "SQ"],
  GraphicLayerOrder: ["00700062", "IS"],
  GraphicLayerRecommendedDisplayGrayscaleValue: ["00700066", "US"],
  ContentLabel: ["00700080", "CS"],
  ContentDescription: ["00700081", "LO"],
  PresentationCreationDate: ["00700082", "DA"],
  PresentationCreationTime: ["00700083", "TM"],
  ContentCreatorName: ["00700084", "PN"],
  PresentationSizeMode: ["00700100", "CS"],
  PresentationPixelSpacing: ["00700101", "DS"],
  PresentationPixelAspectRatio: ["00700102", "IS"],
  PresentationPixelMagnificationRatio: ["00700103", "FL"],
  GraphicLayerRecommendedDisplayCIELabValue: ["00700401", "US"],
  PresentationLUTShape: ["20500020", "CS"],
  ReferencedFrameOfReferenceUID: ["30060024", "UI"],
  // Segmentations: PS3.3 sec. C.8.20, C.7.6.16, C.7.6.17.
  ImageType: ["00080008", "CS"],
  SourceImageSequence: ["00082112", "SQ"],
  AnatomicRegionSequence: ["00082218", "SQ"],
  DerivationImageSequence: ["00089124", "SQ"],
  DerivationCodeSequence: ["00089215", "SQ"],
  ReferencedInstanceSequence: ["0008114A", "SQ"],
  SliceThickness: ["00180050", "DS"],
  ImagePositionPatient: ["00200032", "DS"],
  ImageOrientationPatient: ["00200037", "DS"],
  FrameOfReferenceUID: ["00200052", "UI"],
  PositionReferenceIndicator: ["00201040", "LO"],
  StackID: ["00209056", "SH"],
  InStackPositionNumber: ["00209057", "UL"],
  FrameContentSequence: ["00209111", "SQ"],
  PlanePositionSequence: ["00209113", "SQ"],
  PlaneOrientationSequence: ["00209116", "SQ"],
  DimensionIndexValues: ["00209157", "UL"],
  DimensionOrganizationUID: ["00209164", "UI"],
  DimensionIndexPointer: ["00209165", "AT"],
  FunctionalGroupPointer: ["00209167", "AT"],
  DimensionOrganizationSequence: ["00209221", "SQ"],
  DimensionIndexSequence: ["00209222", "SQ"],
  DimensionDescriptionLabel: ["00209421", "LO"],
  SamplesPerPixel: ["00280002", "US"],
  PhotometricInterpretation: ["00280004", "CS"],
  NumberOfFrames: ["00280008", "IS"],
  Rows: ["00280010", "US"],
  Columns: ["00280011", "US"],
  BitsAllocated: ["00280100", "US"],
  BitsStored: ["00280101", "US"],
  HighBit: ["00280102", "US"],
  PixelRepresentation: ["00280103", "US"],
  SpatialLocationsPreserved: ["0028135A", "CS"],
  LossyImageCompression: ["00282110", "CS"],
  PixelMeasuresSequence: ["00289110", "SQ"],
  PurposeOfReferenceCodeSequence: ["0040A170", "SQ"],
  SegmentationType: ["00620001", "CS"],
  SegmentSequence: ["00620002", "SQ"],
  SegmentedPropertyCategoryCodeSequence: ["00620003", "SQ"],
  SegmentNumber: ["00620004", "US"],
  SegmentLabel: ["00620005", "LO"],
  SegmentAlgorithmType: ["00620008", "CS"],
  SegmentAlgorithmName: ["00620009", "LO"],
  SegmentIdentificationSequence: ["0062000A", "SQ"],
  ReferencedSegmentNumber: ["0062000B", "US"],
  RecommendedDisplayCIELabValue: ["0062000D", "US"],
  MaximumFractionalValue: ["0062000E", "US"],
  SegmentedPropertyTypeCodeSequence: ["0062000F", "SQ"],
  SegmentedPropertyTypeModifierCodeSequence: ["00620011", "SQ"],
  SegmentsOverlap: ["00620013", "CS"],
  TrackingID: ["00620020", "UT"],
  TrackingUID: ["00620021", "UI"],
  SharedFunctionalGroupsSequence: ["52009229", "SQ"],
  PerFrameFunctionalGroupsSequence: ["52009230", "SQ"],
} as const satisfies Record<string, readonly [string, string]>;

export type Attribute = keyof typeof ATTRIBUTES;
type One = string | number | Dataset;

/** Return a data set of these attributes; `""` and `[]` write an empty one, `undefined` none. */
export function datasetOf(values: Partial<Record<Attribute, One | readonly One[] | undefined>>): Dataset {
  const made: Dataset = {};
  const entries = Object.entries(values) as [Attribute, One | readonly One[] | undefined][];
  for (const [attribute, value] of entries) {
    if (value === undefined) continue;
    const [tag, vr] = ATTRIBUTES[attribute];
    const list = (Array.isArray(value) ? value : [value]) as readonly One[];
    const kept = list.filter((one) => one !== "");
    const written = vr === "PN" ? kept.map((name) => ({ Alphabetic: String(name) })) : kept;
    made[tag] = written.length > 0 ? { vr, Value: [...written] } : { vr };
  }
  return inTagOrder(made);
}

/** Return the same elements in the order of their tags. */
export function inTagOrder(dataset: Dataset): Dataset {
  return Object.fromEntries(Object.entries(dataset).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Return the items of a sequence. */
export function itemsOf(dataset: Dataset | undefined, attribute: Attribute): Dataset[] {
  const found = dataset?.[ATTRIBUTES[attribute][0]]?.Value ?? [];
  return found.filter((item): item is Dataset => typeof item === "object" && item !== null);
}

/** Return the first value as text; a person's name in its alphabetic form, or the first there is. */
export function textOf(dataset: Dataset | undefined, attribute: Attribute): string {
  const [value] = dataset?.[ATTRIBUTES[attribute][0]]?.Value ?? [];
  if (value === undefined || value === null) return "";
  if (typeof value === "object") {
    const name = value as { Alphabetic?: string; Ideographic?: string; Phonetic?: string };
    return name.Alphabetic || name.Ideographic || name.Phonetic || "";
  }
  return String(value).trim();
}

/** Return the values as numbers; one that is no number makes the attribute unusable. */
export function numbersOf(dataset: Dataset | undefined, attribute: Attribute): number[] {
  const found = (dataset?.[ATTRIBUTES[attribute][0]]?.Value ?? []).map((value) =>
    value === null || value === "" ? Number.NaN : Number(value),
  );
  return found.every(Number.isFinite) ? found : [];
}
