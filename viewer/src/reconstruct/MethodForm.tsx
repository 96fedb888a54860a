/** Choose a method and its parameters; the form is built from the tables that the server sends. */
import { type FormEvent, type ReactNode, useId } from "react";
import { useWords } from "../language/words";
import { byGroup, complaint, defaultTexts, parameterValues, rangeText } from "./parameter-values";
import type { Parameter, ParameterValues, RawFile, ReaderOption } from "./reconstruct-api";
import { WORDS } from "./words";

/** What stands in the form. Texts are kept by parameter, so that another method takes over what it knows too. */
export interface FormTexts {
  method: string;
  texts: Readonly<Record<string, string>>;
  options: Readonly<Record<string, string>>;
}

export function formFor(raw: RawFile): FormTexts {
  return { method: raw.default_method, texts: {}, options: {} };
}

interface MethodFormProps {
  raw: RawFile;
  form: FormTexts;
  isBusy: boolean;
  onChange: (form: FormTexts) => void;
  onStart: (method: string, parameters: ParameterValues, options: Record<string, string>) => void;
}

export function MethodForm({ raw, form, isBusy, onChange, onStart }: MethodFormProps) {
  const say = useWords(WORDS);
  const method = raw.methods.find((one) => one.name === form.method) ?? raw.methods[0];
  if (!method) return <p>{say("noMethod")}</p>;
  const texts = { ...defaultTexts(method.parameters), ...form.texts };
  const hasComplaint = method.parameters.some((parameter) => complaint(parameter, texts[parameter.name] ?? "", say));
  const options = Object.fromEntries(Object.entries(form.options).filter(([, given]) => given.trim() !== ""));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!hasComplaint) onStart(method.name, parameterValues(method.parameters, texts), options);
  };
  const field = (parameter: Parameter) => (
    <ParameterField
      key={parameter.name}
      parameter={parameter}
      given={texts[parameter.name] ?? ""}
      onChange={(given) => onChange({ ...form, texts: { ...form.texts, [parameter.name]: given } })}
    />
  );
  const nChanged = (parameters: readonly Parameter[]) =>
    parameters.filter(({ name, default: usual }) => texts[name] !== String(usual)).length;
  return (
    <section className="card">
      <h2>{say("method")}</h2>
      <label className="field">
        <span>{say("chooseMethod")}</span>
        <select
          value={method.name}
          onChange={(event) => onChange({ ...form, method: event.target.value })}
          disabled={isBusy}
        >
          {raw.methods.map((one) => (
            <option key={one.name} value={one.name}>
              {one.name === raw.default_method ? say("recommended", { name: one.name }) : one.name}
            </option>
          ))}
        </select>
        <small>{method.summary}</small>
        {method.source && <small>{say("source", { text: method.source })}</small>}
      </label>
      <form className="method-form" onSubmit={submit}>
        {byGroup(method.parameters).map(([group, parameters]) =>
          group === "" ? (
            parameters.map(field)
          ) : (
            <Group key={group} title={groupTitle(group, say)} nChanged={nChanged(parameters)}>
              {parameters.map(field)}
            </Group>
          ),
        )}
        {raw.options.length > 0 && (
          <Group title={say("group_file")} nChanged={Object.keys(options).length}>
            {raw.options.map((option) => (
              <OptionField
                key={option.name}
                option={option}
                given={form.options[option.name] ?? ""}
                onChange={(given) => onChange({ ...form, options: { ...form.options, [option.name]: given } })}
              />
            ))}
          </Group>
        )}
        <button type="submit" className="primary" disabled={isBusy || hasComplaint}>
          {say("start")}
        </button>
      </form>
    </section>
  );
}

function groupTitle(group: string, say: ReturnType<typeof useWords<keyof typeof WORDS>>): string {
  const key = `group_${group}`;
  return key in WORDS ? say(key as keyof typeof WORDS) : group;
}

function Group({ title, nChanged, children }: { title: string; nChanged: number; children: ReactNode }) {
  const say = useWords(WORDS);
  return (
    <details className="parameter-group">
      <summary>
        {title}
        {nChanged > 0 && <em>{` ${nChanged} ${say("changed")}`}</em>}
      </summary>
      <div className="method-form">{children}</div>
    </details>
  );
}

interface FieldProps {
  given: string;
  onChange: (given: string) => void;
}

function OptionField({ option, given, onChange }: FieldProps & { option: ReaderOption }) {
  const say = useWords(WORDS);
  const usual = option.default === null ? say("byItself") : String(option.default);
  return (
    <label className="field">
      <span>{option.name.replaceAll("_", " ")}</span>
      <input
        value={given}
        placeholder={usual}
        inputMode={option.kind.endsWith("number") ? "decimal" : "text"}
        onChange={(event) => onChange(event.target.value)}
      />
      <small>{option.help}</small>
    </label>
  );
}

function ParameterField({ parameter, given, onChange }: FieldProps & { parameter: Parameter }) {
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
