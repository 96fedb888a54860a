/** The objects of a series without pictures, one at a time, the newest first. */
import { useState } from "react";
import { type Dataset, number, text } from "../dicomweb/json-model";
import { useFormats } from "../language/formats";
import { useWords } from "../language/words";
import { DocumentFrame } from "./DocumentFrame";
import { newestFirst } from "./newest-first";
import { WORDS } from "./words";

interface SeriesDocumentsProps {
  studyUid: string;
  seriesUid: string;
  instances: readonly Dataset[];
  /** The object that is asked for; else the newest. */
  instanceUid: string | undefined;
}

export function SeriesDocuments({ studyUid, seriesUid, instances, instanceUid }: SeriesDocumentsProps) {
  const say = useWords(WORDS);
  const { date, time } = useFormats();
  const ordered = newestFirst(instances);
  const [chosen, setChosen] = useState<string>();
  const shown = chosen ?? instanceUid ?? text(ordered[0], "SOPInstanceUID");
  const nameOf = (dataset: Dataset) => {
    const made = [date(text(dataset, "ContentDate")), time(text(dataset, "ContentTime"))].filter(Boolean).join(" ");
    return say("object", { number: number(dataset, "InstanceNumber") ?? "", made });
  };
  return (
    <section className="cell-document" aria-label={say("document")} onDoubleClick={(event) => event.stopPropagation()}>
      <DocumentFrame key={shown} studyUid={studyUid} seriesUid={seriesUid} instanceUid={shown}>
        {ordered.length > 1 && (
          <select aria-label={say("objects")} value={shown} onChange={(event) => setChosen(event.target.value)}>
            {ordered.map((dataset) => (
              <option key={text(dataset, "SOPInstanceUID")} value={text(dataset, "SOPInstanceUID")}>
                {nameOf(dataset)}
              </option>
            ))}
          </select>
        )}
      </DocumentFrame>
    </section>
  );
}
