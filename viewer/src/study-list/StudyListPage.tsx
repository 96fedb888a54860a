/** The work list: search, select, open, mark, and drop files to store them. */
import { type DragEvent, useCallback, useEffect, useEffectEvent, useRef, useState } from "react";
import { ProblemNotice } from "../design/ProblemNotice";
import { Waiting } from "../design/Waiting";
import { droppedFiles } from "../http/dropped-files";
import { type Problem, problemOf } from "../http/problem";
import { useFormats } from "../language/formats";
import { useWords } from "../language/words";
import { go } from "../navigation/history";
import { viewPath } from "../navigation/route";
import { useSession } from "../session/session-context";
import { prepareViewer } from "../viewport/open-early";
import { EmptyList } from "./EmptyList";
import { KeysDialog } from "./KeysDialog";
import { type Command, commandOf } from "./keys";
import { indexOf, nextUnread, rowAt } from "./listing";
import { SavedViews } from "./SavedViews";
import { StudyFilters } from "./StudyFilters";
import { StudyPanel } from "./StudyPanel";
import { StudyTable } from "./StudyTable";
import { isNarrowed, NO_SEARCH, type Search } from "./search";
import "./study-list.css";
import { UploadPanel } from "./UploadPanel";
import { useSelected } from "./use-selected";
import { useUpload } from "./use-upload";
import { useWorkList } from "./use-work-list";
import { WORDS } from "./words";
import { mark, READING_STATES, type ReadingState, type Row } from "./work-list-api";

export function StudyListPage({ studyUid }: { studyUid: string | undefined }) {
  const say = useWords(WORDS);
  const { number } = useFormats();
  const { user } = useSession();
  const [search, setSearch] = useState<Search>(NO_SEARCH);
  const [isOver, setOver] = useState(false);
  const [isHelpOpen, setHelpOpen] = useState(false);
  const [failed, setFailed] = useState<Problem>();
  const { listing, isSearching, isCurrent, problem, want, apply, refresh } = useWorkList(search);
  const upload = useUpload(refresh);
  const box = useRef<HTMLInputElement>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const filePicker = useRef<HTMLInputElement>(null);
  // Where the keyboard is, also while the row there is still on its way.
  const [cursor, setCursor] = useState(-1);
  const here = listing && rowAt(listing, cursor);
  const isComing = cursor >= 0 && here === undefined;
  const selected = isComing || here?.uid === studyUid ? cursor : listing ? indexOf(listing, studyUid) : -1;
  const study = useSelected(studyUid, listing);
  const canMark = user.permissions.includes("studies:mark");
  const canStore = user.permissions.includes("instances:write");

  const select = useCallback(
    (index: number) => {
      setCursor(index);
      const row = listing && rowAt(listing, index);
      if (row) go(`/studies/${row.uid}`, true);
      else want(index, index + 1);
    },
    [listing, want],
  );
  /** Whether the keyboard goes to the first study of what is searched for, once that is known. */
  const isGoingIn = useRef(false);
  const isWaiting = useRef(false);
  useEffect(() => {
    if (here === undefined) isWaiting.current = cursor >= 0;
    else if (isWaiting.current) {
      isWaiting.current = false;
      go(`/studies/${here.uid}`, true);
    }
  }, [here, cursor]);

  const change = useCallback((next: Search) => {
    isGoingIn.current = false;
    setCursor(-1);
    if (scroller.current) scroller.current.scrollTop = 0;
    setSearch(next);
  }, []);
  const open = useCallback((row: Row) => go(viewPath(row.uid)), []);
  const clear = () => change({ ...NO_SEARCH, sort: search.sort, isDescending: search.isDescending });

  // Who has a list opens a study soon: the viewer gets ready while the list is read.
  const isListed = listing !== undefined;
  useEffect(() => {
    if (!isListed) return;
    const left = new AbortController();
    prepareViewer(left.signal).catch(() => {}); // met again by the page that reads, which tells
    return () => left.abort();
  }, [isListed]);

  // Who looks at the top of the list sees what arrives; who has scrolled down is told and decides.
  const nNew = listing?.nNew ?? 0;
  useEffect(() => {
    if (nNew > 0 && (scroller.current?.scrollTop ?? 0) === 0) refresh();
  }, [nNew, refresh]);

  const put = useCallback(
    (row: Row | undefined, state: ReadingState) => {
      if (!row || !canMark) return;
      setFailed(undefined);
      mark(row.uid, state)
        .then(apply)
        .catch((thrown) => setFailed(problemOf(thrown)));
    },
    [apply, canMark],
  );

  const run = (command: Command) => {
    if (command === "search") {
      box.current?.focus();
      box.current?.select();
    } else if (command === "help") setHelpOpen(true);
    else if (command === "clear") clear();
    else if (command === "toggle-read") put(study, study?.state === "read" ? "unread" : "read");
    else if (command === "next-unread") {
      const next = listing ? nextUnread(listing, selected) : -1;
      if (next >= 0) select(next);
      scroller.current?.focus();
    } else change({ ...search, state: (["all", ...READING_STATES] as const)[Number(command.slice(-1)) - 1] ?? "all" });
  };
  const runNow = useRef(run);
  runNow.current = run;
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      const isField = event.target instanceof Element && event.target.closest("input, select, textarea, dialog");
      if (isField || event.ctrlKey || event.metaKey || event.altKey) return;
      const command = commandOf(event.key);
      if (!command) return;
      event.preventDefault();
      runNow.current(command);
    };
    addEventListener("keydown", listen);
    return () => removeEventListener("keydown", listen);
  }, []);

  const intoList = () => {
    // The first study of the search before is not the one that was looked for.
    isGoingIn.current = !isCurrent;
    if (!isCurrent) return;
    scroller.current?.focus();
    if (selected < 0 && listing && listing.total > 0) select(0);
  };
  const goIn = useEffectEvent(() => isGoingIn.current && intoList());
  useEffect(() => {
    if (isCurrent) goIn();
  }, [isCurrent]);
  const over = (event: DragEvent) => {
    event.preventDefault();
    setOver(true);
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    droppedFiles(event.dataTransfer).then(upload.start);
  };
  const total = listing?.total ?? 0;
  const nInstances = listing?.nInstances ?? 0;
  const counted = [
    total === 1 ? say("oneStudy") : say("nStudies", { count: number(total) }),
    nInstances === 1 ? say("oneImage") : say("nImages", { count: number(nInstances) }),
  ].join(", ");

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping has the button "Add files" as its keyboard equal
    <div
      className={`study-list ${isOver ? "is-over" : ""}`}
      onDragOver={canStore ? over : undefined}
      onDragLeave={(event) => event.currentTarget.contains(event.relatedTarget as Node | null) || setOver(false)}
      onDrop={canStore ? drop : undefined}
    >
      <section className="study-main" aria-label={say("studies")} aria-busy={!isCurrent}>
        <StudyFilters search={search} counts={listing?.counts ?? {}} onChange={change} onLeave={intoList} box={box} />
        <div className="study-counts">
          <span role="status">{isSearching && !listing ? say("searching") : counted}</span>
          {nNew > 0 && (
            <button
              type="button"
              className="new-studies"
              onClick={() => {
                if (scroller.current) scroller.current.scrollTop = 0;
                refresh();
              }}
            >
              {say("newStudies", { count: number(nNew) })}
            </button>
          )}
          <span className="spring" />
          <SavedViews search={search} onChoose={change} />
          <button type="button" className="quiet" onClick={() => setHelpOpen(true)} aria-keyshortcuts="?">
            {say("keys")}
          </button>
          {canStore && (
            <>
              <input
                ref={filePicker}
                type="file"
                multiple
                hidden
                aria-label={say("dicomFiles")}
                onChange={(event) => {
                  upload.start([...(event.target.files ?? [])]);
                  event.target.value = "";
                }}
              />
              <button type="button" onClick={() => filePicker.current?.click()}>
                {say("addFiles")}
              </button>
            </>
          )}
        </div>
        {failed && <ProblemNotice problem={failed} onRetry={() => setFailed(undefined)} />}
        {problem && <ProblemNotice problem={problem} onRetry={refresh} />}
        {listing && total > 0 && (
          <StudyTable
            listing={listing}
            search={search}
            selected={selected}
            onSort={change}
            onSelect={select}
            onOpen={open}
            onSight={want}
            scroller={scroller}
          />
        )}
        {!listing && isSearching && <Waiting label={say("asking")} />}
        {listing && total === 0 && !problem && <EmptyList isNarrowed={isNarrowed(search)} onClear={clear} />}
      </section>
      {(study || total > 0) && <StudyPanel study={study} onMark={(state) => put(study, state)} />}
      <UploadPanel upload={upload} />
      {isOver && <div className="drop-hint">{say("dropHint")}</div>}
      {isHelpOpen && <KeysDialog onClose={() => setHelpOpen(false)} />}
    </div>
  );
}
