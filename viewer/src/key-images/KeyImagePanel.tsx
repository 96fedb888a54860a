/** Key images: those being marked, and those that the archive has. */
import { useCallback, useEffect, useState, useSyncExternalStore } from "react";
import { ProblemNotice } from "../design/ProblemNotice";
import { storeDataset } from "../dicomweb/store-dataset";
import { findObjects } from "../dicomweb/study-objects";
import { newUid } from "../dicomweb/uids";
import { type Problem, problemOf } from "../http/problem";
import { useWords } from "../language/words";
import { currentViewport } from "../measurements/current-viewport";
import { showImage } from "../measurements/show-image";
import type { StudyImages } from "../measurements/study-images";
import { type KeyImage, type KeyImageNote, noteDataset, readNote, TITLES } from "./key-images";
import { markedImages, onMarks, setMarks, toggleMark } from "./marked-images";
import { WORDS } from "./words";

interface KeyImagePanelProps {
  studyUid: string;
  images: StudyImages;
  /** Person name of who is signed in. */
  observer: string;
}

export function KeyImagePanel({ studyUid, images, observer }: KeyImagePanelProps) {
  const say = useWords(WORDS);
  const marks = useSyncExternalStore(onMarks, () => markedImages(studyUid));
  const [notes, setNotes] = useState<readonly KeyImageNote[]>([]);
  const [titleAt, setTitleAt] = useState(0);
  const [description, setDescription] = useState("");
  const [problem, setProblem] = useState<Problem>();

  const read = useCallback(() => {
    findObjects(studyUid, "KO")
      .then((found) => setNotes(found.map(readNote).filter((note) => note !== undefined)))
      .catch((thrown) => setProblem(problemOf(thrown)));
  }, [studyUid]);
  useEffect(read, [read]);

  const mark = useCallback(() => {
    const image = images.named(currentViewport()?.getCurrentImageId() ?? "");
    if (!image) return;
    const { seriesUid, sopClassUid, sopInstanceUid, isMultiFrame, frame } = image.reference;
    toggleMark(studyUid, { seriesUid, sopClassUid, sopInstanceUid, frames: isMultiFrame ? [frame] : [] });
  }, [studyUid, images]);
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      const isTyping = event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement;
      if (event.key.toLowerCase() !== "k" || event.ctrlKey || event.metaKey || event.altKey || isTyping) return;
      event.preventDefault();
      mark();
    };
    addEventListener("keydown", listen);
    return () => removeEventListener("keydown", listen);
  }, [mark]);

  const store = async () => {
    const title = TITLES[titleAt];
    const image = marks.map((one) => images.find(one.sopInstanceUid, one.frames[0] ?? 1)).find(Boolean);
    if (!title || !image) return;
    setProblem(undefined);
    const context = {
      sopInstanceUid: newUid(),
      seriesUid: newUid(),
      image: image.frame.dataset,
      studyUid,
      observer,
      moment: new Date(),
    };
    try {
      await storeDataset(noteDataset({ title, description, images: marks }, context));
      setMarks(studyUid, []);
      setDescription("");
      read();
    } catch (thrown) {
      const { title: said, ...rest } = problemOf(thrown);
      setProblem({ ...rest, title: `${say("failed")}: ${said}` });
    }
  };
  const show = ({ seriesUid, sopInstanceUid, frames }: KeyImage) =>
    void showImage(studyUid, { seriesUid, sopInstanceUid, frame: frames[0] ?? 1 });
  const nameOf = ({ sopInstanceUid, frames }: KeyImage) => {
    const image = images.find(sopInstanceUid, frames[0] ?? 1);
    return say("image", { number: frames[0] ?? image?.instanceNumber ?? "" });
  };

  return (
    <details className="side-section" open={marks.length > 0 || notes.length > 0}>
      <summary>
        {say("title")} <span className="measurement-count">{notes.length}</span>
      </summary>
      <div className="side-content">
        <div className="side-line">
          <button type="button" className="quiet" title={say("hint")} onClick={mark}>
            {say("mark")}
          </button>
        </div>
        {marks.length > 0 && (
          <>
            <p className="soft" data-testid="marked">
              {say("marked", { count: marks.length })}
            </p>
            <div className="side-line">
              {marks.map((one) => (
                <button
                  key={`${one.sopInstanceUid} ${one.frames}`}
                  type="button"
                  className="quiet"
                  title={say("unmark", { name: nameOf(one) })}
                  onClick={() => toggleMark(studyUid, one)}
                >
                  {nameOf(one)} ✕
                </button>
              ))}
            </div>
            <select
              aria-label={say("reason")}
              value={titleAt}
              onChange={(event) => setTitleAt(Number(event.target.value))}
            >
              {TITLES.map(({ value, meaning }, at) => (
                <option key={value} value={at}>
                  {meaning}
                </option>
              ))}
            </select>
            <input
              aria-label={say("description")}
              placeholder={say("description")}
              value={description}
              onChange={(event) => setDescription(event.target.value)}
            />
            <button type="button" onClick={() => void store()}>
              {say("store")}
            </button>
          </>
        )}
        {problem && <ProblemNotice problem={problem} />}
        {notes.map((note) => (
          <div key={note.sopInstanceUid} className="side-object" data-testid="key-image-note">
            <span>{note.title.meaning}</span>
            <span className="soft">
              {[note.description, say("count", { count: note.images.length })].filter(Boolean).join(" · ")}
            </span>
            <div className="side-line">
              {note.images.map((one) => (
                <button
                  key={`${one.sopInstanceUid} ${one.frames}`}
                  type="button"
                  className="quiet"
                  onClick={() => show(one)}
                >
                  {nameOf(one)}
                </button>
              ))}
            </div>
          </div>
        ))}
      </div>
    </details>
  );
}
