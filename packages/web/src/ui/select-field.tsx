import { useId, type ComponentProps } from "react";

interface SelectFieldProps extends Omit<ComponentProps<"select">, "id" | "children"> {
  label: string;
  options: readonly (readonly [value: string, label: string])[];
}

export function SelectField({ label, options, ...select }: SelectFieldProps) {
  const selectId = useId();
  return (
    <div className="field">
      <label htmlFor={selectId}>{label}</label>
      <div className="field-box select-box">
        <select {...select} id={selectId}>
          {options.map(([value, text]) => (
            <option key={value} value={value}>
              {text}
            </option>
          ))}
        </select>
      </div>
    </div>
  );
}
