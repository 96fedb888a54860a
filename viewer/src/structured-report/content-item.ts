/** Content items of structured reports, written and read. Source: DICOM PS3.3 sec. C.17.3, C.18. */
import { type Attribute, datasetOf, itemsOf, numbersOf, textOf } from "../dicomweb/attributes";
import type { Dataset } from "../dicomweb/json-model";
import { type Code, codeItem, codeOf, isSame } from "./codes";

export type Relationship =
  | "CONTAINS"
  | "HAS OBS CONTEXT"
  | "HAS CONCEPT MOD"
  | "INFERRED FROM"
  | "SELECTED FROM"
  | "HAS PROPERTIES"
  | "HAS ACQ CONTEXT";

type Values = Parameters<typeof datasetOf>[0];

/** Return one content item; items under it come last. */
export function contentItem(
  relationship: Relationship,
  valueType: string,
  concept: Code | undefined,
  values: Values = {},
  children: readonly Dataset[] = [],
): Dataset {
  return datasetOf({
    RelationshipType: relationship,
    ValueType: valueType,
    ConceptNameCodeSequence: concept && codeItem(concept),
    ...values,
    ContentSequence: children.length > 0 ? children : undefined,
  });
}

export function container(
  relationship: Relationship,
  concept: Code,
  children: readonly Dataset[],
  values: Values = {},
): Dataset {
  return contentItem(relationship, "CONTAINER", concept, { ContinuityOfContent: "SEPARATE", ...values }, children);
}

export function template(identifier: string): Values {
  return { ContentTemplateSequence: datasetOf({ MappingResource: "DCMR", TemplateIdentifier: identifier }) };
}

export function codeContent(
  relationship: Relationship,
  concept: Code,
  value: Code,
  children: readonly Dataset[] = [],
): Dataset {
  return contentItem(relationship, "CODE", concept, { ConceptCodeSequence: codeItem(value) }, children);
}

export function textContent(relationship: Relationship, concept: Code, value: string): Dataset {
  return contentItem(relationship, "TEXT", concept, { TextValue: value });
}

/** A content item that is read. */
export interface ContentItem {
  relationship: string;
  valueType: string;
  concept: Code | undefined;
  dataset: Dataset;
  children: readonly ContentItem[];
}

/** Return the tree of content items below a document or an item. */
export function contentOf(dataset: Dataset): ContentItem {
  return {
    relationship: textOf(dataset, "RelationshipType"),
    valueType: textOf(dataset, "ValueType"),
    concept: codeOf(dataset, "ConceptNameCodeSequence"),
    dataset,
    children: itemsOf(dataset, "ContentSequence").map(contentOf),
  };
}

/** Return the children with this concept. */
export function childrenOf(item: ContentItem | undefined, concept: Code): ContentItem[] {
  return item?.children.filter((child) => isSame(child.concept, concept)) ?? [];
}

export function childOf(item: ContentItem | undefined, concept: Code): ContentItem | undefined {
  return childrenOf(item, concept)[0];
}

/** Return a child's text: of a TEXT, a UIDREF, a PNAME or the meaning of a CODE. */
export function childText(item: ContentItem, concept: Code, attribute: Attribute = "TextValue"): string {
  return textOf(childOf(item, concept)?.dataset, attribute);
}

export function childCode(item: ContentItem | undefined, concept: Code): Code | undefined {
  return codeOf(childOf(item, concept)?.dataset, "ConceptCodeSequence");
}

export { codeOf, itemsOf, numbersOf, textOf };
