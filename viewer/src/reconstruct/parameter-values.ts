/** From what stands in the form to the values of a method's parameters. */
import type { Say } from "../language/words";
import type { Parameter, ParameterValues } from "./reconstruct-api";
import type { WORDS } from "./words";

type Key = keyof typeof WORDS;

export function defaultTexts(parameters: readonly Parameter[]): Record<string, string> {
  return Object.fromEntries(parameters.map((parameter) => [parameter.name, String(parameter.default)]));
}

/** Return why a text is no value of the parameter, or "" if it is one. */
export function complaint(parameter: Parameter, given: string, say: Say<Key>): string {
  if (typeof parameter.default !== "number") return "";
  const value = Number(given);
  if (given.trim() === "" || !Number.isFinite(value)) return say("numberNeeded");
  if (parameter.minimum !== null && value < parameter.minimum) return say("atLeast", { value: parameter.minimum });
  if (parameter.maximum !== null && value > parameter.maximum) return say("atMost", { value: parameter.maximum });
  return "";
}

export function parameterValues(parameters: readonly Parameter[], texts: Record<string, string>): ParameterValues {
  return Object.fromEntries(
    parameters.map((parameter) => [parameter.name, typedValue(parameter, texts[parameter.name])]),
  );
}

function typedValue(parameter: Parameter, given = String(parameter.default)): number | string | boolean {
  if (typeof parameter.default === "number") return Number(given);
  if (typeof parameter.default === "boolean") return given === "true";
  return given;
}

/** Return parameters by their group, in the order in which groups first stand; those without one in front. */
export function byGroup(parameters: readonly Parameter[]): [group: string, parameters: Parameter[]][] {
  const groups = new Map<string, Parameter[]>([["", []]]);
  for (const one of parameters) groups.set(one.group, [...(groups.get(one.group) ?? []), one]);
  return [...groups].filter(([, found]) => found.length > 0);
}

/** Return what was asked for other than by default, in words: "window hann". */
export function changedWords(parameters: readonly Parameter[], values: ParameterValues): string[] {
  return parameters
    .filter(({ name, default: usual }) => values[name] !== undefined && values[name] !== usual)
    .map(({ name }) => {
      const value = values[name];
      const word = name.replace(/_(mm|hu|kev|per_cm)$/, "").replaceAll("_", " ");
      return value === true ? word : `${word} ${value}`;
    });
}

/** Return "1 to 200 mm" for the range and unit of a parameter, "" when there is nothing to say. */
export function rangeText({ minimum: least, maximum: most, unit }: Parameter, say: Say<Key>): string {
  const range =
    least !== null && most !== null
      ? say("rangeBetween", { least, most })
      : least !== null
        ? say("rangeLeast", { least })
        : most !== null
          ? say("rangeMost", { most })
          : "";
  return [range, unit === "1" ? "" : unit].filter(Boolean).join(" ");
}
