/** The list of studies; only the rows in sight are asked for and drawn, so a hundred thousand do not slow it down. */
import { type KeyboardEvent, type RefObject, useEffect, useLayoutEffect, useState } from "react";
import { formatPersonName } from "../dicomweb/person-name";
import { useFormats } from "../language/formats";
import { useWords } from "../language/words";
import { type Listing, rowAt } from "./listing";
import { StateMark } from "./StateMark";
import { type Search, sortedBy } from "./search";
import { scrollTopShowing, visibleRows } from "./visible-rows";
import { WORDS } from "./words";
import type { Column, Row } from "./work-list-api";

const ROW_PX = 34;
const COLUMNS = [
  ["state", "state"],
  ["patientName", "patient"],
  ["patientId", "id"],
  ["date", "date"],
  ["modalities", "modality"],
  ["description", "description"],
  ["accessionNumber", "accession"],
  ["nSeries", "series"],
  ["nInstances", "images"],
] as const satisfies readonly (readonly [Column, keyof typeof WORDS])[];

interface StudyTableProps {
  listing: Listing;
  search: Search;
  /** Place of the selected study in the list, -1 if it is not known. */
  selected: number;
  onSort: (search: Search) => void;
  onSelect: (index: number) => void;
  onOpen: (row: Row) => void;
  /** Tells which rows are in sight. */
  onSight: (first: number, end: number) => void;
  scroller: RefObject<HTMLDivElement | null>;
}

export function StudyTable(props: StudyTableProps) {
  const { listing, search, selected, onSort, onSelect, onOpen, onSight, scroller } = props;
  const say = useWords(WORDS);
  const [place, setPlace] = useState({ top_px: 0, height_px: 800 });
  const { total } = listing;
  const range = visibleRows(total, ROW_PX, place.top_px, place.height_px);

  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const measure = () => setPlace({ top_px: element.scrollTop, height_px: element.clientHeight });
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [scroller]);

  useEffect(() => {
    const element = scroller.current;
    if (!element || selected < 0) return;
    // The heading stays above the rows, and takes its height of what is in sight.
    const heading_px = element.firstElementChild?.clientHeight ?? 0;
    element.scrollTop = scrollTopShowing(selected, ROW_PX, element.scrollTop, element.clientHeight - heading_px);
  }, [selected, scroller]);

  useEffect(() => onSight(range.first, range.end), [onSight, range.first, range.end]);

  const steer = (event: KeyboardEvent) => {
    const page = Math.max(1, Math.floor(place.height_px / ROW_PX) - 1);
    const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page };
    const step = steps[event.key];
    const row = selected < 0 ? undefined : rowAt(listing, selected);
    if (step !== undefined) onSelect(Math.min(total - 1, Math.max(0, selected + step)));
    else if (event.key === "Home") onSelect(0);
    else if (event.key === "End") onSelect(total - 1);
    else if (event.key === "Enter" && row) onOpen(row);
    else return;
    event.preventDefault();
  };

  return (
    // biome-ignore lint/a11y/useSemanticElements: a table element cannot draw only the rows in sight
    <div
      ref={scroller}
      className="study-table"
      role="grid"
      aria-label={say("studies")}
      aria-rowcount={total + 1}
      aria-activedescendant={selected >= range.first && selected < range.end ? `study-row-${selected}` : undefined}
      tabIndex={0}
      onKeyDown={steer}
      onScroll={(event) => setPlace({ ...place, top_px: event.currentTarget.scrollTop })}
    >
      {/* biome-ignore lint/a11y/useSemanticElements: see above */}
      <div role="rowgroup" className="study-heading">
        {/* biome-ignore lint/a11y/useSemanticElements: see above */}
        <div className="study-row heading" role="row" aria-rowindex={1} tabIndex={-1}>
          {COLUMNS.map(([column, word]) => {
            const direction = search.sort === column ? (search.isDescending ? "descending" : "ascending") : "none";
            return (
              // biome-ignore lint/a11y/useSemanticElements: part of the grid above
              // biome-ignore lint/a11y/useFocusableInteractive: the button inside takes the focus
              <div key={column} role="columnheader" aria-sort={direction} className={column}>
                <button type="button" className="quiet" onClick={() => onSort(sortedBy(search, column))}>
                  {say(word)}
                  <span aria-hidden="true">{{ none: "", ascending: "↑", descending: "↓" }[direction]}</span>
                </button>
              </div>
            );
          })}
        </div>
      </div>
      {/* biome-ignore lint/a11y/useSemanticElements: see above */}
      <div role="rowgroup" className="study-rows" style={{ height: total * ROW_PX }}>
        {Array.from({ length: range.end - range.first }, (_, i) => range.first + i).map((index) => (
          <TableRow
            key={rowAt(listing, index)?.uid ?? `row ${index}`}
            row={rowAt(listing, index)}
            index={index}
            isSelected={index === selected}
            onSelect={onSelect}
            onOpen={onOpen}
          />
        ))}
      </div>
    </div>
  );
}

interface TableRowProps {
  row: Row | undefined;
  index: number;
  isSelected: boolean;
  onSelect: (index: number) => void;
  onOpen: (row: Row) => void;
}

function TableRow({ row, index, isSelected, onSelect, onOpen }: TableRowProps) {
  const say = useWords(WORDS);
  const { date, time, number } = useFormats();
  const cells = row && [
    ["state", <StateMark key="state" row={row} />],
    ["patientName", formatPersonName(row.patient_name) || say("noName")],
    ["patientId", row.patient_id],
    [
      "date",
      <span key="date">
        {date(row.date)}
        <span className="time">{`  ${time(row.time)}`}</span>
      </span>,
    ],
    ["modalities", row.modalities.replaceAll(",", " ")],
    ["description", row.description],
    ["accessionNumber", row.accession_number],
    ["nSeries", number(row.n_series)],
    ["nInstances", number(row.n_instances)],
  ];
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the grid steers with the keyboard
    // biome-ignore lint/a11y/useFocusableInteractive: the grid keeps the focus
    // biome-ignore lint/a11y/useSemanticElements: part of the grid above
    <div
      id={`study-row-${index}`}
      className={`study-row ${row?.state ?? "is-coming"}`}
      role="row"
      aria-rowindex={index + 2}
      aria-selected={isSelected}
      aria-busy={row === undefined}
      style={{ top: index * ROW_PX, height: ROW_PX }}
      onClick={() => onSelect(index)}
      onDoubleClick={() => row && onOpen(row)}
    >
      {cells ? (
        cells.map(([name, value]) => (
          // biome-ignore lint/a11y/useSemanticElements: part of the grid above
          // biome-ignore lint/a11y/useFocusableInteractive: the grid keeps the focus
          <div
            key={name as string}
            role="gridcell"
            className={name as string}
            title={typeof value === "string" ? value : undefined}
          >
            {value}
          </div>
        ))
      ) : (
        // biome-ignore lint/a11y/useSemanticElements: part of the grid above
        // biome-ignore lint/a11y/useFocusableInteractive: the grid keeps the focus
        <div role="gridcell" className="coming" aria-label={say("asking")} />
      )}
    </div>
  );
}
