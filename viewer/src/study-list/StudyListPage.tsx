/** The study list: search, select, open, and drop files to store them. */
import { type DragEvent, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { ProblemNotice } from "../design/ProblemNotice";
import { Waiting } from "../design/Waiting";
import type { Study } from "../dicomweb/studies";
import { isNarrowed, NO_SEARCH, type StudySearch } from "../dicomweb/study-query";
import { go } from "../navigation/history";
import { viewPath } from "../navigation/route";
import { droppedFiles } from "./dropped-files";
import { EmptyList } from "./EmptyList";
import { StudyFilters } from "./StudyFilters";
import { StudyPanel } from "./StudyPanel";
import { StudyTable } from "./StudyTable";
import { NEWEST_FIRST, sortStudies } from "./sorting";
import "./study-list.css";
import { UploadPanel } from "./UploadPanel";
import { useStudies } from "./use-studies";
import { useUpload } from "./use-upload";

export function StudyListPage({ studyUid }: { studyUid: string | undefined }) {
  const [search, setSearch] = useState<StudySearch>(NO_SEARCH);
  const [sorting, setSorting] = useState(NEWEST_FIRST);
  const [isOver, setOver] = useState(false);
  const { studies, isSearching, problem, refresh } = useStudies(search);
  const upload = useUpload(refresh);
  const nameField = useRef<HTMLInputElement>(null);
  const filePicker = useRef<HTMLInputElement>(null);
  const sorted = useMemo(() => sortStudies(studies, sorting), [studies, sorting]);
  const selected = useMemo(() => studies.find((study) => study.uid === studyUid), [studies, studyUid]);

  const select = useCallback((study: Study) => go(`/studies/${study.uid}`, true), []);
  const open = useCallback((study: Study) => go(viewPath(study.uid)), []);
  const clear = useCallback(() => setSearch(NO_SEARCH), []);

  useEffect(() => {
    const focusSearch = (event: KeyboardEvent) => {
      if (event.key !== "/" || event.target instanceof HTMLInputElement) return;
      event.preventDefault();
      nameField.current?.select();
    };
    addEventListener("keydown", focusSearch);
    return () => removeEventListener("keydown", focusSearch);
  }, []);

  const over = (event: DragEvent) => {
    event.preventDefault();
    setOver(true);
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    droppedFiles(event.dataTransfer).then(upload.start);
  };
  const nImages = studies.reduce((sum, study) => sum + (study.nInstances ?? 0), 0);

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping has the button "Add files" as its keyboard equal
    <div
      className={`study-list ${isOver ? "is-over" : ""}`}
      onDragOver={over}
      onDragLeave={(event) => event.currentTarget.contains(event.relatedTarget as Node | null) || setOver(false)}
      onDrop={drop}
    >
      <section className="study-main">
        <StudyFilters search={search} onChange={setSearch} nameField={nameField} />
        <div className="study-counts">
          <span role="status">
            {isSearching
              ? "Searching"
              : `${counted(studies.length, "study", "studies")}, ${counted(nImages, "image", "images")}`}
          </span>
          <input
            ref={filePicker}
            type="file"
            multiple
            hidden
            aria-label="DICOM files"
            onChange={(event) => upload.start([...(event.target.files ?? [])])}
          />
          <button type="button" onClick={() => filePicker.current?.click()}>
            Add files
          </button>
        </div>
        {problem && <ProblemNotice problem={problem} onRetry={refresh} />}
        {studies.length > 0 && (
          <StudyTable
            studies={sorted}
            sorting={sorting}
            selectedUid={studyUid}
            onSort={setSorting}
            onSelect={select}
            onOpen={open}
          />
        )}
        {studies.length === 0 && isSearching && <Waiting label="Asking the archive" />}
        {studies.length === 0 && !isSearching && !problem && (
          <EmptyList isNarrowed={isNarrowed(search)} onClear={clear} />
        )}
      </section>
      {selected && <StudyPanel study={selected} />}
      <UploadPanel upload={upload} />
      {isOver && <div className="drop-hint">Drop DICOM files to store them</div>}
    </div>
  );
}

function counted(n: number, one: string, many: string): string {
  return `${n.toLocaleString()} ${n === 1 ? one : many}`;
}
