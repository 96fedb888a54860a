/** Objects in the order in which people want them: what was written last comes first. */
import { type Dataset, number, text } from "../dicomweb/json-model";

export function newestFirst(instances: readonly Dataset[]): Dataset[] {
  const moment = (dataset: Dataset) => text(dataset, "ContentDate") + text(dataset, "ContentTime");
  return [...instances].sort(
    (a, b) =>
      moment(b).localeCompare(moment(a)) || (number(b, "InstanceNumber") ?? 0) - (number(a, "InstanceNumber") ?? 0),
  );
}
