/** The list of studies; only the rows in sight are drawn, so thousands do not slow it down. */
import { type KeyboardEvent, useEffect, useLayoutEffect, useRef, useState } from "react";
import { formatDate, formatTime } from "../dicomweb/dates";
import { formatPersonName } from "../dicomweb/person-name";
import type { Study } from "../dicomweb/studies";
import { type Column, nextSorting, type Sorting } from "./sorting";
import { scrollTopShowing, visibleRows } from "./visible-rows";

const ROW_PX = 46;
const COLUMNS: readonly (readonly [Column, string])[] = [
  ["patientName", "Patient"],
  ["patientId", "ID"],
  ["date", "Date"],
  ["modalities", "Modality"],
  ["description", "Description"],
  ["nSeries", "Series"],
  ["nInstances", "Images"],
];

interface StudyTableProps {
  studies: readonly Study[];
  sorting: Sorting;
  selectedUid: string | undefined;
  onSort: (sorting: Sorting) => void;
  onSelect: (study: Study) => void;
  onOpen: (study: Study) => void;
}

export function StudyTable({ studies, sorting, selectedUid, onSort, onSelect, onOpen }: StudyTableProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const [place, setPlace] = useState({ top_px: 0, height_px: 800 });
  const selected = studies.findIndex((study) => study.uid === selectedUid);
  const range = visibleRows(studies.length, ROW_PX, place.top_px, place.height_px);

  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const measure = () => setPlace({ top_px: element.scrollTop, height_px: element.clientHeight });
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  useEffect(() => {
    const element = scroller.current;
    if (!element || selected < 0) return;
    element.scrollTop = scrollTopShowing(selected, ROW_PX, element.scrollTop, element.clientHeight);
  }, [selected]);

  const steer = (event: KeyboardEvent) => {
    const page = Math.max(1, Math.floor(place.height_px / ROW_PX) - 1);
    const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page };
    const step = steps[event.key];
    let target: number | undefined;
    if (step !== undefined) target = Math.min(studies.length - 1, Math.max(0, selected + step));
    else if (event.key === "Home") target = 0;
    else if (event.key === "End") target = studies.length - 1;
    const study = studies[target ?? selected];
    if (!study) return;
    if (target !== undefined) onSelect(study);
    else if (event.key === "Enter") onOpen(study);
    else return;
    event.preventDefault();
  };

  return (
    // biome-ignore lint/a11y/useSemanticElements: a table element cannot draw only the rows in sight
    <div className="study-table" role="grid" aria-label="Studies" aria-rowcount={studies.length + 1}>
      {/* biome-ignore lint/a11y/useSemanticElements: see above */}
      <div className="study-row heading" role="row" tabIndex={-1}>
        {COLUMNS.map(([column, label]) => (
          <Heading key={column} column={column} label={label} sorting={sorting} onSort={onSort} />
        ))}
      </div>
      {/* biome-ignore lint/a11y/useSemanticElements: see above */}
      <div
        ref={scroller}
        className="study-rows"
        role="rowgroup"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: arrows move the selection from here
        tabIndex={0}
        onKeyDown={steer}
        onScroll={(event) => setPlace({ ...place, top_px: event.currentTarget.scrollTop })}
      >
        <div role="presentation" style={{ height: studies.length * ROW_PX, position: "relative" }}>
          {studies.slice(range.first, range.end).map((study, index) => (
            <Row
              key={study.uid}
              study={study}
              index={range.first + index}
              isSelected={study.uid === selectedUid}
              onSelect={onSelect}
              onOpen={onOpen}
            />
          ))}
        </div>
      </div>
    </div>
  );
}

interface HeadingProps {
  column: Column;
  label: string;
  sorting: Sorting;
  onSort: (sorting: Sorting) => void;
}

function Heading({ column, label, sorting, onSort }: HeadingProps) {
  const isSorted = sorting.column === column;
  const direction = isSorted ? (sorting.isDescending ? "descending" : "ascending") : "none";
  return (
    // biome-ignore lint/a11y/useSemanticElements: part of the grid above
    // biome-ignore lint/a11y/useFocusableInteractive: the button inside takes the focus
    <div role="columnheader" aria-sort={direction} className={column}>
      <button type="button" className="quiet" onClick={() => onSort(nextSorting(sorting, column))}>
        {label}
        <span aria-hidden="true">{isSorted ? (sorting.isDescending ? "↓" : "↑") : ""}</span>
      </button>
    </div>
  );
}

interface RowProps {
  study: Study;
  index: number;
  isSelected: boolean;
  onSelect: (study: Study) => void;
  onOpen: (study: Study) => void;
}

function Row({ study, index, isSelected, onSelect, onOpen }: RowProps) {
  const cells: readonly (readonly [string, string])[] = [
    ["patientName", formatPersonName(study.patientName) || "No name"],
    ["patientId", study.patientId],
    ["date", [formatDate(study.date), formatTime(study.time)].filter(Boolean).join("  ")],
    ["modalities", study.modalities],
    ["description", study.description],
    ["nSeries", String(study.nSeries ?? "")],
    ["nInstances", String(study.nInstances ?? "")],
  ];
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the row group steers with the keyboard
    // biome-ignore lint/a11y/useFocusableInteractive: the row group keeps the focus
    // biome-ignore lint/a11y/useSemanticElements: part of the grid above
    <div
      className="study-row"
      role="row"
      aria-rowindex={index + 2}
      aria-selected={isSelected}
      style={{ top: index * ROW_PX, height: ROW_PX }}
      onClick={() => onSelect(study)}
      onDoubleClick={() => onOpen(study)}
    >
      {cells.map(([name, value]) => (
        // biome-ignore lint/a11y/useSemanticElements: part of the grid above
        // biome-ignore lint/a11y/useFocusableInteractive: the row group keeps the focus
        <div key={name} role="gridcell" className={name} title={value}>
          {value}
        </div>
      ))}
    </div>
  );
}
