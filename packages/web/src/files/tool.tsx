import { Icon, type IconName } from "../ui/icon.tsx";

/** Its label hides where there is no room for it. */
export function Tool({ icon, label, act }: { icon: IconName; label: string; act: () => void }) {
  return (
    <button type="button" className="tool" title={label} onClick={act}>
      <Icon name={icon} />
      <span>{label}</span>
    </button>
  );
}
