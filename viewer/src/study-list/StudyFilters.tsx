/** The search row: every field narrows the list while one types. `/` comes here from anywhere on the page. */
import { type RefObject, useId } from "react";
import { isNarrowed, NO_SEARCH, type StudySearch } from "../dicomweb/study-query";

const MODALITIES = "CT MR PT NM US DX CR MG XA RF OPT SM OT SR SEG RTSTRUCT RTDOSE RTPLAN".split(" ");

interface StudyFiltersProps {
  search: StudySearch;
  onChange: (search: StudySearch) => void;
  nameField: RefObject<HTMLInputElement | null>;
}

export function StudyFilters({ search, onChange, nameField }: StudyFiltersProps) {
  const modalities = useId();
  const field = (key: keyof StudySearch) => ({
    value: search[key],
    onChange: (event: { target: { value: string } }) => onChange({ ...search, [key]: event.target.value }),
  });
  return (
    <search className="study-filters">
      <label className="field">
        <span>Patient name</span>
        <input ref={nameField} type="search" placeholder="Press / to search" {...field("name")} />
      </label>
      <label className="field">
        <span>Patient ID</span>
        <input type="search" {...field("patientId")} />
      </label>
      <label className="field">
        <span>From</span>
        <input type="date" {...field("from")} />
      </label>
      <label className="field">
        <span>To</span>
        <input type="date" {...field("to")} />
      </label>
      <label className="field">
        <span>Modality</span>
        <input list={modalities} placeholder="Any" {...field("modality")} />
        <datalist id={modalities}>
          {MODALITIES.map((modality) => (
            <option key={modality} value={modality} />
          ))}
        </datalist>
      </label>
      <label className="field">
        <span>Description</span>
        <input type="search" {...field("description")} />
      </label>
      <button type="button" className="quiet" disabled={!isNarrowed(search)} onClick={() => onChange(NO_SEARCH)}>
        Clear
      </button>
    </search>
  );
}
