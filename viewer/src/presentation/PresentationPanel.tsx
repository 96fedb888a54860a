/** Presentation states of the study: shown on the picture, and saved from it. */
import { useCallback, useEffect, useRef, useState } from "react";
import { ProblemNotice } from "../design/ProblemNotice";
import { formatDateTime } from "../dicomweb/dates";
import { formatPersonName } from "../dicomweb/person-name";
import { storeDataset } from "../dicomweb/store-dataset";
import { findObjects } from "../dicomweb/study-objects";
import { newUid } from "../dicomweb/uids";
import { type Problem, problemOf } from "../http/problem";
import { useWords } from "../language/words";
import { currentViewport } from "../measurements/current-viewport";
import type { Measurement } from "../measurements/measurement";
import { showImage } from "../measurements/show-image";
import type { StudyImages } from "../measurements/study-images";
import { withLutData } from "./lut-data";
import { overlayPlanes } from "./overlay-planes";
import type { PresentationState } from "./presentation-state";
import { readState } from "./read-state";
import { ShownState } from "./shown-state";
import { canBeShutter, shutterOf } from "./shutter-of-region";
import { stateOfView } from "./state-of-view";
import { WORDS } from "./words";
import { stateDataset } from "./write-state";
import "./presentation.css";

interface PresentationPanelProps {
  studyUid: string;
  images: StudyImages;
  /** Person name of who is signed in. */
  creator: string;
  /** What a saved view writes over the image. */
  measurements: readonly Measurement[];
}

export function PresentationPanel({ studyUid, images, creator, measurements }: PresentationPanelProps) {
  const say = useWords(WORDS);
  const [states, setStates] = useState<readonly PresentationState[]>([]);
  const [shownUid, setShownUid] = useState<string>();
  const [name, setName] = useState("");
  const [problem, setProblem] = useState<Problem>();
  const [shutterUid, setShutterUid] = useState("");
  const shown = useRef<ShownState>(undefined);
  const regions = measurements.filter(canBeShutter);

  const read = useCallback(() => {
    findObjects(studyUid, "PR")
      .then((found) => Promise.all(found.map(withLutData)))
      .then((found) => Promise.all(found.map(async (one) => readState(one, await overlayPlanes(one)))))
      .then((found) => setStates(found.filter((state) => state !== undefined)))
      .catch((thrown) => setProblem(problemOf(thrown)));
  }, [studyUid]);
  useEffect(read, [read]);

  const hide = useCallback(() => {
    shown.current?.stop();
    shown.current = undefined;
    setShownUid(undefined);
  }, []);
  useEffect(() => hide, [hide]);

  const show = async (state: PresentationState) => {
    hide();
    const [image] = state.images;
    if (!image) return;
    await Promise.all([...new Set(state.images.map(({ seriesUid }) => seriesUid))].map((uid) => images.load(uid)));
    await showImage(studyUid, { ...image, frame: image.frames[0] ?? 1 });
    const viewport = currentViewport();
    if (!viewport) return;
    shown.current = new ShownState(state, viewport, images, (thrown) => setProblem(problemOf(thrown)));
    setShownUid(state.sopInstanceUid);
  };
  const save = async () => {
    setProblem(undefined);
    const viewport = currentViewport();
    const image = images.named(viewport?.getCurrentImageId() ?? "");
    if (!viewport || !image) {
      setProblem({ title: say("noPicture"), status: 0 });
      return;
    }
    const words = { label: contentLabel(name), description: name.slice(0, 64), creator };
    const base = shown.current?.isOn(image) ? shown.current : undefined;
    const region = regions.find(({ trackingUid }) => trackingUid === shutterUid);
    const state = stateOfView(viewport, image, measurements, words, {
      base: base?.state,
      hasItsShades: base?.hasItsShades ?? false,
      shutter: region && shutterOf(region),
    });
    const context = { seriesUid: newUid(), instanceNumber: 1, image: image.frame.dataset, moment: new Date() };
    try {
      await storeDataset(stateDataset(state, context));
      setName("");
      setShutterUid("");
      read();
    } catch (thrown) {
      const { title, ...rest } = problemOf(thrown);
      setProblem({ ...rest, title: `${say("failed")}: ${title}` });
    }
  };

  return (
    <details className="side-section" open={states.length > 0}>
      <summary>
        {say("title")} <span className="measurement-count">{states.length}</span>
      </summary>
      <div className="side-content">
        {states.map((state) => (
          <button
            key={state.sopInstanceUid}
            type="button"
            className="side-object"
            data-testid="presentation-state"
            aria-pressed={state.sopInstanceUid === shownUid}
            onClick={() =>
              state.sopInstanceUid === shownUid
                ? hide()
                : void show(state).catch((thrown) => setProblem(problemOf(thrown)))
            }
          >
            <span>{state.description || state.label || say("untitled")}</span>
            <span className="soft">
              {[formatPersonName(state.creator), formatDateTime(state.createdAt)].filter(Boolean).join(" · ")}
            </span>
          </button>
        ))}
        {problem && <ProblemNotice problem={problem} />}
        {regions.length > 0 && (
          <label className="side-line">
            <span className="soft">{say("shutter")}</span>
            <select value={shutterUid} onChange={(event) => setShutterUid(event.target.value)}>
              <option value="">{say("noShutter")}</option>
              {regions.map(({ trackingUid, trackingId, label }) => (
                <option key={trackingUid} value={trackingUid}>
                  {label || trackingId}
                </option>
              ))}
            </select>
          </label>
        )}
        <div className="side-line">
          <input
            aria-label={say("name")}
            placeholder={say("name")}
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
          <button type="button" onClick={() => void save()}>
            {say("save")}
          </button>
        </div>
      </div>
    </details>
  );
}

/** A name as a code string: capitals, digits, space and underscore, at most 16. Source: DICOM PS3.5 sec. 6.2 (CS). */
function contentLabel(name: string): string {
  const plain = name
    .normalize("NFD")
    .toUpperCase()
    .replace(/[^A-Z0-9 _]/g, "")
    .trim();
  return plain.slice(0, 16).trim() || "VIEW";
}
