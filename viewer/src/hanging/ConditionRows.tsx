/** Conditions as rows that people can change. */
import { useWords } from "../language/words";
import type { Condition, SeriesAttribute, StudyAttribute, Test } from "./protocol";
import { ATTRIBUTE_WORDS, WORDS } from "./words";

/** A condition of a study or of a series; for series "required" says in which of the two lists it stands. */
export type Row = Condition<StudyAttribute | SeriesAttribute> & { isRequired?: boolean };

interface ConditionRowsProps {
  rows: readonly Row[];
  attributes: readonly (StudyAttribute | SeriesAttribute)[];
  onChange: (rows: Row[]) => void;
}

const KINDS = ["is", "like", "atLeast", "atMost"] as const;
type Kind = (typeof KINDS)[number];
const KIND_WORDS = { is: "test-is", like: "test-like", atLeast: "test-at-least", atMost: "test-at-most" } as const;

export function ConditionRows({ rows, attributes, onChange }: ConditionRowsProps) {
  const say = useWords(WORDS);
  const sayAttribute = useWords(ATTRIBUTE_WORDS);
  const change = (index: number, changed: Partial<Row>) =>
    onChange(rows.map((row, at) => (at === index ? { ...row, ...changed } : row)));
  return (
    <>
      {rows.map((row, index) => (
        <div key={index} className="condition-row">
          <select
            aria-label={say("attribute")}
            value={row.of}
            onChange={(event) => change(index, { of: event.target.value as Row["of"] })}
          >
            {attributes.map((of) => (
              <option key={of} value={of}>
                {sayAttribute(of)}
              </option>
            ))}
          </select>
          <label>
            <input
              type="checkbox"
              checked={row.isNot ?? false}
              onChange={(event) => change(index, { isNot: event.target.checked })}
            />
            {say("not")}
          </label>
          <select
            aria-label={say("test")}
            value={kindOf(row.test)}
            onChange={(event) => change(index, { test: testOf(event.target.value as Kind, textOf(row.test)) })}
          >
            {KINDS.map((kind) => (
              <option key={kind} value={kind}>
                {say(KIND_WORDS[kind])}
              </option>
            ))}
          </select>
          <input
            aria-label={say("value")}
            required
            type={kindOf(row.test).startsWith("at") ? "number" : "text"}
            step="any"
            value={textOf(row.test)}
            onChange={(event) => change(index, { test: testOf(kindOf(row.test), event.target.value) })}
          />
          <label>
            <input
              type="checkbox"
              checked={row.isRequired ?? false}
              onChange={(event) => change(index, { isRequired: event.target.checked })}
            />
            {say("required")}
          </label>
          <button
            type="button"
            className="quiet"
            aria-label={say("remove")}
            onClick={() => onChange(rows.filter((_, at) => at !== index))}
          >
            ×
          </button>
        </div>
      ))}
      <button
        type="button"
        className="quiet"
        onClick={() => onChange([...rows, { of: attributes[0] ?? "modality", test: { like: "" }, isRequired: false }])}
      >
        {say("add-condition")}
      </button>
    </>
  );
}

function kindOf(test: Test): Kind {
  return KINDS.find((kind) => kind in test) ?? "is";
}

function textOf(test: Test): string {
  if ("is" in test) return test.is.join(",");
  if ("like" in test) return test.like;
  return String("atLeast" in test ? test.atLeast : test.atMost);
}

function testOf(kind: Kind, text: string): Test {
  if (kind === "is") return { is: text.split(",") };
  if (kind === "like") return { like: text };
  return kind === "atLeast" ? { atLeast: Number(text) || 0 } : { atMost: Number(text) || 0 };
}
