/** The measurements of the study: listed by series, shown, labelled, deleted, undone, exported, saved. */
import { useEffect, useRef, useState } from "react";
import { ProblemNotice } from "../design/ProblemNotice";
import { dateTimeOf } from "../dicomweb/moments";
import { KeyImagePanel } from "../key-images/KeyImagePanel";
import { useWords } from "../language/words";
import { PresentationPanel } from "../presentation/PresentationPanel";
import { showSegment } from "../segmentation/show-segment";
import { useSession } from "../session/session-context";
import { bySeries } from "./by-series";
import { csvOf } from "./csv";
import { MeasurementRow } from "./MeasurementRow";
import type { Measurement } from "./measurement";
import { SaveIndicator } from "./SaveIndicator";
import { showMeasurement } from "./show-image";
import { useStudyMeasurements } from "./use-study-measurements";
import { WORDS } from "./words";
import "./measurements.css";

interface MeasurementPanelProps {
  studyUid: string;
  /** Show an image; without it the panel turns whichever viewport holds the image. */
  onShow?: (sopInstanceUid: string, frame: number) => void;
}

export function MeasurementPanel({ studyUid, onShow }: MeasurementPanelProps) {
  const say = useWords(WORDS);
  const { user } = useSession();
  const observer = personName(user.display_name);
  const { study, sync, isOpening, isTaking, problem, open } = useStudyMeasurements(studyUid, observer);
  // On a narrow screen it lies over the picture: there it is opened by hand.
  const [isShown, setShown] = useState(() => !matchMedia("(max-width: 900px)").matches);
  const [, drawAgain] = useState(0);
  const { list, saveState } = study;

  const latest = useRef(study);
  latest.current = study;
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (!(event.ctrlKey || event.metaKey) || event.altKey || isTyping(event.target)) return;
      const key = event.key.toLowerCase();
      if (key === "z" && !event.shiftKey) latest.current.undo();
      else if (key === "y" || key === "z") latest.current.redo();
      else if (key === "s") void latest.current.save();
      else return;
      event.preventDefault();
    };
    addEventListener("keydown", listen);
    return () => removeEventListener("keydown", listen);
  }, []);

  const show = (measurement: Measurement) => {
    const { place } = measurement;
    if (onShow && place.on === "image") onShow(place.image.sopInstanceUid, place.image.frame);
    else if (place.on === "segment") showSegment(studyUid, place.segment);
    else void showMeasurement(studyUid, measurement);
    sync?.select(measurement.trackingUid);
  };
  const setLabel = ({ trackingUid }: Measurement, label: string) => {
    const observedAt = dateTimeOf(study.now());
    study.change(list.map((one) => (one.trackingUid === trackingUid ? { ...one, label, observedAt } : one)));
  };
  const remove = ({ trackingUid }: Measurement) => study.change(list.filter((one) => one.trackingUid !== trackingUid));

  // Closed, it goes on: keys still work, and what is shown stays shown.
  return (
    <>
      {!isShown && (
        <button
          type="button"
          className="measurement-tab"
          data-state={saveState.kind}
          aria-label={say("show")}
          onClick={() => setShown(true)}
        >
          <span className="save-dot" aria-hidden="true" />
          {say("title")} {list.length}
        </button>
      )}
      <aside
        className="measurement-panel"
        aria-label={say("title")}
        aria-busy={isOpening || isTaking}
        hidden={!isShown}
      >
        <header>
          <h1>
            {say("title")} <span className="measurement-count">{list.length}</span>
          </h1>
          <button type="button" className="quiet" aria-label={say("close")} onClick={() => setShown(false)}>
            ›
          </button>
        </header>
        <div className="measurement-bar" role="toolbar" aria-label={say("title")}>
          <button type="button" className="quiet" disabled={!study.canUndo} onClick={() => study.undo()} title="Ctrl Z">
            {say("undo")}
          </button>
          <button type="button" className="quiet" disabled={!study.canRedo} onClick={() => study.redo()} title="Ctrl Y">
            {say("redo")}
          </button>
          <button type="button" className="quiet" disabled={list.length === 0} onClick={() => download(csvOf(list))}>
            {say("csv")}
          </button>
        </div>
        <SaveIndicator state={saveState} onSave={() => void study.save()} />
        {problem && (
          <ProblemNotice problem={{ ...problem, title: `${say("openFailed")}: ${problem.title}` }} onRetry={open} />
        )}
        {list.length === 0 && !problem && <p className="soft">{say(isOpening ? "opening" : "none")}</p>}
        {bySeries(list, study.images).map((group) => (
          <section key={group.seriesUid}>
            <h2>
              {group.seriesNumber === undefined ? say("otherSeries") : say("series", { number: group.seriesNumber })}{" "}
              {group.title}
            </h2>
            <ul>
              {group.measurements.map((measurement) => (
                <MeasurementRow
                  key={measurement.trackingUid}
                  measurement={measurement}
                  images={study.images}
                  isHidden={sync?.isHidden(measurement.trackingUid) ?? false}
                  onShow={() => show(measurement)}
                  onHide={(isHidden) => {
                    sync?.setHidden(measurement.trackingUid, isHidden);
                    drawAgain((n) => n + 1);
                  }}
                  onLabel={(label) => setLabel(measurement, label)}
                  onDelete={() => remove(measurement)}
                />
              ))}
            </ul>
          </section>
        ))}
        <KeyImagePanel studyUid={studyUid} images={study.images} observer={observer} />
        <PresentationPanel studyUid={studyUid} images={study.images} creator={observer} measurements={list} />
      </aside>
    </>
  );
}

/** A display name as a DICOM person name: without the signs that have a meaning there. */
function personName(name: string): string {
  return name
    .replace(/[\\^=]/g, " ")
    .slice(0, 64)
    .trim();
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLInputElement && !target.readOnly && target.type !== "range";
}

function download(csv: string): void {
  const address = URL.createObjectURL(new Blob([csv], { type: "text/csv;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = "measurements.csv";
  link.click();
  URL.revokeObjectURL(address);
}
