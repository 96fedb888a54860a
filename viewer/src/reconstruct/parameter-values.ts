/** From what stands in the form to the values of a method's parameters. */
import type { Parameter, ParameterValues } from "./reconstruct-api";

export function defaultTexts(parameters: readonly Parameter[]): Record<string, string> {
  return Object.fromEntries(parameters.map((parameter) => [parameter.name, String(parameter.default)]));
}

/** Return why a text is no value of the parameter, or "" if it is one. */
export function complaint(parameter: Parameter, given: string): string {
  if (typeof parameter.default !== "number") return "";
  const value = Number(given);
  if (given.trim() === "" || !Number.isFinite(value)) return "A number is needed here.";
  if (parameter.minimum !== null && value < parameter.minimum) return `At least ${parameter.minimum}.`;
  if (parameter.maximum !== null && value > parameter.maximum) return `At most ${parameter.maximum}.`;
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

/** Return "1 to 200 mm" for the range and unit of a parameter, "" when there is nothing to say. */
export function rangeText({ minimum, maximum, unit }: Parameter): string {
  const range =
    minimum !== null && maximum !== null
      ? `${minimum} to ${maximum}`
      : minimum !== null
        ? `at least ${minimum}`
        : maximum !== null
          ? `at most ${maximum}`
          : "";
  return [range, unit === "1" ? "" : unit].filter(Boolean).join(" ");
}
