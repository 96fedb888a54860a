/** The search row: one box that finds by everything, and filters beside it; the list follows while one types. */
import { type KeyboardEvent, type RefObject, useId } from "react";
import { useFormats } from "../language/formats";
import { useWords } from "../language/words";
import { isNarrowed, NO_SEARCH, type Search, SPANS } from "./search";
import { WORDS } from "./words";
import { READING_STATES, type ReadingState } from "./work-list-api";

const MODALITIES = "CT MR PT NM US DX CR MG XA RF OPT SM OT SR SEG RTSTRUCT RTDOSE RTPLAN".split(" ");
const STATES = ["all", ...READING_STATES] as const;

interface StudyFiltersProps {
  search: Search;
  counts: Readonly<Partial<Record<ReadingState, number>>>;
  onChange: (search: Search) => void;
  /** From the box into the list. */
  onLeave: () => void;
  box: RefObject<HTMLInputElement | null>;
}

export function StudyFilters({ search, counts, onChange, onLeave, box }: StudyFiltersProps) {
  const say = useWords(WORDS);
  const { number } = useFormats();
  const modalities = useId();
  const change = (part: Partial<Search>) => onChange({ ...search, ...part });
  const steer = (event: KeyboardEvent) => {
    if (event.key === "Escape") change({ text: "" });
    else if (event.key === "ArrowDown" || event.key === "Enter") onLeave();
    else return;
    event.preventDefault();
  };
  return (
    <search className="study-filters">
      <input
        ref={box}
        className="search-box"
        type="search"
        aria-label={say("search")}
        aria-keyshortcuts="/"
        placeholder={`${say("searchHint")}  ( / )`}
        autoComplete="off"
        spellCheck={false}
        maxLength={128}
        value={search.text}
        onChange={(event) => change({ text: event.target.value })}
        onKeyDown={steer}
      />
      <select
        aria-label={say("date")}
        value={search.span}
        onChange={(event) => change({ span: SPANS.find((span) => span === event.target.value) ?? "any" })}
      >
        {SPANS.map((span) => (
          <option key={span} value={span}>
            {say(span)}
          </option>
        ))}
      </select>
      {search.span === "between" && (
        <>
          <input
            type="date"
            aria-label={say("from")}
            value={search.from}
            onChange={(event) => change({ from: event.target.value })}
          />
          <input
            type="date"
            aria-label={say("to")}
            value={search.to}
            onChange={(event) => change({ to: event.target.value })}
          />
        </>
      )}
      <input
        className="modalities"
        list={modalities}
        aria-label={say("modality")}
        placeholder={say("modalityHint")}
        autoComplete="off"
        maxLength={64}
        value={search.modalities}
        onChange={(event) => change({ modalities: event.target.value })}
      />
      <datalist id={modalities}>
        {MODALITIES.map((modality) => (
          <option key={modality} value={modality} />
        ))}
      </datalist>
      <fieldset className="states" aria-label={say("state")}>
        {STATES.map((state) => (
          <button key={state} type="button" aria-pressed={search.state === state} onClick={() => change({ state })}>
            {say(state)}
            {state !== "all" && <span className="count">{number(counts[state] ?? 0)}</span>}
          </button>
        ))}
      </fieldset>
      <button
        type="button"
        className="quiet"
        disabled={!isNarrowed(search)}
        onClick={() => onChange({ ...NO_SEARCH, sort: search.sort, isDescending: search.isDescending })}
      >
        {say("clear")}
      </button>
    </search>
  );
}
