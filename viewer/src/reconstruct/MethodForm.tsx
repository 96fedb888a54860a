/** Choose a method and its parameters; the form is built from the tables that the server sends. */
import { type FormEvent, useId, useState } from "react";
import { useWords } from "../language/words";
import { complaint, defaultTexts, parameterValues, rangeText } from "./parameter-values";
import type { Method, Parameter, ParameterValues, RawFile } from "./reconstruct-api";
import { WORDS } from "./words";

interface MethodFormProps {
  raw: RawFile;
  isBusy: boolean;
  onStart: (method: string, parameters: ParameterValues) => void;
}

export function MethodForm({ raw, isBusy, onStart }: MethodFormProps) {
  const say = useWords(WORDS);
  const [name, setName] = useState(raw.default_method);
  const method = raw.methods.find((one) => one.name === name) ?? raw.methods[0];
  if (!method) return <p>{say("noMethod")}</p>;
  return (
    <section className="card">
      <h2>{say("method")}</h2>
      <label className="field">
        <span>{say("chooseMethod")}</span>
        <select value={method.name} onChange={(event) => setName(event.target.value)} disabled={isBusy}>
          {raw.methods.map((one) => (
            <option key={one.name} value={one.name}>
              {one.name === raw.default_method ? say("recommended", { name: one.name }) : one.name}
            </option>
          ))}
        </select>
        <small>{method.summary}</small>
        {method.source && <small>{say("source", { text: method.source })}</small>}
      </label>
      <Parameters key={method.name} method={method} isBusy={isBusy} onStart={onStart} />
    </section>
  );
}

interface ParametersProps {
  method: Method;
  isBusy: boolean;
  onStart: (method: string, parameters: ParameterValues) => void;
}

function Parameters({ method, isBusy, onStart }: ParametersProps) {
  const say = useWords(WORDS);
  const [texts, setTexts] = useState(() => defaultTexts(method.parameters));
  const hasComplaint = method.parameters.some((parameter) => complaint(parameter, texts[parameter.name] ?? "", say));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!hasComplaint) onStart(method.name, parameterValues(method.parameters, texts));
  };
  return (
    <form className="method-form" onSubmit={submit}>
      {method.parameters.map((parameter) => (
        <ParameterField
          key={parameter.name}
          parameter={parameter}
          given={texts[parameter.name] ?? ""}
          onChange={(given) => setTexts({ ...texts, [parameter.name]: given })}
        />
      ))}
      <button type="submit" className="primary" disabled={isBusy || hasComplaint}>
        {say("start")}
      </button>
    </form>
  );
}

interface ParameterFieldProps {
  parameter: Parameter;
  given: string;
  onChange: (given: string) => void;
}

function ParameterField({ parameter, given, onChange }: ParameterFieldProps) {
  const say = useWords(WORDS);
  const id = useId();
  const problem = complaint(parameter, given, say);
  const label = parameter.name.replaceAll("_", " ");
  const range = rangeText(parameter, say);
  const explanation = (
    <>
      <small>{parameter.help}</small>
      {problem && (
        <small role="alert" className="complaint">
          {problem}
        </small>
      )}
    </>
  );
  if (typeof parameter.default === "boolean") {
    return (
      <label className="field">
        <span className="check">
          <input
            type="checkbox"
            checked={given === "true"}
            onChange={(event) => onChange(String(event.target.checked))}
          />
          {label}
        </span>
        {explanation}
      </label>
    );
  }
  return (
    <label className="field" htmlFor={id}>
      <span>
        {label}
        {range && <em> {range}</em>}
      </span>
      {parameter.choices.length > 0 ? (
        <select id={id} value={given} onChange={(event) => onChange(event.target.value)}>
          {parameter.choices.map((choice) => (
            <option key={choice}>{choice}</option>
          ))}
        </select>
      ) : (
        <input
          id={id}
          value={given}
          inputMode={typeof parameter.default === "number" ? "decimal" : "text"}
          aria-invalid={problem !== ""}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
      {explanation}
    </label>
  );
}
