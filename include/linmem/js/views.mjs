// views.mjs - how long things live: disposal, and for debugging views that notice their end.
import { LinmemError } from './error.mjs';

/** The plain views behind those that a debugging Linmem hands out. */
const plainViews = new WeakMap();
export const plainView = (view) => plainViews.get(view) ?? view;

/** A view that throws once `isCurrent()` says that what it shows is gone. For debugging: slow. */
export function guardView(view, isCurrent) {
  const check = () => {
    if (!isCurrent()) throw new LinmemError('invalid_handle', 'a view held across growth or reset');
  };
  const guarded = new Proxy(view, {
    get(target, key) {
      check();
      const value = target[key];
      return typeof value === 'function' && key !== 'constructor' ? value.bind(target) : value;
    },
    set(target, key, value) {
      check();
      target[key] = value;
      return true;
    },
  });
  plainViews.set(guarded, view);
  return guarded;
}

/** Gives `Class` the method that `using` calls, where the engine knows it. */
export function disposable({ prototype }) {
  if (!Symbol.dispose) return;
  Object.defineProperty(prototype, Symbol.dispose, {
    value() { this.dispose(); },
    configurable: true,
    writable: true,
  });
}
