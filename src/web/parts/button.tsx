import type { IconNode } from 'lucide';
import { Icon } from './icon.tsx';

interface ButtonProps {
  readonly label: string;
  /** What it is called, where the label says too little among others. */
  readonly name?: string;
  readonly icon?: IconNode | undefined;
  /** Shown as its icon alone; its label is read and shown as a tip. */
  readonly isBare?: boolean;
  readonly kind?: 'main' | 'danger' | 'quiet' | 'danger main';
  readonly type?: 'button' | 'submit';
  readonly isPressed?: boolean | undefined;
  readonly disabled?: boolean;
  readonly onClick?: ((event: MouseEvent) => void) | undefined;
}

/** A button. */
export const Button = ({
  label,
  name,
  icon,
  isBare,
  kind,
  type = 'button',
  isPressed,
  disabled,
  onClick,
}: ButtonProps) => (
  <button
    type={type}
    class={`button ${kind ?? ''} ${isBare === true ? 'bare' : ''}`}
    aria-label={name ?? (isBare === true ? label : undefined)}
    title={isBare === true ? label : undefined}
    aria-pressed={isPressed}
    disabled={disabled ?? false}
    onClick={onClick}
  >
    {icon && <Icon of={icon} />}
    {isBare !== true && label}
  </button>
);
