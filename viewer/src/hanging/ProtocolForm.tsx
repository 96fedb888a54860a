/** A protocol to be read and changed: when it is meant, and what its cells select. */
import { type FormEvent, useState } from "react";
import { ProblemNotice } from "../design/ProblemNotice";
import { type Problem, problemOf } from "../http/problem";
import { useWords } from "../language/words";
import { ConditionRows, type Row } from "./ConditionRows";
import {
  type CellRule,
  type Protocol,
  SERIES_ATTRIBUTES,
  type SeriesCondition,
  STUDY_ATTRIBUTES,
  type Stage,
  type StudyCondition,
} from "./protocol";
import { protocolFrom } from "./protocol-json";
import { WORDS } from "./words";

interface ProtocolFormProps {
  protocol: Protocol;
  isSite: boolean;
  mayShare: boolean;
  onSave: (protocol: Protocol, isSite: boolean) => Promise<void>;
}

const MOST_PRIORS = 3;

export function ProtocolForm({ protocol: given, isSite: wasSite, mayShare, onSave }: ProtocolFormProps) {
  const say = useWords(WORDS);
  const [protocol, setProtocol] = useState(given);
  const [isSite, setSite] = useState(wasSite);
  const [problem, setProblem] = useState<Problem>();
  const changeStage = (index: number, changed: Partial<Stage>) =>
    setProtocol((now) => ({
      ...now,
      stages: now.stages.map((stage, at) => (at === index ? { ...stage, ...changed } : stage)),
    }));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    try {
      onSave(protocolFrom(trimmed(protocol)), isSite).catch((thrown) => setProblem(problemOf(thrown)));
    } catch (thrown) {
      setProblem(problemOf(thrown));
    }
  };
  return (
    <form className="protocol-form" onSubmit={submit} autoComplete="off">
      {problem && <ProblemNotice problem={problem} />}
      <label className="field">
        <span>{say("name")}</span>
        <input
          required
          maxLength={64}
          value={protocol.name}
          onChange={({ target }) => setProtocol((now) => ({ ...now, name: target.value }))}
        />
      </label>
      {mayShare && (
        <label className="check">
          <input type="checkbox" checked={isSite} onChange={(event) => setSite(event.target.checked)} />{" "}
          {say("for-site")}
        </label>
      )}
      <fieldset>
        <legend>{say("meant-for")}</legend>
        <ConditionRows
          rows={protocol.when}
          attributes={STUDY_ATTRIBUTES}
          onChange={(rows) => setProtocol((now) => ({ ...now, when: rows as StudyCondition[] }))}
        />
        <p className="soft">{say("like-hint")}</p>
      </fieldset>
      {protocol.stages.map((stage, index) => (
        <fieldset key={index}>
          <legend>
            {say("stage")} {index + 1}: {stage.rows} × {stage.columns}
          </legend>
          <label className="field">
            <span>{say("stage-name")}</span>
            <input
              required
              maxLength={64}
              value={stage.name}
              onChange={({ target }) => changeStage(index, { name: target.value })}
            />
          </label>
          {stage.cells.map((cell, at) => (
            <CellFields
              key={at}
              number={at + 1}
              cell={cell}
              onChange={(changed) =>
                changeStage(index, { cells: stage.cells.map((known, place) => (place === at ? changed : known)) })
              }
            />
          ))}
          {protocol.stages.length > 1 && (
            <button
              type="button"
              className="quiet"
              onClick={() => setProtocol((now) => ({ ...now, stages: now.stages.filter((_, at) => at !== index) }))}
            >
              {say("remove-stage")}
            </button>
          )}
        </fieldset>
      ))}
      <div className="actions">
        <button type="submit" className="primary">
          {say("save")}
        </button>
      </div>
    </form>
  );
}

interface CellFieldsProps {
  number: number;
  cell: CellRule | null;
  onChange: (cell: CellRule | null) => void;
}

function CellFields({ number, cell, onChange }: CellFieldsProps) {
  const say = useWords(WORDS);
  const title = say("cell", { number });
  if (!cell) {
    return (
      <p className="soft">
        {title}: {say("empty")}
      </p>
    );
  }
  const { required, preferred } = cell.series;
  const rows: Row[] = [...required.map((one) => ({ ...one, isRequired: true })), ...preferred];
  const take = (changed: readonly Row[]) => {
    const plain = (wanted: boolean) =>
      changed
        .filter(({ isRequired = false }) => isRequired === wanted)
        .map(({ isRequired: _, ...condition }) => condition as SeriesCondition);
    onChange({ ...cell, series: { ...cell.series, required: plain(true), preferred: plain(false) } });
  };
  return (
    <fieldset aria-label={title}>
      <legend>
        {title} <span className="soft">{summary(cell)}</span>
      </legend>
      <ConditionRows rows={rows} attributes={SERIES_ATTRIBUTES} onChange={take} />
      <div className="cell-choices">
        <label>
          {say("study")}
          <select value={cell.prior} onChange={({ target }) => onChange({ ...cell, prior: Number(target.value) })}>
            <option value={0}>{say("this-study")}</option>
            {Array.from({ length: MOST_PRIORS }, (_, index) => (
              <option key={index} value={index + 1}>
                {say("prior", { number: index + 1 })}
              </option>
            ))}
          </select>
        </label>
        <label>
          {say("nth")}
          <input
            type="number"
            min={1}
            max={99}
            value={(cell.series.nth ?? 0) + 1}
            onChange={({ target }) =>
              onChange({ ...cell, series: { ...cell.series, nth: Math.max(0, Number(target.value) - 1) } })
            }
          />
        </label>
        <label>
          <input
            type="checkbox"
            checked={cell.isNeeded ?? false}
            onChange={({ target }) => onChange({ ...cell, isNeeded: target.checked })}
          />
          {say("needed")}
        </label>
        <button type="button" className="quiet" onClick={() => onChange(null)}>
          {say("remove")}
        </button>
      </div>
    </fieldset>
  );
}

/** The settings in the words of the format itself. */
function summary({ kind, settings }: CellRule): string {
  const { window, plane, slab } = settings;
  const shades = window && ("preset" in window ? window.preset : `${window.center} / ${window.width}`);
  return [plane ?? kind, slab && `${slab.projection} ${slab.thickness_mm} mm`, shades].filter(Boolean).join(", ");
}

/** Values as people meant them: without the spaces after commas. */
function trimmed(protocol: Protocol): Protocol {
  return JSON.parse(JSON.stringify(protocol), (key, value) =>
    key === "is" && Array.isArray(value) ? value.map((one) => String(one).trim()).filter(Boolean) : value,
  ) as Protocol;
}
